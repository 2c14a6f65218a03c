"""PyDataset: data that is made batch by batch."""

from __future__ import annotations

from typing import Any


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
        """How many batches there are; None: without end."""
        if hasattr(self, "__len__"):
            return len(self)
        raise NotImplementedError(
            f"{type(self).__name__} does not say how many batches there are; expected a __len__, "
            "or a property num_batches."
        )

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} defines no __getitem__(index).")

    def on_epoch_end(self) -> None:
        """Called when all batches have been passed."""
