"""Tables of numbers from CSV files: features in float32, a target that is a class or a number."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from os import PathLike
from typing import Any

import numpy as np

from autograd_nn.engine.errors import did_you_mean
from autograd_nn.nn.datasets.columns import Encoded, encoded
from autograd_nn.nn.datasets.errors import DataError
from autograd_nn.nn.datasets.looks import Look
from autograd_nn.nn.datasets.sniffing import Rows, rows
from autograd_nn.nn.datasets.unpacking import Source
from autograd_nn.nn.layers.preprocessing.cells import floats, is_missing, number

Column = str | int
TRUTH = {"true": 1.0, "false": 0.0}  # what they count as in a feature
KINDS = ("classes", "quantity")
LEAST_ROWS = 10  # that a column must count up through, to be one of row numbers
LARGEST = float(np.finfo(np.float32).max)
MANY = 1 << 16  # distinct cells that are remembered, and texts that are taken for classes
SHOWN = 24  # columns that an error names
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
    too; of a workbook (.xlsx; where xlrd is, .xls) the first sheet is read; where pyarrow is,
    Parquet and Feather. A file is read piece by piece; one that is packed may have 16 MB and 40
    times its size, of text and of numbers: what swells more is to be unpacked first. It may have
    100,000 columns and classes, and one for 256 bytes. Where there are very many words or
    categories, rare ones are not told apart.

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
    encoding   None: found out, of UTF-8, UTF-16, UTF-32 with a mark, cp949, cp932,
               GB 18030, Big5, cp1251, cp1250 and cp1252.
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
    try:
        return _table(read, path, target, missing, ignore, kind, encode)
    except DataError as error:
        if str(path) in str(error):
            raise
        raise DataError(f"{path}: {error}") from None


def _table(
    read: Rows, path: str | PathLike[str], target: Column, missing: str, ignore: Sequence[Column],
    kind: str | None, encode: bool,
) -> Table:  # fmt: skip
    """The table that a file's rows are; the arguments are those of `read_csv`."""
    names = read.names
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

    keep = Keep(read.cells.n)
    if not encode:
        _check_features(read, kept, keep if missing != "mean" else None)
    for i in [chosen] if missing == "mean" or not encode else [chosen, *kept]:
        for row, cells in read.column(i):
            keep.only(row, ~_lack(cells))
    if missing == "error" and keep.left < keep.n:
        _report_missing(read, [*kept, chosen])
    if not keep.left:
        raise DataError(f"{path}: every row lacks a value; expected at least one complete row.")
    source, n = read.source, keep.left
    more: dict[str, Any] = {"read": read, "dropped": keep.n - n}
    labels = Cells(read, chosen, keep)
    found = _Target(labels, names[chosen], kind, read.separator, n, source)
    if encode:
        own = _apart(names)
        columns = {own[i]: Cells(read, i, keep) for i in kept}
        numbers = encoded(columns, read.separator, source.check if source else None)
        X, features = numbers.X, tuple(numbers.features)
        more["encoded"] = numbers
        if not features:
            several = [f"{name!r} {why}" for name, why in islice(numbers.left_out.items(), SHOWN)]
            several += ["…"] * (len(numbers.left_out) > SHOWN)
            raise DataError(f"{path}: received no feature that tells anything "
                            f"({'; '.join(several)}); expected one. Choose another target, or add "
                            "columns.")  # fmt: skip
    else:
        features = tuple(names[i] for i in kept)
        means = [_mean(Cells(read, i, keep), names[i], missing == "mean") for i in kept]
        X = np.empty((n, len(kept)), np.float32)
        for k, (i, mean) in enumerate(zip(kept, means, strict=True)):
            for row, part in _numbers(Cells(read, i, keep)):
                X[row : row + len(part), k] = np.where(np.isnan(part), mean, part)
    y = found.codes()
    read.cells.clear()
    return Table(X, y, features, names[chosen], found.classes, **more)


