"""Cropping: a window of each image, its middle or one that is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.checks import whole
from autograd_nn.nn.images.sizing import fit_images
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.image.base import Images, RandomImages
from autograd_nn.nn.registry import named


@named()
class CenterCrop(Images):
    """The middle of images; where they are too small, their largest such window, resized.

    height, width   of the result.
    Shapes (n, h, w, c) → (n, height, width, c). Raises ValueError for sizes below 1.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.CenterCrop(1, 2)(np.arange(4.0).reshape(1, 1, 4, 1)).numpy().ravel().tolist()
    [1.0, 2.0]
    """

    samplewise = True

    def __init__(
        self, height: int, width: int, data_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(data_format, **options)
        self.height, self.width = whole(height, "height", 1), whole(width, "width", 1)

    def call(self, inputs: Tensor) -> Tensor:
        return fit_images(inputs, (self.height, self.width), data_format=self.data_format)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.resized(input_shape, self.height, self.width)


@named()
class RandomCrop(RandomImages):
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

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        room = [inputs.shape[a] - n
                for a, n in zip(self.axes, (self.height, self.width), strict=True)]  # fmt: skip
        if training is False or min(room) < 0:
            return fit_images(inputs, (self.height, self.width), data_format=self.data_format)
        for axis, n, free in zip(self.axes, (self.height, self.width), room, strict=True):
            if free:
                start = self.seed_generator.randint(0, free + 1)
                places = ops.add(start, wrap(np.arange(n)))
                inputs = ops.take(inputs, places, axis=axis)
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.resized(input_shape, self.height, self.width)
