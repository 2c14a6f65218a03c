"""Systems of equations: solutions, inverses, determinants, powers and the exponential.

Everything works on the last two axes, (…, n, n); axes before them are a batch and broadcast.
The rules are those of M. B. Giles, "Collected matrix derivative results for forward and reverse
mode algorithmic differentiation" (2008), but where a block names another source.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.declare import primitive
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import finfo
from autograd_nn.engine.ops.arithmetic import add, multiply, negative, subtract
from autograd_nn.engine.ops.diagonals import tril, triu
from autograd_nn.engine.ops.joining import concatenate
from autograd_nn.engine.ops.linalg.kernels import matrices, run
from autograd_nn.engine.ops.products import _matmul, matmul
from autograd_nn.engine.ops.reductions import sum as total
from autograd_nn.engine.ops.shaping import broadcast_to, expand_dims, matrix_transpose, squeeze
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap

REGULAR = (
    "Expected full rank: leave out what depends on the rest, add a multiple of the identity, or "
    "use linalg.lstsq or linalg.pinv."
)


def _wide(g: Tensor) -> Tensor:
    """One number a matrix, against all its entries."""
    return expand_dims(g, (-2, -1))


def columns(b: Any) -> tuple[Tensor, bool]:
    """The right-hand sides as columns; whether there was one only, as a vector."""
    b = as_tensor(b)
    if not b.ndim:
        raise ShapeError(
            "solve received a number for b; expected a vector (n,) or columns (…, n, k)."
        )
    return (expand_dims(b, -1), True) if b.ndim == 1 else (matrices(b, "solve"), False)


# ---- solutions ----------------------------------------------------------------------------------


@primitive(
    lambda g, y, a, b: negative(_matmul(_solve(matrix_transpose(a), g), matrix_transpose(y))),
    lambda g, y, a, b: _solve(matrix_transpose(a), g),
    jvps=(
        lambda t, y, a, b: negative(_solve(a, _matmul(t, y))),
        lambda t, y, a, b: _solve(a, t),
    ),
    shape="(n,n),(n,k)->(n,k)", name="solve", units=1e6,
)  # fmt: skip
def _solve(a, b):
    """The solution of A X = B."""
    return run(REGULAR, np.linalg.solve, a, b)


def solve(a: Any, b: Any) -> Tensor:
    """The solution of a system of equations, A X = B, by elimination with pivots.

    Shapes (…, n, n) and (…, n, k) → (…, n, k); a vector b of shape (n,) gives a vector.
    Raises LinAlgError (A singular).

    >>> import autograd_nn as ag
    >>> ag.linalg.solve([[2.0, 0.0], [0.0, 4.0]], ag.Tensor([2.0, 2.0]))
    Tensor([1. , 0.5])
    """
    a = matrices(a, "solve", square=True)
    b, vector = columns(b)
    y = _solve(a, b)
    return squeeze(y, -1) if vector else y


def _part(a: Tensor, lower: bool, unit: bool) -> Tensor:
    """The entries of a triangular matrix that are read."""
    return tril(a, -1 if unit else 0) if lower else triu(a, 1 if unit else 0)


def _triangular_vjp(g: Tensor, y: Tensor, a: Tensor, b: Tensor, lower: bool, unit: bool) -> Tensor:
    back = _triangular(matrix_transpose(a), g, lower=not lower, unit=unit)
    return negative(_part(_matmul(back, matrix_transpose(y)), lower, unit))


@primitive(
    _triangular_vjp,
    lambda g, y, a, b, lower, unit: _triangular(
        matrix_transpose(a), g, lower=not lower, unit=unit
    ),
    jvps=(
        lambda t, y, a, b, lower, unit: negative(
            _triangular(a, _matmul(_part(t, lower, unit), y), lower=lower, unit=unit)
        ),
        lambda t, y, a, b, lower, unit: _triangular(a, t, lower=lower, unit=unit),
    ),
    shape="(n,n),(n,k)->(n,k)", cuts=True, name="solve_triangular", units=1e6,
)  # fmt: skip
def _triangular(a, b, *, lower=False, unit=False):
    """The solution of A X = B, A triangular; the other triangle is not read."""
    from scipy.linalg import solve_triangular

    lead = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    y = np.empty((*lead, *b.shape[-2:]), np.result_type(a, b))
    if not y.size:
        return y

    def one(a, b):  # type: ignore[no-untyped-def]
        return solve_triangular(a, b, lower=lower, unit_diagonal=unit, check_finite=False)

    a, b = np.broadcast_to(a, (*lead, *a.shape[-2:])), np.broadcast_to(b, y.shape)
    for at in np.ndindex(lead):
        y[at] = run(REGULAR, one, a[at], b[at])
    return y


def solve_triangular(a: Any, b: Any, lower: bool = False, unit_diagonal: bool = False) -> Tensor:
    """The solution of A X = B where A is triangular; its other triangle is not read.

    Shapes (…, n, n) and (…, n, k) → (…, n, k); a vector b of shape (n,) gives a vector.
    lower          A is the lower triangle instead of the upper.
    unit_diagonal  A's diagonal is taken as ones, and is not read.
    Raises LinAlgError (a zero on the diagonal).

    >>> import autograd_nn as ag
    >>> ag.linalg.solve_triangular([[2.0, 9.0], [1.0, 1.0]], ag.Tensor([2.0, 2.0]), lower=True)
    Tensor([1., 1.])
    """
    a = matrices(a, "solve_triangular", square=True)
    b, vector = columns(b)
    y = _triangular(a, b, lower=bool(lower), unit=bool(unit_diagonal))
    return squeeze(y, -1) if vector else y


# ---- inverses -----------------------------------------------------------------------------------


@primitive(
    lambda g, y, a: negative(_matmul(_matmul(matrix_transpose(y), g), matrix_transpose(y))),
    jvps=(lambda t, y, a: negative(_matmul(_matmul(y, t), y)),),
    shape="(n,n)->(n,n)", name="inv", units=1e6,
)  # fmt: skip
def _inv(a):
    """The inverse."""
    return run(REGULAR, np.linalg.inv, a)


def inv(a: Any) -> Tensor:
    """The inverse, A A⁻¹ = 1. To solve equations `solve` is faster and more precise.

    Shape (…, n, n). Raises LinAlgError (A singular).

    >>> import autograd_nn as ag
    >>> ag.linalg.inv(ag.Tensor([[2.0, 0.0], [0.0, 4.0]]))
    Tensor([[0.5 , 0.  ],
            [0.  , 0.25]])
    """
    return _inv(matrices(a, "inv", square=True))


def _off(a: Tensor, p: Tensor) -> tuple[Tensor, Tensor]:
    """What projects onto the complements: 1 - A A⁺ and 1 - A⁺ A."""
    rows, columns = (wrap(np.eye(n, dtype=a.dtype)) for n in a.shape[-2:])
    return subtract(rows, _matmul(a, p)), subtract(columns, _matmul(p, a))


def _pinv_vjp(g: Tensor, y: Tensor, a: Tensor) -> Tensor:
    left, right = _off(a, y)
    yt, gt = matrix_transpose(y), matrix_transpose(g)
    inner = negative(_matmul(_matmul(yt, g), yt))
    outer = _matmul(left, _matmul(gt, _matmul(y, yt)))
    return add(add(inner, outer), _matmul(_matmul(yt, y), _matmul(gt, right)))


def _pinv_jvp(t: Tensor, y: Tensor, a: Tensor) -> Tensor:
    left, right = _off(a, y)
    yt, tt = matrix_transpose(y), matrix_transpose(t)
    inner = negative(_matmul(_matmul(y, t), y))
    outer = _matmul(_matmul(y, yt), _matmul(tt, left))
    return add(add(inner, outer), _matmul(right, _matmul(tt, _matmul(yt, y))))


@primitive(_pinv_vjp, jvps=(_pinv_jvp,), shape="(m,n)->(n,m)", name="pinv", units=1e6)
def _pinv(a):
    """The pseudo-inverse."""
    if not a.size:
        return np.empty((*a.shape[:-2], a.shape[-1], a.shape[-2]), a.dtype)
    limit = max(a.shape[-2:]) * finfo(a.dtype).eps
    return run("Expected finite entries.", lambda a: np.linalg.pinv(a, limit), a)


# ---- determinants -------------------------------------------------------------------------------


def _others(s: np.ndarray) -> np.ndarray:
    """The products of all entries but one, by which; without a division."""
    one = np.ones((*s.shape[:-1], 1), s.dtype)
    before = np.concatenate([one, np.cumprod(s[..., :-1], -1)], -1)
    after = np.concatenate([one, np.cumprod(s[..., :0:-1], -1)], -1)[..., ::-1]
    return before * after


def _others_but_two(s: np.ndarray) -> np.ndarray:
    """The products of all entries but two, by which; 0 where the two are one."""
    n = s.shape[-1]
    found = np.zeros((*s.shape, n), s.dtype)
    for i in range(n - 1):
        rest = s.copy()
        rest[..., i] = 1
        found[..., i, i + 1 :] = found[..., i + 1 :, i] = _others(rest)[..., i + 1 :]
    return found


def _by_values(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A = U S Vᵀ, and det(U) det(V) U."""
    u, s, vh = np.linalg.svd(a)
    return u, s, vh, u * (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]


