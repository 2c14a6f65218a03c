"""Public functions composed of ops: NumPy's values, and derivatives of two orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.op import REGISTRY
from tests.checks import check_derivative
from tests.strategies import fill

CUBE = (2, 3, 4)
I = np.array([[1, 0, 2], [2, 2, 0]])  # noqa: E741  (indices)
MASK = np.array([[True, False, True], [False, True, True]])
Row = tuple[Callable[..., Any], Callable[..., Any], list[tuple[int, ...]]]

ROWS: dict[str, Row] = {
    # name: ours, NumPy's, shapes of the operands
    "mean": (ag.mean, np.mean, [(2, 3)]),
    "mean, axes": (lambda x: ag.mean(x, axis=(0, 2)), lambda x: np.mean(x, axis=(0, 2)), [CUBE]),
    "mean, keepdims": (
        lambda x: x.mean(1, keepdims=True),
        lambda x: x.mean(1, keepdims=True),
        [CUBE],
    ),
    "var": (lambda x: ag.var(x, axis=1), lambda x: np.var(x, axis=1), [CUBE]),
    "var, ddof": (lambda x: ag.var(x, ddof=1), lambda x: np.var(x, ddof=1), [(5,)]),
    "std": (lambda x: ag.std(x, axis=0, ddof=1), lambda x: np.std(x, axis=0, ddof=1), [(4, 2)]),
    "ptp": (lambda x: ag.ptp(x, axis=1), lambda x: np.ptp(x, axis=1), [(2, 3)]),
    "cumprod": (lambda x: ag.cumprod(x, axis=1), lambda x: np.cumprod(x, axis=1), [(2, 5)]),
    "cumprod, flat": (ag.cumprod, np.cumprod, [(2, 3)]),
    "cumprod of nothing": (ag.cumprod, np.cumprod, [(0,)]),
    "diff": (lambda x: ag.diff(x, 2), lambda x: np.diff(x, 2), [(2, 5)]),
    "diff, axis": (lambda x: ag.diff(x, axis=0), lambda x: np.diff(x, axis=0), [(3, 2)]),
    "median": (ag.median, np.median, [(5,)]),
    "median, even": (lambda x: ag.median(x, axis=1), lambda x: np.median(x, axis=1), [(2, 4)]),
    "quantile": (
        lambda x: ag.quantile(x, 0.3, axis=1),
        lambda x: np.quantile(x, 0.3, axis=1),
        [(2, 4)],
    ),
    "quantile, keepdims": (
        lambda x: ag.quantile(x, 0.9, axis=0, keepdims=True),
        lambda x: np.quantile(x, 0.9, axis=0, keepdims=True),
        [(4, 2)],
    ),
    "quantile, ends": (
        lambda x: ag.quantile(x, 0) + ag.quantile(x, 1),
        lambda x: x.min() + x.max(),
        [(4,)],
    ),
    "take": (lambda x: ag.take(x, I, axis=1), lambda x: np.take(x, I, axis=1), [CUBE]),
    "take, flat": (lambda x: ag.take(x, [3, -1]), lambda x: np.take(x, [3, -1]), [(2, 3)]),
    "take_along_axis": (
        lambda x: ag.take_along_axis(x, I, 1),
        lambda x: np.take_along_axis(x, I, 1),
        [(2, 3)],
    ),
    "sort": (lambda x: ag.sort(x, axis=0), lambda x: np.sort(x, axis=0), [(4, 3)]),
    "top_k": (lambda x: ag.ops.top_k(x, 2)[0], lambda x: -np.sort(-x)[..., :2], [(2, 4)]),
    "stack": (
        lambda a, b: ag.stack([a, b], axis=1),
        lambda a, b: np.stack([a, b], axis=1),
        [(2, 3), (2, 3)],
    ),
    "stack, last": (
        lambda a, b: ag.stack([a, b], -1),
        lambda a, b: np.stack([a, b], -1),
        [(2,), (2,)],
    ),
    "concatenate, flat": (
        lambda a, b: ag.concatenate([a, b], axis=None),
        lambda a, b: np.concatenate([a, b], axis=None),
        [(2, 3), (4,)],
    ),
    "split": (lambda x: ag.split(x, 2, axis=1)[1], lambda x: np.split(x, 2, axis=1)[1], [(2, 4)]),
    "split, cuts": (
        lambda x: ag.split(x, [1, 3], axis=1)[1],
        lambda x: np.split(x, [1, 3], 1)[1],
        [(2, 5)],
    ),
    "tile": (lambda x: ag.tile(x, (2, 1, 3)), lambda x: np.tile(x, (2, 1, 3)), [(2, 3)]),
    "tile, fewer": (lambda x: ag.tile(x, 2), lambda x: np.tile(x, 2), [(2, 3)]),
    "repeat": (lambda x: ag.repeat(x, 2, axis=1), lambda x: np.repeat(x, 2, axis=1), [(2, 3)]),
    "repeat, none": (lambda x: ag.repeat(x, 0, 1), lambda x: np.repeat(x, 0, 1), [(2, 3)]),
    "moments": (
        lambda x: ag.stack(ag.ops.moments(x, [0, 2])),
        lambda x: np.stack([x.mean((0, 2)), x.var((0, 2))]),
        [CUBE],
    ),
    "moments of all": (
        lambda x: ag.stack(ag.ops.moments(x)), lambda x: np.stack([x.mean(), x.var()]), [(2, 3)],
    ),
    "masked_mean": (
        lambda x: ag.ops.masked_mean(x, MASK, axis=1, keepdims=True),
        lambda x: (x * MASK).sum(1, keepdims=True) / 2,
        [(2, 3)],
    ),
    "masked_mean, epsilon": (
        lambda x: ag.ops.masked_mean(x, 0 * MASK, epsilon=0.5), lambda x: 0 * x.sum(), [(2, 3)],
    ),
    "standardize": (
        lambda x, m, v, s, b: ag.ops.standardize(x, m, v**2, s, b, 0.5),
        lambda x, m, v, s, b: (x - m) / np.sqrt(v**2 + 0.5) * s + b,
        [CUBE, (4,), (3, 1), (4,), ()],
    ),
    "normalize": (
        lambda x: ag.ops.normalize(x, (0, 2)),
        lambda x: x / np.sqrt((x**2).sum((0, 2), keepdims=True)),
        [CUBE],
    ),
    "resize": (
        lambda x: ag.ops.resize(x, 4, axis=0),
        lambda x: np.stack([x[0], 0.75 * x[0] + 0.25 * x[1], 0.25 * x[0] + 0.75 * x[1], x[1]]),
        [(2, 3)],
    ),
    "repeat, each": (lambda x: ag.repeat(x, [1, 0, 2]), lambda x: np.repeat(x, [1, 0, 2]), [(3,)]),
    "roll": (lambda x: ag.roll(x, 2), lambda x: np.roll(x, 2), [(2, 3)]),
    "roll, axes": (
        lambda x: ag.roll(x, (1, -1), axis=(0, 1)),
        lambda x: np.roll(x, (1, -1), (0, 1)),
        [(2, 3)],
    ),
    "roll, one shift": (lambda x: ag.roll(x, 4, (0, 1)), lambda x: np.roll(x, 4, (0, 1)), [(2, 3)]),
    "tensordot": (ag.ops.tensordot, np.tensordot, [(2, 3, 4), (3, 4, 2)]),
    "tensordot, none": (
        lambda a, b: ag.ops.tensordot(a, b, 0),
        lambda a, b: np.tensordot(a, b, 0),
        [(2,), (3,)],
    ),
    "tensordot, named": (
        lambda a, b: ag.ops.tensordot(a, b, ((2, 0), (0, 1))),
        lambda a, b: np.tensordot(a, b, ((2, 0), (0, 1))),
        [(2, 3, 4), (4, 2, 2)],
    ),
    "einsum, product": (
        lambda a, b: ag.einsum("ij,jk->ik", a, b),
        lambda a, b: a @ b,
        [(2, 3), (3, 4)],
    ),
    "einsum, implicit": (
        lambda a, b: ag.einsum("ba,cb", a, b),
        lambda a, b: np.einsum("ba,cb", a, b),
        [(2, 3), (4, 2)],
    ),
    "einsum, diagonal": (
        lambda a: ag.einsum("ii->i", a),
        lambda a: np.einsum("ii->i", a),
        [(3, 3)],
    ),
    "einsum, trace": (lambda a: ag.einsum("ii", a), np.trace, [(3, 3)]),
    "einsum, thrice": (
        lambda a: ag.einsum("iij,i->j", a, a[:, 0, 0]),
        lambda a: np.einsum("iij,i->j", a, a[:, 0, 0]),
        [(2, 2, 3)],
    ),
    "einsum, ellipsis": (
        lambda a, b: ag.einsum("...ij,jk->...ik", a, b),
        lambda a, b: a @ b,
        [(2, 2, 3), (3, 2)],
    ),
    "einsum, two ellipses": (
        lambda a, b: ag.einsum("...i,...i", a, b),
        lambda a, b: np.einsum("...i,...i", a, b),
        [(4, 2, 3), (2, 3)],
    ),
    "einsum, alone": (lambda a: ag.einsum("ijk->ki", a), lambda a: np.einsum("ijk->ki", a), [CUBE]),
    "einsum, three": (
        lambda a, b, c: ag.einsum("i,ij,j->", a, b, c),
        lambda a, b, c: np.einsum("i,ij,j->", a, b, c),
        [(2,), (2, 3), (3,)],
    ),
    "matmul, vectors": (lambda a, b: a @ b, lambda a, b: a @ b, [(3,), (3,)]),
    "matmul, vector first": (lambda a, b: a @ b, lambda a, b: a @ b, [(3,), (2, 3, 2)]),
    "matmul, vector last": (lambda a, b: a @ b, lambda a, b: a @ b, [(2, 2, 3), (3,)]),
    "matmul, batches": (lambda a, b: a @ b, lambda a, b: a @ b, [(2, 1, 2, 3), (3, 3, 2)]),
    "dot, 3-d": (ag.ops.dot, np.dot, [(2, 3), (2, 3, 2)]),
    "dot, number": (ag.ops.dot, np.dot, [(), (3,)]),
    "vdot": (ag.ops.vdot, np.vdot, [(2, 3), (6,)]),
    "inner": (ag.ops.inner, np.inner, [(2, 3), (4, 3)]),
    "inner, number": (ag.ops.inner, np.inner, [(), (3,)]),
    "matmul, array last": (
        lambda a: a @ np.ones((3, 2), a.dtype),
        lambda a: a @ np.ones((3, 2), a.dtype),
        [(2, 3)],
    ),
    "outer": (ag.ops.outer, np.outer, [(2,), (2, 2)]),
    "cross": (ag.ops.cross, np.cross, [(2, 3), (3,)]),
    "cross, axis": (
        lambda a, b: ag.ops.cross(a, b, axis=0),
        lambda a, b: np.cross(a, b, axis=0),
        [(3, 2), (3, 2)],
    ),
    "kron": (ag.ops.kron, np.kron, [(2, 3), (3, 1)]),
    "kron, other ranks": (ag.ops.kron, np.kron, [(3,), (2, 1, 2)]),
    "trace": (lambda x: ag.ops.trace(x, 1), lambda x: np.trace(x, 1), [(3, 4)]),
    "diagonal": (lambda x: ag.ops.diagonal(x, -1), lambda x: np.diagonal(x, -1), [(3, 4)]),
    "diagonal, axes": (
        lambda x: ag.ops.diagonal(x, 1, 0, 2),
        lambda x: np.diagonal(x, 1, 0, 2),
        [CUBE],
    ),
    "diagonal, far": (lambda x: ag.ops.diagonal(x, 5), lambda x: np.diagonal(x, 5), [(2, 2)]),
    "diag of a vector": (lambda x: ag.ops.diag(x, 1), lambda x: np.diag(x, 1), [(3,)]),
    "diag of a vector, below": (lambda x: ag.ops.diag(x, -2), lambda x: np.diag(x, -2), [(2,)]),
    "diag of a matrix": (lambda x: ag.ops.diag(x, 1), lambda x: np.diag(x, 1), [(3, 3)]),
    "tril": (lambda x: ag.tril(x, -1), lambda x: np.tril(x, -1), [CUBE]),
    "triu": (lambda x: ag.triu(x, 1), lambda x: np.triu(x, 1), [CUBE]),
    "norm": (ag.norm, np.linalg.norm, [(2, 3)]),
    "norm, list of axes": (
        lambda x: ag.norm(x, axis=[0, 1]),
        lambda x: np.sqrt(np.sum(x**2, (0, 1))),
        [CUBE],
    ),
    "norm 1": (lambda x: ag.norm(x, 1, axis=1), lambda x: np.linalg.norm(x, 1, axis=1), [(2, 3)]),
    "norm 3": (lambda x: ag.norm(x, 3, axis=0), lambda x: np.linalg.norm(x, 3, axis=0), [(2, 3)]),
    "norm inf": (
        lambda x: ag.norm(x, np.inf, axis=1),
        lambda x: np.linalg.norm(x, np.inf, axis=1),
        [(2, 3)],
    ),
    "norm -inf": (
        lambda x: ag.norm(x, -np.inf, axis=1),
        lambda x: np.linalg.norm(x, -np.inf, axis=1),
        [(2, 3)],
    ),
    "norm 0": (lambda x: ag.norm(x, 0) + x[0], lambda x: np.linalg.norm(x, 0) + x[0], [(3,)]),
    "clip": (lambda x: ag.clip(x, -1.1, 0.9), lambda x: np.clip(x, -1.1, 0.9), [(4,)]),
    "clip by a tensor": (
        lambda x, a: ag.clip(x, a - 4, None),
        lambda x, a: np.clip(x, a - 4, None),
        [(2, 3), (3,)],
    ),
    "clip by nothing": (ag.clip, lambda x: x, [(3,)]),
    "swapaxes": (lambda x: ag.ops.swapaxes(x, 0, -1), lambda x: np.swapaxes(x, 0, -1), [CUBE]),
    "moveaxis": (
        lambda x: ag.ops.moveaxis(x, (0, 1), (-1, 0)),
        lambda x: np.moveaxis(x, (0, 1), (-1, 0)),
        [CUBE],
    ),
    "expand_dims": (
        lambda x: ag.expand_dims(x, (0, -1)),
        lambda x: np.expand_dims(x, (0, -1)),
        [(2, 3)],
    ),
    "squeeze": (lambda x: ag.squeeze(x, 1), lambda x: np.squeeze(x, 1), [(2, 1, 1)]),
    "squeeze, all": (ag.squeeze, np.squeeze, [(2, 1, 1)]),
    "atleast_1d": (ag.ops.atleast_1d, np.atleast_1d, [()]),
    "atleast_2d": (ag.ops.atleast_2d, np.atleast_2d, [(3,)]),
    "atleast_2d of a number": (ag.ops.atleast_2d, np.atleast_2d, [()]),
    "meshgrid": (
        lambda a, b: ag.stack(ag.ops.meshgrid(a, b)),
        lambda a, b: np.stack(np.meshgrid(a, b)),
        [(2,), (3,)],
    ),
    "meshgrid, ij": (
        lambda a, b: ag.stack(ag.ops.meshgrid(a, b, indexing="ij")),
        lambda a, b: np.stack(np.meshgrid(a, b, indexing="ij")),
        [(2,), (3,)],
    ),
    "pad, reflect": (
        lambda x: ag.pad(x, ((1, 2), (0, 1)), "reflect"),
        lambda x: np.pad(x, ((1, 2), (0, 1)), "reflect"),
        [(3, 4)],
    ),
    "pad, wrap": (lambda x: ag.pad(x, 2, "wrap"), lambda x: np.pad(x, 2, "wrap"), [(2, 3)]),
    "add_at": (
        lambda x, v: ag.ops.add_at(x, [0, 2, 0], v),
        lambda x, v: x + np.array([v[0] + v[2], 0 * v[0], v[1]]),
        [(3,), (3,)],
    ),
    "add_at, slice": (
        lambda x, v: ag.ops.add_at(x, slice(1, None), v),
        lambda x, v: x + np.concatenate([[0], np.broadcast_to(v, 2)]),
        [(3,), ()],
    ),
    "mT": (lambda x: x.mT, lambda x: np.swapaxes(x, -1, -2), [CUBE]),
    "T": (lambda x: x.T, lambda x: x.T, [CUBE]),
    "x[mask]": (lambda x: x[MASK], lambda x: x[MASK], [(2, 3)]),
    "x[mask of rows]": (lambda x: x[np.array([False, True])], lambda x: x[1:], [(2, 3)]),
    "x[mask, column]": (lambda x: x[MASK[:, 0], 1], lambda x: x[MASK[:, 0], 1], [(2, 3)]),
    "x[i, :, j]": (
        lambda x: x[[0, 1, 1], :, [3, 0, 0]],
        lambda x: x[[0, 1, 1], :, [3, 0, 0]],
        [CUBE],
    ),
    "x[..., None, ::-1]": (lambda x: x[..., None, ::-1], lambda x: x[..., None, ::-1], [CUBE]),
    "x[0][1]": (lambda x: x[0][1], lambda x: x[0][1], [CUBE]),
    "x[list]": (lambda x: x[[1, 0, 1]], lambda x: x[[1, 0, 1]], [(2, 3)]),
    "x[no rows]": (lambda x: x[[]], lambda x: x[[]], [(2, 3)]),
    "iteration": (lambda x: ag.stack([3 * r for r in x]), lambda x: 3 * x, [(3, 2)]),
    "softmax, axes": (
        lambda x: ag.softmax(x, axis=(0, 1)),
        lambda x: np.exp(x) / np.exp(x).sum((0, 1), keepdims=True),
        [CUBE],
    ),
}


@pytest.mark.parametrize("name", ROWS)
def test_numpy_value_and_two_orders(name: str) -> None:
    ours, numpys, shapes = ROWS[name]
    xs = fill(np.random.default_rng(3), shapes, [(-2.0, 2.0)] * len(shapes))
    y = ours(*map(ag.Tensor, xs))
    np.testing.assert_allclose(y.numpy(), numpys(*xs), rtol=1e-12, atol=1e-14)
    assert y.dtype == np.float64
    check_derivative(ours, xs)
    g = np.linspace(-1, 2, y.size).reshape(y.shape)
    check_derivative(lambda g, *vs: ag.vjp(ours, *vs)[1](g), [g, *xs])


@pytest.mark.parametrize("name", ROWS)
def test_float32_stays_float32(name: str) -> None:
    ours, _, shapes = ROWS[name]
    xs = fill(np.random.default_rng(3), shapes, [(-2.0, 2.0)] * len(shapes))
    narrow = [ag.Tensor(x, dtype="float32") for x in xs]
    y, pull = ag.vjp(ours, *narrow)
    assert y.dtype == np.float32
    assert all(c.dtype == np.float32 for c in pull(np.ones(y.shape, np.float32)))


def test_put_writes_and_the_last_write_stays() -> None:
    x, v = ag.Tensor([1.0, 2.0, 3.0]), ag.Tensor([5.0, 6.0, 7.0])
    y, pull = ag.vjp(lambda x, v: ag.put(x, [0, 2, 0], v), x, v)
    assert y.tolist() == [7.0, 2.0, 6.0]
    dx, dv = pull(ag.Tensor([10.0, 20.0, 30.0]))
    assert dx.tolist() == [0.0, 20.0, 0.0]
    assert dv.tolist() == [0.0, 30.0, 10.0]


def test_integer_helpers() -> None:
    assert ag.norm([3, 4]).item() == 5.0
    assert ag.one_hot([2, 0], 3).tolist() == [[0, 0, 1], [1, 0, 0]]
    assert ag.one_hot([2, 0], 3, axis=0).shape == (3, 2)
    assert ag.one_hot([5], 3).tolist() == [[0, 0, 0]]
    assert ag.argmax([[1.0, 5.0], [7.0, 2.0]], axis=1).tolist() == [1, 0]
    assert ag.ops.top_k(ag.Tensor([3.0, 9.0, 4.0]), 2)[1].tolist() == [1, 2]
    assert ag.ops.count_nonzero(ag.Tensor([0.0, 2.0, -1.0])).item() == 2
    assert ag.ops.searchsorted([1.0, 2.0, 3.0], [2.0, 2.5], side="right").tolist() == [2, 2]
    assert ag.all([True, False]).item() is False and ag.any([True, False]).item() is True


def test_every_public_function_with_a_derivative_is_in_some_table() -> None:
    """A function composed of ops, added without a line above, is noticed."""
    composed = {
        n
        for n, f in vars(ag.ops).items()
        if callable(f)
        and getattr(f, "__module__", "").startswith("autograd_nn.engine.ops.")
        and not hasattr(f, "op")
        and not n.startswith("_")
    }
    elsewhere = {"count_nonzero", "nansum", "nanmean", "getitem", "setitem", "put", "one_hot",
                 "top_k", "ravel", "concat", "permute_dims", "round"}  # fmt: skip
    named = {n.split(",")[0].split()[0] for n in ROWS} | elsewhere | set(REGISTRY)
    assert composed <= named, composed - named
