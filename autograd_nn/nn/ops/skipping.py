"""What skips NaN: variances, products, extremes and quantiles of the entries that are numbers."""

from __future__ import annotations

from math import prod as _product
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import RangeError
from autograd_nn.engine.halves import as_dtype, kind_of
from autograd_nn.engine.tensor import Tensor, as_tensor


def _instead(x: Any, value: float) -> tuple[Tensor, Tensor]:
    """x with a value in place of NaN, and where an entry is none."""
    x = as_tensor(x)
    here = ops.equal(x, x)
    return (ops.where(here, x, value) if kind_of(x.dtype) == "f" else x), here


def _extreme(x: Any, axis: Any, keepdims: bool, beyond: float, reduce: Any) -> Tensor:
    y, here = _instead(x, beyond)
    y = reduce(y, axis=axis, keepdims=keepdims)
    if kind_of(y.dtype) != "f":
        return y
    return ops.where(ops.any(here, axis=axis, keepdims=keepdims), y, np.nan)


def nanmax(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The largest entry that is not NaN; NaN where there is none.

    >>> nanmax([1.0, float("nan")]).item()
    1.0
    """
    return _extreme(x, axis, keepdims, -np.inf, ops.max)


def nanmin(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The smallest entry that is not NaN; NaN where there is none."""
    return _extreme(x, axis, keepdims, np.inf, ops.min)


def nanprod(x: Any, axis: Any = None, keepdims: bool = False, dtype: Any = None) -> Tensor:
    """The product of the entries that are not NaN.

    >>> nanprod([2.0, float("nan"), 3.0]).item()
    6.0
    """
    y = ops.prod(_instead(x, 1.0)[0], axis=axis, keepdims=keepdims)
    return y if dtype is None else ops.astype(y, dtype=as_dtype(dtype))


def nancumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Running sums in which NaN counts as 0."""
    y = ops.cumsum(_instead(x, 0.0)[0], axis=axis)
    return y if dtype is None else ops.astype(y, dtype=as_dtype(dtype))


def nancumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Running products in which NaN counts as 1."""
    y = ops.cumprod(_instead(x, 1.0)[0], axis=axis)
    return y if dtype is None else ops.astype(y, dtype=as_dtype(dtype))


def nanvar(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The variance of the entries that are not NaN, the mean of (x - mean)² over them.

    >>> nanvar([1.0, float("nan"), 3.0]).item()
    1.0
    """
    x = as_tensor(x)
    apart = ops.square(x - ops.nanmean(x, axis=axis, keepdims=True))
    found = ops.nanmean(apart, axis=axis, keepdims=keepdims)
    if kind_of(x.dtype) != "f":
        return found
    # of ∞ the distance from the mean is NaN, which is not to be skipped
    endless = ops.any(ops.equal(ops.abs(x), np.inf), axis=axis, keepdims=keepdims)
    return ops.where(endless, np.nan, found)


def nanstd(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The standard deviation of the entries that are not NaN."""
    return ops.sqrt(nanvar(x, axis, keepdims))


def nanquantile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """The q-quantile of the entries that are not NaN; NaN where there is none.

    q        a number from 0 to 1, or an array of them: its axes come first in the result.
    method   between the neighbours: 'linear', 'lower', 'higher', 'midpoint' or 'nearest'.
    Raises RangeError for another q, ValueError for another method.

    >>> nanquantile([1.0, float("nan"), 3.0], 0.25).item()
    1.5
    """
    x, part = as_tensor(x), np.asarray(q, float)
    if not ((part >= 0) & (part <= 1)).all():
        raise RangeError(f"received q={q}; expected 0 to 1.")
    axes = range(x.ndim) if axis is None else np.atleast_1d(axis).tolist()
    gone = {a % x.ndim for a in axes}
    kept = [a for a in range(x.ndim) if a not in gone]
    rows = ops.transpose(x, (*kept, *sorted(gone)))
    sizes = [*[x.shape[a] for a in kept], _product(x.shape[a] for a in gone)]
    rows = ops.sort(ops.reshape(rows, shape=tuple(sizes)), axis=-1)  # NaN to the end
    count = np.count_nonzero(rows.array == rows.array, axis=-1, keepdims=True)
    place = np.maximum(part.reshape(-1) * (count - 1), 0)
    low, high = np.floor(place), np.ceil(place)
    shares: dict[str, Any] = {
        "linear": place - low, "lower": 0 * place, "higher": high - low,
        "midpoint": (high - low) / 2, "nearest": np.round(place) - low,
    }  # fmt: skip
    if method not in shares:
        raise ValueError(f"received method={method!r}; expected one of {tuple(shares)}.")
    below, above = (ops.take_along_axis(rows, at.astype(int), axis=-1) for at in (low, high))
    share = shares[method].astype(rows.dtype if kind_of(rows.dtype) == "f" else float)
    between = below + (above - below) * share
    if kind_of(rows.dtype) == "f":  # ∞ - ∞ and 0·∞ say nothing of what is between
        ends = ops.where(share == 0, below, ops.where(share == 1, above, below + above))
        between = ops.where(ops.isfinite(below) & ops.isfinite(above), between, ends)
    y = ops.moveaxis(between, -1, 0)
    sizes = [1 if a in gone else n for a, n in enumerate(x.shape) if keepdims or a not in gone]
    return ops.reshape(y, shape=(*part.shape, *sizes))


def nanpercentile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """`nanquantile` with q from 0 to 100."""
    return nanquantile(x, np.asarray(q, float) / 100, axis, method, keepdims)


def nanmedian(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The median of the entries that are not NaN.

    >>> nanmedian([1.0, float("nan"), 3.0]).item()
    2.0
    """
    if isinstance(axis, list | tuple) and not axis:  # each entry is its own median
        return as_tensor(x)
    return nanquantile(x, 0.5, axis, keepdims=keepdims)


__all__ = [
    "nancumprod", "nancumsum", "nanmax", "nanmedian", "nanmin", "nanpercentile", "nanprod",
    "nanquantile", "nanstd", "nanvar",
]  # fmt: skip
