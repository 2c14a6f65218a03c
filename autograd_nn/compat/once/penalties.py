"""``model.losses`` of what computed nothing yet: in Keras 1 and 2 symbols, one for each call."""

from __future__ import annotations

from functools import wraps
from typing import Any

from autograd_nn.engine import tree
from autograd_nn.nn.context import context
from autograd_nn.nn.layer import UnbuiltError
from autograd_nn.nn.symbols import note, symbols_in

_RAN = "_computed"  # set where a model's losses are those of its last call


class _Added:
    """What a layer adds to a step's loss when it is called."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer

    def __call__(self, *args: Any, **options: Any) -> list[Any]:
        before, context.added = context.added, []
        try:
            self.layer(*args, **options)
            return list(context.added or ())
        finally:
            context.added = before


def _adds(layer: Any) -> bool:
    """Whether calls of a layer may add to a loss: what its outputs are penalized by, or its own."""
    return any(
        inner.activity_regularizer is not None
        or "add_loss" in getattr(getattr(type(inner).call, "__code__", None), "co_names", ())
        and not type(inner).__module__.startswith("autograd_nn.")
        for inner in layer._flattened()
    )


def _noted(today: Any) -> property:
    """`Model.losses`: of a functional model that computed nothing, what its calls will add."""

    def losses(self: Any) -> list[Any]:
        found = today.fget(self) if today else super(_model(), self).losses
        if vars(self).get(_RAN) or not self.built:
            return found
        try:
            graph = self._symbols("losses")
        except UnbuiltError:
            return found
        added: list[Any] = []
        for call in graph.calls:
            if call.inputs and hasattr(call.function, "_flattened") and _adds(call.function):
                symbols = note(_Added(call.function), call.args, call.kwargs, name="added")
                added += tree.flatten(symbols)[0]
        told = [] if self._wider is None else self._wider.outputs[1]
        return [*added, *told, *found]

    return property(losses)


def _computing(today: Any) -> Any:
    """`Model.__call__`, after which a model's losses are those that it added."""

    @wraps(today)
    def __call__(self: Any, *args: Any, **options: Any) -> Any:
        if context.lent is None and not symbols_in(args):  # no trial, and no note
            vars(self)[_RAN] = True
        return today(self, *args, **options)

    return __call__


def _model() -> Any:
    from autograd_nn.nn.model import Model

    return Model


BENT = {"autograd_nn.nn.model:Model": {"losses": _noted, "__call__": _computing}}
