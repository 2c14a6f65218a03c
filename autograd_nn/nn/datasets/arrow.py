"""Arrow: Parquet and Feather files as columns of cells, which pyarrow unpacks some rows at a time.

What it is to unpack is known before, from the files' own pages: see `pages`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd_nn.nn import jsons
from autograd_nn.nn.datasets import pages
from autograd_nn.nn.datasets.errors import DataError
from autograd_nn.nn.datasets.stock import SPLIT, Columns
from autograd_nn.nn.regular import regular
from autograd_nn.nn.zips import Spoilt

if TYPE_CHECKING:
    from autograd_nn.nn.datasets.unpacking import Source

FOOTER = 48 << 20  # bytes that knowing what a file holds may take, besides the file's size
ROOM = 1 << 23  # bytes that a page or buffer may have when it is unpacked, besides the file's size
ALL = 1 << 24  # that all dictionaries of a Feather file may have, besides that
DICTIONARY = 1 << 21  # bytes that one of texts may have so, besides a share of the file's
ROWS, BYTES = 1 << 13, 1 << 21  # that are made text at once
MANY = 1 << 15  # rows that are unpacked at once
SHARED = 7  # the encoding of texts that say what they share with the one before
INDEX = re.compile(r"__index_level_\d+__")


def columns(source: Source, feather: bool) -> tuple[Columns, list[str]]:
    """The columns of a Parquet or Feather file, and their names; Spoilt for what swells too far.

    Raises ImportError where there is no pyarrow, and what pyarrow raises for a damaged file.
    """
    pa: Any = import_module("pyarrow")
    file = _Feather(source) if feather else _Parquet(source)
    aside = _index(file.schema)
    kept = [i for i, field in enumerate(file.schema) if field.name not in aside]
    source.columns(len(kept))
    source.check(file.rows * len(kept))
    found, texts = Columns(len(kept)), dict[int, Callable[[Any], list[str]] | None]()
    room = source.most or 0
    for i in kept:
        kind = file.schema.field(i).type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        texts[i] = None
        if _plain(pa, kind):
            texts[i] = _text(pa, kind, lambda i=i: (a for _, a in file.arrays([i])))  # type: ignore[misc]
    places = {i: k for k, i in enumerate(kept)}
    for group in [kept] if file.together else [[i] for i in kept]:
        for i, array in file.arrays([i for i in group if texts[i]]):
            for cells in _cells(pa, array, texts[i]):  # type: ignore[arg-type]
                room -= sum(map(len, cells)) + len(cells)
                if room < 0:
                    raise DataError(source.swells(f"more than {source.most:,} of text in it"))
                found.put(places[i], cells)
    for k, i in enumerate(kept):
        for start in range(0, 0 if texts[i] else file.rows, ROWS):
            found.put(k, [f"<{file.schema.field(i).type}>"] * min(ROWS, file.rows - start))
    found.close()
    found.n = file.rows
    return found, [file.schema.field(i).name for i in kept]


class _Parquet:
    def __init__(self, source: Source) -> None:
        pa, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
        size = source.size
        with open(source.path, "rb", opener=regular) as file:
            pages.footer(file, size, FOOTER + size)
            options: dict[str, Any] = {"memory_map": True, "pre_buffer": False}
            meta: Any = parquet.read_metadata(source.path, memory_map=True)
            self.schema: Any = meta.schema.to_arrow_schema()
            self.rows: int = meta.num_rows
            places = {meta.schema.column(j).path: j for j in range(meta.num_columns)}
            self.places = [places.get(field.name, -1) for field in self.schema]
            self.most: list[dict[int, int]] = []  # rows to read at once, by group and column
            shared = set[int]()
            for group in range(meta.num_row_groups):
                row_group, most = meta.row_group(group), dict[int, int]()
                for j in self.places:
                    if j >= 0:
                        most[j] = _together(file, row_group.column(j), size, j, shared)
                self.most.append(most)
        texts = [
            field.name for field, j in zip(self.schema, self.places, strict=True)
            if _texts(pa, field.type) and j not in shared
        ]  # fmt: skip
        self.file: Any = parquet.ParquetFile(source.path, read_dictionary=texts, **options)

    together = False  # whether all columns may be read at once

    def arrays(self, fields: list[int]) -> Iterator[tuple[int, Any]]:
        """The arrays of columns, one behind the other, each with its column."""
        for i in fields:
            for group, most in enumerate(self.most):
                for batch in self.file.iter_batches(
                    most[self.places[i]], [group], [self.schema.field(i).name], use_threads=False
                ):
                    batch.validate(full=True)
                    yield i, batch.column(0)


def _together(file: Any, chunk: Any, size: int, column: int, shared: set[int]) -> int:
    """How many rows of a chunk may be unpacked at once; raises Spoilt where one is too many.

    shared   gets the column if a text in it may take what it has of the one before.
    """
    start, each, longest = chunk.data_page_offset, 1, 0
    if chunk.has_dictionary_page and 0 < (first := chunk.dictionary_page_offset or start) < start:
        start = first
    for page in pages.pages(file, start, chunk.total_compressed_size):
        room = DICTIONARY + size // 8 if page.dictionary else ROOM + size
        if (most := max(page.size, 4 * page.values)) > room:
            raise Spoilt(f"a page in it unpacks to {most:,} bytes; at most {room:,} may be")
        each, longest = max(each, page.size // max(page.values, 1)), max(longest, page.size)
        if page.encoding == SHARED:
            shared.add(column)
    return max(1, min(MANY, BYTES // max(1, longest if column in shared else each)))


class _Feather:
    def __init__(self, source: Source) -> None:
        self.ipc: Any = import_module("pyarrow.ipc")
        self.map: Any = import_module("pyarrow").memory_map(str(source.path))
        self.rows, most, dictionaries = 0, 0, 0
        with open(source.path, "rb", opener=regular) as file:
            for rows, sizes in pages.buffers(file, source.size):
                self.rows += max(rows, 0)
                source.check(self.rows)
                most = max(most, sum(sizes))
                # a dictionary is there as a whole, whatever is read of it
                largest = max(sizes, default=0) if rows else sum(sizes)
                _bounded("a buffer in it unpacks", largest, ROOM + source.size)
                # and all of them are, whichever column is read
                dictionaries += 0 if rows else largest
                _bounded("dictionaries in it unpack", dictionaries, ALL + source.size)
        self.schema: Any = self._opened(None).schema
        self.together = most <= ROOM

    def _opened(self, fields: list[int] | None) -> Any:
        options = self.ipc.IpcReadOptions(included_fields=fields, use_threads=False)
        return self.ipc.open_file(self.map, options=options)

    def arrays(self, fields: list[int]) -> Iterator[tuple[int, Any]]:
        """The arrays of columns, one behind the other, each with its column."""
        if not fields:
            return
        file = self._opened(sorted(fields))
        for k in range(file.num_record_batches):
            batch = file.get_batch(k)
            batch.validate(full=True)
            for i, array in zip(sorted(fields), batch.columns, strict=True):
                for start in range(0, len(array), MANY):
                    yield i, array.slice(start, MANY)


def _bounded(what: str, taken: int, most: int) -> None:
    if taken > most:
        raise Spoilt(f"{what} to {taken:,} bytes; at most {most:,} may be")


def _index(schema: Any) -> set[str]:
    """The names of columns that pandas keeps for a table's index, which is none of its columns."""
    found = {name for name in schema.names if INDEX.fullmatch(name)}
    try:
        told = jsons.loads((schema.metadata or {}).get(b"pandas", b"{}"))["index_columns"]
        found.update(name for name in told if isinstance(name, str))
    except (ValueError, KeyError, TypeError):
        pass
    return found


