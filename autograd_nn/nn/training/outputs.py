"""Ends: what a model takes or gives, one value or a tree of them, each with a name and a shape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograd_nn.engine import tree
from autograd_nn.engine.errors import did_you_mean
from autograd_nn.nn.checks import by_order
from autograd_nn.nn.shapes import Shape, is_shape, map_shapes


class PlaceError(ValueError):
    """Something was given for outputs, or inputs, that there are not."""


class Ends:
    """The values on one side of a model: their shapes, names and structure.

    >>> ends = Ends({"a": (None, 3), "b": (None, 1)})
    >>> ends.names, ends.each({"b": 2}, "losses")
    (['a', 'b'], [None, 2])
    """

    _unguarded = True  # it never changes

    def __init__(self, shapes: Any, names: list[str] | None = None, side: str = "output") -> None:
        self.side = side
        self.dtypes: list[Any] = []  # of integers, where that is settled
        self.optional: set[str] = set()  # the names of those that may be None, or left out
        self.shapes: list[Shape | None] = []
        self.single = shapes is None or is_shape(shapes)
        if self.single:
            self.shapes.append(shapes)
            self.structure = tree.LEAF
        else:
            marks = map_shapes(lambda shape: self.shapes.append(shape) or 0, shapes)  # type: ignore[func-returns-value]
            self.structure = tree.flatten(marks)[1]
        if isinstance(shapes, dict) and len(shapes) == len(self.shapes):
            names = [str(key) for key in shapes]
        self.names = names or [f"{side}_{i + 1}" for i in range(len(self.shapes))]
        self.paths = list(_paths(self.structure, iter(self.names)))
        self.key = (tuple(self.names), str(self.structure))

    @classmethod
    def unknown(cls, names: list[str]) -> Ends:
        """So many values of any shape."""
        ends = cls(None, names[:1])
        if len(names) > 1:
            ends.shapes, ends.names, ends.single = [None] * len(names), names, False
            ends.structure = tree.flatten([0] * len(names))[1]
            ends.paths, ends.key = names, (tuple(names), "unknown")
        return ends

    def __len__(self) -> int:
        return len(self.shapes)

    def tree(self, values: list[Any]) -> Any:
        """The values in the model's structure."""
        if self.single:
            return values[0]
        return tree.unflatten(self.structure, values)

    def values(self, found: Any) -> list[Any]:
        """What a tree of this structure holds in order, None where it lacks one."""
        if self.single:
            return [found]
        return tree.flatten_as(self.structure, found)

    def each(self, given: Any, what: str, required: bool = False) -> list[Any]:
        """What was given for each of several ends: in a list, by name, or in their structure.

        required   None may stand for none of them.
        Raises PlaceError for another number, or for names there are not.
        """
        n = len(self)
        if given is None and not required:
            return [None] * n
        if not self.single and _alike(self.structure, given, required):
            return tree.flatten_as(self.structure, given)
        if isinstance(given, dict):
            return self._named(given, what, required)
        if isinstance(given, list | tuple) and len(given) == n:
            if self.side == "input" and isinstance(self.structure, tuple):
                by_order(list(self.structure[1] or ()))
            return list(given)
        if n == 1 and given is not None:  # a list of one end takes what that end is
            return [given]
        raise PlaceError(
            f"received {what} as {_short(given)}; expected one for each of the {n} {self.side}s: "
            f"{', '.join(self.names)}. Pass a list in this order, or a dict by these names."
        )

    def targets(self, y: Any, needed: list[bool]) -> list[Any]:
        """The targets of each, where those that are not needed may be left out of a list."""
        places = [i for i, need in enumerate(needed) if need]
        if len(places) < len(self) and not isinstance(y, dict):
            listed = isinstance(y, list | tuple)
            given = y if listed else [y] if hasattr(y, "shape") else []
            if len(given) == len(places) != len(self):
                found = dict(zip(places, given, strict=True))
                return [found.get(i) for i in range(len(self))]
        return self.each(y, "y")

    def _named(self, given: dict, what: str, required: bool) -> list[Any]:
        names, needed = self.names, set(self.names) - self.optional
        if not given.keys() <= set(names) and not (required and needed <= given.keys()):
            strange = next(k for k in given if k not in names)
            raise PlaceError(
                f"received {what} for {strange!r}; expected names of the {self.side}s: "
                f"{', '.join(names)}. " + did_you_mean(str(strange), names)
            )
        lacking = [k for k in names if k in needed and k not in given]
        if required and lacking:
            raise PlaceError(
                f"received {what} without {lacking[0]!r}; expected all of {', '.join(names)}. Add "
                "it to the dict."
            )
        return [given.get(k) for k in names]


def _paths(structure: Any, names: Iterator[str], path: tuple = ()) -> Iterator[str]:
    """What each is called, behind the keys that lead to it; in a list it is its name."""
    if structure is tree.LEAF:
        name = next(names)
        named = path and not isinstance(path[-1], int)
        yield "/".join(map(str, path if named else (*path[:-1], name)))
    elif structure is not None:
        _, keys, parts = structure
        for i, part in enumerate(parts):
            yield from _paths(part, names, (*path, i if keys is None else keys[i]))


def _alike(structure: Any, given: Any, whole: bool) -> bool:
    """Whether this is a tree of that structure, lists and tuples being the same.

    whole   what is left out of a dict makes it another.
    """
    if structure is tree.LEAF:
        return True
    if structure is None:
        return given is None
    _, keys, parts = structure
    if keys is not None:
        if not isinstance(given, dict) or not set(given) <= set(keys):
            return False
        if whole and len(given) < len(keys):
            return False
        found = [(p, given[k]) for p, k in zip(parts, keys, strict=True) if k in given]
    elif isinstance(given, list | tuple) and len(given) == len(parts):
        found = list(zip(parts, given, strict=True))
    else:
        return False
    return all(v is None and not whole or _alike(p, v, whole) for p, v in found)


def _short(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    if hasattr(value, "shape"):
        return f"one array of shape {tuple(value.shape)}"
    return repr(value)
