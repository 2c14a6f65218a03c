"""Archives unpacked into a folder of their own: nothing of them lands anywhere else."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

KINDS = ("tar", "zip")


def unpack(archive: Path, folder: Path, kinds: Sequence[str] = KINDS) -> bool:
    """Unpacks a .tar (gzipped or otherwise packed) or .zip; False where the file is neither.

    The folder takes its place when all is unpacked, or stays as it was. Raises ValueError for a
    member that would land outside it, for links that lead outside and for devices.
    """
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise ValueError(f"received archive_format={unknown}; expected of {list(KINDS)}.")
    is_tar = "tar" in kinds and tarfile.is_tarfile(archive)
    if not is_tar and not ("zip" in kinds and zipfile.is_zipfile(archive)):
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        (_tar if is_tar else _zip)(archive, beside)
        if folder.is_dir():
            shutil.rmtree(folder)
        beside.rename(folder)
        folder.chmod(0o755)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return True


def _tar(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as file:
        try:
            file.extractall(folder, filter="data")
        except tarfile.FilterError as error:
            raise ValueError(f"{archive}: received a hostile archive: {error}.") from None


def _zip(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as file:
        for name in file.namelist():
            for kind in (PurePosixPath, PureWindowsPath):
                path = kind(name)
                if path.is_absolute() or path.drive or ".." in path.parts:
                    raise ValueError(
                        f"{archive}: received a hostile archive: {name!r} leads outside it."
                    )
        file.extractall(folder)
