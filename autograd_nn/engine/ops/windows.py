"""Windows of an array, and the products, largest entries and means over them.

`windows` shows them as a strided view, `add_windows` adds windows back: each is the other's
transpose, so every derivative of what is built on them is built on them too. Convolution is a
product with windows, pooling a maximum or a mean over them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.calls import answered
from autograd_nn.engine.declare import primitive
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.ops.arithmetic import astype
from autograd_nn.engine.ops.comparison import not_equal
from autograd_nn.engine.ops.joining import pad
from autograd_nn.engine.ops.shaping import broadcast_to, reshape
from autograd_nn.engine.pieces import Pieces, samples
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap

Shape = tuple[int, ...]
Ints = int | Sequence[int]


def _count(length: int, size: int, stride: int, dilation: int) -> int:
    """How many windows fit into a length."""
    return max((length - (size - 1) * dilation - 1) // stride + 1, 0)


def _windowed(x: Shape, *, axes: Shape, sizes: Shape, strides: Shape, dilations: Shape) -> Shape:
    shape = list(x)
    for a, k, s, d in zip(axes, sizes, strides, dilations, strict=True):
        shape[a] = _count(x[a], k, s, d)
    return (*shape, *sizes)


def _covered(
    g: Shape, *, axes: Shape, lengths: Shape, sizes: Shape, strides: Shape, dilations: Shape
) -> Shape:
    shape = list(g[: len(g) - len(axes)])
    for a, n in zip(axes, lengths, strict=True):
        shape[a] = n
    return tuple(shape)


def _after_the_first(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The same axes of a sample where an axis of samples stands before them."""
    return tuple([a + (a >= 0) for a in axes])


def _mask_of_windows(live: Tensor, axes: Shape, lengths: Shape, **params: Any) -> Tensor:
    """The windows of a mask, where it is not the same along their axes."""
    if all([live.shape[a] == 1 for a in axes]):
        return reshape(live, shape=(*live.shape, *(1,) * len(axes)))
    shape = list(live.shape)
    for a, n in zip(axes, lengths, strict=True):
        shape[a] = n
    return _windows(broadcast_to(live, shape=tuple(shape)), axes=axes, **params)


def _mask_of_sums(live: Tensor, counts: Shape, axes: Shape, sizes: Shape, **params: Any) -> Tensor:
    """Where any of so many windows that are live lies."""
    shape = list(live.shape[: len(counts)])
    for a in axes:
        shape[a] = counts[a]
    counted = np.dtype(np.uint8 if math.prod(sizes) < 256 else np.int32)  # so many may meet
    each = broadcast_to(astype(live, dtype=counted), shape=(*shape, *sizes))
    return not_equal(_add_windows(each, axes=axes, sizes=sizes, **params), 0)


def _shown(
    x: Shape, axes: Shape, sizes: Shape, strides: Shape, dilations: Shape
) -> Tensor | None:
    """The mask of the entries that windows show; None: all of them."""
    mask = np.ones((1,) * len(x), bool)
    for a, k, s, d in zip(axes, sizes, strides, dilations, strict=True):
        firsts = np.arange(_count(x[a], k, s, d)) * s
        along = np.isin(np.arange(x[a]), np.add.outer(firsts, np.arange(k) * d))
        mask = mask & np.expand_dims(along, tuple([i for i in range(len(x)) if i != a]))
    return None if mask.all() else wrap(mask)


def _where_windows_lie(
    shape: Shape, *, axes: Shape, lengths: Shape, sizes: Shape, strides: Shape, dilations: Shape
) -> Shape:
    """The strides, in entries of an array of a shape, over the axes of its windows."""
    steps = [math.prod(shape[k + 1 :]) for k in range(len(shape))]
    inner = []
    for a, s, d in zip(axes, strides, dilations, strict=True):
        inner.append(steps[a] * d)
        steps[a] *= s
    return (*steps, *inner)


def _windows_reach(
    i: int, live: Any, forward: bool, y: Any, xs: Any, axes: Shape, **params: Any
) -> Any:
    shape = xs[0].shape
    lengths = tuple([shape[a] for a in axes])
    if forward:
        return None if live is None else _mask_of_windows(live, axes, lengths, **params)
    if live is None:
        return _shown(shape, axes, **params)
    return _mask_of_sums(live, y.shape[: len(shape)], axes, lengths=lengths, **params)


def _add_windows_reach(
    i: int, live: Any, forward: bool, y: Any, xs: Any, axes: Shape, lengths: Shape, **params: Any
) -> Any:
    shape = xs[0].shape
    if forward:
        return _mask_of_sums(live, shape[: y.ndim], axes, lengths=lengths, **params)
    found = _mask_of_windows(live, axes, lengths, **params)
    return _first(found, tuple([min(n, m) for n, m in zip(shape, found.shape, strict=True)]))


