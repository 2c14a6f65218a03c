"""What users register, so that configurations may name it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from autograd_nn.nn import registry

T = TypeVar("T")


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[T], T]:
    """Registers a class or function under ``package>name``, as configurations then call it.

    Raises TypeError for a class without get_config, ValueError where the name is taken.

    >>> from autograd_nn import nn
    >>> @register_keras_serializable("mine")
    ... class Twice(nn.Layer):
    ...     def call(self, inputs):
    ...         return 2 * inputs
    >>> get_registered_name(Twice)
    'mine>Twice'
    """

    def register(thing: T) -> T:
        own = name or thing.__name__  # type: ignore[attr-defined]
        if isinstance(thing, type) and not hasattr(thing, "get_config"):
            raise TypeError(
                f"received the class {own!r} to be registered, which has no get_config; expected "
                "one, for it is made again from its configuration. Derive it from Layer, Loss, …"
            )
        full = f"{package}>{own}"
        there = registry.customs.get(full)
        if there is not None and getattr(there, "__qualname__", None) != thing.__qualname__:  # type: ignore[attr-defined]
            raise ValueError(
                f"received the name {full!r} for {thing!r}; expected one that is free: it is that "
                f"of {there!r}. Choose another package or name."
            )
        registry.customs[full] = thing
        registry.registered[thing] = full
        return thing

    return register


def get_registered_name(thing: Any) -> str:
    """The name a class or function is registered under; its own where it is not.

    >>> get_registered_name(len)
    'len'
    """
    return registry.registered.get(thing, thing.__name__)


def get_registered_object(
    name: str,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """What is registered under a name, here or in these objects; None where nothing is.

    >>> get_registered_object("answer", {"answer": 42})
    42
    """
    for table in (custom_objects or {}, registry.customs, module_objects or {}):
        if name in table:
            return table[name]
    return registry.look_up(name) if ">" in name else None


def get_custom_objects() -> dict[str, Any]:
    """What is registered everywhere, by name; entries may be added.

    >>> "never registered" in get_custom_objects()
    False
    """
    return registry.customs


def custom_object_scope(*objects: Mapping[str, Any] | None) -> AbstractContextManager[None]:
    """Within ``with``, configurations may name these objects, given as dicts by name; None is none.

    >>> from autograd_nn import nn
    >>> with custom_object_scope({"half": lambda x: x / 2}):
    ...     layer = nn.Activation("half")
    >>> layer([3.0]).tolist()
    [1.5]
    """
    joined: dict[str, Any] = {}
    for table in objects:
        if table is None:
            continue
        if not isinstance(table, Mapping):
            raise TypeError(
                f"received {table!r} as custom objects; expected dicts by name, as in "
                "{'MyLayer': MyLayer}."
            )
        joined.update(table)
    return registry.scope(joined)


CustomObjectScope = custom_object_scope
