"""Trees: nested lists, tuples, dicts and deques, walked in one order; any other object is a leaf.

Names and rules are those of ``keras.tree``: None is a leaf, a dict is walked in the order of its
sorted keys (an OrderedDict in its own).
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from autograd_nn.nn.shapes import is_shape

__all__ = [
    "MAP_TO_NONE", "assert_same_paths", "assert_same_structure", "flatten", "flatten_with_path",
    "is_nested", "lists_to_tuples", "map_shape_structure", "map_structure", "map_structure_up_to",
    "pack_sequence_as", "traverse",
]  # fmt: skip

Path = tuple[Any, ...]


class MAP_TO_NONE:  # noqa: N801 - Keras's name
    """What `traverse`'s function returns to put None in a node's place."""


def is_nested(structure: Any) -> bool:
    """Whether this is a list, tuple, dict or deque, empty ones included.

    >>> is_nested([]), is_nested("text")
    (True, False)
    """
    return isinstance(structure, list | tuple | dict | deque)


def _keys(structure: Any) -> Iterable[Any]:
    """The keys of a nested structure's parts, in the order of the walk."""
    if not isinstance(structure, dict):
        return range(len(structure))
    if isinstance(structure, OrderedDict):
        return structure
    try:
        return sorted(structure)
    except TypeError:  # keys that do not compare
        return structure


def _rebuilt(structure: Any, parts: dict[Any, Any]) -> Any:
    """A structure of the same kind with other parts, by key."""
    kind = type(structure)
    if isinstance(structure, defaultdict):
        return kind(structure.default_factory, {k: parts[k] for k in structure})
    if isinstance(structure, dict):
        return kind((k, parts[k]) for k in structure)
    values = [parts[k] for k in range(len(structure))]
    return kind(*values) if hasattr(structure, "_fields") else kind(values)


