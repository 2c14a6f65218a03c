"""TFRecords: files of records, and what examples in them, or lines of CSV, are parsed to."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd_nn.compat.tensorflow.pipeline import streams
from autograd_nn.compat.tensorflow.pipeline.examples import (
    Example,
    Feature,
    Left,
    SequenceExample,
    fields,
    parts,
)  # fmt: skip
from autograd_nn.compat.tensorflow.values.sparse import SparseTensor
from autograd_nn.compat.tensorflow.values.texts import raw, texts, textual
from autograd_nn.nn import ops
from autograd_nn.nn.callbacks.event_file import message, record, tensor

_KINDS = {1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 9: "int64",
          10: "bool", 17: "uint16", 19: "float16", 22: "uint32", 23: "uint64"}  # fmt: skip
_TEXT = 7
TEXT = 128  # bytes that a text takes in an array of some, besides what it says


def TFRecordOptions(compression_type: Any = None, **options: Any) -> Any:  # noqa: N802
    """How a file is packed: not, by 'GZIP' or by 'ZLIB'."""
    return SimpleNamespace(compression_type=compression_type)


class TFRecordWriter:
    """A new file of records; raises ValueError where it is to be packed by another than 'GZIP'.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with TFRecordWriter(os.path.join(folder, "a")) as writer:
    ...         writer.write(b"one")
    ...     list(tf_record_iterator(os.path.join(folder, "a")))
    [b'one']
    """

    def __init__(self, path: Any, options: Any = None) -> None:
        packed = getattr(options, "compression_type", options) or ""
        if packed not in ("", "GZIP"):
            raise ValueError(
                f"TFRecordWriter received compression_type={packed!r}; expected 'GZIP' or none."
            )
        self.file: Any = gzip.open(str(path), "wb") if packed else open(str(path), "wb")  # noqa: SIM115

    def write(self, record_: Any) -> None:
        """Adds a record of bytes, or, of a pipeline of them, every one."""
        if hasattr(record_, "make"):
            for one in record_:
                self.write(one)
            self.close()
        else:
            self.file.write(record(raw(record_)))

    def flush(self) -> None:
        """What was written is in the file."""
        self.file.flush()

    def close(self) -> None:
        """Nothing is written after this."""
        self.file.close()

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()


def paths(filenames: Any) -> list[str]:
    """The paths of one, several, or a pipeline of some."""
    if hasattr(filenames, "make"):
        return [str(texts(x)) for x in filenames]
    return [str(texts(x)) for x in _each(filenames)]


def tf_record_iterator(path: Any, options: Any = None) -> Iterator[bytes]:
    """The records of a file; raises ValueError for one that is none, or is damaged.

    options   how it is packed, or what has that as its ``compression_type``.
    """
    packed = getattr(options, "compression_type", options)
    return streams.records(path, packed)


class FixedLenFeature:
    """As many values as a shape has; ``default_value`` where there are none."""

    def __init__(self, shape: Any, dtype: Any, default_value: Any = None) -> None:
        self.shape, self.dtype, self.default_value = tuple(shape), dtype, default_value


class FixedLenSequenceFeature(FixedLenFeature):
    """Rows, each of as many values as a shape has."""

    def __init__(
        self, shape: Any, dtype: Any, allow_missing: bool = False, default_value: Any = None
    ) -> None:
        super().__init__((-1, *shape), dtype, [] if allow_missing else default_value)


class VarLenFeature:
    """Any number of values."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype


def parse_single_example(
    serialized: Any, features: Any, name: Any = None, example_names: Any = None
) -> dict[str, Any]:
    """What an `Example` holds, by name: tensors, and `SparseTensor` (n,) of any number of values.

    features   what is wanted, by name. Raises ValueError where a feature is missing that has no
               default, and for another number of values.
    """
    return _parsed(Example.FromString(serialized).features.feature, features)