@primitive(
    lambda g, y, x, axes, sizes, strides, dilations: _add_windows(
        g, axes=axes, lengths=tuple([x.shape[a] for a in axes]), sizes=sizes, strides=strides,
        dilations=dilations,
    ),
    shape=_windowed, linear=True, cuts=True, reach=_windows_reach, kind="view", name="windows",
    batch=lambda n, on, x, axes, **params: _windows(x, axes=_after_the_first(axes), **params),
)  # fmt: skip
def _windows(x, *, axes, sizes, strides, dilations):
    """Windows of ``sizes`` along ``axes``, their entries along new last axes: a view."""
    shape = _windowed(x.shape, axes=axes, sizes=sizes, strides=strides, dilations=dilations)
    steps, inner = list(x.strides), []
    for a, s, d in zip(axes, strides, dilations, strict=True):
        inner.append(steps[a] * d)
        steps[a] *= s
    return np.lib.stride_tricks.as_strided(x, shape, (*steps, *inner), writeable=False)


@primitive(
    lambda g, y, x, axes, lengths, sizes, strides, dilations: _first(
        _seen(g, x, axes=axes, sizes=sizes, strides=strides, dilations=dilations), x.shape
    ),
    shape=_covered, linear=True, reach=_add_windows_reach, lands=_where_windows_lie,
    name="add_windows",
    batch=lambda n, on, x, axes, **params: _add_windows(x, axes=_after_the_first(axes), **params),
)  # fmt: skip
def _add_windows(x, *, axes, lengths, sizes, strides, dilations):
    """Windows added up where they lie, in an array of ``lengths`` along ``axes``."""
    shape = _covered(
        x.shape, axes=axes, lengths=lengths, sizes=sizes, strides=strides, dilations=dilations
    )
    out = np.zeros(shape, x.dtype)
    if x.__class__ is Pieces and 0 not in axes:
        for rows, piece in x.each():
            _put(out[rows], piece, axes, sizes, strides, dilations)
    else:
        _put(out, x, axes, sizes, strides, dilations)
    return out


def _put(
    out: np.ndarray, x: Any, axes: Shape, sizes: Shape, strides: Shape, dilations: Shape
) -> None:
    for place in itertools.product(*map(range, sizes)):
        target = [slice(None)] * out.ndim
        for a, at, s, d in zip(axes, place, strides, dilations, strict=True):
            first, count = at * d, x.shape[a]
            target[a] = slice(first, first + (count - 1) * s + 1, s) if count else slice(0)
        out[tuple(target)] += x[(..., *place)]


def _seen(g: Tensor, x: Tensor, **params: Any) -> Tensor:
    """The windows of a sum's cotangent; in pieces where what was added up was."""
    if x.array.__class__ is not Pieces or x.array.count != g.shape[0] or 0 in params["axes"]:
        return _windows(g, **params)
    view = _windows.op.forward(g.array, **params)
    return answered(_windows.op, (g,), params, samples(view))


def _first(x: Tensor, shape: Shape) -> Tensor:
    """As many windows as there are of ``shape``: a longer array has room for more."""
    return x if x.shape == shape else x[tuple([slice(0, n) for n in shape])]


def _each(value: Any, count: int, name: str, least: int = 1) -> Shape:
    """A number for every axis, or one for each; raises ValueError for others."""
    try:
        given = (value,) * count if np.ndim(value) == 0 else tuple(value)
        found = tuple([int(n) for n in given])
    except (TypeError, ValueError):
        given, found = (), ()
    if len(found) != count or found != given or min(found, default=least) < least:
        raise ValueError(
            f"received {name}={value!r}; expected an integer from {least}, or {count} of them."
        )
    return found


def _axes(axis: Any, ndim: int) -> Shape:
    """The axes in the order they are named, for sizes come in that order; None: all."""
    if axis is None:
        return tuple(range(ndim))
    shapes.axes(axis, ndim)  # each once
    listed = axis if isinstance(axis, list | tuple) else (axis,)
    return tuple([shapes.axis_index(a, ndim) for a in listed])


