"""Tables of numbers from CSV files: features in float32, a target that is a class or a number."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np

from autograd_nn.engine.errors import did_you_mean
from autograd_nn.nn.datasets.columns import Encoded, encoded
from autograd_nn.nn.datasets.errors import DataError
from autograd_nn.nn.datasets.sniffing import Rows, rows
from autograd_nn.nn.layers.preprocessing.cells import is_missing, number, reader, times

Column = str | int
TRUTH = {"true": 1.0, "false": 0.0}  # what they count as in a feature
KINDS = ("classes", "quantity")
LEAST_ROWS = 10  # that a column must count up through, to be one of row numbers
LARGEST = float(np.finfo(np.float32).max)
MOST_CLASSES = 20  # a whole-numbered target with more distinct values is a quantity, not a class


@dataclass(frozen=True)
class Table:
    """Features ``X`` (n, k) in float32 and a target ``y`` (n,).

    features  the names of X's columns, in order; target: the name of y's.
    classes   what the codes 0, 1, … in y stand for; empty where y is a quantity (float32).
    dropped   how many rows were left out because a value was missing.
    read      the file as it was found; encoded: what became of its columns, where that was asked.
    """

    X: np.ndarray
    y: np.ndarray
    features: tuple[str, ...]
    target: str
    classes: tuple[str, ...] = ()
    dropped: int = 0
    read: Rows | None = None
    encoded: Encoded | None = None

    @property
    def idle(self) -> dict[str, str]:
        """Features that tell nothing of the target, and why: constants, and numbers of rows."""
        found = {}
        for name, column in zip(self.features, self.X.T, strict=True):
            if column.min() == column.max():
                found[name] = "is the same in every row"
            elif len(column) >= LEAST_ROWS and (np.diff(column) == 1).all():
                found[name] = "numbers the rows"
        return found


def read_csv(
    path: str | PathLike[str],
    target: Column = -1,
    *,
    header: bool | None = None,
    missing: str = "error",
    ignore: Column | Sequence[Column] = (),
    delimiter: str | None = None,
    kind: str | None = None,
    encode: bool = False,
    encoding: str | None = None,
) -> Table:
    """The table in a CSV file, one row a sample; the file may be packed (gzip, bzip2, xz, zip).

    Lines above the table and comments (#, %) are left out. Records of JSON, one a line, are rows,
    too, and where pandas reads them the tables of Excel, Parquet and Feather.


    target     the column to predict, by name or index (-1: the last). Text, or at most 20 distinct
               whole numbers, are classes, coded 0, 1, … in order; anything else is a quantity.
    header     whether the first row holds names; None: it does if none of its cells is a number,
               nor, where no column has numbers, a value of its column.
    missing    what to do with empty cells, NA, NaN, '-' and '?': 'error', 'drop' the row, or put
               in the column's 'mean' (a missing target drops the row, or is the error).
    ignore     a column to leave out, such as a text or an identifier, or several.
    kind       what the target is: 'classes' or a 'quantity'; None: found out, as said above.
    delimiter  None: which of comma, semicolon, tab, bar and spaces makes rows of one length.
    encode     whether features may be of any kind: numbers and times are scaled, categories and
               words become columns of 0 and 1, what names or numbers the rows is left out.
    encoding   None: found out, of UTF-8, UTF-16, UTF-32 with a mark, cp949 and cp1252.
    Raises DataError: no rows, rows of different lengths, an unknown column, features that are not
    numbers, missing values, a single class. OSError: a file that cannot be read.

    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "iris.csv"
    >>> _ = file.write_text("width,length,kind\\n1.0,2.0,setosa\\n1.5,2.5,virginica\\n")
    >>> table = read_csv(file, target="kind")
    >>> table.features, table.classes, table.y.tolist()
    (('width', 'length'), ('setosa', 'virginica'), [0, 1])
    """
    if missing not in ("error", "drop", "mean"):
        raise DataError(f"received missing={missing!r}; expected 'error', 'drop' or 'mean'.")
    if kind not in (None, *KINDS):
        raise DataError(f"received kind={kind!r}; expected 'classes' or 'quantity'.")
    if delimiter is not None and (not isinstance(delimiter, str) or len(delimiter) != 1):
        raise DataError(
            f"received delimiter={delimiter!r}; expected one character, as in delimiter=';'."
        )
    if isinstance(ignore, str | int):
        ignore = (ignore,)
    read = rows(path, header, delimiter, encoding)
    names, cells = read.names, read.cells
    chosen = _column(target, names, "target")
    out = {_column(c, names, "ignore") for c in ignore}
    if chosen in out:
        raise DataError(f"column {names[chosen]!r} is both the target and ignored; expected one.")
    kept = [i for i in range(len(names)) if i != chosen and i not in out]
    if not kept:
        raise DataError(
            f"{path}: received no feature besides the target {names[chosen]!r}; expected at least "
            "one column more. If the columns run together, pass delimiter=."
        )

    keep = np.array([not is_missing(row[chosen]) for row in cells])
    if missing != "mean":
        keep &= [not any(is_missing(row[i]) for i in kept) for row in cells]
    if missing == "error" and not keep.all():
        if not encode:
            _features(read, kept)  # all that is no number is told first
        _report_missing(read, [*kept, chosen])
    if not keep.any():
        raise DataError(f"{path}: every row lacks a value; expected at least one complete row.")
    more: dict[str, Any] = {"read": read, "dropped": int((~keep).sum())}
    if encode:
        own = _apart(names)
        found = encoded(
            {own[i]: [row[i] for row, k in zip(cells, keep, strict=True) if k] for i in kept},
            read.separator,
        )
        X, features = found.X, tuple(found.features)
        more["encoded"] = found
        if not features:
            why = "; ".join(f"{name!r} {why}" for name, why in found.left_out.items())
            raise DataError(f"{path}: received no feature that tells anything ({why}); expected "
                            "one. Choose another target, or add columns.")  # fmt: skip
    else:
        X, features = _features(read, kept)[keep], tuple(names[i] for i in kept)
        X = _filled(X, features) if missing == "mean" else X
    targets = [row[chosen] for row, k in zip(cells, keep, strict=True) if k]
    y, classes = _target(targets, names[chosen], kind, read.separator)
    return Table(X.astype(np.float32), y, features, names[chosen], classes, **more)


def _column(column: Column, names: list[str], what: str) -> int:
    """The index of a column given by name or by index."""
    if isinstance(column, str) and column in names:
        if names.count(column) > 1:
            raise DataError(f"{what}: {names.count(column)} columns are named {column!r}; "
                            "expected one. Give its index instead.")  # fmt: skip
        return names.index(column)
    if column in (own := _apart(names)):
        return own.index(str(column))
    try:
        index = int(column)
    except (TypeError, ValueError):
        raise DataError(f"{what}: received {column!r}, which is no column. "
                        + did_you_mean(column, names)) from None  # fmt: skip
    if not -len(names) <= index < len(names):
        raise DataError(
            f"{what}: received column index {index}; expected {-len(names)} to {len(names) - 1}, "
            f"for the file has {len(names)} columns."
        )
    return index % len(names)


def _apart(names: list[str]) -> list[str]:
    """Names of columns, each once, as pandas has them.

    >>> _apart(["a", "b", "a", "a"])
    ['a', 'b', 'a.1', 'a.2']
    """
    found, taken, seen = list[str](), set(names), Counter[str]()
    for name in names:
        new = f"{name}.{seen[name]}" if seen[name] else name
        while seen[name] and new in taken:
            seen[name] += 1
            new = f"{name}.{seen[name]}"
        seen[name] += 1
        taken.add(new)
        found.append(new)
    return found


def _features(read: Rows, kept: list[int]) -> np.ndarray:
    """The feature columns as numbers, NaN where one is missing."""
    X = np.empty((len(read.cells), len(kept)))
    refused: dict[int, str] = {}  # column: where its first value that is no number stands
    for r, row in enumerate(read.cells):
        for k, i in enumerate(kept):
            value = math.nan if is_missing(row[i]) else number(row[i])
            if value is None:
                value = TRUTH.get(row[i].lower())
            if value is None or not abs(value) <= LARGEST and not math.isnan(value):
                refused.setdefault(
                    i, f"line {read.lines[r]}, column {read.names[i]!r}: received {row[i]!r}"
                )
                value = math.nan
            X[r, k] = value
    if refused:
        raise DataError(
            f"{'; '.join(refused.values())}; expected a finite number of float32 in every feature. "
            "Encode such columns as numbers, or leave each out with ignore=."
        )
    return X


def _report_missing(read: Rows, columns: list[int]) -> None:
    gaps = [(line, read.names[i]) for line, row in zip(read.lines, read.cells, strict=True)
            for i in columns if is_missing(row[i])]  # fmt: skip
    line, name = gaps[0]
    raise DataError(
        f"received {len(gaps)} missing values, the first in line {line}, column {name!r}; expected "
        "none. Pass missing='drop' to leave those rows out, or missing='mean' to fill features in."
    )


def _filled(X: np.ndarray, names: Sequence[str]) -> np.ndarray:
    gaps = np.isnan(X)
    for k in np.flatnonzero(gaps.all(axis=0)).tolist():
        raise DataError(f"column {names[k]!r} holds no value at all, so that it has no mean; "
                        "expected at least one. Leave it out with ignore=.")  # fmt: skip
    return np.where(gaps, np.nanmean(X, axis=0), X)


def _target(
    cells: list[str], name: str, kind: str | None, separator: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Class codes and the classes, or quantities and no classes."""
    read = reader(cells, separator) or number
    numbers = [read(cell) for cell in cells]
    distinct: list[str]
    if all(v is not None and abs(v) <= LARGEST for v in numbers):
        values = np.array(numbers, dtype=float)
        found = np.unique(values)
        many = len(found) > MOST_CLASSES or bool((found % 1 != 0).any())
        if kind == "quantity" or (many and kind is None):
            return values.astype(np.float32), ()
        codes = np.searchsorted(found, values)
        distinct = [f"{v:.0f}" if v % 1 == 0 else repr(float(v)) for v in found]
    elif kind == "quantity":
        pairs = zip(cells, numbers, strict=True)
        wrong = next(c for c, v in pairs if v is None or not abs(v) <= LARGEST)
        raise DataError(
            f"the target {name!r} holds {wrong!r}; expected numbers alone with kind='quantity'. "
            "Leave these rows out, or choose another target."
        )
    elif kind is None and (format := times(cells)) is not None:
        raise DataError(
            f"the target {name!r} holds times such as {cells[0]!r} ({format}); expected classes or "
            "a quantity. Choose another column by target=, or pass kind='classes'."
        )
    else:
        distinct = sorted(set(cells))
        codes = np.array([distinct.index(cell) for cell in cells])
    if len(distinct) < 2:
        raise DataError(
            f"the target {name!r} is {distinct[0]!r} in every row; expected at least two classes. "
            "Choose another target column, or add rows of the other class."
        )
    if kind is None and len(distinct) > max(MOST_CLASSES, len(cells) // 2):
        raise DataError(
            f"the target {name!r} is text with {len(distinct)} distinct values in {len(cells)} "
            "rows; expected classes that repeat. Is another column the target?"
        )
    return codes.astype(np.int64), tuple(distinct)
