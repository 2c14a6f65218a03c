"""Embedding: a learned vector for each of a vocabulary's numbers, and the way back."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import number
from autograd_nn.nn.dtype_policies import computing, get
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.fields import settle, weight
from autograd_nn.nn.layers.lora import Adapted, LowRank
from autograd_nn.nn.registry import named


@named()
class Embedding(LowRank):
    """The rows of a learned table at whole numbers, y = E[x].

    input_dim                how many rows E has: numbers run from 0 to input_dim - 1.
    output_dim               how long each row is.
    embeddings_initializer   what E starts as; embeddings_regularizer, embeddings_constraint as for
                             any weight.
    mask_zero                whether 0 stands for nothing: the mask is False there.
    lora_rank                as in Dense, of E.
    weights                  an array that E starts as.
    Shapes (n, …) → (n, …, output_dim). Raises IndexError for numbers that E has no row for.

    >>> from autograd_nn import nn
    >>> nn.layers.Embedding(10, 3)([[1, 2, 2]]).shape
    (1, 3, 3)
    """

    _samplewise = True
    _wide = True  # the rows it takes are cast, not the table
    embeddings: Any = Adapted()
    _kept_as: ClassVar[dict[str, str]] = {"weights": "_started_as"}
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
        self.adapt()

    def call(self, inputs: Tensor) -> Tensor:
        if inputs.dtype.kind not in "iu":
            inputs = ops.astype(inputs, dtype=np.dtype("int64"))
        rows = ops.take(self._embeddings, inputs, axis=0)
        if self._adapting is not None:
            _, a, b = self._adapting
            rows = ops.add(rows, self.product(ops.take(a, inputs, axis=0), b))
        return self._narrowed(rows)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return ops.not_equal(inputs, 0) if self.mask_zero else None

    def _check_input(self, shape: Any) -> None:
        """Any shape will do."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape, self.output_dim)


@named()
class ReversibleEmbedding(Embedding):
    """An `Embedding` that also turns vectors into scores of all numbers, y = x·Eᵀ.

    tie_weights      False gives the way back weights of its own, (output_dim, input_dim).
    reverse_dtype    what the way back is computed in; None: as the layer computes.
    logit_soft_cap   c keeps scores within ±c, by c·tanh(y/c); None: any.
    The others are those of `Embedding`. Called on vectors with ``reverse=True``, shapes
    (…, output_dim) → (…, input_dim), without a mask.
    Source: Press & Wolf, "Using the output embedding to improve language models" (2017).

    >>> from autograd_nn import nn
    >>> layer = nn.layers.ReversibleEmbedding(10, 3)
    >>> layer(layer([[1, 2]]), reverse=True).shape
    (1, 2, 10)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        tie_weights: bool = True,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        reverse_dtype: Any = None,
        logit_soft_cap: float | None = None,
        **options: Any,
    ) -> None:
        if tie_weights not in (True, False):
            raise ValueError(f"received tie_weights={tie_weights!r}; expected True or False.")
        self.tie_weights = bool(tie_weights)  # which building asks for, where weights are given
        super().__init__(
            input_dim, output_dim, embeddings_initializer, embeddings_regularizer,
            embeddings_constraint, mask_zero, **options,
        )  # fmt: skip
        self.reverse_dtype = reverse_dtype
        self._back = None if reverse_dtype is None else computing(
            get(reverse_dtype), type(self).__name__
        )  # fmt: skip
        if logit_soft_cap is not None:
            number(logit_soft_cap, "logit_soft_cap", type(self).__name__, above=0)
        self.logit_soft_cap = logit_soft_cap

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        if not self.tie_weights:
            self.reverse_embeddings = self.add_weight(
                (self.output_dim, self.input_dim), self.embeddings_initializer,
                name="reverse_embeddings",
            )  # fmt: skip

    def call(self, inputs: Tensor, reverse: bool = False) -> Tensor:
        if not reverse:
            return super().call(inputs)
        if inputs.shape[-1] != self.output_dim:
            raise ShapeError(
                f"layer {self.name!r} received vectors of shape {inputs.shape} to turn back; "
                f"expected (…, {self.output_dim})."
            )
        kernel = ops.transpose(self.embeddings) if self.tie_weights else self.reverse_embeddings
        if self._back is not None:
            inputs, kernel = (ops.astype(v, dtype=self._back) for v in (inputs, kernel))
        elif inputs.dtype != kernel.dtype:
            inputs = ops.astype(inputs, dtype=kernel.dtype)
        y = ops.matmul(inputs, kernel)
        if self.logit_soft_cap is not None:
            y = ops.tanh(y / self.logit_soft_cap) * self.logit_soft_cap
        return self._narrowed(y) if self._back is None else y

    def _pass_mask(self, inputs: Any, mask: Any, y: Any) -> None:
        if y.ndim > inputs.ndim:  # scores have none
            super()._pass_mask(inputs, mask, y)

    def compute_output_shape(self, input_shape: Shape, reverse: bool = False) -> Shape:
        if reverse:
            return (*input_shape[:-1], self.input_dim)
        return super().compute_output_shape(input_shape)
