"""Any object of ours as plain data, and back: ``{"module", "class_name", "config", …}``."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np

from autograd_nn.engine.errors import did_you_mean
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import registry
from autograd_nn.nn.saving.customs import custom_object_scope
from autograd_nn.nn.symbols import Symbol

_PLAIN = (str, int, float, bool)
_ENDS = ("start", "stop", "step")  # of a slice
_MARKED = {  # data that JSON has no word for, by the name that stands for it
    "__numpy__": lambda c: np.array(c["value"], c["dtype"]),
    "__tensor__": lambda c: Tensor(c["value"], c["dtype"]),
    "__bytes__": lambda c: c["value"].encode(),
    "__slice__": lambda c: slice(*[_object(c[name]) for name in _ENDS]),
    "__ellipsis__": lambda c: ...,
}


def serialize_keras_object(obj: Any) -> Any:
    """An object as plain data: its class, where that is found, and its configuration.

    Numbers, text, lists and dicts stay what they are. Raises TypeError for what has no
    configuration, and for a lambda.

    >>> from autograd_nn import nn
    >>> serialize_keras_object(nn.losses.MeanSquaredError())["class_name"]
    'MeanSquaredError'
    """
    if obj is None or type(obj) in _PLAIN:
        return obj
    if isinstance(obj, list | tuple):
        return type(obj)(serialize_keras_object(v) for v in obj)
    if isinstance(obj, dict):
        return {k: serialize_keras_object(v) for k, v in obj.items()}
    if isinstance(obj, Tensor):
        return _marked("__tensor__", value=obj.tolist(), dtype=obj.dtype.name)
    if isinstance(obj, np.ndarray) and obj.ndim:
        return _marked("__numpy__", value=obj.tolist(), dtype=obj.dtype.name)
    if isinstance(obj, np.ndarray | np.generic):
        return obj.item()
    if isinstance(obj, str):  # of a class of its own, as an enumeration's
        return obj
    if isinstance(obj, np.dtype):
        return obj.name
    if isinstance(obj, bytes):
        return _marked("__bytes__", value=obj.decode())
    if isinstance(obj, slice):
        ends = {name: serialize_keras_object(getattr(obj, name)) for name in _ENDS}
        return _marked("__slice__", **ends)
    if obj is ...:
        return _marked("__ellipsis__")
    if isinstance(obj, Symbol):
        return _marked("__keras_tensor__", shape=list(obj.shape), dtype=obj.dtype.name)
    if isinstance(obj, FunctionType | BuiltinFunctionType) or hasattr(obj, "op"):
        return _function(obj)
    if not hasattr(obj, "get_config"):
        raise TypeError(
            f"received {obj!r}, a {type(obj).__name__}, to be serialized; expected plain data or "
            "an object with get_config. Give its class one."
        )
    cls = type(obj)
    found = {
        "module": _module(cls),
        "class_name": getattr(obj, "_class_name", cls.__name__),
        "config": _placed(obj.get_config()),
        "registered_name": registry.registered.get(cls),
    }
    built = getattr(obj, "get_build_config", None)
    if built is not None and (told := built()) is not None:
        found["build_config"] = told
    return found


def _placed(config: Any) -> Any:
    """A configuration whose inner objects say where their classes are, and are plain data."""
    if isinstance(config, list | tuple):
        return type(config)(_placed(v) for v in config)
    if not isinstance(config, dict):
        return serialize_keras_object(config)
    found = {k: _placed(v) for k, v in config.items()}
    if found.keys() == {"class_name", "config"} and isinstance(found["class_name"], str):
        cls = registry.class_of(found["class_name"])
        if cls is not None:
            known = registry.registered.get(cls)
            return {"module": _module(cls), **found, "registered_name": known}
    return found


def _marked(name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": name, "config": config}


def _function(obj: Any) -> dict[str, Any]:
    name = registry.registered.get(obj) or registry.name_of(obj) or obj.__name__
    if name == "<lambda>":
        raise TypeError(
            "received a lambda to be serialized, which has no name to be found by; expected a "
            "function. Write def, and register it with register_keras_serializable."
        )
    return {
        "module": "builtins", "class_name": "function", "config": name,
        "registered_name": registry.registered.get(obj, "function"),
    }  # fmt: skip


def _module(cls: type) -> str | None:
    """Where Keras has what is ours; a user's class is where it was written."""
    if not cls.__module__.startswith("autograd_nn."):
        return None if cls.__module__ == "__main__" else cls.__module__
    kind = registry.family_of(cls)
    if cls.__name__ in ("Model", "Sequential"):
        return "keras" if cls.__name__ == "Sequential" else "keras.src.models.functional"
    return f"keras.{_plural(kind)}" if kind else cls.__module__


