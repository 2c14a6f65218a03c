"""Callback: what is called as training goes along, and the names of its hooks."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn import plain
from autograd_nn.nn.configurable import Renamed

Logs = dict[str, Any]
_EVENTS = ("epoch", "train_batch", "test_batch", "predict_batch")
_PHASES = ("train", "test", "predict")
HOOKS = tuple(
    f"on_{event}_{end}" for event in (*_PHASES, *_EVENTS) for end in ("begin", "end")
)


class Callback(Renamed):
    """The base: override the hooks you need; ``self.model`` and ``self.params`` are set.

    >>> from autograd_nn import nn
    >>> class Shout(nn.callbacks.Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         print("epoch", epoch, "done")
    >>> Shout().on_epoch_end(0)
    epoch 0 done
    """

    model: Any = None
    params: dict[str, Any] = {}  # noqa: RUF012  (replaced, never changed in place)
    _steers: bool = True  # whether it may change the model, or draw, while training runs
    validation_data: Any = None  # arrays of inputs, targets and weights, as Keras 2 set it
    _resumed: bool = False  # whether training goes on from a checkpoint, known when it begins

    def set_model(self, model: Any) -> None:
        """Called before training with the model."""
        self.model = model

    def set_params(self, params: dict[str, Any]) -> None:
        """Called before training with verbose, epochs and steps."""
        self.params = params

    def get_state(self) -> dict[str, Any]:
        """What it has come to, for a checkpoint: its attributes that are plain data.

        These are numbers, text, arrays, tensors, generators, and lists, tuples, sets and dicts of
        them. Override both where there is more.
        """
        return plain.state(self, ("model", "params", "_resumed", "validation_data"))

    def set_state(self, state: dict[str, Any]) -> None:
        """Goes on from what `get_state` gave; called after on_train_begin."""
        plain.put_back(self, state)

    def _checkpoint(self) -> str | None:
        """The path of a checkpoint that `fit` goes on from; None where there is none."""
        return None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Called once, before the first epoch."""

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Called once, after the last epoch."""

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Called before an evaluation."""

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Called after an evaluation."""

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Called before a prediction."""

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Called after a prediction."""

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Called before each epoch, counted from 0."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Called after each epoch with its loss and metrics, validation's included."""

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each training step."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each training step with loss and metrics so far."""

    def on_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """The older name of on_train_batch_begin."""

    def on_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """The older name of on_train_batch_end."""

    def on_test_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each batch of an evaluation."""

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each batch of an evaluation."""

    def on_predict_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        """Called before each batch of a prediction."""

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Called after each batch of a prediction."""
