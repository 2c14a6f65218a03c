"""NumPy's functions that no op stands for, composed of ops; for tensors on the tape alone.

Each reads its arguments as NumPy's function does, and gives NumPy's values. They are no public
functions of their own: `numpy_protocol` finds them by NumPy's function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index
from typing import Any

import numpy as np

from autograd_nn.engine import ops, shapes
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.engine.halves import finfo, kind_of
from autograd_nn.engine.numpy_ufuncs import real_part
from autograd_nn.engine.ops import as_tensor, linalg
from autograd_nn.engine.tensor import Tensor

Axis = int | tuple[int, ...] | None


# ---- joining and splitting ----------------------------------------------------------------------


def atleast(ndim: int) -> Callable[..., Any]:
    def function(*arys: Any) -> Any:
        found = []
        for x in map(as_tensor, arys):
            if ndim == 3 and x.ndim in (1, 2):
                x = ops.reshape(x, shape=(*((1,) * (2 - x.ndim)), *x.shape, 1))
            elif x.ndim < ndim:
                x = ops.reshape(x, shape=(1,) * (ndim - x.ndim) + x.shape)
            found.append(x)
        return found[0] if len(found) == 1 else tuple(found)

    return function


def _joined(least: int, axis: int) -> Callable[..., Tensor]:
    def function(tup: Sequence[Any]) -> Tensor:
        xs = [atleast(least)(x) for x in tup]
        return ops.concatenate(xs, 0 if xs and xs[0].ndim == 1 else axis)

    return function


def column_stack(tup: Sequence[Any]) -> Tensor:
    xs = [as_tensor(x) for x in tup]
    return ops.concatenate(
        [ops.reshape(x, shape=(-1, 1)) if x.ndim < 2 else x for x in xs], axis=1
    )


def append(arr: Any, values: Any, axis: int | None = None) -> Tensor:
    return ops.concatenate([arr, values], axis=axis)


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    x = as_tensor(ary)
    if not isinstance(indices_or_sections, int | np.integer):
        return ops.split(x, indices_or_sections, axis)
    sections = int(indices_or_sections)
    if sections < 1:
        raise ValueError(f"received {sections} sections; expected at least 1.")
    each, more = divmod(x.shape[shapes.axis_index(axis, x.ndim)], sections)
    sizes = [each + 1] * more + [each] * (sections - more)
    return ops.split(x, np.cumsum(sizes[:-1]).tolist(), axis)


def _split_along(least: int, axis: int) -> Callable[..., list[Tensor]]:
    def function(ary: Any, indices_or_sections: Any) -> list[Tensor]:
        x = as_tensor(ary)
        if x.ndim < least:
            raise ShapeError(f"received shape {x.shape}; expected at least {least} dimensions.")
        return ops.split(x, indices_or_sections, 0 if x.ndim == 1 else axis)

    return function


def unstack(x: Any, axis: int = 0) -> tuple[Tensor, ...]:
    x = as_tensor(x)
    if not x.ndim:
        raise ShapeError("unstack of a single number: expected at least one dimension.")
    return tuple(ops.moveaxis(x, axis, 0))


def broadcast_arrays(*args: Any) -> tuple[Tensor, ...]:
    xs = [as_tensor(x) for x in args]
    shape = shapes.broadcast(*(x.shape for x in xs))
    return tuple(ops.broadcast_to(x, shape=shape) for x in xs)


def meshgrid(*xi: Any, sparse: bool = False, indexing: str = "xy") -> tuple[Tensor, ...]:
    grids = ops.meshgrid(*xi, indexing=indexing)
    if not sparse:
        return tuple(grids)
    first = {k: k if indexing == "ij" or k > 1 or len(xi) < 2 else 1 - k for k in range(len(xi))}
    return tuple(
        ops.reshape(x, shape=tuple(-1 if i == first[k] else 1 for i in range(len(xi))))
        for k, x in enumerate(xi)
    )


# ---- order and place ----------------------------------------------------------------------------


def rollaxis(a: Any, axis: int, start: int = 0) -> Tensor:
    x = as_tensor(a)
    axis = shapes.axis_index(axis, x.ndim)
    start = start + x.ndim if start < 0 else start
    if not 0 <= index(start) <= x.ndim:
        raise np.exceptions.AxisError(f"start {start} is out of bounds for {x.ndim} dimensions.")
    return ops.moveaxis(x, axis, start - 1 if axis < start else start)


def rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Tensor:
    x = as_tensor(m)
    if len(axes) != 2:
        raise ShapeError(f"rot90 received axes {axes!r}; expected two.")
    i, j = (shapes.axis_index(a, x.ndim) for a in axes)
    if i == j:
        raise ShapeError(f"rot90 received axes {axes!r}; expected two different ones.")
    k %= 4
    if k == 2:
        return ops.flip(x, axis=(i, j))
    if k == 1:
        return ops.swapaxes(ops.flip(x, axis=j), i, j)
    return ops.flip(ops.swapaxes(x, i, j), axis=j) if k else x


def _flipped(axis: int) -> Callable[..., Tensor]:
    return lambda m: ops.flip(m, axis=axis)


def unique(ar: Any, **given: Any) -> Any:
    """The places come from NumPy, the entries from the tensor."""
    x = as_tensor(ar)
    if given.get("axis") is not None:
        raise TypeError(
            "numpy.unique on a Tensor: received axis; expected none. Leave it out, or call it on "
            "x.numpy(), outside the tape."
        )
    asked = bool(given.pop("return_index", False))
    _, places, *rest = np.unique(x.numpy(), return_index=True, **given)
    values = ops.ravel(x)[places]
    more = [places] * asked + rest
    return (values, *more) if more else values


def compress(condition: Any, a: Any, axis: int | None = None) -> Tensor:
    if np.ndim(condition) != 1:
        raise ShapeError("compress received a condition of several axes; expected a vector.")
    return ops.take(a, np.flatnonzero(np.asarray(condition)), axis=axis)


def delete(arr: Any, obj: Any, axis: int | None = None) -> Tensor:
    x = as_tensor(arr)
    x, axis = (ops.ravel(x), 0) if axis is None else (x, shapes.axis_index(axis, x.ndim))
    places = np.arange(x.shape[shapes.axis_index(axis, x.ndim)])
    return ops.take(x, np.delete(places, obj), axis=axis)


def diagflat(v: Any, k: int = 0) -> Tensor:
    return ops.diag(ops.ravel(v), k)


def nan_to_num(x: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Tensor:
    x = as_tensor(x)
    if kind_of(x.dtype) not in "fc":
        return x
    limits = finfo(x.dtype)
    posinf = float(limits.max) if posinf is None else posinf
    neginf = float(limits.min) if neginf is None else neginf
    finite = ops.where(ops.equal(x, np.inf), posinf, ops.where(ops.equal(x, -np.inf), neginf, x))
    return ops.where(ops.isnan(x), nan, finite)


def where(condition: Any, *choices: Any) -> Any:
    if not choices:
        return np.nonzero(as_tensor(condition).numpy())
    return ops.where(condition, *choices)


# ---- sums and statistics ------------------------------------------------------------------------


def average(
    a: Any, axis: Axis = None, weights: Any = None, returned: bool = False, keepdims: bool = False
) -> Any:
    x = as_tensor(a)
    if weights is None:
        y = ops.mean(x, axis=axis, keepdims=keepdims)
        count = ops.full(y.shape, x.size / max(y.size, 1), y.dtype)
        return (y, count) if returned else y
    w = as_tensor(weights)
    if w.shape != x.shape:
        listed = shapes.axes(axis, x.ndim)
        if axis is None:
            raise DTypeError(
                f"average received weights of shape {w.shape} for shape {x.shape} without axis; "
                "expected the axis that they belong to."
            )
        if w.shape != tuple(x.shape[i] for i in listed):
            raise ShapeError(
                f"average received weights of shape {w.shape} for shape {x.shape} and axis {axis}; "
                "expected x's shape, or the sizes of the axes."
            )
        w = ops.reshape(w, shape=tuple(n if i in listed else 1 for i, n in enumerate(x.shape)))
    w = ops.broadcast_to(w, shape=x.shape)
    total = ops.sum(w, axis=axis, keepdims=keepdims)
    if (total.array == 0).any():
        raise ZeroDivisionError("the weights sum to zero: expected a sum that is not 0.")
    y = ops.sum(x * w, axis=axis, keepdims=keepdims) / total
    return (y, total) if returned else y


def percentile(a: Any, q: Any, axis: Axis = None, keepdims: bool = False) -> Tensor:
    return ops.quantile(a, np.true_divide(q, 100), axis, keepdims)


def _cumulative(running: Callable[..., Tensor], start: float) -> Callable[..., Tensor]:
    def function(x: Any, axis: int | None = None, include_initial: bool = False) -> Tensor:
        x = as_tensor(x)
        if axis is None:
            if x.ndim != 1:
                raise ShapeError(f"received shape {x.shape} without axis; expected an axis.")
            axis = 0
        y = running(x, axis=axis)
        if not include_initial:
            return y
        first = tuple(1 if i == axis % y.ndim else n for i, n in enumerate(y.shape))
        return ops.concatenate([ops.full(first, start, y.dtype), y], axis=axis)

    return function


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Tensor:
    x = ops.ravel(ary)
    parts = [to_begin, x[1:] - x[:-1], to_end]
    found = [ops.astype(ops.ravel(p), dtype=x.dtype) for p in parts if p is not None]
    return found[0] if len(found) == 1 else ops.concatenate(found)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Tensor:
    y = as_tensor(y)
    axis = shapes.axis_index(axis, y.ndim)
    if x is None:
        step = dx
    else:
        x = as_tensor(x)
        if x.ndim == 1:
            shape = tuple(-1 if i == axis else 1 for i in range(y.ndim))
            step = ops.reshape(ops.diff(x), shape=shape)
        else:
            step = ops.diff(x, axis=axis)
    before = (slice(None),) * axis
    left, right = y[(*before, slice(None, -1))], y[(*before, slice(1, None))]
    return ops.sum(step * (right + left) / 2.0, axis=axis)


def polyval(p: Any, x: Any) -> Tensor:
    p, x = as_tensor(p), as_tensor(x)
    if not p.ndim:
        raise DTypeError("polyval received a single number; expected coefficients, highest first.")
    y = x * 0
    for i in range(p.shape[0]):
        y = y * x + p[i]
    return y


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Tensor:  # noqa: N803
    x = as_tensor(x)
    if x.ndim != 1:
        raise ShapeError(f"vander received shape {x.shape}; expected a vector.")
    powers = np.arange(x.shape[0] if N is None else N)
    return ops.power(x[:, None], powers if increasing else powers[::-1].copy())


def clip(
    a: Any, a_min: Any = ..., a_max: Any = ..., min: Any = ..., max: Any = ...  # noqa: A002
) -> Tensor:
    """NumPy's limits have two pairs of names: both of the old ones, or any of the new."""
    old = [v for v in (a_min, a_max) if v is not ...]
    new = [v for v in (min, max) if v is not ...]
    if len(old) == 1:
        raise TypeError("numpy.clip received one of a_min and a_max; expected both (or None).")
    if old and new:
        raise ValueError("numpy.clip received a_min, a_max and min or max; expected one pair.")
    low, high = old or (None if v is ... else v for v in (min, max))
    return ops.clip(a, low, high)