def _walk(structure: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if not is_nested(structure):
        yield path, structure
        return
    for key in _keys(structure):
        yield from _walk(structure[key], (*path, key))


def flatten(structure: Any) -> list[Any]:
    """The leaves in order.

    >>> flatten({"b": 2, "a": (1, [None])})
    [1, None, 2]
    """
    return [leaf for _, leaf in _walk(structure)]


def flatten_with_path(structure: Any) -> list[tuple[Path, Any]]:
    """The leaves, each with the keys and positions that lead to it.

    >>> flatten_with_path({"a": [5, 6]})
    [(('a', 0), 5), (('a', 1), 6)]
    """
    return list(_walk(structure))


def assert_same_structure(a: Any, b: Any, check_types: Any = None) -> None:
    """Raises ValueError where two structures differ in kind, length or keys at any place."""
    if is_nested(a) != is_nested(b):
        raise _differ(a, b)
    if not is_nested(a):
        return
    both_dicts = isinstance(a, dict) and isinstance(b, dict)
    if not both_dicts and type(a) is not type(b):
        raise _differ(a, b)
    if set(_keys(a)) != set(_keys(b)):
        raise _differ(a, b)
    for key in _keys(a):
        assert_same_structure(a[key], b[key])


def assert_same_paths(a: Any, b: Any) -> None:
    """Raises ValueError where the paths to the leaves differ, whatever the containers are."""
    if {path for path, _ in _walk(a)} != {path for path, _ in _walk(b)}:
        raise _differ(a, b)


def _differ(a: Any, b: Any) -> ValueError:
    return ValueError(f"received {a!r} beside {b!r}; expected two trees of the same structure.")


def map_structure(func: Callable[..., Any], *structures: Any, none_is_leaf: bool = True) -> Any:
    """``func`` of every leaf, and of the corresponding leaves of the other structures.

    none_is_leaf   False leaves a None that stands in all of them as it is.
    Raises TypeError where ``func`` is not callable, ValueError where structures differ or none is
    given.

    >>> map_structure(lambda a, b: a + b, {"a": 1}, {"a": 10})
    {'a': 11}
    """
    if not callable(func):
        raise TypeError(f"map_structure received {func!r} as func; expected a function.")
    if not structures:
        raise ValueError("map_structure received no structure; expected at least one.")
    for other in structures[1:]:
        assert_same_structure(structures[0], other)
    if none_is_leaf:
        return _mapped(func, structures[0], structures)

    def kept(*leaves: Any) -> Any:
        return None if all(v is None for v in leaves) else func(*leaves)

    return _mapped(kept, structures[0], structures)


def map_structure_up_to(
    shallow_structure: Any, func: Callable[..., Any], *structures: Any
) -> Any:
    """`map_structure` down to where the shallow structure ends; what lies below is passed whole.

    Raises TypeError where ``func`` is not callable, ValueError where a structure does not begin
    as the shallow one.
    """
    if not callable(func):
        raise TypeError(f"map_structure_up_to received {func!r} as func; expected a function.")
    if not structures:
        raise ValueError("map_structure_up_to received no structure; expected at least one.")
    for other in structures:
        _assert_begins(shallow_structure, other)
    return _mapped(func, shallow_structure, structures)


def _assert_begins(shallow: Any, deep: Any) -> None:
    if not is_nested(shallow):
        return
    if not is_nested(deep) or set(_keys(shallow)) != set(_keys(deep)):
        raise _differ(shallow, deep)
    for key in _keys(shallow):
        _assert_begins(shallow[key], deep[key])


def _mapped(func: Callable[..., Any], model: Any, structures: tuple[Any, ...]) -> Any:
    if not is_nested(model):
        return func(*structures)
    parts = {k: _mapped(func, model[k], tuple([s[k] for s in structures])) for k in _keys(model)}
    return _rebuilt(model, parts)


def map_shape_structure(func: Callable[..., Any], structure: Any) -> Any:
    """``func`` of every shape: a tuple or list of integers and None is a leaf here.

    So is what is no container. Raises TypeError where ``func`` is not callable.

    >>> map_shape_structure(len, {"a": (None, 3), "b": [(2,), ()]})
    {'a': 2, 'b': [1, 0]}
    """
    if not callable(func):
        raise TypeError(f"map_shape_structure received {func!r} as func; expected a function.")
    if not is_nested(structure) or is_shape(structure):
        return func(structure)
    return _rebuilt(structure, {k: map_shape_structure(func, structure[k])
                                for k in _keys(structure)})  # fmt: skip


def pack_sequence_as(structure: Any, flat_sequence: Any) -> Any:
    """The structure with the leaves of a flat sequence; the inverse of `flatten`.

    Raises TypeError for what is no sequence, ValueError for another number of leaves.

    >>> pack_sequence_as({"a": 0, "b": [0]}, [1, 2])
    {'a': 1, 'b': [2]}
    """
    if not is_nested(flat_sequence):
        raise TypeError(f"received {flat_sequence!r} as flat_sequence; expected a list.")
    given, expected = list(flat_sequence), len(flatten(structure))
    if len(given) != expected:
        raise ValueError(
            f"pack_sequence_as received {len(given)} leaves for a structure of {expected}; "
            "expected as many."
        )
    leaves = iter(given)
    return _mapped(lambda _: next(leaves), structure, (structure,))


def lists_to_tuples(structure: Any) -> Any:
    """The structure with every list turned into a tuple.

    >>> lists_to_tuples([1, [2]])
    (1, (2,))
    """
    if not is_nested(structure):
        return structure
    whole = _rebuilt(structure, {k: lists_to_tuples(structure[k]) for k in _keys(structure)})
    return tuple(whole) if isinstance(whole, list) else whole


def traverse(func: Callable[[Any], Any], structure: Any, top_down: bool = True) -> Any:
    """``func`` of every node, the containers too; what it returns other than None takes its place.

    top_down   a node comes before its parts, and what replaces it is not entered; False: after.
    Raises TypeError where ``func`` is not callable.
    """
    if not callable(func):
        raise TypeError(f"traverse received {func!r} as func; expected a function.")
    if top_down:
        found = func(structure)
        if found is not None:
            return None if found is MAP_TO_NONE else found
        if not is_nested(structure):
            return structure
    elif not is_nested(structure):
        found = func(structure)
        return structure if found is None else None if found is MAP_TO_NONE else found
    parts = {k: traverse(func, structure[k], top_down) for k in _keys(structure)}
    whole = _rebuilt(structure, parts)
    if top_down:
        return whole
    found = func(whole)
    return whole if found is None else None if found is MAP_TO_NONE else found
