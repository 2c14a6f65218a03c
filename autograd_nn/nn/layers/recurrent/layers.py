"""SimpleRNN, LSTM and GRU: an RNN around the cell of that name, with the cell's fields."""

from __future__ import annotations

from typing import Any, ClassVar

from autograd_nn.nn.layers.recurrent.cells import Cell, GRUCell, LSTMCell, SimpleRNNCell
from autograd_nn.nn.layers.recurrent.rnn import OfCell
from autograd_nn.nn.lookup import snake_case
from autograd_nn.nn.registry import named

RUNS = ("return_sequences", "return_state", "go_backwards", "stateful", "unroll",
        "zero_output_for_mask")  # fmt: skip


class _Recurrent(OfCell):
    """The base: what is a field of the cell's is the layer's, too.

    units, activation, recurrent_activation, use_bias, dropout, recurrent_dropout, seed,
    unit_forget_bias, reset_after, kernel_initializer, recurrent_initializer, bias_initializer,
    kernel_regularizer, recurrent_regularizer, bias_regularizer, kernel_constraint,
    recurrent_constraint, bias_constraint   as the cell has them.
    activity_regularizer   a penalty on the output; or None.
    """

    made: ClassVar[type[Cell]]
    _ndim = 3

    def _with_cell(self, given: dict[str, Any], options: dict[str, Any]) -> None:
        """Makes the cell of a constructor's arguments, and the RNN around it."""
        options.pop("implementation", None)  # Keras 2's: which of two ways to compute the same
        runs = {name: given.pop(name) for name in RUNS if name in given}
        cell = self.made(
            **given, dtype=options.get("dtype"), name=snake_case(self.made.__name__)
        )
        OfCell.__init__(self, cell, **runs, **options)


@named()
class SimpleRNN(_Recurrent):
    """h' = f(xW + hU + b) over a sequence, (n, t, d) → (n, units).

    The fields are those of `SimpleRNNCell` and of `RNN`.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.SimpleRNN(3)(np.ones((2, 5, 4))).shape
    (2, 3)
    """

    made = SimpleRNNCell

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        given = {k: v for k, v in locals().items() if k not in OUTSIDE}
        self._with_cell(given, {"activity_regularizer": activity_regularizer, **options})


@named()
class LSTM(_Recurrent):
    """Long short-term memory over a sequence, (n, t, d) → (n, units).

    The fields are those of `LSTMCell` and of `RNN`; ``use_cudnn`` changes nothing.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.LSTM(3, return_sequences=True)(np.ones((2, 5, 4))).shape
    (2, 5, 3)
    """

    made = LSTMCell

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        **options: Any,
    ) -> None:
        given = {k: v for k, v in locals().items() if k not in OUTSIDE}
        self._with_cell(given, {"activity_regularizer": activity_regularizer, **options})
        self.use_cudnn = use_cudnn


@named()
class GRU(_Recurrent):
    """The gated recurrent unit over a sequence, (n, t, d) → (n, units).

    The fields are those of `GRUCell` and of `RNN`; ``use_cudnn`` changes nothing.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.GRU(3)(np.ones((2, 5, 4))).shape
    (2, 3)
    """

    made = GRUCell

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        **options: Any,
    ) -> None:
        given = {k: v for k, v in locals().items() if k not in OUTSIDE}
        self._with_cell(given, {"activity_regularizer": activity_regularizer, **options})
        self.use_cudnn = use_cudnn


# Names among a constructor's that are not the cell's, nor the run's.
OUTSIDE = ("self", "options", "activity_regularizer", "use_cudnn", "__class__")
