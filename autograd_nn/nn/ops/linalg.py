"""Keras's functions of linear algebra: the engine's, and what Keras has otherwise or beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.doors import contents
from autograd_nn.engine.ops import expand_dims, linalg, matrix_transpose, squeeze
from autograd_nn.engine.ops.linalg import (
    cholesky,
    det,
    eigh,
    inv,
    lu_factor,
    norm,
    pinv,
    slogdet,
)
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap


def cholesky_inverse(x: Any, upper: bool = False) -> Tensor:
    """The inverse of a matrix of which the Cholesky factor is given: (L Lᵀ)⁻¹, or (Uᵀ U)⁻¹.

    Shape (…, n, n). Raises LinAlgError.

    >>> from autograd_nn import nn
    >>> nn.ops.cholesky_inverse([[2.0, 0.0], [0.0, 1.0]]).tolist()
    [[0.25, 0.0], [0.0, 1.0]]
    """
    from autograd_nn.engine.ops import eye

    x = linalg.kernels.matrices(x, "cholesky_inverse", square=True)
    one = eye(x.shape[-1], dtype=x.dtype)
    half = linalg.solve_triangular(x, one, lower=not upper)
    return half @ matrix_transpose(half) if upper else matrix_transpose(half) @ half


def _columns(a: Any, b: Any) -> tuple[Tensor, Tensor, bool]:
    """Matrices and right sides; a batch of vectors, one for each matrix, as columns."""
    a, b = as_tensor(a), as_tensor(b)
    vectors = a.ndim > 2 and b.ndim == a.ndim - 1
    return a, expand_dims(b, -1) if vectors else b, vectors


def solve(a: Any, b: Any) -> Tensor:
    """The x of a x = b, of a vector for each matrix or of the columns of one.

    Shapes (…, n, n) and (…, n) → (…, n), or (…, n, k) → (…, n, k). Raises LinAlgError.

    >>> from autograd_nn import nn
    >>> nn.ops.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 2.0]).tolist()
    [1.0, 0.5]
    """
    a, b, vectors = _columns(a, b)
    x = linalg.solve(a, b)
    return squeeze(x, -1) if vectors else x


def solve_triangular(a: Any, b: Any, lower: bool = False) -> Tensor:
    """The x of a x = b, a read on and above its diagonal, or below; shapes as those of `solve`.

    >>> from autograd_nn import nn
    >>> nn.ops.solve_triangular([[2.0, 9.0], [1.0, 4.0]], [2.0, 5.0], lower=True).tolist()
    [1.0, 1.0]
    """
    a, b, vectors = _columns(a, b)
    x = linalg.solve_triangular(a, b, lower=lower)
    return squeeze(x, -1) if vectors else x


def matrix_rank(x: Any, tol: Any = None) -> Tensor:
    """How many singular values of matrices exceed ``tol``; see `ag.linalg.matrix_rank`.

    Raises ShapeError for what is no matrix.

    >>> from autograd_nn import nn
    >>> nn.ops.matrix_rank([[1.0, 2.0], [2.0, 4.0]]).item()
    1
    """
    x = linalg.kernels.matrices(x, "matrix_rank")
    return linalg.matrix_rank(x, tol)


def _given(x: Any, what: str) -> np.ndarray:
    """Matrices' contents, which no derivative is asked of."""
    x = linalg.kernels.matrices(x, what)
    x.look(what)
    contents(x, f"{what}, which has no derivative here,")
    return x.array


