"""Input: the shape a model reads, said in advance."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Layer, Shape


class InputLayer(Layer):
    """A model's entrance: its ``batch_shape``, and nothing computed.

    shape         the sizes of one sample.
    batch_shape   the same behind the batch's size, which may be None.

    >>> from autograd_nn import nn
    >>> nn.layers.InputLayer((8,)).batch_shape
    (None, 8)
    """

    def __init__(self, shape: Any = None, batch_shape: Any = None, **options: Any) -> None:
        options.setdefault("input_shape", shape)
        super().__init__(batch_input_shape=batch_shape, **options)
        if self.input_shape is None:
            raise TypeError(
                "Input received no shape; expected the sizes of one sample, as in Input((8,))."
            )
        self.batch_shape = self.input_shape
        self.shape = None  # said by batch_shape
        self.built = True

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
) -> InputLayer:
    """What a `Sequential` reads: the sizes of one sample, without the batch's.

    Raises TypeError where no shape is given, ShapeError for sizes that are not positive integers.

    >>> from autograd_nn import nn
    >>> nn.Sequential([nn.Input((8,)), nn.Dense(3)]).output_shape
    (None, 3)
    """
    if shape is not None and batch_shape is None and batch_size is not None:
        sizes = (shape,) if isinstance(shape, int) else tuple(shape)
        shape, batch_shape = None, (batch_size, *sizes)
    return InputLayer(shape=shape, batch_shape=batch_shape, dtype=dtype, name=name)