def _bend(g: Tensor, y: Tensor, a: Tensor, t: Tensor) -> Tensor:
    # of tr(BᵀT) C - B Tᵀ C, where B = A⁻ᵀ and C = det(A) B:
    # dB = -B dAᵀ B, dC = tr(Bᵀ dA) C - B dAᵀ C
    if a.shape[-1] < 3:  # the cofactors are linear in A, or constant
        return wrap(np.zeros(np.broadcast_shapes(a.shape, t.shape), y.dtype))
    b, c = matrix_transpose(_inv(a)), cofactors(a)

    def moved(k: Tensor) -> Tensor:  # the cotangent of A for the cotangent k of C
        along = _wide(total(multiply(k, c), axis=(-2, -1)))
        return subtract(multiply(along, b), _matmul(_matmul(c, matrix_transpose(k)), b))

    tau = _wide(total(multiply(b, t), axis=(-2, -1)))
    along = _wide(total(multiply(g, c), axis=(-2, -1)))
    gt, tt = matrix_transpose(g), matrix_transpose(t)
    back = _matmul(b, tt)
    first = multiply(along, _matmul(back, b))
    third = _matmul(_matmul(_matmul(back, c), gt), b)
    fourth = moved(_matmul(_matmul(t, matrix_transpose(b)), g))
    return subtract(add(subtract(multiply(tau, moved(g)), first), third), fourth)


