"""What Keras 1 and 2 asked layers of updates and calls; here ``assign`` sets variables at once."""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd_nn.nn.configurable import derived


class Updated:
    """How a layer's updates, of which there are none, and its calls on symbols were asked for."""

    _calls_on_symbols: Any
    losses: Any

    def get_input_at(self, node_index: int) -> Any:
        """The symbols that it was called on the node_index-th time."""
        return self._calls_on_symbols[node_index].args[0]

    def get_output_at(self, node_index: int) -> Any:
        """The symbols of its result the node_index-th time that it was called on symbols."""
        return self._calls_on_symbols[node_index].outputs

    @derived
    def updates(self) -> list[Any]:
        """None are waiting."""
        return []

    def add_update(self, updates: Any, inputs: Any = None) -> None:
        """Does nothing: ``assign``, `K.update` and the like have set the variable already."""

    def get_updates_for(self, inputs: Any) -> list[Any]:
        """None are waiting."""
        return []

    def get_losses_for(self, inputs: Any) -> Any:
        """`losses`."""
        return self.losses


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
