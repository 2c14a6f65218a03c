"""Masking: steps that hold nothing are left out by the layers after."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.registry import named


@named()
class Masking(Layer):
    """Marks the steps all of whose features are ``mask_value``; they become zeros.

    The mask goes with the result to the layers after, False for the marked steps.
    Shapes (n, t, d) → (n, t, d), the mask (n, t).

    >>> from autograd_nn import nn
    >>> layer = nn.layers.Masking(-1.0)
    >>> layer([[[1.0, 2.0], [-1.0, -1.0]]])
    Tensor([[[1., 2.],
             [0., 0.]]], dtype=float32)
    >>> layer.compute_mask([[[1.0, 2.0], [-1.0, -1.0]]])
    Tensor([[ True, False]])
    """

    _min_ndim = 2
    supports_masking = _stateless = True

    def __init__(self, mask_value: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.mask_value = mask_value

    def call(self, inputs: Tensor) -> Tensor:
        return ops.where(ops.expand_dims(self.compute_mask(inputs), -1), inputs, 0)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Tensor:
        value: Any = self.mask_value
        if isinstance(inputs, Tensor) and kind_of(inputs.dtype) == "f":  # which rounded its own
            value = np.asarray(value).astype(inputs.dtype)
        return ops.any(ops.not_equal(inputs, value), axis=-1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)
