"""Rooms that a reader finds through: what stands at each door, and how much lies in each."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = sorted(
    folder
    for top in ("autograd_nn", "examples", "tests", "benchmarks", "docs")
    for folder in (ROOT / top, *(ROOT / top).rglob("*"))
    if folder.is_dir() and any(f.suffix in (".py", ".md", ".json") for f in folder.iterdir())
)  # fmt: skip


def at_the_door(folder: Path) -> str:
    """What a folder says of itself: its package's docstring, or its README."""
    package, page = folder / "__init__.py", folder / "README.md"
    text = ast.get_docstring(ast.parse(package.read_text("utf-8"))) if package.exists() else None
    return text or (page.read_text("utf-8").strip() if page.exists() else "")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: str(f.relative_to(ROOT)))
def test_every_folder_says_what_it_is_and_where_to_start(folder: Path) -> None:
    lines = at_the_door(folder).splitlines()
    assert 2 < len(lines) <= 15, "expected three to fifteen lines in __init__.py or README.md"
    told = re.search(r"\b[Ss]tart (with|at|there|reading)\b|\bRead ", " ".join(lines))
    assert told, "where is one to start?"


def test_no_file_is_long() -> None:
    files = [f for folder in FOLDERS for f in folder.glob("*.py")]
    long = [str(f.relative_to(ROOT)) for f in files if len(f.read_text("utf-8").splitlines()) > 500]
    assert not long, "over 500 lines: split by idea"


def test_no_room_of_programs_is_full() -> None:
    for folder in FOLDERS:
        if "engine/program" in str(folder):
            files = [f for f in folder.glob("*.py") if f.name != "__init__.py"]
            assert len(files) <= 8, f"{folder}: expected at most eight files beside __init__.py"
