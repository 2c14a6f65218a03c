"""IMDB: 50,000 reviews of films, told apart as good and bad (Maas et al., 2011)."""

from __future__ import annotations

import os

import numpy as np

from autograd_nn.nn.datasets import sequences
from autograd_nn.nn.datasets.mnist import Split
from autograd_nn.nn.datasets.published import store
from autograd_nn.nn.renamed import renames

FILE = store("imdb.npz", sha256="69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f")
WORDS = store("imdb_word_index.json", md5="bfafd718b763782e994055a2d397834f")


@renames
def load_data(
    path: str | os.PathLike[str] = "imdb.npz",
    num_words: int | None = None,
    skip_top: int = 0,
    maxlen: int | None = None,
    seed: int = 113,
    start_char: int | None = 1,
    oov_char: int | None = 2,
    index_from: int = 3,
) -> Split:
    """(x_train, y_train), (x_test, y_test): 25,000 lists of words' ranks, and 1 where one is good.

    path         a name in the folder of data sets, or a file anywhere.
    num_words    ranks from here on, and those below skip_top, are ``oov_char``; None: are left out.
    maxlen       texts that are not shorter are left out.
    seed         of the order of the texts.
    start_char   begins each text, if not None; index_from is added to the ranks of words.
    Raises ValueError where no text is left, DownloadError without a network, DataError for a file
    of something else.
    """
    names = ("x_train", "y_train", "x_test", "y_test")
    x_train, y_train, x_test, y_test = sequences.texts(FILE.here(path), names)
    rng = np.random.RandomState(seed)
    parts = [
        sequences.opened(*sequences.shuffled(x, y, rng), start_char, index_from, maxlen)
        for x, y in ((x_train, y_train), (x_test, y_test))
    ]
    (train, y_train), (test, y_test) = parts
    rows = sequences.ranked(train + test, num_words, skip_top, oov_char)
    return (rows[: len(train)], y_train), (rows[len(train) :], y_test)


def get_word_index(path: str | os.PathLike[str] = "imdb_word_index.json") -> dict[str, int]:
    """The rank of each word, the commonest 1; in texts, index_from has been added to it."""
    return sequences.word_index(WORDS.here(path))
