"""Cells: what the text in a table may mean: nothing, a number, a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

import numpy as np

MISSING = frozenset(("", "?", "-", "--", "–", "—", ".", "..", "…", "na", "n/a", "n.a.", "n/d",
                     "#n/a", "<na>", "nan", "-nan", "nat", "null", "(null)", "<null>", "none",
                     "nil", "#value!", "#ref!", "#div/0!"))  # fmt: skip
COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)?,\d+([eE][+-]?\d+)?")
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
APART = re.compile(r"(?<=\d)[ \u00a0\u2009\u202f'’](?=\d{3}(?!\d))")  # groups of three digits
UNITS = "$€£¥₩%"
DAY = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d.%m.%Y", "%Y.%m.%d", "%d-%m-%Y", "%d-%b-%Y",
    "%d %b %Y", "%b %d %Y", "%b %d, %Y", "%d/%m/%y", "%m/%d/%y", "%d-%b-%y", "%d %B %Y",
    "%B %d %Y", "%B %d, %Y",
)  # fmt: skip
HOUR = (
    "%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%H.%M.%S", "%H:%M%z", "%H:%M:%S%z", "%H:%M:%S.%f%z",
    "%H:%M:%S %z", "%I:%M %p", "%I:%M:%S %p",
)  # fmt: skip
Way = Callable[[str], float | None]
ISO_DAY = "%Y-%m-%d"
ISO = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?)?", re.ASCII)
ISO_LENGTHS = {ISO_DAY: 10} | {
    f"{ISO_DAY}{mark}{hour}": 11 + length
    for mark in " T" for hour, length in (("%H:%M", 5), ("%H:%M:%S", 8))
}  # fmt: skip
TIMES = (*DAY, *(f"{d}{s}{h}" for d in DAY for s in " T" for h in HOUR), *HOUR)


def is_missing(cell: str) -> bool:
    """Whether a cell says that its value is not known.

    >>> [is_missing(c) for c in ("?", "N/A", "", "0")]
    [True, True, True, False]
    """
    return cell.lower() in MISSING


def number(cell: str) -> float | None:
    """The number a cell holds, with a point; None for another text."""
    try:
        return float(cell)
    except ValueError:
        return None


def floats(cells: Sequence[str], other: Callable[[str], float]) -> np.ndarray:
    """Cells as numbers, with a point; what is none by another function, called once for each text.

    >>> floats(["1.5", "x", "nan"], len).tolist()
    [1.5, 1.0, nan]
    """
    try:
        return np.fromiter(map(float, cells), float, len(cells))
    except ValueError:
        pass
    found, others = list[float](), dict[str, float]()
    for cell in cells:
        if cell in others:
            found.append(others[cell])
            continue
        try:
            found.append(float(cell))
        except ValueError:
            others[cell] = value = other(cell)
            found.append(value)
    return np.array(found, float)


def with_comma(cell: str) -> float | None:
    """The number a cell holds whose decimals stand behind a comma.

    >>> with_comma("1.234,5"), with_comma("-,5"), with_comma("7"), with_comma("1,2,3")
    (1234.5, -0.5, 7.0, None)
    """
    if COMMA.fullmatch(cell):
        return float(cell.replace(".", "").replace(",", "."))
    return number(cell)


def with_thousands(cell: str) -> float | None:
    """The number a cell holds, in groups of three digits or with a unit of money or percent.

    >>> with_thousands("$1,234.50"), with_thousands("12%"), with_thousands("1,23")
    (1234.5, 12.0, None)
    >>> with_thousands("($1 234)"), with_thousands("1'234"), with_thousands("−5")
    (-1234.0, 1234.0, -5.0)
    """
    cell = _bare(cell)
    return number(cell.replace(",", "") if THOUSANDS.fullmatch(cell) else cell)


def with_all(cell: str) -> float | None:
    """The number a cell holds as for `with_thousands`, whose decimals stand behind a comma.

    >>> with_all("1.234,50 €"), with_all("1 234,5"), with_all("a")
    (1234.5, 1234.5, None)
    """
    return with_comma(_bare(cell))


def _bare(cell: str) -> str:
    """A number without units and gaps between digits, its minus a plain one."""
    cell = cell.replace("−", "-")
    if cell[:1] == "(" and cell[-1:] == ")":  # as accounts have it
        cell = f"-{cell[1:-1].strip(UNITS).strip()}"
    sign = "-" if cell[:1] == "-" else ""
    cell = cell.removeprefix(sign).strip(UNITS).strip()
    return sign + APART.sub("", cell) if cell[:1].isdigit() or not sign else cell


def ways(separator: str) -> tuple[Way, ...]:
    """What reads numbers, the plainest first.

    separator   of the table's cells: where it is the comma, no comma stands for a point.
    """
    if separator == ",":
        return number, with_thousands
    return number, with_comma, with_thousands, with_all


def reader(cells: Iterable[str], separator: str) -> Way | None:
    """What reads all of these as numbers, the plainest of `ways`; None where nothing does."""
    each = ways(separator)
    return next((way for way in each if all(way(c) is not None for c in cells)), None)


def formats(cells: Iterable[str], known: Sequence[str] | None = None) -> tuple[str, ...] | None:
    """Which formats of dates or times all of these have, of those that are known to be possible.

    known   None: any, where the first cell has a digit; None comes back where there was no cell.

    >>> formats(["03/02/2004"], formats(["13/02/2004"])), formats(["today"])
    (('%d/%m/%Y',), ())
    """
    left = None if known is None else [*known]
    for cell in cells:
        if left is None:
            left = [*TIMES] if any(c.isdigit() for c in cell) else []
        left = [way for way in left if moment(cell, way)]
        if not left:
            break
    return None if left is None else tuple(left)


def moment(cell: str, way: str) -> datetime | None:
    """The time a cell holds in a format; None for another text."""
    try:
        if way.startswith(ISO_DAY) and ISO.fullmatch(cell):  # which is read at once, or is another
            same = cell[10:11] == way[8:9] and cell.count(":") == way.count(":")
            return datetime.fromisoformat(cell) if same else None
        return datetime.strptime(cell, way)
    except ValueError:
        return None


def moments(cells: Sequence[str], way: str) -> np.ndarray | None:
    """Times at once, in one of the formats that NumPy reads; None for another, or where one is not.

    >>> moments(["2020-01-05 10:30", "?"], "%Y-%m-%d %H:%M").astype(str).tolist()
    ['2020-01-05T10:30:00', 'NaT']
    >>> moments(["2020-01-05", "5.1.2020"], "%Y-%m-%d") is None
    True
    """
    length = ISO_LENGTHS.get(way)
    if length is None:
        return None
    told = ["NaT" if is_missing(c) else c for c in cells]
    if not all(len(c) == length and c[10:11] == way[8:9] and ISO.fullmatch(c) or c == "NaT"
               for c in told):  # fmt: skip
        return None
    try:
        return np.array(told, "datetime64[s]")
    except ValueError:
        return None
