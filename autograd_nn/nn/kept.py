"""Walks that are not made again while nothing they went through was changed.

A model asks for its weights and metrics at every call, and each answer is a walk through all
layers. What is set on any of them is counted (`Changes`); lists, dicts and sets, which change
without being set, are compared with what they held.
"""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Sequence
from functools import partial, wraps
from itertools import chain
from typing import Any, TypeVar

from autograd_nn.nn.configurable import Changes

MANY = 1 << 12  # entries
T = TypeVar("T")


class _Passed(threading.local):
    """The containers that the walk of a thread has come through; None where nobody asks."""

    containers: list[Any] | None = None


passed = _Passed()


class Found:
    """What a walk found, at which count of changes, through which containers.

    counted   which of the counts.
    """

    __slots__ = ("_entries", "_held", "_many", "_sizes", "containers", "count", "counted", "value")

    def __init__(self, value: Any, counted: str, count: int, containers: list[Any]) -> None:
        # the containers themselves stay alive: no other one can come to stand at their address
        self.value, self.counted, self.count = value, counted, count
        self.containers = list({id(c): c for c in containers}.values())
        self._entries = [
            c.values() if isinstance(c, dict) else c
            for c in self.containers if not isinstance(c, tuple | frozenset)
        ]  # fmt: skip
        self._sizes = self._lengths()
        self._many = sum(self._sizes) > MANY
        self._held = self._ids()

    def _lengths(self) -> list[int]:
        """How many entries each container has."""
        return [*map(len, self._entries)]

    def _ids(self) -> Sequence[int]:
        """Which entries; of many, such as a vocabulary's words, in a fifth of a list's room."""
        found = map(id, chain.from_iterable(self._entries))
        return array("q", found) if self._many else [*found]

    def stands(self) -> bool:
        """Whether another walk would find the same."""
        if self.count != getattr(Changes, self.counted):
            return False
        try:
            return self._lengths() == self._sizes and self._ids() == self._held
        except RuntimeError:  # another thread is changing one of them
            return False


def recalled(owner: Any, key: Any, walk: Callable[[], T], counted: str = "count") -> T:
    """What a walk over an object finds; it is walked only where something changed since.

    counted   'held' for a walk that asks for nothing but what holds what.
    The object keeps what was found in its own dictionary, as ``_walks``: whoever copies the object
    leaves that behind.
    """
    own = owner.__dict__.get("_walks")
    found = None if own is None else own.found.get(key)
    outer = passed.containers
    if found is None or not found.stands():
        count, containers = getattr(Changes, counted), list[Any]()
        try:
            try:
                passed.containers = containers
                value = walk()
            finally:
                passed.containers = outer
        finally:
            passed.containers = outer  # again: a signal handler may have raised in the first
        found = Found(value, counted, count, containers)
        if own is None:
            own = owner.__dict__.setdefault("_walks", Walks())
        own.found[key] = found
    if outer is not None:
        outer += found.containers
    return found.value  # type: ignore[no-any-return]


def kept(walk: Callable[[Any], T]) -> Callable[[Any], T]:
    """A method that walks over its object, and does so again only where something changed."""
    name = walk.__name__

    @wraps(walk)
    def asked(self: Any) -> T:
        return recalled(self, name, partial(walk, self))

    return asked


class Walks:
    """What the walks over one object found."""

    _unguarded = True  # it follows from what is watched itself

    def __init__(self) -> None:
        self.found: dict[Any, Found] = {}

    def __reduce__(self) -> tuple:
        return (Walks, ())  # a copy looks for itself
