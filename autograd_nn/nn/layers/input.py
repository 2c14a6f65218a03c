"""Input: the shape a model reads, said in advance."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import as_dtype
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.dtype_policies import dtype_policy, get
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.registry import named
from autograd_nn.nn.settings import floatx
from autograd_nn.nn.symbols import Call, Outline, Symbol, came
from autograd_nn.nn.text import TEXT, is_text


@named()
class InputLayer(Layer):
    """A model's entrance: its ``batch_shape``, and nothing computed.

    shape         the sizes of one sample.
    batch_size    the batch's, None for any.
    dtype         'int32' and the like for class numbers and indices, 'string' for text: see
                  `StringLookup` and its kin for the layers that take it.
    batch_shape   both together, in place of shape and batch_size.
    input_tensor  a symbol whose shape and dtype it has.
    optional      whether None may be given in its place.
    sparse        whether matrices of few entries are expected; they are taken in any case.
    ragged        refused: an array has an entry for every place.
    Raises ShapeError where no shape is given, ValueError where it is said twice.

    >>> from autograd_nn import nn
    >>> nn.layers.InputLayer((8,)).batch_shape
    (None, 8)
    """

    _samplewise = _takes_sparse = True
    _kept_as: ClassVar[dict[str, str]] = dict.fromkeys(
        ("shape", "batch_size", "input_tensor"), "_in_batch_shape"
    )
    _in_batch_shape = None

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Any = None,
        input_tensor: Any = None,
        optional: bool = False,
        **options: Any,
    ) -> None:
        if ragged:
            raise ValueError(
                "Input received ragged=True; expected False: arrays have an entry for every place. "
                "Pad what is shorter, and begin with Masking or Embedding(mask_zero=True)."
            )
        if input_tensor is not None:
            if not isinstance(input_tensor, Symbol):
                raise ValueError(
                    f"Input received input_tensor={input_tensor!r}; expected a symbol, as Input "
                    "gives it."
                )
            batch_shape, dtype = input_tensor.shape, dtype or input_tensor.dtype
        if batch_shape is None:
            batch_shape = options.pop("batch_input_shape", None)
        if batch_shape is not None and (shape is not None or batch_size is not None):
            raise ValueError(
                f"Input received shape={shape!r}, batch_size={batch_size!r} and "
                f"batch_shape={batch_shape!r}; expected batch_shape alone, or the other two."
            )
        if shape is not None and batch_size is not None:
            sizes = (shape,) if isinstance(shape, int) else tuple(shape)
            shape, batch_shape = None, (batch_size, *sizes)
        options.setdefault("input_shape", shape)
        integers = dtype is not None and _kind(dtype) in "iubU"
        if dtype is None or integers:  # as data come: it is the layers that compute in less
            floats = np.promote_types(floatx(), dtype_policy().variable_dtype).name
        else:
            floats = get(dtype).variable_dtype
        super().__init__(batch_input_shape=batch_shape, dtype=floats, **options)
        kind = TEXT if is_text(dtype) else dtype
        self.integers = as_dtype(kind) if integers else None  # what is read, where not floats
        if self.input_shape is None:
            raise ShapeError(
                "Input received no shape; expected the sizes of one sample, as in Input((8,))."
            )
        self.batch_shape: Any = self.input_shape
        self.optional = bool(optional)
        self.sparse, self.ragged = bool(sparse), False
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain data."""
        reads = as_dtype(self.reads)
        return super().get_config() | {"dtype": "string" if is_text(reads) else reads.name}

    def symbol(self) -> Any:
        """What stands for the data that enters here."""
        for call in self._calls_on_symbols:
            return call.outputs
        return came(Call(self, (), {}, self.name), Outline(self.batch_shape, self.reads))

    @property
    def output(self) -> Any:
        """The symbol of what enters."""
        return self.symbol()

    @property
    def reads(self) -> Any:
        """The dtype of what enters."""
        return self.dtype if self.integers is None else self.integers

    def call(self, inputs: Tensor) -> Tensor:
        return inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)


def _kind(dtype: Any) -> str:
    """The kind of a dtype, by NumPy's letter; that of floats for what is a policy, or no dtype."""
    if is_text(dtype):
        return "U"
    try:
        return as_dtype(dtype).kind
    except (TypeError, ValueError):
        return "f"


def Input(  # noqa: N802  (Keras's name for this function)
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    ragged: bool | None = None,
    batch_shape: Any = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> Any:
    """What a model reads, as a symbol: the sizes of one sample, without the batch's.

    Layers and ops apply to it; ``Model(inputs, outputs)`` is what they make of it. The arguments
    are those of `InputLayer`.

    >>> from autograd_nn import nn
    >>> nn.Sequential([nn.Input((8,)), nn.Dense(3)]).output_shape
    (None, 3)
    """
    return InputLayer(
        shape, batch_size, dtype, sparse, ragged, batch_shape, tensor, optional, name=name
    ).symbol()
