"""Dense: the fully connected layer."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.fields import settle, weight
from autograd_nn.nn.layers.lora import Adapted, LowRank
from autograd_nn.nn.registry import named
from autograd_nn.nn.shapes import is_shape


@named()
class Dense(LowRank):
    """The fully connected layer, Y = f(XW + b).

    units                how many features the result has.
    activation           f: a name, a function, or None for none.
    use_bias             whether there is a b.
    kernel_initializer   what W starts as, bias_initializer what b does.
    kernel_regularizer   a penalty on W, bias_regularizer on b, activity_regularizer on Y; or None.
    kernel_constraint    applied to W after each step, bias_constraint to b; or None.
    lora_rank            how many columns the trained part of W has, W itself being fixed; None.
    input_dim            the size of the last axis, d, where the layer is the first.
    Shapes (n, …, d) → (n, …, units). Raises ShapeError where the last size is not the one it was
    built for, ValueError for units that are not a positive integer and for unknown names.

    >>> from autograd_nn import nn
    >>> nn.layers.Dense(3, activation="relu")([[1.0, 2.0]]).shape
    (1, 3)
    """

    _min_ndim = 2
    _casts_integers = _takes_sparse = True
    supports_masking = _samplewise = True
    kernel: Any = Adapted()

    def __init__(
        self,
        units: int | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **options)
        units = units.item() if isinstance(units, np.ndarray) and units.ndim == 0 else units
        if isinstance(units, bool) or not isinstance(units, int | np.integer) or units < 1:
            raise ValueError(
                f"Dense received units={units!r}; expected a positive integer, as in Dense(12)."
            )
        self.units = int(units)
        self.use_bias = use_bias
        settle(
            self,
            activation=activation,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )

    def build(self, input_shape: Shape) -> None:
        if not is_shape(input_shape) or not input_shape or input_shape[-1] is None:
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {input_shape}; expected a known "
                "last size. Give it with Input, or call the layer on data."
            )
        self.kernel = weight(self, "kernel", (input_shape[-1], self.units))
        self.bias = weight(self, "bias", (self.units,)) if self.use_bias else None
        self.adapt()

    def call(self, inputs: Tensor) -> Tensor:
        if inputs.ndim == 2:
            y = inputs @ self.kernel  # of a sparse matrix too
        else:  # one product of all rows, whose weight gradient is one product too
            *sizes, width = inputs.shape
            rows = ops.reshape(inputs, shape=(math.prod(sizes), width))
            y = ops.reshape(ops.matmul(rows, self.kernel), shape=(*sizes, self.units))
        if self.bias is not None:
            y = ops.add(y, self.bias)
        return y if self.activation is None else self.activation(y)

    def _check_input(self, shape: tuple[int, ...]) -> None:
        width = self.kernel.shape[0]
        if shape[-1] != width:
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {shape}; expected {width} "
                f"features in the last place, for its kernel has shape {self.kernel.shape}. Pass "
                f"data with {width} columns, or make the layer with input_dim={shape[-1]}."
            )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.units)
