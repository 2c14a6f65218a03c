"""Arguments that an op does not take: axes, parameters, dtypes, indices, labels."""

from __future__ import annotations

import numpy as np

import autograd_nn as ag
from autograd_nn.engine.ops import softmax_cross_entropy, top_k
from tests.refused import Cases

AxisError = np.exceptions.AxisError
T = ag.Tensor
M = np.ones((2, 3))

CASES: Cases = {
    # axes and parameters
    "axis too large": (
        lambda: ag.sum(T(M), axis=2),
        AxisError,
        ["sum(float64(2, 3), axis=2", "expected an integer from -2 to 1"],
    ),
    "axis no integer": (
        lambda: ag.max(T(M), axis=0.5),
        ag.DTypeError,
        ["axis 0.5", "expected an integer"],
    ),
    "axis twice": (
        lambda: ag.sum(T(M), axis=(0, -2)),
        ag.ShapeError,
        ["(0, -2)", "twice", "expected each once"],
    ),
    "axis of softmax": (lambda: ag.softmax(T(M), axis=2), AxisError, ["axis 2", "-2 to 1"]),
    "axis of cumsum": (lambda: ag.cumsum(T(M), axis=-3), AxisError, ["axis -3", "-2 to 1"]),
    "axis of roll": (lambda: ag.roll(T(M), 1, axis=5), AxisError, ["axis 5", "-2 to 1"]),
    "shifts of roll": (
        lambda: ag.roll(T(M), (1, 2), axis=0),
        ag.ShapeError,
        ["2 shifts for 1 axes", "one per axis"],
    ),
    "axis of expand_dims": (lambda: ag.expand_dims(T(M), 4), AxisError, ["axis 4", "-3 to 2"]),
    "axis of diff": (lambda: ag.diff(T(1.0)), AxisError, ["0 dimensions"]),
    "unknown parameter": (
        lambda: ag.sum(T(M), axes=0),
        TypeError,
        ["sum()", "unknown parameters axes", "expected axis, keepdims"],
    ),
    "missing parameter": (
        lambda: ag.astype(T(M)),
        TypeError,
        ["did not receive dtype", "expected dtype"],
    ),
    "misspelt parameter": (
        lambda: ag.astype(T(M), dtyp="float32"),
        TypeError,
        ["unknown parameters dtyp", "did not receive dtype"],
    ),
    "too many arguments": (
        lambda: ag.sum(T(M), 0, False, 3),
        TypeError,
        ["takes 1 operand", "axis, keepdims", "received 4"],
    ),
    "parameter twice": (lambda: ag.sum(T(M), 0, axis=0), TypeError, ["'axis' twice"]),
    "order of norm": (
        lambda: ag.norm(T(M), "max"),
        ValueError,
        ["ord='max'", "expected None, 'fro'"],
    ),
    "meshgrid indexing": (
        lambda: ag.meshgrid([1.0], [2.0], indexing="yx"),
        ValueError,
        ["indexing='yx'", "expected 'xy' or 'ij'"],
    ),
    # dtypes
    "text": (
        lambda: T(["a", "b"]),
        ag.DTypeError,
        ["['a', 'b']", "expected numbers", "Encode text"],
    ),
    "ragged": (
        lambda: T([[1, 2], [3]]),
        ag.DTypeError,
        ["[[1, 2], [3]]", "expected numbers in a regular nest"],
    ),
    "object": (lambda: T({"a": 1}), ag.DTypeError, ["{'a': 1}", "expected numbers or booleans"]),
    "operand text": (lambda: ag.sin("a"), ag.DTypeError, ["sin: received 'a'", "expected numbers"]),
    "operand None": (
        lambda: T([1.0]) * None,
        TypeError,
        ["multiply: received None", "expected numbers"],
    ),
    "gradient of integers": (
        lambda: T([1, 2], requires_grad=True),
        ag.DTypeError,
        ["int64", "expected a floating dtype", "astype"],
    ),
    "bits of floats": (
        lambda: T([1.5]) & 1,
        ag.DTypeError,
        ["bitwise_and(float64(1,), 1)", "integer dtype", "astype"],
    ),
    "astype of nonsense": (
        lambda: T([1.0]).astype("text"),
        ag.DTypeError,
        ["'text'", "expected a dtype"],
    ),
    "take by floats": (
        lambda: ag.take(T([1.0]), [0.5]),
        ag.DTypeError,
        ["float64", "expected integers", "astype(int)"],
    ),
    "one_hot of floats": (
        lambda: ag.one_hot([0.5], 2),
        ag.DTypeError,
        ["float64", "expected integers"],
    ),
    "assign of floats to integers": (
        lambda: T([1, 2]).assign([1.5, 2.5]),
        ag.DTypeError,
        ["float64", "expected int64", "astype"],
    ),
    # indices, labels and ranges
    "index": (lambda: T(M)[2], IndexError, ["key=(2,)", "size 2", "from -n to n - 1"]),
    "index array": (lambda: T(M)[[0, 5]], IndexError, ["index 5", "size 2", "from -n to n - 1"]),
    "indices too many": (
        lambda: T(M)[0, 0, 0],
        IndexError,
        ["2-dimensional", "one index per axis"],
    ),
    "index text": (lambda: T(M)["a"], IndexError, ["'a'", "expected integers, slices"]),
    "index float": (lambda: T(M)[1.5], IndexError, ["1.5", "expected integers", "astype(int)"]),
    "index float array": (lambda: T(M)[np.array([0.5])], IndexError, ["float64", "astype(int)"]),
    "index bool": (lambda: T(M)[True], IndexError, ["True", "boolean masks"]),
    "mask too long": (
        lambda: T(M)[np.array([True, False, False])],
        IndexError,
        ["mask of shape (3,)", "shape (2, 3)", "(2,)"],
    ),
    "mask too short, later axis": (
        lambda: T(M)[..., np.array([True])],
        IndexError,
        ["(1,)", "(3,)"],
    ),
    "put out of range": (lambda: ag.put(T([1.0]), [0, 5], 1.0), IndexError, ["put(", "index 5"]),
    "add_at of shapes": (
        lambda: ag.add_at(T([1.0, 2.0]), [0, 1, 1], [1.0, 2.0]),
        ag.ShapeError,
        ["(3,)", "(2,)"],
    ),
    "take_along_axis": (
        lambda: ag.take_along_axis(T([1.0]), [[0]]),
        ag.ShapeError,
        ["2 dimensions for 1", "expected as many", "take"],
    ),
    "top_k": (lambda: top_k(T([1.0, 2.0]), 3), ag.RangeError, ["k=3", "expected 1 to 2"]),
    "quantile": (
        lambda: ag.quantile(T([1.0]), 50),
        ag.RangeError,
        ["q=50", "expected 0 to 1", "/ 100"],
    ),
    "num_classes": (lambda: ag.one_hot([1], 0), ag.RangeError, ["num_classes=0", "at least 1"]),
    "label too large": (
        lambda: softmax_cross_entropy(T(M), [0, 3]),
        ag.RangeError,
        ["label 3 of sample 1", "expected one of 3 classes", "Renumber"],
    ),
    "label negative": (
        lambda: softmax_cross_entropy(T(M), [0, -1]),
        ag.RangeError,
        ["label -1 of sample 1"],
    ),
    "label of a grid": (
        lambda: softmax_cross_entropy(T(M[None]), [[0, 7]]),
        ag.RangeError,
        ["label 7 of sample (0, 1)"],
    ),
    "labels in floats": (
        lambda: softmax_cross_entropy(T(M), [0.0, 1.0]),
        ag.DTypeError,
        ["float64", "expected integers", "astype(int)"],
    ),
    "labels one-hot": (
        lambda: softmax_cross_entropy(T(M), [[0, 1, 0], [0, 1, 0]]),
        ag.ShapeError,
        ["labels of shape (2,)", "received labels of shape (2, 3)"],
    ),
}
