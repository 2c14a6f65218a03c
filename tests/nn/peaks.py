"""How much memory a function takes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any


def peak(f: Callable[[], Any]) -> int:
    """The most bytes that Python held while ``f`` ran, of those that it took in it."""
    tracemalloc.start()
    try:
        f()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
