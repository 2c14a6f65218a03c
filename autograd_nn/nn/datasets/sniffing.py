"""Sniffing: a file's bytes as rows of cells, its encoding, separator and header found out."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from os import PathLike

from autograd_nn.nn.datasets.errors import DataError
from autograd_nn.nn.datasets.unpacking import unpacked
from autograd_nn.nn.layers.preprocessing.cells import is_missing, number, with_comma

SPACE = " "  # one or more of them, or tabs
SEPARATORS = (",", ";", "\t", "|", SPACE)
STRANGE = re.compile("[\0-\x08\x0e-\x19\x1c-\x1f]")  # what is in no text
LOOKED = 200  # rows that tell the separator
JSON = "{}"  # in a separator's place, of records
COMMENTS = ("#", "%", "//")
OBJECTS = re.compile(r'\s*(\{\s*"|\[\s*[\[{])')  # how JSON begins, and hardly any table
NAMED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # a separator, as Excel writes it


@dataclass
class Rows:
    """A file as rows of cells, and what it was found to be.

    lines   where each row ends in the file; names: the columns'; header: whether the file has them.
    aside   lines that were left out: comments, and titles above the table.
    """

    cells: list[list[str]]
    lines: list[int]
    encoding: str
    separator: str
    names: list[str]
    header: bool
    aside: int = 0


def rows(
    path: str | PathLike[str], header: bool | None = None, separator: str | None = None,
    encoding: str | None = None,
) -> Rows:  # fmt: skip
    """The rows of a file; raises DataError for one that is no table of text."""
    text, encoding = _text(path, encoding)
    told = NAMED.match(text)
    if told:
        text, separator = "\n" + text[told.end() :], separator or told[1]
    if separator is None and (records := _records(text, path)):
        return Rows(*records[:2], encoding, JSON, records[2], True)
    separator = separator or _separator(text)
    cells, lines = _cells(text, separator, path)
    if not cells:
        raise DataError(f"{path}: received an empty file; expected one row a sample.")
    aside = _aside(cells)
    lines = [line for i, line in enumerate(lines) if i not in aside]
    cells = [row for i, row in enumerate(cells) if i not in aside]
    width = len(cells[0])
    if header is not False and len(cells) > 1 and {len(row) for row in cells[1:]} == {width + 1}:
        if all(row[-1] for row in cells[1:2]):  # names of rows, of whose column none is there
            cells[0], width = ["", *cells[0]], width + 1
    cells = [row if any(row[width:]) else row[:width] for row in cells]
    for row, line in zip(cells, lines, strict=True):
        if len(row) != width:
            raise DataError(
                f"{path}, line {line}: received {len(row)} values; expected {width}, as in the "
                f"first row. {_why(row, line, separator)}"
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
    return Rows(cells, lines, encoding, separator, names, header, len(aside))


def _aside(cells: list[list[str]]) -> set[int]:
    """Which rows are none of the table: comments, and what stands above its first row."""
    widths = Counter(len(row) for row in cells[:LOOKED])
    width = max(widths, key=lambda w: (widths[w], w))
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


def _records(
    text: str, path: str | PathLike[str]
) -> tuple[list[list[str]], list[int], list[str]] | None:
    """Rows, lines and names of records of JSON, one a line or in one list; None for other text."""
    start = text.lstrip()[:1]
    if start not in ("{", "["):
        return None
    lines = [n for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    try:
        if start == "[":
            found = json.loads(text)
            lines = list(range(1, len(found) + 1))
        else:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        if not OBJECTS.match(text):
            return None
        raise DataError(
            f"{path}: received JSON that cannot be read ({error}); expected one record a line, as "
            'in {"a": 1, "b": "x"}, or a list of records.'
        ) from None
    names = list(dict.fromkeys(k for each in found if isinstance(each, dict) for k in each))
    for each, line in zip(found, lines, strict=True):
        values = each.values() if isinstance(each, dict) else [each]
        if not isinstance(each, dict) or any(isinstance(v, dict | list) for v in values):
            raise DataError(
                f"{path}, record {line}: received {json.dumps(each)[:60]}; expected an object of "
                "texts, numbers and truth values, as in {\"a\": 1, \"b\": \"x\"}."
            )
    if not names:
        raise DataError(f"{path}: received JSON without a record; expected one row a sample.")
    cells = [["" if each.get(k) is None else str(each[k]).strip() for k in names] for each in found]
    return cells, lines, names


def _text(path: str | PathLike[str], encoding: str | None) -> tuple[str, str]:
    """A file's text, and its encoding; of a packed one what is in it."""
    data = unpacked(path)
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
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return ["utf-32"]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ["utf-16"]
    head = data[:4096]  # in which every other byte is 0, of two for each letter
    for name, high, low in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2],
                                                                   head[1::2])):  # fmt: skip
        if high.count(0) > len(high) // 2 and not low.count(0):
            return [name]
    return ["utf-8", "cp949", "cp1252", "latin-1"]


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
