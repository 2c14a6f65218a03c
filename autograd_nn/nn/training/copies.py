"""Copies of what a training may change: of a state all, or the rows that the samples name.

A table of words is changed, where a step costs by its words, in their rows alone. A copy of all of
it would cost by the vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_nn.engine.tensor import Tensor

LARGE = 1 << 20  # bytes from which rows are looked for


class Copy:
    """The contents of a state, or of some rows of it."""

    __slots__ = ("array", "rows", "state")

    def __init__(self, state: Tensor, rows: np.ndarray | None) -> None:
        self.state, self.rows = state, rows
        self.array: np.ndarray = self.now().copy() if rows is None else self.now()

    def now(self) -> np.ndarray:
        """What is there now of what was copied."""
        array = self.state.array
        return array if self.rows is None else array[self.rows]

    def back(self) -> None:
        """Puts it back."""
        if self.rows is None:
            self.state.assign(self.array)
            return
        array = self.state.array.copy()
        array[self.rows] = self.array
        self.state.assign(array)


class Named:
    """The rows that samples name, of each table that a model's steps change in rows alone."""

    def __init__(self, arrays: Sequence[np.ndarray]) -> None:
        self.arrays = arrays
        self._found: dict[int, np.ndarray | None] = {}  # by the tensor's id; None: all

    def rows(self, state: Tensor, stepper: Any) -> np.ndarray | None:
        """The rows of a state that a stepper's steps on the samples change; None: perhaps all."""
        of = _inputs(state, stepper)
        if of and id(state) not in self._found:
            self._found[id(state)] = self._look(state.array, [self.arrays[k] for k in of])
        return self._found[id(state)] if of else None

    def _look(self, table: np.ndarray, arrays: Sequence[Any]) -> np.ndarray | None:
        n, inside = len(table), all(isinstance(a, np.ndarray) for a in arrays)
        if not inside or sum(a.size for a in arrays) > table.size:  # to look takes longer
            return None
        named = np.zeros(n, bool)
        for array in arrays:
            numbers = array.astype(np.int64, copy=False)
            if numbers.min() < -n or numbers.max() >= n:  # the step itself will tell
                return None
            named[numbers] = True
        rows = np.flatnonzero(named)
        return rows if 2 * len(rows) <= n else None


def _inputs(state: Tensor, stepper: Any) -> set[int]:
    """Which arrays name a state's rows, as all programs say; empty where one does not.

    An update leaves rows without gradient as they are or does not, whatever the batch: what the
    programs there are show is true of a batch of another size, too.
    """
    found: set[int] = set()
    for key in () if stepper is None else stepper.programs:
        program = stepper.recorded.get(key)  # None: what it read has changed since
        own = [] if program is None else [of for v, of in program.tables if v is state]
        if not own:
            return set()
        found |= own[0]
    return found
