"""Samples as passes take them: batch by batch, in an order; arrays, or what is read in parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from autograd_nn.nn.training import rows
from autograd_nn.nn.training.door import Given
from autograd_nn.nn.training.sources import PART, Source


def samples(given: Given, size: int, steps: int, order: rows.Rows | None = None) -> Samples:
    """What passes take batches of ``size`` from, ``steps`` of them, in an order or as they lie."""
    return (Parts if given.waits else Samples)(given, size, steps, order)


class Kept(tuple[np.ndarray, ...]):
    """Arrays that stay as they are from pass to pass, and what a device keeps of them."""

    kept: dict[Any, Any]


class Samples:
    """Arrays as passes over them take them: batches of ``size``, in an order of each pass's own."""

    def __init__(self, given: Given, size: int, steps: int, order: rows.Rows | None = None) -> None:
        self.given, self.size, self.steps, self.order = given, size, steps, order
        self.now = steps  # of the pass that runs, or ran last
        self.structure = given.structure
        self.arrays = Kept(given.arrays)
        self.arrays.kept = {}

    streamed = False  # whether batches come but once

    def epoch(
        self, run: Callable[..., Iterator[int]], every: int, done: int = 0
    ) -> Iterator[int]:
        """One pass, of which some batches are done: yields how many of them are so far."""
        order = self.rows()
        if not done:
            return run(self.arrays, order, self.size, every)
        batches = run(self.arrays, order[done * self.size :], self.size, every)
        return (done + more for more in batches)

    def over(self, epoch: int) -> bool:
        """Whether nothing is left for an epoch: never, of arrays."""
        return False

    def rows(self) -> np.ndarray:
        """The rows of the next pass, in order."""
        found = np.arange(self.given.n) if self.order is None else self.order.epoch()
        self.now = -(-len(found) // self.size)
        return found

    def first(self) -> tuple[np.ndarray, ...]:
        """Some batch, of which nothing is taken by it."""
        rows = np.arange(min(self.size, self.given.n))
        return self.given.read(rows, self.size).arrays

    @property
    def place(self) -> Any:
        """Where in the samples the next pass begins; None where each begins with the first."""
        own = self.order
        return None if own is None else (own.order, own.place, own.start, own.drawn)

    @place.setter
    def place(self, value: Any) -> None:
        if self.order is not None:
            own = self.order
            own.order, own.place, own.start, own.drawn = value

    def told(self, within: bool) -> dict[str, Any]:
        """Where to go on, for a checkpoint; ``within`` a pass, or between two."""
        own = self.order
        found: dict[str, Any] = {"rows": self.given.n, "batch_size": self.size}
        if own is not None:
            found["place"] = own.start if within else own.place
            found["drawn"] = None if own.drawn is None else own.drawn.tolist()
        return found

    def resume(self, told: Mapping[str, Any], within: bool) -> None:
        """Goes on there; raises ValueError for other samples, or other batches."""
        now = {"rows": self.given.n, "batch_size": self.size}
        then = {name: told.get(name) for name in now}
        if then != now:
            raise ValueError(
                f"fit was to go on with {now['rows']} samples in batches of {now['batch_size']}; "
                f"expected {then['rows']} in batches of {then['batch_size']}, as when the "
                "checkpoint was written. Pass the same data."
            )
        if self.order is not None:
            self.order.resume(told["drawn"], told["place"], within)

    def batches(self) -> Iterator[Given]:
        """The batches of one pass, in their order."""
        for start in range(0, self.given.n, self.size):
            yield self.given.cut(start, start + self.size)


class Parts(Samples):
    """Samples of which some are read a part at a time: a few batches, or one, are there at once."""

    streamed = True

    def __init__(self, given: Given, size: int, steps: int, order: rows.Rows | None = None) -> None:
        super().__init__(given, size, steps, order)
        self.structure = given.read(np.arange(1), size).structure
        each = sum([a.row_bytes if isinstance(a, Source) else a[:1].nbytes for a in given.arrays])
        self.together = max(1, PART // max(1, each * size)) * size  # rows

    @property
    def place(self) -> Any:
        """None: what was read is kept, and not read again."""
        return None

    @place.setter
    def place(self, value: Any) -> None:
        pass

    def epoch(
        self, run: Callable[..., Iterator[int]], every: int, done: int = 0
    ) -> Iterator[int]:
        return self._passed(run, self.rows()[done * self.size :], every, done)

    def _passed(
        self, run: Callable[..., Iterator[int]], order: np.ndarray, every: int, done: int
    ) -> Iterator[int]:
        for part in self._read(order, every or 1):
            for more in run(part.arrays, np.arange(part.n), self.size, every):
                yield done + more
            done -= -part.n // self.size

    def _read(self, order: np.ndarray, every: int = 1) -> Iterator[Given]:
        whole = every * self.size  # what callbacks are told of together is read together
        together = -(-self.together // whole) * whole
        for first in range(0, len(order), together):
            yield self.given.read(order[first : first + together], self.size)

    def batches(self) -> Iterator[Given]:
        for part in self._read(self.rows()):
            for start in range(0, part.n, self.size):
                yield part.cut(start, start + self.size)
