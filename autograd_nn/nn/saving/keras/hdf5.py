"""Trees of arrays in HDF5 files: nothing beyond the file is followed, no size is believed.

An HDF5 file may point at other files, claim arrays it does not hold, and hold them compressed a
thousandfold; what Keras writes does none of it, and all of it is refused before it is read.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_nn.nn.saving.errors import ModelFileError, damaged
from autograd_nn.nn.saving.extras import extra

FIRST = b"\x89HDF\r\n\x1a\n"
SPARE = 16 << 20  # bytes that arrays may take beyond those of the file
OBJECTS = 200_000  # groups and arrays in a file
DEPTH = 64


class Tree:
    """The groups, arrays and texts of a file, by their paths.

    Raises ModelFileError for a file that is damaged or points elsewhere, ImportError without h5py.
    """

    def __init__(self, source: Any, path: str) -> None:
        self.path = path
        self._h5py = extra("h5py", "reading HDF5", "hdf5")
        size = (
            source.getbuffer().nbytes if isinstance(source, io.BytesIO) else os.path.getsize(source)
        )
        self._left = size + SPARE
        try:
            self.file = self._h5py.File(source, "r")
        except OSError as error:
            raise damaged(path, f"it is no HDF5 file ({error})") from None
        try:
            self.arrays = self._checked(lambda: dict(self._walk()))
        except BaseException:
            self.file.close()
            raise

    def _checked(self, read: Any) -> Any:
        """What a call of h5py gives; whatever it raises means that the file is damaged."""
        try:
            return read()
        except ModelFileError:
            raise
        except (
            OSError,
            RuntimeError,
            ValueError,
            TypeError,
            KeyError,
            MemoryError,
            OverflowError,
        ) as e:
            raise damaged(self.path, f"HDF5 says {str(e)[:200]}") from None

    def _walk(self) -> Iterator[tuple[str, Any]]:
        h5py = self._h5py
        waiting, seen = [("", self.file, 0)], {self._place(self.file)}
        while waiting:
            where, group, depth = waiting.pop()
            for name in group:
                link = group.get(name, getlink=True)
                if type(link) is not h5py.HardLink:
                    raise damaged(self.path, f"{where}{name} is a link to somewhere else")
                found = group[name]
                place = self._place(found)
                if place in seen or len(seen) > OBJECTS or depth > DEPTH:
                    raise damaged(self.path, f"{where}{name} is there twice, or too deep")
                seen.add(place)
                if isinstance(found, h5py.Group):
                    waiting.append((f"{where}{name}/", found, depth + 1))
                elif isinstance(found, h5py.Dataset):
                    self._check(f"{where}{name}", found)
                    yield f"{where}{name}", found
                else:
                    raise damaged(self.path, f"{where}{name} is neither a group nor an array")

    def _place(self, found: Any) -> Any:
        info = self._h5py.h5o.get_info(found.id)
        return info.fileno, info.addr

    def _check(self, name: str, found: Any) -> None:
        """Refuses an array that is elsewhere, or larger than what the file has of it."""
        layout = found.id.get_create_plist()
        if found.is_virtual or layout.get_external_count():
            raise damaged(self.path, f"{name} is kept in another file")
        if found.dtype.kind not in "fiub":
            raise damaged(self.path, f"{name} holds {found.dtype}", "numbers")
        nbytes = found.size * found.dtype.itemsize if found.shape is not None else 0
        plain = layout.get_nfilters() == 0
        if plain and found.id.get_storage_size() < nbytes:
            raise damaged(self.path, f"{name} claims {nbytes} bytes, and the file has fewer of it")
        self._left -= nbytes
        if self._left < 0:
            raise damaged(self.path, f"{name} is larger than the file has room for")

    def read(self, name: str) -> np.ndarray:
        """An array; raises ModelFileError where there is none of that name."""
        found = self.arrays.get(name)
        if found is None:
            raise damaged(self.path, f"it has no array {name!r}")
        array = self._checked(lambda: found[()])
        return np.asarray(array, np.asarray(array).dtype.newbyteorder("="))

    def text(self, name: str, group: str = "/") -> str | None:
        """A text that stands beside a group; None where there is none."""
        held = self._attribute(name, group)
        if held is None:
            return None
        value = held.decode(errors="replace") if isinstance(held, bytes) else held
        return value if isinstance(value, str) else None

    def texts(self, name: str, group: str) -> list[str]:
        """A list of texts that stands beside a group; Keras cuts long ones in pieces."""
        found = self._attribute(name, group)
        pieces = [found] if found is not None else []
        while (piece := self._attribute(f"{name}{len(pieces)}", group)) is not None:
            pieces.append(piece)
        return [
            t.decode(errors="replace") if isinstance(t, bytes) else str(t)
            for piece in pieces for t in np.ravel(piece).tolist()
        ]  # fmt: skip

    def _attribute(self, name: str, group: str) -> Any:
        def read() -> Any:
            owner = self.file if group == "/" else self.file.get(group)
            if owner is None or name not in owner.attrs:
                return None
            held = owner.attrs.get_id(name)
            if math.prod(held.shape or ()) * held.dtype.itemsize > self._left:
                raise damaged(self.path, f"the text {name!r} is larger than the file")
            return owner.attrs[name]

        return self._checked(read)

    def groups(self, under: str = "") -> list[str]:
        """The paths of the groups that hold arrays, those below one alone where it is named."""
        found = dict.fromkeys(name.rpartition("/")[0] for name in self.arrays)
        return [name for name in found if not under or name.startswith(f"{under}/")]

    def close(self) -> None:
        self.file.close()

    def __enter__(self) -> Tree:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def written(
    arrays: dict[str, np.ndarray], groups: list[str], attributes: dict[str, dict[str, Any]]
) -> bytes:
    """An HDF5 file as bytes: arrays by path, empty groups, and texts beside groups."""
    h5py = extra("h5py", "writing HDF5", "hdf5")
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name in groups:
            file.require_group(name)
        for name, array in arrays.items():
            file.create_dataset(name, data=array)
        for group, texts in attributes.items():
            for name, value in texts.items():
                file.require_group(group).attrs[name] = value
    return buffer.getvalue()
