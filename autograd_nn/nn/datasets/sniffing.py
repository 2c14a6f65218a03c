"""Sniffing: a file's bytes as rows of cells, its encoding, separator and header found out."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from dataclasses import dataclass
from os import PathLike

from autograd_nn.nn.datasets.errors import DataError
from autograd_nn.nn.layers.preprocessing.cells import is_missing, number, with_comma

SPACE = " "  # one or more of them, or tabs
SEPARATORS = (",", ";", "\t", "|", SPACE)
STRANGE = re.compile("[\0-\x08\x0e-\x19\x1c-\x1f]")  # what is in no text
LOOKED = 200  # rows that tell the separator
ROOM, RATIO = 1 << 26, 40  # bytes that a packed file may have, and times its own size


@dataclass
class Rows:
    """A file as rows of cells, and what it was found to be.

    lines   where each row ends in the file; names: the columns'; header: whether the file has them.
    """

    cells: list[list[str]]
    lines: list[int]
    encoding: str
    separator: str
    names: list[str]
    header: bool


def rows(
    path: str | PathLike[str], header: bool | None = None, separator: str | None = None,
    encoding: str | None = None,
) -> Rows:  # fmt: skip
    """The rows of a file; raises DataError for one that is no table of text."""
    text, encoding = _text(path, encoding)
    separator = separator or _separator(text)
    cells, lines = _cells(text, separator, path)
    if not cells:
        raise DataError(f"{path}: received an empty file; expected one row a sample.")
    width = len(cells[0])
    for row, line in zip(cells, lines, strict=True):
        if len(row) != width:
            raise DataError(
                f"{path}, line {line}: received {len(row)} values; expected {width}, as in the "
                f"first row. Cells are split at {separator!r}; pass delimiter= if that is wrong."
            )
    if header is None:
        header = _headed(cells)
    void = [i for i in range(width) if not any(row[i] for row in cells)]
    if void:  # behind separators at the end of every row
        cells = [[c for i, c in enumerate(row) if i not in void] for row in cells]
        width -= len(void)
    names = [n or f"column {i}" for i, n in enumerate(cells.pop(0))] if header else [
        f"column {i}" for i in range(width)
    ]  # fmt: skip
    if header:
        lines.pop(0)
    if not cells:
        raise DataError(f"{path}: received a header and no rows; expected one row a sample.")
    return Rows(cells, lines, encoding, separator, names, header)


def _text(path: str | PathLike[str], encoding: str | None) -> tuple[str, str]:
    """A file's text, and its encoding; of a packed one (gzip) what is in it."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = _unpacked(data, path)
    given = [encoding] if encoding else _encodings(data)
    for name in given:
        try:
            text = data.decode(name)
            if not STRANGE.search(text):
                return text, name
        except UnicodeDecodeError:
            pass
        except LookupError:
            raise DataError(
                f"received encoding={name!r}, which is none; expected one such as 'utf-8', 'cp949'."
            ) from None
    raise DataError(
        f"{path}: received a file that is not text in {' or '.join(given)}; expected a table of "
        "text. Pass encoding=, or save it again as CSV, UTF-8."
    )


def _encodings(data: bytes) -> list[str]:
    """What a file may be encoded in, likeliest first."""
    if data[:3] == b"\xef\xbb\xbf":
        return ["utf-8-sig"]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ["utf-16"]
    return ["utf-8", "cp949", "cp1252", "latin-1"]


def _unpacked(data: bytes, path: str | PathLike[str]) -> bytes:
    """What gzip packed; raises DataError for a damaged file, and for one that swells too far."""
    room = ROOM + RATIO * len(data)
    try:
        with gzip.open(io.BytesIO(data)) as file:
            found = file.read(room + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(
            f"{path}: received a damaged gzip file ({error}); expected a whole one. Fetch it again."
        ) from None
    if len(found) > room:
        raise DataError(
            f"{path}: received a gzip file of {len(data):,} bytes with more than {room:,} in it; "
            "expected at most so many. Unpack it first if it is to be trusted."
        )
    return found


def _separator(text: str) -> str:
    """What splits the first rows into the same number of cells, as many as can be."""
    head = "".join(text.splitlines(keepends=True)[: 2 * LOOKED])
    best, most = ",", (0.0, 0)
    for separator in SEPARATORS:
        try:
            found, _ = _cells(head, separator, "")
        except DataError:
            continue
        widths = [len(row) for row in found[:LOOKED]]
        if not widths or widths[0] < 2:
            continue
        alike = sum(w == widths[0] for w in widths) / len(widths)
        score = round(alike, 1), widths[0]
        if separator == "," and any(";" in row[0] for row in found[:2]):
            score = score[0] / 2, score[1]  # decimals, of a table that is split at ';'
        if separator == "\t" and any("  " in cell for row in found[:2] for cell in row):
            score = score[0] / 2, score[1]  # a tab among spaces
        if separator == SPACE:
            score = score[0] * 0.95, score[1]  # text may hold spaces
        if score > most:
            best, most = separator, score
    return best


def _cells(
    text: str, separator: str, path: str | PathLike[str]
) -> tuple[list[list[str]], list[int]]:
    """Rows of cells, and the line at which each ends; empty rows are left out."""
    lines = io.StringIO(text, newline="")
    source = (" ".join(line.split()) + "\n" for line in lines) if separator == SPACE else lines
    reader = csv.reader(source, delimiter=separator, skipinitialspace=True)
    found, ends = [], []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                found.append([cell.strip() for cell in row])
                ends.append(reader.line_num)
    except csv.Error as error:
        raise DataError(
            f"{path}: received a file that is not CSV text ({error}); expected one. Save it again."
        ) from None
    return found, ends


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
