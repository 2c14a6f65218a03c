"""Reductions: many entries to one, over all axes or some; and the running sums."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.calls import answered
from autograd_nn.engine.declare import primitive
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import gathering, is_half, kind_of
from autograd_nn.engine.numeric import floated
from autograd_nn.engine.ops.arithmetic import (
    absolute,
    astype,
    chain,
    divide,
    multiply,
    sqrt,
    square,
    subtract,
)
from autograd_nn.engine.ops.choosing import where
from autograd_nn.engine.ops.comparison import equal, isfinite, logical_and, logical_not, not_equal
from autograd_nn.engine.ops.exponential import exp
from autograd_nn.engine.ops.joining import concatenate
from autograd_nn.engine.ops.shaping import broadcast_to, flip, moveaxis, reshape
from autograd_nn.engine.pieces import Pieces
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap

Axis = int | tuple[int, ...] | None


def _key(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def spread(g: Tensor, x: Tensor, axis: Axis, keepdims: bool) -> Tensor:
    """A reduced value laid back over the shape it was reduced from: the adjoint of sum."""
    if not keepdims and g.ndim:
        g = reshape(g, shape=shapes.reduced(x.shape, axis=axis, keepdims=True))
    if x.array.__class__ is Pieces and g.shape[:1] == x.shape[:1]:
        return answered(broadcast_to.op, (g,), {"shape": x.shape}, x.array.beside(g.array))
    return broadcast_to(g, shape=x.shape)


def _share_ties(g: Any, y: Any, x: Any, axis: Axis, keepdims: bool) -> Tensor:
    best = equal(x, spread(y, x, axis, keepdims))
    count = sum(astype(best, dtype=x.dtype), axis=axis, keepdims=True)
    return where(best, spread(g, x, axis, keepdims) / count, 0)


def _winner(t: Any, y: Any, x: Any, axis: Axis, keepdims: bool) -> Tensor:
    best = equal(x, spread(y, x, axis, keepdims))
    total = sum(where(best, t, 0), axis=axis, keepdims=keepdims)
    return total / sum(astype(best, dtype=x.dtype), axis=axis, keepdims=keepdims)


def _sum_reach(
    i: int, live: Tensor, forward: bool, y: Any, xs: Any, axis: Axis, keepdims: bool
) -> Tensor:
    if forward:
        return any(live, axis=axis, keepdims=keepdims)
    gone = () if keepdims else shapes.axes(axis, xs[0].ndim)
    rest = iter(live.shape)
    return reshape(live, shape=tuple(1 if k in gone else next(rest) for k in range(xs[0].ndim)))


@primitive(
    lambda g, y, x, axis, keepdims: spread(g, x, axis, keepdims),
    shape=shapes.reduced,
    linear=True,
    reach=_sum_reach,
    fold="sum",
)
def sum(x, *, axis=None, keepdims=False):
    """The sum over ``axis`` (None: all), y = Σ xᵢ.

    >>> ag.sum(ag.Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=0)
    Tensor([4., 6.])
    """
    return _added(x, _key(axis), keepdims, _summed(x))


def _summed(x: Any) -> Any:
    # numpy.sum widens small integers and booleans; the ufunc's reduce alone does so as well, but
    # for bool it would stay a logical or.
    return np.int64 if (x if hasattr(x, "dtype") else np.asarray(x)).dtype.kind == "b" else None


def _added(x: Any, axis: Any, keepdims: Any = False, dtype: Any = None) -> Any:
    # Along any axis but the last NumPy rounds float16 at every addition: from 2048 on, another 1
    # would be lost.
    if getattr(x, "dtype", None) == np.float16:
        return np.add.reduce(x, axis=axis, keepdims=keepdims, dtype=np.float32).astype(x.dtype)
    return np.add.reduce(x, axis=axis, keepdims=keepdims, dtype=dtype)


@primitive(
    lambda g, y, x, shape: broadcast_to(g, shape=x.shape),
    shape=lambda x, *, shape: shape,
    batch=lambda n, on, x, shape: reshape(
        sum_to(x, shape=(n, *(1,) * (x.ndim - 1 - len(shape)), *shape)), shape=(n, *shape)
    ),
    linear=True,
    fold="sum",
    keeps=True,
    shows=True,
)
def sum_to(x, *, shape):
    """Sums over the axes that broadcasting ``shape`` to x's shape would add: its adjoint.

    >>> ag.sum_to(ag.Tensor([[1.0, 2.0], [3.0, 4.0]]), (2, 1)).tolist()
    [[3.0], [7.0]]
    """
    lead = x.ndim - len(shape)
    if lead == 1 and x.shape[1:] == shape:
        return _added(x, 0)
    axes = tuple(range(lead)) + tuple(
        i + lead for i, n in enumerate(shape) if n == 1 and x.shape[i + lead] != 1
    )
    return _added(x, axes, True).reshape(shape) if axes else x.reshape(shape)


def _ties_reach(
    i: int, live: Any, forward: bool, y: Any, xs: Any, axis: Axis, keepdims: bool
) -> Any:
    if forward and live is None:
        return None
    best = equal(xs[0], spread(y, xs[0], axis, keepdims))
    if forward:
        return any(logical_and(best, live), axis=axis, keepdims=keepdims)
    if live is None:
        return best
    return logical_and(best, _sum_reach(i, live, False, y, xs, axis, keepdims))


@primitive(
    _share_ties,
    jvps=(_winner,),
    shape=shapes.reduced,
    cuts=True,
    reach=_ties_reach,
    fold="max",
    exact=True,
)
def max(x, *, axis=None, keepdims=False):
    """The largest over ``axis``; equal largest entries share the derivative.

    >>> ag.max(ag.Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=1)
    Tensor([2., 4.])
    """
    return np.maximum.reduce(x, axis=_key(axis), keepdims=keepdims)


@primitive(
    _share_ties,
    jvps=(_winner,),
    shape=shapes.reduced,
    cuts=True,
    reach=_ties_reach,
    fold="min",
    exact=True,
)
def min(x, *, axis=None, keepdims=False):
    """The smallest over ``axis``; equal smallest entries share the derivative.

    >>> ag.min(ag.Tensor([[1.0, 2.0], [3.0, 4.0]]), axis=1)
    Tensor([1., 3.])
    """
    return np.minimum.reduce(x, axis=_key(axis), keepdims=keepdims)


def _others(g: Any, y: Any, x: Any, axis: Axis, keepdims: bool) -> Tensor:
    # d(prod)/dx_j = product of the others: exclusive products from the left and the right, which
    # need no division and so are right where entries are 0, to any order.
    if not x.ndim:
        return chain(g, wrap(np.ones((), x.dtype)))
    listed = shapes.axes(axis, x.ndim)
    kept = [i for i in range(x.ndim) if i not in listed]
    moved = moveaxis(x, tuple(kept), tuple(range(len(kept))))
    flat = reshape(moved, shape=(*moved.shape[: len(kept)], -1)) if x.size else moved
    if not x.size:
        return x * 0
    others = _exclusive(flat) * flip(_exclusive(flip(flat, axis=-1)), axis=-1)
    back = moveaxis(reshape(others, shape=moved.shape), tuple(range(len(kept))), tuple(kept))
    return chain(spread(g, x, axis, keepdims), back)


def _exclusive(x: Tensor) -> Tensor:
    """Products of all entries before each, along the last axis."""
    ones = wrap(np.ones((*x.shape[:-1], 1), x.dtype))
    return cumprod(concatenate([ones, x[..., :-1]], axis=-1), axis=-1)


@primitive(_others, shape=shapes.reduced, fold="prod")
@gathering
def prod(x, *, axis=None, keepdims=False):
    """The product over ``axis``, y = Π xᵢ; its derivative is right where entries are 0.

    >>> ag.prod(ag.Tensor([2.0, 3.0, 4.0]))
    Tensor(24.)
    """
    return np.multiply.reduce(x, axis=_key(axis), keepdims=keepdims, dtype=_summed(x))


@primitive(shape=shapes.reduced, fold="any")
def any(x, *, axis=None, keepdims=False):
    """Whether some entry over ``axis`` is not zero.

    >>> ag.any(ag.Tensor([0.0, 1.0]))
    Tensor(True)
    """
    return np.logical_or.reduce(x, axis=_key(axis), keepdims=keepdims)


@primitive(shape=shapes.reduced, fold="all")
def all(x, *, axis=None, keepdims=False):
    """Whether every entry over ``axis`` is not zero.

    >>> ag.all(ag.Tensor([0.0, 1.0]))
    Tensor(False)
    """
    return np.logical_and.reduce(x, axis=_key(axis), keepdims=keepdims)


def _picked(x: tuple[int, ...], *, axis: Any = None, keepdims: bool = False) -> tuple[int, ...]:
    if axis is not None:
        shapes.axis_index(axis, len(x) or 1)
    return shapes.reduced(x, axis=axis, keepdims=keepdims)


@primitive(shape=_picked)
def argmax(x, *, axis=None, keepdims=False):
    """The index of the (first) largest entry along ``axis`` (None: in the flattened array).

    >>> ag.argmax(ag.Tensor([1.0, 7.0, 7.0]))
    Tensor(1)
    """
    return np.argmax(x, axis=axis, keepdims=keepdims)


@primitive(shape=_picked)
def argmin(x, *, axis=None, keepdims=False):
    """The index of the (first) smallest entry along ``axis`` (None: in the flattened array).

    >>> ag.argmin(ag.Tensor([1.0, 7.0, 1.0]))
    Tensor(0)
    """
    return np.argmin(x, axis=axis, keepdims=keepdims)


@gathering
def _logsumexp(x, *, axis, keepdims):  # type: ignore[no-untyped-def]
    x = floated(x)
    top = np.maximum.reduce(x, axis=axis, keepdims=True, initial=-np.inf if not x.size else None)
    top = np.where(np.isfinite(top), top, 0).astype(top.dtype)
    with np.errstate(divide="ignore"):
        y = np.log(np.add.reduce(np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else y.reshape(shapes.reduced(x.shape, axis=axis))


@primitive(
    lambda g, y, x, axis, keepdims: chain(
        spread(g, x, axis, keepdims), exp(x - spread(_finite(y), x, axis, keepdims))
    ),
    jvps=(
        lambda t, y, x, axis, keepdims: sum(
            chain(t, exp(x - spread(_finite(y), x, axis, keepdims))), axis=axis, keepdims=keepdims
        ),
    ),
    shape=shapes.reduced,
)
def logsumexp(x, *, axis=None, keepdims=False):
    """The logarithm of the sum of exponentials over ``axis``, y = ln Σ eˣⁱ, without overflow.

    >>> ag.logsumexp(ag.Tensor([1000.0, 1000.0]))
    Tensor(1000.69314718)
    """
    return _logsumexp(x, axis=_key(axis), keepdims=keepdims)


def _finite(y: Tensor) -> Tensor:
    # every xᵢ = -∞ gives y = -∞; then each derivative e^(xᵢ - y) is taken as 0
    return where(isfinite(y), y, where(y > 0, y, 0))


def _count(x: Any, axis: Any) -> int:
    if axis is None:
        return x.array.size
    n = 1
    for i in shapes.axes(axis, x.ndim):
        n *= x.shape[i]
    return n


def mean(x, axis: Any = None, keepdims: bool = False):  # type: ignore[no-untyped-def]
    """The mean over ``axis``, y = Σ xᵢ / n.

    >>> import autograd_nn as ag
    >>> ag.mean(ag.Tensor([1.0, 2.0, 6.0]))
    Tensor(3.)
    """
    x = as_tensor(x)
    n = _count(x, axis)
    if x.array.dtype.char not in "fd" and (wide := _wider(x.array.dtype)) is not None:
        narrow, x = x.dtype, astype(x, dtype=wide)
        y = divide(sum(x, axis=axis, keepdims=keepdims), n)
        return astype(y, dtype=narrow) if kind_of(narrow) == "f" else y
    return divide(sum(x, axis=axis, keepdims=keepdims), n)


def _wider(dtype: np.dtype) -> np.dtype | None:
    """What NumPy averages in: integers must not overflow, nor the sum of many of 16 bits."""
    if dtype.kind in "iu":
        return np.dtype(float)
    return np.dtype(np.float32) if is_half(dtype) else None


def var(x, axis: Any = None, ddof: int = 0, keepdims: bool = False):  # type: ignore[no-untyped-def]
    """The variance over ``axis``, y = Σ |xᵢ - mean|² / (n - ddof).

    >>> import autograd_nn as ag
    >>> ag.var(ag.Tensor([1.0, 3.0]))
    Tensor(1.)
    """
    x = as_tensor(x)
    n = _count(x, axis) - ddof
    if is_half(x.dtype):  # as NumPy: its squares are soon too large for 16 bits
        y = var(astype(x, dtype=np.dtype(np.float32)), axis, ddof, keepdims)
        return astype(y, dtype=x.dtype)
    centred = subtract(x, mean(x, axis=axis, keepdims=True))
    if x.dtype.kind == "c":
        centred = absolute(centred)
    return divide(sum(square(centred), axis=axis, keepdims=keepdims), n if n > 0 else 0)


def std(x, axis: Any = None, ddof: int = 0, keepdims: bool = False):  # type: ignore[no-untyped-def]
    """The standard deviation over ``axis``, y = √var; its derivative is 0 where all are equal.

    >>> import autograd_nn as ag
    >>> ag.std(ag.Tensor([1.0, 3.0]))
    Tensor(1.)
    """
    from autograd_nn.engine.ops.linalg.norms import _norm

    x = as_tensor(x)
    count = _count(x, axis) - ddof
    if count <= 0:
        return sqrt(var(x, axis, ddof, keepdims))
    centred = multiply(subtract(x, mean(x, axis=axis, keepdims=True)), 1 / math.sqrt(count))
    if centred.dtype.kind == "c":
        centred = absolute(centred)
    if count + ddof == 1:  # 0 everywhere, so that no derivative is unbounded
        return sum(absolute(centred), axis=axis, keepdims=keepdims)
    return _norm(centred, axis=_key(axis), keepdims=keepdims)


def ptp(x, axis: Any = None, keepdims: bool = False):  # type: ignore[no-untyped-def]
    """The range over ``axis``, y = max - min.

    >>> import autograd_nn as ag
    >>> ag.ptp(ag.Tensor([1.0, 4.0]))
    Tensor(3.)
    """
    return subtract(max(x, axis=axis, keepdims=keepdims), min(x, axis=axis, keepdims=keepdims))


def count_nonzero(x, axis: Any = None, keepdims: bool = False):  # type: ignore[no-untyped-def]
    """How many entries over ``axis`` are not zero.

    >>> import autograd_nn as ag
    >>> ag.count_nonzero(ag.Tensor([0.0, 4.0]))
    Tensor(1)
    """
    return sum(logical_not(equal(x, 0)), axis=axis, keepdims=keepdims)


def nansum(x, axis: Any = None, keepdims: bool = False):  # type: ignore[no-untyped-def]
    """The sum over ``axis`` of the entries that are not NaN.

    >>> import autograd_nn as ag
    >>> ag.nansum(ag.Tensor([1.0, float("nan")]))
    Tensor(1.)
    """
    x = as_tensor(x)
    return sum(where(equal(x, x), x, 0), axis=axis, keepdims=keepdims)


def _running(x, axis, reverse):  # type: ignore[no-untyped-def]
    if axis is None or not x.ndim:
        x, axis = x.reshape(-1), 0 if axis is None else axis
    if axis.__class__ is not int:
        axis = shapes.one_axis(axis)
    if not reverse:
        return np.add.accumulate(x, axis=axis, dtype=_summed(x))
    return np.flip(np.add.accumulate(np.flip(x, axis), axis=axis, dtype=_summed(x)), axis)


def _running_shape(x: tuple[int, ...], *, axis: Any, reverse: bool) -> tuple[int, ...]:
    if axis is None:
        return (int(np.prod(x)),)
    shapes.axis_index(axis, len(x) or 1)
    return x or (1,)


@primitive(
    lambda g, y, x, axis, reverse: reshape(
        _cumsum(g, axis=0 if axis is None else axis, reverse=not reverse), shape=x.shape
    ),
    shape=_running_shape,
    linear=True,
    name="cumsum",
)
@gathering
def _cumsum(x, *, axis=None, reverse=False):
    """The running sum along ``axis`` (None: of the flattened array), yₖ = Σ_{i≤k} xᵢ.

    reverse   from the end: yₖ = Σ_{i≥k} xᵢ.

    >>> ag.cumsum(ag.Tensor([1.0, 2.0, 3.0]))
    Tensor([1., 3., 6.])
    """
    return _running(x, axis, reverse)


cumsum = _cumsum


def _accumulated(dtype: np.dtype) -> np.dtype:
    """What NumPy adds and multiplies many in: integers smaller than a word become one."""
    if dtype.kind not in "biu" or dtype.itemsize >= 8:
        return dtype
    return np.dtype(np.uint64 if dtype.kind == "u" else np.int64)


def cumprod(x, axis: Any = None):  # type: ignore[no-untyped-def]
    """The running product along ``axis`` (None: of the flattened array), yₖ = Π_{i≤k} xᵢ.

    Composed of log₂ n products (Hillis and Steele's scan), so that its derivatives need no
    division and are right where entries are 0.

    >>> import autograd_nn as ag
    >>> ag.cumprod(ag.Tensor([1.0, 2.0, 3.0]))
    Tensor([1., 2., 6.])
    """
    x = as_tensor(x)
    if (wide := _accumulated(x.dtype)) != x.dtype:
        x = astype(x, dtype=wide)
    if axis is None:
        x, axis = reshape(x, shape=(-1,)), 0
    elif not x.ndim:
        x = reshape(x, shape=(1,))
    axis = shapes.axis_index(axis, x.ndim)
    y = moveaxis(x, axis, -1)
    n, step = y.shape[-1], 1
    while step < n:
        y = concatenate([y[..., :step], multiply(y[..., step:], y[..., :-step])], axis=-1)
        step *= 2
    return moveaxis(y, -1, axis)


def diff(x, n: int = 1, axis: int = -1):  # type: ignore[no-untyped-def]
    """The n-th difference along ``axis``, yₖ = xₖ₊₁ - xₖ.

    >>> import autograd_nn as ag
    >>> ag.diff(ag.Tensor([1.0, 4.0, 9.0]))
    Tensor([3., 5.])
    """
    x = as_tensor(x)
    if n < 0:
        raise ShapeError(f"diff received n={n}; expected an order from 0.")
    if n == 0:
        return x
    if not x.ndim:
        raise np.exceptions.AxisError("diff of 0 dimensions; expected at least one.")
    shapes.one_axis(axis)
    y = moveaxis(x, axis, -1)
    less = not_equal if x.dtype == np.bool_ else subtract
    for _ in range(n):
        y = less(y[..., 1:], y[..., :-1])
    return moveaxis(y, -1, axis)


__all__ = [
    "all", "any", "argmax", "argmin", "count_nonzero", "cumprod", "cumsum", "diff", "logsumexp",
    "max", "mean", "min", "nansum", "prod", "ptp", "std", "sum", "sum_to", "var",
]  # fmt: skip
