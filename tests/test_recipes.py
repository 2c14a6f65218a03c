"""The recipes of CONTRIBUTING.md run as they stand, one after another, and leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from autograd_nn.engine.op import REGISTRY
from tests.test_readme import ROOT, blocks

PAGE = "CONTRIBUTING.md"
RECIPES = [(code, line) for language, code, line in blocks(PAGE) if language == "python"]


@pytest.fixture(autouse=True)
def only_here() -> Iterator[None]:
    """An op of a recipe is none of the package's: other tests go through all there are."""
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)


def test_every_recipe_makes_and_checks_what_it_says() -> None:
    names: dict[str, Any] = {"__name__": "recipes"}
    for code, line in RECIPES:
        padded = "\n" * (line - 1) + code  # so that an error shows the page's line
        exec(compile(padded, str(ROOT / PAGE), "exec"), names)  # noqa: S102
    assert {"haversine", "bands", "sincos", "Center", "Pinball", "Largest", "Heavy"} <= set(names)


def test_every_recipe_but_the_first_checks_itself() -> None:
    assert len(RECIPES) == 8
    for code, line in RECIPES[1:]:
        assert "\nassert " in code, f"{PAGE}, line {line}: the recipe asserts nothing"
