"""Embedding: a learned vector for each of a vocabulary's numbers."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.layers.fields import settle, weight
from autograd_nn.nn.registry import named


@named()
class Embedding(Layer):
    """The rows of a learned table at whole numbers, y = E[x].

    input_dim                how many rows E has: numbers run from 0 to input_dim - 1.
    output_dim               how long each row is.
    embeddings_initializer   what E starts as; embeddings_regularizer, embeddings_constraint as for
                             any weight.
    mask_zero                whether 0 stands for nothing: the mask is False there.
    weights                  an array that E starts as.
    Shapes (n, …) → (n, …, output_dim). Raises IndexError for numbers that E has no row for.

    >>> from autograd_nn import nn
    >>> nn.layers.Embedding(10, 3)([[1, 2, 2]]).shape
    (1, 3, 3)
    """

    samplewise = True
    wide = True  # the rows it takes are cast, not the table
    kept_as: ClassVar[dict[str, str]] = {"weights": "_started_as"}
    _started_as = None  # what E started as is not asked for again

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        for name, value in (("input_dim", input_dim), ("output_dim", output_dim)):
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise ValueError(
                    f"Embedding received {name}={value!r}; expected a positive integer."
                )
        self.input_dim, self.output_dim = int(input_dim), int(output_dim)
        settle(
            self,
            embeddings_initializer=embeddings_initializer,
            embeddings_regularizer=embeddings_regularizer,
            embeddings_constraint=embeddings_constraint,
        )
        self.mask_zero = self.supports_masking = bool(mask_zero)
        if weights is not None:
            self.build(None)
            one = isinstance(weights, list) and len(weights) == 1
            self.set_weights(weights if one else [weights])

    def build(self, input_shape: Any) -> None:
        self.embeddings = weight(self, "embeddings", (self.input_dim, self.output_dim))

    def call(self, inputs: Tensor) -> Tensor:
        if inputs.dtype.kind not in "iu":
            inputs = ops.astype(inputs, dtype=np.dtype("int64"))
        return self.narrowed(ops.take(self.embeddings, inputs, axis=0))

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def check_input(self, shape: Any) -> None:
        """Any shape will do."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape, self.output_dim)
