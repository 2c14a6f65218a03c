"""Factors of matrices: Cholesky, QR, LU, eigenvalues and singular values.

Everything works on the last two axes; axes before them are a batch. Where values coincide, their
vectors are any basis of one space and have no derivative: it is NaN, whatever is made of them.
Values alone have one.
Source: Giles (2008), see systems.py; others are named in their blocks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.declare import primitive
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import finfo
from autograd_nn.engine.ops.arithmetic import absolute, add, divide, multiply, negative, subtract
from autograd_nn.engine.ops.choosing import where
from autograd_nn.engine.ops.comparison import less_equal
from autograd_nn.engine.ops.diagonals import diagonal, tril, triu
from autograd_nn.engine.ops.indexing import take_along_axis
from autograd_nn.engine.ops.joining import concatenate, pad
from autograd_nn.engine.ops.linalg.kernels import matrices, reflected, run
from autograd_nn.engine.ops.linalg.systems import _triangular
from autograd_nn.engine.ops.ordering import argsort
from autograd_nn.engine.ops.products import _matmul
from autograd_nn.engine.ops.reductions import max as amax
from autograd_nn.engine.ops.shaping import broadcast_to, expand_dims, matrix_transpose
from autograd_nn.engine.tensor import Tensor, wrap

FINITE = "Expected finite entries."


def _sum(*terms: Tensor | None) -> Tensor:
    """The sum of those terms that there are."""
    found: Any = None
    for term in terms:
        if term is not None:
            found = term if found is None else add(found, term)
    return found


def _mean(x: Tensor) -> Tensor:
    """The symmetric part."""
    return multiply(add(x, matrix_transpose(x)), 0.5)


def _lower(x: Tensor) -> Tensor:
    """The lower triangle with half the diagonal."""
    half = wrap(np.tri(x.shape[-1], dtype=x.dtype) - 0.5 * np.eye(x.shape[-1], dtype=x.dtype))
    return multiply(tril(x), half)


def _diagonal(v: Tensor) -> Tensor:
    """Vectors as diagonal matrices."""
    return multiply(expand_dims(v, -2), wrap(np.eye(v.shape[-1], dtype=v.dtype)))


def _apart(v: Tensor, scale: float) -> Tensor:
    """1 / (vⱼ - vᵢ), and NaN where they are the same but for rounding; 0 on the diagonal."""
    n = v.shape[-1]
    if not n:
        return subtract(expand_dims(v, -2), expand_dims(v, -1))
    eye = np.eye(n, dtype=bool)
    gap = subtract(expand_dims(v, -2), expand_dims(v, -1))
    top = expand_dims(amax(absolute(v), axis=-1, keepdims=True), -1)
    same = less_equal(absolute(gap), multiply(top, scale * n * float(finfo(v.dtype).eps)))
    lost = where(eye, 0.0, np.asarray(np.nan, v.dtype))
    return where(same, lost, divide(1.0, where(same, 1.0, gap)))


# ---- Cholesky -----------------------------------------------------------------------------------


def _cholesky_vjp(g: Tensor, y: Tensor, a: Tensor) -> Tensor:
    up = matrix_transpose(y)
    inner = _lower(_matmul(up, tril(g)))
    left = _triangular(up, inner, lower=False)  # L⁻ᵀ Φ
    return _mean(matrix_transpose(_triangular(up, matrix_transpose(left), lower=False)))


def _cholesky_jvp(t: Tensor, y: Tensor, a: Tensor) -> Tensor:
    left = _triangular(y, _mean(t), lower=True)
    inner = matrix_transpose(_triangular(y, matrix_transpose(left), lower=True))
    return _matmul(y, _lower(inner))


@primitive(
    _cholesky_vjp, jvps=(_cholesky_jvp,), shape="(n,n)->(n,n)", name="cholesky", units=1e6,
)  # fmt: skip
def _cholesky(a):
    """The lower triangular L of A = L Lᵀ."""
    return run(
        "Expected a positive definite one; a small multiple of the identity added makes it so "
        "where rounding is to blame.",
        lambda a: np.linalg.cholesky((a + np.swapaxes(a, -1, -2)) / 2),
        a,
        real=True,
    )


def cholesky(a: Any, upper: bool = False) -> Tensor:
    """The triangular L with A = L Lᵀ of a symmetric, positive definite A.

    Shape (…, n, n). Of A the lower triangle is read, as by NumPy, and there its gradient is; that
    of (A + Aᵀ)/2 is symmetric.
    upper   the upper triangle is read, and Lᵀ is given.
    Raises LinAlgError (A not square, not positive definite).
    Source: I. Murray, "Differentiation of the Cholesky decomposition" (2016).

    >>> import autograd_nn as ag
    >>> ag.linalg.cholesky(ag.Tensor([[4.0, 2.0], [2.0, 5.0]]))
    Tensor([[2., 0.],
            [1., 2.]])
    """
    y = _cholesky(reflected(matrices(a, "cholesky", square=True), upper))
    return matrix_transpose(y) if upper else y


# ---- QR -----------------------------------------------------------------------------------------


def _over(x: Tensor, r: Tensor) -> Tensor:
    """X R⁻¹."""
    solved = _triangular(matrix_transpose(r), matrix_transpose(x), lower=True)
    return matrix_transpose(solved)


def _qr_vjp(g: Any, y: Any, a: Tensor) -> Tensor:
    (q, r), (gq, gr) = y, g
    inner = _sum(
        None if gr is None else _matmul(r, matrix_transpose(triu(gr))),
        None if gq is None else negative(_matmul(matrix_transpose(gq), q)),
    )
    below = tril(inner, -1)
    inner = add(tril(inner), matrix_transpose(below))
    back = _sum(gq, _matmul(q, inner))
    solved = _triangular(r, matrix_transpose(back), lower=False)
    return matrix_transpose(solved)


def _qr_jvp(t: Tensor, y: Any, a: Tensor) -> tuple[Tensor, Tensor]:
    q, r = y
    moved = _over(t, r)
    seen = _matmul(matrix_transpose(q), moved)
    below = tril(seen, -1)
    upper = subtract(seen, subtract(below, matrix_transpose(below)))
    return subtract(moved, _matmul(q, upper)), _matmul(upper, r)


@primitive(
    _qr_vjp, jvps=(_qr_jvp,), shape="(m,n)->(m,n),(n,n)", results=("Q", "R"), partial=True,
    name="qr", units=1e6,
)  # fmt: skip
def _qr(a):
    """Q and R of a matrix that is not wider than high."""
    return run(FINITE, lambda a: tuple(np.linalg.qr(a)), a, real=True)


def qr(a: Any, mode: str = "reduced") -> Any:
    """A = Q R: orthonormal columns times an upper triangle; a named tuple.

    Shapes (…, m, n) → Q (…, m, k), R (…, k, n), k = min(m, n).
    mode   'reduced'; 'r': R alone; 'complete' (Q is square) of matrices as wide as high or wider.
    Raises LinAlgError, ShapeError, ValueError; its derivative LinAlgError, where the first k
    columns depend on one another.

    >>> import autograd_nn as ag
    >>> ag.linalg.qr(ag.Tensor([[0.0, 2.0], [-3.0, 0.0]])).R
    Tensor([[-3.,  0.],
            [ 0.,  2.]])
    """
    a = matrices(a, "qr")
    m, n = a.shape[-2:]
    if mode not in ("reduced", "r", "complete"):
        raise ValueError(f"qr received mode={mode!r}; expected 'reduced', 'r' or 'complete'.")
    if mode == "complete" and m > n:
        raise ShapeError(
            f"qr received mode='complete' of a matrix of shape {(m, n)}: the columns that it adds "
            "are any basis, and have no derivative. Expected mode='reduced'."
        )
    if m >= n:
        y = _qr(a)
    else:  # the columns beyond the square come after it
        y = _qr(a[..., :m])
        rest = _matmul(matrix_transpose(y.Q), a[..., m:])
        y = y._replace(R=concatenate([y.R, rest], axis=-1))
    return y.R if mode == "r" else y


# ---- LU -----------------------------------------------------------------------------------------


def _whole(packed: Tensor) -> tuple[Tensor, Tensor]:
    """L and U of packed factors, made square by the identity: (…, m, m) and (…, n, n)."""
    m, n = packed.shape[-2:]
    k = min(m, n)
    low, up = wrap(np.eye(m, dtype=packed.dtype)), wrap(np.eye(n, dtype=packed.dtype))
    low = add(_set(tril(packed, -1)[..., :k], (m, m)), low)
    keep = wrap((np.arange(n) >= k).astype(packed.dtype))
    return low, add(_set(triu(packed)[..., :k, :], (n, n)), multiply(up, keep))


def _set(x: Tensor, shape: tuple[int, int]) -> Tensor:
    """x in the upper left of zeros."""
    rows, columns = shape[0] - x.shape[-2], shape[1] - x.shape[-1]
    return pad(x, ((0, 0),) * (x.ndim - 2) + ((0, rows), (0, columns)))


def _rows(x: Tensor, order: Tensor) -> Tensor:
    """The rows of a matrix in another order."""
    return take_along_axis(x, broadcast_to(expand_dims(order, -1), shape=x.shape), -2)


def _lu_jvp(t: Tensor, y: Any, a: Tensor) -> tuple[Tensor, None, None]:
    low, up = _whole(y.packed)
    left = _triangular(low, _rows(t, y.order), lower=True, unit=True)
    inner = _over(left, up)
    return add(_matmul(low, tril(inner, -1)), _matmul(triu(inner), up)), None, None


def _lu_vjp(g: Any, y: Any, a: Tensor) -> Tensor:
    low, up = _whole(y.packed)
    g = g.packed
    inner = add(tril(_matmul(matrix_transpose(low), g), -1), triu(_matmul(g, matrix_transpose(up))))
    right = matrix_transpose(_triangular(up, matrix_transpose(inner), lower=False))
    back = _triangular(matrix_transpose(low), right, lower=False, unit=True)
    return _rows(back, argsort(y.order, axis=-1))


def _lu_shape(x: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    *lead, m, n = x
    return (*lead, m, n), (*lead, min(m, n)), (*lead, m)


@primitive(
    _lu_vjp, jvps=(_lu_jvp,), shape=_lu_shape, results=("packed", "pivots", "order"),
    name="lu", units=1e6, batch=True,
)  # fmt: skip
def _lu(a):
    """L below the diagonal and U in one matrix, the rows swapped in turn, and their order."""
    return run(FINITE, _factored, a, real=True)


def _factored(a: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    from scipy.linalg.lapack import get_lapack_funcs

    *lead, m, n = a.shape
    packed = np.array(a, order="C")
    pivots = np.zeros((*lead, min(m, n)), np.int64)
    order = np.broadcast_to(np.arange(m), (*lead, m)).copy()
    if a.size:
        (getrf,) = get_lapack_funcs(("getrf",), (a,))
        for at in np.ndindex(*lead):
            packed[at], pivots[at], _ = getrf(a[at])
            for i, j in enumerate(pivots[at]):
                order[at][[i, j]] = order[at][[j, i]]
    return packed, pivots, order


def lu_factor(a: Any) -> tuple[Tensor, Tensor]:
    """The factors of A with rows swapped, L U, in one matrix, and the pivots.

    Below the diagonal it holds L, whose diagonal is ones, on and above it U. In step i row i was
    swapped with row ``pivots[i]``. Shapes (…, m, n) → (…, m, n), (…, min(m, n)).
    Raises LinAlgError.

    >>> import autograd_nn as ag
    >>> ag.linalg.lu_factor(ag.Tensor([[1.0, 2.0], [2.0, 2.0]]))[0]
    Tensor([[2. , 2. ],
            [0.5, 1. ]])
    """
    y = _lu(matrices(a, "lu_factor"))
    return y.packed, y.pivots


def lu(a: Any) -> tuple[Tensor, Tensor, Tensor]:
    """A = P L U: a permutation, a lower triangle with ones on its diagonal, an upper triangle.

    Shapes (…, m, n) → (…, m, m), (…, m, k), (…, k, n), k = min(m, n). Raises LinAlgError.

    >>> import autograd_nn as ag
    >>> ag.linalg.lu(ag.Tensor([[1.0, 2.0], [2.0, 2.0]]))[2]
    Tensor([[2., 2.],
            [0., 1.]])
    """
    y = _lu(matrices(a, "lu"))
    m, n = y.packed.shape[-2:]
    k = min(m, n)
    low, up = _whole(y.packed)
    eye = broadcast_to(wrap(np.eye(m, dtype=low.dtype)), shape=low.shape)
    return _rows(eye, argsort(y.order, axis=-1)), low[..., :k], up[..., :k, :]


# ---- eigenvalues --------------------------------------------------------------------------------


def _eigh_vjp(g: Any, y: Any, a: Tensor, upper: bool) -> Tensor:
    v, back = y.eigenvectors, matrix_transpose(y.eigenvectors)
    inner = _sum(
        None if g.eigenvalues is None else _diagonal(g.eigenvalues),
        None
        if g.eigenvectors is None
        else multiply(_apart(y.eigenvalues, 4.0), _matmul(back, g.eigenvectors)),
    )
    return _mean(_matmul(_matmul(v, inner), back))


def _eigh_jvp(t: Tensor, y: Any, a: Tensor, upper: bool) -> tuple[Tensor, Tensor]:
    v = y.eigenvectors
    moved = _matmul(_matmul(matrix_transpose(v), _mean(t)), v)
    along = multiply(_apart(y.eigenvalues, 4.0), moved)
    return diagonal(moved, 0, -2, -1), _matmul(v, along)


@primitive(
    _eigh_vjp, jvps=(_eigh_jvp,), shape="(n,n)->(n),(n,n)",
    results=("eigenvalues", "eigenvectors"), partial=True, name="eigh", units=1e6,
)  # fmt: skip
def _eigh(a, *, upper=False):
    """Eigenvalues and eigenvectors of the symmetric part; ``upper`` decides which LAPACK reads."""
    return run(
        FINITE,
        lambda a: tuple(np.linalg.eigh((a + np.swapaxes(a, -1, -2)) / 2, "U" if upper else "L")),
        a,
        real=True,
    )


def eigh(a: Any, UPLO: str = "L") -> Any:  # noqa: N803
    """Eigenvalues, rising, and orthonormal eigenvectors of a symmetric matrix; a named tuple.

    A V = V diag(w). Shapes (…, n, n) → (…, n), (…, n, n).
    UPLO   the triangle that is read, 'L' or 'U', and where the gradient is.
    Raises ValueError, LinAlgError.

    >>> import autograd_nn as ag
    >>> ag.linalg.eigh(ag.Tensor([[2.0, 1.0], [1.0, 2.0]])).eigenvalues
    Tensor([1., 3.])
    """
    if str(UPLO).upper() not in ("L", "U"):
        raise ValueError(f"eigh received UPLO={UPLO!r}; expected 'L' or 'U'.")
    upper = UPLO.upper() == "U"
    return _eigh(reflected(matrices(a, "eigh", square=True), upper), upper=upper)


def eigvalsh(a: Any, UPLO: str = "L") -> Tensor:  # noqa: N803
    """The eigenvalues of a symmetric matrix, rising; see `eigh`.

    >>> import autograd_nn as ag
    >>> ag.linalg.eigvalsh(ag.Tensor([[2.0, 1.0], [1.0, 2.0]]))
    Tensor([1., 3.])
    """
    return eigh(a, UPLO).eigenvalues


# ---- singular values ----------------------------------------------------------------------------


def _svd_vjp(g: Any, y: Any, a: Tensor) -> Tensor:
    u, s, vh = y
    ut, v = matrix_transpose(u), matrix_transpose(vh)
    row, column = expand_dims(s, -2), expand_dims(s, -1)
    apart, over = _apart(multiply(s, s), 8.0), divide(1.0, row)
    inner = None if g.S is None else _diagonal(g.S)
    left = right = None
    if g.U is not None:
        seen = _matmul(ut, g.U)
        twist = multiply(apart, subtract(seen, matrix_transpose(seen)))
        inner = _sum(inner, multiply(twist, row))
        if a.shape[-2] > a.shape[-1]:  # what lies outside of the space of U
            left = multiply(subtract(g.U, _matmul(u, seen)), over)
    if g.Vh is not None:
        gv = matrix_transpose(g.Vh)
        seen = _matmul(vh, gv)
        twist = multiply(apart, subtract(seen, matrix_transpose(seen)))
        inner = _sum(inner, multiply(column, twist))
        if a.shape[-2] < a.shape[-1]:
            right = matrix_transpose(multiply(subtract(gv, _matmul(v, seen)), over))
    return _sum(
        None if inner is None else _matmul(_matmul(u, inner), vh),
        None if left is None else _matmul(left, vh),
        None if right is None else _matmul(u, right),
    )


def _svd_jvp(t: Tensor, y: Any, a: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    u, s, vh = y
    ut, v = matrix_transpose(u), matrix_transpose(vh)
    row, column = expand_dims(s, -2), expand_dims(s, -1)
    apart, over = _apart(multiply(s, s), 8.0), divide(1.0, row)
    tv, tu = _matmul(t, v), _matmul(matrix_transpose(t), u)
    seen = _matmul(ut, tv)
    across = matrix_transpose(seen)
    du = multiply(apart, add(multiply(seen, row), multiply(column, across)))
    dv = multiply(apart, add(multiply(column, seen), multiply(across, row)))
    du, dv = _matmul(u, du), _matmul(v, dv)
    if a.shape[-2] > a.shape[-1]:
        du = add(du, multiply(subtract(tv, _matmul(u, seen)), over))
    if a.shape[-2] < a.shape[-1]:
        dv = add(dv, multiply(subtract(tu, _matmul(v, across)), over))
    return du, diagonal(seen, 0, -2, -1), matrix_transpose(dv)


def _svd_shape(x: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    *lead, m, n = x
    k = min(m, n)
    return (*lead, m, k), (*lead, k), (*lead, k, n)


@primitive(
    _svd_vjp, jvps=(_svd_jvp,), shape=_svd_shape, results=("U", "S", "Vh"), partial=True,
    name="svd", units=1e6, batch=True,
)  # fmt: skip
def _svd(a):
    """U, the singular values and Vᵀ, thin."""
    return run(FINITE, lambda a: tuple(np.linalg.svd(a, full_matrices=False)), a, real=True)


def svd(a: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """A = U diag(S) Vᵀ: orthonormal columns, the singular values, falling; a named tuple U, S, Vh.

    Shapes (…, m, n) → (…, m, k), (…, k), (…, k, n), k = min(m, n).
    full_matrices   U (m, m) and Vh (n, n), NumPy's default: of square matrices alone, for what it
                    adds to others is any basis and has no derivative.
    compute_uv      False: S alone.
    Source: J. Townsend, "Differentiating the singular value decomposition" (2016).
    Raises ShapeError, LinAlgError.

    >>> import autograd_nn as ag
    >>> ag.linalg.svd(ag.Tensor([[3.0, 0.0], [0.0, -2.0]])).S
    Tensor([3., 2.])
    """
    a = matrices(a, "svd")
    if not compute_uv:
        return _svd(a).S
    if full_matrices and a.shape[-1] != a.shape[-2]:
        raise ShapeError(
            f"svd received full_matrices=True (the default) of matrices of shape {a.shape[-2:]}: "
            "the vectors that it adds are any basis, and have no derivative. Expected "
            "full_matrices=False, or square matrices."
        )
    return _svd(a)


def svdvals(a: Any) -> Tensor:
    """The singular values, falling; see `svd`.

    >>> import autograd_nn as ag
    >>> ag.linalg.svdvals(ag.Tensor([[3.0, 0.0], [0.0, -2.0]]))
    Tensor([3., 2.])
    """
    return svd(a, compute_uv=False)


__all__ = ["cholesky", "eigh", "eigvalsh", "lu", "lu_factor", "qr", "svd", "svdvals"]
