"""Stopping where a number no longer improves."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.nn.callbacks.base import Logs
from autograd_nn.nn.callbacks.monitor import Monitor
from autograd_nn.nn.checks import number, whole
from autograd_nn.nn.shown import message


class EarlyStopping(Monitor):
    """Stops training when a number has not improved for ``patience`` epochs.

    monitor                the name in the logs; 'acc' and 'accuracy' answer for one another.
    min_delta              a smaller change is no improvement.
    patience               how many epochs in a row may pass without one.
    verbose                1 says when it stops.
    mode                   'min', 'max', or 'auto': as the metric or its name says.
    baseline               what has to be beaten.
    restore_best_weights   ends with the weights of the best epoch.
    start_from_epoch       epochs before this one are not watched.
    Raises ValueError for an unknown mode, a negative patience, and, when training begins, for
    mode 'auto' where nobody knows whether more of the monitored number is better.

    >>> from autograd_nn import nn
    >>> nn.callbacks.EarlyStopping("val_accuracy", patience=3).mode
    'max'
    """

    _steers = False
    idle = "never stops"

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience = whole(patience, "patience", 0)
        self.start_from_epoch = whole(start_from_epoch, "start_from_epoch", 0)
        self.verbose, self.restore_best_weights = verbose, restore_best_weights
        self.baseline = None if baseline is None else number(baseline, "baseline", "EarlyStopping")
        self.restart()

    def restart(self) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best: float | None = None
        self.best_weights: Any = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        value = self.watched(logs)
        if value is None:
            return
        if epoch < self.start_from_epoch:
            return
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch
        self.wait += 1
        if self.improves(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.improves(value, self.baseline):
                self.wait = 0
            return
        if self.wait >= self.patience and epoch > 0:
            self.stopped_epoch, self.model.stop_training = epoch, True

    def set_state(self, state: dict[str, Any]) -> None:
        """Raises ValueError for the best weights of another model."""
        best = state.get("best_weights")
        if best is not None:
            expected = [w.shape for w in self.model.weights]
            if [np.shape(w) for w in best] != expected:
                raise ValueError(
                    f"received best_weights of shapes {[np.shape(w) for w in best]}; expected "
                    f"{expected}, as the model has them."
                )
        super().set_state(state)

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.stopped_epoch and self.verbose:
            message(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.restore_best_weights and self.best_weights is not None:
            self.model.set_weights(self.best_weights)
            if self.verbose:
                message(
                    "Restoring model weights from the end of the best epoch: "
                    f"{self.best_epoch + 1}."
                )
