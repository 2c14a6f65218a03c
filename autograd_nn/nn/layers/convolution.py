"""Convolution over one to three axes: what such layers share, and the plain ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.ops.windows import padding_of
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.fields import known, settle, weight
from autograd_nn.nn.layers.lora import Adapted, LowRank
from autograd_nn.nn.layers.spatial import Spatial, sizes
from autograd_nn.nn.registry import named
from autograd_nn.nn.setting import arguments_of
from autograd_nn.nn.variable import Variable


def positive(value: Any, name: str, where: str) -> int:
    """A whole number from 1; raises ValueError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ValueError(f"{where} received {name}={value!r}; expected a whole number from 1.")
    return int(value)


class Windowed(Spatial):
    """The base of what looks at windows: their size, how far apart they are, and the border.

    window_size   entries of a window along each axis; strides, dilation_rate: the same.
    padding       'valid' for none, 'same' for ⌈n/stride⌉ windows, 'causal' where ``causal``.
    Raises ValueError for other words and for numbers that are no sizes.
    """

    _casts_integers = True
    paddings: tuple[str, ...] = ("valid", "same")
    window_name = "kernel_size"

    def windowed(self, size: Any, strides: Any, padding: Any, dilation: Any = None) -> None:
        """Keeps the windows' fields."""
        setattr(self, self.window_name, size)
        self.strides, self.padding = strides, padding
        if dilation is not None:
            self.dilation_rate = dilation

    def _sizes(self, value: Any, name: str) -> tuple[int, ...]:
        return sizes(value, self.rank, name, type(self).__name__)

    def __setattr__(self, name: str, value: Any) -> None:
        if self._was_given is not None and name in arguments_of(self):
            pass  # the constructor will be asked
        elif name in ("strides", "dilation_rate", self.window_name):
            value = self._sizes(value, name)
        elif name == "padding":
            if not isinstance(value, str) or value.lower() not in self.paddings:
                raise ValueError(
                    f"{type(self).__name__} received padding={value!r}; expected one of "
                    f"{', '.join(map(repr, self.paddings))}."
                )
            value = value.lower()
        super().__setattr__(name, value)

    @property
    def _reach(self) -> tuple[int, ...]:
        return self._sizes(getattr(self, self.window_name), self.window_name)

    @property
    def _dilation(self) -> tuple[int, ...]:
        return self.__dict__.get("dilation_rate") or (1,) * self.rank

    def counts(self, shape: Shape) -> list[int | None]:
        """How many windows there are along each axis; raises ShapeError where there is none."""
        found: list[int | None] = []
        for axis, k, s, d in zip(
            self.axes, self._reach, self.strides, self._dilation, strict=True
        ):
            n = shape[axis]
            if n is None:
                found.append(None)
                continue
            reach = (k - 1) * d + 1
            ((before, after),) = padding_of(self.padding, (n,), (k,), (s,), (d,))
            count = (n + before + after - reach) // s + 1
            if count < 1:
                raise ShapeError(
                    f"layer {self.name!r} received an input of shape {tuple(shape)}; expected at "
                    f"least {reach} entries along axis {axis}, a window's. Pass larger inputs, or "
                    f"take a smaller {self.window_name} or padding='same'."
                )
            found.append(count)
        return found

    def sized(self, shape: Shape, between: list[int | None], channels: int | None) -> Shape:
        """A result's shape: the batch's size, those between, the channels where they stand."""
        if self.data_format == "channels_first":
            return (shape[0], channels, *between)
        return (shape[0], *between, channels)

    @property
    def channel_axis(self) -> int:
        """Where the channels stand."""
        return 1 if self.data_format == "channels_first" else -1

    def _check_input(self, shape: Any) -> None:
        known, i = self.input_shape, self.channel_axis
        if known is not None and self._made_weights and shape[i] not in (None, known[i]):
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {shape}; expected "
                f"{known[i]} channels along axis {i}, which it was built for. Pass as many, or "
                "make a new layer."
            )

    def shifted(self, y: Tensor, bias: Variable | None) -> Tensor:
        """With a number added to each channel, and the activation taken."""
        if bias is not None:
            if self.data_format == "channels_first":
                y = ops.add(y, ops.reshape(bias, shape=(-1, *(1,) * self.rank)))
            else:
                y = ops.add(y, bias)
        activation: Any = self.activation  # type: ignore[attr-defined]
        return y if activation is None else activation(y)


class _Conv(Windowed, LowRank):
    """The base of Conv1D to Conv3D.

    filters              channels of the result.
    kernel_size          entries of the kernel along each axis.
    strides              how far the kernel moves; dilation_rate: how far its entries are apart.
    padding              'valid', 'same', or with one axis 'causal'.
    groups               the channels fall into so many, each with filters of its own.
    activation, use_bias, kernel_*, bias_*, lora_rank   as in Dense.
    Raises ValueError for numbers that are no sizes and channels or filters that groups do not
    divide, ShapeError for inputs smaller than the kernel.
    """

    kernel: Any = Adapted()

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: int = 1,
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
        self.groups = positive(groups, "groups", where)
        if self.filters % self.groups:
            raise ValueError(
                f"{where} received filters={filters} and groups={groups}; expected a number of "
                "filters that the groups divide."
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
        if channels % self.groups:
            raise ValueError(
                f"layer {self.name!r} received an input of {channels} channels for "
                f"groups={self.groups}; expected a number of channels that the groups divide."
            )
        size = getattr(self, self.window_name)
        self.kernel = weight(self, "kernel", (*size, channels // self.groups, self.filters))
        self.bias = weight(self, "bias", (self.filters,)) if self.use_bias else None
        self.adapt()

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        """The convolution itself, without bias and activation; a subclass may have another."""
        return ops.conv(
            inputs, kernel, self.strides, self.padding, self.data_format, self._dilation
        )

    def call(self, inputs: Tensor) -> Tensor:
        return self.shifted(self.convolution_op(inputs, self.kernel), self.bias)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.sized(input_shape, self.counts(input_shape), self.filters)


@named()
class Conv1D(_Conv):
    """A convolution over steps, yₙᵢ = f(Σₖ xₙ,ₛᵢ₊ₖ Wₖ + b), (n, t, c) → (n, t', filters).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.Conv1D(4, 3, padding="causal")(np.ones((2, 7, 3))).shape
    (2, 7, 4)
    """

    rank = 1
    paddings = ("valid", "same", "causal")


@named()
class Conv2D(_Conv):
    """A convolution over images, (n, h, w, c) → (n, h', w', filters).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.Conv2D(4, 3, activation="relu")(np.ones((2, 7, 7, 3))).shape
    (2, 5, 5, 4)
    """

    rank = 2


@named()
class Conv3D(_Conv):
    """A convolution over volumes, (n, d, h, w, c) → (n, d', h', w', filters).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.Conv3D(4, 2)(np.ones((1, 3, 3, 3, 2))).shape
    (1, 2, 2, 2, 4)
    """

    rank = 3


Convolution1D, Convolution2D, Convolution3D = Conv1D, Conv2D, Conv3D
