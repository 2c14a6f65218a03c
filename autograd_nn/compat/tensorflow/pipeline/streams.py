"""Files of lines and of records, plain or packed: read piece by piece, and none of it too long."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from autograd_nn.nn.callbacks.event_file import masked_crc
from autograd_nn.nn.regular import regular
from autograd_nn.nn.zips import BROKEN, PIECE

ROOM = 40 << 20  # bytes that a record of a packed file may have, besides the file's own
LONGEST = 1 << 22  # characters that a line may have, besides a share of the file's bytes


class _Zlib(io.RawIOBase):
    """What a file that zlib packed holds, unpacked as it is asked for."""

    def __init__(self, file: Any) -> None:
        self._file, self._packed = file, zlib.decompressobj()
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, place: Any) -> int:
        while not self._packed.eof:
            self._left = self._left or self._file.read(PIECE)
            found = self._packed.decompress(self._left, len(place))
            if not self._left and not found:
                raise EOFError("it ends before its contents do")
            self._left = self._packed.unconsumed_tail
            if found:
                place[: len(found)] = found
                return len(found)
        return 0


@contextmanager
def _reading(path: Any, packed: Any) -> Iterator[tuple[Any, int]]:
    """A file, unpacked, and its size; raises ValueError, naming it, where what is read is damaged.
    """
    if packed not in (None, "", "GZIP", "ZLIB"):
        raise ValueError(f"received compression_type={packed!r}; expected 'GZIP', 'ZLIB' or none.")
    try:
        with open(str(path), "rb", opener=regular) as raw:
            size = os.fstat(raw.fileno()).st_size
            if packed == "ZLIB":
                yield io.BufferedReader(_Zlib(raw)), size
            else:
                yield (gzip.GzipFile(fileobj=raw) if packed == "GZIP" else raw), size
    except Refused:
        raise
    except (*BROKEN, gzip.BadGzipFile) as error:
        other = f", or one that is not packed by {packed}" if packed else ""
        raise ValueError(
            f"{path}: received a damaged file{other} ({str(error)[:100]}); expected a whole one. "
            "Fetch it again, or pass the compression_type that it has."
        ) from None


class Refused(ValueError):
    """What a file holds is no line, or no record."""


def records(path: Any, packed: Any = None) -> Iterator[bytes]:
    """The records of a file; raises ValueError for one that is none, or is damaged."""
    at = 0
    with _reading(path, packed) as (file, size):
        while head := _exactly(file, 12):
            length = struct.unpack("<Q", head[:8])[0] if len(head) == 12 else 0
            whole = len(head) == 12 and masked_crc(head[:8]) == struct.unpack("<I", head[8:])[0]
            if whole and packed and length > ROOM + size:
                raise Refused(
                    f"{path}: received a record of {length:,} bytes in {size:,} that are packed; "
                    f"expected at most {ROOM + size:,}. Unpack the file first, if it is to be "
                    "trusted."
                )
            whole = whole and (packed or length <= size)
            found = _exactly(file, length) if whole else b""
            if not whole or _exactly(file, 4) != struct.pack("<I", masked_crc(found)):
                raise Refused(f"{path}: no record begins at byte {at}, or it is damaged.")
            yield found
            at += 16 + length


def _exactly(file: Any, count: int) -> bytes:
    """So many bytes, or all that are left: no room is made for what is not there."""
    if count <= PIECE:
        return bytes(file.read(count))
    found = io.BytesIO()
    while count and (piece := file.read(min(PIECE, count))):
        count -= found.write(piece)
    return found.getvalue()


def lines(path: Any, packed: Any = None) -> Iterator[str]:
    """The lines of a file; raises ValueError for one that is no text, or has none."""
    with _reading(path, packed) as (file, size), io.TextIOWrapper(file, "utf-8") as text:
        for line in parted(text, path, size):
            yield line.rstrip("\r\n")


def parted(text: Any, path: Any, size: int) -> Iterator[str]:
    """The lines of an open file of so many bytes; raises ValueError for one that is too long."""
    most = LONGEST + size // 16
    while line := text.readline(most + 1):
        if len(line) > most:
            raise Refused(
                f"{path}: received a line of more than {most:,} characters; expected text in "
                "lines. Read it by tf.io.read_file if it is to be one text."
            )
        yield line
