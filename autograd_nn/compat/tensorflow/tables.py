"""CSV files for pipelines: their columns as arrays, by name."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from glob import glob
from typing import Any

import numpy as np


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
    names, rows = list(column_names or ()), []
    for path in paths:
        with open(path, newline="", encoding="utf-8") as file:
            lines = csv.reader(file, delimiter=field_delim, quoting=csv.QUOTE_MINIMAL if quoted
                               else csv.QUOTE_NONE)  # fmt: skip
            found = [row for row in lines if row]
        names = names or found[0]
        rows += found[1:] if header else found
    for row in rows:
        if len(row) != len(names):
            raise ValueError(f"a row has {len(row)} cells, {row}; expected {len(names)}.")
    chosen = [names[c] if isinstance(c, int) else c for c in select_columns or names]
    for name in [*chosen, *([] if label_name is None else [label_name])]:
        if name not in names:
            raise ValueError(f"the column {name!r} is not among {', '.join(names)}.")
    columns = {n: _column([r[names.index(n)] for r in rows], na_value) for n in chosen}
    label = None if label_name is None else columns.pop(label_name)
    return columns if label is None else (columns, label)


def _column(cells: list[str], lacking: str) -> np.ndarray:
    """Cells as the narrowest of whole numbers, numbers and texts that holds them all."""
    for kind, dtype in ((int, "int32"), (float, "float32")):
        try:
            return np.array([kind(0 if c == lacking else c) for c in cells], dtype)
        except (ValueError, OverflowError):
            continue
    return np.array(["" if c == lacking else c for c in cells], object)
