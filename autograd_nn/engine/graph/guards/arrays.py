"""Arrays: those that ops alone take need no guard, for a program reads them at every run."""

from __future__ import annotations

import functools
import types
import weakref
from typing import Any

import numpy as np

from autograd_nn.engine.graph.guards.checks import Path
from autograd_nn.engine.graph.guards.notes import Notes
from autograd_nn.engine.graph.guards.operands import Way, goals
from autograd_nn.engine.graph.guards.reads import Chain
from autograd_nn.engine.node import fingerprint
from autograd_nn.engine.tensor import Tensor


class Arrays(Notes):
    """The arrays that code got at, and by which ways."""

    def __init__(self) -> None:
        super().__init__()
        self._arrays: dict[int, np.ndarray] = {}
        self._ways: dict[int, set[tuple[types.CodeType, Way]]] = {}  # how code gets at an array
        self._plain: set[int] = set()  # arrays that Python gets at in other ways too
        self._calls: dict[int, int] = {}  # how often code ran, by its id
        # (namespace, name, chains, the code that looks it up)
        self._named: list[tuple[Any, str, set[Chain], types.CodeType]] = []

    def _reach(
        self, value: Any, ways: list[tuple[types.CodeType, Way]], path: Path | None = None
    ) -> None:
        """Visits what ways of looking up lead to; of an array, only the ways are noted."""
        if type(value) is np.ndarray and value.dtype.kind != "O":
            self._arrays[id(value)] = value
            self._alive.append(value)
            self._ways.setdefault(id(value), set()).update(ways)
        else:
            self._visit(value, True, None, path)

    def _only_operand(self, a: np.ndarray, taken: int) -> bool:
        """Whether all that the code did with an array was to give it to ops, ``taken`` times."""
        if id(a) in self._plain:
            return False
        looked = operators = 0
        for code, way in self._ways.get(id(a), ()):
            for goal in goals(code).get(way, [False]):
                if goal is not True and not (goal and self._is_op(code, goal)):
                    return False
                looked += self._calls.get(id(code), 0)
                operators += goal is True
        # What an operator takes may be NumPy's to compute with; a function of ops takes it surely,
        # though some do so more than once.
        return looked == taken if operators else 0 < looked <= taken

    def _is_op(self, code: types.CodeType, way: Way) -> bool:
        """Whether a way leads to a function of the package's ops."""
        kind, name, chain = way
        if kind != "global" or len(chain) > 1:
            return False
        for space, known, _, by in self._named:
            if by is code and known == name:
                found = space.get(name)
                if chain and isinstance(found, types.ModuleType):
                    found = vars(found).get(chain[0][1])
                module = getattr(found, "__module__", None) or ""
                return callable(found) and module.startswith("autograd_nn.engine.op")
        return False

    def _contents(self, x: Tensor) -> None:
        self._check("attribute", x, "array", x.array)
        self._array_check(x.array)

    def _array(self, a: np.ndarray) -> None:
        if a.dtype.kind == "O":
            self._check("call", a.tolist, None, a.tolist())
            self._visit(a.tolist(), True)
        else:
            self._arrays[id(a)] = a
            self._plain.add(id(a))

    def _array_check(self, a: np.ndarray) -> None:
        try:
            r = weakref.ref(a)
        except TypeError:
            return
        look = functools.partial(_contents, r)
        self._check("call", look, None, look())


def _contents(r: Any) -> Any:
    a = r()
    return None if a is None else (a.shape, a.dtype.str, fingerprint(a))
