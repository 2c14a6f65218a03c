"""Shaping: where entries stand, not what they are. All linear: each op's vjp is its adjoint."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.declare import primitive
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor

Shape = tuple[int, ...]
SMALL = 4096  # entries of one number that are written sooner than NumPy makes a view of them


def _in_runs(here: Shape, there: Shape) -> Iterator[tuple[range, range]]:
    """The axes of two shapes in runs of equal sizes."""
    i = j = 0
    while i < len(here) or j < len(there):
        first, second = i, j
        i, j = min(i + 1, len(here)), min(j + 1, len(there))
        while (a := math.prod(here[first:i])) != (b := math.prod(there[second:j])):
            i, j = i + (a < b), j + (a > b)
        yield range(first, i), range(second, j)


def _reshape_reach(i: int, live: Tensor, forward: bool, y: Any, xs: Any, shape: Any) -> Tensor:
    here, there = (xs[0].shape, y.shape) if forward else (y.shape, xs[0].shape)
    if 0 in here:
        return reshape(broadcast_to(live, shape=here), shape=there)
    whole, small = list(live.shape), list(there)
    for own, others in _in_runs(here, there):
        if all([whole[k] == 1 for k in own]):
            for k in others:
                small[k] = 1
        else:
            for k in own:
                whole[k] = here[k]
    return reshape(broadcast_to(live, shape=tuple(whole)), shape=tuple(small))


@primitive(
    lambda g, y, x, shape: reshape(g, shape=x.shape),
    shape=lambda x, *, shape: shapes.reshaped(x, shape),
    batch=lambda n, on, x, shape: reshape(x, shape=(n, *shapes.reshaped(x.shape[1:], shape))),
    linear=True,
    reach=_reshape_reach,
    kind="view",
    keeps=True,
)
def reshape(x, *, shape):
    """The same entries, in order, in another shape; one size may be -1.

    >>> ag.reshape(ag.Tensor([[1, 2, 3], [4, 5, 6]]), (3, -1)).shape
    (3, 2)
    """
    return np.reshape(x, shape)


def _permutation(axes: Any, ndim: int) -> tuple[int, ...]:
    if axes is None:
        return tuple(range(ndim))[::-1]
    axes = axes if isinstance(axes, tuple | list) else (axes,)
    axes = tuple(shapes.one_axis(a) for a in axes)
    if len(axes) != ndim:
        raise ShapeError(f"received axes {axes}; expected {ndim} of them, each named once.")
    listed = tuple(shapes.axis_index(a, ndim) for a in axes)
    if sorted(listed) != list(range(ndim)):
        raise ShapeError(
            f"received axes {axes}; expected a permutation of 0 to {ndim - 1}, each named once."
        )
    return listed


def _transposed_shape(x: Shape, *, axes: Any) -> Shape:
    return tuple(x[i] for i in _permutation(axes, len(x)))


def _transpose_reach(i: int, live: Tensor, forward: bool, y: Any, xs: Any, axes: Any) -> Tensor:
    order = _permutation(axes, live.ndim)
    return transpose(live, axes=order if forward else tuple(int(k) for k in np.argsort(order)))


@primitive(
    lambda g, y, x, axes: transpose(
        g, axes=tuple(int(i) for i in np.argsort(_permutation(axes, x.ndim)))
    ),
    shape=_transposed_shape,
    batch=lambda n, on, x, axes: transpose(
        x, axes=(0, *[i + 1 for i in _permutation(axes, x.ndim - 1)])
    ),
    linear=True,
    reach=_transpose_reach,
    kind="view",
)
def transpose(x, *, axes=None):
    """The axes in the order ``axes`` (None: reversed).

    >>> ag.transpose(ag.zeros((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    return np.transpose(x, axes)


def _exchanged(x: Shape) -> Shape:
    if len(x) < 2:
        raise ShapeError(
            f"shape {x} has no two last axes to exchange; expected a matrix or a stack."
        )
    return (*x[:-2], x[-1], x[-2])


@primitive(
    lambda g, y, x: matrix_transpose(g), shape=_exchanged, linear=True, kind="view", batch=True
)
def matrix_transpose(x):
    """The last two axes exchanged, Yᵢⱼ = Xⱼᵢ.

    Shapes (…, n, m) → (…, m, n). Raises ShapeError below two dimensions.

    >>> import numpy as np, autograd_nn as ag
    >>> ag.matrix_transpose(np.zeros((4, 2, 3))).shape
    (4, 3, 2)
    """
    return x.swapaxes(-1, -2)


def swapaxes(x, axis1: int, axis2: int):  # type: ignore[no-untyped-def]
    """Two axes exchanged.

    >>> import numpy as np, autograd_nn as ag
    >>> ag.swapaxes(np.zeros((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
    """
    x = as_tensor(x)
    order = list(range(x.ndim))
    i, j = shapes.axis_index(axis1, x.ndim), shapes.axis_index(axis2, x.ndim)
    order[i], order[j] = order[j], order[i]
    return transpose(x, axes=tuple(order))


def moveaxis(x, source: Any, destination: Any):  # type: ignore[no-untyped-def]
    """Axes moved to other places, the rest in order.

    >>> import numpy as np, autograd_nn as ag
    >>> ag.moveaxis(np.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    x = as_tensor(x)
    start, end = (
        [shapes.axis_index(a, x.ndim) for a in (n if isinstance(n, tuple | list) else (n,))]
        for n in (source, destination)
    )
    if len(start) != len(end):
        raise ShapeError(
            f"moveaxis received {len(start)} sources and {len(end)} destinations; expected as many."
        )
    order = [i for i in range(x.ndim) if i not in start]
    for to, frm in sorted(zip(end, start, strict=True)):
        order.insert(to, frm)
    return x if order == list(range(x.ndim)) else transpose(x, axes=tuple(order))


def expand_dims(x, axis: Any):  # type: ignore[no-untyped-def]
    """New axes of size 1 at ``axis`` of the result.

    >>> import numpy as np, autograd_nn as ag
    >>> ag.expand_dims(np.zeros((2, 3)), 1).shape
    (2, 1, 3)
    """
    x = as_tensor(x)
    listed = tuple(axis) if isinstance(axis, tuple | list) else (axis,)
    new = shapes.axes(listed, x.ndim + len(listed))
    rest = iter(x.shape)
    return reshape(x, shape=tuple(1 if i in new else next(rest) for i in range(x.ndim + len(new))))


def squeeze(x, axis: Any = None):  # type: ignore[no-untyped-def]
    """Without the axes of size 1 (all, or those named).

    >>> import numpy as np, autograd_nn as ag
    >>> ag.squeeze(np.zeros((2, 1, 3))).shape
    (2, 3)
    """
    x = as_tensor(x)
    gone = (
        tuple(i for i, n in enumerate(x.shape) if n == 1)
        if axis is None
        else shapes.axes(axis, x.ndim, scalar=not isinstance(axis, tuple | list))
    )
    for i in gone:
        if x.shape[i] != 1:
            raise ShapeError(
                f"squeeze of axis {i} of shape {x.shape}: its size is {x.shape[i]}, expected 1."
            )
    return reshape(x, shape=tuple(n for i, n in enumerate(x.shape) if i not in gone))


def ravel(x):  # type: ignore[no-untyped-def]
    """All entries in one axis.

    >>> import numpy as np, autograd_nn as ag
    >>> ag.ravel(np.zeros((2, 3))).shape
    (6,)
    """
    return reshape(as_tensor(x), shape=(-1,))


def _broadcast_shape(x: Shape, *, shape: Any) -> Shape:
    shape = shape if isinstance(shape, tuple | list) else (shape,)
    if shapes.broadcast(x, shape) != tuple(shape):
        raise ShapeError(f"shape {x} does not broadcast to {tuple(shape)}.")
    return tuple(shape)


@primitive(
    lambda g, y, x, shape: _sum_to(g, shape=x.shape if isinstance(x, Tensor) else ()),
    shape=_broadcast_shape,
    batch=lambda n, on, x, shape: broadcast_to(
        reshape(x, shape=(n, *(1,) * (len(shape) - x.ndim + 1), *x.shape[1:])), shape=(n, *shape)
    ),
    linear=True,
    kind="view",
    keeps=True,
)
def broadcast_to(x, *, shape):
    """The entries repeated along axes of size 1 and new leading axes, without a copy.

    >>> ag.broadcast_to(ag.Tensor([1.0, 2.0]), (3, 2)).shape
    (3, 2)
    """
    if np.ndim(x) == 0 and isinstance(shape, tuple) and math.prod(shape) <= SMALL:
        out = np.empty(shape, np.asarray(x).dtype)
        out[...] = x
        return out
    return np.broadcast_to(x, shape)


def _sum_to(g, shape):  # type: ignore[no-untyped-def]
    from autograd_nn.engine.ops.reductions import sum_to

    return sum_to(g, shape=shape)


@primitive(
    lambda g, y, x, axis: flip(g, axis=axis),
    shape=lambda x, *, axis: (shapes.axes(axis, len(x)), x)[1],
    linear=True,
    kind="view",
)
def flip(x, *, axis=None):
    """The entries in reverse order along ``axis`` (None: along all).

    >>> ag.flip(ag.Tensor([1.0, 2.0, 3.0]))
    Tensor([3., 2., 1.])
    """
    return np.flip(x, axis)


def atleast_1d(x: Any) -> Tensor:
    """x with at least one axis.

    >>> import autograd_nn as ag
    >>> ag.atleast_1d(2.0).shape
    (1,)
    """
    x = as_tensor(x)
    return x if x.ndim else reshape(x, shape=(1,))


def atleast_2d(x: Any) -> Tensor:
    """x with at least two axes, new ones in front.

    >>> import autograd_nn as ag
    >>> ag.atleast_2d([1.0, 2.0]).shape
    (1, 2)
    """
    x = as_tensor(x)
    return x if x.ndim > 1 else reshape(x, shape=(1, *((1,) * (1 - x.ndim)), *x.shape))


def meshgrid(*xs: Any, indexing: str = "xy") -> list[Tensor]:
    """Coordinate grids from coordinate vectors.

    >>> import autograd_nn as ag
    >>> [g.shape for g in ag.meshgrid([1.0, 2.0], [3.0, 4.0, 5.0])]
    [(3, 2), (3, 2)]
    """
    ts = [ravel(x) for x in xs]
    order = list(range(len(ts)))
    if indexing == "xy" and len(ts) > 1:
        order[0], order[1] = 1, 0
    elif indexing not in ("xy", "ij"):
        raise ValueError(f"received indexing={indexing!r}; expected 'xy' or 'ij'.")
    place = {k: order.index(k) for k in order}
    full = tuple(ts[k].shape[0] for k in order)
    return [
        broadcast_to(
            reshape(t, shape=tuple(-1 if i == place[k] else 1 for i in range(len(ts)))), shape=full
        )
        for k, t in enumerate(ts)
    ]


__all__ = [
    "atleast_1d", "atleast_2d", "broadcast_to", "expand_dims", "flip", "matrix_transpose",
    "meshgrid", "moveaxis", "ravel", "reshape", "squeeze", "swapaxes", "transpose",
]  # fmt: skip
