"""The training step: one function of a batch, built of ops, that changes state by ``assign`` only.

Whatever may change between steps is a tensor, and no value is looked at from Python, so the step
can be recorded once and replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import GradientError
from autograd_nn.engine.mode import mode
from autograd_nn.engine.tape import pullback
from autograd_nn.engine.tensor import Tensor

if TYPE_CHECKING:
    from autograd_nn.nn.models import Model

Step = Callable[..., Tensor]


def train_step(model: Model) -> Step:
    """``step(x, y[, sample_weight])`` for a compiled model: forward, backward, update, metrics."""
    optimizer, variables = model.optimizer, model.trainable_weights
    penalties, track = penalty_terms(variables), tracker(model)
    # With every leaf wanted, the walk back need not find out which tensors lead to one.
    targets = None if len(variables) == sum(v.trainable for v in model.weights) else variables
    loss: Any = model.loss
    factor = model.loss_weight

    def step(x: Tensor, y: Tensor, sample_weight: Tensor | None = None) -> Tensor:
        before, mode.taping = mode.taping, True
        mode.stepping = True
        try:
            y_pred = model(x, training=True)
            value = loss(y, y_pred, sample_weight)
            if factor != 1:
                value = value * factor
            for variable, regularizer in penalties:
                value = value + regularizer(variable)
            found = pullback([value], [ops.ones_like(value)], targets)
            if variables and not any(id(v) in found for v in variables):
                raise GradientError(
                    f"the loss {loss.name!r} depends on no trainable weight of {model.name!r}, so "
                    "nothing could be learned; expected one that is differentiable in y_pred. Look "
                    "for round, argmax, comparisons, or detach() in it or in the model."
                )
            grads = [found[id(v)] if id(v) in found else ops.zeros_like(v) for v in variables]
            mode.taping = mode.stepping = False
            optimizer.apply(grads, variables)
            track(value, x.array.shape[0], y, y_pred, sample_weight)
        finally:
            mode.taping, mode.stepping = before, False
        return value

    return step


def evaluation_step(model: Model) -> Step:
    """``step(x, y[, sample_weight])``: forward, loss and metrics."""
    penalties, track = penalty_terms(model.trainable_weights), tracker(model)
    loss: Any = model.loss
    factor = model.loss_weight

    def step(x: Tensor, y: Tensor, sample_weight: Tensor | None = None) -> Tensor:
        before, mode.taping = mode.taping, False
        try:
            y_pred = model(x, training=False)
            value = loss(y, y_pred, sample_weight)
            if factor != 1:
                value = value * factor
            for variable, regularizer in penalties:
                value = value + regularizer(variable)
            track(value, x.array.shape[0], y, y_pred, sample_weight)
        finally:
            mode.taping = before
        return value

    return step


def penalty_terms(variables: Sequence[Any]) -> list[tuple[Any, Any]]:
    """The weights that have a penalty, each with it."""
    return [(v, v.regularizer) for v in variables if v.regularizer is not None]


def tracker(model: Model) -> Callable[..., None]:
    """``track(loss, n, y, y_pred, weight)``: adds one batch to every metric's state."""
    mean = model.loss_tracker
    plain = [updater(m) for m in model.plain_metrics]
    weighted = [updater(m) for m in model.weighted_metrics]

    def track(loss: Tensor, n: int, y: Tensor, y_pred: Tensor, weight: Tensor | None) -> None:
        mean.add(ops.multiply(loss, n), n)
        for update in plain:
            update(y, y_pred)
        for update in weighted:
            update(y, y_pred, weight)

    return track


def updater(metric: Any) -> Callable[..., None]:
    """A metric's update; of one by samples, the lean one, targets and predictions made to fit."""
    from autograd_nn.nn.losses import fitted
    from autograd_nn.nn.metrics import MeanMetricWrapper

    if type(metric).update_state is not MeanMetricWrapper.update_state:
        return metric.update_state
    update = metric.update

    def lean(y: Tensor, y_pred: Tensor, weight: Tensor | None = None) -> None:
        update(*fitted(y, y_pred), weight)

    return lean
