"""Depthwise and separable convolution: each channel by itself, then perhaps their product."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.convolution import Windowed, positive
from autograd_nn.nn.layers.fields import known, settle, weight
from autograd_nn.nn.registry import named


class _DepthwiseConv(Windowed):
    """The base of DepthwiseConv1D and 2D.

    kernel_size        entries of the kernel along each axis.
    depth_multiplier   filters a channel.
    strides, padding, dilation_rate, activation, use_bias   as in Conv2D; depthwise_* are of the
                       kernel, bias_* of the bias.
    Raises ValueError for numbers that are no sizes.
    """

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(data_format, **options)
        self.windowed(kernel_size, strides, padding, dilation_rate)
        self.depth_multiplier = positive(depth_multiplier, "depth_multiplier", type(self).__name__)
        settle(
            self,
            activation=activation,
            use_bias=use_bias,
            depthwise_initializer=depthwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            bias_regularizer=bias_regularizer,
            depthwise_constraint=depthwise_constraint,
            bias_constraint=bias_constraint,
        )

    def build(self, input_shape: Shape) -> None:
        channels = known(self, input_shape, self.channel_axis)
        size, many = getattr(self, self.window_name), self.depth_multiplier
        self.kernel = weight(self, "depthwise", (*size, channels, many), "kernel")
        self.bias = weight(self, "bias", (channels * many,)) if self.use_bias else None

    def call(self, inputs: Tensor) -> Tensor:
        y = ops.depthwise_conv(
            inputs, self.kernel, self.strides, self.padding, self.data_format, self._dilation
        )
        return self.shifted(y, self.bias)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        channels = input_shape[self.channel_axis]
        many = None if channels is None else channels * self.depth_multiplier
        return self.sized(input_shape, self.counts(input_shape), many)


@named()
class DepthwiseConv1D(_DepthwiseConv):
    """A convolution of each channel by itself over steps, (n, t, c) → (n, t', c·multiplier).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.DepthwiseConv1D(3, depth_multiplier=2)(np.ones((2, 7, 3))).shape
    (2, 5, 6)
    """

    rank = 1


@named()
class DepthwiseConv2D(_DepthwiseConv):
    """A convolution of each channel by itself, (n, h, w, c) → (n, h', w', c·multiplier).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.DepthwiseConv2D(3, padding="same")(np.ones((2, 5, 5, 3))).shape
    (2, 5, 5, 3)
    """

    rank = 2


class _SeparableConv(Windowed):
    """The base of SeparableConv1D and 2D: a depthwise convolution, then a product of channels.

    filters            channels of the result.
    depth_multiplier   filters a channel in between.
    The others as in DepthwiseConv2D; pointwise_* are of the product's kernel.
    Raises ValueError for numbers that are no sizes.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(data_format, **options)
        self.windowed(kernel_size, strides, padding, dilation_rate)
        where = type(self).__name__
        self.filters = positive(filters, "filters", where)
        self.depth_multiplier = positive(depth_multiplier, "depth_multiplier", where)
        settle(
            self,
            activation=activation,
            use_bias=use_bias,
            depthwise_initializer=depthwise_initializer,
            pointwise_initializer=pointwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            pointwise_regularizer=pointwise_regularizer,
            bias_regularizer=bias_regularizer,
            depthwise_constraint=depthwise_constraint,
            pointwise_constraint=pointwise_constraint,
            bias_constraint=bias_constraint,
        )

    def build(self, input_shape: Shape) -> None:
        channels = known(self, input_shape, self.channel_axis)
        size, many = getattr(self, self.window_name), self.depth_multiplier
        self.depthwise_kernel = weight(
            self, "depthwise", (*size, channels, many), "depthwise_kernel"
        )
        self.pointwise_kernel = weight(
            self, "pointwise", (*(1,) * self.rank, channels * many, self.filters),
            "pointwise_kernel",
        )  # fmt: skip
        self.bias = weight(self, "bias", (self.filters,)) if self.use_bias else None

    def call(self, inputs: Tensor) -> Tensor:
        y = ops.separable_conv(
            inputs, self.depthwise_kernel, self.pointwise_kernel, self.strides, self.padding,
            self.data_format, self._dilation,
        )  # fmt: skip
        return self.shifted(y, self.bias)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.sized(input_shape, self.counts(input_shape), self.filters)


@named()
class SeparableConv1D(_SeparableConv):
    """A convolution of each channel over steps, then a product, (n, t, c) → (n, t', filters).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.SeparableConv1D(4, 3)(np.ones((2, 7, 3))).shape
    (2, 5, 4)
    """

    rank = 1
    paddings = ("valid", "same", "causal")


@named()
class SeparableConv2D(_SeparableConv):
    """A convolution of each channel, then a product, (n, h, w, c) → (n, h', w', filters).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.SeparableConv2D(4, 3, strides=2)(np.ones((2, 7, 7, 3))).shape
    (2, 3, 3, 4)
    """

    rank = 2


SeparableConvolution1D, SeparableConvolution2D = SeparableConv1D, SeparableConv2D
