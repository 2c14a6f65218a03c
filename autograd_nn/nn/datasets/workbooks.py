"""Workbooks: the first sheet of an .xlsx file as rows of cells, some at a time.

A sheet is XML in a zip file. It is read as it comes, and no tree is made of it: however long a row,
a text or a list of texts is, and whatever the file says of them, no more is held than is asked for.
Source: ECMA-376, part 1, section 18.
"""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from xml.parsers import expat

from autograd_nn.nn.datasets.stock import SPLIT, packed, unpacked
from autograd_nn.nn.zips import Spoilt, opened

PIECE = 1 << 15
DEEP = 64  # elements in one another
COLUMNS, ROWS = 1 << 14, 1 << 20  # that a sheet has
CELL = 1 << 15  # characters that a cell has
LONG = 1 << 20  # bytes of an element, and characters of texts that are packed as one
HELD = 1 << 17  # characters of rows that are handed on at once
BLOCK, PLACE = 1 << 10, 65  # texts that are packed as one, and bytes that one takes besides its own
OPEN = 1 << 23  # bytes of texts that are not packed
STYLES = 1 << 16  # that a workbook has
NAMES = 1 << 14  # of elements and of what is said of them, each of which the parser keeps
LETTERS = re.compile("[A-Z]{1,3}(?=[0-9])")
DAY, HOUR = "%Y-%m-%d", "%H:%M:%S"
KNOWN = {str(i): DAY for i in (*range(14, 18), *range(27, 32), 36, *range(50, 59))} | {
    str(i): HOUR for i in (*range(18, 22), *range(32, 36), 45, 47)
} | {"22": f"{DAY} {HOUR}"}  # fmt: skip
BARE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
LEAP = 60  # days, before which none was counted that was not there


def rows(file: Any, most: int) -> Iterator[tuple[list[list[str]], list[int]]]:
    """The rows of a workbook's first sheet, and their numbers, some at a time, all equally wide.

    Raises Spoilt for what is none, and OverflowError for more than so many characters.
    """
    archive = opened(file)
    names = set(archive.namelist())
    sheet, links, early = "", dict[str, str](), False

    def of_book(element: str, own: dict[str, str]) -> None:
        nonlocal sheet, early
        if element == "sheet" and not sheet:
            sheet = next((v for k, v in own.items() if k.rpartition(":")[2] == "id"), "")
        early |= element == "workbookPr" and own.get("date1904") in ("1", "true")

    def of_links(element: str, own: dict[str, str]) -> None:
        kind = own.get("Type", "").rpartition("/")[2]
        if element == "Relationship" and (kind == "sharedStrings" or own.get("Id") == sheet):
            place = posixpath.normpath(posixpath.join("/xl", own.get("Target", "")))
            links[kind if kind == "sharedStrings" else "sheet"] = place.lstrip("/")

    _through(archive, _found(names, "xl/workbook.xml"), of_book)
    _through(archive, _found(names, "xl/_rels/workbook.xml.rels"), of_links)
    shared = links.get("sharedStrings", "")
    texts = _shared(archive, shared) if shared in names else _Texts()
    times = _times(archive) if "xl/styles.xml" in names else []
    start = datetime(1904, 1, 1) if early else datetime(1899, 12, 30)
    name = _found(names, links.get("sheet", ""))
    first = _Sheet(texts, times, start)  # of columns without a cell none is kept, however far
    count = 0
    for part in _read(first, archive, name):
        if (count := count + len(part)) * len(first.columns) > most:
            raise OverflowError
    places = {column: i for i, column in enumerate(sorted(first.columns))}
    empty = [""] * len(places)
    found = _read(_Sheet(texts, times, start), archive, name)
    laid = ((_laid(empty, places, cells), row) for part in found for cells, row in part)
    yield from several(laid, most)


def _laid(empty: list[str], places: dict[int, int], cells: dict[int, str]) -> list[str]:
    row = empty.copy()
    for column, cell in cells.items():
        row[places[column]] = cell
    return row


def several(
    numbered: Iterable[tuple[list[str], int]], most: int
) -> Iterator[tuple[list[list[str]], list[int]]]:
    """Rows and their numbers, some at a time; OverflowError for more than so many characters."""
    some, ends, held = list[list[str]](), list[int](), 0
    for cells, row in numbered:
        some.append(cells)
        ends.append(row)
        held += (size := len(cells) + sum(map(len, cells)))
        most -= size
        if most < 0:
            raise OverflowError
        if held > HELD:
            yield some, ends
            some, ends, held = [], [], 0
    yield some, ends


