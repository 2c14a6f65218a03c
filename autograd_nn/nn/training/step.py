"""The training step: one function of a batch, built of ops, that changes state by ``assign`` only.

Whatever may change between steps is a tensor, and no value is looked at from Python, so the step
can be recorded once and replayed.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from inspect import signature
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
    loss_of, track = loss_function(model, training=True), tracker(model)
    # With every leaf wanted, the walk back need not find out which nodes lead to one.
    every = len(variables) == sum(v.trainable for v in model.weights)
    held = weakref.ref(model)  # the model holds its steps
    where = f"the loss {getattr(model.loss, 'name', 'of compute_loss')!r}"

    def step(x: Tensor, y: Tensor, sample_weight: Tensor | None = None) -> Tensor:
        model: Any = held()
        before, mode.taping = mode.taping, True
        mode.stepping = True
        try:
            y_pred = model(x, training=True)
            value = loss_of(x, y, y_pred, sample_weight)
            nodes: list[Any] = [v.node for v in variables]
            found = pullback([value], [ops.ones_like(value)], None if every else nodes)
            if variables and not any(n.serial in found for n in nodes):
                raise GradientError(
                    f"{where} depends on no trainable weight of {model.name!r}, so "
                    "nothing could be learned; expected one that is differentiable in y_pred. Look "
                    "for round, argmax, comparisons, or detach() in it or in the model."
                )
            grads = [
                found[n.serial] if n.serial in found else ops.zeros_like(v)
                for n, v in zip(nodes, variables, strict=True)
            ]
            mode.taping = mode.stepping = False
            optimizer.apply(grads, variables)
            track(value, x.array.shape[0], y, y_pred, sample_weight)
        finally:
            mode.taping, mode.stepping = before, False
        return value

    return step


def evaluation_step(model: Model) -> Step:
    """``step(x, y[, sample_weight])``: forward, loss and metrics."""
    loss_of, track = loss_function(model, training=False), tracker(model)
    held = weakref.ref(model)

    def step(x: Tensor, y: Tensor, sample_weight: Tensor | None = None) -> Tensor:
        model: Any = held()
        before, mode.taping = mode.taping, False
        try:
            y_pred = model(x, training=False)
            value = loss_of(x, y, y_pred, sample_weight)
            track(value, x.array.shape[0], y, y_pred, sample_weight)
        finally:
            mode.taping = before
        return value

    return step


def loss_function(model: Model, training: bool) -> Callable[..., Tensor]:
    """``loss(x, y, y_pred, sample_weight)``: the model's own compute_loss, or the compiled loss."""
    if not model.overridden("compute_loss"):
        compiled = objective(model)
        return lambda x, y, y_pred, weight: compiled(y, y_pred, weight)
    named = signature(model.compute_loss).parameters
    told = {"training": training} if "training" in named else {}
    held = weakref.ref(model)

    def own(x: Tensor, y: Tensor, y_pred: Tensor, weight: Tensor | None) -> Tensor:
        model: Any = held()
        return model.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=weight, **told)

    return own


def objective(model: Model) -> Callable[..., Tensor]:
    """``loss(y, y_pred, sample_weight)``: the compiled loss, weighted, and the penalties."""
    penalties, factor = penalty_terms(model.trainable_weights), model.loss_weight
    loss: Any = model.loss

    def total(y: Tensor, y_pred: Tensor, sample_weight: Tensor | None) -> Tensor:
        value = loss(y, y_pred, sample_weight)
        if factor != 1:
            value = value * factor
        for variable, regularizer in penalties:
            value = value + regularizer(variable)
        return value

    return total


def penalty_terms(variables: Sequence[Any]) -> list[tuple[Any, Any]]:
    """The weights that have a penalty, each with it."""
    return [(v, v.regularizer) for v in variables if v.regularizer is not None]


def tracker(model: Model) -> Callable[..., None]:
    """``track(loss, n, y, y_pred, weight)``: adds one batch to the loss's mean and the metrics."""
    mean, watch = model._loss_tracker, watcher(model)

    def track(loss: Tensor, n: int, y: Tensor, y_pred: Tensor, weight: Tensor | None) -> None:
        mean.add(ops.multiply(loss, n), n)
        watch(y, y_pred, weight)

    return track


def watcher(model: Model) -> Callable[..., None]:
    """``watch(y, y_pred, weight)``: adds one batch to the compiled metrics."""
    plain = [updater(m) for m in model.plain_metrics]
    weighted = [updater(m) for m in model.weighted_metrics]

    def watch(y: Tensor, y_pred: Tensor, weight: Tensor | None) -> None:
        for update in plain:
            update(y, y_pred)
        for update in weighted:
            update(y, y_pred, weight)

    return watch


def updater(metric: Any) -> Callable[..., None]:
    """A metric's update; of one by samples, the lean one, targets and predictions made to fit."""
    from autograd_nn.nn.losses.reduction import fitted
    from autograd_nn.nn.metrics import MeanMetricWrapper

    if type(metric).update_state is not MeanMetricWrapper.update_state:
        return metric.update_state
    update = metric.update

    def lean(y: Tensor, y_pred: Tensor, weight: Tensor | None = None) -> None:
        update(*fitted(y, y_pred), weight)

    return lean
