"""The machine at hand: how many cores there are for us, and how to give one to others."""

from __future__ import annotations

import ctypes
import os
from functools import cache
from typing import Any


@cache
def cores() -> int:
    """The cores this process may use, at most 4."""
    if hasattr(os, "sched_getaffinity"):
        return min(len(os.sched_getaffinity(0)), 4)
    return min(os.cpu_count() or 1, 4)


@cache
def give_way() -> int:
    """The address of the C library's sched_yield; 0 where there is none."""
    try:
        function: Any = ctypes.CDLL(None).sched_yield
    except (AttributeError, TypeError, OSError):
        return 0
    return ctypes.cast(function, ctypes.c_void_p).value or 0
