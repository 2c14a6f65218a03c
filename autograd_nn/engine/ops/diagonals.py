"""Diagonals, bands and one-hot rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.errors import DTypeError, RangeError, ShapeError
from autograd_nn.engine.halves import as_dtype
from autograd_nn.engine.ops.arithmetic import astype
from autograd_nn.engine.ops.choosing import where
from autograd_nn.engine.ops.comparison import equal
from autograd_nn.engine.ops.shaping import expand_dims, moveaxis
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap


def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = "float64") -> Tensor:
    """Rows of the identity: 1 at each index, 0 elsewhere; an index out of range gives zeros.

    >>> import autograd_nn as ag
    >>> ag.one_hot([1, 0], 2)
    Tensor([[0., 1.],
            [1., 0.]])
    """
    x = as_tensor(x)
    if x.dtype.kind not in "iu":
        raise DTypeError(
            f"one_hot received dtype {x.dtype}; expected integers. Convert with .astype(int)."
        )
    if num_classes < 1:
        raise RangeError(f"one_hot received num_classes={num_classes}; expected at least 1.")
    hot = equal(expand_dims(x, -1), wrap(np.arange(num_classes)))
    return moveaxis(astype(hot, dtype=as_dtype(dtype)), -1, axis)


def _zero(x: Tensor) -> int:
    """A zero that keeps x's dtype."""
    return False if x.dtype == np.bool_ else 0


def _band(x: Any, k: int, lower: bool) -> Tensor:
    x = as_tensor(x)
    if x.ndim < 2:
        raise ShapeError(
            f"{'tril' if lower else 'triu'} received shape {x.shape}; expected at least two "
            "dimensions."
        )
    rows, columns = x.shape[-2:]
    ones = np.tri(rows, columns, k if lower else k - 1, dtype=bool)
    return where(wrap(ones if lower else ~ones), x, _zero(x))


def tril(x: Any, k: int = 0) -> Tensor:
    """The lower triangle of the last two axes, up to diagonal ``k``; zeros above.

    >>> import autograd_nn as ag
    >>> ag.tril(ag.Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[1., 0.],
            [3., 4.]])
    """
    return _band(x, k, True)


def triu(x: Any, k: int = 0) -> Tensor:
    """The upper triangle of the last two axes, from diagonal ``k``; zeros below.

    >>> import autograd_nn as ag
    >>> ag.triu(ag.Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[1., 2.],
            [0., 4.]])
    """
    return _band(x, k, False)


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The entries on a diagonal of two axes, as a new last axis.

    >>> import autograd_nn as ag
    >>> ag.diagonal(ag.Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([1., 4.])
    """
    x = moveaxis(as_tensor(x), (axis1, axis2), (-2, -1))
    rows, columns = x.shape[-2:]
    start = (max(-offset, 0), max(offset, 0))
    n = max(min(rows - start[0], columns - start[1]), 0)
    i = np.arange(n)
    return x[..., wrap(i + start[0]), wrap(i + start[1])]


def diag(x: Any, k: int = 0) -> Tensor:
    """A matrix with a vector on diagonal ``k``, or the diagonal of a matrix.

    >>> import autograd_nn as ag
    >>> ag.diag(ag.Tensor([1.0, 2.0]))
    Tensor([[1., 0.],
            [0., 2.]])
    """
    x = as_tensor(x)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ShapeError(f"diag received shape {x.shape}; expected a vector or a matrix.")
    n = x.shape[0] + abs(k)
    on = np.eye(n, k=k, dtype=bool)
    wide = embed_vector(x, n, k)
    return where(wrap(on), wide, _zero(x))


def embed_vector(x: Tensor, n: int, k: int) -> Tensor:
    """A vector as a column of n rows that starts at the row where diagonal ``k`` does."""
    from autograd_nn.engine.ops.joining import pad

    start = max(-k, 0)
    return expand_dims(pad(x, (start, n - start - x.shape[0])), 1)


def trace(x: Any, offset: int = 0) -> Tensor:
    """The sum of a diagonal of the first two axes.

    >>> import autograd_nn as ag
    >>> ag.trace(ag.Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor(5.)
    """
    from autograd_nn.engine.ops.reductions import sum as total

    return total(diagonal(x, offset), axis=-1)


__all__ = ["diag", "diagonal", "one_hot", "trace", "tril", "triu"]
