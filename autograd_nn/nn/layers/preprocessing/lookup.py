"""Lookup: values by their place in a vocabulary, and back; the base of two layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.mode import mode
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.checks import whole
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.preprocessing import words
from autograd_nn.nn.layers.preprocessing.discretization import dense
from autograd_nn.nn.layers.preprocessing.encoding import batches, encode, encoded_shape, mode_of
from autograd_nn.nn.layers.preprocessing.hashing import salted
from autograd_nn.nn.layers.preprocessing.integral import Integral, plain
from autograd_nn.nn.layers.preprocessing.words import Numbers, Words

MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")


class Lookup(Integral):
    """The base: a vocabulary, told or learned, in front of which stand masks and unknown values.

    The vocabulary is [mask_token, oov_token × num_oov_indices, tokens…], the mask only for 'int'.
    `adapt` counts values: the commonest come first, of equally common ones the greater.
    max_tokens          how long the whole may be; None: any.
    num_oov_indices     how many places unknown values share; with 0 they are an error.
    mask_token          what has index 0 in 'int', and is left out of other modes; None: nothing.
    oov_token           what stands for unknown values on the way back.
    vocabulary          tokens, with or without what stands in front, or a file of one a line.
    idf_weights         for 'tf_idf', what an occurrence of each token counts.
    invert              indices give tokens.
    output_mode         'int' (int64), 'one_hot', 'multi_hot', 'count', or 'tf_idf', the count times
                        log(1 + n / (1 + samples that have the token)): see `encode`.
    pad_to_max_tokens   results have max_tokens places, not as many as the vocabulary.
    sparse              False, for results are dense.
    oov_method, salt    'floormod': whole numbers share by n mod num_oov_indices; 'farmhash': by
                        their hash, SipHash-2-4 under the key ``salt``. Text is always hashed.
    has_input_vocabulary   False lets a vocabulary that was told be learned anew.
    Raises ValueError for options that do not go together.
    """

    _kept_as: ClassVar[dict[str, str]] = {
        "vocabulary": "tokens_told", "idf_weights": "weights_told",
    }
    _beyond_keras: ClassVar[dict[str, Any]] = {"has_input_vocabulary": None}
    tokens: Sequence[Any]

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: Any = None,
        oov_token: Any = None,
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        oov_method: str = "floormod",
        salt: Any = None,
        has_input_vocabulary: bool | None = None,
        **options: Any,
    ) -> None:
        options.pop("vocabulary_size", None)
        super().__init__(**options)
        where = type(self).__name__
        dense(sparse)
        if max_tokens is not None and max_tokens <= 1:
            raise ValueError(
                f"If set, `max_tokens` must be greater than 1. Received: max_tokens={max_tokens}"
            )
        if pad_to_max_tokens and max_tokens is None:
            raise ValueError(
                "If pad_to_max_tokens is True, must set `max_tokens`. Received: "
                f"max_tokens={max_tokens}"
            )
        if num_oov_indices < 0:
            raise ValueError(
                "`num_oov_indices` must be greater than or equal to 0. Received: "
                f"num_oov_indices={num_oov_indices}"
            )
        if oov_method not in ("floormod", "farmhash"):
            raise ValueError(
                f"Unknown value for `oov_method` argument of layer {where}. Expected one of "
                f"{{'floormod', 'farmhash'}}. Received: oov_method={oov_method}"
            )
        if salt is not None and not self._text and oov_method != "farmhash":
            raise ValueError(
                "`salt` can only be used when `oov_method='farmhash'`. Received: "
                f"oov_method={oov_method}"
            )
        self.output_mode = mode_of(output_mode, MODES, where)
        if invert and self.output_mode != "int":
            raise ValueError(
                "`output_mode` must be `'int'` when `invert` is true. Received: "
                f"output_mode={output_mode}"
            )
        if idf_weights is not None and self.output_mode != "tf_idf":
            raise ValueError(
                "`idf_weights` should only be set if `output_mode` is `'tf_idf'`. Received: "
                f"idf_weights={idf_weights} and output_mode={output_mode}"
            )
        if vocabulary is not None and idf_weights is None and self.output_mode == "tf_idf":
            raise ValueError(
                "When specifying the `vocabulary` argument, in TF-IDF output mode, the "
                "`idf_weights` argument must also be provided."
            )
        self.max_tokens, self.pad_to_max_tokens, self.sparse = max_tokens, pad_to_max_tokens, False
        self.num_oov_indices = whole(num_oov_indices, "num_oov_indices", 0)
        self.mask_token, self.oov_token, self.invert = mask_token, oov_token, invert
        self.oov_method, self.salt = oov_method, salted(salt, where)
        told = vocabulary is not None
        self.has_input_vocabulary = has_input_vocabulary
        self.adaptable = not told if has_input_vocabulary is None else not has_input_vocabulary
        self._told: Any = None  # the vocabulary as it was given
        self.weights_told: Any = None
        self.tokens, self.idf = [], None
        self.reset_state()
        if told:
            self.set_vocabulary(vocabulary, idf_weights)

    @property
    def _raw(self) -> bool:
        hashed = self.oov_method == "farmhash" and self.num_oov_indices > 1
        return (self._text or hashed) and not self.invert

    # ---- the vocabulary -------------------------------------------------------------------------

    @property
    def tokens_told(self) -> list[Any] | None:
        """The vocabulary as it was told."""
        return None if self._told is None else [*self._told]

    @property
    def front(self) -> list[Any]:
        """What stands in front of the tokens."""
        masked = self.mask_token is not None and self.output_mode == "int"
        return [self.mask_token] * masked + [self.oov_token] * self.num_oov_indices

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[Any]:
        """The tokens, each at its index; or without what stands in front of them."""
        return [*self.front, *self.tokens] if include_special_tokens else list(self.tokens)

    def vocabulary_size(self) -> int:
        """How many places the vocabulary has, with what stands in front."""
        return len(self.front) + len(self.tokens)

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Sets the tokens, and what each counts where the mode is 'tf_idf'.

        vocabulary   an array or list, with or without what stands in front, or a text file.
        Raises ValueError for tokens that repeat, too many, and weights of another number.
        """
        if self.output_mode == "tf_idf" and idf_weights is None:
            raise ValueError("`idf_weights` must be set if output_mode is 'tf_idf'.")
        if self.output_mode != "tf_idf" and idf_weights is not None:
            raise ValueError(
                "`idf_weights` should only be set if output_mode is `'tf_idf'`. Received: "
                f"output_mode={self.output_mode} and idf_weights={idf_weights}"
            )
        front = self.front
        try:
            given = self._listed(vocabulary)
            special = len(front) > 0 and [*given[: len(front)]] == front
            tokens = given[len(front) :] if special else given
            self._check(tokens, given)
        except (ValueError, DTypeError) as error:
            if not isinstance(vocabulary, str) or vocabulary in str(error):
                raise
            raise type(error)(f"{error} The vocabulary is that of {vocabulary}.") from None
        if idf_weights is not None:
            weights = np.asarray(idf_weights, "float64")
            if len(given) != len(idf_weights):
                raise ValueError(
                    "`idf_weights` must be the same length as vocabulary. len(idf_weights) is "
                    f"{len(idf_weights)}; len(vocabulary) is {len(given)}"
                )
            if weights.ndim != 1:
                raise ValueError(
                    f"TF-IDF data must be a 1-index array. Received: shape {weights.shape}"
                )
            padding = [] if special else [weights.mean()] * len(front)
            self.idf = np.concatenate([padding, weights]).tolist()
            self.weights_told = weights.tolist()
        self.tokens, self._told = tokens, given
        self._index()

    def _listed(self, vocabulary: Any) -> Sequence[Any]:
        if isinstance(vocabulary, str):
            if self.output_mode == "tf_idf":
                raise ValueError(
                    "output_mode `'tf_idf'` does not support loading a vocabulary from file."
                )
            found = words.read(vocabulary)
            if len(found) > words.MANY:
                return self.packed(found)
            vocabulary = [*found]
        listed: list[Any] = self.values(vocabulary).ravel().tolist()
        return listed

    def packed(self, tokens: Words) -> Words | Numbers:
        """Very many tokens of a file, as what the layer looks up."""
        raise NotImplementedError

    def _check(self, tokens: Any, given: Any) -> None:
        if not len(given):
            raise ValueError(f"Cannot set an empty vocabulary. Received: vocabulary={given}")
        packed = isinstance(tokens, Words | Numbers)
        repeated = tokens.repeated() if packed else [t for t, n in Counter(tokens).items() if n > 1]
        if repeated:
            raise ValueError(
                "The passed vocabulary has at least one repeated term. Please uniquify your "
                f"dataset. The repeated terms are: {repeated}"
            )
        reserved = [("mask", self.mask_token, True), ("OOV", self.oov_token, self.invert)]
        for name, token, counts in reserved:
            if counts and token is not None and token in tokens:
                raise ValueError(
                    f"Found reserved {name} token at unexpected location in `vocabulary`. Note "
                    "that passed `vocabulary` does not need to include the OOV and mask tokens. "
                    "Either remove all mask and OOV tokens, or include them only at the start of "
                    f"the vocabulary in precisely this order: {self.front}. Received: "
                    f"{name.lower()}_token={token} at vocabulary index {given.index(token)}"
                )
        size = len(self.front) + len(tokens)
        if self.max_tokens is not None and size > self.max_tokens:
            raise ValueError(
                "Attempted to set a vocabulary larger than the maximum vocab size. Received "
                f"vocabulary size is {size}; `max_tokens` is {self.max_tokens}."
            )

    def _index(self) -> None:
        """Keeps the tokens in order, with the index of each, to be searched."""
        if isinstance(self.tokens, Words):
            return  # which are found by themselves
        if isinstance(self.tokens, Numbers):
            self.sorted, self.places = self.tokens.ordered()
        else:
            array = self.values(self.tokens)
            self.places = np.argsort(array, kind="stable")
            self.sorted = array[self.places]
        self.places += len(self.front)

    def values(self, data: Any) -> np.ndarray:
        """Data as an array of what the layer looks up."""
        return plain(data, type(self).__name__)

    # ---- looking up -----------------------------------------------------------------------------

    def _look_at_values(self, values: Any) -> Any:
        array = self.values(values)
        if not len(self.tokens):
            found = np.zeros(array.shape, bool)
            index = np.zeros(array.shape, "int64")
        elif isinstance(self.tokens, Words):
            index = self.tokens.find(array) + len(self.front)
            found = index >= len(self.front)
        else:
            at = np.minimum(np.searchsorted(self.sorted, array), len(self.tokens) - 1)
            found, index = self.sorted[at] == array, self.places[at].astype("int64")
        masked = np.zeros(array.shape, bool) if self.mask_token is None else (
            array == self.mask_token
        )  # fmt: skip
        unknown = ~(found | masked)
        if unknown.any():
            index = np.where(unknown, self._elsewhere(array, unknown), index)
        return np.where(masked, self._masked, index)

    @property
    def _masked(self) -> int:
        """The mask's index: 0, or -1, which encodings leave out."""
        return 0 if self.output_mode == "int" else -1

    @property
    def _start(self) -> int:
        """The first index of unknown values."""
        return len(self.front) - self.num_oov_indices

    def _elsewhere(self, array: np.ndarray, unknown: np.ndarray) -> np.ndarray:
        """Indices of values that the vocabulary has not."""
        if not self.num_oov_indices:
            raise ValueError(
                "When `num_oov_indices=0` all inputs should be in vocabulary, found OOV values "
                f"{sorted(set(array[unknown].tolist()))}, consider setting `num_oov_indices=1`."
            )
        shared = self.share(array) if self.num_oov_indices > 1 else np.zeros((), "int64")
        return self._start + shared

    def share(self, array: np.ndarray) -> np.ndarray:
        """Which of the places of unknown values each has."""
        raise NotImplementedError

    def call(self, inputs: Tensor) -> Any:
        index = inputs if self._raw else self.find(inputs)
        if self.output_mode != "tf_idf":
            return encode(index, self.output_mode, self.depth, self.result)
        if self.idf is None:
            raise ValueError("When `output_mode` is `'tf_idf'`, `idf_weights` must be provided.")
        weights = np.zeros(self.depth, self.compute_dtype)
        weights[: len(self.idf)] = self.idf
        return encode(index, "count", self.depth, self.compute_dtype) * wrap(weights)

    def find(self, inputs: Tensor) -> Tensor:
        """`_look_at_values` made of ops, for whole numbers: a search in the sorted tokens."""
        if mode.recorder is None:
            return wrap(np.asarray(self._look_at_values(inputs.numpy())))
        x = ops.astype(inputs, dtype=np.dtype("int64"))
        if self.num_oov_indices > 1:
            elsewhere: Any = ops.mod(x, self.num_oov_indices) + self._start
        else:  # without a place for unknown values, one that `take` refuses
            elsewhere = self._start if self.num_oov_indices else len(self.front) + len(self.tokens)
        index = elsewhere + ops.zeros_like(x)
        if len(self.tokens):
            at = ops.minimum(ops.searchsorted(wrap(self.sorted), x), len(self.tokens) - 1)
            hit = ops.equal(ops.take(wrap(self.sorted), at), x)
            index = ops.where(hit, ops.take(wrap(self.places.astype("int64")), at), index)
        mask = None if self.mask_token is None else ops.equal(x, self.mask_token)
        if not self.num_oov_indices:
            known = index if mask is None else ops.where(mask, 0, index)
            index = ops.take(wrap(np.arange(self.vocabulary_size())), known)
        if mask is not None:
            index = ops.where(mask, self._masked, index)
        return index

    @property
    def depth(self) -> int:
        """How many places an encoded result has."""
        return (self.max_tokens or 0) if self.pad_to_max_tokens else self.vocabulary_size()

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        kind = "count" if self.output_mode == "tf_idf" else self.output_mode
        return encoded_shape(input_shape, kind, self.depth)

    # ---- learning -------------------------------------------------------------------------------

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Learns the vocabulary from an array, a list, or at most ``steps`` batches of others."""
        self.reset_state()
        for batch in batches(data, steps):
            array = self.values(batch)
            self.update_state(array[:, None] if array.ndim == 1 and batch is data else array)
        self.finalize_state()

    def update_state(self, data: Any) -> None:
        """Counts the values of a batch (n, …), each row a sample, or of one sample (k,)."""
        if not self.adaptable:
            raise ValueError(
                f"Cannot adapt layer '{self.name}' after setting a static vocabulary via "
                "`vocabulary` argument or `set_vocabulary()` method."
            )
        array = self.values(data)
        self.count_rows(array[None] if array.ndim < 2 else array.reshape(len(array), -1))

    def count_rows(self, rows: Iterable[Any]) -> None:
        """Counts the values of samples, each an array or a list."""
        for row in rows:
            values = np.asarray(row).ravel().tolist()
            self.counts.update(values)
            self.samples += 1
            if self.output_mode == "tf_idf":
                self.occurrences.update(set(values))

    def finalize_state(self) -> None:
        """Makes the vocabulary of what was counted."""
        for token in (self.mask_token, self.oov_token):
            self.counts.pop(token, None)
        if not self.counts:
            return
        ranked = sorted(self.counts, key=lambda t: (self.counts[t], t), reverse=True)
        room = None if self.max_tokens is None else max(self.max_tokens - len(self.front), 0)
        self.tokens = ranked[:room]
        if self.output_mode == "tf_idf":
            seen = np.array([self.occurrences[t] for t in self.tokens])
            weights = np.log1p(self.samples / (1 + seen))
            self.idf = np.concatenate([[weights.mean()] * len(self.front), weights]).tolist()
            self.weights_told = weights.tolist()
        self._told, self.has_input_vocabulary = self.tokens, False
        self._index()
        self.reset_state()

    def reset_state(self) -> None:
        """Forgets what was counted; the vocabulary stays."""
        self.counts: Counter[Any] = Counter()
        self.occurrences: Counter[Any] = Counter()
        self.samples = 0

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A new layer from `get_config`'s result, ours or Keras's; no file is read for it."""
        no_file(config.get("vocabulary"))
        return super().from_config(config)


def no_file(vocabulary: Any) -> None:
    """Raises ValueError where a configuration names a file in place of tokens."""
    if isinstance(vocabulary, str):
        raise ValueError(
            f"received a configuration with the file {vocabulary!r} as vocabulary; expected its "
            "tokens, for no file is read for a configuration's sake. Pass it to set_vocabulary."
        )
