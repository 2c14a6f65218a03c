"""The layers whose calls are under way, and whether what is updated within them is."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from autograd_nn.nn.context import context
from autograd_nn.nn.symbols import Met


class _Calls(threading.local):
    layers: list[Any] | None = None


_calls = _Calls()


def _under_way(today: Any) -> Any:
    """`Layer.__call__`, within which its layer is known."""

    @wraps(today)
    def __call__(self: Any, *args: Any, **options: Any) -> Any:
        layers = _calls.layers
        if layers is None:
            layers = _calls.layers = []
        layers.append(self)
        try:
            return today(self, *args, **options)
        finally:
            layers.pop()

    return __call__


def kept_still() -> bool:
    """Whether nothing is updated: in trials, and where Keras 2 made no updates of a layer.

    It made those of a stateful layer at every call, of others in training alone, and none of a
    layer that is not trainable. TensorFlow's ``tf.keras`` makes them in every call.
    """
    if isinstance(context.lent, Met):
        return True
    if "keras" not in sys.modules:
        return False
    if not _calls.layers:
        return context.training is False
    layer = _calls.layers[-1]
    if getattr(layer, "stateful", False):
        return False
    return not (layer.trainable and context.training)


BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    "autograd_nn.nn.layer:Layer": {"__call__": _under_way},
}
