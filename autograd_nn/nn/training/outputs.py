"""Ends: what a model takes or gives, one value or a tree of them, each with a name and a shape."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import tree
from autograd_nn.engine.errors import did_you_mean
from autograd_nn.nn.shapes import Shape, is_shape, map_shapes


class Ends:
    """The values on one side of a model: their shapes, names and structure.

    >>> ends = Ends({"a": (None, 3), "b": (None, 1)})
    >>> ends.names, ends.each({"b": 2}, "losses")
    (['a', 'b'], [None, 2])
    """

    unguarded = True  # it never changes

    def __init__(self, shapes: Any, names: list[str] | None = None, side: str = "output") -> None:
        self.side = side
        self.dtypes: list[Any] = []  # of integers, where that is settled
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
        self.key = (tuple(self.names), str(self.structure))

    @classmethod
    def unknown(cls, names: list[str]) -> Ends:
        """So many values of any shape."""
        ends = cls(None, names[:1])
        if len(names) > 1:
            ends.shapes, ends.names, ends.single = [None] * len(names), names, False
            ends.structure = tree.flatten([0] * len(names))[1]
            ends.key = (tuple(names), "unknown")
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
        return self._places(self.structure, found)

    def _places(self, structure: Any, found: Any) -> list[Any]:
        if structure is tree.LEAF:
            return [found]
        _, keys, parts = structure
        inner = [None] * len(parts) if found is None else found
        each = inner if keys is None else [inner[k] for k in keys] if found is not None else inner
        return [v for p, x in zip(parts, each, strict=True) for v in self._places(p, x)]

    def each(self, given: Any, what: str, required: bool = False) -> list[Any]:
        """What was given for each of several ends: in a list, by name, or in their structure.

        required   None may stand for none of them.
        Raises ValueError for another number, or for names there are not.
        """
        n = len(self)
        if given is None and not required:
            return [None] * n
        if not self.single and _alike(self.structure, given):
            return self._places(self.structure, given)
        if isinstance(given, dict):
            return self._named(given, what, required)
        if isinstance(given, list | tuple) and len(given) == n:
            return list(given)
        if n == 1 and given is not None:  # a list of one end takes what that end is
            return [given]
        raise ValueError(
            f"received {what} as {_short(given)}; expected one for each of the {n} {self.side}s: "
            f"{', '.join(self.names)}. Pass a list in this order, or a dict by these names."
        )

    def _named(self, given: dict, what: str, required: bool) -> list[Any]:
        names = self.names
        if not given.keys() <= set(names) and not (required and set(names) <= given.keys()):
            strange = next(k for k in given if k not in names)
            raise ValueError(
                f"received {what} for {strange!r}; expected names of the {self.side}s: "
                f"{', '.join(names)}. " + did_you_mean(str(strange), names)
            )
        lacking = [k for k in names if k not in given]
        if required and lacking:
            raise ValueError(
                f"received {what} without {lacking[0]!r}; expected all of {', '.join(names)}. Add "
                "it to the dict."
            )
        return [given.get(k) for k in names]


def _alike(structure: Any, given: Any) -> bool:
    """Whether this is a tree of that structure, lists and tuples being the same."""
    if structure is tree.LEAF:
        return True
    if structure is None:
        return given is None
    _, keys, parts = structure
    if keys is not None:
        named = isinstance(given, dict) and set(given) == set(keys)
        return named and all(_alike(p, given[k]) for p, k in zip(parts, keys, strict=True))
    listed = isinstance(given, list | tuple) and len(given) == len(parts)
    return listed and all(_alike(p, v) for p, v in zip(parts, given, strict=True))


def _short(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"a {type(value).__name__} of {len(value)}"
    if hasattr(value, "shape"):
        return f"one array of shape {tuple(value.shape)}"
    return repr(value)
