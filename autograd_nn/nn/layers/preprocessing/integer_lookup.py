"""IntegerLookup: whole numbers by their place in a vocabulary."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.layers.preprocessing.hashes import buckets
from autograd_nn.nn.layers.preprocessing.integral import plain
from autograd_nn.nn.layers.preprocessing.lookup import Lookup
from autograd_nn.nn.layers.preprocessing.words import Numbers, Words
from autograd_nn.nn.registry import named


@named()
class IntegerLookup(Lookup):
    """Whole numbers as indices of a vocabulary, [mask, unknown…, tokens…], or as vectors of them.

    vocabulary_dtype   'int64', of the tokens.
    The rest is as `Lookup` says: max_tokens, num_oov_indices, mask_token, oov_token, vocabulary,
    idf_weights, invert, output_mode, pad_to_max_tokens, sparse, oov_method, salt and
    has_input_vocabulary. It may be part of a model, unless numbers are hashed.
    Shapes (…) → (…) for 'int', (…, k) → (…, size) for counts.

    >>> from autograd_nn import nn
    >>> nn.layers.IntegerLookup(vocabulary=[12, 36])([[36, 12, 5]]).tolist()
    [[2, 1, 0]]
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int | None = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        oov_method: str = "floormod",
        **options: Any,
    ) -> None:
        if vocabulary_dtype != "int64":
            raise ValueError(
                "Only `vocabulary_dtype='int64'` is supported at this time. Received: "
                f"vocabulary_dtype={vocabulary_dtype}"
            )
        self.vocabulary_dtype = vocabulary_dtype
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert,
            output_mode, pad_to_max_tokens, sparse, oov_method, **options,
        )  # fmt: skip

    def values(self, data: Any) -> np.ndarray:
        array = plain(data, "IntegerLookup")
        try:
            numbers = array.astype("int64")
        except (ValueError, OverflowError):
            numbers = None
        if numbers is None or (kind_of(array.dtype) == "f" and (numbers != array).any()):
            raise DTypeError(
                f"IntegerLookup received {array.ravel()[:3].tolist()} …; expected whole numbers. "
                "For text use StringLookup, for others Discretization."
            )
        return numbers

    def packed(self, tokens: Words) -> Numbers:
        found, at = np.empty(len(tokens), np.int64), 0
        for part in tokens.parts():
            found[at : at + len(part)] = self.values(part)
            at += len(part)
        return Numbers(found)

    def share(self, array: np.ndarray) -> np.ndarray:
        if self.oov_method == "floormod":
            return array % self.num_oov_indices
        return buckets(array.astype(str), self.num_oov_indices, self.salt)

    def find(self, inputs: Tensor) -> Tensor:
        if not self.invert:
            return super().find(inputs)
        vocabulary = np.array(self.get_vocabulary(), "int64")
        x = ops.astype(inputs, dtype=np.dtype("int64"))
        known = ops.logical_and(ops.greater_equal(x, 0), ops.less(x, len(vocabulary)))
        found = ops.take(wrap(vocabulary), ops.where(known, x, 0))
        return ops.where(known, found, self.oov_token)
