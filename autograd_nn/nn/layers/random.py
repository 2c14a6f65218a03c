"""What layers that draw at random while training share: a rate or spread, and a generator."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.random import SeedGenerator


def fraction(value: Any, name: str, where: str) -> float:
    """A number from 0 to 1; raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(f"{where} received {name}={value!r}; expected a number from 0 to 1.")
    return value


class RandomLayer(Layer):
    """The base: y = x outside of training, else what ``disturbed`` makes of it.

    seed   makes this layer's draws repeat from run to run.
    """

    supports_masking = _stateless = True

    def __init__(self, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    @property
    def amount(self) -> float:
        """How much is drawn: nothing where it is 0."""
        raise NotImplementedError

    def disturbed(self, inputs: Tensor) -> Tensor:
        """The input with what was drawn."""
        raise NotImplementedError

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        return self.disturbed(inputs) if training and self.amount > 0 else inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)


def noise_shape_of(value: Any, where: str) -> Any:
    """A mask's shape, as a tuple; raises ValueError for anything but sizes and None."""
    whole = isinstance(value, list | tuple) and all(
        n is None or (isinstance(n, int | np.integer) and not isinstance(n, bool) and n > 0)
        for n in value
    )
    if value is not None and not whole:
        raise ValueError(
            f"{where} received noise_shape={value!r}; expected sizes, None where the mask's is the "
            "input's, as in (None, 1)."
        )
    return value if value is None else tuple(value)


def mask_shape(noise_shape: Any, shape: tuple[int, ...], name: str) -> tuple[int, ...]:
    """The mask's shape for an input's: the input's where it is not said."""
    if noise_shape is None:
        return shape
    if len(noise_shape) != len(shape):
        raise ShapeError(
            f"layer {name!r} received an input of shape {shape}; expected {len(noise_shape)} "
            f"dimensions, as in noise_shape={noise_shape}."
        )
    return tuple(n if m is None else m for m, n in zip(noise_shape, shape, strict=True))
