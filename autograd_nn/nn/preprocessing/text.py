"""Texts as lists of word numbers, by a vocabulary that is learned, or by hashing."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine.errors import did_you_mean
from autograd_nn.nn.configurable import Renamed
from autograd_nn.nn.jsons import loads

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
MODES = ("binary", "count", "freq", "tfidf")
COUNTED = ("word_counts", "word_docs", "index_docs", "index_word", "word_index")
Text = str | Sequence[str]


def text_to_word_sequence(
    input_text: str, filters: str = FILTERS, lower: bool = True, split: str = " "
) -> list[str]:
    """A text's words, in order.

    filters   characters that are read as ``split``, where words end.
    lower     whether words are put in lower case.

    >>> text_to_word_sequence("To be, or not to be!")
    ['to', 'be', 'or', 'not', 'to', 'be']
    """
    if lower:
        input_text = input_text.lower()
    parts = input_text.translate({ord(c): split for c in filters}).split(split)
    return [word for word in parts if word]


def one_hot(
    input_text: str,
    n: int,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """A number from 1 to n - 1 for each word, by Python's own hash of it, as `hashing_trick` has.

    Python's hash of a text differs from run to run, unless PYTHONHASHSEED is set.

    >>> first, _, again = one_hot("to be to", 50)
    >>> first == again, 1 <= first < 50
    (True, True)
    """
    return hashing_trick(input_text, n, hash, filters, lower, split, analyzer)


def hashing_trick(
    text: str,
    n: int,
    hash_function: Callable[[str], int] | str | None = None,
    filters: str = FILTERS,
    lower: bool = True,
    split: str = " ",
    analyzer: Callable[[str], Iterable[str]] | None = None,
) -> list[int]:
    """A number from 1 to n - 1 for each word, h(word) mod (n - 1) + 1; words may share one.

    hash_function   'md5', the same in every run; a function; None: Python's hash.
    analyzer        what splits the text, in place of `text_to_word_sequence`.
    Raises ValueError for n below 2 or an unknown hash.

    >>> hashing_trick("to be to", 50, hash_function="md5")
    [15, 5, 15]
    """
    if n < 2:
        raise ValueError(f"received n={n}; expected at least 2, for numbers go from 1 to n - 1.")
    if not callable(hash_function) and hash_function not in ("md5", None):
        raise ValueError(
            f"received hash_function={hash_function!r}; expected 'md5', a function or None."
        )
    hashed = hash_function if callable(hash_function) else _md5 if hash_function else hash
    split_up = analyzer or (lambda t: text_to_word_sequence(t, filters, lower, split))
    return [hashed(word) % (n - 1) + 1 for word in split_up(text)]


def _md5(word: str) -> int:
    return int(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest(), 16)


class Tokenizer(Renamed):
    """Numbers words by how common they are: 1 is the commonest, 0 stands for no word.

    num_words    sequences keep the numbers below it, the num_words - 1 commonest words.
    filters      characters that end a word, as ``split`` does; lower: whether case is ignored.
    char_level   whether each character is a word.
    oov_token    a word that stands for all unknown or rare ones, then number 1; None: left out.
    analyzer     what splits a text, in place of `text_to_word_sequence`.
    ``fit_on_texts`` fills word_counts, word_docs (in how many texts a word occurs), word_index,
    index_word, index_docs and document_count. A text may be a list of words.

    >>> tokenizer = Tokenizer(num_words=3, oov_token="?")
    >>> tokenizer.fit_on_texts(["The cat sat.", "The dog sat."])
    >>> tokenizer.word_index
    {'?': 1, 'the': 2, 'sat': 3, 'cat': 4, 'dog': 5}
    >>> tokenizer.texts_to_sequences(["the bird sat"])
    [[2, 1, 1]]
    """

    def __init__(
        self,
        num_words: int | None = None,
        filters: str = FILTERS,
        lower: bool = True,
        split: str = " ",
        char_level: bool = False,
        oov_token: str | None = None,
        analyzer: Callable[[str], Iterable[str]] | None = None,
        **options: Any,
    ) -> None:
        self.document_count: int = options.pop("document_count", 0)
        if options:
            name = next(iter(options))
            raise TypeError(
                f"Tokenizer received an unknown argument {name!r}; expected one it knows. "
                + did_you_mean(name, ["num_words", "filters", "lower", "split", "char_level",
                                      "oov_token", "analyzer", "document_count"])
            )  # fmt: skip
        self.num_words, self.filters, self.lower, self.split = num_words, filters, lower, split
        self.char_level, self.oov_token, self.analyzer = char_level, oov_token, analyzer
        self.word_counts: dict[str, int] = {}
        self.word_docs: dict[str, int] = defaultdict(int)
        self.index_docs: dict[int, int] = defaultdict(int)
        self.word_index: dict[str, int] = {}
        self.index_word: dict[int, str] = {}

    # ---- learning -------------------------------------------------------------------------------

    def fit_on_texts(self, texts: Iterable[Text]) -> None:
        """Counts the words of texts, on top of those counted before, and numbers them anew."""
        for text in texts:
            words = list(self._words(text))
            self.document_count += 1
            for word in words:
                self.word_counts[word] = self.word_counts.get(word, 0) + 1
            for word in dict.fromkeys(words):
                self.word_docs[word] += 1
        ranked = sorted(self.word_counts, key=self.word_counts.__getitem__, reverse=True)
        first = [] if self.oov_token is None else [self.oov_token]
        self.word_index = {word: i for i, word in enumerate([*first, *ranked], 1)}
        self.index_word = {i: word for word, i in self.word_index.items()}
        for word, count in self.word_docs.items():
            self.index_docs[self.word_index[word]] = count

    def fit_on_sequences(self, sequences: Sequence[Sequence[int]]) -> None:
        """Counts in how many sequences of numbers each occurs, as 'tfidf' needs it."""
        self.document_count += len(sequences)
        for numbers in sequences:
            for i in set(numbers):
                self.index_docs[i] += 1

    def _words(self, text: Text) -> Iterable[str]:
        if isinstance(text, list | tuple):
            return [word.lower() for word in text] if self.lower else text
        if not isinstance(text, str):
            raise TypeError(
                f"Tokenizer received a text of type {type(text).__name__}; expected a str, or a "
                "list of words. Write str(...) first."
            )
        if self.char_level:
            return text.lower() if self.lower else text
        if self.analyzer is not None:
            return self.analyzer(text)
        return text_to_word_sequence(text, self.filters, self.lower, self.split)

    # ---- texts and numbers ----------------------------------------------------------------------

    def texts_to_sequences(self, texts: Iterable[Text]) -> list[list[int]]:
        """Each text's words by their numbers."""
        return list(self.texts_to_sequences_generator(texts))

    def texts_to_sequences_generator(self, texts: Iterable[Text]) -> Iterator[list[int]]:
        """`texts_to_sequences`, one text after another."""
        for text in texts:
            found = (self._kept(self.word_index.get(word)) for word in self._words(text))
            yield [i for i in found if i is not None]

    def sequences_to_texts(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Each list of numbers as words with a blank between."""
        return list(self.sequences_to_texts_generator(sequences))

    def sequences_to_texts_generator(self, sequences: Iterable[Iterable[int]]) -> Iterator[str]:
        """`sequences_to_texts`, one list after another."""
        for numbers in sequences:
            found = (self._kept(int(i) if i in self.index_word else None) for i in numbers)
            yield " ".join(self.index_word[i] for i in found if i is not None)

    def _kept(self, index: int | None) -> int | None:
        """A number, or that of ``oov_token`` where it is none or too large."""
        if index is None or (self.num_words and index >= self.num_words):
            return self.word_index.get(self.oov_token) if self.oov_token is not None else None
        return index

    # ---- matrices -------------------------------------------------------------------------------

    def texts_to_matrix(self, texts: Iterable[Text], mode: str = "binary") -> np.ndarray:
        """A row a text, as `sequences_to_matrix` has it."""
        return self.sequences_to_matrix(self.texts_to_sequences(texts), mode)

    def sequences_to_matrix(
        self, sequences: Sequence[Sequence[int]], mode: str = "binary"
    ) -> np.ndarray:
        """A row a list of numbers, a column a number: how it occurs there.

        mode   'binary' (0 or 1), 'count' c, 'freq' c / length, or 'tfidf', for a number in d of D
               documents (1 + log c) · log(1 + D / (1 + d)).
        Shapes n lists → (n, num_words). Raises ValueError for another mode, or where nothing was
        fitted that says how many columns there are.
        """
        if mode not in MODES:
            raise ValueError(f"Unknown vectorization mode: received mode={mode!r}; expected one of "
                             f"{', '.join(map(repr, MODES))}.")  # fmt: skip
        if not self.num_words and not self.word_index:
            raise ValueError(
                "Specify a dimension (`num_words` argument), or fit on some text data first."
            )
        if mode == "tfidf" and not self.document_count:
            raise ValueError("Fit the Tokenizer on some data before using tfidf mode.")
        width = self.num_words or len(self.word_index) + 1
        X = np.zeros((len(sequences), width))
        for row, numbers in zip(X, sequences, strict=True):
            for j, c in Counter(j for j in numbers if j < width).items():
                row[j] = self._weight(mode, j, c, len(numbers))
        return X

    def _weight(self, mode: str, j: int, c: int, length: int) -> float:
        if mode == "tfidf":
            rare = np.log(1 + self.document_count / (1 + self.index_docs.get(j, 0)))
            return float((1 + np.log(c)) * rare)
        return {"binary": 1.0, "count": float(c), "freq": c / length}[mode]

    # ---- as text --------------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """All it was told and learned, what it counted as JSON texts, as Keras 2 wrote it."""
        told = ("num_words", "filters", "lower", "split", "char_level", "oov_token",
                "document_count")  # fmt: skip
        plain = {name: getattr(self, name) for name in told}
        return plain | {name: json.dumps(getattr(self, name)) for name in COUNTED}

    def to_json(self, **options: Any) -> str:
        """`get_config` as a JSON text, with options of json.dumps."""
        return json.dumps({"class_name": "Tokenizer", "config": self.get_config()}, **options)


def tokenizer_from_json(json_string: str) -> Tokenizer:
    """A tokenizer from what `Tokenizer.to_json` wrote, ours or Keras 2's.

    Raises ValueError for another text.

    >>> tokenizer = Tokenizer()
    >>> tokenizer.fit_on_texts(["to be"])
    >>> tokenizer_from_json(tokenizer.to_json()).word_index
    {'to': 1, 'be': 2}
    """
    try:
        config = dict(loads(json_string)["config"])
        learned = {name: loads(config.pop(name)) for name in COUNTED}
        for name in ("index_docs", "index_word"):  # JSON's keys are texts
            learned[name] = {int(k): v for k, v in learned[name].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"tokenizer_from_json received something else ({error!r}); expected the text that "
            "Tokenizer.to_json gives."
        ) from None
    tokenizer = Tokenizer(**config)
    for name in ("word_docs", "index_docs"):
        learned[name] = defaultdict(int, learned[name])
    for name, value in learned.items():
        setattr(tokenizer, name, value)
    return tokenizer


__all__ = [
    "Tokenizer", "hashing_trick", "one_hot", "text_to_word_sequence", "tokenizer_from_json",
]  # fmt: skip
