"""Which samples make a batch, and which are kept for validation."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.random import Generator, default_generator
from autograd_nn.nn.checks import batches, whole
from autograd_nn.nn.renamed import warn_user
from autograd_nn.nn.settings import at_most, max_steps_per_epoch

BATCH_SIZE = 32


def split_at(share: Any, n: int) -> int:
    """Where validation's samples begin, the last ``share`` of them; raises ValueError."""
    real = isinstance(share, int | float) and not isinstance(share, bool)
    if not real or not 0 < share < 1:
        raise ValueError(
            f"received validation_split={share!r}; expected a number between 0 and 1, the share of "
            "samples kept for validation."
        )
    cut = int(n * (1 - share))
    if not 0 < cut < n:
        raise ValueError(
            f"received validation_split={share} for {n} samples, which leaves none on one side; "
            "expected at least one on each. Pass more samples or another share."
        )
    return cut


def last_of_each(labels: np.ndarray, share: float) -> np.ndarray:
    """Which samples are the last ``share`` of their class, at least one of each.

    >>> last_of_each(np.array([0, 0, 0, 0, 1, 1]), 0.5).tolist()
    [False, False, True, True, False, True]
    """
    kept = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        there = np.flatnonzero(labels == label)
        kept[there[-max(1, round(share * len(there))) :]] = True
    return kept


def warn_of_another_mix(labels: np.ndarray, cut: int) -> None:
    """Warns where a class comes on one side of ``cut`` alone, as in data sorted by class."""
    kinds, place = np.unique(labels, return_inverse=True)
    if len(kinds) > len(labels) // 4:
        return  # too many kinds to be classes that each side should have
    before, after = (np.bincount(p, minlength=len(kinds)) for p in (place[:cut], place[cut:]))
    expected = (before + after) * (len(labels) - cut) / len(labels)
    odd = ((before == 0) | (after == 0)) & (expected >= 3)
    if odd.any():
        i = int(np.argmax(odd))
        warn_user(
            f"validation_split keeps {int(after[i])} of the {int(before[i] + after[i])} samples "
            f"of class {kinds[i]:g}, the last share of the samples; expected some on each side. "
            "Shuffle the samples before fit, or pass stratify=True.",
            UserWarning,
        )


def batching(
    n: int, batch_size: Any, steps: Any, name: str, every: int = 1
) -> tuple[int, int]:
    """How many samples a batch has, and how many batches there are: all, or ``steps``.

    A batch has 32 samples where nobody says, or as many as make ``steps`` batches of all. Warns
    where the samples do not suffice for ``steps`` batches.
    every   how many batches make an execution: ``steps`` are as many whole ones as hold them.
    """
    steps = None if steps is None else batches(steps, name)
    if batch_size is None:
        size = -(-n // steps) if steps else BATCH_SIZE
    else:
        size = whole(batch_size, "batch_size", 1)
    there = -(-n // size)
    if steps is None or steps <= there:
        steps = min(-(-steps // every) * every, there) if steps else there
        return size, at_most(steps, max_steps_per_epoch())
    warn_user(
        f"received {name}={steps}, but {n} samples make {there} batches of {size}; all of them are "
        f"run. Pass {name}={there}, or a smaller batch_size.",
        UserWarning,
    )
    return size, at_most(there, max_steps_per_epoch())


class Rows:
    """Which rows the batches of each epoch take.

    An epoch of fewer batches than there are ends early; the next goes on from there. Each pass
    over the rows has an order of its own where they are shuffled.

    >>> rows = Rows(4, 3, shuffle=False)
    >>> rows.epoch().tolist(), rows.epoch().tolist(), rows.epoch().tolist()
    ([0, 1, 2], [3], [0, 1, 2])
    """

    def __init__(self, n: int, taken: int, shuffle: bool) -> None:
        self.n, self.taken, self.shuffle = n, taken, shuffle
        self.order: np.ndarray | None = None  # as they lie
        self.place = self.start = 0  # of the next epoch's rows, of the last one's
        self.drawn: np.ndarray | None = None  # what the order was drawn from
        self._again = False

    def epoch(self) -> np.ndarray:
        """The rows of the next epoch, in order."""
        if self._again:
            self._again = False
        elif not self.place and self.shuffle:
            self.drawn = default_generator().state.array.copy()
            self.order = None  # there need not be room for two
            self.order = default_generator().permutation(self.n).array
        self.start = self.place
        end = min(self.n, self.place + self.taken)
        found = np.arange(self.place, end) if self.order is None else self.order[self.place : end]
        self.place = end % self.n
        return found

    def resume(self, drawn: Any, place: int, again: bool) -> None:
        """Goes on at a place in an order that was drawn so; again: in the epoch that began there.

        Raises ValueError for a place that is none.
        """
        if type(place) is not int or not 0 <= place < self.n:
            raise ValueError(f"place {place} of {self.n} rows")
        if drawn is not None:
            self.order, self.drawn = redrawn(drawn, self.n), np.asarray(drawn, np.uint64)
        self.place, self._again = place, again


def redrawn(drawn: Any, n: int) -> np.ndarray:
    """The order of n rows as this thread's generator gave it in a former state."""
    generator = Generator(0)
    generator.state.assign(np.asarray(drawn, np.uint64))
    return generator.permutation(n).array
