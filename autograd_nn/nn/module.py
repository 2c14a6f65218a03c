"""Module: whatever holds state, and the one walk over what it holds.

Layers, models, metrics, losses, optimizers and callbacks are modules. Weights, freezing, guards,
copying and files read this walk: attributes in the order they were set, through lists, tuples,
dicts and sets of any depth.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from autograd_nn.nn.configurable import Configurable
from autograd_nn.nn.kept import passed, recalled
from autograd_nn.nn.variable import Variable

T = TypeVar("T")
OTHER, WANTED, CONTAINER = 0, 1, 2


class _Sorts(dict):
    """What objects of a class are to a walk; told once a class, for instances are many."""

    def __init__(self, kind: Any) -> None:
        self.kind = kind

    def __missing__(self, cls: type) -> int:
        if issubclass(cls, self.kind):
            sort = WANTED
        else:
            sort = CONTAINER if issubclass(cls, list | tuple | dict | set | frozenset) else OTHER
        self[cls] = sort
        return sort


_sorts: dict[Any, _Sorts] = {}


def held(owner: Any, kind: type[T] | tuple[type[T], ...]) -> Iterator[T]:
    """What an object holds of a kind (or several), in the order it was set, each once.

    Containers are searched to any depth, in their own order (sets by the names of what they hold);
    what is found, and any other object, is not entered.

    >>> class Owner:
    ...     pass
    >>> owner = Owner()
    >>> owner.first, owner.rest = range(1), [{"b": (range(2),)}, {range(3)}]
    >>> [len(r) for r in held(owner, range)]
    [1, 2, 3]
    """
    through = passed.containers
    sort = _sorts.get(kind) or _sorts.setdefault(kind, _Sorts(kind))
    seen: set[int] = set()
    waiting: list[Any] = []
    for value in list(vars(owner).values()):
        if not sort[value.__class__]:
            continue
        waiting.append(value)
        while waiting:
            value = waiting.pop()
            if id(value) in seen:  # found before, or a list that holds itself
                continue
            if sort[value.__class__] == WANTED:
                seen.add(id(value))
                yield value
            else:
                seen.add(id(value))
                if through is not None:
                    through.append(value)
                waiting += [v for v in reversed(_entries(value)) if sort[v.__class__]]


def _entries(container: Any) -> list[Any]:
    if isinstance(container, dict):
        return list(container.values())
    if isinstance(container, list | tuple):
        return list(container)
    return sorted(container, key=lambda v: str(getattr(v, "name", v)))


class Module(Configurable):
    """What holds state: variables, and modules that hold more.

    >>> from autograd_nn import nn
    >>> nn.metrics.Mean().variables
    [Variable('mean/total', 0.), Variable('mean/count', 0.)]
    """

    _unguarded: tuple[str, ...] = ("_walks",)

    def _holds(self, kind: Any) -> list[Any]:
        """`held` of this object, remembered while nothing changes."""
        return recalled(self, kind, lambda: list(held(self, kind)), "held")

    def _modules(self) -> list[Module]:
        """This object, then what it holds that has state, however deep, each once."""
        found: dict[int, Module] = {}
        waiting: list[Module] = [self]
        while waiting:
            module = waiting.pop()
            if id(module) not in found:
                found[id(module)] = module
                waiting += reversed(module._holds(Module))
        return list(found.values())

    @property
    def variables(self) -> list[Variable]:
        """All state, each variable once, in the order it was made."""
        inside = (v for module in self._modules() for v in module._holds(Variable))
        return list({id(v): v for v in inside}.values())
