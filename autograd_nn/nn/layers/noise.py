"""Gaussian noise: numbers added to, or multiplied with, every entry while training."""

from __future__ import annotations

import math
from typing import Any

from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layers.random import RandomLayer, fraction
from autograd_nn.nn.registry import named


@named()
class GaussianNoise(RandomLayer):
    """Adds normal noise while training, y = x + ε with ε ~ N(0, stddev²).

    stddev   from 0 to 1.
    Shapes (n, …) → (n, …). Raises ValueError for a stddev outside [0, 1].

    >>> from autograd_nn import nn
    >>> nn.layers.GaussianNoise(0.5)([[1.0, 2.0]])
    Tensor([[1., 2.]], dtype=float32)
    """

    def __init__(self, stddev: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(seed, **options)
        self.stddev = fraction(stddev, "stddev", "GaussianNoise")

    @property
    def amount(self) -> float:
        return self.stddev

    def disturbed(self, inputs: Tensor) -> Tensor:
        return inputs + self.seed_generator.normal(inputs.shape, 0.0, self.stddev, inputs.dtype)


@named()
class GaussianDropout(RandomLayer):
    """Multiplies by normal noise while training, y = x·ε with ε ~ N(1, rate / (1 - rate)).

    rate   from 0 up to 1: the noise has the mean and variance of dropout's of this rate.
    Shapes (n, …) → (n, …). Raises ValueError for a rate outside [0, 1).
    Source: Srivastava et al., "Dropout: a simple way to prevent overfitting" (2014), section 10.

    >>> from autograd_nn import nn
    >>> nn.layers.GaussianDropout(0.5)([[1.0, 2.0]])
    Tensor([[1., 2.]], dtype=float32)
    """

    def __init__(self, rate: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(seed, **options)
        self.rate = fraction(rate, "rate", "GaussianDropout")
        if rate == 1:
            raise ValueError(
                "GaussianDropout received rate=1, noise of infinite variance; expected a number "
                "below 1."
            )

    @property
    def amount(self) -> float:
        return self.rate

    def disturbed(self, inputs: Tensor) -> Tensor:
        spread = math.sqrt(self.rate / (1 - self.rate))
        return inputs * self.seed_generator.normal(inputs.shape, 1.0, spread, inputs.dtype)
