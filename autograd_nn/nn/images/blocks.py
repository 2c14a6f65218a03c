"""Blocks of pixels laid out along other axes, and windows added up."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.checks import whole
from autograd_nn.nn.images.axes import opened


def _block(x: Any, block_size: int, data_format: str, where: str) -> Any:
    if block_size < 2:
        raise ValueError(f"`block_size` must be at least 2. {where} received {block_size!r}.")
    if as_tensor(x).ndim != 4:
        raise ShapeError(f"{where} received shape {as_tensor(x).shape}; expected four dimensions.")
    return opened(x, data_format, where), whole(block_size, "block_size", 2)


def depth_to_space(x: Any, block_size: int, data_format: str = "channels_last") -> Tensor:
    """Channels laid out as blocks of pixels, (n, h, w, b²c) → (n, bh, bw, c).

    Raises ValueError for a block_size below 2, ShapeError for channels that make no blocks.

    >>> depth_to_space([[[[1.0, 2.0, 3.0, 4.0]]]], 2)[0, :, :, 0].tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    (y, closed), b = _block(x, block_size, data_format, "depth_to_space")
    n, h, w, c = y.shape
    if c % b**2:
        raise ShapeError(f"depth_to_space received {c} channels; expected a multiple of {b**2}.")
    first = data_format == "channels_first"
    parts = (c // b**2, b, b) if first else (b, b, c // b**2)
    order = (0, 1, 4, 2, 5, 3) if first else (0, 1, 3, 2, 4, 5)
    y = ops.transpose(ops.reshape(y, shape=(n, h, w, *parts)), order)
    return closed(ops.reshape(y, shape=(n, h * b, w * b, c // b**2)))


def space_to_depth(x: Any, block_size: int, data_format: str = "channels_last") -> Tensor:
    """Blocks of pixels laid out as channels: `depth_to_space`'s inverse.

    >>> space_to_depth([[[[1.0], [2.0]], [[3.0], [4.0]]]], 2).ravel().tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    (y, closed), b = _block(x, block_size, data_format, "space_to_depth")
    n, h, w, c = y.shape
    if h % b or w % b:
        raise ShapeError(f"space_to_depth received {h} × {w} pixels; expected multiples of {b}.")
    first = data_format == "channels_first"
    y = ops.reshape(y, shape=(n, h // b, b, w // b, b, c))
    y = ops.transpose(y, (0, 1, 3, 5, 2, 4) if first else (0, 1, 3, 2, 4, 5))
    return closed(ops.reshape(y, shape=(n, h // b, w // b, c * b**2)))


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])


def unfold(
    x: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """All windows of images as columns, as PyTorch has them, (n, c, h, w) → (n, c·k₀·k₁, l).

    padding   zeros around, one number or (rows, columns).

    >>> unfold([[[[1.0, 2.0, 3.0]]]], (1, 2)).tolist()
    [[[1.0, 2.0], [2.0, 3.0]]]
    """
    x = as_tensor(x)
    if x.ndim != 4:
        raise ShapeError(f"Input must be a 4D tensor. unfold received shape {x.shape}.")
    high, wide = _pair(padding)
    x = ops.pad(x, [(0, 0), (0, 0), (high, high), (wide, wide)]) if high or wide else x
    found = ops.windows(x, _pair(kernel_size), (2, 3), _pair(stride), _pair(dilation))
    n, c, rows, columns = found.shape[:4]
    found = ops.transpose(found, (0, 1, 4, 5, 2, 3))
    return ops.reshape(found, shape=(n, -1, rows * columns))


def fold(
    x: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
    stride: Any = 1,
) -> Tensor:  # fmt: skip
    """Columns added up where `unfold` takes its windows from, (n, c·k₀·k₁, l) → (n, c, h, w).

    >>> fold([[[1.0, 2.0], [2.0, 3.0]]], (1, 3), (1, 2)).ravel().tolist()
    [1.0, 4.0, 3.0]
    """
    x = as_tensor(x)
    if x.ndim != 3:
        raise ShapeError(f"Input must be a 3D tensor. fold received shape {x.shape}.")
    size, border = _pair(output_size), _pair(padding)
    kernel, gap, step = _pair(kernel_size), _pair(dilation), _pair(stride)
    whole_size = [n + 2 * p for n, p in zip(size, border, strict=True)]
    counts = [(n - d * (k - 1) - 1) // s + 1
              for n, d, k, s in zip(whole_size, gap, kernel, step, strict=True)]  # fmt: skip
    y = ops.reshape(x, shape=(x.shape[0], -1, *kernel, *counts))
    y = ops.transpose(y, (0, 1, 4, 5, 2, 3))
    y = ops.add_windows(y, tuple(whole_size), (2, 3), step, gap)
    top, left = border
    return y[:, :, top : top + size[0], left : left + size[1]]


__all__ = ["depth_to_space", "fold", "space_to_depth", "unfold"]
