"""A learning rate set epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd_nn.engine.errors import ArgumentError
from autograd_nn.nn.callbacks.base import Callback, Logs
from autograd_nn.nn.checks import called, takes
from autograd_nn.nn.shown import message


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch: ``schedule(epoch, lr)`` gives the new one.

    schedule   a function of the epoch, counted from 0, and the rate; or of the epoch alone.
    verbose    1 prints each epoch's rate.
    Raises TypeError where the schedule is no function, ValueError where it gives no rate.

    >>> from autograd_nn import nn
    >>> nn.callbacks.LearningRateScheduler(lambda epoch, lr: lr / 2).verbose
    0
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        self.schedule = called(schedule, "schedule", "LearningRateScheduler")
        self.verbose = verbose
        self._of_epoch_alone = not takes(schedule, 2)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        for name, optimizer in rated(self.model.optimizer):
            if optimizer.scheduled:
                raise ArgumentError(
                    "LearningRateScheduler sets a rate, but the optimizer's learning_rate is "
                    "itself a schedule; expected one of the two. Give the optimizer a number."
                )
            now = () if self._of_epoch_alone else (float(optimizer.learning_rate),)
            given = self.schedule(epoch, *now)
            try:
                new = float(given)
            except (TypeError, ValueError):
                new = math.nan
            if not math.isfinite(new) or new < 0:
                raise ValueError(
                    f"the schedule gave {given!r} for epoch {epoch}; expected a finite number from "
                    "0, the epoch's learning rate. Return one for every epoch."
                )
            optimizer.learning_rate = new
            if self.verbose:
                of = f" {name[1:]}" if name else ""
                message(
                    f"\nEpoch {epoch + 1}: LearningRateScheduler setting{of} learning rate to "
                    f"{new}."
                )

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if logs is not None:
            for name, optimizer in rated(self.model.optimizer):
                logs[f"learning_rate{name}"] = float(optimizer.learning_rate)


def rated(optimizer: Any) -> list[tuple[str, Any]]:
    """What has a rate: an optimizer, or those inside one, each with what its log's name ends in."""
    several = getattr(optimizer, "optimizers", None)
    return [("", optimizer)] if several is None else [(f"_{o.name}", o) for o in several]
