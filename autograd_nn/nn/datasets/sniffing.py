"""Sniffing: a file's bytes as rows of cells, its encoding, separator and header found out.

A file is read piece by piece; of what it holds only the rows' cells are kept, packed.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, compress, islice
from os import PathLike

from autograd_nn.nn.datasets.encodings import SMALL, USUAL, encodings, speaks
from autograd_nn.nn.datasets.errors import DataError
from autograd_nn.nn.datasets.records import JSON, may_be, records
from autograd_nn.nn.datasets.stock import Columns, Stock
from autograd_nn.nn.datasets.unpacking import TYPED, Source
from autograd_nn.nn.layers.preprocessing.cells import is_missing, number, with_comma

SPACE = " "  # one or more of them, or tabs
SEPARATORS = (",", ";", "\t", "|", SPACE)
STRANGE = re.compile("[\0-\x08\x0e-\x19\x1c-\x1f]")  # what is in no text
LOOKED = 200  # rows that tell the separator
HELD = 1 << 17  # cells that these rows have, at most, where there are no fewer than LEAST of them
LEAST = 3
HEAD = 1 << 20  # characters that do, at most
TOGETHER = 1 << 14  # lines that are made rows of at once
LONGEST = 1 << 21  # characters that a line may have, besides a share of the file's
COMMENTS = ("#", "%", "//")
NAMED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # a separator, as Excel writes it
Row = tuple[list[str], int]  # cells, and the line at which they end


class _OtherText(Exception):
    """The file is not text in this encoding."""


@dataclass
class Rows:
    """A file as rows of cells, and what it was found to be.

    cells   the rows, packed by column; names: the columns'; header: whether the file has them.
    aside   lines that were left out: comments, and titles above the table.
    kept    the columns that the cells have of those in the file: others are void.
    """

    cells: Stock | Columns
    encoding: str
    separator: str
    names: list[str]
    header: bool
    aside: int = 0
    source: Source | None = None
    kept: list[int] | None = None

    def column(self, i: int) -> Iterator[tuple[int, list[str]]]:
        """The cells of a column, in lists one after the other, with the row where each begins."""
        return self.cells.column(i if self.kept is None else self.kept[i])


def rows(
    path: str | PathLike[str], header: bool | None = None, separator: str | None = None,
    encoding: str | None = None,
) -> Rows:  # fmt: skip
    """The rows of a file; raises DataError for one that is no table of text."""
    source = Source(path)
    if source.typed is not None:
        columns, names = source.typed()
        kept = [i for i, filled in enumerate(columns.filled) if filled]
        if not kept:
            raise DataError(f"{path}: received a table without rows; expected one row a sample.")
        names = [names[i] for i in kept]
        return Rows(columns, "utf-8", TYPED, names, True, source=source, kept=kept)
    if source.sheet is not None:
        table = _Table(source, ",", header)
        for each in source.sheet():
            table.add(*each)
        return table.rows("utf-8")
    given = [encoding] if encoding else encodings(source.head())
    for name in given:
        try:
            if name != given[0]:  # what shows late is found out before rows are made again
                deque(_text(source, name, encoding), maxlen=0)
            return _rows(source, name, header, separator, encoding)
        except _OtherText:
            pass
        except LookupError:
            raise DataError(
                f"received encoding={name!r}, which is none; expected one such as 'utf-8', 'cp949'."
            ) from None
    raise DataError(
        f"{path}: received a file that is not text in {' or '.join(given)}; expected a table of "
        "text. Pass encoding=, or save it again as CSV, UTF-8."
    )


def _rows(
    source: Source, encoding: str, header: bool | None, separator: str | None, asked: str | None
) -> Rows:
    """The rows of a file in an encoding; raises _OtherText where it is in another."""
    if separator is None and may_be(next(_text(source, encoding, asked), "")):
        found = records(lambda: _text(source, encoding, asked), source)
        if found:
            return Rows(found[0], encoding, JSON, found[1], True, source=source)
    lines = _lines(source, encoding, asked)
    first = list[list[str]]()
    while sum(map(len, first)) < 2 * LOOKED and (part := next(lines, None)):
        first.append(part)
        if sum(map(len, chain(*first))) > HEAD:
            break
    if first and (told := NAMED.fullmatch(first[0][0])):
        first[0][0], separator = "\n", separator or told[1]
    separator = separator or _separator(islice(chain(*first), 2 * LOOKED))
    table = _Table(source, separator, header)
    for each in _batches(chain(first, lines), separator, source.path):
        table.add(*each)
    return table.rows(encoding)


class _Table:
    """Rows as they come: which are of the table, how wide it is, whether the first has names."""

    def __init__(self, source: Source, separator: str, header: bool | None) -> None:
        self.source, self.separator, self.header = source, separator, header
        self.first: list[Row] = []  # rows, until there are enough to tell what they are
        self.stock = Stock(1)
        self.begun = False
        self.held = self.long = 0  # cells in those, and characters
        self.wide = 0  # cells of most rows of those
        self.aside = 0
        self.names: list[str] = []
        self.late: Row | None = None  # the first row with one cell more than there are names

    def add(self, rows: list[list[str]], ends: list[int]) -> None:
        """Rows, and the lines at which they end."""
        if self.begun:
            self._keep(*self._even(rows, ends))
            return
        for i, (row, line) in enumerate(zip(rows, ends, strict=True)):
            row = [cell.strip() for cell in row]
            if not any(row):
                continue
            if len(row) > 2 and not any(row[1:]) and all(len(r) == 1 for r, _ in self.first):
                row = row[:1]  # a title, as a spreadsheet writes it
            self.first.append((row, line))
            self.held += len(row)
            self.long += sum(map(len, row))
            full = self.held >= HELD or self.long >= HEAD
            if len(self.first) >= (LEAST if full else LOOKED):
                self._begin()
                self._keep(*self._even(rows[i + 1 :], ends[i + 1 :]))
                return

    def _begin(self) -> None:
        """Looks at the first rows, and keeps them."""
        widths = Counter(len(row) for row, _ in self.first)
        self.wide = max(widths, key=lambda w: (widths[w], w))
        aside = _aside([row for row, _ in self.first], self.wide)
        self.aside = len(aside)
        left = [each for i, each in enumerate(self.first) if i not in aside]
        if not left:
            raise DataError(f"{self.source.path}: received comments alone; expected rows.")
        cells, lines = [row for row, _ in left], [line for _, line in left]
        self.width = len(cells[0])
        if self.header is not False and len(cells) > 1 and (
            {len(row) for row in cells[1:]} == {self.width + 1} and cells[1][-1]
        ):  # names of rows, of whose column none is there
            self.late = left[1]
            cells[0], self.width = ["", *cells[0]], self.width + 1
        self.source.columns(self.width)
        cells = [self._cut(*row) for row in zip(cells, lines, strict=True)]
        self.headed = _headed(cells) if self.header is None else self.header
        self.stock, self.begun = Stock(self.width), True
        self.filled = [False] * self.width
        self.void = self.width
        if self.headed:
            self.names = cells[0]
            self._see([[name] for name in self.names])
        self._keep(cells[self.headed :], lines[self.headed :])

    def _cut(self, row: list[str], line: int) -> list[str]:
        """A row without what is behind its last separators; raises DataError for another width."""
        if len(row) > self.width and not any(row[self.width :]):
            row = row[: self.width]
        if len(row) != self.width:
            width = self.width
            if self.late is not None:  # then none has a name of its own
                (row, line), width = self.late, width - 1
            raise DataError(
                f"{self.source.path}, line {line}: received {len(row)} values; expected {width}, "
                f"as in the first row. {_why(row, line, self.separator)}"
            )
        return row

    def _keep(self, rows: list[list[str]], ends: list[int]) -> None:
        """Keeps rows of the table's width, by columns: one by one it would take long."""
        if not rows:
            return
        columns = [[*map(str.strip, column)] for column in zip(*rows, strict=True)]
        if all("" in column for column in columns):
            columns, ends = _where([*map(any, zip(*columns, strict=True))], columns, ends)
        if self.headed and self.names[0] in columns[0]:
            others = [[*row] != self.names for row in zip(*columns, strict=True)]
            self.aside += others.count(False)  # of tables that were put one behind the other
            columns, ends = _where(others, columns, ends)
        if self.void:
            self._see(columns)
        self.stock.extend(columns, ends)
        self.source.check(self.stock.n * (self.width - self.void))

    def _even(self, rows: list[list[str]], ends: list[int]) -> tuple[list[list[str]], list[int]]:
        """The rows of the table's width: without comments, and what is behind last separators."""
        if self.wide == self.width and {*map(len, rows)} == {self.width}:
            return rows, ends
        kept, lines = list[list[str]](), list[int]()
        for row, line in zip(rows, ends, strict=True):
            row = [cell.strip() for cell in row]
            if len(row) != self.wide and row and row[0].startswith(COMMENTS):
                self.aside += 1
            elif any(row):
                kept.append(self._cut(row, line))
                lines.append(line)
        return kept, lines

    def _see(self, columns: list[list[str]]) -> None:
        for i, column in enumerate(columns):
            if not self.filled[i] and any(column):
                self.filled[i] = True
                self.void -= 1

    def rows(self, encoding: str) -> Rows:
        if not self.first:
            raise DataError(
                f"{self.source.path}: received an empty file; expected one row a sample."
            )
        if not self.begun:
            self._begin()
        stock = self.stock
        if not stock.n:
            raise DataError(
                f"{self.source.path}: received a header and no rows; expected one row a sample."
            )
        stock.close()
        kept = [i for i, filled in enumerate(self.filled) if filled]  # others are behind all rows
        named = [self.names[i] for i in kept] if self.headed else [""] * len(kept)
        names = [n or f"column {i}" for i, n in enumerate(named)]
        return Rows(
            stock, encoding, self.separator, names, self.headed, self.aside, self.source, kept
        )


