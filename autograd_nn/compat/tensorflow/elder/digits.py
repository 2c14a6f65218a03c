"""``tensorflow.examples.tutorials.mnist``: the digits, batch by batch, as tutorials read them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd_nn.nn.datasets import mnist
from autograd_nn.nn.utils import to_categorical


class DataSet:
    """Pictures (n, 784) within 0 and 1 and their labels, in a new order once all were given."""

    def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
        self.images, self.labels = images, labels
        self.num_examples = len(images)
        self.epochs_completed, self._next = 0, self.num_examples + 1
        self._order = np.arange(self.num_examples)

    def next_batch(
        self, batch_size: int, fake_data: bool = False, shuffle: bool = True
    ) -> tuple[np.ndarray, np.ndarray]:
        """So many more; raises ValueError for more than there are."""
        if batch_size > self.num_examples:
            raise ValueError(
                f"next_batch received batch_size={batch_size}; expected at most "
                f"{self.num_examples}, as many as there are."
            )
        if self._next + batch_size > self.num_examples:
            self.epochs_completed += self._next <= self.num_examples
            if shuffle:
                self._order = np.random.permutation(self.num_examples)
            self._next = 0
        rows = self._order[self._next : self._next + batch_size]
        self._next += batch_size
        return self.images[rows], self.labels[rows]


def read_data_sets(
    train_dir: Any = None, fake_data: bool = False, one_hot: bool = False, dtype: Any = "float32",
    reshape: bool = True, validation_size: int = 5000, **options: Any,
) -> Any:  # fmt: skip
    """MNIST's digits as ``train``, ``validation`` (the first of them) and ``test``."""
    train, test = mnist.load_data()
    held = min(validation_size, len(train[0]) - 1)

    def part(pair: Any, rows: slice) -> DataSet:
        x, y = pair[0][rows].astype(dtype) / 255, pair[1][rows]
        shape = (len(x), 784) if reshape else (len(x), 28, 28, 1)
        return DataSet(x.reshape(shape), to_categorical(y, 10) if one_hot else y)

    return SimpleNamespace(
        train=part(train, slice(held, None)), validation=part(train, slice(held)),
        test=part(test, slice(None)),
    )  # fmt: skip


input_data = SimpleNamespace(read_data_sets=read_data_sets)
