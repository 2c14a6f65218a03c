"""The same entries in another shape or order: Flatten, Reshape, Permute, RepeatVector, Identity."""

from __future__ import annotations

import math
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import whole
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.layers.spatial import data_format_of
from autograd_nn.nn.registry import named


@named()
class Identity(Layer):
    """The input as it is, y = x, of any shape or structure.

    >>> from autograd_nn import nn
    >>> nn.layers.Identity()([[1.0, 2.0]])
    Tensor([[1., 2.]], dtype=float32)
    """

    supports_masking = _samplewise = _stateless = True

    def call(self, inputs: Any) -> Any:
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape


@named()
class Flatten(Layer):
    """Every sample's entries in one axis.

    data_format   'channels_first' moves the channels behind the places before.
    Shapes (n, a, b, …) → (n, a·b·…); (n,) → (n, 1).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.Flatten()(np.zeros((2, 3, 4))).shape
    (2, 12)
    """

    _min_ndim = 1
    _samplewise = _stateless = True

    def __init__(self, data_format: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.data_format = data_format_of(data_format, "Flatten")

    def call(self, inputs: Tensor) -> Tensor:
        if self.data_format == "channels_first" and inputs.ndim > 2:
            inputs = ops.moveaxis(inputs, 1, -1)
        n, *rest = inputs.shape
        return ops.reshape(inputs, shape=(n, math.prod(rest)))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        rest = input_shape[1:]
        return (input_shape[0], None if None in rest else math.prod(rest))  # type: ignore[arg-type]


@named()
class Reshape(Layer):
    """Every sample's entries in a shape of their own; one size may be -1.

    Shapes (n, …) → (n, *target_shape). Raises ShapeError where the sizes do not fit.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.Reshape((2, -1))(np.zeros((5, 6))).shape
    (5, 2, 3)
    """

    _min_ndim = 1
    _samplewise = _stateless = True

    def __init__(self, target_shape: Any, **options: Any) -> None:
        super().__init__(**options)
        sizes = (target_shape,) if isinstance(target_shape, int) else tuple(target_shape)
        if sum(n == -1 for n in sizes) > 1 or any(
            not isinstance(n, int) or (n < 1 and n != -1) for n in sizes
        ):
            raise ShapeError(
                f"Reshape received target_shape={target_shape!r}; expected positive integers, one "
                "of which may be -1."
            )
        self.target_shape = sizes

    def call(self, inputs: Tensor) -> Tensor:
        return ops.reshape(inputs, shape=(inputs.shape[0], *self.resolved(inputs.shape)))

    def resolved(self, input_shape: Shape) -> Shape:
        """The target with its -1 worked out (None where the input's size is not known)."""
        rest, target = input_shape[1:], self.target_shape
        if None in rest:
            return tuple(None if n == -1 else n for n in target)
        size, known = math.prod(rest), math.prod(n for n in target if n != -1)  # type: ignore[arg-type]
        if size % known or (-1 not in target and size != known):
            raise ShapeError(
                f"layer {self.name!r} received samples of shape {tuple(rest)}, {size} entries; "
                f"they do not fit target_shape={target}. Choose sizes whose product is {size}."
            )
        return tuple(size // known if n == -1 else n for n in target)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], *self.resolved(input_shape))


@named()
class Permute(Layer):
    """Every sample's axes in another order.

    dims   the order, counted from 1: the batch's axis stays first.
    Shapes (n, …) → (n, …) permuted. Raises ValueError where dims is no permutation of 1, 2, …

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.Permute((2, 1))(np.zeros((5, 3, 4))).shape
    (5, 4, 3)
    """

    _samplewise = _stateless = True

    def __init__(self, dims: Any, **options: Any) -> None:
        super().__init__(**options)
        if not isinstance(dims, list | tuple) or sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(
                f"Permute received dims={dims!r}; expected the numbers from 1 to the number of a "
                "sample's axes, each once, as in (2, 1)."
            )
        self.dims = tuple(dims)
        self._ndim = len(self.dims) + 1

    def call(self, inputs: Tensor) -> Tensor:
        return ops.transpose(inputs, axes=(0, *self.dims))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], *(input_shape[i] for i in self.dims))


@named()
class RepeatVector(Layer):
    """Every sample ``n`` times in a row, as the steps of a sequence.

    Shapes (batch, d) → (batch, n, d). Raises TypeError or ValueError where n is no number from 1.

    >>> from autograd_nn import nn
    >>> nn.layers.RepeatVector(2)([[1.0, 2.0]]).numpy().tolist()
    [[[1.0, 2.0], [1.0, 2.0]]]
    """

    _ndim = 2
    _samplewise = _stateless = True

    def __init__(self, n: int, **options: Any) -> None:
        super().__init__(**options)
        self.n = whole(n, "n", 1)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.repeat(ops.expand_dims(inputs, 1), self.n, axis=1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], self.n, input_shape[1])
