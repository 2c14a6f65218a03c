"""The steps of training and evaluation: functions of a batch, built of ops, that change state by
``assign`` only.

Whatever may change between steps is a tensor, and no value is looked at from Python, so a step can
be recorded once and replayed.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any

from autograd_nn.engine import ops, tree
from autograd_nn.engine.errors import GradientError
from autograd_nn.engine.mode import mode
from autograd_nn.engine.tape import pullback
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.context import context
from autograd_nn.nn.training.objective import with_penalties

Step = Callable[..., Any]


def made_step(model: Any, structure: Any, training: bool) -> Step:
    """``step(*arrays)`` for a compiled model: forward, backward and update if training, metrics.

    structure   of the batch (x, y, sample_weight), which the arrays are the leaves of.
    """
    held = weakref.ref(model)  # the model holds its steps
    alone = structure == ALONE

    def step(*arrays: Tensor) -> Any:
        model: Any = held()
        x, y, w = (*arrays, None) if alone else tree.unflatten(structure, arrays)
        before, mode.taping, mode.stepping = mode.taping, training, training
        try:
            y_pred = model(x, training=training)
            value, each = minimized(model, training, x, y, y_pred, w)
            if training:
                update(model, value)
            mode.taping = mode.stepping = False
            track(model, value, each, x, y, y_pred, w)
            if model._overridden("compute_metrics"):
                return model.compute_metrics(x, y, y_pred, w)
        finally:
            mode.taping, mode.stepping = before, False
            context.read = {}
        return value

    kind = "training" if training else "test"
    step.__qualname__ = f"the {kind} step of {type(model).__qualname__} {model.name!r}"
    return step


ALONE: Any = tree.flatten((0, 0, None))[1]  # one input and its targets, as most batches are


def minimized(
    model: Any, training: bool, x: Any, y: Any, y_pred: Any, w: Any
) -> tuple[Tensor, Sequence[Tensor | None]]:
    """What a step minimizes, and each term: the model's own compute_loss, or what was compiled."""
    found: tuple[Tensor, Sequence[Tensor | None]]
    if model._overridden("compute_loss"):
        taken = signature(model.compute_loss).parameters
        told = {"training": training} if "training" in taken else {}
        value = model.compute_loss(x=x, y=y, y_pred=y_pred, sample_weight=w, **told)
        found = value, [None] * len(model._objective.terms)
    else:
        found = compiled_loss(model, y, y_pred, w)
    model.__dict__.pop("_added", None)
    return found


def compiled_loss(
    model: Any, y: Any, y_pred: Any, w: Any
) -> tuple[Tensor, Sequence[Tensor | None]]:
    """The compiled losses with the penalties; raises ValueError where there is nothing."""
    objective = model._objective
    total, each = objective(*lists(objective.ends, y, y_pred, w))
    added = model.__dict__.get("_added", ())
    penalties = penalty_terms(model.trainable_weights)
    if penalties or added:
        total = with_penalties(total, penalties, added)
    if total is None:
        raise ValueError(
            "training or evaluation was asked of a model compiled without a loss; expected "
            "one. Call model.compile(loss=..., optimizer=...) again, or add_loss in a layer."
        )
    return total, each


def lists(ends: Any, y: Any, y_pred: Any, w: Any) -> tuple[list[Any], list[Any], list[Any]]:
    """Targets, predictions and weights as lists, one entry an output."""
    if ends.single:
        return [y], [y_pred], [w]
    ws = [w] * len(ends) if w is None or isinstance(w, Tensor) else ends.values(w)
    ys = ends.values(y) if y is None or not isinstance(y, Tensor) else [y] * len(ends)
    return ys, ends.values(y_pred), ws


def update(model: Any, value: Tensor) -> None:
    """Hands the optimizer the gradients of a loss by the weights that are trained by now."""
    variables = model.trainable_weights
    nodes: list[Any] = [v.node for v in variables]
    # With every leaf wanted, the walk back need not find out which nodes lead to one.
    every = len(variables) == sum(v.trainable for v in model.weights)
    seed = model.optimizer.scale_loss(ops.ones_like(value))
    found = pullback([value], [seed], None if every else nodes)
    if variables and not any(n.serial in found for n in nodes):
        raise GradientError(
            f"the loss {getattr(model.loss, 'name', 'of compute_loss')!r} depends on no trainable "
            f"weight of {model.name!r}, so nothing could be learned; expected one that is "
            "differentiable in y_pred. Look for round, argmax, comparisons, or detach() in it or "
            "in the model."
        )
    grads = [
        found[n.serial] if n.serial in found else ops.zeros_like(v)
        for n, v in zip(nodes, variables, strict=True)
    ]
    mode.taping = mode.stepping = False
    model.optimizer.apply(grads, variables)


def penalty_terms(variables: Sequence[Any]) -> list[tuple[Any, Any]]:
    """The weights that have a penalty, each with it."""
    return [(v, v.regularizer) for v in variables if v.regularizer is not None]


def track(
    model: Any, loss: Tensor, each: Sequence[Tensor | None], x: Any, y: Any, y_pred: Any, w: Any
) -> None:
    """Adds one batch to a model's losses and metrics."""
    first = x if isinstance(x, Tensor) else tree.flatten(x)[0][0]
    model._objective.track(loss, each, first.shape[0])
    if not model._overridden("compute_metrics"):  # which is called in our place
        model._watched.update(*lists(model._objective.ends, y, y_pred, w))