def _parsed(found: dict[str, Feature], features: Any) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, wanted in (features or {}).items():
        values = found[key].values if key in found else []
        if isinstance(wanted, VarLenFeature):
            places = np.arange(len(values))[:, None]
            made[key] = SparseTensor(places, _of(values, wanted.dtype), [len(values)])
            continue
        if not len(values):
            if wanted.default_value is None:
                raise ValueError(f"the example has no feature {key!r}, which has no default_value.")
            one = np.asarray(wanted.default_value)
            values = list((np.broadcast_to(one, wanted.shape) if one.ndim == 0 else one).flat)
        size = int(np.prod(wanted.shape))
        if size >= 0 and len(values) != size:
            raise ValueError(
                f"the example's feature {key!r} has {len(values)} values; expected shape "
                f"{wanted.shape}."
            )
        array = _of(values, wanted.dtype).reshape(wanted.shape)
        made[key] = texts(array) if array.dtype == object else ops.convert_to_tensor(array)
    return made


def _of(values: Any, dtype: Any) -> np.ndarray:
    if dtype in ("str", "string", str):
        found = np.empty(len(values), object)
        found[:] = [str(texts(v)) for v in values]
        return texts(found)
    try:
        return np.asarray(values, getattr(dtype, "name", dtype))
    except (TypeError, ValueError):
        raise ValueError(
            f"received values such as {str(next(iter(values), None))[:40]}; expected {dtype}."
        ) from None


def parse_example(
    serialized: Any, features: Any, example_names: Any = None, name: Any = None
) -> dict[str, Any]:
    """`parse_single_example` of each of several, side by side."""
    rows = [parse_single_example(s, features) for s in _each(serialized)]
    made: dict[str, Any] = {}
    for key in features:
        column = [row[key] for row in rows]
        if isinstance(column[0], SparseTensor):
            made[key] = _beside(column)
        elif textual(column[0]):
            made[key] = texts(np.stack([np.asarray(c, object) for c in column]))
        else:
            made[key] = ops.stack(column)
    return made


def _beside(column: list[SparseTensor]) -> SparseTensor:
    """Rows of any length as one `SparseTensor` (n, most)."""
    lengths = [len(c.values) for c in column]
    places = [[i, j] for i, n in enumerate(lengths) for j in range(n)]
    values = [v for c in column for v in (c.values if textual(c.values) else c.values.tolist())]
    kind = object if any(textual(c.values) for c in column) else column[0].dtype
    shape = [len(column), max(lengths, default=0)]
    return SparseTensor(np.array(places).reshape(-1, 2), np.array(values, kind), shape)


def _each(x: Any) -> list[Any]:
    return [x] if isinstance(x, str | bytes) else list(np.asarray(x, object).ravel())