class Keep:
    """Which rows of a table are kept: ``left`` of its ``n``, a bit for each."""

    def __init__(self, n: int) -> None:
        self.n = self.left = n
        self._bits = np.full(-(-n // 8), 255, np.uint8)

    def only(self, row: int, kept: np.ndarray) -> None:
        """Of the rows from one on keeps those of a mask, where they were kept."""
        if not kept.all():
            start, end = row // 8, -(-(row + len(kept)) // 8)
            mask = np.unpackbits(self._bits[start:end]).view(bool)
            part = mask[row - 8 * start :][: len(kept)]
            self.left -= int((part & ~kept).sum())
            part &= kept
            self._bits[start:end] = np.packbits(mask)

    def of(self, row: int, cells: list[str]) -> list[str]:
        """The cells of rows from one on, without those of rows that are not kept."""
        if self.left == self.n:
            return cells
        start, end = row // 8, -(-(row + len(cells)) // 8)
        mask = np.unpackbits(self._bits[start:end]).view(bool)[row - 8 * start :]
        return [*compress(cells, mask[: len(cells)].tolist())]


class Cells:
    """A column's cells, of the rows that are kept, in lists that are read when they are asked for.
    """

    __slots__ = ("column", "keep", "read")  # a table may have very many columns

    def __init__(self, read: Rows, column: int, keep: Keep) -> None:
        self.read, self.column, self.keep = read, column, keep

    def __iter__(self) -> Iterator[list[str]]:
        for row, cells in self.read.column(self.column):
            yield self.keep.of(row, cells)


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


def _values(cells: list[str]) -> np.ndarray:
    """What cells count as in a feature: NaN where they are missing, infinite for no numbers."""
    found = floats(cells, lambda c: math.nan if is_missing(c) else TRUTH.get(c.lower(), math.inf))
    found[np.abs(found) > LARGEST] = math.inf
    return found


def _lack(cells: list[str]) -> np.ndarray:
    """Which cells are missing."""
    return np.isnan(floats(cells, lambda c: math.nan if is_missing(c) else 0.0))


def _numbers(pieces: Iterable[list[str]]) -> Iterator[tuple[int, np.ndarray]]:
    """A column that was checked, as numbers, piece by piece with the row where each begins."""
    row = 0
    for cells in pieces:
        yield row, _values(cells)
        row += len(cells)


def _check_features(read: Rows, kept: list[int], keep: Keep | None) -> None:
    """Raises DataError for the first cell of each column that is no number, before any is kept.

    keep   loses the rows that lack one, if it is given.
    """
    refused = list[str]()
    for i in kept:
        for row, cells in read.column(i):
            values = _values(cells)
            if (wrong := np.isinf(values)).any():
                at = int(np.argmax(wrong))
                refused.append(
                    f"line {read.cells.line(row + at)}, column {read.names[i]!r}: received "
                    f"{cells[at]!r}"
                )
                break
            if keep is not None:
                keep.only(row, ~np.isnan(values))
    if refused:
        raise DataError(
            f"{'; '.join(refused)}; expected a finite number of float32 in every feature. "
            "Encode such columns as numbers, or leave each out with ignore=."
        )


def _report_missing(read: Rows, columns: list[int]) -> None:
    count, first = 0, list[tuple[int, int]]()
    for k, i in enumerate(columns):
        at = None
        for row, cells in read.column(i):
            gaps = _lack(cells)
            count += int(gaps.sum())
            at = row + int(np.argmax(gaps)) if gaps.any() and at is None else at
        first += [] if at is None else [(at, k)]
    row, k = min(first)
    raise DataError(
        f"received {count} missing values, the first in line {read.cells.line(row)}, column "
        f"{read.names[columns[k]]!r}; expected none. Pass missing='drop' to leave those rows out, "
        "or missing='mean' to fill features in."
    )


def _mean(pieces: Iterable[list[str]], name: str, fill: bool) -> float:
    """What stands in a column where a number is missing."""
    total, count = 0.0, 0
    for _, part in _numbers(pieces) if fill else ():
        known = part[~np.isnan(part)]
        total, count = total + float(known.sum()), count + known.size
    if fill and not count:
        raise DataError(f"column {name!r} holds no value at all, so that it has no mean; "
                        "expected at least one. Leave it out with ignore=.")  # fmt: skip
    return total / max(count, 1)


class _Target:
    """What a target is found to be: class codes and the classes, or quantities and no classes.

    Raises DataError for what is neither, before any of its numbers is there.
    """

    def __init__(
        self, pieces: Iterable[list[str]], name: str, kind: str | None, separator: str, n: int,
        source: Source | None = None,
    ) -> None:  # fmt: skip
        self.pieces, self.n = pieces, n
        self.classes: tuple[str, ...] = ()
        self.values: np.ndarray | None = None  # of which the codes are places
        look = Look(pieces, separator)
        self._read = look.way or number
        wrong = next((w for cells in pieces if (w := self._wrong(cells)) is not None), None)
        if wrong is None:
            each = set[float]()
            for cells in pieces if kind != "quantity" else ():
                new = self._values([*dict.fromkeys(cells)])
                each.update(new.tolist())
                if source is not None:
                    source.columns(len(each), "classes")
                if kind is None and (len(each) > MOST_CLASSES or (new % 1 != 0).any()):
                    kind = "quantity"
                    break
            if kind == "quantity":
                return
            self.values = found = np.array(sorted(each))
            distinct = [f"{v:.0f}" if v % 1 == 0 else repr(float(v)) for v in found]
        elif kind == "quantity":
            raise DataError(
                f"the target {name!r} holds {wrong!r}; expected numbers alone with "
                "kind='quantity'. Leave these rows out, or choose another target."
            )
        elif kind is None and (format := look.format()) is not None:
            raise DataError(
                f"the target {name!r} holds times such as {next(look.cells())!r} ({format}); "
                "expected classes or a quantity. Choose another column by target=, or pass "
                "kind='classes'."
            )
        else:
            texts = set[str]()
            for cells in pieces:
                texts.update(cells)
                if source is not None:
                    source.columns(len(texts), "classes")
                if many := kind is None and len(texts) > MANY:
                    break
            if many or (kind is None and len(texts) > max(MOST_CLASSES, n // 2)):
                raise DataError(
                    f"the target {name!r} is text with {len(texts)} distinct values"
                    f"{' or more' * many} in {n} rows; expected classes that repeat. Is another "
                    "column the target? If it is this one, pass kind='classes'."
                )
            distinct = sorted(texts)
        self.classes = tuple(distinct)
        if len(distinct) < 2:
            raise DataError(
                f"the target {name!r} is {distinct[0]!r} in every row; expected at least two "
                "classes. Choose another target column, or add rows of the other class."
            )

    def _values(self, cells: list[str]) -> np.ndarray:
        """Cells as numbers, infinite for what is none."""
        return floats(cells, lambda c: _or_infinite(self._read(c)))

    def _wrong(self, cells: list[str]) -> str | None:
        """The first cell that is no number of float32."""
        wrong = ~(np.abs(self._values(cells)) <= LARGEST)
        return cells[int(np.argmax(wrong))] if wrong.any() else None

    def codes(self) -> np.ndarray:
        """The target's codes, or its quantities."""
        found = np.empty(self.n, np.int64 if self.classes else np.float32)
        places = {cell: i for i, cell in enumerate(self.classes)}
        row = 0
        for cells in self.pieces:
            part = found[row : row + len(cells)]
            row += len(cells)
            if self.classes and self.values is None:
                part[:] = [places[c] for c in cells]
                continue
            values = self._values(cells)
            part[:] = values if self.values is None else np.searchsorted(self.values, values)
        return found


def _or_infinite(value: float | None) -> float:
    return math.inf if value is None else value
