"""Workbooks of old: the first sheet of an .xls file as rows of cells, by xlrd.

xlrd has a sheet whole, each row up to its farthest cell: a cell of ten bytes may ask for thousands.
What it would take is reckoned first, of the records that the file consists of.
Source: MS-XLS, sections 2.1.4 and 2.4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from autograd_nn.nn.datasets.workbooks import DAY, HOUR, several
from autograd_nn.nn.zips import Spoilt

END, TEXTS, SHEET, MANY = 0x0A, 0xFC, 0x85, 0xBD  # records: of the book, and of several cells
CELLS = {0x06, 0xD6, 0xFD, 0x203, 0x204, 0x205, 0x27E, MANY}
PLACE, ROW, CELL, TEXT = 9, 250, 40, 60  # bytes that xlrd takes for each, besides a text's own
DATE, BOOLEAN, ERROR = 3, 4, 5  # kinds of cells
SPARE, SHARE = 40 << 20, 6  # bytes that it may take in all, and for each of the file's
EXACT = 1e15  # below which whole numbers are shown as such


def rows(data: bytes, most: int) -> Iterator[tuple[list[list[str]], list[int]]]:
    """The rows of a workbook's first sheet, and their numbers, some at a time, all equally wide.

    Raises Spoilt for what is none, OverflowError for one that takes too many bytes, or has
    more than so many characters, and ImportError where xlrd is not installed.
    """
    import xlrd

    if _weight(*_stream(data)) > SPARE + SHARE * len(data):
        raise OverflowError
    book = xlrd.open_workbook(
        file_contents=data, logfile=_Nowhere(), on_demand=True, ragged_rows=True
    )
    sheet = book.sheet_by_index(0)
    shown: dict[int, set[str]] = {}  # of each column that has cells, what its times show
    for i in range(sheet.nrows):
        kinds, values = sheet.row_types(i), sheet.row_values(i)
        for j, (kind, value) in enumerate(zip(kinds, values, strict=True)):
            if kind and value != "":
                told = shown.setdefault(j, set())
                if kind == DATE:
                    told |= {DAY} if value >= 1 else set()
                    told |= {HOUR} if value % 1 else set()
    ways = {j: " ".join(w for w in (DAY, HOUR) if w in told) for j, told in sorted(shown.items())}

    def cells(i: int) -> list[str]:
        kinds, values = sheet.row_types(i), sheet.row_values(i)
        return [
            _text(xlrd, kinds[j], values[j], way, book.datemode) if j < len(kinds) else ""
            for j, way in ways.items()
        ]

    numbered = ((cells(i), i + 1) for i in range(sheet.nrows))
    yield from several((found for found in numbered if any(found[0])), most)


class _Nowhere:
    """Where xlrd is to say what it thinks of a file."""

    def write(self, text: str) -> None:
        """Keeps nothing."""


def _stream(data: bytes) -> tuple[bytes, int, int]:
    """Where in the file, or a copy of it, the workbook's records are: memory, start, length."""
    from xlrd.compdoc import CompDoc

    document = CompDoc(data, logfile=_Nowhere())
    for name in ("Workbook", "Book"):
        memory, start, length = document.locate_named_stream(name)
        if memory:
            return memory, start, length
    raise Spoilt("it has no workbook in it")


def _records(memory: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Records up to the end of what they tell of: kinds, places and lengths."""
    while at + 4 <= end:
        kind, length = struct.unpack_from("<HH", memory, at)
        at += 4
        if kind == END or at + length > end:
            return
        yield kind, at, length
        at += length


def _weight(memory: bytes, start: int, length: int) -> int:
    """About how many bytes xlrd takes for the texts of a workbook and the cells of its sheet."""
    found, first, end = 0, None, start + length
    for kind, at, size in _records(memory, start, end):
        if kind == TEXTS and size >= 8:
            found += TEXT * min(struct.unpack_from("<I", memory, at + 4)[0], length // 3)
        elif kind == SHEET and size >= 6 and first is None and memory[at + 5] == 0:
            first = start + struct.unpack_from("<I", memory, at)[0]
    if first is None:
        raise Spoilt("it has no sheet")
    far: dict[int, int] = {}
    for kind, at, size in _records(memory, first, end):
        if kind in CELLS and size >= 6:
            row, last = struct.unpack_from("<HH", memory, at)
            many = 1
            if kind == MANY:
                many, last = (size - 6) // 6, struct.unpack_from("<H", memory, at + size - 2)[0]
            far[row] = max(far.get(row, 0), last + 1)
            found += CELL * many
    return found + sum(PLACE * n + ROW for n in far.values())


def _text(xlrd: Any, kind: int, value: Any, way: str, mode: int) -> str:
    """A cell's text."""
    if kind == DATE:
        try:
            told: str = xlrd.xldate.xldate_as_datetime(value, mode).strftime(way)
            return told
        except (ValueError, OverflowError):
            return repr(value)
    if kind == BOOLEAN:
        return str(bool(value))
    if kind == ERROR:
        return str(xlrd.error_text_from_code.get(value, ""))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < EXACT else repr(value)
    return str(value)
