"""CSV files for pipelines: their columns as arrays, by name."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from glob import glob
from typing import Any

import numpy as np

from autograd_nn.compat.tensorflow.pipeline import streams
from autograd_nn.nn.datasets.stock import SPLIT, Stock
from autograd_nn.nn.datasets.unpacking import COLUMNS, SHARE
from autograd_nn.nn.regular import regular


def read(
    file_pattern: Any, column_names: Sequence[str] | None = None, label_name: str | None = None,
    select_columns: Sequence[Any] | None = None, field_delim: str = ",", quoted: bool = True,
    na_value: str = "", header: bool = True,
) -> Any:  # fmt: skip
    """A dict of columns, (n,) each, with the column ``label_name`` beside, if one is told.

    file_pattern     a file's path, a pattern of some, or several; all have the same columns.
    column_names     None: the first line's. select_columns: names, or places, of those to take.
    na_value         what stands for no value: 0, or an empty text.
    A column is of whole numbers, numbers or texts, as its cells are. Raises ValueError where there
    is no file, for a column that is not there, and for a row of another length.
    """
    patterns = [file_pattern] if not isinstance(file_pattern, list | tuple) else file_pattern
    paths = sorted(p for pattern in patterns for p in glob(str(pattern)))
    if not paths:
        raise ValueError(f"make_csv_dataset received {file_pattern!r}; expected what names files.")
    names, stock = list(column_names or ()), Stock(1)
    size = sum(os.stat(path).st_size for path in paths)
    for path in paths:
        first = header
        for row in _rows(path, field_delim, quoted, size):
            names = names or row
            stock = stock if stock.n else Stock(len(names))
            if not first:
                if len(row) != len(names):
                    raise ValueError(
                        f"{path}: a row has {len(row)} cells, {str(row)[:200]}; expected "
                        f"{len(names)}."
                    )
                stock.add(row, stock.n)
            first = False
    if not names:
        raise ValueError(f"{paths[0]}: received an empty file; expected rows.")
    stock.close()
    chosen = [names[c] if isinstance(c, int) else c for c in select_columns or names]
    for name in [*chosen, *([] if label_name is None else [label_name])]:
        if name not in names:
            raise ValueError(f"the column {name!r} is not among {', '.join(names)}.")
    places = {n: i for i, n in reversed([*enumerate(names)])}
    told = [n for n in dict.fromkeys([*chosen, label_name]) if n is not None]
    columns = {n: _column(stock, places[n], na_value) for n in told}
    label = None if label_name is None else columns.pop(label_name)
    return columns if label is None else (columns, label)


def _rows(path: str, separator: str, quoted: bool, size: int) -> Iterator[list[str]]:
    """The rows of a file that have cells; raises ValueError for one that is no table of text."""
    width = 0
    try:
        with open(path, newline="", encoding="utf-8", opener=regular) as file:
            for row in csv.reader(
                map(_text, streams.parted(file, path, size)), delimiter=separator,
                quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
            ):  # fmt: skip
                if len(row) > width and (width := len(row)) > COLUMNS + size // SHARE:
                    raise ValueError(f"it has {width:,} columns in {size:,} bytes")
                if row:
                    yield row
    except (csv.Error, ValueError) as error:
        raise ValueError(
            f"{path}: received a file that is no table of text ({error}); expected one row a line, "
            "in UTF-8. Save it again as CSV."
        ) from None


def _text(line: str) -> str:
    if SPLIT in line:
        raise ValueError(f"it has {SPLIT!r} in it")
    return line


def _column(stock: Stock, i: int, lacking: str) -> np.ndarray:
    """Cells as the narrowest of whole numbers, numbers and texts that holds them all."""
    for kind, dtype in ((int, "int32"), (float, "float32")):
        try:
            return np.concatenate([np.zeros(0, dtype), *(
                np.array([kind(0 if c == lacking else c) for c in cells], dtype)
                for _, cells in stock.column(i)
            )])  # fmt: skip
        except (ValueError, OverflowError):
            continue
    found, each = np.empty(stock.n, object), {lacking: ""}  # each text once
    for row, cells in stock.column(i):
        found[row : row + len(cells)] = [each.setdefault(c, c) for c in cells]
    return found
