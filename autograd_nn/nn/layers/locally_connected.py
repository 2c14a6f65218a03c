"""Locally connected layers: convolution with a kernel of its own at every place."""

from __future__ import annotations

import math
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.ops.windows import padded_windows
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.images.axes import one_of
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.convolution import Windowed, positive
from autograd_nn.nn.layers.fields import known, settle, weight
from autograd_nn.nn.registry import named


class _LocallyConnected(Windowed):
    """The base of LocallyConnected1D and 2D, yₙᵢᵩ = f(Σₖ꜀ xₙ,ₛᵢ₊ₖ,꜀ Wᵢₖ꜀ᵩ + bᵢᵩ).

    filters          channels of the result.
    kernel_size      entries of a window along each axis; strides: how far windows are apart.
    padding          'valid', or with ``implementation`` 2 or 3 'same'.
    implementation   taken from Keras 2, where it chose among ways to compute the same.
    activation, use_bias, kernel_*, bias_*   as in Dense.
    Raises ShapeError for inputs smaller than a window, or of sizes that are not known.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        implementation: int = 1,
        **options: Any,
    ) -> None:
        super().__init__(data_format, **options)
        where = type(self).__name__
        self.windowed(kernel_size, strides, padding)
        self.filters = positive(filters, "filters", where)
        self.implementation = one_of(implementation, (1, 2, 3), "implementation", where)
        if self.padding != "valid" and self.implementation == 1:
            raise ValueError(
                f"{where} received padding={padding!r} with implementation=1; expected 'valid'. "
                "Take implementation=2 for a border of zeros."
            )
        settle(
            self,
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )

    def build(self, input_shape: Shape) -> None:
        channels = known(self, input_shape, self.channel_axis)
        for axis in self.axes:
            known(self, input_shape, axis)
        places: Any = self.counts(input_shape)
        size: tuple[int, ...] = getattr(self, self.window_name)
        shape = (math.prod(places), math.prod(size) * channels, self.filters)
        self.kernel = weight(self, "kernel", shape)
        self.bias = weight(self, "bias", (*places, self.filters)) if self.use_bias else None

    def call(self, inputs: Tensor) -> Tensor:
        first = self.data_format == "channels_first"
        x = ops.moveaxis(inputs, 1, -1) if first else inputs
        size, between = getattr(self, self.window_name), tuple(range(1, self.rank + 1))
        patches = padded_windows(x, size, self.strides, self.padding, 1, between)
        if not first:  # the kernel's rows go through a window as it lies in memory
            patches = ops.moveaxis(patches, self.rank + 1, -1)
        shape = patches.shape[: self.rank + 1]
        places, depth, _ = self.kernel.shape
        rows = ops.reshape(patches, shape=(shape[0], places, depth))
        y = ops.matmul(ops.moveaxis(rows, 0, 1), self.kernel)  # a product for every place
        y = ops.reshape(ops.moveaxis(y, 0, 1), shape=(*shape, self.filters))
        if self.bias is not None:
            y = ops.add(y, self.bias)
        if first:
            y = ops.moveaxis(y, -1, 1)
        activation: Any = self.activation  # type: ignore[attr-defined]
        return y if activation is None else activation(y)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.sized(input_shape, self.counts(input_shape), self.filters)


@named()
class LocallyConnected1D(_LocallyConnected):
    """A kernel of its own at every place of a sequence, (n, t, c) → (n, t', filters).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.LocallyConnected1D(4, 3)(np.ones((2, 7, 3))).shape
    (2, 5, 4)
    """

    rank = 1


@named()
class LocallyConnected2D(_LocallyConnected):
    """A kernel of its own at every place of images, (n, h, w, c) → (n, h', w', filters).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.LocallyConnected2D(4, 3, strides=2)(np.ones((2, 7, 7, 3))).shape
    (2, 3, 3, 4)
    """

    rank = 2
