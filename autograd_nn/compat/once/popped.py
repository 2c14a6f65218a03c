"""A model's lists, which were its own until Keras 2.3: a script changed them to change the model.

``model.layers.pop()``, then ``model.outputs = [model.layers[-1].output]``, is how a net's last
layer was taken off for another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, SupportsIndex

from autograd_nn.nn.model import _single
from autograd_nn.nn.models import Sequential
from autograd_nn.nn.network import Network
from autograd_nn.nn.symbols import Symbol

_GONE = "_popped"  # the layers that a script took off a functional model's list


class Layers(list[Any]):
    """A model's layers; what is popped is not among them when the model is asked again."""

    def __init__(self, model: Any, layers: list[Any]) -> None:
        gone = vars(model).get(_GONE, ())
        super().__init__(layer for layer in layers if not any(layer is g for g in gone))
        self._model = model

    def pop(self, index: SupportsIndex = -1) -> Any:
        """Takes a layer off; of a `Sequential` the last one, which its result is without then."""
        layer = super().pop(index)
        if not isinstance(self._model, Sequential):
            vars(self._model).setdefault(_GONE, []).append(layer)
        elif layer is self._model._chain[-1]:
            self._model.pop()
        else:
            raise ValueError(
                f"layers.pop received {index!r} of a Sequential of {len(self) + 1} layers; "
                "expected the last. Make a Sequential of the layers that are wanted."
            )
        return layer


def _popping(today: Any) -> Any:
    return property(lambda self: Layers(self, today.__get__(self)))


def _ending(today: Any) -> Any:
    """`Model.outputs`: symbols that are set are what the model gives from then on."""

    def put(self: Any, value: Any) -> None:
        ends = list(value) if isinstance(value, list | tuple) else [value]
        known = self._own_layer_graph
        if isinstance(self, Sequential) and len(ends) == 1 and isinstance(ends[0], Symbol):
            places = [layer is ends[0].call.function for layer in self._chain]
            while any(places) and not places.pop():
                self.pop()
        elif known is not None and all(isinstance(x, Symbol) for x in ends):
            self._between_symbols(Network(known.inputs, _single(ends)))
            vars(self).pop(_GONE, None)
        else:
            vars(self)["outputs"] = value

    def find(self: Any) -> Any:
        own = vars(self)
        return own["outputs"] if "outputs" in own else today.__get__(self, type(self))

    return property(find, put)


BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    "autograd_nn.nn.model:Model": {"layers": _popping, "outputs": _ending},
    "autograd_nn.nn.models:Sequential": {"layers": _popping},
}
