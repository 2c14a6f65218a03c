"""Flipping: images mirrored at random."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.images.axes import one_of
from autograd_nn.nn.images.boxes.formats import joined, parts_of
from autograd_nn.nn.layers.image.base import Drawing, Placing, per_image
from autograd_nn.nn.registry import named

MODES = ("horizontal", "vertical", "horizontal_and_vertical")


@named()
class RandomFlip(Drawing, Placing):
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

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        ways = ("flips", "flips_down") if self.mode == MODES[2] else ("flips",)
        return {name: self.chosen(sizes, draws, 0.5, 0.5) for name in ways}

    def _turns(self, drawn: Any) -> list[tuple[int, Any]]:
        """Which axes are mirrored, rows 0 and columns 1, and where."""
        across, down = drawn["flips"], drawn.get("flips_down", drawn["flips"])
        sides = ((1, "horizontal", across), (0, "vertical", down))
        return [(axis, per_image(flips)) for axis, way, flips in sides if way in self.mode]

    def placed(self, images: Tensor, drawn: Any, interpolation: str | None = None) -> Tensor:
        for axis, turned in self._turns(drawn):
            images = ops.where(turned, ops.flip(images, axis=self.axes[axis]), images)
        return images

    def boxes_placed(self, boxes: Tensor, drawn: Any) -> Tensor:
        for axis, turned in self._turns(drawn):
            n = drawn["input_shape"][self.axes[axis]]
            x0, y0, x1, y1 = parts_of(boxes)
            mirrored = joined([n - x1, y0, n - x0, y1] if axis else [x0, n - y1, x1, n - y0])
            turned = turned[..., 0] if boxes.ndim == 3 else turned[0, 0, 0]
            boxes = ops.where(turned, mirrored, boxes)
        return boxes
