"""What pandas dropped: arguments of `read_csv`, and methods of frames and series."""

from __future__ import annotations

import importlib
import inspect
import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import wraps
from typing import Any

import numpy as np

from autograd_nn.compat.after import AFTER

Bends = dict[str, dict[str, Callable[[Any], Any]]]


def _read_csv(today: Any) -> Any:
    """`pandas.read_csv`, which took ``delim_whitespace``, ``squeeze``, ``error_bad_lines``,
    ``date_parser``, and dates of several columns as ``parse_dates``."""

    @wraps(today)
    def read_csv(
        *args: Any, delim_whitespace: bool = False, squeeze: bool = False, date_parser: Any = None,
        error_bad_lines: bool = True, warn_bad_lines: bool = True,
        infer_datetime_format: bool = False, mangle_dupe_cols: bool = True, **options: Any,
    ) -> Any:  # fmt: skip
        if delim_whitespace:
            options["sep"] = r"\s+"
        if not error_bad_lines:
            options["on_bad_lines"] = "skip"
        told = options.get("parse_dates")
        nested = isinstance(told, dict) or (
            isinstance(told, list) and any(isinstance(c, list | tuple) for c in told)
        )
        if told is not None and told is not False and (nested or date_parser is not None):
            index = options.pop("index_col", None)
            del options["parse_dates"]
            found = _dated(today(*args, **options), told, index, date_parser)
        else:
            found = today(*args, **options)
        return found.squeeze("columns") if squeeze else found

    return read_csv


def _dated(frame: Any, told: Any, index: Any, parse: Any) -> Any:
    """A frame whose columns of dates are such, those of several columns joined to one, first."""
    columns = list(frame.columns)

    def named(c: Any) -> Any:
        return columns[c] if isinstance(c, int) and c not in columns else c

    first = {} if not isinstance(told, dict) else told
    if not isinstance(told, dict):
        singles = [named(0 if index is None else index)] if told is True else [
            named(c) for c in told if not isinstance(c, list | tuple)
        ]  # fmt: skip
        for c in singles:
            frame[c] = _dates([frame[c]], parse)
        several = [c for c in told if isinstance(c, list | tuple)] if told is not True else []
        first = {"_".join(str(named(c)) for c in cs): cs for cs in several}
    for name, cs in reversed(list(first.items())):
        parts = [frame[named(c)] for c in (cs if isinstance(cs, list | tuple) else [cs])]
        made = _dates(parts, parse)
        frame = frame.drop(columns=[p.name for p in parts])
        frame.insert(0, name, made)
    if index is None or index is False:
        return frame
    now = list(frame.columns)
    wanted = [index] if not isinstance(index, list | tuple) else list(index)
    return frame.set_index([now[i] if isinstance(i, int) and i not in now else i for i in wanted])


def _dates(parts: list[Any], parse: Any) -> Any:
    """What a function makes of columns, taken whole, else of each text; pandas's own for none."""
    pandas = importlib.import_module("pandas")
    texts = [p.astype(str) for p in parts]
    joined = texts[0]
    for t in texts[1:]:
        joined = joined + " " + t
    if parse is None:
        return pandas.to_datetime(joined)
    try:
        found = parse(*(t.to_numpy(object) for t in texts))
        return pandas.Series(np.asarray(found).reshape(len(joined)), joined.index)
    except Exception:  # of a function of one text, which says so in any way
        return pandas.to_datetime(joined.map(parse))


class _Ix:
    """``frame.ix[rows, columns]``: by label, or by place where the labels are no numbers."""

    def __init__(self, of: Any) -> None:
        self.of = of

    def __getitem__(self, key: Any) -> Any:
        return self.of.iloc[self._places(key)]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.of.iloc[self._places(key)] = value

    def _places(self, key: Any) -> Any:
        if not isinstance(key, tuple):
            return _place(self.of.axes[0], key)
        return tuple(_place(axis, k) for axis, k in zip(self.of.axes, key, strict=False))


