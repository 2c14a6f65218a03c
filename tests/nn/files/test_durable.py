"""A file is replaced whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from autograd_nn.nn.saving import durable
from autograd_nn.nn.saving.durable import replacing


def _write(path: Path, contents: bytes) -> None:
    with replacing(path) as file:
        file.write(contents)


def test_whoever_is_interrupted_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    _write(path, b"old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as file:
        file.write(b"half of the n")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


CALLS = ("open", "fdopen", "fsync", "replace", "chmod")


@pytest.mark.parametrize("call", CALLS)
def test_an_error_of_any_call_names_the_path(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.bin"
    _write(path, b"old")

    def fails(*args: Any, **kwargs: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fails)
        with pytest.raises(OSError, match=r"No space left.*a\.bin"):
            _write(path, b"new")
    assert path.read_bytes() == b"old"
    _write(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_a_short_write_goes_on(tmp_path: Path) -> None:
    with replacing(tmp_path / "a.bin") as file:
        assert file.write(b"x" * 3_000_000) == 3_000_000
    assert (tmp_path / "a.bin").stat().st_size == 3_000_000


def test_mode_and_links_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "a.bin", tmp_path / "link"
    _write(path, b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    _write(link, b"new")
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_parts_of_the_dead_are_cleared_and_those_of_the_living_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    dead = tmp_path / f".a.bin.{'0' * 16}.part"
    dead.write_bytes(b"half")
    other = tmp_path / ".b.bin.0000000000000000.part"
    other.write_bytes(b"of another file")
    with replacing(path) as slow:
        slow.write(b"slow")
        _write(path, b"fast")
        assert path.read_bytes() == b"fast"
        assert not dead.exists()
    assert path.read_bytes() == b"slow"
    assert other.exists()


@pytest.mark.parametrize("call", ["fdopen", "replace"])
def test_nobody_clears_away_what_is_being_written(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer may come before a part is held, and before it has its name."""
    pytest.importorskip("fcntl")
    path, own, calls = tmp_path / "a.bin", getattr(os, call), []

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        calls.append(call)
        if len(calls) == 1:
            durable._clear(path)
        return own(*args, **kwargs)

    monkeypatch.setattr(os, call, interrupted)
    _write(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a.bin"]
    assert len(calls) == (2 if call == "fdopen" else 1)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.EDQUOT, errno.EIO])
def test_a_folder_that_takes_no_file_is_told_with_the_path(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.bin"
    _write(path, b"old")
    own = os.open

    def refused(name: Any, flags: int, *mode: int) -> int:
        if flags & os.O_CREAT:
            raise OSError(code, os.strerror(code), os.fspath(name))
        return own(name, flags, *mode)

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(OSError, match=rf"{os.strerror(code)}: could not be written: .*/a\.bin'"):
        _write(path, b"new")
    assert path.read_bytes() == b"old"


def test_an_error_while_more_is_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system tells of a failed sync once: the first, not that at the end."""
    path, own, count = tmp_path / "a.bin", os.fsync, []
    _write(path, b"old")

    def fails(fd: int) -> None:
        count.append(fd)
        if len(count) == 1:
            raise OSError(errno.EIO, "Input/output error")
        own(fd)

    monkeypatch.setattr(os, "fsync", fails)
    monkeypatch.setattr(durable, "STRETCH", 10)
    with (
        pytest.raises(OSError, match=r"Input/output error.*a\.bin"),
        replacing(path) as file, durable.Ahead(file) as ahead,
    ):  # fmt: skip
        for _ in range(3):
            file.write(b"x" * 20)
            ahead.wrote(20)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="missing"):
        _write(tmp_path / "missing" / "a.bin", b"new")
