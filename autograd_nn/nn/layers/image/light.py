"""Light: images made brighter or darker, or with more or less contrast, at random."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layers.image.base import Ranged, per_image
from autograd_nn.nn.registry import named


@named()
class RandomBrightness(Ranged):
    """Every image plus a number of its own, f·(high - low), within the value range.

    factor        f is drawn between these two, or between -factor and factor; from -1 to 1.
    value_range   (low, high) of the images' numbers, to which the result is clipped.
    Shapes (n, h, w, c) → the same. Raises ValueError for a factor beyond.

    >>> from autograd_nn import nn
    >>> nn.layers.RandomBrightness((0.5, 0.5), value_range=(0, 1))([[[[0.25, 0.75]]]])
    Tensor([[[[0.75, 1.  ]]]], dtype=float32)
    """

    _between = {"factor": {"low": -1}}

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **options: Any
    ) -> None:
        super().__init__(value_range, seed, **options)
        self.factor = factor

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        low, high = self.value_range
        return {"rgb_delta": self.number(sizes, draws, *self.factor) * (high - low)}

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        return ops.clip(images + per_image(drawn["rgb_delta"], images.dtype), *self.value_range)


@named()
class RandomContrast(Ranged):
    """Every image's distance from the mean of each channel times a number, y = (x - x̄)·f + x̄.

    factor        (lower, upper), or one number for both: f is drawn from [1 - lower, 1 + upper].
    value_range   (low, high) of the images' numbers, to which the result is clipped.
    Shapes (n, h, w, c) → the same. Raises ValueError for a factor outside [0, 1].

    >>> from autograd_nn import nn
    >>> x = [[[[0.25], [0.75]]]]
    >>> y = nn.layers.RandomContrast((0.0, 1.0), value_range=(0, 1), seed=0)(x)
    >>> bool((abs(y - 0.5) >= 0.25).all())
    True
    """

    _between = {"factor": {"low": 0, "both": True}}

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **options: Any
    ) -> None:
        super().__init__(value_range, seed, **options)
        self.factor = factor

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        lower, upper = self.factor
        return {"contrast_factor": self.number(sizes, draws, 1 - lower, 1 + upper)}

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        mean = ops.mean(images, axis=self.axes, keepdims=True)
        y = (images - mean) * per_image(drawn["contrast_factor"], images.dtype) + mean
        return ops.clip(y, *self.value_range)
