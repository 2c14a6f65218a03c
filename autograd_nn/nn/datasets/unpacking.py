"""Unpacking: the bytes of a table's text, piece by piece, out of whatever file it came in.

What is packed (gzip, bzip2, xz, a zip of one file) is unpacked as it is read, up to a limit.
Workbooks are rows from the start, Parquet and Feather files columns, where pyarrow is; any other
file that is known is named, with what makes a table of it.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from os import PathLike
from pathlib import Path
from typing import Any

from autograd_nn.nn.datasets import old_workbooks, workbooks
from autograd_nn.nn.datasets.errors import DataError
from autograd_nn.nn.datasets.stock import Columns
from autograd_nn.nn.regular import regular
from autograd_nn.nn.zips import BROKEN, Spoilt, opened

ROOM, RATIO = 1 << 24, 40  # bytes that a packed file may have, and times its own size
COLUMNS, SHARE = 100_000, 256  # (or classes) a table may have, one more for so many bytes of it
PIECE = 1 << 18
HEAD = 1 << 12  # bytes that tell what a file is
PACKED: dict[bytes, tuple[str, Callable[[Any], Any]]] = {
    b"\x1f\x8b": ("gzip", gzip.open), b"BZh": ("bzip2", bz2.open), b"\xfd7zXZ\0": ("xz", lzma.open),
}  # fmt: skip
TYPED = "{:}"  # in a separator's place, of columns of values
BY_ARROW = {
    b"PAR1": ("a Parquet file", "read_parquet"), b"ARROW1": ("a Feather file", "read_feather"),
}  # fmt: skip
WORKBOOK = ("an Excel workbook", "read_excel")
OLD, OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ("an old Excel workbook", "read_excel")
SHEET = "Save it as .xlsx, or as CSV."
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


class Source:
    """What a table's text is read from, as often as need be; raises DataError for what holds none.

    most    bytes that it, and the numbers in it, may have: None of a file that is not packed.
    typed   reads the columns and their names of a file that has no text; None of another.
    sheet   reads the rows of a workbook, and their numbers, some at a time; None of another.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path, self.size = path, Path(path).stat().st_size
        self.most: int | None = None
        self.typed: Callable[[], tuple[Columns, list[str]]] | None = None
        self.sheet: Callable[[], Iterator[tuple[list[list[str]], list[int]]]] | None = None
        self._name = ""
        self._open: Callable[[], Any] = lambda: open(path, "rb", opener=regular)
        head = self.head()
        for mark, (name, way) in PACKED.items():
            if head.startswith(mark):
                self._pack(name, lambda: way(path))  # noqa: B023
                head = self.head()
                break
        if head[:4] == b"PK\x03\x04":
            self._zipped()
            if self.sheet is not None:
                return
            head = self.head()
        for mark, (name, reader) in BY_ARROW.items():
            if head.startswith(mark):
                if self._name:
                    raise DataError(f"{path}: received {name} that is packed; expected it alone. "
                                    "Unpack it, and pass what was in it.")  # fmt: skip
                self._pack(name.split()[1], self._open)
                self.typed = lambda: self._by_arrow(name, reader)  # noqa: B023
                return
        if head.startswith(OLD):
            if self.most is None:
                self._pack("Excel", self._open)
            self.sheet = self._old_workbook
            return
        for pattern, name, repair in OTHERS:
            if re.match(pattern, head):
                raise DataError(f"{path}: received {name}; expected a table of text. {repair}")

    def head(self) -> bytes:
        """The first bytes of the text."""
        found = b""
        for piece in self.pieces(HEAD):
            found += piece
            if len(found) >= HEAD:
                break
        return found

    def pieces(self, size: int = PIECE) -> Iterator[bytes]:
        """The text's bytes; raises DataError for a damaged file, and one that swells too far."""
        done = 0
        try:
            with self._open() as file:
                while piece := file.read(size):
                    done += len(piece)
                    if self.most is not None and done > self.most:
                        raise DataError(self.swells(f"more than {self.most:,} in it"))
                    yield piece
        except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError,
                NotImplementedError, UnicodeDecodeError) as error:  # fmt: skip
            if not self._name:
                raise
            raise DataError(
                f"{self.path}: received a damaged {self._name} file ({error}); expected a whole "
                "one. Fetch it again."
            ) from None

    def swells(self, what: str) -> str:
        """An error's text for a packed file that would take more memory than it may."""
        return (
            f"{self.path}: received a {self._name} file of {self.size:,} bytes with {what}; "
            f"expected at most {self.most:,} bytes. Unpack it first, or save it as CSV, "
            "if it is to be trusted."
        )

    def check(self, numbers: int) -> None:
        """Raises DataError where so many numbers are more than a packed file may have."""
        if self.most is not None and 4 * numbers > self.most:
            raise DataError(self.swells(f"numbers of {4 * numbers:,} in it, or more"))

    def columns(self, count: int, what: str = "columns") -> None:
        """Raises DataError where so many columns are more than a file of this size may have."""
        if count > (most := COLUMNS + self.size // SHARE):
            raise DataError(
                f"{self.path}: received {count:,} {what}, or more, in {self.size:,} bytes; "
                f"expected at most {most:,}. Unpack it, or leave out {what} that nobody needs."
            )

    def _pack(self, name: str, opened: Callable[[], Any]) -> None:
        self._name, self._open, self.most = name, opened, ROOM + RATIO * self.size

    def _zipped(self) -> None:
        packed = self._open
        try:
            with packed() as file, opened(file) as archive:
                infos = archive.infolist()
        except Spoilt as error:
            raise DataError(
                f"{self.path}: received a zip file that is refused: {error}. Unpack it, and pass "
                "the table."
            ) from None
        except (OSError, *BROKEN) as error:
            raise DataError(
                f"{self.path}: received a damaged zip file ({error}); expected a whole one. Fetch "
                "it again."
            ) from None
        names = [i.filename for i in infos if not i.is_dir()]
        if "[Content_Types].xml" in names:
            self._pack("zip", packed)
            if (inside := sum(i.file_size for i in infos)) > (self.most or 0):
                raise DataError(self.swells(f"{inside:,} in it"))
            self.sheet = self._workbook
            return
        if {"mimetype", "content.xml"} <= {*names}:
            raise DataError(f"{self.path}: received an OpenDocument file (.ods); expected a table "
                            f"of text, or an Excel workbook. {SHEET}")  # fmt: skip
        tables = [n for n in names if not n.startswith("__MACOSX/")]
        if len(tables) > 1:  # beside which there may be what describes it
            ends = (".csv", ".tsv", ".data")
            tables = [n for n in tables if n.lower().endswith(ends)] or tables
        if len(tables) != 1:
            raise DataError(
                f"{self.path}: received a zip file with "
                f"{', '.join(map(repr, tables[:9])) or 'no file'}; expected one table in it. "
                "Unpack it, and pass the table."
            )
        self._pack("zip", lambda: _Member(packed(), tables[0]))

    def _by_arrow(self, name: str, reader: str) -> tuple[Columns, list[str]]:
        """Has pyarrow read a table's columns."""
        arrow = import_module("autograd_nn.nn.datasets.arrow")
        with self._reading(name, reader):
            found: tuple[Columns, list[str]] = arrow.columns(self, reader == "read_feather")
            return found

    def _workbook(self) -> Iterator[tuple[list[list[str]], list[int]]]:
        """The rows of a workbook's first sheet, and their numbers, some at a time."""
        with self._reading(*WORKBOOK), self._open() as file:
            try:
                yield from workbooks.rows(file, self.most or 0)
            except OverflowError:
                raise DataError(self.swells(f"more than {self.most:,} in it")) from None

    def _old_workbook(self) -> Iterator[tuple[list[list[str]], list[int]]]:
        """The same of an .xls file, which xlrd has whole."""
        with self._reading(*OLD_WORKBOOK, "xlrd", "excel"):
            try:
                yield from old_workbooks.rows(b"".join(self.pieces()), self.most or 0)
            except OverflowError:
                raise DataError(
                    f"{self.path}: received an old Excel workbook of {self.size:,} bytes whose "
                    f"first sheet takes many times as much; expected fewer cells. {SHEET}"
                ) from None

    @contextmanager
    def _reading(
        self, name: str, reader: str, library: str = "pyarrow", extra: str = "parquet"
    ) -> Iterator[None]:
        """Whatever another library raises, as DataError."""
        try:
            yield
        except DataError:
            raise
        except ImportError as error:
            why = (f"to read it takes {library} ({_line(error)}). Run: pip install "
                   f"'autograd-nn[{extra}]', or")  # fmt: skip
        except Spoilt as error:
            why = f"it is refused: {error}. If it is to be trusted,"
        except Exception as error:  # whatever its readers raise
            told = f"{type(error).__name__}: {_line(error)}"
            why = f"it could not be read ({told}). Fetch it again, or"
        else:
            return
        raise DataError(
            f"{self.path}: received {name}; {why} save the table as CSV, as in "
            f"pandas.{reader}(path).to_csv('table.csv', index=False)."
        )


class _Member:
    """A file in a zip file, which is closed with it."""

    def __init__(self, file: Any, name: str) -> None:
        self.file = file
        try:
            self.inner = opened(file).open(name)
        except BaseException:
            file.close()
            raise
        self.read = self.inner.read

    def __enter__(self) -> _Member:
        return self

    def __exit__(self, *raised: object) -> None:
        self.inner.close()
        self.file.close()


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(" .")
