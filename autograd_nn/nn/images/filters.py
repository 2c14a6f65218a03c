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


def extract_patches(
    images: Any, size: Any, strides: Any = None, dilation_rate: Any = 1, padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """All windows of images, the pixels of each in a row: what a kernel of a convolution sees.

    size      of a window, one number or (rows, columns); strides: how far they are apart, a size.
    padding   'valid', or 'same' for zeros around.
    Shapes (…, h, w, c) → (…, rows, columns, size₀·size₁·c).

    >>> import numpy as np
    >>> extract_patches(np.ones((4, 6, 3)), 2).shape
    (2, 3, 12)
    """
    x, closed = opened(images, data_format, "extract_patches")
    steps = size if strides is None else strides
    found = padded_windows(x, size, steps, padding, dilation_rate, (1, 2))
    found = ops.moveaxis(found, 3, -1)
    return closed(ops.reshape(found, shape=(*found.shape[:3], -1)))


__all__ = ["extract_patches", "gaussian_blur"]
