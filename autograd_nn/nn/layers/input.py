"""Input: the shape a model reads, said in advance."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.registry import named
from autograd_nn.nn.symbols import Call, Outline, came


@named()
class InputLayer(Layer):
    """A model's entrance: its ``batch_shape``, and nothing computed.

    shape         the sizes of one sample.
    dtype         'int32' and the like for class numbers and indices.
    batch_shape   the same behind the batch's size, which may be None.

    >>> from autograd_nn import nn
    >>> nn.layers.InputLayer((8,)).batch_shape
    (None, 8)
    """

    def __init__(
        self, shape: Any = None, batch_shape: Any = None, dtype: Any = None, **options: Any
    ) -> None:
        options.setdefault("input_shape", shape)
        integers = dtype is not None and np.dtype(dtype).kind in "iub"
        super().__init__(
            batch_input_shape=batch_shape, dtype=None if integers else dtype, **options
        )
        self.integers = np.dtype(dtype) if integers else None  # what is read, where not floats
        if self.input_shape is None:
            raise TypeError(
                "Input received no shape; expected the sizes of one sample, as in Input((8,))."
            )
        self.batch_shape: Any = self.input_shape
        self.shape = None  # said by batch_shape
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain data."""
        config = super().get_config()
        return config if self.integers is None else config | {"dtype": self.integers.name}

    def symbol(self) -> Any:
        """What stands for the data that enters here."""
        for call in self.calls:
            return call.outputs
        return came(Call(self, (), {}, self.name), Outline(self.batch_shape, self.reads))

    @property
    def reads(self) -> Any:
        """The dtype of what enters."""
        return self.dtype if self.integers is None else self.integers

    def call(self, inputs: Tensor) -> Tensor:
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)


def Input(  # noqa: N802  (Keras's name for this function)
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    name: str | None = None,
    batch_shape: Any = None,
) -> Any:
    """What a model reads, as a symbol: the sizes of one sample, without the batch's.

    Layers and ops apply to it; ``Model(inputs, outputs)`` is what they make of it.

    Raises TypeError where no shape is given, ShapeError for sizes that are not positive integers.

    >>> from autograd_nn import nn
    >>> nn.Sequential([nn.Input((8,)), nn.Dense(3)]).output_shape
    (None, 3)
    """
    if shape is not None and batch_size is not None:
        if batch_shape is not None:
            raise ValueError(
                f"Input received shape={shape!r}, batch_size={batch_size!r} and "
                f"batch_shape={batch_shape!r}; expected batch_shape alone, or the other two."
            )
        sizes = (shape,) if isinstance(shape, int) else tuple(shape)
        shape, batch_shape = None, (batch_size, *sizes)
    return InputLayer(shape=shape, batch_shape=batch_shape, dtype=dtype, name=name).symbol()
