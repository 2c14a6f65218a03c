"""Calls of one model in several threads: they take turns, a stretch of steps at a time.

A step, native or not, reads and writes weights, slots and metrics; one has the model at a time.
Calls of `fit` follow one another. Between its stretches a call lets others in, and each `evaluate`
adds up its metrics for itself, whoever else uses the metrics' variables meanwhile.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

from autograd_nn.engine.forks import Gate


class Tally:
    """What the metrics of one call have added up."""

    def __init__(self) -> None:
        self.kept: list[tuple[Any, Any]] | None = None  # variables and arrays, while others count
        self.returned: Any = None  # what a step of the user's own gave
        # The metrics by name, and their states with what each starts from: see `Compiled`.
        self.named: dict[str, Any] = {}
        self.states: list[tuple[Any, Any]] | None = None
        self.count: int | None = None  # of changes, when these were looked up


class Turns:
    """Who has a model at the moment."""

    _unguarded = True  # changes no result: a recorded step need not watch it

    def __init__(self) -> None:
        self.step, self.fit = Gate(rank=10), Gate(rank=5, brief=False)
        self._last: Any = _nobody  # gives the tally of who has the metrics; not kept by this

    def __reduce__(self) -> tuple:
        return (Turns, ())

    def take(self, tally: Tally, model: Any) -> bool:
        """Gives the metrics' variables to a call; the caller holds the lock of ``step``.

        Returns whether the call had them not.
        """
        before = self._last()
        if before is tally:
            return False
        if before is not None:
            metrics = model.metrics
            before.kept = [(v, v.array.copy()) for m in metrics for v in m.variables]
            found = model._returned  # which others' steps will write to
            before.returned = None if found is None else {k: float(v) for k, v in found.items()}
        self._last = _nobody  # an exception below leaves them nobody's
        if tally.kept is None:
            model._reset_metrics(tally)
        else:
            for v, array in tally.kept:
                v.assign(array)
        if model._returned is not tally.returned:
            model._returned = tally.returned
        self._last = weakref.ref(tally)
        return True

    def run(self, batches: Iterator[int], tally: Tally | None, model: Any) -> Iterator[int]:
        """The batches of a call, others' between them; no tally for what counts nothing."""
        while True:
            with self.step.lock:
                if tally is not None:
                    self.take(tally, model)
                done = next(batches, None)
            if done is None:
                return
            yield done


def _nobody() -> None:
    """In place of a reference to a tally."""
