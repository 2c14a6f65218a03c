"""Signatures: what two calls have in common so that one program serves both, as a key."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.tensor import Tensor, as_tensor


class Signature:
    """Splits a call of ``f`` into its key, the tensors that are its inputs, and its floats.

    static   positions of arguments that are fixed at recording.
    forget   told of an object that keys name by identity when it goes.
    """

    def __init__(
        self, f: Callable[..., Any], static: frozenset[int], forget: Callable[[int], None]
    ) -> None:
        self.static, self.static_names = static, names_at(f, static)
        self._forget = forget
        self._known: set[int] = set()  # objects that keys name by identity, weakly

    def split(self, args: tuple, kwargs: dict) -> tuple[Any, list[Any], list[float]]:
        """The signature of a call, the leaves that are its inputs, and its float arguments."""
        if not kwargs and not self.static and all([type(a) is Tensor for a in args]):
            return tuple([(a.array.shape, a.array.dtype) for a in args]), list(args), []
        free, named, fixed = self.free(args, kwargs)
        leaves, structure = tree.flatten([free, named])
        tensors: list[Any] = []
        numbers: list[float] = []
        key: list[Any] = []
        for leaf in leaves:
            if type(leaf) is float:
                numbers.append(leaf)
                key.append("float")
                continue
            if isinstance(leaf, Tensor):
                x = leaf
            elif isinstance(leaf, np.ndarray | np.generic):
                x = as_tensor(np.asarray(leaf))
            else:
                key.append(self._name(leaf))
                continue
            key.append((x.array.shape, x.array.dtype))
            tensors.append(x)
        return (structure, tuple(key), fixed), tensors, numbers

    def free(self, args: tuple, kwargs: dict) -> tuple[list[Any], dict[str, Any], tuple]:
        """The arguments with None for static ones, and those by name and type."""
        if not self.static:
            return list(args), kwargs, ()
        free = [None if i in self.static else a for i, a in enumerate(args)]
        named = {k: None if k in self.static_names else v for k, v in kwargs.items()}
        given: list[tuple[Any, Any]] = [(i, args[i]) for i in sorted(self.static) if i < len(args)]
        given += [(k, kwargs[k]) for k in sorted(self.static_names & kwargs.keys())]
        for which, value in given:
            if not _hashable(value):
                raise TypeError(
                    f"jit: argument {which} is named in static_argnums but is not hashable "
                    f"(received {type(value).__name__}); expected a number, a string or a tuple of "
                    "such."
                )
        return free, named, tuple([(which, _typed(value), value) for which, value in given])

    def _name(self, leaf: Any) -> Any:
        """What stands in a signature for an argument that is no array."""
        kind = type(leaf)
        if kind is set:
            leaf = frozenset(leaf)
        by_identity = type(leaf).__hash__ in (None, object.__hash__) and kind is not bytearray
        if not by_identity:
            if not _hashable(leaf):
                raise Unhashable
            return ("value", kind, repr(leaf) if kind is complex else leaf)
        if id(leaf) not in self._known and not watch(leaf, _forgetting(self), id(leaf)):
            if kind.__hash__ is None:
                raise Unhashable
            return ("value", kind, leaf)
        self._known.add(id(leaf))
        return ("object", id(leaf))

    def gone(self, name: int) -> None:
        """An object that keys name by identity is no more."""
        self._known.discard(name)
        self._forget(name)


class Unhashable(TypeError):
    """An argument that no signature can name."""


def _forgetting(signature: Signature) -> Callable[[int], None]:
    """What is called when an object goes; it does not keep the signature's programs alive."""
    held = weakref.ref(signature)

    def forget(name: int) -> None:
        owner = held()
        if owner is not None:
            owner.gone(name)

    return forget


def watch(value: Any, forget: Callable[[int], Any], name: int) -> bool:
    """Calls ``forget(name)`` when an object goes; whether it can be told."""
    try:
        weakref.finalize(value, forget, name).atexit = False
    except TypeError:
        return False
    return True


def names_at(f: Callable[..., Any], places: frozenset[int]) -> set[str]:
    """The names of the parameters at some positions."""
    names = parameter_names(f) or ()
    return {names[i] for i in places if i < len(names)}


def parameter_names(f: Callable[..., Any]) -> list[str] | None:
    """The names of the positional parameters; None where there may be any number of them."""
    try:
        found = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in found):
        return None
    return [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _typed(value: Any) -> Any:
    """A value's type, and those of what it holds: 1, 1.0 and True are equal and not the same."""
    if isinstance(value, tuple):
        return (type(value), tuple([_typed(v) for v in value]))
    return (type(value), repr(value)) if isinstance(value, float | complex) else type(value)


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
