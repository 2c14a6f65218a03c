"""StringLookup: text by its place in a vocabulary."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.errors import DTypeError
from autograd_nn.nn.layers.preprocessing.hashes import buckets
from autograd_nn.nn.layers.preprocessing.integral import plain, texts, uneven
from autograd_nn.nn.layers.preprocessing.lookup import Lookup
from autograd_nn.nn.layers.preprocessing.words import Words
from autograd_nn.nn.registry import named
from autograd_nn.nn.symbols import symbols_in


@named()
class StringLookup(Lookup):
    """Text as indices of a vocabulary, [mask, unknown…, tokens…], or as vectors of them.

    encoding   of bytes.
    The rest is as `Lookup` says: max_tokens, num_oov_indices, mask_token, oov_token, vocabulary,
    idf_weights, invert, output_mode, pad_to_max_tokens, sparse, oov_method, salt and
    has_input_vocabulary. Text is looked at on the host: see `Integral`. With ``invert`` indices
    give an array of text. Shapes (…) → (…) for 'int', (…, k) → (…, size) for counts.

    >>> from autograd_nn import nn
    >>> layer = nn.layers.StringLookup()
    >>> layer.adapt(["b", "a", "b"])
    >>> layer.get_vocabulary(), layer(["a", "b", "z"]).tolist()
    (['[UNK]', 'b', 'a'], [2, 1, 0])
    """

    _text = True

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str | None = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        **options: Any,
    ) -> None:
        self.encoding = encoding
        super().__init__(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert,
            output_mode, pad_to_max_tokens, sparse, **options,
        )  # fmt: skip

    def values(self, data: Any) -> np.ndarray:
        whole = isinstance(data, np.ndarray) and not uneven(data)
        array = np.asarray(data) if whole else plain(data, "StringLookup")
        return texts(array, self.encoding)

    def packed(self, tokens: Words) -> Words:
        return tokens

    def share(self, array: np.ndarray) -> np.ndarray:
        return buckets(array, self.num_oov_indices, self.salt)

    def __call__(  # type: ignore[override]
        self, inputs: Any, *args: Any, **kwargs: Any
    ) -> Any:
        if not self.invert:
            return super().__call__(inputs, *args, **kwargs)
        if symbols_in(inputs):
            raise DTypeError(
                f"layer {self.name!r} received a symbol; expected numbers, for it makes text of "
                "them, which no tensor holds. Leave it out of the model, and call it on what the "
                "model predicts."
            )
        index = plain(inputs, "StringLookup").astype("int64")
        vocabulary = np.array([str(t) for t in self.get_vocabulary()])
        known = (index >= 0) & (index < len(vocabulary))
        return np.where(known, vocabulary[np.where(known, index, 0)], str(self.oov_token))
