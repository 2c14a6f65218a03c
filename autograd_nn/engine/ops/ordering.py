"""Sorting, ranks and places in order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_nn.engine import doors, shapes
from autograd_nn.engine.declare import primitive
from autograd_nn.engine.errors import DTypeError, RangeError, ShapeError
from autograd_nn.engine.halves import kind_of, result_type
from autograd_nn.engine.ops.arithmetic import astype, subtract
from autograd_nn.engine.ops.choosing import where
from autograd_nn.engine.ops.comparison import isnan
from autograd_nn.engine.ops.indexing import _gather, _scatter, take_along_axis
from autograd_nn.engine.ops.joining import stack
from autograd_nn.engine.ops.keys import PLACE
from autograd_nn.engine.ops.reductions import mean
from autograd_nn.engine.ops.shaping import moveaxis, reshape
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap


def _sorted_shape(x: tuple[int, ...], *, axis: Any) -> tuple[int, ...]:
    if axis is None:
        return (int(np.prod(x)),)
    shapes.axis_index(axis, max(len(x), 1))
    return x or (1,)


@primitive(shape=_sorted_shape)
def argsort(x, *, axis=-1):
    """The order that sorts x along ``axis`` (None: flattened), equal entries as they came.

    >>> ag.argsort(ag.Tensor([3.0, 1.0, 2.0]))
    Tensor([1, 2, 0])
    """
    return np.argsort(x, axis=axis, kind="stable")


def sort(x: Any, axis: int | None = -1) -> Tensor:
    """x in ascending order along ``axis`` (None: of the flattened array).

    >>> import autograd_nn as ag
    >>> ag.sort(ag.Tensor([3.0, 1.0, 2.0]))
    Tensor([1., 2., 3.])
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = reshape(x, shape=(-1,)), 0
    axis = shapes.axis_index(axis, x.ndim)
    return take_along_axis(x, argsort(x, axis=axis), axis)


def _where_found(indices: Tensor) -> tuple[list[Tensor], tuple]:
    """Index arrays and a key for entries along a last axis, each at its own index."""
    shape = indices.shape
    rows = [
        wrap(np.arange(n).reshape([n if j == i else 1 for j in range(len(shape))]))
        for i, n in enumerate(shape[:-1])
    ]
    return [*rows, indices], (PLACE,) * len(shape)


def _top_vjp(g: Any, y: Any, x: Tensor, k: int) -> Tensor:
    at, key = _where_found(y.indices)
    return _scatter(g.values, *at, shape=x.shape, key=key)


def _top_jvp(t: Tensor, y: Any, x: Tensor, k: int) -> tuple[Tensor, None]:
    at, key = _where_found(y.indices)
    return _gather(t, *at, key=key), None


def _top_kernel(x, values, indices, k):  # type: ignore[no-untyped-def]
    for j in range(x.shape[0]):
        a, at = x[j], min(j, k)
        # those before it stay before it, unless they are smaller; NaN is behind all numbers
        while at > 0 and (a > values[at - 1] or (values[at - 1] != values[at - 1] and a == a)):
            if at < k:
                values[at], indices[at] = values[at - 1], indices[at - 1]
            at -= 1
        if at < k:
            values[at], indices[at] = a, j


@primitive(
    _top_vjp, jvps=(_top_jvp,), shape="(n)->(k),(k)", results=("values", "indices"), cuts=True,
    exact=True, takes="biuf", kernel=_top_kernel, name="top_k",
)  # fmt: skip
def _top_k(x, *, k):
    """The k largest along the last axis, largest first, and their indices."""
    if x.dtype.kind == "c":
        raise DTypeError("complex numbers have no order")
    if kind_of(x.dtype) == "f":
        order = np.argsort(-x, axis=-1, kind="stable")
    else:  # -x would leave the dtype
        back = np.argsort(x[..., ::-1], axis=-1, kind="stable")[..., ::-1]
        order = x.shape[-1] - 1 - back
    order = order[..., :k]
    return np.take_along_axis(x, order, -1), order.copy()


def top_k(x: Any, k: int) -> tuple[Tensor, Tensor]:
    """The k largest along the last axis, largest first, and their indices, a named tuple.

    ``values`` yⱼ = xᵢ₍ⱼ₎ with ``indices`` i(j); of equal entries the first comes first, NaN last.
    Shapes (…, n) → (…, k) each. Raises RangeError unless 1 ≤ k ≤ n.

    >>> import autograd_nn as ag
    >>> ag.top_k(ag.Tensor([3.0, 1.0, 2.0]), 2).values
    Tensor([3., 2.])
    """
    x = as_tensor(x)
    if not x.ndim or not 0 < k <= x.shape[-1]:
        size = x.shape[-1] if x.ndim else 0
        raise RangeError(
            f"top_k received k={k} of {shapes.describe(x)}; expected 1 to {size}, the size of the "
            "last axis. Take fewer."
        )
    return _top_k(x, k=int(k))


