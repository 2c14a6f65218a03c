"""How much the tests try: a choice of combinations, or with ``HYPOTHESIS_PROFILE=nightly`` all."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable
from typing import Any

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


def crossed(*ways: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Combinations of one of each; unless thorough, so few that each one is in some of them."""
    lists = [list(w) for w in ways]
    if THOROUGH:
        return list(itertools.product(*lists))
    return [tuple(w[i % len(w)] for w in lists) for i in range(max(map(len, lists)))]


def few(ordinary: int) -> int:
    """How many examples a property is tried with: so many, or fifty times as many."""
    return ordinary * 50 if THOROUGH else ordinary