@primitive(
    _bend,
    lambda g, y, a, t: _cofactors_moved(a, g),  # twice the derivative of det: symmetric
    shape="(n,n),(n,n)->(n,n)", name="cofactors_moved", units=1e6,
)  # fmt: skip
def _cofactors_moved(a, t):
    """The derivative of the cofactors along t; of singular A too."""
    if not a.size or not t.size:
        return np.zeros(np.broadcast_shapes(a.shape, t.shape), np.result_type(a, t))

    def moved(a, t):  # type: ignore[no-untyped-def]
        u, s, vh, signed = _by_values(a)
        two = _others_but_two(s)
        w = np.swapaxes(u, -1, -2) @ t @ np.swapaxes(vh, -1, -2)
        along = (two @ np.diagonal(w, 0, -2, -1)[..., None]) * np.eye(a.shape[-1], dtype=a.dtype)
        return signed @ (along - two * np.swapaxes(w, -1, -2)) @ vh

    return run("Expected finite entries.", moved, a, t, real=True)


@primitive(
    lambda g, y, a: _cofactors_moved(a, g), jvps=(lambda t, y, a: _cofactors_moved(a, t),),
    shape="(n,n)->(n,n)", name="cofactors", units=1e6,
)  # fmt: skip
def cofactors(a):
    """The matrix of cofactors, det's gradient: det(A) A⁻ᵀ, which there is of singular A too.

    By singular values A = U S Vᵀ it is det(U) det(V) U S' Vᵀ, S' the products of all others. So is
    its first derivative; those of higher order raise LinAlgError where A is singular.

    >>> import autograd_nn as ag
    >>> ag.linalg.cofactors(ag.Tensor([[1.0, 2.0], [0.0, 0.0]]))
    Tensor([[ 0.,  0.],
            [-2.,  1.]])
    """
    if not a.size:
        return np.zeros_like(a)

    def all_others(a):  # type: ignore[no-untyped-def]
        _, s, vh, signed = _by_values(a)
        return np.matmul(signed * _others(s)[..., None, :], vh)

    return run("Expected finite entries.", all_others, a, real=True)


@primitive(
    lambda g, y, a: multiply(_wide(g), cofactors(a)),
    jvps=(lambda t, y, a: total(multiply(t, cofactors(a)), axis=(-2, -1)),),
    shape="(n,n)->()", name="det", units=1e6,
)  # fmt: skip
def _det(a):
    """The determinant."""
    return np.asarray(run("Expected finite entries.", np.linalg.det, a))


def det(a: Any) -> Tensor:
    """The determinant; its derivative is right of singular matrices as well.

    Shape (…, n, n) → (…). It over- and underflows soon: see `slogdet`. Raises LinAlgError.

    >>> import autograd_nn as ag
    >>> ag.linalg.det(ag.Tensor([[2.0, 0.0], [0.0, 4.0]]))
    Tensor(8.)
    """
    return _det(matrices(a, "det", square=True))


