"""Losses and metrics that read symbols of their model besides targets and predictions.

In Keras 2 a variational autoencoder's loss reads its encoder's ``z_mean`` where it was made: in its
closure, or among the names of its file. The model gives such symbols' values at every call, and the
loss, or the metric, is the graph between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any

from autograd_nn.engine import tree
from autograd_nn.nn.context import context
from autograd_nn.nn.layers.input import Input
from autograd_nn.nn.metrics import MeanMetricWrapper
from autograd_nn.nn.network import Network
from autograd_nn.nn.symbols import Symbol, symbols_in


def symbols_read(function: Any) -> list[Symbol]:
    """The symbols that a function finds where it was made, and those the functions it calls find.

    >>> from autograd_nn import nn
    >>> hidden = nn.Input((2,), name="hidden")
    >>> symbols_read(partial(max, hidden))
    [<Symbol 'hidden', shape (None, 2), float32>]
    """
    found: dict[int, Symbol] = {}
    seen: set[int] = set()
    waiting = [function]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Symbol):
            found[id(value)] = value
        elif isinstance(value, list | tuple) and symbols_in(value):
            waiting += value
        elif id(value) not in seen:
            seen.add(id(value))
            waiting += reached_by(value)
    return list(found.values())


def reached_by(value: Any) -> Iterator[Any]:
    """What a function, a method or a part of one finds by the names in its code."""
    if isinstance(value, partial):
        yield from (value.func, *value.args, *value.keywords.values())
    elif isinstance(value, MethodType):
        own = getattr(value.__self__, "__dict__", {})
        yield from named(value.__func__.__code__, own)
        yield value.__func__
    elif isinstance(value, FunctionType) and not value.__module__.startswith("autograd_nn."):
        yield from reached(value)


def reached(function: Any) -> Iterator[Any]:
    """What a function finds by the names in its code, as defaults, and where it was made."""
    yield from named(function.__code__, function.__globals__)
    yield from function.__defaults__ or ()
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # of a name that is not set yet
            continue


def named(code: CodeType, around: Mapping[str, Any]) -> Iterator[Any]:
    """The values of the names in a code, that of functions within it too."""
    return (around[n] for n in _names(code) if n in around)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


class Reading:
    """A function of (y_true, y_pred), or of trees of them, that reads symbols, as one of tensors.

    The symbols' values are those of the model's last call in this thread.
    """

    def __init__(self, function: Any, symbols: list[Symbol]) -> None:
        self.function, self.symbols = function, symbols
        self.networks: dict[Any, Network | None] = {}

    def _computed(self, y_true: Any, y_pred: Any, **options: Any) -> Any:
        return self.function(y_true, y_pred, **options)

    def __call__(self, y_true: Any, y_pred: Any, **options: Any) -> Any:
        known = context.read
        if symbols_in(y_true, y_pred) or not all(s in known for s in self.symbols):
            return self._computed(y_true, y_pred, **options)
        given, structure = tree.flatten((y_true, y_pred))
        key = (str(structure), *[(x.shape[1:], x.dtype) for x in given])
        if key not in self.networks:
            n = next((s.shape[0] for s in self.symbols if s.shape), None)
            ends = [Input(batch_shape=(n, *x.shape[1:]), dtype=x.dtype) for x in given]
            value = self._computed(*tree.unflatten(structure, ends), **options)
            noted = isinstance(value, Symbol)
            self.networks[key] = Network([*ends, *self.symbols], value) if noted else None
        network = self.networks[key]
        if network is None:
            return self._computed(y_true, y_pred, **options)
        return network([*given, *(known[s] for s in self.symbols)])


def let_read(parts: Iterable[Any], inside: Network) -> list[Symbol]:
    """Makes losses and metrics that read what follows from a network's inputs ones of tensors.

    Returns the symbols they read.
    """
    read: dict[int, Symbol] = {}
    for part in parts:
        where = "fn" if isinstance(part, MeanMetricWrapper) else "function"
        function: Any = getattr(part, where, None)
        known = isinstance(function, Reading)
        symbols = function.symbols if known else symbols_read(function)
        try:
            if not symbols or Network(inside.inputs, symbols) is None:
                continue
        except ValueError:  # of another model: told when it is called
            continue
        setattr(part, where, function if known else Reading(function, symbols))
        read |= {id(s): s for s in symbols}
    return list(read.values())
