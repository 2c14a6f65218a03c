"""Copies of states, to be put back: of a state all of it, or the rows that index arrays name.

A table of words is changed, where a step costs by its words, in their rows alone. A copy of all of
it would cost by the vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine.tensor import Tensor

LARGE = 1 << 20  # bytes of a state from which rows are looked for
FEW = 100  # rows of a table for each that is named, from which on equal ones are not looked for


class Copy:
    """The contents of a state, or of some rows of it."""

    __slots__ = ("array", "rows", "state")

    def __init__(self, state: Tensor, rows: np.ndarray | None) -> None:
        self.state, self.rows = state, rows
        self.array: np.ndarray = self.now().copy() if rows is None else self.now()

    def now(self) -> np.ndarray:
        """What is there now of what was copied."""
        return part(self.state.array, self.rows)

    def whole(self) -> np.ndarray:
        """All of the state as it was: the rows that were not copied stand there still."""
        if self.rows is None:
            return self.array
        array = self.state.array.copy()
        array[self.rows] = self.array
        return array

    def back(self) -> None:
        """Puts it back."""
        self.state.assign(self.whole())


class Before(Sequence[np.ndarray]):
    """What states were before a run, each made whole when it is asked for."""

    def __init__(self, copies: Sequence[Copy]) -> None:
        self.copies = copies

    def __len__(self) -> int:
        return len(self.copies)

    def __getitem__(self, k: Any) -> Any:
        return self.copies[k].whole()

    def __iter__(self) -> Iterator[np.ndarray]:
        return (c.whole() for c in self.copies)


def part(array: np.ndarray, rows: np.ndarray | None) -> np.ndarray:
    """Some rows of an array, copied; None: the array itself."""
    return array if rows is None else array.take(rows, 0)


def named(table: np.ndarray, arrays: Sequence[Any]) -> np.ndarray | None:
    """The rows of a table that arrays of numbers name; None where all may as well be looked at.

    Where they are few, one that is named twice comes twice.

    >>> named(np.zeros((1 << 12, 256)), [np.array([3, -1, 3])])
    array([ 3, -1,  3])
    """
    if table.nbytes < LARGE or not all(isinstance(a, np.ndarray) for a in arrays):
        return None
    n, total = len(table), sum([a.size for a in arrays])
    if total > table.size:  # to look takes longer
        return None
    numbers = [a.astype(np.int64, copy=False).ravel() for a in arrays]
    if any(a.size and (a.min() < -n or a.max() >= n) for a in numbers):  # the step itself will tell
        return None
    if total * FEW <= n:
        return np.concatenate(numbers)
    there = np.zeros(n, bool)
    for array in numbers:
        there[array] = True
    rows = np.flatnonzero(there)
    return rows if 2 * len(rows) <= n else None
