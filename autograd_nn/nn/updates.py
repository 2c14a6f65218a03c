"""What Keras 1 and 2 asked layers of updates and calls; here ``assign`` sets variables at once."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.configurable import derived
from autograd_nn.nn.context import context
from autograd_nn.nn.symbols import Met
from autograd_nn.nn.variable import Variable


class Updated:
    """How a layer's updates, none of which wait, and its calls on symbols were asked for."""

    _calls_on_symbols: Any
    _flattened: Any
    losses: Any
    trainable: bool

    def get_input_at(self, node_index: int) -> Any:
        """The symbols that it was called on the node_index-th time."""
        return self._calls_on_symbols[node_index].args[0]

    def get_output_at(self, node_index: int) -> Any:
        """The symbols of its result the node_index-th time that it was called on symbols."""
        return self._calls_on_symbols[node_index].outputs

    def add_metric(self, value: Any, name: str | None = None, aggregation: Any = "mean") -> None:
        """Watches a tensor that its ``call`` has made, as Keras 2 did: the mean is in the logs.

        name          in the logs; it is needed.
        aggregation   'mean', or None for what a metric gave.
        Raises TypeError without a name, ValueError for another aggregation.
        """
        if not isinstance(name, str):
            raise TypeError(f"add_metric received name={name!r}; expected text. Write name='…'.")
        if aggregation not in ("mean", None):
            raise ValueError(
                f"add_metric received aggregation={aggregation!r}; expected 'mean'. Keep a metric "
                "as an attribute and call its update_state for another."
            )
        metrics = import_module("autograd_nn.nn.metrics")  # which are made of what this is part of
        if name not in self._watched_values:
            self._watched_values = {**self._watched_values, name: metrics.Mean(name)}
        self._watched_values[name].update_state(value)

    _watched_values: dict[str, Any] = {}

    @derived
    def updates(self) -> list[Any]:
        """The variables that calls in training set, as moving means are; when they are called.

        None of a layer that is not trainable, or was told ``training=False`` in every call.
        """
        found = []
        for layer in self._flattened():
            said = [call.kwargs.get("training") for call in layer._calls_on_symbols]
            if layer._takes_training and layer.trainable and (not said or set(said) != {False}):
                found += [w for w in layer._own_weights if not w.trainable]
        return [w for w in found if kind_of(w.dtype) == "f"]  # not where draws have come to

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Sets variables in a call in training: ``updates`` are pairs of a variable and its value.

        As Keras 2 had it, not where the layer is not trainable, and always where it is stateful.
        ``assign``, `K.update` and the like have set the variable already.
        """
        stateful = getattr(self, "stateful", False)
        if isinstance(context.lent, Met) or not (
            stateful or (self.trainable and context.training)
        ):
            return
        for variable, value in _pairs(updates):
            variable.assign(value)

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """None are waiting."""
        return []

    def get_losses_for(self, inputs: Any) -> Any:
        """`losses`."""
        return self.losses


def _pairs(updates: Any) -> list[Any]:
    """The pairs among updates; of two variables, each was set when it was written."""
    if not isinstance(updates, list | tuple):
        return []
    kinds = [isinstance(x, Variable) for x in updates]
    if isinstance(updates, tuple) and kinds == [True, False] and isinstance(updates[1], Tensor):
        return [updates]
    return [pair for each in updates for pair in _pairs(each)]


class Step(NamedTuple):
    """One step of an optimizer on variables against a loss, for a function that makes it."""

    optimizer: Any
    loss: Any
    variables: list[Any]


class Stepping:
    """What optimizers of Keras 1 and 2 gave to functions of the backend."""

    def get_updates(self, *given: Any, **named: Any) -> list[Step]:
        """The step on ``params`` against ``loss``, a symbol: by (loss, params), or as Keras 1 by
        (params, constraints, loss).

        Raises TypeError where these are missing.
        """
        names = ("loss", "params") if len(given) < 3 else ("params", "constraints", "loss")
        named = {**dict(zip(names, given, strict=False)), **named}
        if not {"loss", "params"} <= named.keys():
            raise TypeError(
                f"get_updates received {', '.join(named) or 'nothing'}; expected loss and params."
            )
        return [Step(self, named["loss"], list(named["params"]))]
