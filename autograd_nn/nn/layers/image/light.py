"""Light: images made brighter or darker, or with more or less contrast, at random."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layers.image.base import RandomImages, interval
from autograd_nn.nn.registry import named


class _Light(RandomImages):
    """The base of what changes colors within the ``value_range`` of the images' numbers."""

    def __init__(
        self, value_range: Any = (0, 255), seed: int | None = None, data_format: str | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(seed, data_format, **options)
        where = type(self).__name__
        known = isinstance(value_range, list | tuple) and len(value_range) == 2
        if not known or not all(isinstance(v, int | float) for v in value_range):
            raise ValueError(
                f"{where} received value_range={value_range!r}; expected two numbers, the least "
                "and the largest an image holds."
            )
        self.value_range = tuple(sorted(value_range))


@named()
class RandomBrightness(_Light):
    """Every image plus a number of its own, f·(high - low), within the value range.

    factor        f is drawn between these two, or between -factor and factor; from -1 to 1.
    value_range   (low, high) of the images' numbers, to which the result is clipped.
    Shapes (n, h, w, c) → the same. Raises ValueError for a factor beyond.

    >>> from autograd_nn import nn
    >>> nn.layers.RandomBrightness((0.5, 0.5), value_range=(0, 1))([[[[0.25, 0.75]]]])
    Tensor([[[[0.75, 1.  ]]]], dtype=float32)
    """

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **options: Any
    ) -> None:
        super().__init__(value_range, seed, **options)
        self.factor = interval(factor, "factor", "RandomBrightness", -1)

    def changed(self, images: Tensor) -> Tensor:
        low, high = self.value_range
        shift = self.uniform(images, *self.factor) * (high - low)
        return ops.clip(images + shift, low, high)


@named()
class RandomContrast(_Light):
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

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), seed: int | None = None, **options: Any
    ) -> None:
        super().__init__(value_range, seed, **options)
        self.factor = interval(factor, "factor", "RandomContrast", 0, both=True)

    def changed(self, images: Tensor) -> Tensor:
        lower, upper = self.factor
        mean = ops.mean(images, axis=self.axes, keepdims=True)
        y = (images - mean) * self.uniform(images, 1 - lower, 1 + upper) + mean
        return ops.clip(y, *self.value_range)
