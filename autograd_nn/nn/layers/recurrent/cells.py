"""Cells: one step of a recurrence, (input, states) → (output, states)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.layers.convolution import positive
from autograd_nn.nn.layers.fields import known, settle, weight
from autograd_nn.nn.layers.random import fraction
from autograd_nn.nn.random import SeedGenerator
from autograd_nn.nn.registry import named


class Cell(Layer):
    """The base of cells with ``units`` numbers a state, and dropout on what comes in.

    units               how many numbers a state has, and the output.
    activation, recurrent_activation   names or functions.
    use_bias            whether a bias is added: bias_initializer, bias_regularizer and
                        bias_constraint are its fields.
    kernel_initializer, kernel_regularizer, kernel_constraint   of the product with the input.
    recurrent_initializer, recurrent_regularizer, recurrent_constraint   of that with the state.
    dropout             the share of the input that is dropped while training, the same entries at
                        every step; recurrent_dropout: of the state.
    seed                makes these draws repeat from run to run.
    Raises ValueError for units that are no positive integer and shares outside [0, 1].
    """

    _casts_integers = True
    gates = 1

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        where = type(self).__name__
        self.units = positive(units, "units", where)
        self.dropout = fraction(dropout, "dropout", where)
        self.recurrent_dropout = fraction(recurrent_dropout, "recurrent_dropout", where)
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)
        settle(
            self,
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
        )
        self.drops: tuple[Any, Any] | None = None  # masks for a whole sequence

    _unguarded = (*Layer._unguarded, "drops")

    @property
    def state_size(self) -> Any:
        """How many numbers each state has: an integer, or a list of them."""
        return self.units

    @property
    def output_size(self) -> int:
        """How many numbers the output has."""
        return self.units

    def build(self, input_shape: Shape) -> None:
        width = known(self, input_shape, -1)
        self.kernel = weight(self, "kernel", (width, self.gates * self.units))
        self.recurrent_kernel = weight(
            self, "recurrent", (self.units, self.gates * self.units), "recurrent_kernel"
        )
        self.bias = weight(self, "bias", self.bias_shape()) if self.use_bias else None

    def bias_shape(self) -> tuple[int, ...]:
        """The bias's sizes."""
        return (self.gates * self.units,)

    def get_initial_state(self, batch_size: int | None = None) -> list[Tensor]:
        """Zeros for every state, (n, size)."""
        return zeros(self.state_size, 1 if batch_size is None else batch_size, self.compute_dtype)

    # ---- dropout: the same entries at every step of a sequence --------------------------------

    def prepare(self, inputs: Tensor, states: Sequence[Tensor], training: bool | None) -> None:
        """Draws what is dropped in a sequence that begins; ``release`` forgets it."""
        if training and (self.dropout or self.recurrent_dropout):
            self.drops = self._drawn(inputs, self.dropout), self._drawn(
                states[0], self.recurrent_dropout
            )

    def _drawn(self, x: Tensor, rate: float) -> Tensor | None:
        if not rate:
            return None
        kept = self.seed_generator.bernoulli(x.shape, 1 - rate, x.dtype)
        return ops.divide(kept, 1 - rate) if rate < 1 else kept

    def release(self) -> None:
        """Forgets what was drawn."""
        self.drops = None

    def dropped(
        self, x: Tensor, h: Tensor, states: Sequence[Tensor], training: bool | None
    ) -> tuple[Tensor, Tensor]:
        """Input and state without what is dropped."""
        alone = self.drops is None
        if alone:
            self.prepare(x, states, training)
        if self.drops is not None:
            of_x, of_h = self.drops
            x = x if of_x is None else x * of_x
            h = h if of_h is None else h * of_h
        if alone:
            self.release()
        return x, h


def zeros(size: Any, n: int, dtype: Any) -> Any:
    """States of zeros for a cell's state_size, (n, size) each, in a list."""
    if isinstance(size, int):
        return [ops.zeros((n, size), dtype)]
    if isinstance(size, tuple) and all(isinstance(k, int) for k in size):
        return [ops.zeros((n, *size), dtype)]
    return [
        zeros(k, n, dtype) if isinstance(k, list) else zeros(k, n, dtype)[0] for k in size
    ]


def _activated(f: Any, x: Tensor) -> Tensor:
    return x if f is None else f(x)


