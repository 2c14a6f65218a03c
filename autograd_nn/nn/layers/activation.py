"""Activation: a function of a tensor as a layer."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import activations
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.registry import named


@named()
class Activation(Layer):
    """Applies an activation, y = f(x).

    Shapes (n, …) → (n, …). Raises ValueError for an unknown name.

    >>> from autograd_nn import nn
    >>> nn.layers.Activation("relu")([[-1.0, 2.0]])
    Tensor([[0., 2.]], dtype=float32)
    """

    casts_integers = True

    supports_masking = True

    def __init__(self, activation: Any, **options: Any) -> None:
        super().__init__(**options)
        self.activation = activations.get(activation)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs if self.activation is None else self.activation(inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)
