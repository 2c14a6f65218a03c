"""Arrays by name in the layout of safetensors: eight bytes of length, a JSON header, the arrays.

Nothing is allocated for what the file does not hold: places and sizes are checked against the
file's own size first. Arrays are read one by one when they are asked for, each against the checksum
that the header has of it, where this library wrote the file; the header has one of itself.

Source: the format's description at https://github.com/huggingface/safetensors.
"""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np

from autograd_nn.engine.halves import from_bits
from autograd_nn.nn.regular import regular
from autograd_nn.nn.saving.durable import Ahead, replacing
from autograd_nn.nn.saving.errors import ModelFileError, damaged
from autograd_nn.nn.saving.strict import parsed
from autograd_nn.nn.saving.sums import PIECE, Sums

DTYPES = {
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "U16": "uint16", "I16": "int16", "F16": "float16",
    "U32": "uint32", "I32": "int32", "F32": "float32", "U64": "uint64", "I64": "int64",
    "F64": "float64", "C64": "complex64",
}  # fmt: skip
_BRAIN = "BF16"  # bfloat16, read as float32: whoever has no ml_dtypes can read it, too
_NAMES = {name: code for code, name in DTYPES.items()} | {"bfloat16": _BRAIN}

HEADER = 16 << 20  # bytes a header has at most
RANK = 32  # dimensions an array has at most
MARK = '{"__metadata__":{"format":"autograd_nn","version":"1","checksum":"'
ZERO = "0" * 8


def write(
    path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray], said: dict[str, str],
    alone: bool = False,
) -> None:  # fmt: skip
    """Writes arrays, and texts by name, to a file that takes the place of ``path`` when whole.

    alone   whether one thread does all of it, as long as it takes.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(folder + "/a.safetensors", {"w": np.arange(3.0)}, {"made": "here"})
    ...     with Tensors(folder + "/a.safetensors") as found:
    ...         found.said["made"], found["w"].tolist()
    ('here', [0.0, 1.0, 2.0])
    """
    # the widest first: each array then begins where its numbers may
    order = sorted(arrays, key=lambda name: -arrays[name].itemsize)
    entries, sums, at = [], [], 0
    for name in order:
        array = arrays[name]
        sums.append(ZERO)
        entries.append(
            (name, {"dtype": _code(name, array), "shape": list(array.shape),
                    "data_offsets": [at, at := at + array.nbytes]})
        )  # fmt: skip
    size = len(_header(entries, sums, said))
    with replacing(path) as file, Ahead(file) as ahead, Sums(at, alone) as found:
        file.write(size.to_bytes(8, "little") + bytes(size))
        for name in order:
            _pour(file, arrays[name], ahead, found)
        file.seek(8)
        file.write(_header(entries, [f"{found.total():08x}" for _ in order], said))


def _code(name: str, array: np.ndarray) -> str:
    code = _NAMES.get(array.dtype.name)
    if code is None:
        raise TypeError(
            f"received {name!r} of dtype {array.dtype} to be saved; expected one of "
            f"{', '.join(_NAMES)}. Cast it first."
        )
    return code


def _header(
    entries: list[tuple[str, dict[str, Any]]], sums: list[str], said: Mapping[str, str]
) -> bytes:
    """The header, padded to whole words, with its own checksum in it."""
    import json

    metadata = {"format": "autograd_nn", "version": "1", "checksum": ZERO, **said}
    metadata["sums"] = "".join(sums)
    text = json.dumps({"__metadata__": metadata, **dict(entries)}, separators=(",", ":"))
    raw = text.encode()
    raw += b" " * (-len(raw) % 8)
    if len(raw) > HEADER:
        raise ValueError(
            f"received a model whose description takes {len(raw)} bytes; expected at most "
            f"{HEADER}. Hold large arrays as weights, not in configurations."
        )
    return raw.replace(ZERO.encode(), f"{zlib.crc32(raw):08x}".encode(), 1)


def _pour(file: BinaryIO, array: np.ndarray, ahead: Ahead, sums: Sums) -> None:
    """Writes an array's bytes in order."""
    plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    raw = plain.reshape(-1).view(np.uint8).data
    for start in range(0, len(raw), PIECE):
        piece = sums.copied(raw[start : start + PIECE])
        file.write(piece)
        ahead.wrote(len(piece))
    sums.end()