def _slogdet_jvp(t: Tensor, y: Any, a: Tensor) -> tuple[Tensor | None, Tensor]:
    return None, total(multiply(t, matrix_transpose(_inv(a))), axis=(-2, -1))


@primitive(
    lambda g, y, a: multiply(_wide(g.logabsdet), matrix_transpose(_inv(a))),
    jvps=(_slogdet_jvp,),
    shape="(n,n)->(),()", results=("sign", "logabsdet"), name="slogdet", units=1e6,
)  # fmt: skip
def _slogdet(a):
    """The sign of the determinant and the logarithm of its magnitude."""
    found = run("Expected finite entries.", lambda a: tuple(np.linalg.slogdet(a)), a, real=True)
    return tuple(np.asarray(y) for y in found)


def slogdet(a: Any) -> Any:
    """The sign of the determinant and the logarithm of its magnitude, a named tuple.

    det A = ``sign`` · exp(``logabsdet``), without over- or underflow. Shape (…, n, n) → (…), (…).
    Raises LinAlgError; so does the derivative, of a singular matrix.

    >>> import autograd_nn as ag
    >>> ag.linalg.slogdet(ag.Tensor([[-1.0, 0.0], [0.0, 1.0]])).sign
    Tensor(-1.)
    """
    return _slogdet(matrices(a, "slogdet", square=True))


# ---- powers -------------------------------------------------------------------------------------


def matrix_power(a: Any, n: int) -> Tensor:
    """The product of n equal matrices, by squaring; n = 0: the identity; n < 0: of the inverse.

    Shape (…, n, n). Raises TypeError (n is no whole number), LinAlgError.

    >>> import autograd_nn as ag
    >>> ag.linalg.matrix_power(ag.Tensor([[1.0, 1.0], [0.0, 1.0]]), 5)
    Tensor([[1., 5.],
            [0., 1.]])
    """
    x = as_tensor(a)
    if not hasattr(n, "__index__"):
        raise TypeError(f"matrix_power received n={n!r}; expected a whole number.")
    n = n.__index__()
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        matrices(x, "matrix_power", square=True)
    if n < 0:
        return matrix_power(inv(x), -n)
    if n == 0:
        return broadcast_to(wrap(np.eye(x.shape[-1], dtype=x.dtype)), shape=x.shape)
    y = None
    while n:
        if n & 1:
            y = x if y is None else matmul(y, x)
        n >>= 1
        if n:
            x = matmul(x, x)
    return y  # type: ignore[return-value]


def _moved(a: Tensor, t: Tensor) -> Tensor:
    """The derivative of the exponential along t: a block of the exponential of [[a, t], [0, a]]."""
    n = a.shape[-1]
    lead = np.broadcast_shapes(a.shape, t.shape)
    a, t = broadcast_to(a, shape=lead), broadcast_to(t, shape=lead)
    below = concatenate([wrap(np.zeros(lead, a.dtype)), a], axis=-1)
    both = concatenate([concatenate([a, t], axis=-1), below], axis=-2)
    return _expm(both)[..., :n, n:]


@primitive(
    lambda g, y, a: _moved(matrix_transpose(a), g),
    jvps=(lambda t, y, a: _moved(a, t),),
    shape="(n,n)->(n,n)", domain=((-1.0, 1.0),), name="expm", units=1e6,
)  # fmt: skip
def _expm(a):
    """The exponential of a matrix."""
    if not a.size:
        return np.empty_like(a)
    from scipy.linalg import expm

    return run("Expected finite entries.", lambda a: np.asarray(expm(a), a.dtype), a)


def expm(a: Any) -> Tensor:
    """The exponential of a matrix, Σ Aᵏ / k!, by Padé approximants.

    Shape (…, n, n). Sources: Al-Mohy & Higham, SIAM J. Matrix Anal. Appl. 31 (2009); its
    derivative: Van Loan, IEEE Trans. Autom. Control 23 (1978). Raises LinAlgError.

    >>> import autograd_nn as ag
    >>> ag.linalg.expm(ag.Tensor([[0.0, 1.0], [0.0, 0.0]]))
    Tensor([[1., 1.],
            [0., 1.]])
    """
    return _expm(matrices(a, "expm", square=True))


__all__ = [
    "cofactors", "det", "expm", "inv", "matrix_power", "slogdet", "solve",
    "solve_triangular",
]  # fmt: skip
