"""TextVectorization: texts as the indices of their words, or as vectors of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.preprocessing.encoding import batches, mode_of
from autograd_nn.nn.layers.preprocessing.integral import Integral, plain, texts
from autograd_nn.nn.layers.preprocessing.lookup import MODES, no_file
from autograd_nn.nn.layers.preprocessing.string_lookup import StringLookup
from autograd_nn.nn.registry import function_of, named

STRIPPED = {ord(c): None for c in "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"}
LOWERED = {ord(c): c.lower() for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
STANDARDS: dict[Any, dict[int, Any]] = {
    None: {},
    "lower": LOWERED,
    "strip_punctuation": STRIPPED,
    "lower_and_strip_punctuation": LOWERED | STRIPPED,
}
SPLITS: dict[Any, Callable[[str], list[str]]] = {
    None: lambda t: [t], "whitespace": str.split, "character": list,
}  # fmt: skip


@named()
class TextVectorization(Integral):
    """Texts, cleaned and split into tokens, as indices of a vocabulary, or as vectors.

    max_tokens          how long the vocabulary may be; None: any.
    standardize         'lower_and_strip_punctuation', 'lower', 'strip_punctuation' (of ASCII, as
                        Keras has it), None, or a function of an array of texts.
    split               'whitespace', 'character', None, or a function: texts to lists of tokens.
    ngrams              n: runs of up to n tokens are tokens, too; or a tuple of lengths.
    output_mode         'int' (int64), where 0 fills rows up and 1 is an unknown token;
                        'multi_hot', 'count' or 'tf_idf', where place 0 is the unknown: see
                        `Lookup`.
    output_sequence_length   how long rows are in 'int'; None: as the longest.
    vocabulary, idf_weights, pad_to_max_tokens, sparse, has_input_vocabulary   as in `Lookup`.
    ragged              False, for results are dense; encoding: of bytes.
    Shapes (n,) or (n, 1) → (n, length) or (n, size). Texts are looked at on the host: see
    `Integral`. Raises ValueError for options that do not go together.

    >>> from autograd_nn import nn
    >>> layer = nn.layers.TextVectorization(output_sequence_length=4)
    >>> layer.adapt(["foo bar", "bar baz", "baz bada boom"])
    >>> layer(["Foo qux, bar!", "qux baz"]).tolist()
    [[4, 1, 3, 0], [1, 2, 0, 0]]
    """

    _samplewise = text = True
    _kept_as: ClassVar[dict[str, str]] = {"vocabulary": "_told", "idf_weights": "_weights_told"}
    _beyond_keras: ClassVar[dict[str, Any]] = {"has_input_vocabulary": None}

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: Any = "lower_and_strip_punctuation",
        split: Any = "whitespace",
        ngrams: int | tuple[int, ...] | None = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        has_input_vocabulary: bool | None = None,
        **options: Any,
    ) -> None:
        options.pop("vocabulary_size", None)
        super().__init__(**options)
        for name, value, known in (("standardize", standardize, STANDARDS),
                                   ("split", split, SPLITS)):  # fmt: skip
            if not callable(value) and value not in known:
                raise ValueError(
                    f"Unknown value for `{name}` argument of layer TextVectorization. If "
                    f"restricted to a string, expected one of {set(known) - {None}}. Received: "
                    f"{name}={value}"
                )
        if isinstance(ngrams, list):
            ngrams = tuple(ngrams)
        if not (ngrams is None or isinstance(ngrams, int) or (
            isinstance(ngrams, tuple) and all(isinstance(n, int) for n in ngrams)
        )):  # fmt: skip
            raise ValueError(
                "`ngrams` must be None, an integer, or a tuple of integers. Received: "
                f"ngrams={ngrams}"
            )
        self.output_mode = mode_of(output_mode, MODES, "TextVectorization")
        length = output_sequence_length
        if self.output_mode != "int" and length is not None:
            raise ValueError(
                "`output_sequence_length` must not be set if `output_mode` is not 'int'. Received "
                f"output_sequence_length={length}."
            )
        if not (length is None or isinstance(length, int)):
            raise ValueError(
                "`output_sequence_length` must be either None or an integer when `output_mode` is "
                f"'int'. Received: output_sequence_length={length}"
            )
        if ragged:
            raise ValueError(
                "`ragged=True` can only be used with the TensorFlow backend: received "
                "ragged=True; expected False. Results are dense."
            )
        self.max_tokens, self.standardize, self.split = max_tokens, standardize, split
        self.ngrams, self.output_sequence_length = ngrams, length
        self.pad_to_max_tokens, self.sparse, self.ragged = pad_to_max_tokens, False, False
        self.encoding = encoding
        self.lookup = StringLookup(
            max_tokens, mask_token="", vocabulary=vocabulary, idf_weights=idf_weights,
            output_mode=self.output_mode, pad_to_max_tokens=pad_to_max_tokens, sparse=sparse,
            encoding=encoding, has_input_vocabulary=has_input_vocabulary,
            dtype=options.get("dtype"),
        )  # fmt: skip

    @property
    def has_input_vocabulary(self) -> bool | None:
        """False where the vocabulary was learned."""
        return self.lookup.has_input_vocabulary

    @property
    def _told(self) -> Any:
        return self.lookup.tokens_told

    @property
    def _weights_told(self) -> Any:
        return self.lookup.weights_told

    # ---- texts to tokens ------------------------------------------------------------------------

    def rows(self, inputs: Any) -> list[list[str]]:
        """The tokens of each text."""
        values = texts(plain(inputs, "TextVectorization"), self.encoding)
        if values.ndim > 1 and self.split is not None:
            if values.shape[-1] != 1:
                raise ValueError(
                    "When using `TextVectorization` to tokenize strings, the input rank must be 1 "
                    "or the last shape dimension must be 1. Received: "
                    f"inputs.shape={values.shape} with rank={values.ndim}"
                )
            values = values[..., 0]
        values = np.atleast_1d(values)
        if callable(self.standardize):
            values = texts(np.asarray(self.standardize(values)))
        else:
            table = STANDARDS[self.standardize]
            values = np.array([t.translate(table) for t in values.flat]).reshape(values.shape)
        if self.split is None and values.ndim > 1:
            made = [list(row) for row in values.tolist()]
        elif callable(self.split):
            made = [[str(t) for t in row] for row in self.split(values)]
        else:
            made = [SPLITS[self.split](t) for t in values.ravel().tolist()]
        return made if self.ngrams is None else [self._runs(row) for row in made]

    def _runs(self, row: list[str]) -> list[str]:
        """Tokens side by side: all of the first length, then all of the next."""
        lengths = range(1, self.ngrams + 1) if isinstance(self.ngrams, int) else self.ngrams or ()
        return [" ".join(row[i : i + n]) for n in lengths for i in range(len(row) - n + 1)]

    def _look_at_values(self, values: Any) -> np.ndarray:
        rows = self.rows(values)
        length = self.output_sequence_length
        width = max(map(len, rows), default=0) if length is None else length
        padded = [row[:width] + [""] * (width - len(row)) for row in rows]
        tokens = np.array(padded, dtype=str).reshape(len(rows), width)
        found: np.ndarray = self.lookup._look_at_values(tokens)
        return found if np.ndim(values) or not isinstance(values, str) else found[0]

    def _looked(self, values: Any, *args: Any, **kwargs: Any) -> Any:
        """`call` alone: the shape of indices is not that of what it takes, a text for each."""
        if self.input_shape is None:
            self._enter((None, 1))
        return self.call(self._admit(values))

    def call(self, inputs: Tensor) -> Any:
        return self.lookup.call(inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        if self.output_mode == "int":
            return (input_shape[0], self.output_sequence_length)
        shape = tuple(input_shape[:1]) if self.split is not None else tuple(input_shape)
        return self.lookup.compute_output_shape((*shape, None))

    # ---- the vocabulary -------------------------------------------------------------------------

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Learns the vocabulary from texts, or from at most ``steps`` batches of them.

        batch_size   changes nothing; it is taken for Keras's sake.
        """
        self.reset_state()
        for batch in batches(data, steps):
            self.update_state(batch)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Counts the tokens of texts."""
        if not self.lookup.adaptable:
            self.lookup.update_state([])
        self.lookup.count_rows(self.rows(data))

    def finalize_state(self) -> None:
        """Makes the vocabulary of what was counted."""
        self.lookup.finalize_state()

    def reset_state(self) -> None:
        """Forgets what was counted."""
        self.lookup.reset_state()

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The tokens, each at its index; or without '' and '[UNK]'."""
        return self.lookup.get_vocabulary(include_special_tokens)

    def vocabulary_size(self) -> int:
        """How many places the vocabulary has."""
        return self.lookup.vocabulary_size()

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Sets the tokens, and what each counts where the mode is 'tf_idf': see `Lookup`."""
        self.lookup.set_vocabulary(vocabulary, idf_weights)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A new layer from `get_config`'s result; functions are found by name, no file is read."""
        no_file(config.get("vocabulary"))
        found = {}
        for key, known in (("standardize", STANDARDS), ("split", SPLITS)):
            value = config.get(key)
            if isinstance(value, dict) or (isinstance(value, str) and value not in known):
                found[key] = function_of(value)
        return super().from_config({**config, **found})
