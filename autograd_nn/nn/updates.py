"""What layers of Keras 1 and 2 said of updates; here ``assign`` sets a variable at once."""

from __future__ import annotations

from typing import Any


class Updated:
    """The methods by which a layer's updates were handed on; there are none to hand on."""

    losses: Any

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
