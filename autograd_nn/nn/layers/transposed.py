"""Transposed convolution: each entry of the input adds its multiple of the kernel."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.ops.convolution import transposed_borders
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.convolution import Windowed, positive
from autograd_nn.nn.layers.fields import known, settle, weight
from autograd_nn.nn.layers.spatial import sizes
from autograd_nn.nn.registry import named


class _ConvTranspose(Windowed):
    """The base of Conv1DTranspose to Conv3DTranspose.

    filters          channels of the result.
    kernel_size      entries of the kernel along each axis.
    strides          how far entries of the input are apart in the result.
    output_padding   entries more than the fewest that give this input; None: as many as make
                     n·stride of them with 'same'.
    activation, use_bias, kernel_*, bias_*   as in Dense.
    Raises ValueError for numbers that are no sizes.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(data_format, **options)
        self.windowed(kernel_size, strides, padding, dilation_rate)
        where = type(self).__name__
        self.filters = positive(filters, "filters", where)
        self.output_padding = (
            None if output_padding is None
            else sizes(output_padding, self.rank, "output_padding", where, least=0)
        )  # fmt: skip
        if any(more >= s for more, s in zip(self.output_padding or (), self.strides, strict=False)):
            raise ValueError(
                f"{where} received output_padding={output_padding!r} for strides={strides!r}; "
                "expected less than the stride along each axis: with more, another input's size "
                "would have the same result's."
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
        size = getattr(self, self.window_name)
        self.kernel = weight(self, "kernel", (*size, self.filters, channels))
        self.bias = weight(self, "bias", (self.filters,)) if self.use_bias else None

    def call(self, inputs: Tensor) -> Tensor:
        y = ops.conv_transpose(
            inputs, self.kernel, self.strides, self.padding, self.output_padding,
            self.data_format, self._dilation,
        )  # fmt: skip
        return self.shifted(y, self.bias)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        size = getattr(self, self.window_name)
        cut = transposed_borders(
            self.padding, self.output_padding, size, self.strides, self._dilation
        )
        between: list[int | None] = []
        for axis, k, s, d, (a, b) in zip(
            self.axes, size, self.strides, self._dilation, cut, strict=True
        ):
            n = input_shape[axis]
            between.append(None if n is None else (n - 1) * s + (k - 1) * d + 1 - a - b)
            if n is not None and min(n, between[-1]) < 1:  # type: ignore[type-var]
                raise ShapeError(
                    f"layer {self.name!r} received an input of shape {tuple(input_shape)}; "
                    f"expected more entries along axis {axis}: nothing is left of {n}."
                )
        return self.sized(input_shape, between, self.filters)


@named()
class Conv1DTranspose(_ConvTranspose):
    """A transposed convolution over steps, (n, t, c) → (n, t', filters).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.Conv1DTranspose(4, 3, strides=2, padding="same")(np.ones((2, 5, 3))).shape
    (2, 10, 4)
    """

    rank = 1


@named()
class Conv2DTranspose(_ConvTranspose):
    """A transposed convolution over images, (n, h, w, c) → (n, h', w', filters).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.Conv2DTranspose(4, 3)(np.ones((2, 5, 5, 3))).shape
    (2, 7, 7, 4)
    """

    rank = 2


@named()
class Conv3DTranspose(_ConvTranspose):
    """A transposed convolution over volumes, (n, d, h, w, c) → (n, d', h', w', filters).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.Conv3DTranspose(2, 2, strides=2)(np.ones((1, 2, 2, 2, 3))).shape
    (1, 4, 4, 4, 2)
    """

    rank = 3


Convolution1DTranspose = Conv1DTranspose
Convolution2DTranspose = Deconvolution2D = Conv2DTranspose
Convolution3DTranspose = Deconvolution3D = Conv3DTranspose
