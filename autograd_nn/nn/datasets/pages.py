"""Pages: what a file of columns says that it unpacks to, before a library is asked to unpack it.

Sources: the formats of Apache Parquet (its pages' headers, in Thrift's compact protocol) and of
Arrow's files (their messages, in FlatBuffers).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from autograd_nn.nn.zips import Spoilt

HEADER = 1 << 20  # bytes that a page's header has, at most
DEEP = 32  # structures in one another
STRUCTURE = 200  # bytes that knowing of one takes, of the many that a footer may have
TIMES = 100  # what a footer's length grows by, at most, when it is read
COMPRESSED = 3  # the place in a message that says how its buffers are packed
DICTIONARY, BATCH = 2, 3  # kinds of messages


class Page(NamedTuple):
    """Bytes that a page has when it is unpacked, its values, their encoding; if a dictionary's."""

    size: int
    values: int
    encoding: int
    dictionary: bool


class _Compact:
    """A reader of Thrift's compact protocol: of the numbers and structures in it, by their ids."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at
        self.structures = 0

    def varint(self) -> int:
        found = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            found |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return found
            if shift > 70:
                raise Spoilt("a number in it is too long")

    def structure(self, depth: int = 0, keep: bool = True) -> dict[int, Any]:
        """The fields of a structure; none of them where they are not to be kept."""
        self.structures += 1
        found: dict[int, Any] = {}
        field = 0
        while head := self.data[self.at]:
            self.at += 1
            field = field + (head >> 4) if head >> 4 else self._signed()
            value = self._value(head & 15, depth, keep)
            if keep:
                found[field] = value
        self.at += 1
        return found

    def _signed(self) -> int:
        found = self.varint()
        return found >> 1 ^ -(found & 1)

    def _value(self, kind: int, depth: int, keep: bool) -> Any:
        if depth > DEEP:
            raise Spoilt("it is nested too deep")
        if kind in (1, 2):
            return kind == 1
        if kind in (3, 7):
            self.at += 1 if kind == 3 else 8
        elif kind in (4, 5, 6):
            return self._signed()
        elif kind == 8:
            length = self.varint()
            self.at += length
        elif kind in (9, 10):
            head = self.data[self.at]
            self.at += 1
            for _ in range(self.varint() if head >> 4 == 15 else head >> 4):
                if head & 15 in (1, 2):
                    self.at += 1
                else:
                    self._value(head & 15, depth + 1, False)
                if self.at > len(self.data):
                    raise IndexError
        elif kind == 12:
            return self.structure(depth + 1, keep)
        else:
            raise Spoilt("it has a field of no kind that is known")
        return None


def footer(file: Any, size: int, room: int) -> None:
    """Raises Spoilt where a Parquet file's footer would take more than some bytes when it is read.
    """
    file.seek(max(0, size - 8))
    tail = file.read(8)
    if size < 12 or tail[4:] != b"PAR1" or (length := int.from_bytes(tail[:4], "little")) > size:
        raise Spoilt("it has no footer")
    if TIMES * length <= room:
        return
    file.seek(size - 8 - length)
    compact = _Compact(file.read(length))
    try:
        compact.structure(keep=False)
    except IndexError:
        raise Spoilt("its footer breaks off") from None
    if (taken := STRUCTURE * compact.structures) > room:
        raise Spoilt(f"its footer would take {taken:,} bytes; at most {room:,} may be")


def pages(file: Any, start: int, length: int) -> Iterator[Page]:
    """The pages of a column's chunk in a Parquet file."""
    end = start + length
    while start < end:
        data = b""
        while True:
            file.seek(start)
            data = file.read(min(4 * len(data) or 4096, end - start))
            compact = _Compact(data)
            try:
                found = compact.structure()
                break
            except IndexError:
                if len(data) >= min(HEADER, end - start):
                    raise Spoilt("a page has no header") from None
        inner = found.get(5) or found.get(8) or {}
        size, packed = found.get(2), found.get(3)
        if not isinstance(size, int) or not isinstance(packed, int) or min(size, packed) < 0:
            raise Spoilt("a page does not say how long it is")
        values = (inner or found.get(7) or {}).get(1) or 0
        yield Page(size, values, inner.get(2 if found.get(5) else 4) or 0, bool(found.get(7)))
        start += compact.at + packed


class _Flat:
    """A table of FlatBuffers."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        self.fields = at - _number("<i", data, at)
        self.length = _number("<H", data, self.fields)

    def place(self, field: int) -> int:
        """Where a field is; 0 where it is not."""
        slot = 4 + 2 * field
        step = _number("<H", self.data, self.fields + slot) if slot < self.length else 0
        return self.at + step if step else 0

    def number(self, form: str, field: int) -> int:
        return _number(form, self.data, place) if (place := self.place(field)) else 0

    def further(self, field: int) -> int:
        """Where what a field refers to is; 0 where it refers to nothing."""
        return place + _number("<I", self.data, place) if (place := self.place(field)) else 0


def _number(form: str, data: bytes, at: int) -> int:
    if at < 0:
        raise Spoilt("a place in it is none")
    found: int = struct.unpack_from(form, data, at)[0]
    return found


def buffers(file: Any, size: int) -> Iterator[tuple[int, list[int]]]:
    """Of each batch in an Arrow file its rows, and the bytes its buffers have when unpacked.

    Of a dictionary, 0 and the bytes.
    """
    file.seek(max(0, size - 10))
    tail = file.read(10)
    length = int.from_bytes(tail[:4], "little")
    if size < 18 or tail[4:] != b"ARROW1" or length > size - 10:
        raise Spoilt("it has no footer")
    file.seek(size - 10 - length)
    data = file.read(length)
    try:
        footer = _Flat(data, _number("<I", data, 0))
        for field, kind in ((2, DICTIONARY), (3, BATCH)):
            at = footer.further(field)
            count = _number("<I", data, at) if at else 0
            blocks = data[at + 4 : at + 4 + 24 * count]
            for place, head, _, long in struct.iter_unpack("<qiiq", blocks):
                if min(place, head, long) < 0 or max(place, head, long) > size:
                    raise Spoilt("a batch in it is nowhere")
                yield _batch(file, place, head, kind)
    except struct.error:
        raise Spoilt("a batch in it breaks off") from None


def _batch(file: Any, place: int, length: int, kind: int) -> tuple[int, list[int]]:
    file.seek(place)
    data = file.read(length)
    start = 8 if data[:4] == b"\xff" * 4 else 4  # of files of old there is no mark
    data = data[start:]
    message = _Flat(data, _number("<I", data, 0))
    if message.number("<B", 1) != kind:
        raise Spoilt("a batch in it is none")
    batch, rows = _Flat(data, message.further(2)), 0
    if kind == DICTIONARY:
        batch = _Flat(data, batch.further(1))
    else:
        rows = batch.number("<q", 0)
    return rows, [*_unpacked(file, data, batch, place + length)]


def _unpacked(file: Any, data: bytes, batch: _Flat, body: int) -> Iterator[int]:
    packed = bool(batch.further(COMPRESSED))
    at = batch.further(2)
    count = _number("<I", data, at) if at else 0
    for offset, length in struct.iter_unpack("<qq", data[at + 4 : at + 4 + 16 * count]):
        said = length
        if packed and length >= 8:
            file.seek(body + offset)
            said = int.from_bytes(file.read(8), "little", signed=True)
        yield max(said if said >= 0 else length, 0)
