"""How many hold an array: what `sys.getrefcount` tells of one holder is found out, not assumed.

Interpreters differ in which references they count, and may change that once code has run for a
while. Where one holder more does not show, the count of one is `NEVER`, which no count equals: who
asks then does what is right for an array that others hold, which costs a copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from sys import getrefcount
from typing import Any

import numpy as np

from autograd_nn.engine.tensor import Tensor, wrap

NEVER = -1


def count(views: Sequence[Any]) -> list[int]:
    """How many references there are to each view of a list, as this function counts them."""
    return [getrefcount(view) for view in views]


def of_array(x: Tensor) -> int:
    """How many references there are to a tensor's array, as this function counts them."""
    return getrefcount(x.array)


def of_itself(y: np.ndarray) -> int:
    """How many references there are to an array, as this function counts them."""
    return getrefcount(y)


def of_base(y: np.ndarray) -> int:
    """How many references there are to what a view shows, as this function counts them."""
    return getrefcount(y.base)


def kept(y: Any) -> bool:
    """Whether somebody but the caller, who has it in a variable, may have an array's memory."""
    if y.__class__ is not np.ndarray:
        return False
    return of_itself(y) != OF_ITSELF or (y.base is not None and of_base(y) != OF_A_BASE)


def lone(x: Tensor) -> bool:
    """Whether nobody else has a tensor's array, as far as can be told."""
    return of_array(x) == OF_AN_ARRAY


def _of_a_view() -> int:
    """What `count` tells of a view that only the list and one tensor hold."""
    views = [np.zeros(1), np.zeros(1)]
    tensors = [wrap(view) for view in views]
    others = views[1:]
    found = {(a, b) for a, b in (count(views) for _ in range(200))}
    del tensors, others
    return _one(found)


def _of_an_array() -> int:
    """What `of_array` tells of an array that only its tensor holds."""
    one, other = wrap(np.zeros(1)), wrap(np.zeros(1))
    others = [other.array]
    found = {(of_array(one), of_array(other)) for _ in range(200)}
    del others
    return _one(found)


def _of_itself() -> int:
    """What `kept` counts of an array that only its caller's variable holds."""

    def counted(y: np.ndarray) -> int:  # as `kept` is called
        return of_itself(y)

    one, other = np.zeros(1), np.zeros(1)
    others = [other]
    found = {(counted(one), counted(other)) for _ in range(200)}
    del others
    return _one(found)


def _of_a_base() -> int:
    """What `of_base` tells of memory that only one view shows."""
    one, other = np.zeros(2)[1:], np.zeros(2)[1:]
    others = [other.base]
    found = {(of_base(one), of_base(other)) for _ in range(200)}
    del others
    return _one(found)


def _one(found: set[tuple[int, int]]) -> int:
    """The count of one holder, from pairs of what was counted of one and of two."""
    alone, shared = found.pop()
    return alone if not found and shared == alone + 1 else NEVER


OF_A_VIEW, OF_AN_ARRAY = _of_a_view(), _of_an_array()
OF_ITSELF, OF_A_BASE = _of_itself(), _of_a_base()
