"""Texts in the source: whole lines, and files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "autograd_nn").rglob("*.py"))
PIECE = re.compile(r'^(\s+)f?"((?:[^"\\]|\\.)*)"$')
SHORT = 24


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_text_is_broken_in_the_middle(path: Path) -> None:
    """A text over several lines fills them: no word stands alone on a line between others."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for i, (line, after) in enumerate(zip(lines, lines[1:], strict=False)):
        piece, rest = PIECE.match(line), PIECE.match(after)
        if piece is None or rest is None or piece[1] != rest[1] or piece[2].endswith("\\n"):
            continue
        fits = len(line) + len(rest[2].split(" ")[0]) + 1 <= 100
        assert len(piece[2]) > SHORT or not fits, f"{path.name}:{i + 1} {line.strip()}"


def test_what_the_package_ships_is_there() -> None:
    import tomllib

    built = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]
    for name in built["build"]["targets"]["sdist"]["include"]:
        assert (ROOT / name).exists(), name
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.rglob("engine/*.md")]:
        prose = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.S)
        for link in re.findall(r"\]\(([^)#:]+)\)", prose):
            assert (document.parent / link).exists(), f"{document.name}: {link}"
