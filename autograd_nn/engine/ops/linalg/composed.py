"""Functions of linear algebra that are made of the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import finfo
from autograd_nn.engine.ops import diagonals, products
from autograd_nn.engine.ops.arithmetic import astype, divide, multiply, square, subtract
from autograd_nn.engine.ops.choosing import where
from autograd_nn.engine.ops.comparison import greater, not_equal
from autograd_nn.engine.ops.linalg.factors import svd, svdvals
from autograd_nn.engine.ops.linalg.kernels import matrices
from autograd_nn.engine.ops.linalg.norms import matrix_norm
from autograd_nn.engine.ops.linalg.systems import _pinv, columns, inv, solve
from autograd_nn.engine.ops.reductions import any as some
from autograd_nn.engine.ops.reductions import count_nonzero
from autograd_nn.engine.ops.reductions import max as amax
from autograd_nn.engine.ops.reductions import sum as total
from autograd_nn.engine.ops.shaping import (
    expand_dims,
    matrix_transpose,
    ravel,
    reshape,
    squeeze,
    transpose,
)
from autograd_nn.engine.tensor import Tensor, as_tensor


def cross(x1: Any, x2: Any, axis: int = -1) -> Tensor:
    """The vector product of 3-vectors along ``axis``.

    >>> import autograd_nn as ag
    >>> ag.linalg.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    Tensor([0., 0., 1.])
    """
    return products.cross(x1, x2, axis)


def outer(x1: Any, x2: Any) -> Tensor:
    """The outer product of two vectors, Yᵢⱼ = x₁ᵢ x₂ⱼ. Raises ShapeError.

    >>> import autograd_nn as ag
    >>> ag.linalg.outer([1.0, 2.0], [3.0])
    Tensor([[3.],
            [6.]])
    """
    a, b = as_tensor(x1), as_tensor(x2)
    if a.ndim != 1 or b.ndim != 1:
        raise ShapeError(
            f"numpy.linalg.outer received shapes {a.shape} and {b.shape}; expected two vectors."
        )
    return products.outer(a, b)


def diagonal(x: Any, offset: int = 0) -> Tensor:
    """The diagonals of the matrices in the last two axes.

    >>> import autograd_nn as ag
    >>> ag.linalg.diagonal([[1.0, 2.0], [3.0, 4.0]])
    Tensor([1., 4.])
    """
    return diagonals.diagonal(x, offset, -2, -1)


def trace(x: Any, offset: int = 0) -> Tensor:
    """The sums of the diagonals of the matrices in the last two axes.

    >>> import autograd_nn as ag
    >>> ag.linalg.trace([[1.0, 2.0], [3.0, 4.0]])
    Tensor(5.)
    """
    return total(diagonal(x, offset), axis=-1)


def multi_dot(arrays: Sequence[Any]) -> Tensor:
    """The product of several matrices, with vectors at the ends at most. Raises LinAlgError.

    >>> import autograd_nn as ag
    >>> ag.linalg.multi_dot([[1.0, 2.0], [[1.0], [1.0]], [[2.0]]])
    Tensor([6.])
    """
    xs = [as_tensor(x) for x in arrays]
    if len(xs) < 2:
        raise ShapeError(f"multi_dot received {len(xs)} arrays; expected at least two.")
    first_last = (xs[0].ndim, xs[-1].ndim)
    if any(x.ndim != 2 for x in xs[1:-1]) or any(n not in (1, 2) for n in first_last):
        raise np.linalg.LinAlgError(
            f"multi_dot received shapes {[x.shape for x in xs]}; expected matrices, and vectors at "
            "the ends at most."
        )
    return reduce(products.matmul, xs)


def cond(x: Any, p: Any = None) -> Tensor:
    """The condition number ‖A‖ ‖A⁻¹‖ in the norm p (as in `matrix_norm`; None: 2).

    >>> import autograd_nn as ag
    >>> ag.linalg.cond(ag.Tensor([[4.0, 0.0], [0.0, 2.0]]))
    Tensor(2.)
    """
    if p is not None and not isinstance(p, int | float | str):
        raise TypeError(f"cond received p={p!r}; expected None, 'fro', 'nuc', 1, -1, 2, -2, inf.")
    if p in (None, 2, -2):
        values = svdvals(x)
        largest, smallest = values[..., 0], values[..., -1]
        return smallest / largest if p == -2 else largest / smallest
    x = matrices(x, "cond", square=True)
    return matrix_norm(x, p) * matrix_norm(inv(x), p)


def pinv(a: Any, rcond: Any = None) -> Tensor:
    """The Moore-Penrose pseudo-inverse A⁺: of all X of least ‖A X - 1‖ the smallest.

    Shape (…, m, n) → (…, n, m). The derivative is that at constant rank.
    rcond   singular values of at most this part of the largest count as 0, (…); by default
            eps · max(m, n).
    Source: Golub & Pereyra, SIAM J. Numer. Anal. 10 (1973). Raises LinAlgError.

    >>> import autograd_nn as ag
    >>> ag.linalg.pinv(ag.Tensor([[2.0], [0.0]]))
    Tensor([[0.5, 0. ]])
    """
    a = matrices(a, "pinv")
    if rcond is None or not a.size:
        return _pinv(a)
    u, s, vh = svd(a, full_matrices=False)  # what is cut off turns with the rest
    kept = greater(s, multiply(expand_dims(as_tensor(rcond), -1), amax(s, axis=-1, keepdims=True)))
    inverse = where(kept, divide(1.0, where(kept, s, 1.0)), 0.0)
    back = multiply(matrix_transpose(vh), expand_dims(inverse, -2))
    return products.matmul(back, matrix_transpose(u))


class Fit(NamedTuple):
    """What `lstsq` finds."""

    solution: Tensor
    residuals: Tensor
    rank: Tensor
    singular_values: Tensor


def lstsq(a: Any, b: Any, rcond: float | None = None) -> Fit:
    """The x of least ‖A x - b‖, of those the shortest, A⁺ b; and how good it is, as NumPy tells it.

    Shapes (m, n) and (m, k) → (n, k); a vector b of shape (m,) gives a vector. ``residuals`` are
    the sums Σ (A x - b)², (k,), and empty where the rank is less than n or m ≤ n.
    rcond   as in `pinv`. Raises LinAlgError.

    >>> import autograd_nn as ag
    >>> ag.linalg.lstsq([[1.0], [1.0]], ag.Tensor([1.0, 3.0])).solution
    Tensor([2.])
    """
    a, b = matrices(a, "lstsq"), as_tensor(b)
    if a.ndim != 2 or b.ndim not in (1, 2) or b.shape[0] != a.shape[0]:
        raise np.linalg.LinAlgError(
            f"lstsq received {shapes.describe(a)} and {shapes.describe(b)}; expected a matrix "
            "(m, n) and (m,) or (m, k). For stacks of matrices multiply by linalg.pinv."
        )
    m, n = a.shape
    b, vector = columns(b)
    y = products.matmul(pinv(a, rcond), b)
    values = svdvals(a)
    rcond = max(m, n) * float(finfo(a.dtype).eps) if rcond is None else rcond
    above = greater(values, multiply(amax(values), rcond)) if values.size else values
    rank = astype(total(above), dtype=np.dtype(np.int32))  # NumPy's
    left = total(square(subtract(products.matmul(a, y), b)), axis=0)
    full = m > n and int(rank) == n
    return Fit(squeeze(y, -1) if vector else y, left if full else left[:0], rank, values)


def matrix_rank(A: Any, tol: Any = None) -> Tensor:  # noqa: N803
    """How many singular values are above ``tol``, by default eps · max(m, n) · the largest.

    Shape (…, m, n) → (…), whole numbers; a vector's rank is 1, or 0 if it is 0.

    >>> import autograd_nn as ag
    >>> ag.linalg.matrix_rank(ag.Tensor([[1.0, 1.0], [1.0, 1.0]]))
    Tensor(1)
    """
    x = as_tensor(A)
    if x.ndim < 2:
        return astype(some(not_equal(x, 0)), dtype=np.dtype(np.int64))
    x = matrices(x, "matrix_rank")
    values = svdvals(x)
    if tol is None:
        eps = float(finfo(x.dtype).eps)
        tol = multiply(amax(values, axis=-1, keepdims=True), max(x.shape[-2:]) * eps)
    else:
        tol = expand_dims(as_tensor(tol), -1)
    return count_nonzero(greater(values, tol), axis=-1)


def tensorinv(a: Any, ind: int = 2) -> Tensor:
    """The inverse under `tensordot` over ``ind`` axes. Raises ShapeError, ValueError, LinAlgError.

    >>> import autograd_nn as ag
    >>> ag.linalg.tensorinv(ag.Tensor([[2.0, 0.0], [0.0, 4.0]]), ind=1)
    Tensor([[0.5 , 0.  ],
            [0.  , 0.25]])
    """
    a = as_tensor(a)
    if not isinstance(ind, int) or not a.ndim:
        raise TypeError(
            f"tensorinv received {shapes.describe(a)} and ind={ind!r}; expected an array and a "
            "whole number of axes."
        )
    if ind <= 0:
        raise ValueError(f"tensorinv received ind={ind!r}; expected a whole number of at least 1.")
    first, last = a.shape[:ind], a.shape[ind:]
    y = inv(reshape(a, shape=(math.prod(first), math.prod(last))))
    return reshape(y, shape=(*last, *first))


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Tensor:
    """The x with tensordot(a, x, axes=x.ndim) = b. Raises ShapeError, LinAlgError.

    axes   of a, that are moved behind the others before.

    >>> import autograd_nn as ag
    >>> ag.linalg.tensorsolve([[2.0, 0.0], [0.0, 4.0]], ag.Tensor([2.0, 2.0]))
    Tensor([1. , 0.5])
    """
    a, b = as_tensor(a), as_tensor(b)
    if axes is not None:
        moved = [shapes.axis_index(k, a.ndim) for k in axes]
        a = transpose(a, axes=tuple(k for k in range(a.ndim) if k not in moved) + tuple(moved))
    shape = a.shape[b.ndim :]
    rows = math.prod(shape)
    if math.prod(b.shape) != rows or math.prod(a.shape) != rows * rows:
        raise np.linalg.LinAlgError(
            f"tensorsolve received shapes {a.shape} and {b.shape}; expected as many equations as "
            "unknowns: the product of a's axes behind b's has to be the size of b."
        )
    return reshape(solve(reshape(a, shape=(rows, rows)), ravel(b)), shape=shape)


__all__ = [
    "cond", "cross", "diagonal", "lstsq", "matrix_rank", "multi_dot", "outer", "pinv", "tensorinv",
    "tensorsolve", "trace",
]  # fmt: skip