def _found(names: set[str], name: str) -> str:
    if name not in names:
        raise Spoilt(f"it has no {name!r}")
    return name


class _Texts:
    """Texts by their numbers: packed, but for those of a few blocks that were asked for last."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._ends: list[int] = []  # the numbers behind each block's last
        self._last: list[str] = []  # that are not yet packed
        self._held = 0
        self._open: dict[int, list[str]] = {}
        self._room = OPEN

    def add(self, text: str) -> None:
        self._last.append(text.replace(SPLIT, " "))
        self._held += len(text)
        if len(self._last) >= BLOCK or self._held > LONG:
            self.close()

    def close(self) -> None:
        if self._last:
            self._blocks.append(packed(self._last))
            self._ends.append(len(self._last) + (self._ends[-1] if self._ends else 0))
            self._last, self._held = [], 0

    def __getitem__(self, i: int) -> str:
        block = bisect_right(self._ends, i)
        if not 0 <= i or block == len(self._blocks):
            raise Spoilt(f"a cell refers to text {i}, which is not there")
        if (found := self._open.get(block)) is None:
            found = unpacked(self._blocks[block])
            self._room -= sum(map(len, found)) + PLACE * len(found)
            if self._room < 0:
                self._open, self._room = {}, OPEN
            self._open[block] = found
        return found[i - self._ends[block]]


def _walk(
    archive: Any, name: str, begin: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None, text: Callable[[str], None] | None = None,
) -> Iterator[None]:  # fmt: skip
    """Goes through a part of the workbook, and tells of its elements; pauses after each piece."""
    parser = expat.ParserCreate()
    parser.buffer_text, depth, fed = True, 0, 0

    def begun(element: str, own: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEP:
            raise Spoilt(f"{name!r} is nested too deep")
        begin(element.rpartition(":")[2], own)

    def ended(element: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(element.rpartition(":")[2])

    def doctype(*_: object) -> None:
        raise Spoilt(f"{name!r} declares entities")

    parser.StartElementHandler, parser.EndElementHandler = begun, ended
    parser.StartDoctypeDeclHandler = doctype
    if text is not None:
        parser.CharacterDataHandler = text
    with archive.open(name) as file:
        while piece := file.read(PIECE):
            fed += len(piece)
            parser.Parse(piece, False)
            if fed - parser.CurrentByteIndex > LONG:
                raise Spoilt(f"{name!r} has an element of more than {LONG:,} bytes")
            if len(parser.intern) > NAMES:
                raise Spoilt(f"{name!r} has more than {NAMES:,} names of elements")
            yield
        parser.Parse(b"", True)
        yield


def _through(*told: Any) -> None:
    for _ in _walk(*told):
        pass


def _shared(archive: Any, name: str) -> _Texts:
    """The texts that cells refer to; of what is said of their sound nothing."""
    texts, inside = _Texts(), _Inside("t", "rPh")

    def begin(element: str, own: dict[str, str]) -> None:
        inside.begin(element)

    def end(element: str) -> None:
        inside.end(element)
        if element == "si":
            texts.add(inside.taken())

    _through(archive, name, begin, end, inside.text)
    texts.close()
    return texts


class _Inside:
    """The text inside elements of a name, but for those in another."""

    def __init__(self, *names: str) -> None:
        self.first, self.apart = names[0], names[1]
        self.on = self.off = False
        self.parts: list[str] = []
        self.length = 0

    def begin(self, element: str) -> None:
        self.off |= element == self.apart
        self.on |= element == self.first

    def end(self, element: str) -> None:
        self.off &= element != self.apart
        self.on &= element != self.first

    def text(self, more: str) -> None:
        if self.on and not self.off:
            self.length += len(more)
            if self.length > CELL:
                raise Spoilt(f"a cell has more than {CELL:,} characters")
            self.parts.append(more)

    def taken(self) -> str:
        found = "".join(self.parts)
        self.parts, self.length = [], 0
        return found


def _times(archive: Any) -> list[str]:
    """How cells of each style show a number as a time, by `strftime`; "" for a number."""
    codes, found, inside = dict[str, str](), list[str](), False

    def begin(element: str, own: dict[str, str]) -> None:
        nonlocal inside
        inside |= element == "cellXfs"
        if element == "numFmt":
            codes[own.get("numFmtId", "")] = own.get("formatCode", "")
        elif element == "xf" and inside:
            number = own.get("numFmtId", "0")
            found.append(_way(codes[number]) if number in codes else KNOWN.get(number, ""))
        if len(codes) + len(found) > STYLES:
            raise Spoilt(f"it has more than {STYLES:,} styles")

    def end(element: str) -> None:
        nonlocal inside
        inside &= element != "cellXfs"

    _through(archive, "xl/styles.xml", begin, end)
    return found


def _way(code: str) -> str:
    """What a format shows of a time: its day, its hour, or both; nothing of a number.

    >>> _way("yyyy-mm-dd;@"), _way("d/m/yy h:mm"), _way("[h]:mm"), _way('0.0 "days"')
    ('%Y-%m-%d', '%Y-%m-%d %H:%M:%S', '', '')
    """
    code = BARE.sub("", code.partition(";")[0]).lower()
    if "[" in code or "general" in code or "0" in code.replace(".0", "") or "#" in code:
        return ""
    hour, day = "h" in code or "s" in code, "y" in code or "d" in code
    day |= "m" in code and not hour
    return " ".join([DAY] * day + [HOUR] * hour)


class _Sheet:
    """A sheet's rows, as they come."""

    def __init__(self, texts: _Texts, times: list[str], start: datetime) -> None:
        self.texts, self.times, self.start = texts, times, start
        self.inside = _Inside("v", "rPh")
        self.cells: dict[int, str] = {}  # of the row that is being read
        self.row = self.column = 0
        self.columns: set[int] = set()  # that have a cell
        self.kind = self.style = ""
        self.done: list[tuple[dict[int, str], int]] = []

    def begin(self, element: str, own: dict[str, str]) -> None:
        if element == "c":
            self._place(own.get("r", ""))
            self.kind, self.style = own.get("t", "n"), own.get("s", "")
            self.inside.first = "t" if self.kind == "inlineStr" else "v"
        elif element == "row":
            row = own.get("r", "")
            self.row = int(row[:18]) if row.isdecimal() else self.row + 1
            if self.row > ROWS:
                raise Spoilt(f"it has a row {self.row:,}; a sheet has {ROWS:,}")
            self.cells, self.column = {}, 0
        self.inside.begin(element)

    def _place(self, place: str) -> None:
        """Goes to a cell's column: the next one where it does not say which."""
        if told := LETTERS.match(place):
            self.column = 0
            for letter in told[0]:
                self.column = 26 * self.column + ord(letter) - 64
        else:
            self.column += 1
        if self.column > COLUMNS:
            raise Spoilt(f"it has a cell {place[:20]!r}; a sheet has {COLUMNS:,} columns")

    def end(self, element: str) -> None:
        self.inside.end(element)
        if element == "c":
            self.columns.add(self.column)
            if text := self._text(self.inside.taken()):
                self.cells[self.column] = text
        elif element == "row" and self.cells:
            self.done.append((self.cells, self.row))
            self.cells = {}

    def _text(self, value: str) -> str:
        """A cell's text."""
        if self.kind == "s":
            return self.texts[int(value)] if value.strip().isdecimal() else ""
        if self.kind == "b":
            return str(value.strip() == "1") if value else ""
        if self.kind != "n" or not value:
            return value
        style = int(self.style) if self.style.isdecimal() and len(self.style) < 9 else 0
        way = self.times[style] if style < len(self.times) else ""
        try:
            number = float(value)
            if way:
                days = number + (1 if number < LEAP and self.start.year < 1900 else 0)
                return (self.start + timedelta(seconds=round(86_400 * days))).strftime(way)
        except (ValueError, OverflowError):
            return value
        return repr(number) if not value.isdecimal() else value


def _read(sheet: _Sheet, archive: Any, name: str) -> Iterator[list[tuple[dict[int, str], int]]]:
    """The rows of a sheet that have cells, some at a time."""
    for _ in _walk(archive, name, sheet.begin, sheet.end, sheet.inside.text):
        if sheet.done:
            yield sheet.done
            sheet.done = []
