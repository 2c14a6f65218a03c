"""Layers made again of their configuration, with what is of their user's and has no name."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from autograd_nn.nn.configurable import encode, fields
from autograd_nn.nn.registry import name_of, scope


def alike(layer: Any, **changed: Any) -> Any:
    """A layer of the same configuration, but for what is ``changed``.

    The functions that it was made with, and the classes of layers inside, need no name here.

    >>> from autograd_nn import nn
    >>> alike(nn.layers.GRU(3), go_backwards=True).go_backwards
    True
    """
    inside: dict[str, Any] = {}
    for inner in layer._flattened()[1:]:
        for value in _functions(inner).values():
            inside[inner.name if value.__name__ == "<lambda>" else encode(value)] = value
        if name_of(type(inner)) is None:
            inside[encode(type(inner))] = type(inner)
    config = layer.get_config()
    own = {k: f for k, f in _functions(layer).items() if k in config}
    with scope(inside):
        return type(layer).from_config({**config, **own, **changed})


def _functions(layer: Any) -> dict[str, Any]:
    """The functions of its user's that a layer was made with."""
    found = {name: getattr(layer, name, None) for name in fields(type(layer))}
    return {k: f for k, f in found.items() if isinstance(f, FunctionType) and name_of(f) is None}


__all__ = ["alike"]
