"""A part of what fuzz.py tries: files of every format, changed at random."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nn.files import fuzz
from tests.nn.files.formats import server

pytestmark = [
    pytest.mark.skipif(
        not os.path.exists("/proc/self/statm"), reason="memory is measured as Linux tells it"
    ),
    pytest.mark.usefixtures("idle"),  # what goes meanwhile would hide what a file takes
]


@pytest.fixture(scope="module", autouse=True)
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    pytest.importorskip("h5py")
    pytest.importorskip("PIL")
    with server(tmp_path_factory.mktemp("apart")):
        yield


@pytest.mark.parametrize("name", fuzz.FORMATS)
def test_changed_files_are_read_or_refused(name: str, tmp_path: Path) -> None:
    found = fuzz.run(name, 40, 7, tmp_path, few=True)
    assert set(found) == {"read", "refused"}, found
    assert found.total() == 40


def test_what_is_watched_is_seen(tmp_path: Path) -> None:
    """A reader that opens, imports or keeps what the file says is found out."""
    form = fuzz.FORMATS["idx"](tmp_path)
    watch, path = fuzz.watching(), tmp_path / "a.gz"
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
