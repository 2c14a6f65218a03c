"""What the engine refuses: the class, and the words: what came, what was expected, how to go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.ops import cross, diag, softmax_cross_entropy, top_k

AxisError = np.exceptions.AxisError
T = ag.Tensor
M = np.ones((2, 3))


def leaf() -> ag.Tensor:
    return T([1.0, 2.0], requires_grad=True)


def twice() -> None:
    x = leaf()
    y = (x * x).sum()
    y.backward()
    y.backward()


def changed() -> None:
    data = np.ones(2)
    y = (leaf() * data).sum()
    data[0] = 5
    y.backward()


def recorded(f: Callable[[Any], Any]) -> Callable[[], Any]:
    return lambda: ag.jit(f)(T([1.0, -2.0]))


def custom(cotangents: Any) -> None:
    ag.custom_op(vjp=lambda g, y, x: cotangents, name="mine")(lambda x: x)(leaf()).sum().backward()


CASES: dict[str, tuple[Callable[[], Any], type, list[str]]] = {
    # shapes
    "add of shapes": (
        lambda: T(M) + T(np.ones(4)),
        ag.ShapeError,
        ["add(float64(2, 3), float64(4,))", "equal or 1", "Reshape an operand"],
    ),
    "where of shapes": (
        lambda: ag.where([True, False], T([1.0, 2.0, 3.0]), 0.0),
        ag.ShapeError,
        ["where(bool(2,), float64(3,), 0.0)", "must be equal or 1", "[:, None]"],
    ),
    "matmul of sizes": (
        lambda: T(M) @ T(M),
        ag.ShapeError,
        ["matmul(float64(2, 3), float64(2, 3))", "disagree on k (3 against 2)", "Transpose"],
    ),
    "matmul of a number": (
        lambda: ag.matmul(2.0, T([1.0])),
        ag.ShapeError,
        ["float64()", "expected at least one dimension", "with *"],
    ),
    "reshape of counts": (
        lambda: T(M).reshape(4),
        ag.ShapeError,
        ["(2, 3) (6 entries)", "(4,) (4 entries)", "use -1"],
    ),
    "reshape with two -1": (
        lambda: T(M).reshape(-1, -1),
        ag.ShapeError,
        ["(-1, -1)", "expected at most one -1"],
    ),
    "reshape that leaves a rest": (
        lambda: T(M).reshape(-1, 4),
        ag.ShapeError,
        ["6 is not a multiple of 4", "Expected sizes"],
    ),
    "transpose by no permutation": (
        lambda: ag.transpose(T(M), (0, 0)),
        ag.ShapeError,
        ["axes (0, 0)", "expected a permutation", "named once"],
    ),
    "broadcast_to": (
        lambda: ag.broadcast_to(T(M), (2, 4)),
        ag.ShapeError,
        ["float64(2, 3)", "shape=(2, 4)", "equal or 1"],
    ),
    "concatenate": (
        lambda: ag.concatenate([T(M), T(M[:, :2])]),
        ag.ShapeError,
        ["(2, 3), (2, 2)", "outside axis 0", "expected equal sizes"],
    ),
    "concatenate of nothing": (
        lambda: ag.concatenate([]),
        ag.ShapeError,
        ["no tensors", "expected at least one"],
    ),
    "stack": (
        lambda: ag.stack([T([1.0]), T([1.0, 2.0])]),
        ag.ShapeError,
        ["(1, 1), (1, 2)", "expected"],
    ),
    "split": (
        lambda: ag.split(T([1.0, 2.0, 3.0]), 2),
        ag.ShapeError,
        ["3 entries into 2", "expected a divisor", "places to cut"],
    ),
    "squeeze": (
        lambda: ag.squeeze(T(M), 1),
        ag.ShapeError,
        ["(2, 3)", "its size is 3, expected 1"],
    ),
    "pad widths": (
        lambda: ag.pad(T([1.0]), ((1, 2), (3, 4))),
        ag.ShapeError,
        ["shape (1,)", "((1, 2), (3, 4))", "expected an integer, a pair"],
    ),
    "pad negative": (lambda: ag.pad(T([1.0]), -1), ag.ShapeError, ["-1", "non-negative"]),
    "pad mode": (
        lambda: ag.pad(T([1.0, 2.0]), 1, "mirror"),
        ValueError,
        ["mode='mirror'", "expected one of", "reflect"],
    ),
    "moveaxis": (
        lambda: ag.moveaxis(T(M), (0, 1), 0),
        ag.ShapeError,
        ["2 sources and 1 destinations", "expected as many"],
    ),
    "repeat": (
        lambda: ag.repeat(T([1.0, 2.0]), [1, 2, 3]),
        ag.ShapeError,
        ["repeats=[1, 2, 3] for 2 entries", "expected an integer", "one per entry"],
    ),
    "tile": (
        lambda: ag.tile(T([1.0]), -2),
        ag.ShapeError,
        ["repeats=-2", "expected integers from 0"],
    ),
    "tensordot": (
        lambda: ag.tensordot(T(M), T(M), 1),
        ag.ShapeError,
        ["(2, 3) and (2, 3)", "sizes [3] and [2]", "expected equal"],
    ),
    "cross": (
        lambda: cross([1.0, 2.0], [1.0, 2.0]),
        ag.ShapeError,
        ["sizes 2 and 2", "expected 3"],
    ),
    "tril": (lambda: ag.tril(T([1.0])), ag.ShapeError, ["tril", "(1,)", "expected at least two"]),
    "diag": (
        lambda: diag(np.ones((1, 1, 1))),
        ag.ShapeError,
        ["(1, 1, 1)", "expected a vector or a matrix"],
    ),
    "max of nothing": (
        lambda: ag.max(T(np.zeros(0))),
        ag.ShapeError,
        ["max(float64(0,)", "Expected at least one entry", "x.size"],
    ),
    "argmax of nothing": (
        lambda: ag.argmax(T(np.zeros(0))),
        ag.ShapeError,
        ["argmax", "at least one"],
    ),
    "searchsorted in a matrix": (
        lambda: ag.searchsorted(T(M), 1.0),
        ag.ShapeError,
        ["shape (2, 3)", "expected a sorted vector"],
    ),
    "value of setitem": (
        lambda: leaf().__setitem__(0, [1.0, 2.0]),
        ag.ShapeError,
        ["put(", "value of shape (2,)", "place of shape ()"],
    ),
    # einsum
    "einsum, operands": (
        lambda: ag.einsum("ij,jk->ik", M),
        ag.ShapeError,
        ["names 2 operands", "received 1"],
    ),
    "einsum, sizes": (
        lambda: ag.einsum("ij,jk->ik", M, M),
        ag.ShapeError,
        ["letter 'j'", "3 and 2", "expected one size"],
    ),
    "einsum, rank": (
        lambda: ag.einsum("ijk->i", M),
        ag.ShapeError,
        ["'ijk' name 3 axes", "(2, 3)"],
    ),
    "einsum, ellipsis": (
        lambda: ag.einsum("...ijk->i", M),
        ag.ShapeError,
        ["operand 0", "(2, 3)", "too few axes"],
    ),
    "None on the left": (lambda: None + T([1.0]), TypeError, ["NoneType", "Tensor"]),
    "einsum, output": (
        lambda: ag.einsum("ij->il", M),
        ag.ShapeError,
        ["'il'", "occur in an operand"],
    ),
    "einsum, digits": (
        lambda: ag.einsum("i1->i", M),
        ag.ShapeError,
        ["'i1->i'", "expected letters"],
    ),
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
    # one entry expected
    "item": (lambda: T(M).item(), ag.ShapeError, ["(2, 3)", "exactly one entry", ".sum()"]),
    "bool": (
        lambda: bool(T(M)),
        ag.ShapeError,
        ["(2, 3)", "expected one entry", ".any() or .all()"],
    ),
    "float": (lambda: float(T(M)), ag.ShapeError, ["(2, 3)", "exactly one entry"]),
    "len": (lambda: len(T(1.0)), TypeError, ["0-d", "at least one dimension"]),
    # the tape
    "backward of a constant": (
        lambda: T(1.0).backward(),
        ag.GradientError,
        ["received a constant", "requires_grad=True", "no_grad"],
    ),
    "backward of many": (
        lambda: (leaf() * 2).backward(),
        ag.ShapeError,
        ["(2,)", "expected a single number", "gradient="],
    ),
    "gradient of another shape": (
        lambda: (leaf() * 2).backward(np.ones(3)),
        ag.ShapeError,
        ["(3,)", "expected this tensor's (2,)"],
    ),
    "backward twice": (twice, ag.GradientError, ["freed", "expected one", "retain_graph=True"]),
    "changed array": (
        changed,
        ag.MutationError,
        ["operand 1 of 'multiply'", "(2,)", "expected the same contents", "x.copy()"],
    ),
    "assign of another shape": (
        lambda: leaf().assign([1.0]),
        ag.ShapeError,
        ["(1,)", "expected this tensor's (2,)"],
    ),
    "assign to a computed tensor": (
        lambda: (leaf() * 2).assign([1.0, 2.0]),
        ag.GradientError,
        ["computed", "expected a leaf", "new name"],
    ),
    "in place on a leaf": (
        lambda: leaf().__iadd__(1),
        ag.GradientError,
        ["in-place", "no_grad()", "x = x + y"],
    ),
    "switching a computed tensor off": (
        lambda: setattr(leaf() * 2, "requires_grad", False),
        ag.GradientError,
        ["x.detach()"],
    ),
    # transforms
    "grad of no function": (
        lambda: ag.grad(3.0)(1.0),
        TypeError,
        ["received float", "expected a function"],
    ),
    "grad of many": (
        lambda: ag.grad(lambda x: x)(T([1.0, 2.0])),
        ag.ShapeError,
        ["shape (2,)", "expected a single number", ".sum()"],
    ),
    "grad in integers": (
        lambda: ag.grad(lambda x: x.sum())(T([1, 2])),
        ag.DTypeError,
        ["int64", "expected a floating dtype", "argnums"],
    ),
    "grad of text": (
        lambda: ag.grad(lambda x: "a")(1.0),
        ag.GradientError,
        ["returned str", "expected one number", "has_aux"],
    ),
    "grad of a pair": (
        lambda: ag.grad(lambda x: (x, x))(1.0),
        ag.GradientError,
        ["returned tuple", "has_aux=True"],
    ),
    "grad of a comparison": (
        lambda: ag.grad(lambda x: x > 0)(1.0),
        ag.DTypeError,
        ["dtype bool", "expected a floating dtype"],
    ),
    "has_aux without": (
        lambda: ag.grad(lambda x: x, has_aux=True)(1.0),
        ag.GradientError,
        ["expected the function to return a pair", "received Tensor"],
    ),
    "argnums out of range": (
        lambda: ag.grad(lambda x: x, argnums=1)(1.0),
        TypeError,
        ["argnums=1", "1 positional", "expected integers"],
    ),
    "argnums by name": (
        lambda: ag.grad(lambda x: x, argnums="x")(1.0),
        TypeError,
        ["argnums='x'", "expected an integer"],
    ),
    "hessian of many": (
        lambda: ag.hessian(lambda x: x)(T([1.0, 2.0])),
        ag.ShapeError,
        ["expected a single number"],
    ),
    "jacobian in integers": (
        lambda: ag.jacobian(lambda x: x)(T([1])),
        ag.DTypeError,
        ["jacobian", "int64"],
    ),
    "cotangent of another shape": (
        lambda: ag.vjp(lambda x: x, T([1.0]))[1](np.ones(2)),
        ag.ShapeError,
        ["(2,)", "expected (1,)"],
    ),
    "cotangent of another structure": (
        lambda: ag.vjp(lambda x: x, T([1.0]))[1]([1.0, 2.0]),
        ag.ShapeError,
        ["structure", "expected the result's"],
    ),
    "tangent of another shape": (
        lambda: ag.jvp(lambda x: x, (T([1.0]),), (np.ones(2),)),
        ag.ShapeError,
        ["(2,)", "expected (1,)"],
    ),
    "tangents too many": (
        lambda: ag.jvp(lambda x: x, (1.0,), (1.0, 2.0)),
        ag.ShapeError,
        ["structure", "expected the arguments'"],
    ),
    "jvp without tuples": (
        lambda: ag.jvp(lambda x: x, 1.0, 1.0),
        TypeError,
        ["received float and float", "Write jvp(f, (x,), (t,))"],
    ),
    # one's own ops
    "cotangents too many": (
        lambda: custom((1.0, 2.0)),
        ag.GradientError,
        ["'mine' returned 2", "expected 1"],
    ),
    "cotangent's shape": (
        lambda: custom(ag.ones(5)),
        ag.GradientError,
        ["shape (5,)", "expected the operand's shape (2,)"],
    ),
    # while a program is being recorded
    "mask while recording": (
        recorded(lambda x: x[x > 0]),
        ag.RecordError,
        ["mask", "Expected a fixed size", "ops.where"],
    ),
    "branch while recording": (
        recorded(lambda x: x if x.sum() > 0 else -x),
        ag.RecordError,
        ["bool()", "expected one fixed", "ops.where"],
    ),
    "number while recording": (
        recorded(lambda x: x * float(x.sum())),
        ag.RecordError,
        ["item()", "static_argnums"],
    ),
    "array while recording": (
        recorded(lambda x: np.asarray(x)),
        ag.RecordError,
        ["numpy()", "expected one fixed"],
    ),
    # the registry
    "unknown name": (lambda: ag.ops.add_n, AttributeError, ["add_n"]),
}


@pytest.mark.parametrize("name", CASES)
def test_refused_with_words(name: str) -> None:
    call, kind, words = CASES[name]
    with pytest.raises(kind) as error:
        call()
    assert type(error.value) is kind or kind is TypeError
    for word in words:
        assert word in str(error.value), f"{word!r} is not in: {error.value}"


def test_an_op_cannot_be_registered_twice() -> None:
    from autograd_nn.engine.declare import elementwise

    with pytest.raises(ValueError, match="'add' is already registered.*choose another"):
        elementwise(1, 1, numpy=np.add, name="add")(lambda a, b: a + b)


def test_an_op_declares_one_rule_per_operand() -> None:
    from autograd_nn.engine.declare import elementwise, primitive

    with pytest.raises(TypeError, match="2 operands but 1 partials"):
        elementwise(1, numpy=np.add)(lambda a, b: a + b)
    with pytest.raises(TypeError, match="2 operands but 1 vjps"):
        primitive(lambda g, y, a, b: g, shape="(),()->()")(lambda a, b: a + b)


def test_a_refused_call_leaves_no_tape_and_no_mode_behind() -> None:
    from autograd_nn.engine.mode import mode

    with pytest.raises(ag.ShapeError):
        ag.grad(lambda x: T(M) + T(np.ones(4)))(1.0)
    with pytest.raises(ag.RecordError):
        recorded(lambda x: x[x > 0])()
    assert mode.taping and mode.recorder is None


@pytest.mark.parametrize(
    "act, words",
    [
        (lambda g: g.bernoulli((2,), p=2.0), "p=2.0"),
        (lambda g: g.bernoulli((2,), p=ag.Tensor([0.5, float("nan")])), "from 0 to 1"),
        (lambda g: g.normal((2,), stddev=-1.0), "stddev=-1.0"),
        (lambda g: g.truncated_normal((2,), stddev=-1.0), "stddev=-1.0"),
        (lambda g: g.exponential((2,), scale=-1.0), "scale=-1.0"),
    ],
)
def test_draws_outside_their_range_are_refused(act, words):
    generator = ag.random.Generator(0)
    with pytest.raises(ag.RangeError) as caught:
        act(generator)
    assert words in str(caught.value) and generator.state.tolist()[2] == 0


def test_a_step_of_nothing_never_arrives():
    with pytest.raises(ValueError, match="step=0"):
        ag.arange(0, 3, 0)


def test_the_look_for_nan_in_a_gradient_warns_of_nothing():
    with np.errstate(all="raise"):
        x = ag.Tensor([1.0, -1.0], requires_grad=True)
        (x * 2.0).backward(ag.Tensor([1e300, 1e300]))