def _plural(kind: str) -> str:
    return kind + ("es" if kind.endswith("s") else "s")


def deserialize_keras_object(
    config: Any, custom_objects: Mapping[str, Any] | None = None, safe_mode: bool = True
) -> Any:
    """The object that plain data describe, as `serialize_keras_object` or Keras made them.

    custom_objects   a user's own classes and functions, by name.
    safe_mode        here for Keras's sake: code is never read from data.
    Raises ValueError for a name that nothing has, with the nearest one.

    >>> from autograd_nn import nn
    >>> deserialize_keras_object(serialize_keras_object(nn.Dense(3))).units
    3
    """
    with custom_object_scope(custom_objects) if custom_objects else nullcontext():
        return _object(config)


def _object(config: Any) -> Any:
    if isinstance(config, list | tuple):
        return type(config)(_object(v) for v in config)
    if not isinstance(config, dict):
        return config
    name = config.get("class_name")
    if name is None or "config" not in config:
        return {k: _object(v) for k, v in config.items()}
    inner = config["config"]
    if name in _MARKED:
        return _MARKED[name](inner)
    if name == "__lambda__":
        raise ValueError(
            "received a lambda's code in a configuration; expected names alone, for code is never "
            "run from data. Register a function, and pass it in custom_objects."
        )
    registered = config.get("registered_name")
    if name == "function":
        name = registered if registered not in (None, "function") else inner
        return registry.look_up(name, function=True) or _found(name, None)
    cls = _registered(registered, name) if registered else None
    cls = cls or _found(name, _kind(config.get("module")))
    if not isinstance(cls, type):
        return cls
    if isinstance(inner, list) and name == "Sequential":  # up to Keras 2.2.2 its layers alone
        inner = {"layers": inner}
    if not isinstance(inner, dict):
        raise TypeError(
            f"received {str(inner)[:60]} as the configuration of {name!r}. Expected 'config' to be "
            "a dict of what the class takes."
        )
    make = getattr(cls, "from_config", None)
    found = make(inner) if make is not None else cls(**inner)
    if config.get("build_config") and hasattr(found, "build_from_config"):
        found.build_from_config(config["build_config"])
    return found


def _registered(registered: Any, name: str) -> Any:
    """What is registered under a name; None where it is but the class's own.

    Raises ValueError where nobody registered it: none of ours is it, whatever it is called.
    """
    cls = registry.own(str(registered)) or registry.own(name)
    if cls is None and registered != name:
        raise ValueError(
            f"received a configuration of {name!r} that was registered as {registered!r}, which is "
            "not known: by its class alone it would have resolved to a Keras built-in. Expected "
            "what was registered. Pass it in custom_objects."
        )
    return cls


def _kind(module: str | None) -> str | None:
    last = (module or "").rpartition(".")[2]
    return next((k for k in registry.families() if _plural(k) == last), None)


def _found(name: str, kind: str | None) -> Any:
    found = registry.look_up(name, kind) or registry.look_up(name)
    if found is None:
        shown = registry.names(kind) if kind else {}
        raise ValueError(
            f"received a configuration of {name!r}, which is not known; expected a class or "
            "function of ours, or one that was registered. Pass it in custom_objects. "
            + (did_you_mean(name, shown) if shown else "")
        )
    return found
