"""Reverse mode on single numbers, as one would write it on a blackboard: the tape's oracle.

No arrays, no broadcasting, no reuse of buffers: each number remembers its parents and the local
slopes, and the gradient is the sum over paths.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence


class Number:
    """A value, and (parent, slope) of everything it was computed from."""

    def __init__(self, value: float, parents: Sequence[tuple[Number, float]] = ()) -> None:
        self.value = value
        self.parents = tuple(parents)

    def __add__(self, other: Number) -> Number:
        return Number(self.value + other.value, [(self, 1.0), (other, 1.0)])

    def __sub__(self, other: Number) -> Number:
        return Number(self.value - other.value, [(self, 1.0), (other, -1.0)])

    def __mul__(self, other: Number) -> Number:
        return Number(self.value * other.value, [(self, other.value), (other, self.value)])

    def sin(self) -> Number:
        return Number(math.sin(self.value), [(self, math.cos(self.value))])

    def tanh(self) -> Number:
        y = math.tanh(self.value)
        return Number(y, [(self, 1 - y * y)])

    def exp(self) -> Number:
        y = math.exp(self.value)
        return Number(y, [(self, y)])


def gradient(y: Number, xs: Sequence[Number]) -> list[float]:
    """dy/dx of every x, by pushing each slope down every edge in reverse order of creation."""
    order: list[Number] = []
    seen: set[int] = set()

    def visit(n: Number) -> None:
        if id(n) not in seen:
            seen.add(id(n))
            for parent, _ in n.parents:
                visit(parent)
            order.append(n)

    visit(y)
    slope = {id(n): 0.0 for n in order}
    slope[id(y)] = 1.0
    for n in reversed(order):
        for parent, local in n.parents:
            slope[id(parent)] += slope[id(n)] * local
    return [slope.get(id(x), 0.0) for x in xs]


BINARY: dict[str, Callable] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}
