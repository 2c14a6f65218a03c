"""Progbar: the progress bar of `fit`, for loops of one's own."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd_nn.nn.checks import whole


class Progbar:
    """Shows how far a loop is, with the means of what it tells.

    target              how many steps there are; None where that is not known.
    width               of the bar, in characters; interval: seconds between two showings.
    verbose             1 a moving line, 2 a line at the end, 0 nothing.
    stateful_metrics    names whose last value is shown, not the mean over the steps; or
    stateless_metrics   names of which the mean is shown, and of no other.
    unit_name           what a step is called.
    Raises ValueError for both lists of names.

    >>> from autograd_nn import nn
    >>> bar = nn.utils.Progbar(2, verbose=0)
    >>> bar.update(1, [("loss", 4.0)])
    >>> bar.add(1, [("loss", 2.0)])
    >>> bar.means()
    {'loss': 3.0}
    """

    def __init__(
        self,
        target: int | None,
        width: int = 20,
        verbose: int = 1,
        interval: float = 0.05,
        stateful_metrics: Iterable[str] | None = None,
        stateless_metrics: Iterable[str] | None = None,
        unit_name: str = "step",
    ) -> None:
        from autograd_nn.nn.training.progress import ProgressBar

        if stateful_metrics is not None and stateless_metrics is not None:
            raise ValueError(
                "Progbar received stateful_metrics and stateless_metrics; expected one of them at "
                "most, for each says what the other does not."
            )
        self.target = None if target is None else whole(target, "target", 0)
        self.last = None if stateful_metrics is None else set(stateful_metrics)
        self.mean = None if stateless_metrics is None else set(stateless_metrics)
        self._bar = ProgressBar(1, self.target, verbose, header=False)
        self._bar.width, self._bar.interval, self._bar.unit = width, interval, unit_name
        self._bar.begin_epoch(0)
        self._started = time.perf_counter()
        self._seen = 0
        self._sums: dict[str, tuple[float, int]] = {}

    def update(
        self, current: int, values: Sequence[tuple[str, Any]] | None = None,
        finalize: bool | None = None,
    ) -> None:  # fmt: skip
        """Says that ``current`` steps are done; values: (name, number) pairs of the last of
        them, or the mean of several numbers.

        finalize   ends the line; None: where all steps are done.
        """
        over = self.target is not None and current >= self.target if finalize is None else finalize
        count = max(current - self._seen, 1)
        for name, value in values or ():
            means = name in self.mean if self.mean is not None else name not in (self.last or ())
            total, seen = self._sums.get(name, (0.0, 0)) if means and not finalize else (0.0, 0)
            self._sums[name] = total + float(np.mean(value)) * count, seen + count
        self._seen = current
        self._bar.update(current, self.means)
        if over:
            self._bar.end_epoch(self.means(), time.perf_counter() - self._started)

    def add(self, n: int, values: Sequence[tuple[str, Any]] | None = None) -> None:
        """Says that ``n`` more steps are done."""
        self.update(self._seen + n, values)

    def means(self) -> dict[str, float]:
        """What is shown, by name."""
        return {name: total / count for name, (total, count) in self._sums.items()}
