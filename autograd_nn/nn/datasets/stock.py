"""Stock: rows of cells as they are kept while a table is read, packed by column.

What a table takes here is about what it takes as a packed file, so that only its numbers count.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

CELLS = 1 << 16  # that are held as they came, before they are packed
TOGETHER = 512  # cells that are packed at once, at least
SPLIT = "\0"  # which is in no text
LONG = 1 << 20  # characters that a list's texts have, were all as long as the longest


class Stock:
    """Rows of ``width`` cells each, and the lines at which they end.

    >>> stock = Stock(2)
    >>> for line, row in enumerate([["1", "a"], ["2", "b"]]):
    ...     stock.add(row, line)
    >>> stock.close()
    >>> list(stock.column(1)), stock.line(1)
    ([(0, ['a', 'b'])], 1)
    """

    def __init__(self, width: int) -> None:
        self.width, self.n = width, 0
        self._batch = max(1, CELLS // width)
        self._group = max(1, TOGETHER // self._batch)  # columns that are packed as one
        self._rows: list[list[str]] = []
        self._lines: list[int] = []
        self._packs: list[list[bytes]] = []
        self._starts: list[tuple[int, bytes]] = []
        self._open: tuple[int, list[list[list[str]]]] = -1, []

    def add(self, row: list[str], line: int) -> None:
        self._rows.append(row)
        self._lines.append(line)
        self.n += 1
        if len(self._rows) == self._batch:
            self.close()

    def close(self) -> None:
        """Packs what was added last."""
        if not self._rows:
            return
        columns, group = [*zip(*self._rows, strict=True)], self._group
        self._packs.append([
            zlib.compress(SPLIT.join(c for column in columns[i : i + group] for c in column)
                          .encode("utf-8", "surrogatepass"), 1)
            for i in range(0, self.width, group)
        ])  # fmt: skip
        lines = "\n".join(map(str, self._lines)).encode()
        self._starts.append((self.n - len(self._rows), zlib.compress(lines, 1)))
        self._rows, self._lines = [], []

    def clear(self) -> None:
        """Forgets all rows."""
        self._packs, self._starts, self._open = [], [], (-1, [])

    def column(self, i: int) -> Iterator[tuple[int, list[str]]]:
        """A column's cells, in lists one after the other, with the row at which each begins."""
        group, at = divmod(i, self._group)
        if self._group > 1 and self._open[0] != group:
            self._open = group, [self._columns(packs[group], group) for packs in self._packs]
        same: dict[str, str] = {}  # equal cells are one object
        for k, (row, _) in enumerate(self._starts):
            if self._group > 1:
                yield row, self._open[1][k][at]
                continue
            cells = _unpacked(self._packs[k][group]).split(SPLIT)
            same = {} if len(same) > CELLS else same
            yield row, [same.setdefault(c, c) for c in cells]

    def _columns(self, pack: bytes, group: int) -> list[list[str]]:
        cells = _unpacked(pack).split(SPLIT)
        rows = len(cells) // min(self._group, self.width - group * self._group)
        return [cells[i : i + rows] for i in range(0, len(cells), rows)]

    def line(self, row: int) -> int:
        """The line at which a row ends."""
        start, pack = next(s for s in reversed(self._starts) if s[0] <= row)
        return int(zlib.decompress(pack).split(b"\n")[row - start])


def _unpacked(pack: bytes) -> str:
    return zlib.decompress(pack).decode("utf-8", "surrogatepass")


def even(cells: Sequence[str]) -> Iterator[list[str]]:
    """The same cells in lists, none of which takes much as an array of NumPy's, that pads texts.

    >>> [len(part) for part in even(["a", "b" * 10**6, "c"])]
    [1, 1, 1]
    """
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
