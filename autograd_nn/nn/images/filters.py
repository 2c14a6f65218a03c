"""Windows of images: blurred, or laid out as patches."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.ops.windows import padded_windows
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.checks import whole
from autograd_nn.nn.images.axes import floats, opened


def gaussian_blur(
    images: Any, kernel_size: Any = (3, 3), sigma: Any = (1.0, 1.0), data_format: str | None = None
) -> Tensor:
    """Images weighed with a normal density around each pixel, zeros outside.

    kernel_size, sigma   pixels weighed, and the density's deviation: of columns, then of rows.
    Shapes (…, h, w, c) → the same. Whole numbers become float32.

    >>> import numpy as np
    >>> gaussian_blur(np.eye(3)[:, :, None]).numpy()[1, 1].round(3).tolist()
    [0.354]
    """
    x, closed = opened(images, data_format, "gaussian_blur")
    y = floats(x)
    for axis, size, spread in zip((2, 1), kernel_size, sigma, strict=True):
        n = whole(size, "kernel_size", 1)
        d = wrap((np.arange(n) - (n - 1) / 2).astype(y.dtype))
        weights = ops.exp(-0.5 * ops.square(d / spread))
        shape = tuple(n if i + 1 == axis else 1 for i in range(4))
        kernel = ops.reshape(weights / ops.sum(weights), shape=shape)
        channels = ops.broadcast_to(kernel, shape=(*shape[:2], x.shape[-1], 1))
        y = ops.depthwise_conv(y, channels, padding="same")
    return closed(y)


def _patches(
    images: Any, size: Any, strides: Any, dilation_rate: Any, padding: str,
    data_format: str | None, axes: int, where: str,
) -> Tensor:  # fmt: skip
    x, closed = opened(images, data_format, where, axes)
    steps = size if strides is None else strides
    between = tuple(range(1, axes + 1))
    found = padded_windows(x, size, steps, padding, dilation_rate, between)
    found = ops.moveaxis(found, axes + 1, -1)
    return closed(ops.reshape(found, shape=(*found.shape[: axes + 1], -1)))


def extract_patches(
    images: Any, size: Any, strides: Any = None, dilation_rate: Any = 1, padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """All windows of images, the pixels of each in a row: what a kernel of a convolution sees.

    size      of a window, one number or (rows, columns), or three for volumes; strides: how far
              they are apart, a size.
    padding   'valid', or 'same' for zeros around.
    Shapes (…, h, w, c) → (…, rows, columns, size₀·size₁·c). Raises TypeError for another size.

    >>> import numpy as np
    >>> extract_patches(np.ones((4, 6, 3)), 2).shape
    (2, 3, 12)
    """
    several = isinstance(size, list | tuple)
    if not several and (isinstance(size, bool) or not isinstance(size, int | np.integer)):
        raise TypeError(f"Expected an int or a tuple; extract_patches received size={size!r}.")
    if several and len(size) not in (2, 3):
        raise ValueError(
            f"Expected a tuple of length 2 or 3; extract_patches received size={size!r}."
        )
    axes = len(size) if several else 2
    return _patches(
        images, size, strides, dilation_rate, padding, data_format, axes, "extract_patches"
    )


def extract_patches_3d(
    volumes: Any, size: Any, strides: Any = None, dilation_rate: Any = 1, padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """All windows of volumes, as `extract_patches` has those of images.

    Shapes (…, d, h, w, c) → (…, layers, rows, columns, size₀·size₁·size₂·c).

    >>> import numpy as np
    >>> extract_patches_3d(np.ones((4, 4, 6, 3)), 2).shape
    (2, 2, 3, 24)
    """
    return _patches(
        volumes, size, strides, dilation_rate, padding, data_format, 3, "extract_patches_3d"
    )


SLOPES = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])  # along the columns


def sobel_edges(images: Any, data_format: str | None = None) -> Tensor:
    """How every channel of images changes down and across, smoothed, zeros outside.

    Shapes (…, h, w, c) → (…, h, w, c, 2): (∂y, ∂x). Whole numbers become float32.

    >>> import numpy as np
    >>> x = np.tile(np.arange(3.0), (3, 1))[:, :, None]
    >>> sobel_edges(x)[1, 1, 0].tolist()
    [0.0, 8.0]
    """
    x, closed = opened(images, data_format, "sobel_edges")
    y = floats(x)
    found = []
    for weights in (SLOPES.T, SLOPES):
        kernel = np.broadcast_to(weights[:, :, None, None], (3, 3, x.shape[-1], 1))
        edges = ops.depthwise_conv(y, wrap(kernel.astype(y.dtype)), padding="same")
        found.append(closed(edges))
    return ops.stack(found, axis=-1)


__all__ = ["extract_patches", "extract_patches_3d", "gaussian_blur", "sobel_edges"]