def windows(x: Any, size: Ints, axis: Any = None, stride: Ints = 1, dilation: Ints = 1) -> Tensor:
    """All windows of x along some axes as a view, Yᵢⱼ = xₛᵢ₊ₔⱼ (stride s, dilation d).

    size      entries of a window, one number or one an axis.
    axis      the axes, all by default; the windows' entries come as new last axes.
    Shapes (…, n, …) → (…, ⌊(n - d(size - 1) - 1)/s⌋ + 1, …, size). Raises ShapeError where a
    window is longer than its axis, ValueError for numbers that are no sizes. Source: NumPy's
    sliding_window_view.

    >>> import autograd_nn as ag
    >>> ag.windows([1.0, 2.0, 3.0, 4.0], 2, stride=2)
    Tensor([[1., 2.],
            [3., 4.]])
    """
    x = as_tensor(x)
    axes = _axes(axis, x.ndim)
    sizes = _each(size, len(axes), "size")
    strides, dilations = _each(stride, len(axes), "stride"), _each(dilation, len(axes), "dilation")
    for a, k, d in zip(axes, sizes, dilations, strict=True):
        if (k - 1) * d + 1 > x.shape[a]:
            raise ShapeError(
                f"windows of {(k - 1) * d + 1} entries do not fit into axis {a} of shape "
                f"{x.shape}; expected at most {x.shape[a]}. Pad x, or take smaller windows."
            )
    return _windows(x, axes=axes, sizes=sizes, strides=strides, dilations=dilations)


def add_windows(
    x: Any, length: Ints, axis: Any, stride: Ints = 1, dilation: Ints = 1
) -> Tensor:
    """Windows added up where `windows` would take them from: its transpose.

    x         (…, m, …, size): m windows along each axis, their entries along the last axes.
    length    of the result along those axes. Raises ShapeError where the windows reach beyond.

    >>> import autograd_nn as ag
    >>> ag.add_windows([[1.0, 2.0], [10.0, 20.0]], 3, axis=0)
    Tensor([ 1., 12., 20.])
    """
    x = as_tensor(x)
    count = 1 if np.ndim(axis) == 0 else len(axis)
    if x.ndim < 2 * count:
        raise ShapeError(
            f"add_windows received shape {x.shape} for {count} axes; expected the windows' "
            "numbers along those axes, then their entries along as many last ones."
        )
    axes = _axes(axis, x.ndim - count)
    sizes = x.shape[x.ndim - count :]
    lengths = _each(length, count, "length", 0)
    strides, dilations = _each(stride, count, "stride"), _each(dilation, count, "dilation")
    for a, n, k, s, d in zip(axes, lengths, sizes, strides, dilations, strict=True):
        reach = (x.shape[a] - 1) * s + (k - 1) * d + 1 if x.shape[a] else 0
        if reach > n:
            raise ShapeError(
                f"{x.shape[a]} windows of {k} entries reach over {reach} entries of axis {a}; "
                f"expected at most length={n}."
            )
    return _add_windows(
        x, axes=axes, lengths=lengths, sizes=sizes, strides=strides, dilations=dilations
    )


def padding_of(
    padding: Any, lengths: Shape, sizes: Shape, strides: Shape, dilations: Shape
) -> tuple[tuple[int, int], ...]:
    """Entries put before and after each axis: for 'valid', 'same', 'causal', or pairs as they are.

    'same' gives ⌈n/s⌉ windows, the odd entry behind; 'causal' puts all of them before. Raises
    ValueError for anything else.
    """
    if padding == "valid":
        return ((0, 0),) * len(lengths)
    reaches = [(k - 1) * d + 1 for k, d in zip(sizes, dilations, strict=True)]
    if padding == "same":
        missing = [
            max((-(-n // s) - 1) * s + r - n, 0)
            for n, s, r in zip(lengths, strides, reaches, strict=True)
        ]
        return tuple([(m // 2, m - m // 2) for m in missing])
    if padding == "causal":
        return tuple([(r - 1, 0) for r in reaches])
    if isinstance(padding, list | tuple) and len(padding) == len(lengths):
        return tuple([_each(p, 2, "padding", 0) for p in padding])  # type: ignore[misc]
    raise ValueError(
        f"received padding={padding!r}; expected 'valid', 'same', 'causal', or (before, after) for "
        f"each of {len(lengths)} axes."
    )


def padded_windows(
    x: Any, size: Ints, stride: Ints = 1, padding: Any = "valid", dilation: Ints = 1,
    axis: Any = None, fill: float = 0,
) -> Tensor:  # fmt: skip
    """`windows` of x with a border of ``fill`` around it, as wide as ``padding`` says.

    >>> import autograd_nn as ag
    >>> ag.padded_windows([1.0, 2.0, 3.0], 3, padding="same").shape
    (3, 3)
    """
    x = as_tensor(x)
    axes = _axes(axis, x.ndim)
    n = len(axes)
    sizes, strides = _each(size, n, "size"), _each(stride, n, "stride")
    dilations = _each(dilation, n, "dilation")
    borders = padding_of(padding, tuple([x.shape[a] for a in axes]), sizes, strides, dilations)
    if any(before or after for before, after in borders):
        widths = [(0, 0)] * x.ndim
        for a, border in zip(axes, borders, strict=True):
            widths[a] = border
        x = pad(x, widths, constant_values=fill)
    return windows(x, sizes, axes, strides, dilations)




__all__ = ["add_windows", "padded_windows", "windows"]
