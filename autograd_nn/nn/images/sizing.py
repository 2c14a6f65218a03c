"""Images of other sizes: resized, cropped, padded, or fitted whole into another shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.ops.resizing import METHODS
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.images.axes import floats, one_of, opened

INTERPOLATIONS = ("nearest", *METHODS)


def _size(size: Any, where: str) -> tuple[int, int]:
    if not isinstance(size, list | tuple) or len(size) != 2:
        raise ValueError(f"{where} received size={size!r}; expected (height, width).")
    if not all(isinstance(n, int | np.integer) and n > 0 for n in size):
        raise ValueError(f"`size` must have positive height and width; {where} received {size!r}.")
    return int(size[0]), int(size[1])


def _inner(h: int, w: int, height: int, width: int) -> tuple[int, int]:
    """The largest window of an image of h × w with the aspect ratio of height × width."""
    return max(min(h, w * height // width), 1), max(min(w, h * width // height), 1)


def window(h: int, w: int, height: int, width: int) -> tuple[int, int, int, int]:
    """That window in the middle: its first row and column, and its sizes."""
    rows, columns = _inner(h, w, height, width)
    return (h - rows) // 2, (w - columns) // 2, rows, columns


def border(h: int, w: int, height: int, width: int) -> tuple[int, int]:
    """How many rows above and columns before an image give it an aspect ratio, at most one > 0."""
    top = (max(h, w * height // width) - h) // 2
    return top, 0 if top else (max(w, h * width // height) - w) // 2


def resize(
    images: Any, size: Any, interpolation: str = "bilinear", antialias: bool = False,
    crop_to_aspect_ratio: bool = False, pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant", fill_value: float = 0.0, data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Images of another size, read at places spread evenly over them (`ops.resize` each axis).

    size                   (height, width).
    interpolation          'nearest', 'bilinear', 'bicubic', 'lanczos3' or 'lanczos5'.
    antialias              whether fewer places weigh all pixels between them.
    crop_to_aspect_ratio   takes the largest window in the middle of the new aspect ratio first;
    pad_to_aspect_ratio    puts a border of ``fill_value`` around to reach it.
    Shapes (…, h, w, c) → (…, height, width, c). Whole numbers become float32, but for 'nearest'.
    Raises ValueError for options that are unknown or exclude each other, ShapeError for other
    numbers of dimensions.

    >>> import numpy as np
    >>> resize(np.ones((4, 6, 3)), (2, 2), crop_to_aspect_ratio=True).shape
    (2, 2, 3)
    """
    one_of(interpolation, INTERPOLATIONS, "interpolation", "resize")
    one_of(fill_mode, ("constant",), "fill_mode", "resize")
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError(
            "resize received crop_to_aspect_ratio and pad_to_aspect_ratio; expected one of them at "
            "most."
        )
    x, closed = opened(images, data_format, "resize")
    height, width = _size(size, "resize")
    h, w = x.shape[1:3]
    if crop_to_aspect_ratio:
        top, left, inner_h, inner_w = window(h, w, height, width)
        x = x[:, top : top + inner_h, left : left + inner_w]
    elif pad_to_aspect_ratio:
        top, left = border(h, w, height, width)
        x = ops.pad(x, [(0, 0), (top, top), (left, left), (0, 0)], constant_values=fill_value)
    if interpolation != "nearest":
        x = floats(x)
    for axis, n in ((1, height), (2, width)):
        if x.shape[axis] != n:
            x = ops.resize(x, n, axis, interpolation, antialias)
    return closed(x)


def fitted_window(h: int, w: int, height: int, width: int) -> tuple[int, int, int, int]:
    """Which window of h × w pixels `fit_images` takes: its first row and column, and its sizes."""
    if h >= height and w >= width:
        return (h - height) // 2, (w - width) // 2, height, width
    return window(h, w, height, width)


def fit_images(
    images: Any, size: Any, interpolation: str = "bilinear", data_format: str | None = None
) -> Tensor:
    """The middle of images in another size: cut out where they are larger, else resized.

    Shapes (…, h, w, c) → (…, height, width, c).

    >>> import numpy as np
    >>> fit_images(np.arange(5.0).reshape(1, 5, 1), (1, 3)).numpy().ravel().tolist()
    [1.0, 2.0, 3.0]
    """
    x, closed = opened(images, data_format, "fit_images")
    height, width = _size(size, "fit_images")
    top, left, rows, columns = fitted_window(x.shape[1], x.shape[2], height, width)
    x = x[:, top : top + rows, left : left + columns]
    return closed(resize(x, (height, width), interpolation))


def _settled(before: Any, after: Any, target: Any, n: int, sign: int, names: Any) -> tuple:
    """The borders of an axis of n entries, of which two of three numbers are given."""
    given = dict(zip(names, (before, after, target), strict=True))
    if [before, after, target].count(None) != 1:
        raise ValueError(f"Must specify exactly two of {', '.join(names)}. Received: {given}")
    if target is None:
        target = n + sign * (before + after)
    rest = sign * (target - n)
    before = rest - after if before is None else before
    after = rest - before if after is None else after
    for name, value in zip(names, (before, after, target), strict=True):
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise TypeError(f"received {name}={value!r}; expected a whole number.")
        if value < 0 or (value == 0 and name.startswith("target")):
            raise ShapeError(
                f"{name} must be >= 0 and something left; received {given} for an axis of {n} "
                f"entries, which makes it {value}."
            )
    return before, after


def pad_images(
    images: Any, top_padding: int | None = None, left_padding: int | None = None,
    bottom_padding: int | None = None, right_padding: int | None = None,
    target_height: int | None = None, target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Images with zeros around, two of each axis's three numbers given.

    >>> import numpy as np
    >>> pad_images(np.ones((2, 3, 1)), 1, 0, target_height=4, target_width=5).shape
    (4, 5, 1)
    """
    x, closed = opened(images, data_format, "pad_images")
    rows = _settled(top_padding, bottom_padding, target_height, x.shape[1], 1,
                    ("top_padding", "bottom_padding", "target_height"))  # fmt: skip
    columns = _settled(left_padding, right_padding, target_width, x.shape[2], 1,
                       ("left_padding", "right_padding", "target_width"))  # fmt: skip
    return closed(ops.pad(x, [(0, 0), rows, columns, (0, 0)]))


def crop_images(
    images: Any, top_cropping: int | None = None, left_cropping: int | None = None,
    bottom_cropping: int | None = None, right_cropping: int | None = None,
    target_height: int | None = None, target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Images without their borders, two of each axis's three numbers given.

    >>> import numpy as np
    >>> crop_images(np.ones((4, 5, 1)), 1, 0, target_height=2, target_width=5).shape
    (2, 5, 1)
    """
    x, closed = opened(images, data_format, "crop_images")
    h, w = x.shape[1:3]
    top, bottom = _settled(top_cropping, bottom_cropping, target_height, h, -1,
                           ("top_cropping", "bottom_cropping", "target_height"))  # fmt: skip
    left, right = _settled(left_cropping, right_cropping, target_width, w, -1,
                           ("left_cropping", "right_cropping", "target_width"))  # fmt: skip
    return closed(x[:, top : h - bottom, left : w - right])


__all__ = ["crop_images", "fit_images", "pad_images", "resize"]
