"""Resizing: images of as many rows and columns as a net was made for."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import whole
from autograd_nn.nn.images.axes import one_of
from autograd_nn.nn.images.sizing import INTERPOLATIONS, resize
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.image.base import Images
from autograd_nn.nn.registry import named


def as_before(y: Tensor, x: Tensor) -> Tensor:
    """In x's dtype; what does not fit into whole numbers becomes the nearest that does."""
    if y.dtype == x.dtype:
        return y
    ends = np.iinfo(x.dtype) if x.dtype.kind in "iu" else np.iinfo("int8")
    low, high = (0, 1) if x.dtype.kind == "b" else (ends.min, ends.max)
    return ops.astype(ops.clip(ops.round(y), low, high), dtype=x.dtype)


@named()
class Resizing(Images):
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

    samplewise = True
    casts_integers = False

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

    def call(self, inputs: Tensor) -> Tensor:
        y = resize(
            inputs, (self.height, self.width), self.interpolation, self.antialias,
            self.crop_to_aspect_ratio, self.pad_to_aspect_ratio, self.fill_mode, self.fill_value,
            self.data_format,
        )  # fmt: skip
        return as_before(y, inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.resized(input_shape, self.height, self.width)
