"""Sequences: windows of a time series in batches, and pairs of words that stand near each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_nn.nn.checks import whole
from autograd_nn.nn.utils.dataset import PyDataset
from autograd_nn.nn.utils.samples import pad_sequences


class TimeseriesGenerator(PyDataset):
    """Batches of windows of a series, each with the target at the step after its last.

    data, targets   a value a step (t, …) and (t, …); the window that ends before step i has
                    target i.
    length          how many steps back a window starts; sampling_rate: every how many-th step it
                    holds; stride: how many steps lie between windows.
    start_index, end_index   the first and the last step that are used.
    shuffle         windows are drawn, with repetition, in place of one after another.
    reverse         windows run from the latest step to the earliest.
    A batch is (n, length / sampling_rate, …) and (n, …). Raises ValueError for targets of another
    length than the data, or a series that holds no window.

    >>> import numpy as np
    >>> x, y = TimeseriesGenerator(np.arange(6), np.arange(6), length=3, batch_size=2)[0]
    >>> x.tolist(), y.tolist()
    ([[0, 1, 2], [1, 2, 3]], [3, 4])
    """

    def __init__(
        self,
        data: Any,
        targets: Any,
        length: int,
        sampling_rate: int = 1,
        stride: int = 1,
        start_index: int = 0,
        end_index: int | None = None,
        shuffle: bool = False,
        reverse: bool = False,
        batch_size: int = 128,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if len(data) != len(targets):
            raise ValueError(
                "Data and targets have to be of same length. Data length is "
                f"{len(data)} while target length is {len(targets)}"
            )
        self.data, self.targets = data, targets
        self.length, self.stride = whole(length, "length", 1), whole(stride, "stride", 1)
        self.sampling_rate = whole(sampling_rate, "sampling_rate", 1)
        self.batch_size = whole(batch_size, "batch_size", 1)
        self.start_index = whole(start_index, "start_index", 0) + length
        self.end_index = len(data) - 1 if end_index is None else end_index
        self.shuffle, self.reverse = shuffle, reverse
        if self.start_index > self.end_index:
            raise ValueError(
                f"`start_index+length={self.start_index} > end_index={self.end_index}` is "
                "disallowed, as no part of the sequence would be left to be used as current step."
            )

    def __len__(self) -> int:
        step = self.batch_size * self.stride
        return -((self.start_index - self.end_index - 1) // step)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if self.shuffle:
            rows = np.random.randint(self.start_index, self.end_index + 1, size=self.batch_size)
        else:
            first = self.start_index + self.batch_size * self.stride * index
            end = min(first + self.batch_size * self.stride, self.end_index + 1)
            rows = np.arange(first, end, self.stride)
        windows = np.array([self.data[r - self.length : r : self.sampling_rate] for r in rows])
        return windows[:, :: -1 if self.reverse else 1], np.array([self.targets[r] for r in rows])


def make_sampling_table(size: int, sampling_factor: float = 1e-5) -> np.ndarray:
    """How likely word i of a vocabulary in order of frequency is to be kept, by word2vec's rule.

    p = min(1, √(sampling_factor / f)), where f is the frequency that Zipf's law gives rank i:
    f⁻¹ = i (log i + 0.577) + 1/2 - 1/(12 i). Source: Mikolov et al. 2013.

    >>> make_sampling_table(4).round(5).tolist()
    [0.00315, 0.00315, 0.00548, 0.00742]
    """
    rank = np.maximum(np.arange(whole(size, "size", 1)), 1)
    rarity = rank * (np.log(rank) + 0.577) + 0.5 - 1 / (12 * rank)
    return np.minimum(1.0, np.sqrt(sampling_factor * rarity))


def skipgrams(
    sequence: Sequence[int],
    vocabulary_size: int,
    window_size: int = 4,
    negative_samples: float = 1.0,
    shuffle: bool = True,
    categorical: bool = False,
    sampling_table: Any = None,
    seed: int | None = None,
) -> tuple[list[list[int]], list[Any]]:
    """Pairs of word numbers at most ``window_size`` apart, label 1, and drawn pairs, label 0.

    vocabulary_size    drawn words are from 1 to one below it; 0 stands for no word.
    negative_samples   how many drawn pairs there are for each true one.
    categorical        labels are [0, 1] and [1, 0].
    sampling_table     how likely each word is to be kept: see `make_sampling_table`.
    seed               makes what is drawn, and the order, repeat.
    Returns the pairs and their labels. Source: Mikolov et al. 2013.

    >>> skipgrams([1, 2, 3], 4, window_size=1, negative_samples=0, shuffle=False)
    ([[1, 2], [2, 1], [2, 3], [3, 2]], [1, 1, 1, 1])
    """
    rng = np.random.default_rng(np.random.randint(2**31) if seed is None else seed)
    pairs: list[list[int]] = []
    for i, word in enumerate(sequence):
        if not word or (sampling_table is not None and sampling_table[word] < rng.random()):
            continue
        near = range(max(0, i - window_size), min(len(sequence), i + window_size + 1))
        pairs += [[word, sequence[j]] for j in near if j != i and sequence[j]]
    true, drawn = len(pairs), int(len(pairs) * negative_samples)
    if drawn:
        words = rng.permutation([pair[0] for pair in pairs]).tolist()
        others = rng.integers(1, vocabulary_size, drawn).tolist()
        pairs += [[words[i % true], other] for i, other in enumerate(others)]
    yes, no = ([0, 1], [1, 0]) if categorical else (1, 0)
    labels: list[Any] = [yes] * true + [no] * drawn
    order = rng.permutation(len(pairs)) if shuffle else range(len(pairs))
    return [pairs[i] for i in order], [labels[i] for i in order]


__all__ = ["TimeseriesGenerator", "make_sampling_table", "pad_sequences", "skipgrams"]
