"""Heads of pictures' files: of how many parts they are, for Pillow keeps more of each than it has.

What a picture takes follows from its size, which it may say in a few bytes; but also before there
is a pixel something is kept of every chunk, segment and strip that its file names.
Source: the format TIFF 6.0, and BigTIFF.
"""

from __future__ import annotations

import os
import struct
from typing import Any

from autograd_nn.nn.zips import Spoilt

READS = 1 << 15  # of a head, of which each may be of a part: usual are some dozens
STRIP, PACKED = 350, 64  # bytes that one of a TIFF takes, and one that is packed
PLACES = (273, 324)  # of strips and of tiles, by tags of a TIFF
COMPRESSION = 259


class Head:
    """A picture's file that is read no more often, until ``done``, than a head of few parts needs.

    Raises Spoilt where it would be.
    """

    def __init__(self, file: Any) -> None:
        self._file, self._left = file, READS
        self.read, self.seek, self.tell = self._counted, file.seek, file.tell

    def _counted(self, *size: int) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise Spoilt(f"its head has more parts than {READS:,} reads give")
        found: bytes = self._file.read(*size)
        return found

    def done(self) -> None:
        """Everything else may be read as often as need be, and as fast as the file itself."""
        self.read = self._file.read

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __repr__(self) -> str:  # as Pillow's errors have it
        return repr(getattr(self._file, "name", self._file))


def length(file: Any) -> int:
    """How many bytes an open file has."""
    at = file.tell()
    size: int = file.seek(0, os.SEEK_END)
    file.seek(at)
    return size


def strips(file: Any) -> int:
    """The bytes that the strips of a TIFF's first picture take; 0 of any other file.

    Of packed ones only their places are kept: a library reads them as one.

    >>> import io
    >>> tags = struct.pack("<HHHLL", 1, 273, 4, 1000, 0)
    >>> strips(io.BytesIO(b"II*\\0" + struct.pack("<L", 8) + tags))
    350000
    """
    at = file.tell()
    try:
        return _strips(file)
    except (struct.error, OverflowError, OSError, ValueError):  # which Pillow says
        return 0
    finally:
        file.seek(at)


def _strips(file: Any) -> int:
    file.seek(0)
    head = file.read(16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
    if not order or head[2:4].strip(b"\0") not in (b"*", b"+"):
        return 0
    big = b"+" in head[2:4]
    (start,) = struct.unpack_from(order + ("Q" if big else "L"), head, 8 if big else 4)
    file.seek(start)
    (count,) = struct.unpack(order + ("Q" if big else "H"), file.read(8 if big else 2))
    form = order + ("HHQ8s" if big else "HHL4s")
    entries = file.read(min(count, 1 << 16) * struct.calcsize(form))
    most, packed = 0, False
    for i in range(len(entries) // struct.calcsize(form)):
        tag, _, many, value = struct.unpack_from(form, entries, i * struct.calcsize(form))
        if tag in PLACES:
            most = max(most, many)
        elif tag == COMPRESSION:
            packed = struct.unpack_from(order + "H", value)[0] != 1
    return (PACKED if packed else STRIP) * most
