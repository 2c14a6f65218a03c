"""Archives unpacked into a folder of their own: nothing of them lands anywhere else."""

from __future__ import annotations

import errno
import lzma
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from autograd_nn.nn.regular import regular
from autograd_nn.nn.zips import Spoilt, opened

KINDS = ("tar", "zip")
ROOM, RATIO = 1 << 30, 100  # bytes that an archive may unpack to, and times its own size
HEADER = 1 << 20  # bytes of what says a member's name and the like
MEMBERS, SHARE = 10_000, 100  # members that there may be, and one for so many bytes
DAMAGED = (
    EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, tarfile.TarError, RuntimeError,
    NotImplementedError,
)  # fmt: skip


def unpack(archive: Path, folder: Path, kinds: Sequence[str] = KINDS) -> bool:
    """Unpacks a .tar (gzipped or otherwise packed) or .zip; False where the file is neither.

    The folder takes its place when all is unpacked, or stays as it was. Raises ValueError for a
    member that would land outside it, for links that lead outside and for devices, for what
    unpacks to far more than it is, and for a damaged archive.
    """
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        raise ValueError(f"received archive_format={unknown}; expected of {list(KINDS)}.")
    with _whole(archive):
        is_tar = "tar" in kinds and _is_tar(archive)
        if not is_tar and not ("zip" in kinds and zipfile.is_zipfile(archive)):
            return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        with _whole(archive):
            (_tar if is_tar else _zip)(archive, beside)
        if folder.is_dir():
            shutil.rmtree(folder)
        beside.rename(folder)
        folder.chmod(0o755)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return True


@contextmanager
def _whole(archive: Path) -> Iterator[None]:
    """Whatever a damaged archive makes a library raise, as ValueError that names it."""
    try:
        yield
    except Spoilt as error:
        raise ValueError(
            f"{archive}: received an archive that is refused: {error}. Unpack it by hand if it "
            "is to be trusted."
        ) from None
    except (OSError, *DAMAGED) as error:
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            raise ValueError(
                f"{archive}: received an archive with a name of {len(str(error.filename)):,} "
                "characters; expected shorter ones. Unpack it by hand."
            ) from None
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise  # of the system, not of the archive
        raise ValueError(
            f"{archive}: received a damaged archive, or one under a password ({error}); "
            "expected a whole one. Remove it to have it fetched again."
        ) from None


class _Member(tarfile.TarInfo):
    """A member whose headers are small: tarfile reads them whole, however long they say they are.
    """

    def _proc_member(self, file: tarfile.TarFile) -> Any:
        if not self.isreg() and self.size > HEADER:
            raise ValueError(
                f"{file.name!s}: received a hostile archive: a header of {self.size:,} bytes; "
                f"expected at most {HEADER:,}."
            )
        return super()._proc_member(file)  # type: ignore[misc]


def _is_tar(archive: Path) -> bool:
    open(archive, "rb", opener=regular).close()
    try:
        tarfile.open(archive, tarinfo=_Member).close()
    except tarfile.TarError:
        return False
    return True


def _within(archive: Path, sizes: Iterable[int]) -> None:
    """Raises ValueError where members are too many, or their sizes add up to too much."""
    total, most = 0, ROOM + RATIO * archive.stat().st_size
    count = MEMBERS + archive.stat().st_size // SHARE
    for i, size in enumerate(sizes):
        if i >= count:
            raise ValueError(
                f"{archive}: received an archive of more than {count:,} members; expected at most "
                "so many. Unpack it by hand if it is to be trusted."
            )
        total += size
        if total > most:
            raise ValueError(
                f"{archive}: received an archive that unpacks to more than {most:,} bytes; "
                "expected at most so many. Unpack it by hand if it is to be trusted."
            )


def _tar(archive: Path, folder: Path) -> None:
    _within(archive, (member.size for _, member in _members(archive)))
    try:
        for file, member in _members(archive):
            if member.islnk() and not (folder / member.linkname).exists():
                raise ValueError(
                    f"{archive}: received a hostile archive: {member.name!r} is a link to what is "
                    "not before it."
                )
            file.extract(member, folder, filter="data")
    except tarfile.FilterError as error:
        raise ValueError(f"{archive}: received a hostile archive: {error}.") from None


def _members(archive: Path) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """A tape's members, one after the other: none is kept, however many there are."""
    with tarfile.open(archive, tarinfo=_Member) as file:
        while (member := file.next()) is not None:
            file.members.clear()  # type: ignore[attr-defined]
            if "\0" in member.name + member.linkname:
                raise ValueError(
                    f"{archive}: received a hostile archive: {member.name!r} is no file's name."
                )
            yield file, member


def _zip(archive: Path, folder: Path) -> None:
    with open(archive, "rb", opener=regular) as raw, opened(raw) as file:
        for name in file.namelist():
            for kind in (PurePosixPath, PureWindowsPath):
                path = kind(name)
                if path.is_absolute() or path.drive or ".." in path.parts:
                    raise ValueError(
                        f"{archive}: received a hostile archive: {name!r} leads outside it."
                    )
        _within(archive, (member.file_size for member in file.infolist()))
        file.extractall(folder)
