"""Where a case enters its name: a function, and changes that it is to follow."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

X = np.array([0.5, -1.0, 2.0])
Case = tuple[Any, list[Callable[[], Any]]]
CASES: dict[str, Callable[..., Case]] = {}
OP_BY_OP: set[str] = set()  # what no guard can watch


def case(make: Callable[..., Case]) -> Callable[..., Case]:
    CASES[make.__name__] = make
    return make


def op_by_op(make: Callable[..., Case]) -> Callable[..., Case]:
    OP_BY_OP.add(make.__name__)
    return case(make)


def to(holder: Any, **values: Any) -> list[Callable[[], Any]]:
    """Attributes set one by one."""
    return [functools.partial(setattr, holder, k, v) for k, v in values.items()]


def items(holder: Any, *pairs: tuple) -> list[Callable[[], Any]]:
    return [functools.partial(operator.setitem, holder, k, v) for k, v in pairs]


def set_in(space: dict[str, Any], name: str, value: Any) -> Callable[[], None]:
    return lambda: space.__setitem__(name, value)