def _aside(cells: list[list[str]], width: int) -> set[int]:
    """Which rows are none of the table: comments, and what stands above its first row."""
    found = {
        i for i, row in enumerate(cells) if len(row) != width and row[0].startswith(COMMENTS)
    }
    left = [i for i in range(len(cells)) if i not in found]
    begins = next((n for n, i in enumerate(left) if len(cells[i]) == width), 0)
    above, table = left[:begins], [cells[i] for i in left[begins : begins + LOOKED]]
    if above and (max(len(cells[i]) for i in above) < width - 1 or _headed(table)):
        found.update(above)
    return found


def _why(row: list[str], line: int, separator: str) -> str:
    first = line - sum(cell.count("\n") for cell in row)
    if first < line:
        return f"A quotation mark that is opened in line {first} is closed too late."
    return f"Cells are split at {separator!r}; pass delimiter= if that is wrong."


def _text(source: Source, encoding: str, asked: str | None = None) -> Iterator[str]:
    """A file's text, piece by piece; raises _OtherText. asked: the encoding that was asked for."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in chain(source.pieces(), [b""]):
            text = decoder.decode(piece, final=not piece)
            if STRANGE.search(text):
                raise _OtherText
            if asked is None and encoding in (USUAL | SMALL) and not speaks(piece, encoding):
                raise _OtherText
            yield text
    except UnicodeError:
        raise _OtherText from None


def _lines(source: Source, encoding: str, asked: str | None = None) -> Iterator[list[str]]:
    """A file's lines, some at a time; raises DataError for one of a length that no table has."""
    most = LONGEST + source.size // 16
    rest = ""
    for text in _text(source, encoding, asked):
        lines = list(io.StringIO(rest + text, newline=""))
        rest = "" if not lines or lines[-1].endswith("\n") else lines.pop()
        for i in range(0, len(lines), TOGETHER):
            yield lines[i : i + TOGETHER]
        if len(rest) > most:
            raise DataError(
                f"{source.path}: received a line of more than {most:,} characters; expected one "
                "row a line. Save it again as CSV."
            )
    if rest:
        yield [rest]


