"""NumPy's and SciPy's functions on a Tensor stay on the tape, or say what to use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

import autograd_nn as ag
from tests.numerical import gradient

X = np.array([[0.3, -1.2, 2.0], [0.7, 0.1, -0.4]])
A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "sin": np.sin,
    "negative": np.negative,
    "add, array first": lambda x: np.add(A, x),
    "operator, array first": lambda x: A * x,
    "operator, scalar first": lambda x: np.float64(2.0) / (x + 3),
    "array minus, divide": lambda x: (A - x) / A,
    "array power": lambda x: A**x,
    "array @": lambda x: A.T @ x,
    "matmul": lambda x: np.matmul(A.T, x),
    "maximum": lambda x: np.maximum(x, A - 2.2),
    "logaddexp": lambda x: np.logaddexp(A, x),
    "degrees": np.degrees,
    "scipy erf": scipy.special.erf,
    "scipy expit": scipy.special.expit,
    "add.reduce": np.add.reduce,
    "multiply.reduce": lambda x: np.multiply.reduce(x, axis=1),
    "maximum.reduce": lambda x: np.maximum.reduce(x, axis=1, keepdims=True),
    "add.accumulate": lambda x: np.add.accumulate(x, axis=1),
    "sum": np.sum,
    "sum, axis by position": lambda x: np.sum(x, 0),
    "sum, numpy's fifth argument": lambda x: np.sum(x, 1, None, None, True),
    "mean": lambda x: np.mean(x, axis=1),
    "std": lambda x: np.std(x, axis=1, ddof=1),
    "std, ddof by position": lambda x: np.std(x, 0, None, None, 1),
    "var, keepdims": lambda x: np.var(x, axis=0, keepdims=True),
    "max": lambda x: np.max(x, axis=0),
    "prod": lambda x: np.prod(x, axis=0),
    "cumsum": lambda x: np.cumsum(x, axis=1),
    "cumprod": lambda x: np.cumprod(x, axis=1),
    "diff": lambda x: np.diff(x, axis=1),
    "median": lambda x: np.median(x, axis=1),
    "quantile": lambda x: np.quantile(x, 0.3, axis=1),
    "where": lambda x: np.where(A > 3, x, 2 * x),
    "clip": lambda x: np.clip(x, -1, 1),
    "clip, one side": lambda x: np.clip(x, None, 0.5),
    "concatenate": lambda x: np.concatenate([x, A], axis=1),
    "stack": lambda x: np.stack([x, A * x], axis=1),
    "split": lambda x: np.split(x, 3, axis=1)[1],
    "reshape": lambda x: np.reshape(x, (3, 2)),
    "transpose": np.transpose,
    "transpose, axes": lambda x: np.transpose(x, (1, 0)),
    "moveaxis": lambda x: np.moveaxis(x, 0, 1),
    "squeeze": lambda x: np.squeeze(x[:, None]),
    "expand_dims": lambda x: np.expand_dims(x, 1),
    "broadcast_to": lambda x: np.broadcast_to(x, (2, 2, 3)),
    "pad": lambda x: np.pad(x, ((1, 0), (0, 2)), constant_values=5.0),
    "pad, edge": lambda x: np.pad(x, 1, mode="edge"),
    "flip": lambda x: np.flip(x, axis=1),
    "roll": lambda x: np.roll(x, 1, axis=1),
    "tile": lambda x: np.tile(x, (2, 1)),
    "repeat": lambda x: np.repeat(x, 2, axis=0),
    "take": lambda x: np.take(x, [2, 0], axis=1),
    "take_along_axis": lambda x: np.take_along_axis(x, np.array([[1], [2]]), axis=1),
    "sort": lambda x: np.sort(x, axis=1),
    "tril": lambda x: np.tril(x, 1),
    "diag": lambda x: np.diag(x),
    "trace": np.trace,
    "dot": lambda x: np.dot(A.T, x),
    "inner": lambda x: np.inner(x, A),
    "outer": lambda x: np.outer(x, A),
    "tensordot": lambda x: np.tensordot(x, A, axes=((0, 1), (0, 1))),
    "einsum": lambda x: np.einsum("ij,kj->ik", x, A, optimize=True),
    "kron": lambda x: np.kron(x, A),
    "cross": lambda x: np.cross(x, A),
    "norm": np.linalg.norm,
    "norm, axis": lambda x: np.linalg.norm(x, axis=1),
    "round": np.round,
    "sinc": np.sinc,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_on_the_tape_and_equal_to_numpy(name: str) -> None:
    f = FUNCTIONS[name]
    y = f(ag.Tensor(X, requires_grad=True))
    assert isinstance(y, ag.Tensor)
    np.testing.assert_allclose(y.numpy(), f(X), rtol=1e-13, atol=1e-15)
    weights = np.linspace(1, 2, y.size).reshape(y.shape)
    found = ag.grad(lambda x: (f(x) * weights).sum())(ag.Tensor(X))
    want = gradient(lambda x: float(np.sum(f(x) * weights)), X)
    np.testing.assert_allclose(found.numpy(), want, rtol=1e-8, atol=1e-9)


def test_functions_without_a_derivative_look_at_the_contents() -> None:
    x = ag.Tensor(X, requires_grad=True)
    assert np.array_equal(x, X) and np.allclose(X, x)
    assert np.shape(x) == (2, 3) and np.ndim(x) == 2 and np.size(x) == 6
    assert isinstance(np.argsort(x), np.ndarray)
    target = np.zeros((2, 3))
    np.copyto(target, ag.Tensor(X))
    assert (target == X).all()
    with pytest.raises(TypeError, match="x.numpy"):
        np.copyto(target, x)


def test_array_and_asarray_leave_the_tape() -> None:
    x = ag.Tensor(X)
    assert type(np.asarray(x)) is np.ndarray
    assert not np.asarray(x).flags.writeable
    copy = np.array(x)
    copy[0, 0] = 9
    assert x.numpy()[0, 0] == 0.3
    assert np.asarray(x, dtype=np.float32).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: np.linalg.eig(x), ["numpy.linalg", "eig", "received a Tensor", "x.numpy()"]),
        (lambda x: np.nextafter(x, 1), ["nextafter", "no differentiable op", "x.numpy()"]),
        (lambda x: np.add.reduceat(x, [0]), ["add.reduceat", "no differentiable op"]),
        (lambda x: np.convolve(x, x), ["convolve", "Compose it from ops"]),
        (lambda x: np.add(A, x, out=np.zeros((2, 3))), ["out", "expected none", "ops.add"]),
        (lambda x: np.sum(x, dtype=np.float32), ["numpy.sum", "dtype=", "expected x, axis"]),
        (lambda x: np.add(x, 1, dtype=np.float32), ["numpy.add", "dtype=", "operands alone"]),
        (lambda x: np.mean(x, where=A > 2), ["numpy.mean", "where=", "Leave it out"]),
        (lambda x: np.reshape(x, (3, 2), order="F"), ["reshape", "order='F'"]),
    ],
)
def test_what_has_no_op_is_refused(call: Callable[[Any], Any], words: list[str]) -> None:
    with pytest.raises(TypeError) as error:
        call(ag.Tensor(X, requires_grad=True))
    for word in words:
        assert word in str(error.value)


def test_an_array_cannot_be_changed_in_place_by_a_tensor() -> None:
    array = A.copy()
    with pytest.raises(TypeError, match=r"y = y \+ x"):
        array += ag.Tensor(X, requires_grad=True)
    assert (array == A).all()
    array += ag.Tensor(X)
    assert (array == A + X).all()