def parse_single_sequence_example(
    serialized: Any, context_features: Any = None, sequence_features: Any = None, **options: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a `SequenceExample` holds: of the sample, and rows, which may be of any lengths."""
    found = SequenceExample.FromString(serialized)
    lists = found.feature_lists.feature_list
    rows: dict[str, Any] = {}
    for key, wanted in (sequence_features or {}).items():
        held = lists[key].feature if key in lists else ()
        parts = [_parsed({key: f}, {key: wanted})[key] for f in held]
        sparse = isinstance(wanted, VarLenFeature)
        rows[key] = _beside(parts) if sparse and parts else ops.stack(parts) if parts else []
    return _parsed(found.context.feature, context_features), rows


def decode_raw(
    input_bytes: Any, out_type: Any, little_endian: bool = True, name: Any = None
) -> Any:
    """Bytes as numbers (n,); of several, a row each."""
    kind = np.dtype(getattr(out_type, "name", out_type)).newbyteorder("<" if little_endian else ">")
    if isinstance(input_bytes, str | bytes):
        return ops.convert_to_tensor(np.frombuffer(raw(input_bytes), kind).astype(kind.name))
    return ops.stack([decode_raw(x, out_type, little_endian) for x in _each(input_bytes)])


def serialize_tensor(tensor_: Any, name: Any = None) -> bytes:
    """A tensor as TensorProto has it."""
    if textual(tensor_):
        array = np.asarray(tensor_, object)
        dims = message(*((2, message((1, n))) for n in array.shape))
        return message((1, _TEXT), (2, dims), *((8, raw(v)) for v in array.flat))
    array = np.asarray(ops.convert_to_numpy(tensor_))
    kind = next(k for k, v in _KINDS.items() if v == array.dtype.name)
    return tensor(kind, array.shape, (4, array.astype(array.dtype.newbyteorder("<")).tobytes()))


def parse_tensor(serialized: Any, out_type: Any = None, name: Any = None) -> Any:
    """The tensor of what `serialize_tensor` wrote; raises ValueError for another message."""
    whole = raw(serialized)
    left, told, texts_in = Left(len(whole)), dict[int, Any](), list[bytes]()
    for key, value in fields(memoryview(whole), left):  # type: ignore[arg-type]
        if key == 8 and not isinstance(value, int):
            left.take(TEXT + len(value))
            texts_in.append(bytes(value))
        told[key] = value
    kind, dims = told.get(1), told.get(2, b"")
    try:
        shape = tuple(
            next((n for k, n in fields(d) if k == 1), 0) for k, d in parts(dims) if k == 2
        )
        if kind == _TEXT:
            return texts(_of(texts_in, "str").reshape(shape))
        array = np.frombuffer(told[4], np.dtype(_KINDS[kind]).newbyteorder("<")).reshape(shape)
        return ops.convert_to_tensor(array.astype(_KINDS[kind]))
    except (TypeError, KeyError, ValueError):
        raise ValueError(
            "parse_tensor received no tensor, or one whose shape is not that of what it holds; "
            "expected what serialize_tensor wrote."
        ) from None


def decode_csv(
    records: Any, record_defaults: Any, field_delim: str = ",", use_quote_delim: bool = True,
    na_value: str = "", select_cols: Any = None, name: Any = None,
) -> list[Any]:  # fmt: skip
    """The columns of a line, or of several: numbers and texts, as their defaults are.

    record_defaults   for each column a value for where none stands, or a dtype: then one must.
    Raises ValueError for a line of another number of cells, and where a value is missing.
    """
    lines = [str(texts(x)) for x in _each(records)]
    quoted: Any = csv.QUOTE_MINIMAL if use_quote_delim else csv.QUOTE_NONE
    rows = list(csv.reader(lines, delimiter=field_delim, quoting=quoted))
    if select_cols is not None:
        rows = [[row[i] for i in select_cols] for row in rows]
    for row in rows:
        if len(row) != len(record_defaults):
            raise ValueError(f"a line has {len(row)} cells; expected {len(record_defaults)}.")
    single = isinstance(records, str | bytes) or np.ndim(records) == 0
    columns = [
        _column([row[i] for row in rows], default, na_value)
        for i, default in enumerate(record_defaults)
    ]
    return [c[0] if single else c for c in columns]


def _column(cells: list[str], default: Any, lacking: str) -> Any:
    told = isinstance(default, str | type) and not isinstance(default, list)
    dtype = default if told and (default in _KINDS.values() or default == "str") else None
    value = None if dtype is not None else next(iter(np.ravel(np.asarray(_plain(default)))), None)
    if dtype is None:
        given = np.asarray(_plain(default)).dtype
        narrow = {"float64": "float32", "int64": "int32"}
        own = getattr(default, "dtype", None)  # of a tensor, its own
        dtype = "str" if given.kind in "USO" else str(own) if own is not None else narrow.get(
            given.name, given.name
        )  # fmt: skip
    if value is None and lacking in cells:
        raise ValueError("a cell is empty whose column has no default; expected a value.")
    filled: list[Any] = [value if c == lacking else c for c in cells]
    found = _of(filled, "str") if dtype == "str" else np.asarray(
        [float(c) for c in filled], str(dtype)
    )  # fmt: skip
    return texts(found) if found.dtype == object else ops.convert_to_tensor(found)


def _plain(x: Any) -> Any:
    return x if isinstance(x, str | bytes | list | np.ndarray) else ops.convert_to_numpy(x)
