"""ConvLSTM: long short-term memory whose products are convolutions, over sequences of images."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.convolution import Windowed, positive
from autograd_nn.nn.layers.fields import known, weight
from autograd_nn.nn.layers.random import fraction
from autograd_nn.nn.layers.recurrent.cells import Cell, _activated
from autograd_nn.nn.layers.recurrent.layers import OUTSIDE, RUNS
from autograd_nn.nn.layers.recurrent.rnn import OfCell
from autograd_nn.nn.registry import named

OF_WINDOW = ("kernel_size", "strides", "padding", "dilation_rate", "data_format")


class ConvLSTMCell(Cell):
    """One step: the gates of an LSTM from x * W + h * U + b, * a convolution.

    rank          how many axes there are between batch and channels.
    filters       channels of the states and of the output.
    kernel_size, strides, padding, data_format, dilation_rate   of the convolution of the input;
                  that of the state keeps its size.
    unit_forget_bias   f's bias begins as ones. The other fields are those of `Cell`.
    """

    gates = 4
    _settled = ("units",)
    _unguarded = (*Cell._unguarded, "_sized_for")  # it follows from the input's shape

    def __init__(
        self, rank: int, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid",
        data_format: str | None = None, dilation_rate: Any = 1, unit_forget_bias: bool = True,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(positive(filters, "filters", "ConvLSTM"), **options)
        self.rank, self.filters, self.unit_forget_bias = rank, self.units, bool(unit_forget_bias)
        window = _Window(rank, data_format)
        window.windowed(kernel_size, strides, padding, dilation_rate)
        self.window = window
        for name in OF_WINDOW:
            setattr(self, name, getattr(window, name))
        self._sized_for: Shape | None = None

    def __setattr__(self, name: str, value: Any) -> None:
        if name in OF_WINDOW and self._was_given is None:  # the window checks it, and counts by it
            setattr(self.window, name, value)
            value = getattr(self.window, name)
        super().__setattr__(name, value)

    @property
    def _size(self) -> tuple[int, ...] | None:
        """A state's shape without the batch."""
        shape, window = self._sized_for, self.window
        if shape is None:
            return None
        return window.sized(shape, window.counts(shape), self.filters)[1:]  # type: ignore[return-value]

    @property
    def state_size(self) -> list[Any]:
        return [self._size, self._size]

    @property
    def output_size(self) -> Any:
        return self._size

    def build(self, input_shape: Shape) -> None:
        channels = known(self, input_shape, self.window.channel_axis)
        self._sized_for = tuple(input_shape)
        many = self.gates * self.filters
        self.kernel = weight(self, "kernel", (*self.kernel_size, channels, many))
        self.recurrent_kernel = weight(
            self, "recurrent", (*self.kernel_size, self.filters, many), "recurrent_kernel"
        )
        self.bias = weight(self, "bias", (many,)) if self.use_bias else None
        if self.bias is not None and self.unit_forget_bias:
            bias = self.bias.numpy().copy()
            bias[self.filters : 2 * self.filters] = 1
            self.bias.assign(bias)

    def call(  # type: ignore[override]
        self, inputs: Tensor, states: Any, training: bool | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        h, c = states
        x, h = self.dropped(inputs, h, [h], training)
        z = ops.conv(
            x, self.kernel, self.strides, self.padding, self.data_format, self.dilation_rate
        )
        z = z + ops.conv(h, self.recurrent_kernel, 1, "same", self.data_format)
        first = self.data_format == "channels_first"
        if self.bias is not None:
            z = z + (ops.reshape(self.bias, shape=(-1, *(1,) * self.rank)) if first else self.bias)
        i, f, g, o = ops.split(z, 4, axis=1 if first else -1)
        i, f, o = (_activated(self.recurrent_activation, gate) for gate in (i, f, o))
        c = f * c + i * _activated(self.activation, g)
        h = o * _activated(self.activation, c)
        return h, [h, c]


class _Window(Windowed):
    """A convolution's window alone, for its sizes."""

    kernel_size: tuple[int, ...]

    def __init__(self, rank: int, data_format: str | None) -> None:
        super().__init__(data_format)
        self.rank, self._ndim = rank, rank + 2


class _ConvLSTM(OfCell):
    """The base of ConvLSTM1D to 3D, (n, t, …, c) → (n, …, filters).

    filters, kernel_size, strides, padding, data_format, dilation_rate   as in Conv2D; the other
    fields as in LSTM. Raises ValueError for numbers that are no sizes.
    """

    rank: int

    def __init__(
        self, filters: int, kernel_size: Any, strides: Any = 1, padding: str = "valid",
        data_format: str | None = None, dilation_rate: Any = 1, activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid", use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform", recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros", unit_forget_bias: bool = True,
        kernel_regularizer: Any = None, recurrent_regularizer: Any = None,
        bias_regularizer: Any = None, kernel_constraint: Any = None,
        recurrent_constraint: Any = None, bias_constraint: Any = None, dropout: float = 0.0,
        recurrent_dropout: float = 0.0, seed: int | None = None, return_sequences: bool = False,
        return_state: bool = False, go_backwards: bool = False, stateful: bool = False,
        **options: Any,
    ) -> None:  # fmt: skip
        given = {k: v for k, v in locals().items() if k not in (*OUTSIDE, *RUNS)}
        cell = ConvLSTMCell(
            self.rank, **given, dtype=options.get("dtype"), name="conv_lstm_cell"
        )
        fraction(dropout, "dropout", type(self).__name__)
        super().__init__(
            cell, return_sequences, return_state, go_backwards, stateful, **options
        )
        self._ndim = self.rank + 3

    @property
    def channel_axis(self) -> int:
        """Where the channels stand in a step."""
        return self.cell.window.channel_axis

    def compute_output_shape(self, input_shape: Any) -> Any:
        self._meets(input_shape)
        return super().compute_output_shape(input_shape)

    def call(
        self, sequences: Any, initial_state: Any = None, mask: Any = None,
        training: bool | None = None, constants: Any = None,
    ) -> Any:  # fmt: skip
        first = sequences[0] if isinstance(sequences, list | tuple) else sequences
        self._meets(first.shape)
        return super().call(sequences, initial_state, mask, training, constants)

    def _meets(self, shape: Shape) -> None:
        """Tells the cell a step's shape, by which its states begin."""
        self.cell.__dict__["_sized_for"] = (None, *shape[2:])


@named()
class ConvLSTM1D(_ConvLSTM):
    """ConvLSTM over sequences of rows, (n, t, w, c) → (n, w', filters).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.ConvLSTM1D(3, 2)(np.ones((1, 4, 5, 2))).shape
    (1, 4, 3)
    """

    rank = 1


@named()
class ConvLSTM2D(_ConvLSTM):
    """ConvLSTM over sequences of images, (n, t, h, w, c) → (n, h', w', filters).

    Source: Shi et al., "Convolutional LSTM network" (2015).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.ConvLSTM2D(3, 2, padding="same")(np.ones((1, 2, 5, 4, 2))).shape
    (1, 5, 4, 3)
    """

    rank = 2


@named()
class ConvLSTM3D(_ConvLSTM):
    """ConvLSTM over sequences of volumes, (n, t, d, h, w, c) → (n, d', h', w', filters).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.ConvLSTM3D(2, 2)(np.ones((1, 2, 3, 3, 3, 1))).shape
    (1, 2, 2, 2, 2)
    """

    rank = 3


