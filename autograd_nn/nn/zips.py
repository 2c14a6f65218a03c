"""Members of a zip file: none of them twice, none larger than it is said to be, none unpacked."""

from __future__ import annotations

import errno
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

PIECE = 1 << 20
ROOM = 48 << 20  # bytes, besides the file's own, that knowing what a zip file holds may take
MEMBER = 600  # bytes that knowing of one member takes, besides what is said of it
MARK = b"PK\1\2"  # before what the directory says of each


class Spoilt(ValueError):
    """A file that is not what it should be. Who opened it says which it is."""


BROKEN = (
    EOFError, zlib.error, struct.error, zipfile.BadZipFile, ValueError, TypeError, IndexError,
    OverflowError, NotImplementedError, RuntimeError,
)  # fmt: skip


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Whatever a damaged file makes a library raise, as Spoilt."""
    try:
        yield
    except Spoilt:
        raise
    except OSError as error:
        if error.errno != errno.EINVAL:  # a place that no file has
            raise
        raise Spoilt(f"it is no {what}, or a damaged one") from None
    except BROKEN as error:
        raise Spoilt(f"it is no {what}, or a damaged one ({str(error)[:100]})") from None


class _Counted:
    """A file that is asked for its directory: of which no more is made than its size allows."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, *size: int) -> bytes:
        found: bytes = self._file.read(*size)
        if found[:4] == MARK:
            members, at = found.count(MARK), self._file.tell()
            whole = self._file.seek(0, os.SEEK_END)
            self._file.seek(at)
            if MEMBER * members + 2 * len(found) > ROOM + whole:
                raise Spoilt(
                    f"it has {members:,} members in {whole:,} bytes; expected larger ones, or fewer"
                )
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def opened(file: Any) -> zipfile.ZipFile:
    """A zip file whose members are counted before anything is made of them; raises Spoilt.

    >>> import io
    >>> packed = io.BytesIO()
    >>> with zipfile.ZipFile(packed, "w") as file:
    ...     file.writestr("a", b"")
    >>> opened(packed).namelist()
    ['a']
    """
    found = zipfile.ZipFile(_Counted(file))  # type: ignore[arg-type]
    if "" in found.NameToInfo:  # which zipfile takes for a folder, or tries to
        raise Spoilt("it has a member without a name")
    return found


class Members(Mapping[str, bytearray]):
    """What a zip file holds, by name, each read when it is asked for.

    most   bytes that all of it may have when it is unpacked.
    Raises Spoilt for a file that is none, that names something twice or says it holds more.

    >>> import io
    >>> packed = io.BytesIO()
    >>> with zipfile.ZipFile(packed, "w") as file:
    ...     file.writestr("a", b"what it holds")
    >>> Members(packed, 100)["a"]
    bytearray(b'what it holds')
    """

    def __init__(self, file: Any, most: int) -> None:
        with reading("zip file"):
            self._zip = opened(file)
        self._info: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            if info.filename in self._info:
                raise Spoilt(f"it has {info.filename[:100]!r} twice")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Spoilt(f"{info.filename[:100]!r} is packed in a way that is not known")
            self._info[info.filename] = info
        total = sum(info.file_size for info in self._info.values())
        if total > most:
            raise Spoilt(f"its members are said to have {total} bytes; expected at most {most}")

    def __getitem__(self, name: str) -> bytearray:
        info = self._info[name]
        found, done = bytearray(info.file_size), 0
        with reading("zip file"), self._zip.open(info) as file:
            while piece := file.read(PIECE):
                if done + len(piece) > len(found):
                    raise Spoilt(f"{name[:100]!r} has more than the {len(found)} bytes it declares")
                found[done : done + len(piece)] = piece
                done += len(piece)
        if done < len(found):
            raise Spoilt(f"{name[:100]!r} has {done} bytes; expected {len(found)}, as it declares")
        return found

    def packed(self, name: str) -> int:
        """How many bytes of the file a member takes."""
        return self._info[name].compress_size

    def __iter__(self) -> Iterator[str]:
        return iter(self._info)

    def __len__(self) -> int:
        return len(self._info)
