"""What an object holds: one walk over attributes, through lists, tuples, dicts and sets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

T = TypeVar("T")


def held(owner: Any, kind: type[T]) -> Iterator[T]:
    """The objects of a kind in an object's attributes, in the order they were set, each once.

    Containers are searched to any depth, in their own order (sets by the names of what they hold);
    what is found, and any other object, is not entered.

    >>> class Owner:
    ...     pass
    >>> owner = Owner()
    >>> owner.first, owner.rest = "a", [{"b": ("c",)}, {"d"}]
    >>> list(held(owner, str))
    ['a', 'c', 'd']
    """
    seen: set[int] = set()
    waiting: list[Any] = list(reversed(list(vars(owner).values())))
    while waiting:
        value = waiting.pop()
        if isinstance(value, kind):
            if id(value) not in seen:
                seen.add(id(value))
                yield value
        elif isinstance(value, list | tuple | dict | set | frozenset):
            if id(value) in seen:  # a list that holds itself
                continue
            seen.add(id(value))
            if isinstance(value, dict):
                inner = list(value.values())
            elif isinstance(value, list | tuple):
                inner = list(value)
            else:
                inner = sorted(value, key=lambda v: str(getattr(v, "name", v)))
            waiting += reversed(inner)
