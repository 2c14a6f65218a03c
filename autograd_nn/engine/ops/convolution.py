"""Convolution and pooling: a product with windows, its transpose, and reductions over windows.

Inputs are (n, …, c), or (n, c, …) with ``data_format='channels_first'``; kernels (…, c/groups, f).
Names and arguments are those of ``keras.ops``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine.calls import answered
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import is_half, kind_of
from autograd_nn.engine.mode import mode
from autograd_nn.engine.node import made_again
from autograd_nn.engine.ops.arithmetic import astype, divide, multiply
from autograd_nn.engine.ops.joining import pad
from autograd_nn.engine.ops.products import matmul, spread_product
from autograd_nn.engine.ops.reductions import max as amax
from autograd_nn.engine.ops.reductions import sum as total
from autograd_nn.engine.ops.shaping import moveaxis, reshape
from autograd_nn.engine.ops.windows import (
    Ints,
    Shape,
    _each,
    add_windows,
    padded_windows,
    padding_of,
)
from autograd_nn.engine.pieces import piecemeal, samples
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap


def channels_last(data_format: Any, name: str) -> bool:
    """Whether the channels come last; raises ValueError for what is no data format."""
    if data_format not in (None, "channels_last", "channels_first"):
        raise ValueError(
            f"{name} received data_format={data_format!r}; expected 'channels_last' or "
            "'channels_first'."
        )
    return data_format != "channels_first"


def _spatial(x: Any, name: str, data_format: Any, rank: int | None = None) -> Tensor:
    """The input with its channels last; raises ShapeError where it has no axes between."""
    x = as_tensor(x)
    if x.ndim < 3 or (rank is not None and x.ndim != rank + 2):
        wanted = "at least 3" if rank is None else rank + 2
        raise ShapeError(
            f"{name} received an input of shape {x.shape}; expected {wanted} dimensions, "
            "(n, …, channels). Put an axis of size 1 where there is one sample or one channel."
        )
    return x if channels_last(data_format, name) else moveaxis(x, 1, -1)


def _given_back(y: Tensor, data_format: Any) -> Tensor:
    return moveaxis(y, -1, 1) if data_format == "channels_first" else y


def _patches(
    x: Tensor, size: Shape, strides: Any, padding: Any, dilation: Any, name: str, fill: float = 0
) -> Tensor:
    """Windows over the axes between batch and channels, (n, …, c) → (n, …, size…, c).

    The channels stay last: entry beside entry in memory, they are what loops make vectors of.
    """
    rank = x.ndim - 2
    if padding == "causal" and rank != 1:
        raise ValueError(f"{name} received padding='causal' for {rank} axes; expected one axis.")
    found = padded_windows(x, size, strides, padding, dilation, tuple(range(1, rank + 1)), fill)
    return moveaxis(found, rank + 1, -1)


def _laid_out(patches: Tensor, w: Tensor, shape: Shape) -> Tensor:
    """Patches in another shape, made a few samples at a time by what reads them, see `Pieces`.

    Not where the tape keeps them for the kernel's sake alone: nobody watches what they are made of.
    """
    view = patches.array
    kept = patches.node is None and w.node is not None and mode.taping
    if kept or not piecemeal(view):
        return reshape(patches, shape=shape)
    return answered(reshape.op, (patches,), {"shape": shape}, samples(view).reshape(shape))


def _grouped(channels: int, kernel: Tensor, name: str) -> int:
    """Into how many groups the channels fall; raises ShapeError where they do not."""
    own, filters = kernel.shape[-2:]
    groups = channels // own if own else 0
    if not groups or groups * own != channels or filters % groups:
        raise ShapeError(
            f"{name} received {channels} channels for a kernel of shape {kernel.shape}; expected a "
            f"multiple of {own} channels, and as many groups of filters."
        )
    return groups


def conv(
    inputs: Any, kernel: Any, strides: Ints = 1, padding: Any = "valid", data_format: Any = None,
    dilation_rate: Ints = 1,
) -> Tensor:  # fmt: skip
    """The convolution (cross-correlation), yₙᵢᵩ = Σₖ꜀ xₙ,ₛᵢ₊ₔₖ,꜀ wₖ꜀ᵩ, for any number of axes.

    inputs          (n, …, c).
    kernel          (…, c/g, f): as many sizes as axes; with fewer channels than the input it is
                    applied to g groups of them.
    padding         'valid', 'same', 'causal' (one axis), or (before, after) an axis.
    dilation_rate   the distance between a window's entries.
    Shapes → (n, …, f). Raises ShapeError where channels, groups or sizes do not fit.

    >>> import autograd_nn as ag
    >>> ag.conv(ag.ones((1, 5, 2)), ag.ones((3, 2, 4))).shape
    (1, 3, 4)
    """
    w = as_tensor(kernel)
    x = _spatial(inputs, "conv", data_format, w.ndim - 2)
    groups = _grouped(x.shape[-1], w, "conv")
    size, own, filters = w.shape[:-2], *w.shape[-2:]
    patches = _patches(x, size, strides, padding, dilation_rate, "conv")
    places = patches.shape[: len(size) + 1]
    rows, depth = math.prod(places), math.prod(size)
    if groups == 1:
        left = _laid_out(patches, w, (rows, depth * own))
        flat = made_again(matmul(left, reshape(w, shape=(depth * own, filters))), 0)
    else:
        split = moveaxis(reshape(patches, shape=(*places, *size, groups, own)), -2, 0)
        left = reshape(split, shape=(groups, rows, depth * own))
        each = reshape(w, shape=(depth, own, groups, filters // groups))
        right = reshape(moveaxis(each, 2, 0), shape=(groups, depth * own, filters // groups))
        flat = moveaxis(made_again(matmul(left, right), 0), 0, 1)
    return _given_back(reshape(flat, shape=(*places, filters)), data_format)


def depthwise_conv(
    inputs: Any, kernel: Any, strides: Ints = 1, padding: Any = "valid", data_format: Any = None,
    dilation_rate: Ints = 1,
) -> Tensor:  # fmt: skip
    """A convolution of each channel by itself, yₙᵢ,₍꜀ₘ₎ = Σₖ xₙ,ₛᵢ₊ₔₖ,꜀ wₖ꜀ₘ.

    kernel   (…, c, m): m filters a channel; the others as in `conv`. Shapes → (n, …, c·m).

    >>> import autograd_nn as ag
    >>> ag.depthwise_conv(ag.ones((1, 5, 2)), ag.ones((3, 2, 4))).shape
    (1, 3, 8)
    """
    w = as_tensor(kernel)
    x = _spatial(inputs, "depthwise_conv", data_format, w.ndim - 2)
    size, channels, many = w.shape[:-2], *w.shape[-2:]
    if x.shape[-1] != channels:
        raise ShapeError(
            f"depthwise_conv received {x.shape[-1]} channels for a kernel of shape {w.shape}; "
            f"expected {channels}."
        )
    rank = len(size)
    patches = _patches(x, size, strides, padding, dilation_rate, "depthwise_conv")
    patches = _laid_out(patches, w, (*patches.shape, 1))
    y = made_again(total(multiply(patches, w), axis=tuple(range(rank + 1, 2 * rank + 1))), 0)
    return _given_back(reshape(y, shape=(*y.shape[:-2], channels * many)), data_format)


def separable_conv(
    inputs: Any, depthwise_kernel: Any, pointwise_kernel: Any, strides: Ints = 1,
    padding: Any = "valid", data_format: Any = None, dilation_rate: Ints = 1,
) -> Tensor:  # fmt: skip
    """`depthwise_conv`, then a product of the channels by a kernel (1, …, c·m, f).

    >>> import autograd_nn as ag
    >>> ag.separable_conv(ag.ones((1, 5, 2)), ag.ones((3, 2, 4)), ag.ones((1, 8, 3))).shape
    (1, 3, 3)
    """
    y = depthwise_conv(inputs, depthwise_kernel, strides, padding, data_format, dilation_rate)
    return conv(y, pointwise_kernel, 1, "valid", data_format, 1)


def transposed_borders(
    padding: Any, output_padding: Any, sizes: Shape, strides: Shape, dilations: Shape
) -> list[tuple[int, int]]:
    """How much of the windows added up is left out before and after; negative: zeros come to it.

    'valid' keeps (n - 1)s + max(k, s) entries, 'same' n·s; ``output_padding`` says how many more
    than the smallest number of entries there are.
    """
    if padding not in ("valid", "same"):
        raise ValueError(
            f"conv_transpose received padding={padding!r}; expected 'valid' or 'same'."
        )
    rank = len(sizes)
    more = (None,) * rank if output_padding is None else _each(
        output_padding, rank, "output_padding", 0
    )  # fmt: skip
    found = []
    for k, s, d, extra in zip(sizes, strides, dilations, more, strict=True):
        reach = (k - 1) * d + 1
        if padding == "valid":
            found.append((0, -(max(reach, s) - reach if extra is None else extra)))
            continue
        both = s + reach - 2 if extra is None else reach + reach % 2 - 2 + extra
        before = min(both // 2 + both % 2, reach - 1)
        found.append((reach - 1 - before, reach - 1 - (both - before)))
    return found


def conv_transpose(
    inputs: Any, kernel: Any, strides: Ints = 1, padding: Any = "valid",
    output_padding: Any = None, data_format: Any = None, dilation_rate: Ints = 1,
) -> Tensor:  # fmt: skip
    """The transpose of `conv`: each entry adds its multiple of the kernel where it lies.

    inputs           (n, …, c).
    kernel           (…, f, c).
    output_padding   entries more than the fewest that give this input's size.
    Shapes → (n, …, f). Raises ShapeError where channels or sizes do not fit.

    >>> import autograd_nn as ag
    >>> ag.conv_transpose(ag.ones((1, 3, 2)), ag.ones((3, 4, 2)), strides=2).shape
    (1, 7, 4)
    """
    w = as_tensor(kernel)
    x = _spatial(inputs, "conv_transpose", data_format, w.ndim - 2)
    size, filters, channels = w.shape[:-2], *w.shape[-2:]
    if x.shape[-1] != channels:
        raise ShapeError(
            f"conv_transpose received {x.shape[-1]} channels for a kernel of shape {w.shape}; "
            f"expected {channels}."
        )
    rank, places = len(size), x.shape[:-1]
    steps, gaps = _each(strides, rank, "strides"), _each(dilation_rate, rank, "dilation_rate")
    rows = reshape(x, shape=(math.prod(places), channels))
    flat = spread_product(rows, moveaxis(reshape(w, shape=(-1, channels)), 0, 1), places[0])
    spread = moveaxis(reshape(flat, shape=(*places, *size, filters)), -1, rank + 1)
    axes = tuple(range(1, rank + 1))
    lengths = [(n - 1) * s + (k - 1) * d + 1
               for n, s, k, d in zip(places[1:], steps, size, gaps, strict=True)]  # fmt: skip
    borders = transposed_borders(padding, output_padding, size, steps, gaps)
    left = [n - a - b for n, (a, b) in zip(lengths, borders, strict=True)]
    if min(*left, *places[1:]) < 1:
        raise ShapeError(
            f"conv_transpose received {places[1:]} entries for a kernel of {size}; expected so "
            "many that one or more are left with this padding. Pass more, or a larger "
            "output_padding."
        )
    y = add_windows(spread, lengths, axes, steps, gaps)
    widths = [(0, 0), *[(max(-a, 0), max(-b, 0)) for a, b in borders], (0, 0)]
    if any(a or b for a, b in widths):
        y = pad(y, widths)
    key = [slice(max(a, 0), n + max(-a, 0) + max(-b, 0) - max(b, 0))
           for (a, b), n in zip(borders, lengths, strict=True)]  # fmt: skip
    if any(max(a, 0) or max(b, 0) for a, b in borders):
        y = y[(slice(None), *key)]
    return _given_back(y, data_format)


def _pooled(
    name: str, reduce: Callable[..., Tensor], fill: Any, inputs: Any, pool_size: Ints,
    strides: Any, padding: Any, data_format: Any,
) -> Tensor:  # fmt: skip
    x = _spatial(inputs, name, data_format)
    rank = x.ndim - 2
    size = _each(pool_size, rank, "pool_size")
    patches = _patches(x, size, size if strides is None else strides, padding, 1, name, fill)
    return _given_back(reduce(patches, axis=tuple(range(rank + 1, 2 * rank + 1))), data_format)


def max_pool(
    inputs: Any, pool_size: Ints, strides: Any = None, padding: Any = "valid",
    data_format: Any = None,
) -> Tensor:  # fmt: skip
    """The largest entry of each window, (n, …, c) → (n, …, c).

    strides   how far windows are apart, ``pool_size`` by default; padding: 'valid' or 'same'.
    Raises ShapeError where a window is larger than the input.

    >>> import autograd_nn as ag
    >>> ag.max_pool([[[1.0], [3.0], [2.0], [0.0]]], 2)
    Tensor([[[3.],
             [2.]]])
    """
    dtype = as_tensor(inputs).dtype
    fill = -np.inf if kind_of(dtype) == "f" else np.iinfo(dtype).min if dtype.kind in "iu" else 0
    return _pooled("max_pool", amax, fill, inputs, pool_size, strides, padding, data_format)


def average_pool(
    inputs: Any, pool_size: Ints, strides: Any = None, padding: Any = "valid",
    data_format: Any = None,
) -> Tensor:  # fmt: skip
    """The mean of each window, (n, …, c) → (n, …, c); a border counts for nothing.

    >>> import autograd_nn as ag
    >>> ag.average_pool([[[1.0], [3.0], [2.0], [0.0]]], 2)
    Tensor([[[2.],
             [1.]]])
    """
    name = "average_pool"
    x = _spatial(inputs, name, data_format)
    if is_half(x.dtype):  # whose range a window's sum soon leaves
        wide = astype(x, dtype=np.dtype(np.float32))
        y = average_pool(wide, pool_size, strides, padding)
        return _given_back(astype(y, dtype=x.dtype), data_format)
    rank, lengths = x.ndim - 2, x.shape[1:-1]
    size = _each(pool_size, rank, "pool_size")
    steps = size if strides is None else _each(strides, rank, "strides")
    sums = _pooled(name, total, 0, x, size, steps, padding, None)
    count = np.ones((1, *sums.shape[1:-1], 1), sums.dtype)
    for a, border in enumerate(padding_of(padding, lengths, size, steps, (1,) * rank)):
        starts = np.arange(sums.shape[a + 1]) * steps[a] - border[0]
        inside = np.minimum(starts + size[a], lengths[a]) - np.maximum(starts, 0)
        count *= inside.reshape([-1 if i == a + 1 else 1 for i in range(rank + 2)])
    return _given_back(divide(sums, wrap(count)), data_format)


__all__ = [
    "average_pool", "conv", "conv_transpose", "depthwise_conv", "max_pool", "separable_conv",
]  # fmt: skip