class Tensors(Mapping[str, np.ndarray]):
    """The arrays of a file, each read when it is asked for.

    said   the texts that stand beside them, by name.
    file   what to read, where it is open already.
    Raises ModelFileError for a file that is damaged or no such file, FileNotFoundError where there
    is none.
    """

    def __init__(self, path: str | os.PathLike[str], file: BinaryIO | None = None) -> None:
        self.path = os.fspath(path)
        self._file: Any = file or open(  # noqa: SIM115 - closed by `close`
            path, "rb", buffering=0, opener=regular
        )
        try:
            self._read()
        except BaseException:
            self._file.close()
            raise

    def _read(self) -> None:
        size = os.fstat(self._file.fileno()).st_size
        first = self._file.read(8)
        length = int.from_bytes(first, "little")
        if len(first) < 8 or not 2 <= length <= min(size - 8, HEADER):
            raise damaged(
                self.path, f"its header is said to have {length} bytes of {size}",
                f"at most {HEADER}, and no more than there are",
            )  # fmt: skip
        raw = _exactly(self._file, self.path, length)
        self.said, entries = self._header(raw)
        sums = self.said.pop("sums", None)
        begin, at = 8 + length, 0
        self._entries: dict[str, tuple[str, tuple[int, ...], int, str | None]] = {}
        if sums is not None and len(sums) != 8 * len(entries):
            raise damaged(self.path, "it has checksums for another number of arrays")
        for i, (name, entry) in enumerate(sorted(entries.items(), key=lambda e: _begins(e[1]))):
            code, shape, start, end = _entry(self.path, name, entry)
            if start != at:
                raise damaged(self.path, f"the bytes of {name!r} do not follow those before it")
            at = end
            total = None if sums is None else sums[8 * i : 8 * i + 8]
            self._entries[name] = code, shape, begin + start, total
        if begin + at != size:
            raise damaged(self.path, f"it has {size} bytes", f"{begin + at}")

    def _header(self, raw: bytes) -> tuple[dict[str, str], dict[str, Any]]:
        ours = raw.startswith(MARK.encode())
        if ours:
            at = len(MARK)
            plain = raw[:at] + ZERO.encode() + raw[at + 8 :]
            if raw[at : at + 8] != f"{zlib.crc32(plain):08x}".encode():
                raise damaged(self.path, "its header is not the one that was written")
        found = parsed(raw, self.path, "its header")
        if not isinstance(found, dict):
            raise damaged(self.path, "its header names no arrays")
        said = found.pop("__metadata__", {})
        if type(said) is not dict or not all(type(v) is str for v in said.values()):
            raise damaged(self.path, "what its header says besides is not text")
        if ours or said.get("format") == "autograd_nn" or {"checksum", "sums"} & set(said):
            if not ours or said.get("version") != "1":
                raise ModelFileError(
                    f"{self.path} is of version {said.get('version')!r}, or damaged; expected "
                    "version '1'. Read it with the autograd_nn that wrote it, or a later one."
                )
        return said, found

    def __getitem__(self, name: str) -> np.ndarray:
        code, shape, start, total = self._entries[name]
        brain = code == _BRAIN
        dtype = np.dtype("uint16" if brain else DTYPES[code]).newbyteorder("<")
        try:
            array = np.empty(shape, dtype)
        except ValueError:  # dimensions of an array without entries may still be too large
            raise damaged(self.path, f"{name!r} has the shape {shape}") from None
        raw = array.reshape(-1).view(np.uint8).data
        self._file.seek(start)
        with Sums(0 if total is None else len(raw)) as sums:
            for at in range(0, len(raw), PIECE):
                piece = raw[at : at + PIECE]
                _into(self._file, self.path, piece)
                if total is not None:
                    sums.add(piece)
            sums.end()
        if total is not None and f"{sums.total():08x}" != total:
            raise damaged(self.path, f"the contents of {name!r} are not what was written")
        if brain:
            return from_bits(array)
        if code == "BOOL" and (array.view(np.uint8) > 1).any():
            raise damaged(self.path, f"{name!r} holds truths that are neither 0 nor 1")
        return array.astype(dtype.newbyteorder("="), copy=False)

    def shape(self, name: str) -> tuple[int, ...]:
        """An array's shape, known without reading it."""
        return self._entries[name][1]

    @property
    def nbytes(self) -> int:
        """How many bytes the arrays take together."""
        return sum(_bytes(code, shape) for code, shape, *_ in self._entries.values())

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def close(self) -> None:
        """Closes the file; what was read stays."""
        self._file.close()

    def __enter__(self) -> Tensors:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _begins(entry: Any) -> tuple[int, int]:
    """Where an array is said to begin and to end; anything else is refused later."""
    places = entry.get("data_offsets") if isinstance(entry, dict) else None
    plain = isinstance(places, list) and len(places) == 2 and all(type(p) is int for p in places)
    return (places[0], places[1]) if plain else (-1, -1)


def _entry(path: str, name: str, entry: Any) -> tuple[str, tuple[int, ...], int, int]:
    """An array's dtype, shape and place; raises ModelFileError where they contradict each other."""
    start, end = _begins(entry)
    if start < 0 or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise damaged(path, f"its header does not say where {name!r} is")
    code, shape = entry["dtype"], entry["shape"]
    if type(code) is not str or code not in (*DTYPES, _BRAIN):
        raise ModelFileError(
            f"{path} holds {name!r} as {code!r}; expected one of {', '.join(DTYPES)}. Convert it "
            "where it was made."
        )
    whole = type(shape) is list and len(shape) <= RANK and all(type(n) is int for n in shape)
    if not whole or any(not 0 <= n < 2**62 for n in shape):
        raise damaged(path, f"{name!r} has the shape {str(shape)[:60]}")
    if end - start != _bytes(code, tuple(shape)):
        raise damaged(path, f"{name!r} has {end - start} bytes", f"{_bytes(code, tuple(shape))}")
    return code, tuple(shape), start, end


def _bytes(code: str, shape: tuple[int, ...]) -> int:
    return math.prod(shape) * (2 if code == _BRAIN else np.dtype(DTYPES[code]).itemsize)


def _exactly(file: BinaryIO, path: str, count: int) -> bytes:
    raw = bytearray(count)
    _into(file, path, memoryview(raw))
    return bytes(raw)


def _into(file: Any, path: str, place: memoryview) -> None:
    """Reads until a place is full."""
    done = 0
    while done < len(place):
        count = file.readinto(place[done:])
        if not count:
            raise damaged(path, "it ends before its contents do")
        done += count
