"""Where Keras's files have a model's variables: the way to each through attributes and lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_nn.nn.lookup import snake_case
from autograd_nn.nn.variable import Variable
from autograd_nn.nn.weights import Weighted

# classes that Keras has under one name and calls by another
_CALLED = {"GroupQueryAttention": "GroupedQueryAttention", "Model": "Functional"}


def variables(model: Any) -> dict[str, list[tuple[Variable, np.ndarray]]]:
    """Variables and what they hold in a file, by the place of their layer."""
    return {place: layer._merged_weights() for place, layer in layers(model).items()}


def layers(model: Any) -> dict[str, Any]:
    """Layers by their places in a file, as in 'layers/dense'; the model itself is at ''.

    >>> from autograd_nn import nn
    >>> list(layers(nn.Sequential([nn.Input((2,)), nn.Dense(3), nn.Dense(1)])))
    ['', 'layers/dense', 'layers/dense_1']
    """
    found: dict[str, Any] = {}
    seen: set[int] = set()

    def visit(layer: Weighted, path: str) -> None:
        if id(layer) in seen:
            return
        seen.add(id(layer))
        found[path] = layer
        for name, value in _parts(layer):
            _enter(value, f"{path}/{name}" if path else name, set())

    def _enter(value: Any, path: str, lists: set[int]) -> None:
        if isinstance(value, Weighted):
            visit(value, path)
        elif isinstance(value, list | tuple | dict) and id(value) not in lists:
            lists.add(id(value))
            entries = list(value.values() if isinstance(value, dict) else value)
            for name, entry in _counted(entries):
                _enter(entry, f"{path}/{name}", lists)

    visit(model, "")
    return found


def _parts(layer: Any) -> Iterator[tuple[str, Any]]:
    """A layer's attributes by name; a model's layers first, where it is no function of its own.

    Of one that is, ``layers`` comes among the attributes: those behind it are found there.
    """
    told = getattr(layer, "_own_layer_graph", None) is not None or hasattr(layer, "_chain")
    if told:
        yield "layers", layer.layers
    names = [name for name in vars(layer) if name not in ("_layers", "_chain")]
    if not told and isinstance(getattr(type(layer), "layers", None), property):
        names.append("layers")
    for name in sorted(names, key=lambda name: (name.startswith("_"), name)):
        yield _public(layer, name), getattr(layer, name) if name == "layers" else vars(layer)[name]


def _public(layer: Any, name: str) -> str:
    """An attribute's name, or that of the property that shows it, which Keras comes to first."""
    shown = name.removeprefix("_")
    if shown != name and isinstance(getattr(type(layer), shown, None), property):
        return shown if getattr(layer, shown) is vars(layer)[name] else name
    return name


def _counted(entries: list[Any]) -> Iterator[tuple[str, Any]]:
    """What a list holds, each called by its class and how many of it came before."""
    used: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry, Weighted):
            kind = type(entry).__name__
            name = snake_case(_CALLED.get(kind, kind))
        elif isinstance(entry, list | tuple | dict):
            name = "container"
        else:
            continue
        count = used[name] = used.get(name, -1) + 1
        yield f"{name}_{count}" if count else name, entry
