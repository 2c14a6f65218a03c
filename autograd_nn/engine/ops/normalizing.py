"""Normalising: means and variances, entries made to have them, rows made to be of length one."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.halves import is_half
from autograd_nn.engine.ops.arithmetic import add, astype, divide, multiply, sqrt, square, subtract
from autograd_nn.engine.ops.choosing import maximum, where
from autograd_nn.engine.ops.comparison import equal, not_equal
from autograd_nn.engine.ops.linalg.norms import norm
from autograd_nn.engine.ops.reductions import mean
from autograd_nn.engine.ops.reductions import sum as total
from autograd_nn.engine.ops.shaping import broadcast_to, squeeze
from autograd_nn.engine.tensor import Tensor, as_tensor


def moments(x: Any, axis: Any = None, keepdims: bool = False) -> tuple[Tensor, Tensor]:
    """The mean m over ``axis`` and the variance Σ (xᵢ - m)² / n.

    >>> import autograd_nn as ag
    >>> ag.ops.moments(ag.Tensor([1.0, 3.0]))
    (Tensor(2.), Tensor(1.))
    """
    x = as_tensor(x)
    axis = tuple(axis) if isinstance(axis, list) else axis
    if is_half(x.dtype):  # whose squares soon leave its range
        m, v = moments(astype(x, dtype=np.dtype(np.float32)), axis, keepdims)
        return astype(m, dtype=x.dtype), astype(v, dtype=x.dtype)
    m = mean(x, axis=axis, keepdims=True)
    v = mean(square(subtract(x, m)), axis=axis, keepdims=keepdims)
    return (m if keepdims else squeeze(m, tuple(range(x.ndim)) if axis is None else axis)), v


def masked_mean(
    x: Any, mask: Any, axis: Any = None, keepdims: bool = False, epsilon: float = 0.0
) -> Tensor:
    """The mean over ``axis`` of the entries where ``mask``, which broadcasts to x, is not 0.

    epsilon   added to their number, so that the mean of none is 0 and not NaN.

    >>> import autograd_nn as ag
    >>> ag.ops.masked_mean(ag.Tensor([1.0, 3.0, 9.0]), [True, True, False])
    Tensor(2.)
    """
    x = as_tensor(x)
    if is_half(x.dtype):  # which counts to 65504, and that only roughly
        wide = masked_mean(astype(x, dtype=np.dtype(np.float32)), mask, axis, keepdims, epsilon)
        return astype(wide, dtype=x.dtype)
    kept = broadcast_to(not_equal(as_tensor(mask), 0), shape=x.shape)
    axis = tuple(axis) if isinstance(axis, list) else axis
    n = total(astype(kept, dtype=x.dtype), axis=axis, keepdims=keepdims)
    return divide(total(where(kept, x, 0), axis=axis, keepdims=keepdims), add(n, epsilon))


def nanmean(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The mean over ``axis`` of the entries that are not NaN.

    >>> import autograd_nn as ag
    >>> ag.nanmean(ag.Tensor([1.0, float("nan")]))
    Tensor(1.)
    """
    x = as_tensor(x)
    return masked_mean(x, equal(x, x), axis, keepdims)


def standardize(
    x: Any,
    mean: Any,
    variance: Any,
    scale: Any = None,
    offset: Any = None,
    epsilon: float = 1e-3,
) -> Tensor:
    """Entries of a mean and a variance made to have others, y = (x - m) · s / √(v + ε) + b.

    mean, variance, scale and offset broadcast to x; None leaves a step out.

    >>> import autograd_nn as ag
    >>> ag.ops.standardize(ag.Tensor([1.0, 3.0]), 2.0, 1.0, epsilon=0.0)
    Tensor([-1.,  1.])
    """
    factor = divide(1, sqrt(add(variance, epsilon)))
    if scale is not None:
        factor = multiply(factor, scale)
    y = multiply(x if mean is None else subtract(x, mean), factor)
    return y if offset is None else add(y, offset)


def normalize(x: Any, axis: Any = -1, order: Any = 2, epsilon: float = 1e-7) -> Tensor:
    """Vectors along ``axis`` made to be of length one, y = x / max(‖x‖, ε).

    order   which norm, as in `norm`.

    >>> import autograd_nn as ag
    >>> ag.ops.normalize(ag.Tensor([3.0, 4.0]))
    Tensor([0.6, 0.8])
    """
    x = as_tensor(x)
    return divide(x, maximum(norm(x, order, axis, keepdims=True), epsilon))


__all__ = ["masked_mean", "moments", "nanmean", "normalize", "standardize"]
