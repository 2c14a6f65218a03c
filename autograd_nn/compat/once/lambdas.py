"""Functions of `Lambda` layers in files that this process wrote itself, as Keras 2 read them back.

No file holds code. What was saved here is known here, as long as the file is as it was written; and
a configuration knows its functions until it is text.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from typing import Any

from autograd_nn.compat.once.open_files import from_open, into_open
from autograd_nn.nn import registry
from autograd_nn.nn.layers import Lambda

# Of each file that was written: how it was then, and the functions by what stands for them in it.
_WRITTEN: dict[str, tuple[Any, dict[str, Any]]] = {}


def _noting(today: Any) -> Any:
    """`save_model`, after which the functions in that file are known."""
    @wraps(today)
    def save_model(model: Any, filepath: Any, *args: Any, **options: Any) -> Any:
        found = today(model, filepath, *args, **options)
        functions = {}
        for layer in model._flattened():
            if isinstance(layer, Lambda):
                name = getattr(layer.function, "__name__", "<lambda>")
                name = layer.name if name == "<lambda>" else name
                if _free(name):
                    functions[name] = layer.function
        _WRITTEN[_place(filepath)] = _stamp(filepath), functions
        return found

    return save_model


def _free(name: str) -> bool:
    """Whether a name means nothing else in a file: layers are there by their classes' own names."""
    known = registry.look_up(name)
    small = isinstance(known, type) and name != known.__name__
    return known is None or small and registry.family_of(known) == "layer"


def _knowing(today: Any) -> Any:
    """`load_model`, given the functions of a file that was written here."""
    @wraps(today)
    def load_model(filepath: Any, custom_objects: Any = None, *args: Any, **options: Any) -> Any:
        stamp, functions = _WRITTEN.get(_place(filepath), (None, {}))
        if functions and stamp == _stamp(filepath):
            custom_objects = {**functions, **(custom_objects or {})}
        return today(filepath, custom_objects, *args, **options)

    return load_model


class Told(str):
    """A function's name in a configuration, and the function."""

    function: Any


def _with_functions(today: Any) -> Any:
    """`Lambda.get_config`, whose names of functions know these."""

    def get_config(self: Any) -> dict[str, Any]:
        found = dict(today(self) if today else super(Lambda, self).get_config())
        held = {"function": self.function, "output_shape": self.told_shape, "mask": self.mask}
        for key, function in held.items():
            if callable(function) and isinstance(found.get(key), str):
                found[key] = Told(found[key])
                found[key].function = function
        return found

    return get_config


def _of_names(today: Any) -> Any:
    """What finds a function that a configuration names."""

    @wraps(today)
    def find(value: Any, layer: str) -> Any:
        return value.function if isinstance(value, Told) else today(value, layer)

    return find


def _place(filepath: Any) -> str:
    return os.path.abspath(filepath) if isinstance(filepath, str | os.PathLike) else ""


def _stamp(filepath: Any) -> Any:
    try:
        known = os.stat(filepath)
    except OSError:
        return None
    return known.st_mtime_ns, known.st_size


BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    f"autograd_nn.nn.{name}": {
        "save_model": lambda today: into_open(_noting(today)),
        "load_model": lambda today: from_open(_knowing(today)),
    }
    for name in ("saving", "saving.doors", "models")
} | {
    "autograd_nn.nn.layers:Lambda": {"get_config": _with_functions},
    "autograd_nn.nn.layers.function": {"_function": _of_names},
}
