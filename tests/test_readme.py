"""Every Python block of the README and the docs runs, and prints what the block below it says."""

from __future__ import annotations

import contextlib
import doctest
import io
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
PAGES = ["README.md", "autograd_nn/engine/README.md", *sorted(
    str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*.md")
)]  # fmt: skip


def blocks(page: str) -> list[tuple[str, str, int]]:
    """(language, text, line) of every fenced block."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [(m[1], m[2], text.count("\n", 0, m.start()) + 2) for m in BLOCK.finditer(text)]


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_blocks_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    found = blocks(page)
    for i, (language, code, line) in enumerate(found):
        if language != "python":
            continue
        printed = io.StringIO()
        padded = "\n" * (line - 1) + code  # so that an error shows the page's line
        with contextlib.redirect_stdout(printed):
            exec(compile(padded, str(ROOT / page), "exec"), names)
        following = found[i + 1] if i + 1 < len(found) else ("", "", 0)
        expected = following[1] if following[0] == "text" else ""
        same = doctest.OutputChecker().check_output(expected, printed.getvalue(), doctest.ELLIPSIS)
        assert same, f"{page}, line {line}: printed\n{printed.getvalue()}\nexpected\n{expected}"


def test_there_are_blocks_to_run():
    assert sum(kind == "python" for kind, _, _ in blocks("README.md")) >= 4


@pytest.mark.parametrize("page", [*PAGES, "CONTRIBUTING.md"])
def test_links_lead_somewhere(page):
    here = (ROOT / page).parent
    prose = BLOCK.sub("", (ROOT / page).read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", prose):
        if "://" not in target:
            assert (here / target).exists(), f"{page} links to {target}"
