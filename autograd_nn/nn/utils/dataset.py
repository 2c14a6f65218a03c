"""PyDataset: data that is made batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from autograd_nn.nn.checks import whole

FORMATS = ("tf", "grain")


class PyDataset:
    """The base of data that is made batch by batch: subclass it with ``__len__``, ``__getitem__``.

    ``len(data)`` is how many batches there are, or a ``num_batches`` of its own, None where they
    have no end (then `fit` is told how many make an epoch); ``data[i]`` is a batch (x, y) or
    (x, y, weights); ``on_epoch_end`` is called after each pass. ``workers``,
    ``use_multiprocessing`` and ``max_queue_size`` are taken as Keras's are and change nothing:
    batches are made in the thread that trains.

    >>> class Squares(PyDataset):
    ...     def __len__(self):
    ...         return 2
    ...     def __getitem__(self, i):
    ...         return [[i * 1.0]], [[i * i * 1.0]]
    >>> Squares()[1]
    ([[1.0]], [[1.0]])
    """

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        self.workers, self.use_multiprocessing = workers, use_multiprocessing
        self.max_queue_size = max_queue_size

    @property
    def num_batches(self) -> int | None:
        """How many batches there are; None: without end. A subclass may set it."""
        if "num_batches" in vars(self):
            own: int | None = vars(self)["num_batches"]
            return own
        if hasattr(self, "__len__"):
            return len(self)
        raise NotImplementedError(
            f"{type(self).__name__} does not say how many batches there are; expected a __len__, "
            "or a property num_batches."
        )

    @num_batches.setter
    def num_batches(self, value: int | None) -> None:
        vars(self)["num_batches"] = value

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} defines no __getitem__(index).")

    def on_epoch_end(self) -> None:
        """Called when all batches have been passed."""


class RowDataset(PyDataset):
    """Batches of samples that have numbers; ``_batch`` makes one, of an array of these.

    With shuffle, each pass takes the samples in a new order.
    """

    def __init__(
        self, numbers: np.ndarray, batch_size: int | None, shuffle: bool, seed: int | None
    ) -> None:
        super().__init__()
        self.batch_size = 1 if batch_size is None else whole(batch_size, "batch_size", 1)
        self._single = batch_size is None
        self._rng = np.random.RandomState(seed) if shuffle else None
        self._order = numbers
        self.on_epoch_end()

    def _batch(self, numbers: np.ndarray) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        return -(-len(self._order) // self.batch_size)

    def __getitem__(self, index: int) -> Any:
        if not 0 <= index < len(self):
            raise IndexError(f"received batch {index}; expected one of {len(self)}.")
        return self._at(self._order, index)

    def _at(self, order: np.ndarray, index: int) -> Any:
        found = self._batch(order[index * self.batch_size : (index + 1) * self.batch_size])
        if not self._single:
            return found
        return tuple(part[0] for part in found) if isinstance(found, tuple) else found[0]

    def __iter__(self) -> Iterator[Any]:
        order = self._order.copy()
        self.on_epoch_end()  # a pass that is left in the middle was one, too
        return (self._at(order, i) for i in range(len(self)))

    def take(self, count: int) -> Iterator[Any]:
        """The first batches of a pass, as many as asked for."""
        return islice(iter(self), whole(count, "count", 0))

    def on_epoch_end(self) -> None:
        """A new order for the next pass, with shuffle."""
        if self._rng is not None:
            self._rng.shuffle(self._order)


def known_format(name: str) -> None:
    """Raises ValueError where a data set's format is none of Keras's, which all are this one here.

    Keras makes data sets of TensorFlow's or of Grain's; these here give arrays.
    """
    if name not in FORMATS:
        raise ValueError(f"received format={name!r}; expected one of {list(FORMATS)}.")
