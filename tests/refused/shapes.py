"""Shapes that do not fit: of operands, of parameters, of an einsum's letters."""

from __future__ import annotations

import numpy as np

import autograd_nn as ag
from autograd_nn.engine.ops import cross, diag
from tests.refused import Cases

T = ag.Tensor
M = np.ones((2, 3))


def leaf() -> ag.Tensor:
    return T([1.0, 2.0], requires_grad=True)


CASES: Cases = {
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
    # one entry expected
    "item": (lambda: T(M).item(), ag.ShapeError, ["(2, 3)", "exactly one entry", ".sum()"]),
    "bool": (
        lambda: bool(T(M)),
        ag.ShapeError,
        ["(2, 3)", "expected one entry", ".any() or .all()"],
    ),
    "float": (lambda: float(T(M)), ag.ShapeError, ["(2, 3)", "exactly one entry"]),
    "len": (lambda: len(T(1.0)), TypeError, ["0-d", "at least one dimension"]),
}
