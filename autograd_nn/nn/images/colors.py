"""Colors of images: red, green, blue; hue, saturation, value; gray."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.engine.halves import finfo, kind_of
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.images.axes import opened

LUMA = (0.2989, 0.5870, 0.1140)  # of red, green, blue, as eyes weigh them (ITU-R BT.601)


class ImageDTypeError(DTypeError, ValueError):
    """Images of whole numbers, where shares from 0 to 1 were expected."""


def _planes(images: Any, data_format: str | None, where: str, floating: bool = True) -> Any:
    """Three channels, each (n, h, w), and what gives a result the axes they came with."""
    x, closed = opened(images, data_format, where)
    if x.shape[-1] != 3:
        raise ShapeError(
            f"Input images must have 3 channels, but received images with {x.shape[-1]} channels. "
            f"Is data_format right? ({where})"
        )
    if floating and kind_of(x.dtype) != "f":
        raise ImageDTypeError(
            f"Invalid images dtype: expected float dtype. {where} received {x.dtype}; divide by "
            "255 what counts up to it."
        )
    return [x[..., i] for i in range(3)], x, closed


def rgb_to_grayscale(images: Any, data_format: str | None = None) -> Tensor:
    """One channel, 0.2989 red + 0.5870 green + 0.1140 blue.

    Shapes (…, h, w, 3) → (…, h, w, 1). Images of one channel stay as they are.

    >>> import numpy as np
    >>> rgb_to_grayscale(np.ones((1, 1, 3))).numpy().round(4).tolist()
    [[[0.9999]]]
    """
    x, closed = opened(images, data_format, "rgb_to_grayscale")
    if x.shape[-1] == 1:
        return closed(x)
    if x.shape[-1] != 3:
        raise ShapeError(
            "Invalid channel size: expected 3 (RGB) or 1 (Grayscale). rgb_to_grayscale received "
            f"images of {x.shape[-1]} channels. Is data_format right?"
        )
    _, x, closed = _planes(images, data_format, "rgb_to_grayscale", floating=False)
    dtype = x.dtype if kind_of(x.dtype) == "f" else np.dtype("float32")
    gray = ops.matmul(ops.astype(x, dtype=dtype), wrap(np.array(LUMA, dtype)[:, None]))
    return closed(ops.astype(gray, dtype=x.dtype))


def rgb_to_hsv(images: Any, data_format: str | None = None) -> Tensor:
    """Hue, saturation and value of red, green and blue from 0 to 1, each from 0 to 1.

    v = max, s = (max - min)/max, h a sixth of where the largest stands and how the others differ.
    Shapes (…, h, w, 3) → the same. Source: Smith, "Color gamut transform pairs" (1978).

    >>> rgb_to_hsv([[[0.0, 1.0, 0.0]]]).numpy().round(3).tolist()
    [[[0.333, 1.0, 1.0]]]
    """
    _, x, closed = _planes(images, data_format, "rgb_to_hsv")
    x = ops.where(ops.less(ops.absolute(x), finfo(x.dtype).eps), 0, x)
    r, g, b = (x[..., i] for i in range(3))
    v = ops.maximum(ops.maximum(r, g), b)
    span = v - ops.minimum(ops.minimum(r, g), b)
    colored = ops.greater(span, 0)
    s = ops.where(ops.greater(v, 0), span / ops.where(ops.greater(v, 0), v, 1), 0)
    sixth = 1 / (6 * ops.where(colored, span, 1))
    h = ops.where(ops.equal(v, g), sixth * (b - r) + 2 / 6, sixth * (r - g) + 4 / 6)
    h = ops.where(ops.equal(v, r), sixth * (g - b), h)
    h = ops.where(colored, ops.where(ops.less(h, 0), h + 1, h), 0)
    return closed(ops.stack([h, s, v], axis=-1))


def hsv_to_rgb(images: Any, data_format: str | None = None) -> Tensor:
    """Red, green and blue of hue, saturation and value: `rgb_to_hsv`'s inverse.

    Shapes (…, h, w, 3) → the same.

    >>> hsv_to_rgb([[[0.5, 1.0, 1.0]]]).tolist()
    [[[0.0, 1.0, 1.0]]]
    """
    (h, s, v), _, closed = _planes(images, data_format, "hsv_to_rgb")
    d = (h % 1.0) * 6
    shares = (ops.absolute(d - 3) - 1, 2 - ops.absolute(d - 2), 2 - ops.absolute(d - 4))
    return closed(ops.stack([v * (1 - s + s * ops.clip(c, 0, 1)) for c in shares], axis=-1))


__all__ = ["hsv_to_rgb", "rgb_to_grayscale", "rgb_to_hsv"]
