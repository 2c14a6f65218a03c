"""Stopping where the loss is no number."""

from __future__ import annotations

import math
from typing import Any

from autograd_nn.nn.callbacks.base import Callback, Logs
from autograd_nn.nn.shown import message


class TerminateOnNaN(Callback):
    """Stops training when the loss is no longer a finite number.

    raise_error   raises RuntimeError then, rather than ending as after a last epoch.

    >>> from autograd_nn import nn
    >>> nn.callbacks.TerminateOnNaN().raise_error
    False
    """

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = raise_error

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            if self.raise_error:
                raise RuntimeError(
                    f"NaN or Inf loss encountered at batch {batch}: {loss}; expected a finite "
                    "number. Look at the batch's data, or take a smaller learning rate."
                )
            message(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True


def sees_to_it(callbacks: Any) -> bool:
    """Whether a callback, or one of a list of them, ends training where the loss is no number."""
    given = getattr(callbacks, "callbacks", callbacks)  # of a CallbackList
    given = given if isinstance(given, list | tuple) else [given]
    return any(isinstance(c, TerminateOnNaN) for c in given)
