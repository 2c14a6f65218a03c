"""Resizing: images of as many rows and columns as a net was made for."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.checks import whole
from autograd_nn.nn.images.axes import one_of
from autograd_nn.nn.images.boxes.formats import joined, parts_of
from autograd_nn.nn.images.sizing import INTERPOLATIONS, border, resize, window
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.image.base import Placing
from autograd_nn.nn.registry import named


def as_before(y: Tensor, x: Tensor) -> Tensor:
    """In x's dtype; what does not fit into whole numbers becomes the nearest that does."""
    if y.dtype == x.dtype:
        return y
    ends = np.iinfo(x.dtype) if x.dtype.kind in "iu" else np.iinfo("int8")
    low, high = (0, 1) if x.dtype.kind == "b" else (ends.min, ends.max)
    return ops.astype(ops.clip(ops.round(y), low, high), dtype=x.dtype)


@named()
class Resizing(Placing):
    """Images of another size, read at places spread evenly over them.

    height, width          of the result.
    interpolation          'nearest', 'bilinear', 'bicubic', 'lanczos3' or 'lanczos5'.
    crop_to_aspect_ratio   takes the largest window in the middle of the new aspect ratio first;
    pad_to_aspect_ratio    puts a border of ``fill_value`` around to reach it; ``fill_mode`` is
                           'constant'.
    antialias              whether fewer places weigh all pixels between them.
    Shapes (n, h, w, c) → (n, height, width, c). Whole numbers stay such, rounded.
    Raises ValueError for options that are unknown or exclude each other.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.Resizing(2, 3)(np.ones((1, 8, 8, 1))).shape
    (1, 2, 3, 1)
    """

    _samplewise = True
    still = _casts_integers = False

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(data_format, **options)
        self.height, self.width = whole(height, "height", 1), whole(width, "width", 1)
        self.interpolation = one_of(interpolation, INTERPOLATIONS, "interpolation", "Resizing")
        if crop_to_aspect_ratio and pad_to_aspect_ratio:
            raise ValueError(
                "Resizing received crop_to_aspect_ratio and pad_to_aspect_ratio; expected one of "
                "them at most."
            )
        self.crop_to_aspect_ratio = crop_to_aspect_ratio
        self.pad_to_aspect_ratio = pad_to_aspect_ratio
        self.fill_mode = one_of(fill_mode, ("constant",), "fill_mode", "Resizing")
        self.fill_value = fill_value
        self.antialias = bool(antialias)

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        images = as_tensor(images)
        return as_before(self.placed(images, transformation), images)

    def placed(self, images: Tensor, drawn: Any, interpolation: str | None = None) -> Tensor:
        return resize(
            images, (self.height, self.width), interpolation or self.interpolation,
            self.antialias and interpolation is None, self.crop_to_aspect_ratio,
            self.pad_to_aspect_ratio, self.fill_mode, self.fill_value, self.data_format,
        )  # fmt: skip

    def sizes_after(self, height: int, width: int) -> tuple[int, int]:
        return self.height, self.width

    def boxes_placed(self, boxes: Tensor, drawn: Any) -> Tensor:
        h, w = (drawn["input_shape"][axis] for axis in self.axes)
        top = left = 0
        if self.crop_to_aspect_ratio:
            top, left, h, w = window(h, w, self.height, self.width)
        elif self.pad_to_aspect_ratio:
            top, left = (-n for n in border(h, w, self.height, self.width))
            h, w = h - 2 * top, w - 2 * left
        wide, high = self.width / w, self.height / h
        x0, y0, x1, y1 = parts_of(boxes)
        return joined([(x0 - left) * wide, (y0 - top) * high,
                       (x1 - left) * wide, (y1 - top) * high])  # fmt: skip

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.resized(input_shape, self.height, self.width)