def _texts(pa: Any, kind: Any) -> bool:
    t = pa.types
    return bool(t.is_string(kind) or t.is_large_string(kind) or t.is_string_view(kind))


def _plain(pa: Any, kind: Any) -> bool:
    """Whether a cell of this type is one number, time or text."""
    t = pa.types
    one = t.is_boolean(kind) or t.is_integer(kind) or t.is_floating(kind) or t.is_decimal(kind)
    return bool(one or t.is_temporal(kind) or t.is_null(kind) or _texts(pa, kind))


def _text(pa: Any, kind: Any, column: Callable[[], Iterator[Any]]) -> Callable[[Any], list[str]]:
    """What makes text of arrays of a type; of times in the shortest form that all of them have."""
    if pa.types.is_null(kind):
        return lambda array: [""] * len(array)
    if _texts(pa, kind):
        return lambda array: ["" if c is None else c.replace(SPLIT, " ").strip()
                              for c in array.to_pylist()]  # fmt: skip
    forms: list[Any] = [pa.string()]
    if pa.types.is_time64(kind):
        forms = [pa.time64("us"), pa.string()]
    elif pa.types.is_duration(kind):
        forms = [pa.int64(), pa.string()]
    elif pa.types.is_timestamp(kind):
        forms = [_stamp(pa, kind, column), pa.string()]

    def text(array: Any) -> list[str]:
        for form in forms:
            array = array.cast(form, safe=False)
        cells = ["" if c is None else c for c in array.to_pylist()]
        return [c.title() for c in cells] if pa.types.is_boolean(kind) else cells

    return text


