"""Cropping: a window of each image, its middle or one that is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.checks import whole
from autograd_nn.nn.images.boxes import crop
from autograd_nn.nn.images.boxes.formats import joined, parts_of
from autograd_nn.nn.images.sizing import fit_images, fitted_window
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.image.base import Drawing, Placing
from autograd_nn.nn.registry import named


class _Window(Placing):
    """The base: a window of images, ``height`` × ``width`` pixels large."""

    height: int
    width: int
    still = False

    def sizes_after(self, height: int, width: int) -> tuple[int, int]:
        return self.height, self.width

    def placed(self, images: Tensor, drawn: Any, interpolation: str | None = None) -> Tensor:
        size = (self.height, self.width)
        return fit_images(images, size, interpolation or "bilinear", self.data_format)

    def boxes_placed(self, boxes: Tensor, drawn: Any) -> Tensor:
        height, width = (drawn["input_shape"][axis] for axis in self.axes)
        top, left, rows, columns = fitted_window(height, width, self.height, self.width)
        x0, y0, x1, y1 = parts_of(crop(boxes, top, left, rows, columns))
        wide, high = self.width / columns, self.height / rows
        return joined([x0 * wide, y0 * high, x1 * wide, y1 * high])

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.resized(input_shape, self.height, self.width)


@named()
class CenterCrop(_Window):
    """The middle of images; where they are too small, their largest such window, resized.

    height, width   of the result.
    Shapes (n, h, w, c) → (n, height, width, c). Raises ValueError for sizes below 1.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.CenterCrop(1, 2)(np.arange(4.0).reshape(1, 1, 4, 1)).numpy().ravel().tolist()
    [1.0, 2.0]
    """

    _samplewise = True

    def __init__(
        self, height: int, width: int, data_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(data_format, **options)
        self.height, self.width = whole(height, "height", 1), whole(width, "width", 1)


@named()
class RandomCrop(Drawing, _Window):
    """A window of images at a place drawn for the batch; otherwise what `CenterCrop` gives.

    height, width   of the result, also with ``training=False`` and of images that are too small.
    Shapes (n, h, w, c) → (n, height, width, c). Raises ValueError for sizes below 1.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.RandomCrop(3, 2)(np.ones((1, 8, 8, 1))).shape
    (1, 3, 2, 1)
    """

    def __init__(
        self,
        height: int,
        width: int,
        seed: int | None = None,
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.height, self.width = whole(height, "height", 1), whole(width, "width", 1)

    def get_random_transformation(
        self, data: Any, training: bool = True, seed: Any = None
    ) -> dict[str, Any] | None:
        found = super().get_random_transformation(data, True, seed)
        return found if training or found is None else {"input_shape": found["input_shape"]}

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        room = [sizes[a] - n for a, n in zip(self.axes, (self.height, self.width), strict=True)]
        if min(room) < 0:
            return {}
        return {
            name: draws.randint(0, free + 1) if free else 0
            for name, free in zip(("top", "left"), room, strict=True)
        }

    def placed(self, images: Tensor, drawn: Any, interpolation: str | None = None) -> Tensor:
        if "top" not in drawn:
            return super().placed(images, drawn, interpolation)
        starts, counts = (drawn["top"], drawn["left"]), (self.height, self.width)
        for axis, n, start in zip(self.axes, counts, starts, strict=True):
            if images.shape[axis] != n:
                images = ops.take(images, ops.add(start, wrap(np.arange(n))), axis=axis)
        return images

    def boxes_placed(self, boxes: Tensor, drawn: Any) -> Tensor:
        if "top" not in drawn:
            return super().boxes_placed(boxes, drawn)
        return crop(boxes, drawn["top"], drawn["left"], self.height, self.width)
