"""What simplifying drops, shares and rewrites, told by the calls that are left of a record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.program.passes.simplify import simplify

X = np.array([0.5, 1.0, 2.0])


def left(f: Any, x: Any = X) -> list[str]:
    """The names of the calls that are left of a record."""
    return [call.op.name for call in simplify(record(f, [ag.Tensor(x)])[1]).calls]


CASES: dict[str, tuple[Callable[[Any], Any], list[str]]] = {
    "a power that is a square": (lambda x: x**2, ["square"]),
    "a power that is a root": (lambda x: x**0.5, ["sqrt"]),
    "a power that is a reciprocal": (lambda x: x**-1, ["reciprocal"]),
    "a power that is nothing": (lambda x: ag.exp(x**1), ["exp"]),
    "another power": (lambda x: x**3, ["power"]),
    "a product with one, on either side": (lambda x: ag.exp(1 * (x * 1)), ["exp"]),
    "a division by one": (lambda x: ag.exp(x / 1), ["exp"]),
    "one by something": (lambda x: 1 / x, ["divide"]),
    "zero added to a float, for -0": (lambda x: ag.exp(x + 0), ["add", "exp"]),
    "a copy, and a shape that is its own": (lambda x: ag.exp((+x).reshape(3)), ["exp"]),
    "a cast to another dtype": (lambda x: x.astype("float32"), ["astype"]),
    "equal calls": (lambda x: ag.exp(x) + ag.exp(x), ["exp", "add"]),
    "a call that nobody reads": (lambda x: (ag.sin(x), ag.exp(x))[1], ["exp"]),
    "calls on constants": (lambda x: x * ag.exp(ag.Tensor([1.0, 2.0, 3.0])), ["multiply"]),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_left(name: str) -> None:
    f, calls = CASES[name]
    assert left(f) == calls


@pytest.mark.parametrize(
    ("f", "calls"),
    [(lambda x: ag.exp(x + 0), ["exp"]), (lambda x: x**2, ["power"]), (lambda x: x - 0, [])],
)
def test_whole_numbers(f: Any, calls: list[str]) -> None:
    assert left(f, np.array([1, 2])) == calls


def moved(pure: bool) -> Any:
    @ag.custom_op(lambda g, y, x, table: g, pure=pure)
    def moved(x: Any, *, table: Any) -> Any:
        return np.asarray(x) + table[1500]

    return moved


def test_calls_of_a_users_op_are_shared_where_pure_and_its_parameters_told_apart() -> None:
    one, two = np.zeros(3000), np.zeros(3000)
    two[1500] = 5.0  # which no repr shows
    told = tuple([0.0] * 1501)
    for pure in (True, False):
        f = moved(pure)
        assert left(lambda x, f=f: f(x, table=one) + f(x, table=two)).count("moved") == 2
        shared = left(lambda x, f=f: f(x, table=told) + f(x, table=told)).count("moved")
        assert shared == (1 if pure else 2)
