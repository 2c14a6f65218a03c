"""Trees: nested dicts, lists, tuples and named tuples with values at the leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


class Compound:
    """A value that is made of tensors and of plain facts: ``type(self)(*parts, *facts)`` is it."""

    __slots__ = ()

    @property
    def parts(self) -> tuple[Any, ...]:
        """The tensors."""
        raise NotImplementedError

    @property
    def facts(self) -> tuple[Any, ...]:
        """The rest, hashable."""
        return ()


def flatten(tree: Any, inside: bool = False) -> tuple[list[Any], Any]:
    """The leaves in order, and the structure to put them back; None is a structure without leaves.

    inside   a `Compound` is no leaf, its parts are.

    >>> flatten({"a": 1, "b": (2, 3)})[0]
    [1, 2, 3]
    """
    leaves: list[Any] = []
    return leaves, _flatten(tree, leaves, inside)


def _flatten(tree: Any, leaves: list[Any], inside: bool) -> Any:
    if tree is None:
        return None
    if isinstance(tree, dict):
        return (type(tree), tuple(tree), tuple(_flatten(v, leaves, inside) for v in tree.values()))
    if isinstance(tree, list | tuple):
        return (type(tree), None, tuple(_flatten(v, leaves, inside) for v in tree))
    if inside and isinstance(tree, Compound):
        leaves += tree.parts
        return (type(tree), tree.facts, (LEAF,) * len(tree.parts))
    leaves.append(tree)
    return LEAF


class _LeafMark:
    def __reduce__(self) -> str:
        return "LEAF"  # there is only one, also in copies

    def __repr__(self) -> str:
        return "*"


LEAF = _LeafMark()


def unflatten(structure: Any, leaves: Iterable[Any]) -> Any:
    """The tree of a structure from `flatten`.

    >>> unflatten(flatten([0, (0, 0)])[1], [1, 2, 3])
    [1, (2, 3)]
    """
    return _unflatten(structure, iter(leaves))


def _unflatten(structure: Any, leaves: Any) -> Any:
    if structure is None:
        return None
    if structure is LEAF:
        return next(leaves)
    kind, keys, parts = structure
    values = [_unflatten(p, leaves) for p in parts]
    if keys is not None:
        if issubclass(kind, Compound):
            return kind(*values, *keys)
        return dict(zip(keys, values, strict=True))
    return kind(*values) if hasattr(kind, "_fields") else kind(values)


def flatten_as(structure: Any, tree: Any) -> list[Any]:
    """What stands in a tree at a structure's leaves, None where it has nothing there.

    Raises ValueError where the tree has another shape.

    >>> flatten_as(flatten({"a": 0, "b": (0, 0)})[1], {"b": (2, None)})
    [None, 2, None]
    """
    if structure is LEAF:
        return [tree]
    if structure is None:
        return []
    kind, keys, parts = structure
    if tree is None:
        each: Any = [None] * len(parts)
    elif keys is not None and isinstance(tree, dict) and set(tree) <= set(keys):
        each = [tree.get(k) for k in keys]
    elif keys is None and isinstance(tree, list | tuple) and len(tree) == len(parts):
        each = tree
    else:
        raise ValueError(f"received {tree!r}; expected a {kind.__name__} of {len(parts)} parts.")
    return [leaf for part, value in zip(parts, each, strict=True)
            for leaf in flatten_as(part, value)]  # fmt: skip


def map(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """``function`` of every leaf (and the corresponding leaves of the other trees).

    >>> map(lambda a, b: a + b, [1, 2], [10, 20])
    [11, 22]
    """
    leaves, structure = flatten(tree)
    columns = [flatten(o) for o in others]
    for _, other in columns:
        if other != structure:
            raise ValueError(
                f"trees differ in structure: received {other} beside {structure}; expected the "
                "same."
            )
    results = [function(*xs) for xs in zip(leaves, *(c[0] for c in columns), strict=True)]
    return unflatten(structure, results)
