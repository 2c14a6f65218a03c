"""Stopping where the loss is no number."""

from __future__ import annotations

import math

from autograd_nn.nn.callbacks.base import Callback, Logs


class TerminateOnNaN(Callback):
    """Stops training when the loss is no longer a finite number."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True
