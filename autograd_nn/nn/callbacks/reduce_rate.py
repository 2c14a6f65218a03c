"""A smaller learning rate where a number no longer improves."""

from __future__ import annotations

import math

from autograd_nn.engine.errors import ArgumentError
from autograd_nn.nn.callbacks.base import Logs
from autograd_nn.nn.callbacks.learning_rate import rated
from autograd_nn.nn.callbacks.monitor import Monitor
from autograd_nn.nn.checks import number, whole
from autograd_nn.nn.shown import message


class ReduceLROnPlateau(Monitor):
    """Multiplies the rate by ``factor`` when a number has not improved for ``patience`` epochs.

    monitor     the name in the logs; 'acc' and 'accuracy' answer for one another.
    factor      from 0 up to, but not, 1.
    patience    how many epochs in a row may pass without improvement.
    verbose     1 says when it does so.
    mode        'min', 'max', or 'auto': as the metric or its name says.
    min_delta   a smaller change is no improvement.
    cooldown    how many epochs after it pass before epochs are counted again.
    min_lr      the rate is not reduced below this.
    The rate stands in the logs, and so in the history, as 'learning_rate'.

    >>> from autograd_nn import nn
    >>> nn.callbacks.ReduceLROnPlateau("val_accuracy", factor=0.5).mode
    'max'
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        if number(factor, "factor", "ReduceLROnPlateau", least=0) >= 1:
            raise ValueError(
                f"ReduceLROnPlateau received factor={factor!r}; expected a number below 1, by "
                "which the rate is multiplied."
            )
        self.factor, self.verbose = factor, verbose
        self.patience = whole(patience, "patience", 0)
        self.cooldown = whole(cooldown, "cooldown", 0)
        self.min_lr = number(min_lr, "min_lr", "ReduceLROnPlateau", least=0)
        self.restart()

    def restart(self) -> None:
        self.wait = self.cooldown_counter = 0
        self.best: float | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        for name, optimizer in rated(self.model.optimizer):
            if logs is not None:
                logs[f"learning_rate{name}"] = float(optimizer.learning_rate)
        value = self.watched(logs)
        if value is None:
            return
        if self.cooldown_counter:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.improves(value, self.best):
            self.best, self.wait = value, 0
        elif not self.cooldown_counter:
            self.wait += 1
            if self.wait >= self.patience and self._reduce(epoch):
                self.cooldown_counter, self.wait = self.cooldown, 0

    def _reduce(self, epoch: int) -> bool:
        """Reduces every rate that can be; whether there was one."""
        reduced = False
        for name, optimizer in rated(self.model.optimizer):
            if optimizer.scheduled:
                raise ArgumentError(
                    "ReduceLROnPlateau sets a rate, but the optimizer's learning_rate is itself a "
                    "schedule; expected one of the two. Give the optimizer a number."
                )
            old = float(optimizer.learning_rate)
            if old > self.min_lr and not math.isclose(old, self.min_lr, rel_tol=1e-7):
                new, reduced = max(old * self.factor, self.min_lr), True
                optimizer.learning_rate = new
                if self.verbose:
                    of = f" {name[1:]}" if name else ""
                    message(
                        f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing{of} learning rate to "
                        f"{new}."
                    )
        return reduced
