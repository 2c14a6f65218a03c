"""Stock: rows of cells as they are kept while a table is read, packed by column.

What a table takes here is about what it takes as a packed file, so that only its numbers count.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np

CELLS = 1 << 16  # that are held as they came, before they are packed
HELD = 1 << 21  # characters that these have, about
TOGETHER = 512  # cells that are packed at once, at least
SPLIT = "\0"  # which is in no text
LONG = 1 << 20  # characters that a list's texts have, were all as long as the longest


class Stock:
    """Rows of ``width`` cells each, and the lines at which they end.

    >>> stock = Stock(2)
    >>> stock.extend([["1", "2"], ["a", "b"]], [1, 2])
    >>> stock.add(["3", "c"], 3)
    >>> stock.close()
    >>> list(stock.column(1)), stock.line(1)
    ([(0, ['a', 'b', 'c'])], 2)
    """

    def __init__(self, width: int) -> None:
        self.width, self.n = width, 0
        self._batch = max(1, CELLS // width)
        self._group = max(1, TOGETHER // self._batch)  # columns that are packed as one
        self._rows: list[list[str]] = []  # that came one by one, and their lines
        self._ends: list[int] = []
        self._columns: list[list[str]] = [[] for _ in range(width)]
        self._lines: list[int] = []
        self._held = 0  # characters in those
        self._packs: list[list[bytes]] = []
        self._starts: list[tuple[int, int, bytes]] = []  # a row, its line, and the steps behind it
        self._open: tuple[int, list[list[list[str]]]] = -1, []

    def add(self, row: list[str], line: int) -> None:
        """A row, and the line at which it ends."""
        self._rows.append(row)
        self._ends.append(line)
        self._held += sum(map(len, row))
        self.n += 1
        if len(self._rows) >= self._batch or self._held > HELD:
            self.close()

    def extend(self, columns: Sequence[Sequence[str]], lines: Sequence[int]) -> None:
        """Rows by their columns, and the lines at which they end."""
        for column, more in zip(self._columns, columns, strict=True):
            column += more
            self._held += sum(map(len, more))
        self._lines += lines
        self.n += len(lines)
        if len(self._lines) >= self._batch or self._held > HELD:
            self.close()

    def close(self) -> None:
        """Packs what was added last."""
        if self._rows:
            rows, ends, self._rows, self._ends = self._rows, self._ends, [], []
            self.n -= len(ends)
            self.extend([*zip(*rows, strict=True)], ends)
        if not self._lines:
            return
        columns, group = self._columns, self._group
        self._packs.append([
            packed(columns[i] if group == 1 else [*chain(*columns[i : i + group])])
            for i in range(0, self.width, group)
        ])  # fmt: skip
        steps = np.diff(np.array(self._lines, np.int64))
        pack = b"" if (steps == 1).all() else zlib.compress(steps.tobytes(), 1)
        self._starts.append((self.n - len(self._lines), self._lines[0], pack))
        self._columns, self._lines, self._held = [[] for _ in range(self.width)], [], 0

    def clear(self) -> None:
        """Forgets all rows."""
        self._packs, self._starts, self._open = [], [], (-1, [])

    def column(self, i: int) -> Iterator[tuple[int, list[str]]]:
        """A column's cells, in lists one after the other, with the row at which each begins."""
        group, at = divmod(i, self._group)
        if self._group > 1 and self._open[0] != group:
            self._open = group, [self._apart(packs[group], group) for packs in self._packs]
        for k, (row, _, _) in enumerate(self._starts):
            yield row, (
                unpacked(self._packs[k][group]) if self._group == 1 else self._open[1][k][at]
            )

    def _apart(self, pack: bytes, group: int) -> list[list[str]]:
        """The columns that are packed as one."""
        cells = unpacked(pack)
        rows = len(cells) // min(self._group, self.width - group * self._group)
        return [cells[i : i + rows] for i in range(0, len(cells), rows)]

    def line(self, row: int) -> int:
        """The line at which a row ends."""
        start, line, pack = next(s for s in reversed(self._starts) if s[0] <= row)
        if not pack:
            return line + row - start
        return line + int(np.frombuffer(zlib.decompress(pack), np.int64)[: row - start].sum())


class Columns:
    """Rows that come column by column, as `Stock` has them once they are there.

    >>> columns = Columns(2)
    >>> columns.put(0, ["1", "2"])
    >>> columns.put(1, ["a", "b"])
    >>> columns.close()
    >>> columns.n, list(columns.column(1))
    (2, [(0, ['a', 'b'])])
    """

    def __init__(self, width: int) -> None:
        self.n = self._at = self._held = 0
        self._cells: list[str] = []  # of one column, that are not yet packed
        self._packs: list[list[bytes]] = [[] for _ in range(width)]
        self.filled = [False] * width

    def put(self, i: int, cells: list[str]) -> None:
        """More cells of a column: all of one are there before the first of the next."""
        if i != self._at:
            self.close()
            self._at = i
        self._cells += cells
        self.filled[i] |= any(cells)
        self._held += sum(map(len, cells))
        if len(self._cells) >= CELLS or self._held > HELD:
            self.close()
        self.n += len(cells) * (i == 0)

    def close(self) -> None:
        """Packs what was put last."""
        if self._cells:
            self._packs[self._at].append(packed(self._cells))
            self._cells, self._held = [], 0

    def clear(self) -> None:
        """Forgets all rows."""
        self._packs = []

    def column(self, i: int) -> Iterator[tuple[int, list[str]]]:
        """A column's cells, in lists one after the other, with the row at which each begins."""
        row = 0
        for pack in self._packs[i]:
            yield row, (cells := unpacked(pack))
            row += len(cells)

    def line(self, row: int) -> int:
        """The line of a row, were the names in the first one."""
        return row + 2


def packed(cells: Sequence[str]) -> bytes:
    """Texts as one, without much of what they have in common."""
    return zlib.compress(SPLIT.join(cells).encode("utf-8", "surrogatepass"), 1)


def unpacked(pack: bytes) -> list[str]:
    """The texts that `packed` was given."""
    return zlib.decompress(pack).decode("utf-8", "surrogatepass").split(SPLIT)


def even(cells: Sequence[str]) -> Iterator[Sequence[str]]:
    """The same cells in lists, none of which takes much as an array of NumPy's, that pads texts.

    >>> [len(part) for part in even(["a", "b" * 10**6, "c"])]
    [1, 1, 1]
    """
    if cells and max(map(len, cells)) * len(cells) <= LONG:
        yield cells
        return
    part: list[str] = []
    longest = 1
    for cell in cells:
        longest = max(longest, len(cell))
        if part and longest * (len(part) + 1) > LONG:
            yield part
            part, longest = [], max(len(cell), 1)
        part.append(cell)
    if part:
        yield part
