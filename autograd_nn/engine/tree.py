"""Trees: nested dicts, lists, tuples and named tuples with values at the leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def flatten(tree: Any) -> tuple[list[Any], Any]:
    """The leaves in order, and the structure to put them back; None is a structure without leaves.

    >>> flatten({"a": 1, "b": (2, 3)})[0]
    [1, 2, 3]
    """
    leaves: list[Any] = []
    return leaves, _flatten(tree, leaves)


def _flatten(tree: Any, leaves: list[Any]) -> Any:
    if tree is None:
        return None
    if isinstance(tree, dict):
        return (type(tree), tuple(tree), tuple(_flatten(v, leaves) for v in tree.values()))
    if isinstance(tree, list | tuple):
        return (type(tree), None, tuple(_flatten(v, leaves) for v in tree))
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
        return dict(zip(keys, values, strict=True))
    return kind(*values) if hasattr(kind, "_fields") else kind(values)


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
