"""Dropout: entries set to zero at random while training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.random import Generator, default_generator
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.registry import named


@named()
class Dropout(Layer):
    """Zeroes each entry with probability ``rate`` while training, y = m·x / (1 - rate).

    noise_shape   the mask's shape, None where it follows the input's.
    seed          makes this layer's masks repeat from run to run.
    Shapes (n, …) → (n, …). Raises ValueError for a rate outside [0, 1].
    Source: Srivastava et al., "Dropout: a simple way to prevent overfitting" (2014).

    >>> from autograd_nn import nn
    >>> nn.layers.Dropout(0.5)([[1.0, 2.0]])
    Tensor([[1., 2.]], dtype=float32)
    """

    supports_masking = True

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
            raise ValueError(
                f"Dropout received rate={rate!r}; expected a number from 0 to 1, the share of "
                "entries that is dropped."
            )
        whole = isinstance(noise_shape, list | tuple) and all(
            n is None or (isinstance(n, int | np.integer) and n > 0) for n in noise_shape
        )
        if noise_shape is not None and not whole:
            raise ValueError(
                f"Dropout received noise_shape={noise_shape!r}; expected sizes, None where the "
                "mask's is the input's, as in (None, 1)."
            )
        self.rate, self.noise_shape, self.seed = rate, noise_shape, seed
        self.generator = default_generator().spawn() if seed is None else Generator(seed)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        if not training or self.rate == 0:
            return inputs
        keep = 1 - self.rate
        shape: Sequence[int] = inputs.shape
        if self.noise_shape is not None:
            if len(self.noise_shape) != inputs.ndim:
                raise ShapeError(
                    f"layer {self.name!r} received an input of shape {inputs.shape}; expected "
                    f"{len(self.noise_shape)} dimensions, as in noise_shape={self.noise_shape}."
                )
            pairs = zip(self.noise_shape, inputs.shape, strict=True)
            shape = [n if m is None else m for m, n in pairs]
        mask = self.generator.bernoulli(shape, keep, "bool")
        return ops.where(mask, inputs / keep if keep else inputs, 0)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)
