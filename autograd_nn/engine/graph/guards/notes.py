"""Notes: what a function was found to read, and why it may not be replayed."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine.graph.guards.checks import MISSING, Check, Path
from autograd_nn.engine.graph.guards.doors import changing


class Notes:
    """The checks so far, each as of before the code ran that reads the place."""

    def __init__(self) -> None:
        self.reason: str | None = None  # why a recording must not be replayed
        self._found: dict[Any, Check] = {}
        self._alive: list[Any] = []  # ids stay unique while recording

    def _visit(
        self, o: Any, strict: bool, only: set[str] | None = None, path: Path | None = None
    ) -> None:
        """Notes what a value consists of; see walk.py."""
        raise NotImplementedError

    def _refuse(self, what: str) -> None:
        if self.reason is None:
            self.reason = what

    def _check(
        self, kind: str, holder: Any, key: Any, was: Any, counted: bool = False,
        ours: bool = False, path: Path | None = None,
    ) -> None:  # fmt: skip
        """Notes a place and what it holds, unless it is noted already, from before."""
        keyed = kind in ("item", "attribute", "own", "own type")
        place = (kind, id(holder), key if keyed else None)
        old = self._found.get(place)
        if old is None or kind in ("apart", "own apart"):
            self._alive.append(holder)
            self._alive.append(was)
            self._found[place] = Check(kind, path or holder, key, was, counted, ours)
        else:
            old.counted, old.ours = old.counted and counted, old.ours and ours

    def _attribute_check(self, holder: Any, name: str) -> Any:
        value = getattr(holder, name, MISSING)
        self._check("attribute", holder, name, value)
        return value

    def _door(self, value: Any) -> None:
        """A function of a trusted module that may give something else at every call."""
        door = changing(value)
        if door is not None:
            self._refuse(f"{door}()")
