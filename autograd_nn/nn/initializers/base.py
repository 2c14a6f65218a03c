"""Initializer: what a weight is filled with, from its shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_nn.engine.random import Generator
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import whole
from autograd_nn.nn.configurable import Configurable
from autograd_nn.nn.random import generator_of
from autograd_nn.nn.registry import family, find


@family("initializer")
class Initializer(Configurable):
    """The base: ``initializer(shape, dtype)`` gives a Tensor.

    >>> from autograd_nn import nn
    >>> nn.initializers.Ones()((2,))
    Tensor([1., 1.], dtype=float32)
    """

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} defines no __call__(shape, dtype).")


class RandomInitializer(Initializer):
    """The base of random ones: a seed gives the same values each time, None new ones.

    seed   an integer from 0, None, or an `nn.random.SeedGenerator`, of which each call draws on.
    """

    def __init__(self, seed: Any = None) -> None:
        if isinstance(seed, dict):  # a generator's configuration
            seed = find(seed, "seed_generator")
        if seed is not None and not isinstance(seed, Generator):
            whole(seed, "seed", 0)
        self.seed = seed

    def generator(self) -> Generator:
        """Where the draws of one call come from."""
        return generator_of(self.seed)