def _ranked(x: Tensor, axis: Any) -> tuple[Tensor, tuple[int, ...]]:
    """x in ascending order along a last axis that holds all of ``axis``, and those axes."""
    gone = shapes.axes(axis, x.ndim)
    kept = tuple(i for i in range(x.ndim) if i not in gone)
    x = moveaxis(x, kept, tuple(range(len(kept))))
    size = math.prod(x.shape[len(kept) :])
    return sort(reshape(x, shape=(*x.shape[: len(kept)], size)), -1), gone


def _ranks(q: float, s: Tensor) -> Tensor:
    """The q-quantile of sorted rows."""
    at = q * (s.shape[-1] - 1)
    low = int(np.floor(at))
    high = low + (low < s.shape[-1] - 1)
    below, above, part = s[..., low], s[..., high], at - low
    gap = subtract(above, below)
    # from the nearer neighbour, as NumPy: the rounding then is the same
    return below + gap * part if part < 0.5 else above - gap * (1 - part)


def _nan_rows(y: Tensor, s: Tensor) -> Tensor:
    """NaN for the rows that have one: it was sorted to their end."""
    return where(isnan(s[..., -1]), np.nan, y) if kind_of(s.dtype) == "f" and s.shape[-1] else y


def quantile(x: Any, q: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The q-quantile (0 ≤ q ≤ 1) over ``axis``, linear between neighbours; NaN where one is.

    q   a number, or an array of them: its axes come first in the result.

    >>> import autograd_nn as ag
    >>> ag.quantile(ag.Tensor([1.0, 2.0, 4.0]), 0.5)
    Tensor(2.)
    """
    x = as_tensor(x)
    shapes.axes(axis, x.ndim)
    if isinstance(q, Tensor):
        q.look("quantile's q")
        doors.contents(q, "quantile's q, a constant,")
        q = q.array
    fractions = np.asarray(q, dtype=float)
    if not ((fractions >= 0) & (fractions <= 1)).all():
        raise RangeError(f"quantile received q={q}; expected 0 to 1 (for a percentile, q / 100).")
    if x.dtype == np.bool_:
        raise DTypeError("quantile received booleans; expected numbers. Convert with .astype.")
    s, gone = _ranked(x, axis)
    if not s.shape[-1]:
        raise RangeError("quantile of no entries; expected at least one. Test x.size first.")
    rest = tuple(n for i, n in enumerate(x.shape) if i not in gone)
    if keepdims:
        rest = tuple(1 if i in gone else n for i, n in enumerate(x.shape))
    if fractions.ndim == 0:
        y = _nan_rows(_ranks(float(fractions), s), s)
        y = y if type(q) in (float, int) else astype(y, dtype=result_type(y.dtype, float))
        return reshape(y, shape=rest)
    rows = [_nan_rows(_ranks(f, s), s) for f in fractions.ravel().tolist()]
    y = stack(rows) if rows else reshape(s, shape=(-1,))[:0]
    y = astype(y, dtype=result_type(y.dtype, float))
    return reshape(y, shape=fractions.shape + rest)


def median(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The median over ``axis``; of an even count the mean of the two in the middle; NaN if one is.

    >>> import autograd_nn as ag
    >>> ag.median(ag.Tensor([1.0, 9.0, 2.0]))
    Tensor(2.)
    """
    x = as_tensor(x)
    s, gone = _ranked(x, axis)
    n = s.shape[-1]
    if n % 2 and kind_of(s.dtype) == "f":
        y = s[..., n // 2]
    else:
        y = mean(s[..., (n - 1) // 2 : n // 2 + 1], axis=-1)
    shape = (1 if i in gone else m for i, m in enumerate(x.shape) if keepdims or i not in gone)
    return reshape(_nan_rows(y, s), shape=tuple(shape))


def _searched_shape(x: tuple[int, ...], v: tuple[int, ...], *, side: str) -> tuple[int, ...]:
    if len(x) != 1:
        raise ShapeError(f"received shape {x} to search in; expected a sorted vector.")
    return v


@primitive(
    shape=_searched_shape,
    batch=lambda n, on, x, v, side: NotImplemented if on[0] else searchsorted(x, v, side=side),
    domain=((0.0, 1.0), (0.0, 1.0)),
)
def searchsorted(x, v, *, side="left"):
    """Where each entry of ``v`` would be inserted in the sorted vector x.

    >>> ag.searchsorted(ag.Tensor([1.0, 2.0, 3.0]), [2.0, 9.0])
    Tensor([1, 3])
    """
    return np.searchsorted(x, v, side=side)


__all__ = ["argsort", "median", "quantile", "searchsorted", "sort", "top_k"]
