"""Linear algebra: what is made of the ops of it, on stacks, in programs, at singular matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg as sl

import autograd_nn as ag
from autograd_nn import nn
from tests.linear import even, full
from tests.numerical import derivative

la = ag.linalg
A, S, TALL, B = full(3, 3), even(3, 3), full(4, 2), full(3, 2, seed=1)
STACK, STACK_S = full(2, 3, 3), even(2, 3, 3)


def number(f: Callable[..., Any]) -> Callable[[Any], Any]:
    """A number that depends on all floating results of f."""

    def g(x: Any) -> Any:
        found = f(x)
        found = found if isinstance(found, tuple) else (found,)
        floats = [y for y in found if y.dtype.kind == "f"]
        return sum((y * np.cos(np.arange(y.size).reshape(y.shape))).sum() for y in floats)

    return g


COMPOSED: dict[str, tuple[Callable[..., Any], np.ndarray]] = {
    "cholesky": (la.cholesky, S), "cholesky upper": (lambda x: la.cholesky(x, upper=True), S),
    "cholesky of a stack": (la.cholesky, STACK_S), "eigh": (la.eigh, S),
    "eigh, upper": (lambda x: la.eigh(x, "U"), S), "eigvalsh": (la.eigvalsh, STACK_S),
    "qr": (la.qr, STACK), "qr wide": (la.qr, TALL.T), "qr r": (lambda x: la.qr(x, "r"), TALL),
    "svd": (la.svd, STACK), "svd thin": (lambda x: la.svd(x, full_matrices=False), TALL.T),
    "svdvals": (la.svdvals, TALL), "lu": (la.lu, STACK), "lu wide": (la.lu, TALL.T),
    "lu high": (la.lu, TALL), "lu_factor": (la.lu_factor, A), "pinv": (la.pinv, TALL),
    "pinv, some cut off": (lambda x: la.pinv(x, 0.6), A), "expm": (la.expm, STACK / 2),
    "solve": (lambda x: la.solve(x, B), STACK),
    "solve, vector": (lambda x: la.solve(x, B[:, 0]), A),
    "right-hand sides": (lambda x: la.solve(A, x), B), "det": (la.det, STACK),
    "lower": (lambda x: la.solve_triangular(x, B, lower=True), A),
    "upper, ones": (lambda x: la.solve_triangular(x, B, unit_diagonal=True), STACK),
    "lstsq": (lambda x: la.lstsq(x, full(4, 3)).solution, TALL), "slogdet": (la.slogdet, STACK),
    "power": (lambda x: la.matrix_power(x, 5), A),
    "inverse power": (lambda x: la.matrix_power(x, -2), A),
    "cond": (la.cond, STACK), "cond 1": (lambda x: la.cond(x, 1), A),
    "norm 2": (lambda x: la.norm(x, 2), A), "norm nuc": (lambda x: la.matrix_norm(x, "nuc"), STACK),
    "tensorinv": (lambda x: la.tensorinv(x.reshape(3, 3, 1), ind=1), A),
    "tensorsolve": (lambda x: la.tensorsolve(x, B[:, 0]), A),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPOSED)
def test_derivatives_of_two_orders(name: str) -> None:
    f, x = COMPOSED[name]
    f, slope = number(f), ag.grad(number(f))
    t = np.cos(3 * np.arange(x.size)).reshape(x.shape) / 10
    _, moved = ag.jvp(f, (x,), (t,))
    (want,) = derivative(lambda x: (f(ag.Tensor(x)).numpy(),), (x,), (t,), step=0.1)
    np.testing.assert_allclose([moved.item(), (slope(x) * t).sum().item()], want, rtol=1e-6)
    _, bent = ag.jvp(slope, (x,), (t,))
    (want,) = derivative(lambda x: (slope(x).numpy(),), (x,), (t,), step=0.1)
    np.testing.assert_allclose(bent.numpy(), want, rtol=1e-5, atol=1e-7 * np.abs(want).max())


@pytest.mark.parametrize(
    "name", ["cholesky", "eigh", "svd", "qr", "lu", "solve", "slogdet", "pinv"]
)
def test_programs_and_maps_give_the_same(name: str) -> None:
    f, x = COMPOSED[name]
    f, slope = number(f), ag.grad(number(f))
    stack = np.stack([x, 2 * x, x + 0.01])
    each = np.stack([slope(one).numpy() for one in stack])
    native = ag.jit(slope)
    for one, want in zip([*stack, stack[0]], [*each, each[0]], strict=True):
        np.testing.assert_allclose(native(one).numpy(), want, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(ag.vmap(slope)(stack).numpy(), each, rtol=1e-9, atol=1e-12)


def test_factors_are_factors() -> None:
    p, low, up = la.lu(TALL)
    np.testing.assert_allclose((p @ low @ up).numpy(), TALL, atol=1e-14)
    for ours, other in zip(la.lu(STACK[0]), sl.lu(STACK[0]), strict=True):
        np.testing.assert_allclose(ours.numpy(), other, atol=1e-14)
    packed, pivots = la.lu_factor(A)
    for ours, other in zip((packed, pivots), sl.lu_factor(A), strict=True):
        np.testing.assert_allclose(ours.numpy(), other, atol=1e-14)
    q, r = la.qr(TALL.T)
    np.testing.assert_allclose((q @ r).numpy(), TALL.T, atol=1e-14)
    u, s, vh = la.svd(TALL, full_matrices=False)
    np.testing.assert_allclose((u * s @ vh).numpy(), TALL, atol=1e-14)


def test_where_values_coincide_vectors_have_no_derivative_and_values_have_one() -> None:
    x = np.diag([2.0, 2.0, 1.0])
    for f in (lambda x: la.eigh(x).eigenvectors[0].sum(), lambda x: la.svd(x).U[0].sum()):
        assert np.isnan(ag.grad(f)(x).numpy()).any()
    for f in (lambda x: la.svdvals(x).sum(), lambda x: la.eigvalsh(x).sum()):
        np.testing.assert_allclose(ag.grad(f)(x).numpy(), np.eye(3), atol=1e-14)


@pytest.mark.parametrize(
    "x",
    [np.zeros((2, 2)), np.diag([1.0, 2.0, 0.0]), np.diag([1.0, 2.0, 0.0, 0.0]), np.ones((1, 1))],
)
def test_the_determinant_of_singular_matrices_has_two_derivatives(x: np.ndarray) -> None:
    t = np.cos(np.arange(x.size)).reshape(x.shape)
    (want,) = derivative(lambda x: (np.linalg.det(x),), (x,), (t,))
    np.testing.assert_allclose((ag.grad(la.det)(x) * t).sum().item(), want, atol=1e-12)
    (want,) = derivative(lambda x: (ag.grad(la.det)(x).numpy(),), (x,), (t,))
    np.testing.assert_allclose(ag.hvp(la.det, (x,), (t,)).numpy(), want, atol=1e-12)


def test_the_determinant_has_a_third_derivative() -> None:
    x, t, u = full(4, 4), np.cos(np.arange(16)).reshape(4, 4), full(4, 4, seed=2)

    def bent(x: Any) -> Any:
        return (ag.hvp(la.det, (x,), (t,)) * t).sum()

    (want,) = derivative(lambda x: (bent(x).numpy(),), (x,), (u,))
    np.testing.assert_allclose((ag.grad(bent)(x) * u).sum().item(), want, rtol=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: la.inv(np.stack([np.eye(2), np.zeros((2, 2))])), ["inv", "[1]", "pinv"]),
        (lambda: la.solve(np.zeros((2, 2)), np.ones(2)), ["solve", "ingular", "lstsq"]),
        (lambda: la.solve_triangular(np.zeros((2, 2)), np.ones(2)), ["singular", "full rank"]),
        (lambda: la.cholesky(-np.eye(2)), ["positive definite", "multiple of the identity"]),
        (lambda: la.inv(np.ones((2, 3))), ["inv", "float64(2, 3)", "square"]),
        (lambda: la.det(3.0), ["det", "square"]),
        (lambda: la.svd(np.ones((2, 3))), ["full_matrices=False", "(2, 3)"]),
        (lambda: la.qr(np.ones((3, 2)), "complete"), ["complete", "reduced"]),
        (lambda: la.qr(np.eye(2), "raw"), ["'raw'", "'reduced'"]),
        (lambda: la.eigh(np.eye(2), "X"), ["UPLO='X'", "'L'"]),
        (lambda: la.solve(np.eye(2), 3.0), ["number", "vector"]),
        (lambda: la.solve(np.eye(2), np.ones(3)), ["solve", "(2, 2)", "disagree"]),
        (lambda: la.lstsq(np.eye(2), np.ones(3)), ["lstsq", "(3,)", "(m, n)"]),
        (lambda: la.matrix_power(np.eye(2), 0.5), ["n=0.5", "whole number"]),
        (lambda: la.eigh(np.eye(2) + 0j), ["eigh", "complex", "real"]),
        (lambda: la.matrix_norm(np.eye(2), 5), ["ord=5", "'nuc'"]),
        (lambda: la.multi_dot([np.eye(2)]), ["multi_dot", "two"]),
        (lambda: la.tensorinv(np.eye(2), 0), ["ind=0", "at least 1"]),
        (lambda: la.tensorsolve(np.ones((2, 3)), np.ones(2)), ["(2, 3)", "unknowns"]),
        (lambda: la.cond(np.eye(2), [1]), ["p=[1]", "'fro'"]),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told(call: Callable[[], Any], words: list[str]) -> None:
    with pytest.raises((ValueError, TypeError)) as told:
        call()
    assert all(word in str(told.value) for word in words), told.value


def test_float16_and_whole_numbers() -> None:
    half = la.solve(A.astype(np.float16), B.astype(np.float16))
    assert half.dtype == np.float16
    np.testing.assert_allclose(half.numpy(), np.linalg.solve(A, B), rtol=1e-2, atol=1e-2)
    assert la.det([[2, 0], [0, 3]]).item() == pytest.approx(6.0)
    packed, pivots = la.lu_factor(A.astype(np.float16))
    assert packed.dtype == np.float16 and pivots.dtype == np.int64


def test_keras_s_names() -> None:
    x = S.astype(np.float32)
    np.testing.assert_allclose(
        nn.ops.cholesky_inverse(nn.ops.cholesky(x)).numpy(), np.linalg.inv(x), rtol=1e-4
    )
    upper = nn.ops.cholesky(x, upper=True)
    np.testing.assert_allclose(
        nn.ops.cholesky_inverse(upper, upper=True).numpy(), np.linalg.inv(x), rtol=1e-4
    )
    np.testing.assert_allclose(nn.ops.logdet(x).item(), np.linalg.slogdet(x)[1], rtol=1e-5)
    assert np.isnan(nn.ops.logdet(np.diag([1.0, -1.0])).item())
    assert nn.ops.matrix_rank(np.diag([1.0, 0.0])).item() == 1
    assert nn.ops.lu_factor(x)[0].shape == (3, 3)
    symbol = nn.Input((3, 3))
    for f in (nn.ops.inv, nn.ops.cholesky):  # noted by shapes alone
        model = nn.Model(symbol, f(symbol))
        np.testing.assert_allclose(
            model.predict(x[None], verbose=0)[0], f(x).numpy(), rtol=1e-5, atol=1e-6
        )
