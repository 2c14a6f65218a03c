"""Unpacking: the bytes of a table's text, out of whatever file it came in.

What is packed (gzip, bzip2, xz, a zip of one file) is unpacked, up to a limit; tables of Excel,
Parquet and the like are read where pandas can; any other file that is known is named, with what
makes a table of it.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from importlib import import_module
from os import PathLike
from typing import Any

from autograd_nn.nn.datasets.errors import DataError

ROOM, RATIO = 1 << 26, 40  # bytes that a packed file may have, and times its own size
PACKED: dict[bytes, tuple[str, Callable[[Any], Any]]] = {
    b"\x1f\x8b": ("gzip", gzip.open), b"BZh": ("bzip2", bz2.open), b"\xfd7zXZ\0": ("xz", lzma.open),
}  # fmt: skip
BY_PANDAS = {
    b"PAR1": ("a Parquet file", "read_parquet"), b"ARROW1": ("a Feather file", "read_feather"),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": ("an old Excel workbook", "read_excel"),
}  # fmt: skip
WORKBOOK = ("an Excel workbook", "read_excel")
OTHERS = (
    (rb"\x93NUMPY", "an array of NumPy", "Write it by np.savetxt('table.csv', np.load(path), "
     "delimiter=','), or call Model.fit with it."),
    (rb"\x89HDF\r\n", "an HDF5 file", "Write the table in it as CSV, by h5py or pandas.read_hdf."),
    (rb"SQLite format 3\0", "an SQLite database", "Write a table of it as CSV, as in "
     "sqlite3 -csv -header FILE 'select * from TABLE' > table.csv"),
    (rb"%PDF", "a PDF", "Copy the table in it to a spreadsheet, and save that as CSV."),
    (rb"\x80[\x02-\x05]", "a pickle", "Pickles can run anything: write the table in it as CSV "
     "where you trust it."),
    (rb"(?i)\s*(<!doctype html|<html)", "a web page", "Open it: was the download refused? Save "
     "the table itself as CSV."),
    (rb"(?is)(\s*%[^\n]*\n)*\s*@relation\b", "an ARFF file", "Leave out what stands before "
     "@data, and put the names of the attributes, with commas, in its place."),
    (rb"[^\s,;]+( \d+:[^\s,;]+)+ *\r?\n", "a file of LIBSVM", "Write it as CSV: "
     "sklearn.datasets.load_svmlight_file reads it."),
)  # fmt: skip


def unpacked(path: str | PathLike[str]) -> bytes:
    """The bytes of a table's text; raises DataError for what holds none."""
    with open(path, "rb") as file:
        data = file.read()
    for mark, (name, opened) in PACKED.items():
        if data.startswith(mark):
            data = _within(data, name, path, lambda: opened(io.BytesIO(data)))  # noqa: B023
            break
    if data[:4] == b"PK\x03\x04":
        data = _zipped(data, path)
    for mark, (name, reader) in BY_PANDAS.items():
        if data.startswith(mark):
            return _by_pandas(data, name, reader, path)
    for pattern, name, repair in OTHERS:
        if re.match(pattern, data):
            raise DataError(f"{path}: received {name}; expected a table of text. {repair}")
    return data


def _within(
    data: bytes, name: str, path: str | PathLike[str], opened: Callable[[], Any]
) -> bytes:
    """What is packed; raises DataError for a damaged file, and for one that swells too far."""
    room = ROOM + RATIO * len(data)
    try:
        with opened() as file:
            found: bytes = file.read(room + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError,
            NotImplementedError) as error:  # fmt: skip
        raise DataError(
            f"{path}: received a damaged {name} file ({error}); expected a whole one. Fetch it "
            "again."
        ) from None
    if len(found) > room:
        raise DataError(
            f"{path}: received a {name} file of {len(data):,} bytes with more than {room:,} in "
            "it; expected at most so many. Unpack it first if it is to be trusted."
        )
    return found


def _zipped(data: bytes, path: str | PathLike[str]) -> bytes:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError) as error:
        raise DataError(
            f"{path}: received a damaged zip file ({error}); expected a whole one. Fetch it again."
        ) from None
    names = [i.filename for i in archive.infolist() if not i.is_dir()]
    if "[Content_Types].xml" in names:
        return _by_pandas(data, *WORKBOOK, path)
    tables = [n for n in names if not n.startswith("__MACOSX/")]
    if len(tables) > 1:  # beside which there may be what describes it
        tables = [n for n in tables if n.lower().endswith((".csv", ".tsv", ".data"))] or tables
    if len(tables) != 1:
        raise DataError(
            f"{path}: received a zip file with {', '.join(map(repr, tables[:9])) or 'no file'}; "
            "expected one table in it. Unpack it, and pass the table."
        )
    return _within(data, "zip", path, lambda: archive.open(tables[0]))


def _by_pandas(data: bytes, name: str, reader: str, path: str | PathLike[str]) -> bytes:
    """A table that pandas reads, as CSV; raises DataError where it cannot."""
    try:
        table: Any = getattr(import_module("pandas"), reader)(io.BytesIO(data))
        text: str = table.to_csv(index=False)
        return text.encode()
    except ImportError as error:
        why = f"to read it takes pandas and what that needs for it ({_line(error)}). Install it, or"
    except Exception as error:  # whatever its readers raise
        told = f"{type(error).__name__}: {_line(error)}"
        why = f"pandas could not read it ({told}). Fetch it again, or"
    raise DataError(
        f"{path}: received {name}; {why} save the table as CSV, as in "
        f"pandas.{reader}(path).to_csv('table.csv', index=False)."
    )


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(" .")
