"""What a .keras holds where no such file is: as files of a folder, or in a file that is open."""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograd_nn.nn.saving.durable import free, replacing
from autograd_nn.nn.saving.keras import zipped


def is_one(path: Any) -> bool:
    """Whether a model is kept in a folder of this name."""
    named = isinstance(path, str | os.PathLike)
    return named and os.path.isfile(os.path.join(os.fspath(path), "config.json"))


def save(model: Any, to: Any, overwrite: bool, include_optimizer: bool) -> None:
    """Writes a model to a folder, or to a file that is open.

    Raises ValueError for a folder whose name ends as a file's does.
    """
    open_file = hasattr(to, "write")
    if not open_file:
        name = os.fspath(to)
        if name.endswith((".keras", ".h5", ".hdf5")):
            raise ValueError(
                f"received {name!r} and zipped=False; expected the name of a folder, which should "
                "not end in .keras or .h5. Take another name, or leave zipped out."
            )
        free(name, overwrite)
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place, "model.keras")
        zipped.save(model, whole, include_optimizer)
        if open_file:
            with open(whole, "rb") as file:
                shutil.copyfileobj(file, to)
            return
        os.makedirs(name, exist_ok=True)
        with zipfile.ZipFile(whole) as archive:
            for member in archive.namelist():
                target = Path(name, member)
                os.makedirs(target.parent, exist_ok=True)
                with archive.open(member) as source, replacing(target) as out:
                    shutil.copyfileobj(source, out)


def members(folder: Path) -> list[Path]:
    """Those files of a folder that a model is kept in."""
    named = [folder / name for name in ("config.json", "metadata.json", *zipped.STORES)]
    found = [*named, *sorted((folder / "assets").rglob("*"))]
    return [file for file in found if file.is_file() and not file.is_symlink()]


@contextmanager
def packed(source: Any) -> Iterator[str]:
    """Within ``with``, the path of a file of what a folder, or an open file, holds."""
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "model.keras")
        if hasattr(source, "read"):
            with open(path, "wb") as out:
                shutil.copyfileobj(source, out)
        else:
            with zipfile.ZipFile(path, "w") as archive:
                for inside in members(Path(source)):
                    archive.write(inside, inside.relative_to(source).as_posix())
        yield path
