"""Trees of arrays in HDF5 files: nothing beyond the file is followed, no size is believed.

An HDF5 file may point at other files, claim arrays it does not hold, and hold them compressed a
thousandfold; what Keras writes does none of it, and all of it is refused before it is read. It is
read in a process of its own (apart.py), for its library does not survive every file.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from autograd_nn.engine.halves import is_bfloat16
from autograd_nn.nn.regular import regular
from autograd_nn.nn.saving.errors import damaged
from autograd_nn.nn.saving.extras import extra
from autograd_nn.nn.saving.room import SPARE
from autograd_nn.nn.saving.strict import parsed
from autograd_nn.nn.saving.tensors import Tensors

VERSION = "3.15.1"  # of Keras, whose layout files are written in
SCRIPT = Path(__file__).with_name("apart.py")


class Tree:
    """The arrays and texts of a file, by their paths.

    source   the file, or its bytes.
    Raises ModelFileError for a file that is damaged or points elsewhere, ImportError without h5py.
    """

    def __init__(self, source: str | os.PathLike[str] | bytes | bytearray, path: str) -> None:
        if find_spec("h5py") is None:
            extra("h5py", "reading HDF5", "hdf5")
        self.path = path
        out: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        try:
            if isinstance(source, bytes | bytearray):
                self._run(len(source), out, {"input": source})
            else:
                with open(source, "rb", opener=regular) as file:
                    self._run(os.fstat(file.fileno()).st_size, out, {"stdin": file})
            self.arrays = Tensors(path, out)
        except BaseException:
            out.close()
            raise
        said = self.arrays.said.get("texts", "{}")
        self._texts = parsed(said, path, "what stands beside its groups")

    def _run(self, size: int, out: BinaryIO, given: dict[str, Any]) -> None:
        found = subprocess.run(
            [sys.executable, "-I", os.fspath(SCRIPT), str(size), str(SPARE)],
            stdout=out, stderr=subprocess.PIPE, check=False, **given,
        )  # fmt: skip
        if found.returncode:
            lines = found.stderr.decode(errors="replace").strip().splitlines()
            died = "HDF5's library did not survive it"
            raise damaged(self.path, lines[-1][:300] if lines else died)
        out.seek(0)

    def read(self, name: str) -> np.ndarray:
        """An array; raises ModelFileError where there is none of that name."""
        if _place(name) not in self.arrays:
            raise damaged(self.path, f"it has no array {name!r}")
        return self.arrays[_place(name)]

    def text(self, name: str, group: str = "/") -> str | None:
        """A text that stands beside a group; None where there is none."""
        value = self._texts.get(_place(group), {}).get(name)
        return value if isinstance(value, str) else None

    def texts(self, name: str, group: str) -> list[str]:
        """A list of texts that stands beside a group; Keras cuts long ones in pieces."""
        held = self._texts.get(_place(group), {})
        pieces = [name] if name in held else []
        while f"{name}{len(pieces)}" in held:
            pieces.append(f"{name}{len(pieces)}")
        return [str(t) for piece in pieces for t in held[piece]]

    def close(self) -> None:
        self.arrays.close()

    def __enter__(self) -> Tree:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _place(name: str) -> str:
    """A path as HDF5 takes it: what is empty, and '.', is left out."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))


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
            made = file.create_dataset(name, data=array)
            if is_bfloat16(array.dtype):  # which HDF5 has no name for
                made.attrs["dtype"] = "bfloat16"
        for group, texts in attributes.items():
            for name, value in texts.items():
                file.require_group(group).attrs[name] = value
    return buffer.getvalue()
