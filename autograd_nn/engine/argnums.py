"""Numbers that name arguments: ``argnums`` of a transform, ``static_argnums`` of a program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np


def positions(given: Any, what: str, count: int | None, where: str = "") -> tuple[int, ...]:
    """``given``, an integer or several, as positions from 0; negative ones count from the end.

    count   how many positional arguments there are; None: any number.
    Raises TypeError for what is no integer, for a position there is not, and for one named twice.
    """
    several = isinstance(given, Iterable) and not isinstance(given, str | bytes)
    listed = tuple(given) if several else (given,)
    found = []
    for n in listed:
        if isinstance(n, bool | np.bool_) or not isinstance(n, int | np.integer):
            raise TypeError(
                f"{where}received {what}={given!r}; expected an integer or several, each the "
                f"position of an argument, and not {type(n).__name__}."
            )
        n = int(n)
        if count is None and n < 0:
            raise TypeError(
                f"{where}received {what}={given!r} for a function of any number of arguments; "
                "expected positions from 0, for there is no end to count from."
            )
        if count is not None and not -count <= n < count:
            there = f"integers from 0 to {count - 1}" if count else "none"
            raise TypeError(
                f"{where}received {what}={given!r} for {count} positional arguments; expected "
                f"{there}. Pass what it names by position."
            )
        n = n if n >= 0 else n + (count or 0)
        if n in found:
            raise TypeError(f"{where}received {what}={given!r}; expected each argument once.")
        found.append(n)
    return tuple(found)
