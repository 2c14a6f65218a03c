"""The one loop over batches: fit, evaluate and predict walk it, eagerly or natively, with hooks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd_nn.engine.alone import ALONE, Alone
from autograd_nn.engine.tensor import wrap
from autograd_nn.engine.whole import whole as whole_step
from autograd_nn.nn.callbacks import CallbackList

Logs = Callable[[], dict[str, Any]]
Meanwhile = Callable[[], None] | None  # what may be done while batches run
Runner = Callable[..., Iterator[int]]  # of arrays, order, size, at_most, meanwhile: see `eager`


def eager(
    step: Callable[..., Any], arrays: Any, order: np.ndarray, batch_size: int, at_most: int,
    meanwhile: Meanwhile = None,
) -> Iterator[int]:  # fmt: skip
    """Calls ``step`` on the rows ``order`` names, batch by batch; yields the batches done so far.

    at_most   how many batches the caller lets pass until it is asked; 0: any number. meanwhile:
              what might be done while they run natively.
    """
    done = 0
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        whole_step(step, *[wrap(a[rows]) for a in arrays])
        done += 1
        yield done


# What of a model tells a pass to end, which callbacks may set.
STOPS = {"train": "stop_training", "test": "stop_evaluating", "predict": "stop_predicting"}


class Loop:
    """What holds for all passes of one call: the model, its callbacks, bar and interrupts.

    phase   'train', 'test' or 'predict'.
    logs    what callbacks are told, and the bar but in 'predict'.
    tally   what this call's metrics have added up, where it has some.
    team    the processes that run them.
    keeper  is told of each stretch of training, see finite.py.
    """

    def __init__(
        self, model: Any, phase: str, hooks: CallbackList, logs: Logs, tally: Any = None,
        bar: Any = None, interrupts: Any = None, keeper: Any = None, team: Alone = ALONE,
    ) -> None:  # fmt: skip
        self.model, self.phase, self.hooks, self.logs = model, phase, hooks, logs
        self.seen = dict if phase == "predict" else logs  # a bar shows no predictions
        self.look = None if keeper is None else keeper.look
        self.tally, self.bar, self.interrupts = tally, bar, interrupts
        self.begin, self.end = f"on_{phase}_batch_begin", f"on_{phase}_batch_end"
        self.stop = STOPS[phase]
        self.team = team
        every = model.steps_per_execution
        self.done = 0  # batches of the pass that runs, or ran last
        self.every = every if hooks.has(self.begin, self.end) else 0

    def run(self, batches: Iterator[int], n_steps: int | None, done: int = 0) -> None:
        """Walks over the batches, until they end or the model is told to stop.

        n_steps   how many there are in this pass; None where only the end tells. done: how many
                  are done.
        """
        self.done = done
        interrupts, bar, look = self.interrupts, self.bar, self.look
        each = self._told(batches, n_steps, done) if self.every else self._taken(batches)
        for now in each:
            self.done = done = now
            if interrupts is not None:
                interrupts.check()
            if look is not None and done != n_steps:  # at the end the logs tell
                look(done)
            if bar is not None:
                bar.update(done, self.seen)
            if self.team.tell("stop", getattr(self.model, self.stop)):
                break

    def _taken(self, batches: Iterator[int]) -> Iterator[int]:
        return self.model._turns.run(batches, self.tally, self.model)

    def _told(self, batches: Iterator[int], steps: int | None, before: int) -> Iterator[int]:
        """The batches, with the callbacks around every one, or every so many.

        The last of fewer than so many is told as if it were whole, as Keras does.
        """
        n_steps = sys.maxsize if steps is None else steps
        if before < n_steps:
            self.hooks.call(self.begin, before)
        due, done, told = before + self.every, before, before
        for done in self._taken(batches):
            self.done = done
            if done >= due or done >= n_steps:
                self.hooks.call(self.end, due - 1, logs=self.logs())
                told = done
            yield done
            if due <= done < n_steps and not getattr(self.model, self.stop):
                self.hooks.call(self.begin, done)
                due = done + self.every
        if told < done:  # the end came as a surprise
            self.hooks.call(self.end, due - 1, logs=self.logs())


def ahead(model: Any, step: Any) -> int:
    """How many batches the `fit` that runs has before it; 0 where that is another's, or unknown."""
    run = model._fit_run
    if run is None or run.step is not step:
        return 0
    found: int = (run.hooks.params["epochs"] - run.epoch) * (run.feed.now or 0) - run.loop.done
    return found
