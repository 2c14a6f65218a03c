"""What an object holds: one walk over attributes, through lists, tuples, dicts and sets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np

T = TypeVar("T")
CONTAINERS = (list, tuple, dict, set, frozenset)
# The commonest attributes, passed over first.
PLAIN = frozenset((str, int, float, bool, type(None), type(np.dtype("f4"))))


def held(owner: Any, kind: type[T]) -> Iterator[T]:
    """The objects of a kind in an object's attributes, in the order they were set, each once.

    Containers are searched to any depth, in their own order (sets by the names of what they hold);
    what is found, and any other object, is not entered.

    >>> class Owner:
    ...     pass
    >>> owner = Owner()
    >>> owner.first, owner.rest = range(1), [{"b": (range(2),)}, {range(3)}]
    >>> [len(r) for r in held(owner, range)]
    [1, 2, 3]
    """
    seen: set[int] = set()
    waiting: list[Any] = []
    for value in list(vars(owner).values()):
        if value.__class__ in PLAIN:
            continue
        waiting.append(value)
        while waiting:
            value = waiting.pop()
            if isinstance(value, kind):
                if id(value) not in seen:
                    seen.add(id(value))
                    yield value
            elif isinstance(value, CONTAINERS) and value and id(value) not in seen:
                seen.add(id(value))  # a list may hold itself
                if isinstance(value, dict):
                    inner = list(value.values())
                elif isinstance(value, list | tuple):
                    inner = list(value)
                else:
                    inner = sorted(value, key=lambda v: str(getattr(v, "name", v)))
                waiting += [v for v in reversed(inner) if v.__class__ not in PLAIN]
