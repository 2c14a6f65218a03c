"""A part of what fuzz.py tries: files of every format, changed at random."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.nn.files import fuzz
from tests.nn.files.formats import server

pytestmark = pytest.mark.skipif(
    not os.path.exists("/proc/self/statm"), reason="memory is measured as Linux tells it"
)


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    """One process for all: what this one has taken may go amid a case, and would hide what that
    takes; and a hook that hears of every `id` stays, for the tests that follow to pay."""
    pytest.importorskip("h5py")
    pytest.importorskip("PIL")
    folder = tmp_path_factory.mktemp("apart")
    with ProcessPoolExecutor(1, get_context("spawn"), _serve, (folder,)) as executor:
        yield executor


def _serve(folder: Path) -> None:
    _serving.enter_context(server(folder))  # which ends with the process


_serving = ExitStack()


@pytest.mark.parametrize("name", fuzz.FORMATS)
def test_changed_files_are_read_or_refused(name: str, tmp_path: Path, apart: Executor) -> None:
    found = apart.submit(fuzz.run, name, 40, 7, tmp_path, few=True).result()
    assert set(found) == {"read", "refused"}, found
    assert found.total() == 40


def test_what_is_watched_is_seen(tmp_path: Path, apart: Executor) -> None:
    """A reader that opens, imports or keeps what the file says is found out."""
    apart.submit(is_seen, tmp_path).result()


def is_seen(folder: Path) -> None:
    form = fuzz.FORMATS["idx"](folder)
    watch, path = fuzz.watching(), folder / "a.gz"
    gc.collect()  # what went amid a case would hide what the case takes

    def opens(path: Path) -> None:
        open(os.devnull).close()

    def fails(path: Path) -> None:
        raise KeyError("a")

    def says_little(path: Path) -> None:
        raise form.errors[0]("it is damaged")

    held = []
    for read, words in (
        (opens, "besides"), (fails, "KeyError"), (says_little, "names no file"),
        (lambda path: held.append(b"\1" * (80 << 20)), "MB"),
    ):  # fmt: skip
        form.read = read
        with pytest.raises(fuzz.Fault, match=words):
            fuzz.tried(form, b"x", path, watch)
        held.clear()
