"""Keras's functions of linear algebra: the engine's, and three more."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine.ops import linalg, matrix_transpose
from autograd_nn.engine.ops.linalg import (
    cholesky,
    det,
    eigh,
    inv,
    lu_factor,
    matrix_rank,
    norm,
    pinv,
    qr,
    slogdet,
    solve,
    solve_triangular,
    svd,
)
from autograd_nn.engine.tensor import Tensor


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
    half = solve_triangular(x, one, lower=not upper)
    return half @ matrix_transpose(half) if upper else matrix_transpose(half) @ half


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
    "cholesky", "cholesky_inverse", "det", "eigh", "inv", "logdet", "lstsq", "lu_factor",
    "matrix_rank", "norm", "pinv", "qr", "slogdet", "solve", "solve_triangular", "svd",
]  # fmt: skip
