"""``compiled_loss`` and ``compiled_metrics``, which steps of one's own had in Keras 2.2 to 2.9."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.training.step import compiled_loss


class CompiledLoss:
    """A compiled model's loss as a function of targets and predictions.

    >>> from autograd_nn import nn
    >>> model = nn.Sequential([nn.Dense(1, input_dim=2)])
    >>> model.compile(loss="mse")
    >>> float(CompiledLoss(model)(ops.ones((3, 1)), ops.zeros((3, 1))))
    1.0
    """

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None,
        regularization_losses: Sequence[Any] | None = None,
    ) -> Any:  # fmt: skip
        model = self.model
        loss = _plain(model, y_true, y_pred, sample_weight)
        for penalty in () if regularization_losses else model.losses:  # which it has added
            loss = loss - ops.sum(penalty)
        _note(model, loss)
        return loss

    @property
    def metrics(self) -> list[Any]:
        """The means of losses."""
        return [m for m in self.model.metrics if m.name == "loss" or m.name.endswith("_loss")]


def _plain(model: Any, y: Any, y_pred: Any, weights: Any) -> Any:
    """A batch's loss, which is not watched."""
    if model._overridden("compute_loss"):
        return model.compute_loss(None, y, y_pred, weights)
    return compiled_loss(model, y, y_pred, weights)[0]


def _note(model: Any, loss: Any) -> None:
    for metric in model.metrics:
        if metric.name == "loss":
            metric.update_state(loss.detach())


def _noting(today: Any) -> Any:
    """`Model.compute_loss`, which a step of one's own calls: 'loss' in its logs is of these.

    What such a step tells the metric besides, as with Keras 3, is the same number once more.
    """

    @wraps(today)
    def compute_loss(self: Any, *args: Any, **options: Any) -> Any:
        loss = today(self, *args, **options)
        if isinstance(loss, Tensor):
            _note(self, loss)
        return loss

    return compute_loss


BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    "autograd_nn.nn.training.compiled:Compiled": {"compute_loss": _noting},
}


class CompiledMetrics:
    """The metrics that a model was compiled with, told of a batch at once."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Takes a batch into account."""
        self.model.compute_metrics(None, y_true, y_pred, sample_weight)

    @property
    def metrics(self) -> list[Any]:
        """They, without the means of losses."""
        losses = CompiledLoss(self.model).metrics
        return [m for m in self.model.metrics if not any(m is v for v in losses)]

    def reset_state(self) -> None:
        """Forgets all batches."""
        for metric in self.metrics:
            metric.reset_state()

    reset_states = reset_state
