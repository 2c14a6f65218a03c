"""Joining, cutting and repeating: arrays side by side, in parts, framed, rolled and in copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.declare import primitive
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.ops.arithmetic import astype
from autograd_nn.engine.ops.choosing import where
from autograd_nn.engine.ops.shaping import Shape, broadcast_to, expand_dims, ravel, reshape
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap


def _joined_shape(*xs: Shape, axis: int) -> Shape:
    if not xs:
        raise ShapeError("concatenate received no tensors; expected at least one.")
    if not xs[0]:
        shapes.axis_index(axis, 1)
        raise ShapeError(
            "zero-dimensional arrays cannot be concatenated; expected at least one dimension. Join "
            "single numbers with stack."
        )
    k = shapes.axis_index(axis, len(xs[0]))
    for x in xs:
        if len(x) != len(xs[0]) or any(
            m != n for i, (m, n) in enumerate(zip(x, xs[0], strict=True)) if i != k
        ):
            listed = ", ".join(map(str, xs))
            raise ShapeError(
                f"shapes {listed} differ outside axis {axis}; expected equal sizes there."
            )
    return (*xs[0][:k], sum(x[k] for x in xs), *xs[0][k + 1 :])


def _own_part(i: int, g: Tensor, y: Tensor, *xs: Tensor, axis: int) -> Tensor:
    axis = shapes.axis_index(axis, y.ndim)
    start = sum(x.shape[axis] for x in xs[:i])
    return g[(slice(None),) * axis + (slice(start, start + xs[i].shape[axis]),)]


def _placed(i: int, t: Tensor, y: Tensor, *xs: Tensor, axis: int) -> Tensor:
    axis = shapes.axis_index(axis, y.ndim)
    start = sum(x.shape[axis] for x in xs[:i])
    widths = [(0, 0)] * y.ndim
    widths[axis] = (start, y.shape[axis] - start - xs[i].shape[axis])
    return pad(t, tuple(widths))


@primitive(
    variadic=_own_part, jvps=_placed, shape=_joined_shape, cuts=True, name="concatenate", exact=True
)
def _concatenate(*xs, axis=0):
    """Joins along an axis there is."""
    return np.concatenate(xs, axis=axis)


def concatenate(xs: Sequence[Any], axis: int | None = 0) -> Tensor:
    """Joins tensors along an axis they have (None: flattened).

    >>> import autograd_nn as ag
    >>> ag.concatenate([ag.Tensor([1.0]), ag.Tensor([2.0, 3.0])])
    Tensor([1., 2., 3.])
    """
    if axis is None:
        return _concatenate(*(ravel(x) for x in xs), axis=0)
    return _concatenate(*(as_tensor(x) for x in xs), axis=axis)


def stack(xs: Sequence[Any], axis: int = 0) -> Tensor:
    """Joins tensors of one shape along a new axis.

    >>> import autograd_nn as ag
    >>> ag.stack([ag.Tensor([1.0, 2.0]), ag.Tensor([3.0, 4.0])]).shape
    (2, 2)
    """
    shapes.one_axis(axis)
    return concatenate([expand_dims(x, axis) for x in xs], axis=axis)


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """Parts along an axis: a number of equal ones, or the places to cut.

    >>> import autograd_nn as ag
    >>> [p.shape for p in ag.split(ag.Tensor([1.0, 2.0, 3.0]), [1])]
    [(1,), (2,)]
    """
    x = as_tensor(x)
    axis = shapes.axis_index(axis, x.ndim)
    n = x.shape[axis]
    if isinstance(indices_or_sections, int):
        if indices_or_sections < 1 or n % indices_or_sections:
            raise ShapeError(
                f"split of {n} entries into {indices_or_sections} equal parts: expected a divisor "
                f"of {n}; give the places to cut instead."
            )
        step = n // indices_or_sections
        cuts = [step * k for k in range(1, indices_or_sections)]
    else:
        cuts = [int(i) for i in indices_or_sections]
    before = (slice(None),) * axis
    ends = [0, *cuts, n]
    return [x[(*before, slice(a, b))] for a, b in zip(ends[:-1], ends[1:], strict=True)]


def _padded_shape(x: Shape, *, widths: Any, value: Any) -> Shape:
    if len(widths) != len(x) or any(a < 0 or b < 0 for a, b in widths):
        raise ShapeError(
            f"pad of shape {x} with widths {widths}: expected one (before, after) pair of "
            "non-negative integers per axis."
        )
    return tuple(n + a + b for n, (a, b) in zip(x, widths, strict=True))


PADDINGS = ("constant", "edge", "reflect", "symmetric", "wrap")


def _pad_reach(i: int, live: Any, forward: bool, y: Any, xs: Any, widths: Any, value: Any) -> Any:
    if not forward:
        if live is None:
            return None
        one = [(0, 0) if n == 1 else w for n, w in zip(live.shape, widths, strict=True)]
        return _middle(live, one)
    x = xs[0]
    wide = [n if a or b else 1 for n, (a, b) in zip(x.shape, widths, strict=True)]
    if live is None:
        live = wrap(np.ones(wide, bool))
    shape = tuple(max(n, m) for n, m in zip(wide, live.shape, strict=True))
    return _pad(broadcast_to(live, shape=shape), widths=widths, value=False)


def _middle(t: Any, widths: Any) -> Any:
    return t[tuple(slice(a, t.shape[i] - b) for i, (a, b) in enumerate(widths))]


@primitive(
    lambda g, y, x, widths, value: _middle(g, widths),
    jvps=(lambda t, y, x, widths, value: _pad(t, widths=widths, value=0),),
    shape=_padded_shape,
    batch=lambda n, on, x, widths, value: _pad(x, widths=((0, 0), *widths), value=value),
    cuts=True,
    reach=_pad_reach,
    name="pad",
    exact=True,
)
def _pad(x, *, widths, value=0):
    """A border of ``value`` around x: (before, after) per axis."""
    out = np.full(_padded_shape(x.shape, widths=widths, value=value), value, x.dtype)
    out[tuple(slice(a, a + n) for n, (a, _) in zip(x.shape, widths, strict=True))] = x
    return out


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Tensor:
    """A border around x: ``pad_width`` is n, (before, after), or one such pair per axis.

    mode   'constant', 'edge', 'reflect', 'symmetric' or 'wrap', as in NumPy.

    >>> import autograd_nn as ag
    >>> ag.pad(ag.Tensor([1.0, 2.0]), 1)
    Tensor([0., 1., 2., 0.])
    """
    x = as_tensor(x)
    try:
        pairs = np.broadcast_to(np.asarray(pad_width, dtype=np.int64), (x.ndim, 2))
    except (ValueError, TypeError):
        raise ShapeError(
            f"pad of shape {x.shape} with pad_width {pad_width!r}: expected an integer, a pair "
            "(before, after), or one pair per axis."
        ) from None
    widths = tuple((int(a), int(b)) for a, b in pairs)
    if mode not in PADDINGS:
        raise ValueError(f"pad received mode={mode!r}; expected one of {', '.join(PADDINGS)}.")
    if mode == "constant" and isinstance(constant_values, Tensor):
        border = _pad(np.zeros(x.shape, bool), widths=widths, value=True)
        value = astype(constant_values, dtype=x.dtype)
        return where(border, value, _pad(x, widths=widths, value=0))
    if mode == "constant":
        if np.ndim(constant_values) == 0:
            return _pad(x, widths=widths, value=constant_values)
        ends = np.broadcast_to(np.asarray(constant_values), (x.ndim, 2)).tolist()
        for axis, (side, values) in enumerate(zip(widths, ends, strict=True)):
            for end in (0, 1):  # axis by axis, so that a corner is the later axis's
                one = (side[0], 0) if end == 0 else (0, side[1])
                place = tuple(one if i == axis else (0, 0) for i in range(x.ndim))
                x = _pad(x, widths=place, value=values[end])
        return x
    for axis, (a, b) in enumerate(widths):
        if a or b:
            places = np.pad(np.arange(x.shape[axis]), (a, b), mode=mode)  # type: ignore[call-overload]
            x = x[(slice(None),) * axis + (places,)]
    return x


def roll(x: Any, shift: Any, axis: Any = None) -> Tensor:
    """The entries moved on by ``shift`` along ``axis``, those that leave coming in again.

    >>> import autograd_nn as ag
    >>> ag.roll(ag.Tensor([1.0, 2.0, 3.0]), 1)
    Tensor([3., 1., 2.])
    """
    x = as_tensor(x)
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), shape=x.shape)
    axis = tuple(axis) if isinstance(axis, tuple | list) else (axis,)
    if not axis and not x.ndim:
        raise ShapeError("roll received axis=(); expected at least one axis (None: flattened).")
    shift = tuple(shift) if isinstance(shift, tuple | list) else (shift,) * len(axis)
    if len(shift) != len(axis):
        raise ShapeError(
            f"roll received {len(shift)} shifts for {len(axis)} axes; expected one per axis."
        )
    for s, a in zip(shift, axis, strict=True):
        a = shapes.axis_index(a, x.ndim)
        k = s % x.shape[a] if x.shape[a] else 0
        if k:
            before = (slice(None),) * a
            x = concatenate([x[(*before, slice(-k, None))], x[(*before, slice(None, -k))]], axis=a)
    return x


def tile(x: Any, repeats: Any) -> Tensor:
    """x laid side by side ``repeats`` times along each axis.

    >>> import autograd_nn as ag
    >>> ag.tile(ag.Tensor([1.0, 2.0]), 2)
    Tensor([1., 2., 1., 2.])
    """
    x = as_tensor(x)
    if isinstance(repeats, Tensor) and kind_of(repeats.dtype) in "iu":
        repeats = repeats.tolist()  # a recording is of these
    times = (repeats,) if isinstance(repeats, int) else tuple(repeats)
    if not all(isinstance(t, int | np.integer) and t >= 0 for t in times):
        raise ShapeError(
            f"tile received repeats={repeats!r}; expected integers from 0, one per axis."
        )
    ndim = max(x.ndim, len(times))
    times = (1,) * (ndim - len(times)) + times
    sizes = (1,) * (ndim - x.ndim) + x.shape
    pairs = tuple(n for t, s in zip(times, sizes, strict=True) for n in (t, s))
    ones = tuple(n for s in sizes for n in (1, s))
    wide = broadcast_to(reshape(x, shape=ones), shape=pairs)
    return reshape(wide, shape=tuple(t * s for t, s in zip(times, sizes, strict=True)))


def repeat(x: Any, repeats: Any, axis: int | None = None) -> Tensor:
    """Each entry ``repeats`` times in a row along ``axis`` (None: of the flattened array).

    >>> import autograd_nn as ag
    >>> ag.repeat(ag.Tensor([1.0, 2.0]), 2)
    Tensor([1., 1., 2., 2.])
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = ravel(x), 0
    elif not x.ndim:
        x = ravel(x)
    axis = shapes.axis_index(axis, x.ndim)
    if isinstance(repeats, int) and repeats > 0:  # the adjoint is a sum, not a scatter
        before, n, after = x.shape[:axis], x.shape[axis], x.shape[axis + 1 :]
        x = reshape(x, shape=(*before, n, 1, *after))
        wide = broadcast_to(x, shape=(*before, n, repeats, *after))
        return reshape(wide, shape=(*before, n * repeats, *after))
    try:
        places = np.repeat(np.arange(x.shape[axis]), repeats)
    except (ValueError, TypeError):
        raise ShapeError(
            f"repeat received repeats={repeats!r} for {x.shape[axis]} entries; expected an integer "
            "from 0, or one per entry."
        ) from None
    return x[(slice(None),) * axis + (places,)]


__all__ = ["concatenate", "pad", "repeat", "roll", "split", "stack", "tile"]
