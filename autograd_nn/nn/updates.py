"""What Keras 1 and 2 asked layers of updates and calls; here ``assign`` sets variables at once."""

from __future__ import annotations

from typing import Any


class Updated:
    """How a layer's updates, of which there are none, and its calls on symbols were asked for."""

    calls: Any
    losses: Any

    def get_input_at(self, node_index: int) -> Any:
        """The symbols that it was called on the node_index-th time."""
        return self.calls[node_index].args[0]

    def get_output_at(self, node_index: int) -> Any:
        """The symbols of its result the node_index-th time that it was called on symbols."""
        return self.calls[node_index].outputs

    @property
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
