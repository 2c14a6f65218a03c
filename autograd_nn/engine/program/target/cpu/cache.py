"""Compiled kernels on disk, by content: loaded in a millisecond, never trusted unread.

The key is a digest of the kernel's source and of everything else its code depends on: the versions
of Numba, llvmlite and Python, the processor and its features. A file is written under another name
and renamed, so a reader sees all of it or none. It carries a keyed digest (HMAC) whose key lies in
the same private directory, readable by its owner only: a file that was truncated, damaged or put
there by somebody else is not loaded but compiled again. Nothing is unpickled.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from autograd_nn.engine import kernels
from autograd_nn.engine.program.target.cpu.compiler import Code, Source

try:
    import fcntl
except ImportError:  # Windows: no locks between processes there
    fcntl = None  # type: ignore[assignment]

MAGIC = b"autograd_nn kernel 1\n"
DIGEST = 32
KEY_FILE = "key"
LIMIT = 1 << 24  # bytes; no kernel comes near
LEFT = "left-"  # begins the names of sources that nobody has compiled yet
# What is not a plain file must neither be followed nor block.
READ = os.O_RDONLY
for _flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
    READ |= getattr(os, _flag, 0)


@cache
def fingerprint() -> str:
    """What code depends on besides its source."""
    import platform
    from importlib.metadata import version

    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features().flatten()
    parts = [version("numba"), version("llvmlite"), version("numpy"), sys.version]
    parts += [platform.machine(), sys.platform, llvm.get_host_cpu_name(), features]
    written = sorted(Path(kernels.__file__).parent.glob("*.py"))
    for path in (*written, Path(__file__).with_name("compiler.py")):
        try:
            parts.append(hashlib.sha256(path.read_bytes()).hexdigest())
        except OSError:
            parts.append("unread")
    return "\n".join(parts)


def key_of(source: Source) -> str:
    """The content address of a kernel's code."""
    text = f"{fingerprint()}\n{source.name}\n{source.text}"
    return hashlib.sha256(text.encode()).hexdigest()


class Cache:
    """A directory of compiled kernels; every failure of it is as if it were empty."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = default_path() if path is None else path
        self._key: bytes | None = None
        self._refused = False

    def secret(self) -> bytes | None:
        """The directory's key; None where the directory cannot be used or is not ours alone."""
        if self._key is not None or self._refused or self.path is None:
            return self._key
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _private(self.path.lstat(), directory=True):
                self._refused = True
                return None
            self._key = self._read_key() or self._make_key()
        except OSError:
            self._refused = True
        return self._key

    def _read_key(self) -> bytes | None:
        assert self.path is not None
        try:
            descriptor = os.open(self.path / KEY_FILE, READ)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            if not _private(os.fstat(file.fileno())):
                raise PermissionError("the key file is open to others")
            key = file.read(DIGEST + 1)
        return key if len(key) == DIGEST else None

    def _make_key(self) -> bytes | None:
        assert self.path is not None
        key = os.urandom(DIGEST)
        name = self._write(key)
        target = self.path / KEY_FILE
        try:
            os.link(name, target)  # fails where another process was first: then theirs is the key
        except FileExistsError:
            theirs = self._read_key()
            if theirs is None:  # truncated: ours replaces it
                os.replace(name, target)
                return key
            return theirs
        finally:
            if os.path.exists(name):
                os.unlink(name)
        return key

    def _write(self, data: bytes) -> str:
        assert self.path is not None
        descriptor, name = tempfile.mkstemp(dir=self.path, prefix="new-")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
        except BaseException:
            os.unlink(name)
            raise
        return name

    def get(self, key: str) -> Code | None:
        """The code of a key; None where there is none that can be trusted."""
        body = self._sealed(key)
        if body is None:
            return None
        head, _, code = body.partition(b"\n")
        symbol, needs = json.loads(head)
        return Code(symbol, tuple(needs), code)

    def put(self, key: str, code: Code) -> None:
        """Keeps the code of a key; silently does not where the disk refuses."""
        self._seal_in(key, json.dumps([code.symbol, code.needs]).encode() + b"\n" + code.data)

    def leave(self, source: Source) -> None:
        """Notes a source for whoever next has time to compile it."""
        self._seal_in(LEFT + key_of(source), json.dumps([source.name, source.text]).encode())

    def left(self) -> Iterator[Source]:
        """Takes the sources that were left, one by one."""
        if self.secret() is None or self.path is None:
            return
        try:
            names = [name for name in os.listdir(self.path) if name.startswith(LEFT)]
        except OSError:
            return
        for name in names:
            body = self._sealed(name)
            try:
                os.unlink(self.path / name)  # first: one that ends the compiler is met once
            except OSError:  # somebody else took it
                continue
            if body is not None:
                yield Source(*json.loads(body))

    def lock(self, name: str) -> int | None:
        """A descriptor that holds the lock of a file of that name; None where there are no locks.

        Raises BlockingIOError where another process holds it.
        """
        if fcntl is None or self.path is None:
            return None
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self.path / name, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def _sealed(self, name: str) -> bytes | None:
        """What a file holds; None where there is none, or none that can be trusted."""
        secret = self.secret()
        if secret is None or self.path is None:
            return None
        try:
            with os.fdopen(os.open(self.path / name, READ), "rb") as file:
                if not _private(os.fstat(file.fileno())):
                    return None
                data = file.read(LIMIT + 1)
        except OSError:
            return None
        body = data[len(MAGIC) + DIGEST :]
        given = data[len(MAGIC) : len(MAGIC) + DIGEST]
        if not data.startswith(MAGIC) or len(data) > LIMIT:
            return None
        return body if hmac.compare_digest(given, _seal(secret, name, body)) else None

    def _seal_in(self, name: str, body: bytes) -> None:
        secret = self.secret()
        if secret is None or self.path is None:
            return
        try:
            written = self._write(MAGIC + _seal(secret, name, body) + body)
        except OSError:
            return
        try:
            os.replace(written, self.path / name)
        except OSError:
            with suppress(OSError):
                os.unlink(written)


def _seal(secret: bytes, key: str, body: bytes) -> bytes:
    return hmac.digest(secret, key.encode() + b"\n" + body, "sha256")


def _private(info: os.stat_result, directory: bool = False) -> bool:
    """Whether a file (or directory) is ours and nobody else can write it."""
    right_kind = stat.S_ISDIR(info.st_mode) if directory else stat.S_ISREG(info.st_mode)
    if not hasattr(os, "getuid"):
        return right_kind
    return right_kind and info.st_uid == os.getuid() and not info.st_mode & 0o022


def default_path() -> Path | None:
    """AUTOGRAD_NN_CACHE, or the user's cache directory; None: no cache (AUTOGRAD_NN_CACHE=off)."""
    given = os.environ.get("AUTOGRAD_NN_CACHE")
    if given is not None:
        return None if given in ("", "off", "0") else Path(given)
    base = os.environ.get("XDG_CACHE_HOME")
    if base is None:
        if sys.platform == "win32":
            base = os.environ.get("LOCALAPPDATA")
        else:
            base = os.path.expanduser("~/.cache")
    if not base or base.startswith("~"):
        return None
    return Path(base) / "autograd_nn" / "kernels"