def _place(axis: Any, key: Any) -> Any:
    labels_are_numbers = axis.dtype.kind in "iu"

    def by_place(k: Any) -> bool:
        return k is None or (isinstance(k, int | np.integer) and not labels_are_numbers)

    if isinstance(key, slice):
        whole = by_place(key.start) and by_place(key.stop)
        return key if whole else axis.slice_indexer(key.start, key.stop, key.step)
    if np.ndim(key):
        array = np.asarray(key)
        if array.dtype == bool:
            return np.flatnonzero(array)
        by = array.dtype.kind in "iu" and not labels_are_numbers
        return array if by else axis.get_indexer(array)
    return key if by_place(key) else axis.get_loc(key)


def _append(self: Any, other: Any, ignore_index: bool = False, **options: Any) -> Any:
    pandas = importlib.import_module("pandas")
    if isinstance(other, dict):
        other = pandas.DataFrame([other])
    elif getattr(self, "ndim", 1) == 2 and getattr(other, "ndim", 2) == 1:
        other = other.to_frame().T
    others = other if isinstance(other, list | tuple) else [other]
    return pandas.concat([self, *others], ignore_index=ignore_index)


def _frame_from_csv(path: Any, header: Any = 0, sep: str = ",", index_col: Any = 0,
                    parse_dates: Any = True, **options: Any) -> Any:  # fmt: skip
    pandas = importlib.import_module("pandas")
    return pandas.read_csv(
        path, header=header, sep=sep, index_col=index_col, parse_dates=parse_dates, **options
    )


def _series_from_csv(path: Any, *args: Any, **options: Any) -> Any:
    return _frame_from_csv(path, *args, **options).squeeze("columns")


def _by_place(today: Any) -> Any:
    """A function that took by place what it takes by name today, in that order."""
    named = list(inspect.signature(today).parameters)

    @wraps(today)
    def bent(*args: Any, **options: Any) -> Any:
        try:
            inspect.signature(today).bind(*args, **options)
        except TypeError:
            options = {**dict(zip(named[1:], args[1:], strict=False)), **options}
            args = args[:1]
        return today(*args, **options)

    return bent


def _fillna(today: Any) -> Any:
    """`fillna`, which also filled by what stands before or behind, told as ``method``."""

    @wraps(today)
    def fillna(self: Any, value: Any = None, method: Any = None, *args: Any, **options: Any) -> Any:
        if method is None:
            return today(self, value, **options)
        before = method in ("ffill", "pad")
        return (self.ffill if before else self.bfill)(**options)

    return fillna


def _get_dummies(today: Any) -> Any:
    """`pandas.get_dummies`, whose columns were whole numbers."""

    @wraps(today)
    def get_dummies(*args: Any, **options: Any) -> Any:
        given = len(args) > 7 or options.get("dtype") is not None
        return today(*args, **(options if given else {**options, "dtype": "uint8"}))

    return get_dummies


def _objects(today: Any) -> Any:
    """The options, of which texts are objects, as long as Keras's names are ours."""
    def put(value: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there will be no such option
            before, today.future.infer_string = today.future.infer_string, value
        return before

    with suppress(AttributeError):  # of a version that has no other kind of texts, or no option
        before = put(False)
        AFTER.append(lambda: put(before))
    return today


def _again(value: Any) -> Callable[[Any], Any]:
    """What is lent where there is none."""
    return lambda today: value if today is None else today


def _values(self: Any, columns: Any = None) -> Any:
    return (self if columns is None else self[columns]).to_numpy()


_BOTH = {
    "ix": _again(property(_Ix)), "append": _again(_append), "as_matrix": _again(_values),
    "get_values": _again(_values), "iteritems": _again(lambda self: self.items()),
    "fillna": _fillna,
}
_METHODS = ("drop", "dropna", "sum", "mean", "std", "max", "min", "any", "all", "sort_values",
            "drop_duplicates", "reset_index", "rename", "sort_index", "interpolate")
_PLACED: dict[str, Callable[[Any], Any]] = dict.fromkeys(_METHODS, _by_place)  # fmt: skip
BENDS: Bends = {
    "pandas": {
        "read_csv": _read_csv, "datetime": _again(datetime), "np": _again(np),
        "concat": _by_place, "get_dummies": _get_dummies, "options": _objects,
    },
    "pandas:DataFrame": {
        **_BOTH, **_PLACED, "set_index": _by_place,
        "from_csv": _again(staticmethod(_frame_from_csv)),
    },
    "pandas:Series": {**_BOTH, **_PLACED, "from_csv": _again(staticmethod(_series_from_csv))},
}  # fmt: skip
