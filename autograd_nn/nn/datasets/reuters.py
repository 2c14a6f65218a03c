"""Reuters: 11,228 newswires of 1987, told apart by 46 topics (Lewis; the ModApte split)."""

from __future__ import annotations

import os

import numpy as np

from autograd_nn.nn.datasets import sequences
from autograd_nn.nn.datasets.mnist import Split
from autograd_nn.nn.datasets.published import store
from autograd_nn.nn.renamed import renames

FILE = store(
    "reuters.npz", sha256="d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916"
)
WORDS = store("reuters_word_index.json", md5="4d44cc38712099c9e383dc6e5f11a921")
LABELS = (
    "cocoa", "grain", "veg-oil", "earn", "acq", "wheat", "copper", "housing", "money-supply",
    "coffee", "sugar", "trade", "reserves", "ship", "cotton", "carcass", "crude", "nat-gas", "cpi",
    "money-fx", "interest", "gnp", "meal-feed", "alum", "oilseed", "gold", "tin",
    "strategic-metal", "livestock", "retail", "ipi", "iron-steel", "rubber", "heat", "jobs", "lei",
    "bop", "zinc", "orange", "pet-chem", "dlr", "gas", "silver", "wpi", "hog", "lead",
)  # fmt: skip


@renames
def load_data(
    path: str | os.PathLike[str] = "reuters.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> Split:
    """(x_train, y_train), (x_test, y_test): 8,982 lists of words' ranks, and their topics.

    test_split   the share of the texts that are for testing; the others as in `imdb.load_data`.
    Raises ValueError where no text is left, DownloadError without a network, DataError for a file
    of something else.
    """
    x, y = sequences.texts(FILE.here(path), ("x", "y"))
    x, y = sequences.shuffled(x, y, np.random.RandomState(seed))
    kept, y = sequences.opened(x, y, start_char, index_from, maxlen)
    rows = sequences.ranked(kept, num_words, skip_top, oov_char)
    cut = int(len(rows) * (1 - test_split))
    return (rows[:cut], y[:cut]), (rows[cut:], y[cut:])


def get_word_index(path: str | os.PathLike[str] = "reuters_word_index.json") -> dict[str, int]:
    """The rank of each word, the commonest 1; in texts, index_from has been added to it."""
    return sequences.word_index(WORDS.here(path))


def get_label_names() -> tuple[str, ...]:
    """The topics, in the order of their numbers.

    >>> get_label_names()[3]
    'earn'
    """
    return LABELS
