"""Objects as plain data and models as files, and back.

objects.py has the door to plain data both ways, in Keras's layout; customs.py what users register;
wiring.py the layout of a functional model. doors.py has save and load: state.py lists what a model
holds, native.py says what of it a file has, tensors.py is the file's layout, durable.py puts it in
its place, room.py bounds what a file may make us hold. pytorch.py has state dicts. Start with
objects.py, then doors.py.
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
from autograd_nn.nn.saving.doors import load_model, load_weights, save_model, save_weights
from autograd_nn.nn.saving.errors import ModelFileError
from autograd_nn.nn.saving.objects import deserialize_keras_object, serialize_keras_object
from autograd_nn.nn.saving.pytorch import load_state_dict, save_state_dict, state_dict

__all__ = [
    "CustomObjectScope", "ModelFileError", "custom_object_scope", "deserialize_keras_object",
    "get_custom_objects", "get_registered_name", "get_registered_object", "load_model",
    "load_state_dict", "load_weights", "register_keras_serializable", "save_model",
    "save_state_dict", "save_weights", "serialize_keras_object", "state_dict",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