def _stamp(pa: Any, kind: Any, column: Callable[[], Iterator[Any]]) -> Any:
    """The coarsest type that holds all moments of a column: days, seconds or microseconds."""
    left = [("s", 1)] if kind.tz else [("s", 86_400), ("s", 1)]
    per = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
    for array in column():
        if pa.types.is_dictionary(array.type):
            array = array.dictionary
        moments = array.cast(pa.int64()).drop_null().to_numpy(zero_copy_only=False)
        left = [each for each in left if not (moments % (per * each[1])).any()]
        if not left:
            return pa.timestamp("us", kind.tz)
    return pa.date32() if left[0][1] > 1 else pa.timestamp("s", kind.tz)


def _cells(pa: Any, array: Any, text: Callable[[Any], list[str]]) -> Iterator[list[str]]:
    """An array's cells in lists, none of which takes much, however long its texts are."""
    kind = array.type
    values = array.dictionary if pa.types.is_dictionary(kind) else array
    at = None
    if values is not array:
        at = array.indices.fill_null(0).to_numpy(zero_copy_only=False)
    lengths = np.zeros(len(array), np.int64)
    if _texts(pa, values.type) and len(values):
        lengths = _lengths(pa, values, at)
    start = 0
    while start < len(array):
        n = min(ROWS, len(array) - start)
        ends = lengths[start : start + n].cumsum(dtype=np.int64)
        n = max(1, int(np.searchsorted(ends, BYTES, "right"))) if len(ends) else n
        part = array.slice(start, n)
        yield text(part.dictionary_decode() if values is not array else part)
        start += n


def _lengths(pa: Any, array: Any, at: np.ndarray | None) -> np.ndarray:
    """How many bytes each text has, or those at some places, of which others take no memory."""
    if pa.types.is_string_view(array.type):
        views = np.frombuffer(array.buffers()[1], np.int32)[4 * array.offset :: 4][: len(array)]
        valid = array.is_valid().to_numpy(zero_copy_only=False)
        found = np.where(valid, views, 0)
        return found if at is None else found[at]
    kind = np.int64 if pa.types.is_large_string(array.type) else np.int32
    ends = np.frombuffer(array.buffers()[1], kind)[array.offset :][: len(array) + 1]
    return np.diff(ends) if at is None else ends[at + 1] - ends[at]
