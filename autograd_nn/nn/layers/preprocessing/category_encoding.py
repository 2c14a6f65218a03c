"""CategoryEncoding: whole numbers as vectors of what occurs."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.halves import as_dtype
from autograd_nn.engine.mode import mode
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.preprocessing.discretization import dense
from autograd_nn.nn.layers.preprocessing.encoding import encode, encoded_shape, mode_of
from autograd_nn.nn.layers.preprocessing.integral import Integral, result_dtype
from autograd_nn.nn.registry import named


@named()
class CategoryEncoding(Integral):
    """Indices from 0 to num_tokens - 1 as vectors of num_tokens numbers.

    output_mode   'multi_hot' which of them a sample has, 'one_hot' each by itself, 'count' how
                  often; then the call takes ``count_weights``, what each counts.
    sparse   False, for results are dense.
    Shapes (…, k) → (…, num_tokens); 'one_hot' (…) → (…, num_tokens), but for a last axis of 1.
    Raises ValueError for no num_tokens, another mode, and for indices out of range where they are
    seen: not within a recorded model.

    >>> from autograd_nn import nn
    >>> nn.layers.CategoryEncoding(4, output_mode="count")([[0, 3, 3]]).tolist()
    [[1.0, 0.0, 0.0, 2.0]]
    """

    _samplewise = True
    _raw = False

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        dense(sparse)
        self.output_mode = mode_of(output_mode, ("multi_hot", "one_hot", "count"),
                                   "CategoryEncoding")  # fmt: skip
        if num_tokens is None:
            raise ValueError(
                "num_tokens must be set to use this layer. If the number of tokens is not known "
                "beforehand, use the IntegerLookup layer instead."
            )
        if num_tokens < 1:
            raise ValueError(f"`num_tokens` must be >= 1. Received: num_tokens={num_tokens}.")
        self.num_tokens, self.sparse = num_tokens, False

    def call(self, inputs: Tensor, count_weights: Any = None) -> Tensor:
        if count_weights is not None:
            if self.output_mode != "count":
                raise ValueError(
                    "`count_weights` is not used when `output_mode` is not `'count'`. Received "
                    f"`count_weights={count_weights}`."
                )
            count_weights = ops.astype(as_tensor(count_weights), dtype=as_dtype(self.compute_dtype))
        if mode.recorder is None and inputs.size:
            values = inputs.numpy()
            if not (values.min() >= 0 and values.max() < self.num_tokens):
                raise ValueError(
                    f"Input values must be in the range 0 <= values < num_tokens with "
                    f"num_tokens={self.num_tokens}; received values from {values.min()} to "
                    f"{values.max()}. Raise num_tokens, or use IntegerLookup."
                )
        indices = ops.astype(inputs, dtype=np.dtype("int64"))
        return encode(indices, self.output_mode, self.num_tokens, self.result, count_weights)

    @property
    def result(self) -> str:
        """The dtype of its results."""
        return result_dtype(self, self.compute_dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return encoded_shape(input_shape, self.output_mode, self.num_tokens)
