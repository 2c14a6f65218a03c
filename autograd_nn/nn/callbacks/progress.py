"""ProgbarLogger: the progress bar as a callback, for loops of one's own."""

from __future__ import annotations

import time
from typing import Any

from autograd_nn.nn.callbacks.base import Callback, Logs


class ProgbarLogger(Callback):
    """Shows what `fit` shows by itself: a bar while an epoch runs, and its logs at its end.

    A `fit` that is given one leaves the showing to it.

    >>> from autograd_nn import nn
    >>> bar = nn.callbacks.ProgbarLogger()
    >>> bar.set_params({"verbose": 2, "epochs": 1, "steps": 3})
    >>> bar.on_epoch_begin(0)
    """

    _steers = False

    def __init__(self) -> None:
        self._bar: Any = None
        self._training = False
        self._started = 0.0

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_bar": None}

    def _begin(self, epochs: int, epoch: int = 0) -> None:
        from autograd_nn.nn.training.progress import ProgressBar

        verbose = self.params.get("verbose", "auto")
        self._bar = ProgressBar(epochs, self.params.get("steps"), verbose, header=epochs > 1)
        self._bar.begin_epoch(epoch)
        self._started = time.perf_counter()

    def _update(self, batch: int, logs: Logs | None) -> None:
        if self._bar is not None:
            done = min(batch + 1, self.params.get("steps") or batch + 1)
            self._bar.update(done, lambda: logs or {})

    def _end(self, logs: Logs | None) -> None:
        if self._bar is not None:
            self._bar.end_epoch(logs or {}, time.perf_counter() - self._started)
            self._bar = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._training = True

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._training = False

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._begin(self.params.get("epochs", 1), epoch)

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._update(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._end(logs)

    def on_test_begin(self, logs: Logs | None = None) -> None:
        if not self._training:  # fit's own validation is silent
            self._begin(1)

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if not self._training:
            self._update(batch, logs)

    def on_test_end(self, logs: Logs | None = None) -> None:
        if not self._training:
            self._end(logs)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        self._begin(1)

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._update(batch, None)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        self._end(None)
