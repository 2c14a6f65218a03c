"""Flipping: images mirrored at random."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.images.axes import one_of
from autograd_nn.nn.layers.image.base import RandomImages
from autograd_nn.nn.registry import named

MODES = ("horizontal", "vertical", "horizontal_and_vertical")


@named()
class RandomFlip(RandomImages):
    """Every second image or so mirrored, left to right, upside down, or either by a draw each.

    mode   'horizontal', 'vertical' or 'horizontal_and_vertical'.
    Shapes (n, h, w, c) → the same. Raises ValueError for another mode.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> y = nn.layers.RandomFlip("horizontal", seed=0)(np.arange(3.0).reshape(1, 1, 3, 1))
    >>> y.numpy().ravel().tolist() in ([0.0, 1.0, 2.0], [2.0, 1.0, 0.0])
    True
    """

    def __init__(
        self,
        mode: str = "horizontal_and_vertical",
        seed: int | None = None,
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(seed, data_format, **options)
        self.mode = one_of(mode, MODES, "mode", "RandomFlip")

    def changed(self, images: Tensor) -> Tensor:
        rows, columns = self.axes
        for axis, way in ((columns, "horizontal"), (rows, "vertical")):
            if way in self.mode:
                turned = ops.less(self.uniform(images, 0, 1), 0.5)
                images = ops.where(turned, ops.flip(images, axis=axis), images)
        return images
