"""Looks: what a column's cells are, found out piece by piece, so that they are never there at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from autograd_nn.nn.layers.preprocessing import cells as meaning
from autograd_nn.nn.layers.preprocessing.cells import Way
from autograd_nn.nn.layers.preprocessing.column import numbers_in

PARTS = 16
FEW = 1 << 20  # numbers that are kept, for they are gone through repeatedly


class Look:
    """A column after a first pass over its cells, which come in lists one behind the other.

    rows, there, lacking   cells; those that say something, and the others.
    same                   whether those that do are all the same.
    strange, example       how many are no numbers, by the way of reading, and the first of them.

    >>> look = Look([["1", "?"], ["x"]], ",")
    >>> look.rows, look.there, look.same, look.way, [*look.strange.values()]
    (3, 2, False, None, [1, 1])
    """

    def __init__(self, pieces: Iterable[list[str]], separator: str) -> None:
        self.pieces = pieces
        self.rows = self.there = 0
        self.same, first = True, None
        plain, *others = ways = meaning.ways(separator)
        self.strange: dict[Way, int] = dict.fromkeys(ways, 0)
        self.example: dict[Way, str] = {}
        for cells in pieces:
            self.rows += len(cells)
            if self.same:
                for cell in {*cells}:
                    if not meaning.is_missing(cell):
                        first = cell if first is None else first
                        self.same &= cell == first
            try:  # what is a number so is one in every way
                values = np.fromiter(map(float, cells), float, len(cells))
                self.there += len(cells) - int(np.isnan(values).sum())
                continue
            except ValueError:
                pass
            for cell, count in Counter(cells).items():
                if (value := plain(cell)) is not None:
                    self.there += count * (value == value)
                elif not meaning.is_missing(cell):
                    self.there += count
                    self._strange(plain, cell, count)
                    for way in others:
                        if way(cell) is None:
                            self._strange(way, cell, count)
        self.lacking = self.rows - self.there

    def _strange(self, way: Way, cell: str, count: int) -> None:
        self.strange[way] += count
        self.example.setdefault(way, cell)

    @property
    def way(self) -> Way | None:
        """What reads all cells as numbers, the plainest there is; None where nothing does."""
        return next((way for way, count in self.strange.items() if not count), None)

    def cells(self) -> Iterator[str]:
        """Cells that say something: of those that are the same in a piece, one."""
        for cells in self.pieces:
            yield from (c for c in dict.fromkeys(cells) if not meaning.is_missing(c))

    def texts(self) -> tuple[int, float]:
        """How many of the cells differ, and how many words they have on an average.

        They are told apart by 64 bits each, for texts themselves may be long.
        """
        known, new, words = Distinct(), list[np.ndarray](), 0
        for cells in self.pieces:
            counted = Counter(c for c in cells if not meaning.is_missing(c))
            words += sum(len(c.split()) * count for c, count in counted.items())
            new.append(np.fromiter(map(hash, counted), np.int64, len(counted)))
            if 4 * sum(map(len, new)) >= known.n:
                known.add(np.concatenate(new))
                new = []
        known.add(np.concatenate([*new, known.nothing]))
        return known.n, words / self.there

    def format(self) -> str | None:
        """The format of dates or times that all cells have; None where there is none."""
        left: tuple[str, ...] | None = None
        for cells in self.pieces:
            left = meaning.formats(dict.fromkeys(c for c in cells if not meaning.is_missing(c)),
                                   left)  # fmt: skip
            if not left and left is not None:
                return None
        return left[0] if left else None

    def numbers(self, way: Way) -> Iterable[np.ndarray]:
        """The cells as numbers, NaN for none, piece by piece."""

        def made() -> Iterator[np.ndarray]:
            for cells in self.pieces:
                yield numbers_in(cells, way)

        return self.made(made)

    def made(self, pieces: Callable[[], Iterator[np.ndarray]]) -> Iterable[np.ndarray]:
        """What is gone through repeatedly: kept where it is little, else made anew each time."""
        return [*pieces()] if self.rows <= FEW else _Anew(pieces)


class _Anew:
    def __init__(self, pieces: Callable[[], Iterator[np.ndarray]]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[np.ndarray]:
        return self._pieces()


class Distinct:
    """Numbers of 64 bits, each once: in parts by their size, of which one at a time is made anew.

    >>> known = Distinct()
    >>> for part in ([5, -(2**62), 5], [5, 7]):
    ...     known.add(np.array(part))
    >>> known.n
    3
    """

    nothing = np.empty(0, np.int64)

    def __init__(self) -> None:
        self._parts = [self.nothing] * PARTS

    @property
    def n(self) -> int:
        """How many there are."""
        return sum(map(len, self._parts))

    def add(self, new: np.ndarray) -> None:
        """Adds those that are new."""
        new = np.sort(new)
        ends = np.array([i * 2**64 // PARTS - 2**63 for i in range(1, PARTS)], np.int64)
        for i, part in enumerate(np.split(new, np.searchsorted(new, ends))):
            whole = np.concatenate([self._parts[i], part])
            whole.sort()
            kept = np.ones(len(whole), bool)
            np.not_equal(whole[1:], whole[:-1], out=kept[1:])
            self._parts[i] = whole[kept]