@named()
class SimpleRNNCell(Cell):
    """h' = f(xW + hU + b), (n, d), [(n, units)] → (n, units), [(n, units)].

    The fields are those of `Cell`, without a recurrent activation.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> cell = nn.layers.SimpleRNNCell(3)
    >>> cell(np.ones((2, 4)), cell.get_initial_state(2))[0].shape
    (2, 3)
    """

    _settled = ("recurrent_activation",)

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            units, activation, None, use_bias, kernel_initializer, recurrent_initializer,
            bias_initializer, kernel_regularizer, recurrent_regularizer, bias_regularizer,
            kernel_constraint, recurrent_constraint, bias_constraint, dropout, recurrent_dropout,
            seed, **options,
        )  # fmt: skip

    def call(  # type: ignore[override]
        self, inputs: Tensor, states: Any, training: bool | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        h = states[0] if isinstance(states, list | tuple) else states
        x, h = self.dropped(inputs, h, [h], training)
        z = ops.matmul(x, self.kernel) + ops.matmul(h, self.recurrent_kernel)
        z = z if self.bias is None else z + self.bias
        y = _activated(self.activation, z)
        return y, [y]


@named()
class LSTMCell(Cell):
    """Long short-term memory: c' = f⊙c + i⊙g(z_c), h' = o⊙g(c'), (n, d), [h, c] → h', [h', c'].

    i, f and o are σ(z) with z = xW + hU + b, in the order i, f, c, o.
    unit_forget_bias   f's bias begins as ones. The other fields are those of `Cell`.
    Source: Hochreiter & Schmidhuber, "Long short-term memory" (1997); Gers et al. (2000).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> cell = nn.layers.LSTMCell(3)
    >>> len(cell(np.ones((2, 4)), cell.get_initial_state(2))[1])
    2
    """

    gates = 4

    def __init__(
        self, units: int, *args: Any, unit_forget_bias: bool = True, **options: Any
    ) -> None:
        super().__init__(units, *args, **options)
        self.unit_forget_bias = bool(unit_forget_bias)

    @property
    def state_size(self) -> list[int]:
        return [self.units, self.units]

    def build(self, input_shape: Shape) -> None:
        super().build(input_shape)
        if self.bias is not None and self.unit_forget_bias:
            bias = self.bias.numpy().copy()
            bias[self.units : 2 * self.units] = 1
            self.bias.assign(bias)

    def call(  # type: ignore[override]
        self, inputs: Tensor, states: Any, training: bool | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        h, c = states
        x, h = self.dropped(inputs, h, [h], training)
        z = ops.matmul(x, self.kernel) + ops.matmul(h, self.recurrent_kernel)
        z = z if self.bias is None else z + self.bias
        u = self.units
        i, f, o = (
            _activated(self.recurrent_activation, z[:, k * u : (k + 1) * u]) for k in (0, 1, 3)
        )
        c = f * c + i * _activated(self.activation, z[:, 2 * u : 3 * u])
        h = o * _activated(self.activation, c)
        return h, [h, c]


@named()
class GRUCell(Cell):
    """The gated recurrent unit: h' = z⊙h + (1 - z)⊙g(…), (n, d), [(n, units)] → the same.

    z and r are σ of their parts of xW + hU + b, in the order z, r, h.
    reset_after   r multiplies hU (with a bias of its own); False: it multiplies h.
    The other fields are those of `Cell`. Source: Cho et al., "Learning phrase representations"
    (2014).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> cell = nn.layers.GRUCell(3)
    >>> cell(np.ones((2, 4)), cell.get_initial_state(2))[0].shape
    (2, 3)
    """

    gates = 3

    def __init__(self, units: int, *args: Any, reset_after: bool = True, **options: Any) -> None:
        super().__init__(units, *args, **options)
        self.reset_after = bool(reset_after)

    def bias_shape(self) -> tuple[int, ...]:
        size = self.gates * self.units
        return (2, size) if self.reset_after else (size,)

    def call(  # type: ignore[override]
        self, inputs: Tensor, states: Any, training: bool | None = None
    ) -> tuple[Tensor, list[Tensor]]:
        h = states[0] if isinstance(states, list | tuple) else states
        x, own = self.dropped(inputs, h, [h], training)
        u = self.units
        of_x = ops.matmul(x, self.kernel)
        if self.bias is not None:
            of_x = of_x + (self.bias[0] if self.reset_after else self.bias)
        if self.reset_after:
            of_h = ops.matmul(own, self.recurrent_kernel)
            of_h = of_h if self.bias is None else of_h + self.bias[1]
        else:
            of_h = ops.matmul(own, self.recurrent_kernel[:, : 2 * u])
        z = _activated(self.recurrent_activation, of_x[:, :u] + of_h[:, :u])
        r = _activated(self.recurrent_activation, of_x[:, u : 2 * u] + of_h[:, u : 2 * u])
        if self.reset_after:
            inner = r * of_h[:, 2 * u :]
        else:
            inner = ops.matmul(r * own, self.recurrent_kernel[:, 2 * u :])
        new = _activated(self.activation, of_x[:, 2 * u :] + inner)
        y = z * h + (1 - z) * new
        return y, [y]