def qr(x: Any, mode: str = "reduced") -> Any:
    """Q with orthonormal columns and R, triangular, of x = QR; see `ag.linalg.qr`.

    mode   'reduced', or 'complete': Q is square. The columns that this adds are any basis: it has
           no derivative. Raises ValueError for another mode.

    >>> from autograd_nn import nn
    >>> nn.ops.qr([[1.0], [0.0]], mode="complete")[0].shape
    (2, 2)
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(
            "`mode` argument value not supported. Expected one of {'reduced', 'complete'}. "
            f"Received: mode={mode}."
        )
    if mode == "complete" and as_tensor(x).shape[-2:-1] > as_tensor(x).shape[-1:]:
        return tuple([wrap(y) for y in np.linalg.qr(_given(x, "qr, complete,"), "complete")])
    return linalg.qr(x, mode)


def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """U, s, Vᵀ of x = U diag(s) Vᵀ, or s alone; see `ag.linalg.svd`.

    full_matrices   U and V are square. The columns that this adds are any basis: of matrices that
                    are not square it has no derivative.

    >>> from autograd_nn import nn
    >>> [y.shape for y in nn.ops.svd([[1.0], [0.0]])]
    [(2, 2), (1,), (1, 1)]
    """
    sizes = as_tensor(x).shape[-2:]
    if full_matrices and compute_uv and len({*sizes}) > 1:
        return tuple([wrap(y) for y in np.linalg.svd(_given(x, "svd with full_matrices=True"))])
    return linalg.svd(x, full_matrices, compute_uv)


def eig(x: Any) -> tuple[Tensor, Tensor]:
    """Eigenvalues and, as columns, eigenvectors of square matrices: complex, without derivative.

    Shape (…, n, n) → (…, n), (…, n, n). Raises LinAlgError. Symmetric ones have `eigh`.

    >>> from autograd_nn import nn
    >>> nn.ops.eig([[0.0, 1.0], [-1.0, 0.0]])[0].numpy().round(6).tolist()
    [1j, -1j]
    """
    x = linalg.kernels.matrices(x, "eig", square=True)
    kind = np.complex128 if x.dtype.itemsize == 8 else np.complex64
    found = np.linalg.eig(_given(x, "eig"))
    return wrap(found[0].astype(kind)), wrap(found[1].astype(kind))


def jvp(
    fun: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], has_aux: bool = False
) -> Any:
    """``fun`` of the primals, and how that moves as these move by the tangents; see `ag.jvp`.

    has_aux   ``fun`` returns its result and something else, which comes last, as it is.
    Raises ValueError where there are not as many tangents as primals.

    >>> from autograd_nn import nn
    >>> [float(y) for y in nn.ops.jvp(lambda x: x * x, (3.0,), (1.0,))]
    [9.0, 6.0]
    """
    from autograd_nn.engine import transforms

    if len(primals) != len(tangents):
        raise ValueError(
            f"jvp received {len(primals)} primals and {len(tangents)} tangents; expected as many."
        )
    beside: list[Any] = []

    def value(*xs: Any) -> Any:
        if not has_aux:
            return fun(*xs)
        y, aux = fun(*xs)
        beside[:] = [tree.map(lambda v: v.detach() if isinstance(v, Tensor) else v, aux)]
        return y

    found = transforms.jvp(value, tuple(map(as_tensor, primals)), tuple(map(as_tensor, tangents)))
    return (*found, beside[0]) if has_aux else tuple(found)


def logdet(x: Any) -> Tensor:
    """The logarithm of the determinant, of matrices where that is positive; NaN of others.

    Shape (…, n, n) → (…). Raises LinAlgError.

    >>> from autograd_nn import nn
    >>> nn.ops.logdet([[1.0, 0.0], [0.0, 1.0]]).item()
    0.0
    """
    from autograd_nn.engine.ops import where

    sign, value = slogdet(x)
    return where(sign > 0, value, where(sign == 0, value, float("nan")))


def lstsq(a: Any, b: Any, rcond: float | None = None) -> Tensor:
    """The x of least ‖a x - b‖, and of those the shortest.

    Shapes (m, n) and (m, k) → (n, k), or (m,) → (n,). Raises LinAlgError.

    >>> from autograd_nn import nn
    >>> nn.ops.lstsq([[1.0], [1.0]], [1.0, 3.0]).numpy().round(6).tolist()
    [2.0]
    """
    return linalg.lstsq(a, b, rcond).solution


__all__ = [
    "cholesky", "cholesky_inverse", "det", "eig", "eigh", "inv", "jvp", "logdet", "lstsq",
    "lu_factor", "matrix_rank", "norm", "pinv", "qr", "slogdet", "solve", "solve_triangular", "svd",
]  # fmt: skip
