"""Derivatives that are not there: of the tape, of transforms, of one's own ops, in records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_nn as ag
from tests.refused import Cases

T = ag.Tensor


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


CASES: Cases = {
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
}
