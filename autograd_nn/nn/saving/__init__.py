"""Objects as plain data, and back: in comes a model, layer, loss or function, out a dict that JSON
holds, in Keras's layout.

objects.py has the door both ways, customs.py what users register, wiring.py the layout of a
functional model. Start with objects.py.
"""

from __future__ import annotations

from autograd_nn.nn.saving.customs import (
    CustomObjectScope,
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
)
from autograd_nn.nn.saving.objects import deserialize_keras_object, serialize_keras_object

__all__ = [
    "CustomObjectScope", "custom_object_scope", "deserialize_keras_object", "get_custom_objects",
    "get_registered_name", "get_registered_object", "register_keras_serializable",
    "serialize_keras_object",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
