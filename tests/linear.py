"""Operands for the ops of linear algebra, and those ops by other people's code or the textbook's.

The matrices are well conditioned, so that the precision asked of every op can be asked of these.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from math import factorial
from typing import Any

import numpy as np
import scipy.linalg as sl

Array = np.ndarray


def full(*shape: int, seed: int = 0) -> Array:
    """Matrices with singular values apart from one another and from 0."""
    *lead, m, n = shape
    rng = np.random.default_rng([seed, *shape])
    x = np.empty(shape)
    for at in np.ndindex(*lead):
        u, v = (np.linalg.qr(rng.normal(size=(k, k)))[0] for k in (m, n))
        k = min(m, n)
        x[at] = u[:, :k] * (1 + 0.5 * np.arange(k)) @ v[:k]
    return x


def even(*shape: int) -> Array:
    """Symmetric, positive definite matrices, eigenvalues apart."""
    x = full(*shape)
    return x @ np.swapaxes(x, -1, -2)


SQUARE = [(full(1, 1),), (np.zeros((0, 0)),), (full(3, 3),), (full(2, 1, 2, 2),)]
SYMMETRIC = [(even(1, 1),), (np.zeros((0, 0)),), (even(3, 3),), (even(2, 1, 2, 2),)]
HIGH = [(full(1, 1),), (np.zeros((2, 0)),), (full(3, 3),), (full(4, 2),), (full(2, 1, 3, 2),)]
ANY = [*HIGH, (full(2, 4),), (full(2, 2, 3),)]
SYSTEMS = [
    (full(1, 1), np.full((1, 1), 2.0)),
    (np.zeros((0, 0)), np.zeros((0, 2))),
    (full(3, 3), full(3, 2, seed=1)),
    (full(2, 1, 2, 2), full(3, 2, 1, seed=1)),
]
# By op: operands, and parameters for all of them.
CASES: dict[str, list[tuple[tuple[Array, ...], dict[str, Any]]]] = {
    "solve": [(x, {}) for x in SYSTEMS],
    "solve_triangular": [
        (x, {"lower": lower, "unit": unit})
        for x in SYSTEMS
        for lower, unit in ((True, False), (False, False), (True, True))
    ],
    "pinv": [(x, {}) for x in ANY],
    **{n: [(x, {}) for x in SQUARE] for n in ("inv", "det", "slogdet", "cofactors", "expm")},
    "cofactors_moved": [
        ((x, np.cos(np.arange(x.size)).reshape(x.shape)), {})
        for (x,) in [*SQUARE, (full(2, 1, 3, 3),)]
    ],
    "cholesky": [(x, {}) for x in SYMMETRIC],
    "eigh": [(x, {"upper": k % 2 == 1}) for k, x in enumerate(SYMMETRIC)],
    "qr": [(x, {}) for x in HIGH],
    **{n: [(x, {}) for x in ANY] for n in ("lu", "svd")},
}


def each(f: Callable[..., Any], core: int = 2) -> Callable[..., Any]:
    """A function of matrices, for every matrix of stacks."""

    def of_all(*xs: Array, **params: Any) -> Any:
        lead = np.broadcast_shapes(*(x.shape[:-core] for x in xs))
        xs = tuple(np.broadcast_to(x, (*lead, *x.shape[-core:])) for x in xs)
        found = [f(*(x[at] for x in xs), **params) for at in np.ndindex(lead)]
        if not isinstance(found[0], tuple):
            return np.array(found).reshape((*lead, *np.shape(found[0])))
        return tuple(
            np.array(ys).reshape((*lead, *np.shape(ys[0]))) for ys in zip(*found, strict=True)
        )

    return of_all


def _det(a: Array) -> Any:
    """Leibniz's sum over permutations."""
    total = np.zeros((), a.dtype)
    for order in permutations(range(len(a))):
        sign = np.linalg.det(np.eye(len(a))[list(order)]) if len(a) else 1.0
        total = total + round(sign) * np.prod(a[range(len(a)), list(order)], dtype=a.dtype)
    return np.asarray(total, a.dtype)


def _cofactors(a: Array) -> Array:
    n = len(a)
    found = np.zeros_like(a)
    for i in range(n):
        for j in range(n):
            found[i, j] = (-1) ** (i + j) * _det(np.delete(np.delete(a, i, 0), j, 1))
    return found


def _moved(a: Array, t: Array) -> Array:
    """By a complex step, which is exact of polynomials."""
    return np.asarray(_cofactors(a + 1e-30j * t).imag / 1e-30, a.dtype)


def _triangular(a: Array, b: Array, *, lower: bool, unit: bool) -> Array:
    a = np.tril(a) if lower else np.triu(a)
    if unit:
        a = a - np.diag(np.diag(a)) + np.eye(len(a), dtype=a.dtype)
    return sl.solve(a, b) if b.size else b


def _expm(a: Array) -> Array:
    terms = [np.linalg.matrix_power(a / 16, k) / factorial(k) for k in range(20)]
    return np.linalg.matrix_power(sum(terms), 16).astype(a.dtype)  # type: ignore[arg-type]


def _cholesky(a: Array) -> Array:
    low = np.zeros_like(a)
    for i in range(len(a)):
        low[i, i] = np.sqrt(a[i, i] - low[i, :i] @ low[i, :i])
        for j in range(i + 1, len(a)):
            low[j, i] = (a[j, i] - low[j, :i] @ low[i, :i]) / low[i, i]
    return low


def _lu(a: Array) -> tuple[Array, Array, Array]:
    a, order, pivots = a.copy(), np.arange(len(a)), []
    for i in range(min(a.shape)):
        p = i + int(np.argmax(np.abs(a[i:, i])))
        pivots.append(p)
        a[[i, p]], order[[i, p]] = a[[p, i]], order[[p, i]]
        for j in range(i + 1, len(a)):
            a[j, i] /= a[i, i]
            a[j, i + 1 :] -= a[j, i] * a[i, i + 1 :]
    return a, np.array(pivots, np.int64), order


REFERENCES: dict[str, Callable[..., Any]] = {
    "solve": each(lambda a, b: sl.solve(a, b) if b.size else b),
    "solve_triangular": each(_triangular),
    "inv": each(lambda a: sl.inv(a) if a.size else a),
    "pinv": each(
        lambda a: sl.inv(a.T @ a) @ a.T if a.shape[0] >= a.shape[1] else a.T @ sl.inv(a @ a.T)
    ),
    "det": each(_det),
    "slogdet": each(lambda a: (np.sign(_det(a)), np.log(np.abs(_det(a))))),
    "cofactors": each(_cofactors),
    "cofactors_moved": each(_moved),
    "expm": each(_expm),
    "cholesky": each(_cholesky),
    "qr": each(lambda a: sl.qr(a, mode="economic")),
    "eigh": each(
        lambda a, upper: sl.eigh(a, lower=not upper, driver="evd") if a.size else (a.ravel(), a)
    ),
    "lu": each(_lu),
    "svd": each(lambda a: sl.svd(a, full_matrices=False)),
}