def _separator(head: Iterable[str]) -> str:
    """What splits the first lines into the same number of cells, as many as can be."""
    best, most = ",", (0.0, 0)
    lines = [*head]
    for separator in SEPARATORS:
        try:
            each = _batches([lines], separator, "")
            found = [[*map(str.strip, row)] for rows, _ in each for row in rows]
        except DataError:
            continue
        found = [row for row in found if any(row)]
        widths = [len(row) for row in found[:LOOKED]]
        if not widths or (width := Counter(widths).most_common(1)[0][0]) < 2:
            continue
        score = round(widths.count(width) / len(widths), 1), width
        if separator == "," and any(";" in row[0] for row in found[:2]):
            score = score[0] / 2, score[1]  # decimals, of a table that is split at ';'
        if separator == "\t" and any("  " in cell for row in found[:2] for cell in row):
            score = score[0] / 2, score[1]  # a tab among spaces
        if separator == SPACE:
            score = score[0] * 0.95, score[1]  # text may hold spaces
        if score > most:
            best, most = separator, score
    return best


def _batches(
    parts: Iterable[list[str]], separator: str, path: str | PathLike[str]
) -> Iterator[tuple[list[list[str]], list[int]]]:
    """Rows of cells, and the lines at which they end, some at a time; from some lines at a time."""
    done = seen = 0

    def counted() -> Iterator[list[str]]:
        nonlocal done
        for part in parts:
            done += 1
            yield part if separator != SPACE else [" ".join(x.split()) + "\n" for x in part]

    reader = csv.reader(chain.from_iterable(counted()), delimiter=separator, skipinitialspace=True)
    rows, ends = list[list[str]](), list[int]()
    try:
        for row in reader:
            rows.append(row)
            ends.append(reader.line_num)
            if done > seen:
                yield rows, ends
                rows, ends, seen = [], [], done
    except csv.Error as error:
        raise DataError(
            f"{path}: received a file that is not CSV text ({error}); expected one. Save it again."
        ) from None
    yield rows, ends


def _where(
    kept: list[bool], columns: list[list[str]], ends: list[int]
) -> tuple[list[list[str]], list[int]]:
    return [[*compress(column, kept)] for column in columns], [*compress(ends, kept)]


def _headed(cells: list[list[str]]) -> bool:
    """Whether the first row holds names: no number, no gap, and none of them a value below."""
    first, below = cells[0], cells[1 : 1 + LOOKED]
    if any(number(c) is not None or with_comma(c) is not None for c in first):
        return False
    if any(is_missing(c) for c in first if c):
        return False
    named = [i for i, c in enumerate(first) if c]
    if not below or not named:
        return bool(named)
    values = [i for i in named if any(number(r[i]) is not None for r in below if i < len(r))]
    again = sum(any(r[i] == first[i] for r in below if i < len(r)) for i in named)
    return bool(values) or (len({first[i] for i in named}) == len(named) and not again)