# ---- linear algebra -----------------------------------------------------------------------------


def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Tensor:
    if axis is not None:
        axisa = axisb = axisc = shapes.one_axis(axis)
    a, b = ops.moveaxis(a, axisa, -1), ops.moveaxis(b, axisb, -1)
    return ops.moveaxis(ops.cross(a, b), -1, axisc)


def functions() -> dict[Callable[..., Any], Callable[..., Any]]:
    found: dict[Callable[..., Any], Callable[..., Any]] = {
        np.where: where, np.clip: clip, np.cross: cross, np.round: ops.round,
        np.around: ops.round, np.copy: ops.positive,
        np.atleast_1d: atleast(1), np.atleast_2d: atleast(2), np.atleast_3d: atleast(3),
        np.vstack: _joined(2, 0), np.hstack: _joined(1, 1), np.dstack: _joined(3, 2),
        np.column_stack: column_stack, np.append: append, np.array_split: array_split,
        np.vsplit: _split_along(2, 0), np.hsplit: _split_along(1, 1),
        np.dsplit: _split_along(3, 2), np.broadcast_arrays: broadcast_arrays,
        np.meshgrid: meshgrid, np.rollaxis: rollaxis, np.rot90: rot90,
        np.flipud: _flipped(0), np.fliplr: _flipped(1), np.unique: unique, np.compress: compress,
        np.delete: delete, np.diagflat: diagflat, np.nan_to_num: nan_to_num,
        np.average: average, np.percentile: percentile, np.ediff1d: ediff1d,
        np.polyval: polyval, np.vander: vander, np.real: real_part,
    }  # fmt: skip
    later: dict[str, Callable[..., Any]] = {
        "trapezoid": trapezoid, "unstack": unstack, "cumulative_sum": _cumulative(ops.cumsum, 0),
        "cumulative_prod": _cumulative(ops.cumprod, 1),
    }  # fmt: skip
    found |= {getattr(np, n): f for n, f in later.items() if hasattr(np, n)}
    algebra = [n for n in linalg.__all__ if hasattr(np.linalg, n)]
    return found | {getattr(np.linalg, n): getattr(linalg, n) for n in algebra}
