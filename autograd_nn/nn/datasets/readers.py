"""Files of arrays as they are published: NumPy's .npz, MNIST's IDX, tapes of pickles.

None of these readers runs what a file names, and none asks for more memory than `most` bytes,
whatever a file declares: what it declares is read piece by piece and compared with what comes.
"""

from __future__ import annotations

import gzip
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from autograd_nn.nn.datasets import pickles
from autograd_nn.nn.datasets.errors import DataError
from autograd_nn.nn.npz import arrays
from autograd_nn.nn.regular import regular
from autograd_nn.nn.zips import BROKEN, PIECE, Spoilt


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Whatever a damaged file makes a library raise, as a DataError that names the file."""
    try:
        yield
    except DataError:
        raise
    except (*BROKEN, gzip.BadGzipFile) as error:
        raise DataError(
            f"{path}: received a damaged file ({error}); expected a whole one. Remove it to have "
            "it fetched again."
        ) from None


def _pull(file: Any, count: int, where: str) -> bytearray:
    """So many bytes, read piece by piece: a false count costs nothing."""
    found = bytearray()
    while len(found) < count:
        piece = file.read(min(PIECE, count - len(found)))
        if not piece:
            raise DataError(
                f"{where}: received {len(found)} bytes of data; expected {count}, as it declares. "
                "The file is damaged: remove it to have it fetched again."
            )
        found += piece
    return found


def _within(count: int, most: int, where: str) -> None:
    if count > most:
        raise DataError(
            f"{where}: received a file that declares {count} bytes; expected at most {most}. It is "
            "not the published file."
        )


def npz(path: Path, names: tuple[str, ...], most: int) -> list[np.ndarray]:
    """The arrays of these names in a .npz file, ``most`` bytes in all at most.

    Arrays of objects are read as lists of numbers (`pickles`). Raises DataError for a file that is
    none, that lacks a name, that is damaged or unpacks to more.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a.npz")
    >>> np.savez(file, x=np.arange(3))
    >>> npz(file, ("x",), 100)[0].tolist()
    [0, 1, 2]
    """
    with _reading(path), open(path, "rb", opener=regular) as file:
        try:
            objects = partial(_objects, path, os.fstat(file.fileno()).st_size)
            return list(arrays(file, most, names, objects).values())
        except KeyError as error:
            raise DataError(
                f"{path}: received a file without the array {error}; expected {list(names)}."
            ) from None


def _objects(
    path: Path, size: int, raw: memoryview, name: str, shape: tuple[int, ...]
) -> np.ndarray:
    found = pickles.read(raw, f"{path}, {name}", size)
    if not isinstance(found, np.ndarray) or found.shape != shape:
        raise Spoilt(f"{name!r} is a pickle of something else; expected an array")
    return found


def idx(path: Path, most: int) -> np.ndarray:
    """The bytes in an IDX file, gzipped or not: 0, 0, 8, the number of axes, their sizes, entries.

    Source: LeCun et al., the MNIST database. Raises DataError for other files, for sizes that do
    not fit what is there, and for more than ``most`` bytes.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a")
    >>> _ = file.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 5, 6]))
    >>> idx(file, 100).tolist()
    [5, 6]
    """
    with _reading(path), open(path, "rb", opener=regular) as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        file: Any = gzip.GzipFile(fileobj=raw) if packed else raw
        head = _pull(file, 4, str(path))
        if head[:3] != b"\0\0\x08" or not 1 <= head[3] <= 4:
            raise DataError(
                f"{path}: received a file that begins with {bytes(head)!r}; expected IDX of bytes, "
                "which begins with 0, 0, 8 and the number of axes."
            )
        shape = np.frombuffer(_pull(file, 4 * head[3], str(path)), ">u4").tolist()
        size = math.prod(shape)
        _within(size, most, str(path))
        entries = _pull(file, size, str(path))
        if file.read(1):
            raise DataError(f"{path}: received more than the {size} bytes that it declares.")
        return np.frombuffer(entries, np.uint8).reshape(shape)


def tape(path: Path, names: tuple[str, ...], most: int) -> dict[str, Any]:
    """The pickles of these names on a gzipped tape (.tar.gz), of ``most`` bytes each at most.

    Nothing is unpacked to the disk. Raises DataError for other files, and for names that are not
    there.
    """
    found: dict[str, Any] = {}
    with _reading(path), open(path, "rb", opener=regular) as raw, gzip.open(raw) as file:
        whole = os.fstat(raw.fileno()).st_size
        for name, size, pull in _members(file, str(path)):
            if name in names and name not in found:
                _within(size, most, f"{path}, {name}")
                found[name] = pickles.read(pull(), f"{path}, {name}", whole)
            if len(found) == len(names):
                break
    if missing := [name for name in names if name not in found]:
        raise DataError(f"{path}: received a tape without {missing}; expected {list(names)}.")
    return found


def _members(file: Any, where: str) -> Iterator[tuple[str, int, Callable[[], bytearray]]]:
    """The plain files on a tape: name, size, and what reads it. Others are passed over unread."""
    while (head := file.read(512)) and any(head):
        if len(head) < 512 or head[257:262] != b"ustar":
            raise DataError(f"{where}: received a file that is no tape (.tar.gz); expected one.")
        size = int(head[124:136].strip(b" \0") or b"0", 8)
        name = head[:100].split(b"\0")[0].decode("latin1")
        end = file.tell() + -(-size // 512) * 512
        if head[156:157] in (b"0", b"\0"):
            yield name, size, lambda size=size: _pull(file, size, where)  # type: ignore[misc]
        while (left := end - file.tell()) > 0:
            if not file.read(min(left, PIECE)):
                raise DataError(f"{where}: received a tape that breaks off in {name!r}.")
