"""Initializers that draw each entry by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import number
from autograd_nn.nn.initializers.base import RandomInitializer
from autograd_nn.nn.registry import named


@named("uniform")
class RandomUniform(RandomInitializer):
    """Evenly spread over [minval, maxval).

    >>> from autograd_nn import nn
    >>> float(abs(nn.initializers.RandomUniform()((1000,))).max()) <= 0.05
    True
    """

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: Any = None
    ) -> None:
        super().__init__(seed)
        self.minval = number(minval, "minval", "RandomUniform")
        self.maxval = number(maxval, "maxval", "RandomUniform", least=minval)

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        return self.generator().uniform(shape, self.minval, self.maxval, dtype)


@named("normal")
class RandomNormal(RandomInitializer):
    """Normal, of the given mean and standard deviation.

    >>> from autograd_nn import nn
    >>> nn.initializers.RandomNormal(stddev=0.1)((2, 3)).shape
    (2, 3)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: Any = None) -> None:
        super().__init__(seed)
        self.mean = number(mean, "mean", type(self).__name__)
        self.stddev = number(stddev, "stddev", type(self).__name__, least=0)

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        return self.generator().normal(shape, self.mean, self.stddev, dtype)


@named()
class TruncatedNormal(RandomNormal):
    """Normal, restricted to two standard deviations either side of the mean.

    >>> from autograd_nn import nn
    >>> float(abs(nn.initializers.TruncatedNormal()((1000,))).max()) <= 0.1001
    True
    """

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        return self.generator().truncated_normal(shape, self.mean, self.stddev, dtype)
