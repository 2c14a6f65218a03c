"""Event files as TensorBoard reads them: records with checksums, in protobuf's wire format.

A record is its length (8 bytes), the length's checksum (4), the bytes, and their checksum (4), all
little-endian; a checksum is CRC32C (RFC 3720, B.4), turned by 15 bits and shifted, so that sums of
sums do not repeat. The messages are TensorFlow's Event, Summary and TensorProto; only the fields
that are used stand here, by their numbers.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from pathlib import Path
from typing import Any

import numpy as np

_POLYNOMIAL = 0x82F63B78  # Castagnoli's, its bits in reverse
BUCKETS = 30  # of a histogram


def _row(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = [_row(byte) for byte in range(256)]


def masked_crc(data: bytes) -> int:
    """The checksum of a record's part.

    >>> hex(masked_crc(b"123456789"))  # of 0xe3069283
    '0xc78ab0e5'
    """
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """Bytes as they stand in a file, between their checksums."""
    length = struct.pack("<Q", len(data))
    return b"".join(
        (length, struct.pack("<I", masked_crc(length)), data, struct.pack("<I", masked_crc(data)))
    )


# ---- protobuf's wire format ---------------------------------------------------------------------


def varint(n: int) -> bytes:
    """A whole number, seven bits a byte, the lowest first; a negative one in two's complement."""
    n &= (1 << 64) - 1
    out = bytearray()
    while n > 0x7F:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def message(*fields: tuple[int, Any]) -> bytes:
    """Fields by number: bytes and text with their length, ints as varints, floats as doubles.

    >>> message((2, 300), (3, "ab")).hex()
    '10ac021a026162'
    """
    out = []
    for number, value in fields:
        if isinstance(value, float):
            out.append(varint(number << 3 | 1) + struct.pack("<d", value))
        elif isinstance(value, int):
            out.append(varint(number << 3) + varint(value))
        else:
            raw = value.encode() if isinstance(value, str) else value
            out.append(varint(number << 3 | 2) + varint(len(raw)) + raw)
    return b"".join(out)


def tensor(kind: int, shape: tuple[int, ...], content: tuple[int, bytes]) -> bytes:
    """TensorProto: its dtype by number, its shape, and the field that has its entries."""
    dims = message(*((2, message((1, n))) for n in shape))
    return message((1, kind), (2, dims), content)


def value(tag: str, plugin: str, of: bytes, kind: int, content: bytes = b"") -> bytes:
    """Summary of one value: who shows it, and its tensor; kind 1 is a scalar, 2 a tensor."""
    metadata = message((1, message((1, plugin), (2, content))), (4, kind))
    return message((1, message((1, tag), (9, metadata), (8, of))))


def scalar(tag: str, number: float) -> bytes:
    """A number, as float32."""
    of = tensor(1, (), (4, np.asarray(number, "<f4").tobytes()))
    return value(tag, "scalars", of, 1)


def histogram(tag: str, entries: np.ndarray) -> bytes:
    """How many entries lie in each of `BUCKETS` equal parts; entries that are not finite do not."""
    x = np.asarray(entries, "float64").ravel()
    counts, edges = np.histogram(x[np.isfinite(x)], BUCKETS)
    rows = np.stack([edges[:-1], edges[1:], counts], axis=1).astype("<f8")
    return value(tag, "histograms", tensor(2, rows.shape, (4, rows.tobytes())), 2)


def text(tag: str, words: str, plugin: str = "text") -> bytes:
    """Text, shown as Markdown; or for another plugin."""
    return value(tag, plugin, tensor(7, (1,), (8, words.encode())), 2)


class EventFile:
    """A new file of events in a folder, which is made; every event is flushed whole.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = EventFile(folder)
    ...     file.write(scalar("loss", 0.5), step=1)
    ...     file.close()
    """

    _made = 0

    def __init__(self, folder: str | os.PathLike[str], clock: Any = time.time) -> None:
        self.clock = clock
        os.makedirs(folder, exist_ok=True)
        EventFile._made += 1
        name = f"{int(clock()):010d}.{socket.gethostname()}.{os.getpid()}.{EventFile._made}.v2"
        self.path = Path(folder) / f"events.out.tfevents.{name}"
        self._file = open(self.path, "xb")  # noqa: SIM115  (closed by close)
        self._event((3, "brain.Event:2"))

    def write(self, summary: bytes, step: int) -> None:
        """An event at a step."""
        self._event((2, int(step)), (5, summary))

    def _event(self, *fields: tuple[int, Any]) -> None:
        self._file.write(record(message((1, float(self.clock())), *fields)))
        self._file.flush()

    def close(self) -> None:
        """Nothing is written after this."""
        self._file.close()
