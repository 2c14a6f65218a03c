"""Files that take another's place whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PART = ".part"
STRETCH = 32 << 20  # bytes that are written before they begin to be synced


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """A file to write, which stands at ``path`` once it is whole and on the disk.

    It is written beside, synced and renamed, and the folder is synced: whoever reads meanwhile, and
    whoever comes after a crash, finds the old contents or the new. Of two that write at once one
    wins. Raises OSError, which names the path; the old file is then as it was.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with replacing(Path(folder, "a.bin")) as file:
    ...         _ = file.write(b"whole")
    ...     Path(folder, "a.bin").read_bytes(), len(os.listdir(folder))
    (b'whole', 1)
    """
    target = Path(os.path.realpath(path))  # a link stays one: what it points at is replaced
    beside = target
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        kept = False
        while not kept:
            beside = target.with_name(f".{target.name[:100]}.{secrets.token_hex(8)}{PART}")
            file = os.fdopen(os.open(beside, flags, 0o666), "wb+")
            kept = _kept(file)
            if not kept:
                file.close()
        with file:  # held until it has its name, for whoever finds it free takes it for a dead one
            yield file
            file.flush()
            os.fsync(file.fileno())
            if os.name == "nt":  # where no file that is open is renamed, and nothing is cleared
                file.close()
            with suppress(FileNotFoundError):
                os.chmod(beside, target.stat().st_mode & 0o7777)
            os.replace(beside, target)
            _sync(target.parent)
    except BaseException as error:
        if beside != target:
            with suppress(OSError):
                os.unlink(beside)
        if isinstance(error, OSError) and error.filename in (None, os.fspath(beside)):
            code, text = error.errno or 0, error.strerror or str(error)
            if isinstance(error, FileNotFoundError) and not target.parent.is_dir():
                text = f"there is no folder {os.fspath(target.parent)!r}; make it first"
            raise type(error)(code, f"{text}: could not be written", os.fspath(path)) from error
        raise
    _clear(target)


class Ahead:
    """Has a file synced while more of it is written, so that little is left to be at its end.

    Left in a ``with``, it waits, and raises the OSError that the last sync met.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._since = file, 0
        self._thread: threading.Thread | None = None
        self._error: OSError | None = None

    def wrote(self, count: int) -> None:
        """So many bytes more are written; raises OSError where those before could not be synced."""
        self._since += count
        if self._since < STRETCH or self._thread is not None and self._thread.is_alive():
            return
        self._end()
        self._since = 0
        thread = threading.Thread(target=self._sync, name="autograd_nn-sync", daemon=True)
        with suppress(RuntimeError):  # a process that ends starts none
            thread.start()
            self._thread = thread

    def _sync(self) -> None:
        try:
            os.fsync(self._file.fileno())
        except OSError as error:  # which the system tells but once
            self._error = error

    def _end(self) -> None:
        if self._thread is not None:
            self._thread.join()
        if self._error is not None:
            raise self._error

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._end()
        elif self._thread is not None:
            self._thread.join()


def _sync(folder: Path) -> None:
    """The folder's entries on the disk, where folders can be synced."""
    with suppress(OSError):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _kept(file: BinaryIO) -> bool:
    """Holds a part that was begun; False where it was taken for a dead one's, and cleared away."""
    try:
        from fcntl import LOCK_EX, flock
    except ImportError:
        return True
    with suppress(OSError):  # where there are no locks nobody clears
        flock(file, LOCK_EX)
    return os.fstat(file.fileno()).st_nlink > 0


def _dead(file: BinaryIO) -> bool:
    """Whether nobody holds a part."""
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock
    except ImportError:
        return False
    try:
        flock(file, LOCK_EX | LOCK_NB)
    except OSError:
        return False
    return True


def _clear(target: Path) -> None:
    """Removes parts that writers who were killed left beside a file."""
    with suppress(OSError):
        start = f".{target.name[:100]}."
        for name in os.listdir(target.parent):
            tail = name.removeprefix(start).removesuffix(PART)
            if name == f"{start}{tail}{PART}" and len(tail) == 16 and tail.isalnum():
                beside = target.with_name(name)
                with suppress(OSError), open(beside, "rb") as file:
                    if _dead(file):
                        os.unlink(beside)


def free(name: str, overwrite: bool) -> None:
    """Raises FileExistsError for a name that is taken, where it is not to be overwritten."""
    if not overwrite and Path(name).exists():
        raise FileExistsError(
            f"received overwrite=False and {name!r}, which is there; expected a "
            "name that is free. Choose another, or pass overwrite=True."
        )
