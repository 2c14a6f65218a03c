"""Functions on arrays with their right gradients, and ways to make a gradient wrong.

Two sets: `TUNING`, which the checker was developed on, and `HELD_OUT`, other functions and other
mistakes, on which it was never tuned.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """A function, its vjp, and inputs drawn by a generator."""

    f: Callable[..., Any]
    vjp: Callable[..., Any]
    draw: Callable[[np.random.Generator], np.ndarray]


def elementwise(f: Callable, slope: Callable, draw: Callable) -> Case:
    return Case(f, lambda x, g: g * slope(x), draw)


def normal(n: int, scale: float = 1.0, offset: float = 0.0) -> Callable:
    return lambda r: offset + scale * r.standard_normal(n)


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max())
    return e / e.sum()


def _softmax_vjp(x: np.ndarray, g: np.ndarray) -> np.ndarray:
    p = softmax(x)
    return p * (g - (g * p).sum())


A = np.random.default_rng(5).standard_normal((5, 6))

TUNING: dict[str, Case] = {}
for s in (1e-8, 1e-4, 1.0, 1e4, 1e8):
    TUNING |= {
        f"square at {s:g}": elementwise(lambda x: x**2, lambda x: 2 * x, normal(6, s)),
        f"sum of squares at {s:g}": elementwise(
            lambda x: np.sum(x**2), lambda x: 2 * x, normal(200, s)
        ),
        f"sine times {s:g}": elementwise(
            lambda x, s=s: s * np.sin(x), lambda x, s=s: s * np.cos(x), normal(6)
        ),
        f"log at {s:g}": elementwise(
            np.log, lambda x: 1 / x, lambda r, s=s: s * r.uniform(0.5, 2, 6)
        ),
    }
TUNING |= {
    "mixed scales": elementwise(
        lambda x: x**2, lambda x: 2 * x,
        lambda r: r.standard_normal(8) * 10.0 ** np.arange(-8, 8, 2),
    ),
    "sum of mixed scales": elementwise(
        np.sum, np.ones_like, lambda r: r.standard_normal(8) * 10.0 ** np.arange(-4, 4)
    ),
    "relu": elementwise(lambda x: np.maximum(x, 0), lambda x: x > 0, normal(9)),
    "relu at its kink": elementwise(
        lambda x: np.maximum(x, 0), lambda x: x > 0, lambda r: np.r_[0, 0, r.standard_normal(6)]
    ),
    "abs at its kink": elementwise(np.abs, np.sign, lambda r: np.r_[0, r.standard_normal(6)]),
    "a tied maximum": elementwise(
        np.max, lambda x: (x == x.max()) / np.sum(x == x.max()),
        lambda r: np.r_[3.0, 3.0, r.standard_normal(6)],
    ),
    "l1 of many": elementwise(lambda x: np.abs(x).sum(), np.sign, normal(100)),
    "kinks nearby": elementwise(
        lambda x: np.abs(x - 1), lambda x: np.sign(x - 1),
        lambda r: 1 + np.array([1e-6, -1e-5, 1e-3, 0.1]) * r.choice([-1, 1], 4),
    ),
    "sqrt near 0": elementwise(
        np.sqrt, lambda x: 0.5 / np.sqrt(x), lambda r: 10.0 ** -r.uniform(2, 10, 6)
    ),
    "offset 1e6": elementwise(lambda x: 1e6 + np.sin(x), np.cos, normal(6)),
    "offset 1e8": elementwise(lambda x: np.sum(1e8 + np.sin(x)), np.cos, normal(6)),
    "stiff sine": elementwise(
        lambda x: np.sin(1e4 * x), lambda x: 1e4 * np.cos(1e4 * x), normal(6)
    ),
    "steep exponential": elementwise(
        lambda x: np.exp(5 * x), lambda x: 5 * np.exp(5 * x), normal(6)
    ),
    "softmax": Case(softmax, _softmax_vjp, normal(7, 3)),
    "linear": Case(lambda x: A @ x, lambda x, g: A.T @ g, normal(6)),
    "norm of tiny": elementwise(np.linalg.norm, lambda x: x / np.linalg.norm(x), normal(6, 1e-7)),
    "saturated tanh": elementwise(np.tanh, lambda x: 1 / np.cosh(x) ** 2, normal(6, 4)),
    "product": elementwise(np.prod, lambda x: np.prod(x) / x, lambda r: r.uniform(0.5, 2, 6)),
    "variance": elementwise(
        np.var, lambda x: 2 * (x - x.mean()) / x.size, normal(9, 1e-3, 1.0)
    ),
    "many": elementwise(lambda x: np.sin(x).sum(), np.cos, normal(3000)),
    "narrow bell": elementwise(
        lambda x: np.exp(-x * x * 1e6), lambda x: -2e6 * x * np.exp(-x * x * 1e6), normal(5, 1e-3)
    ),
    "tiny gradient": elementwise(
        lambda x: 1e-6 * np.sin(x).sum(), lambda x: 1e-6 * np.cos(x), normal(8)
    ),
    "clip": elementwise(lambda x: np.clip(x, -0.5, 0.5), lambda x: np.abs(x) < 0.5, normal(8)),
    "zero by cancellation": elementwise(
        lambda x: (x - x.mean()).sum(), np.zeros_like, normal(5)
    ),
    "constant": elementwise(lambda x: np.full(3, 2.0), np.zeros_like, normal(3)),
}  # fmt: skip

Mutant = Callable[[np.ndarray], np.ndarray]


def _heaviest_dropped(c: np.ndarray) -> np.ndarray:
    return np.where(np.arange(c.size) == np.argmax(np.abs(c)), 0, c)


MUTANTS: dict[str, Mutant] = {
    "times 1.5": lambda c: c * 1.5,
    "sign": lambda c: -c,
    "zero": lambda c: c * 0,
    "one per cent": lambda c: c * 1.01,
    "one entry dropped": _heaviest_dropped,
    "reversed": lambda c: c[::-1],
    "not a number": lambda c: np.where(np.arange(c.size) == 0, np.nan, c),
    "times a millionth": lambda c: c * 1e-6,
}

Q = np.random.default_rng(6).standard_normal((6, 6))
HELD_OUT: dict[str, Case] = {
    "arctan": elementwise(np.arctan, lambda x: 1 / (1 + x * x), normal(7, 30)),
    "cube of tiny": elementwise(lambda x: x**3, lambda x: 3 * x**2, normal(5, 1e-6)),
    "quadratic form": Case(lambda x: x @ Q @ x, lambda x, g: g * (Q + Q.T) @ x, normal(6)),
    "cumulative sum": Case(np.cumsum, lambda x, g: np.cumsum(g[::-1])[::-1], normal(20)),
    "softplus": elementwise(
        lambda x: np.logaddexp(0, x), lambda x: 1 / (1 + np.exp(-x)), normal(8, 6)
    ),
    "huber": elementwise(
        lambda x: np.where(np.abs(x) < 1, x * x / 2, np.abs(x) - 0.5),
        lambda x: np.clip(x, -1, 1), normal(10, 2),
    ),
    "median": elementwise(
        np.median, lambda x: (x == np.median(x)).astype(float), normal(9)
    ),
    "geometric mean": elementwise(
        lambda x: np.exp(np.log(x).mean()),
        lambda x: np.exp(np.log(x).mean()) / x.size / x,
        lambda r: 10.0 ** r.uniform(-6, 6, 8),
    ),
    "rosenbrock": Case(
        lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2,
        lambda x, g: g * np.array(
            [-400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0]), 200 * (x[1] - x[0] ** 2)]
        ),
        normal(2),
    ),
    "cosh of 9": elementwise(np.cosh, np.sinh, normal(6, 1.0, 9.0)),
    "sum over offset": elementwise(
        lambda x: 1e5 + (x**2).sum(), lambda x: 2 * x, normal(30, 1e-2)
    ),
    "sinc": elementwise(
        np.sinc, lambda x: (np.cos(np.pi * x) - np.sinc(x)) / x, normal(6)
    ),
    "leaky at its kink": elementwise(
        lambda x: np.where(x > 0, x, 0.1 * x), lambda x: np.where(x > 0, 1, 0.1),
        lambda r: np.r_[0.0, 1e-9, r.standard_normal(5)],
    ),
    "many results": elementwise(np.tanh, lambda x: 1 - np.tanh(x) ** 2, normal(400)),
    "pairs": Case(
        lambda x: x[:-1] * x[1:],
        lambda x, g: np.r_[g * x[1:], 0] + np.r_[0, g * x[:-1]],
        normal(12, 1e3),
    ),
    "hypot at 1e-200": elementwise(
        lambda x: np.hypot(x[0], x[1]), lambda x: x / np.hypot(x[0], x[1]), normal(2, 1e-200)
    ),
}  # fmt: skip

HELD_OUT_MUTANTS: dict[str, Mutant] = {
    "three per mille": lambda c: c * 1.003,
    "doubled": lambda c: 2 * c,
    "shifted": lambda c: np.roll(c, 1),
    "heaviest flipped": lambda c: np.where(np.arange(c.size) == np.argmax(np.abs(c)), -c, c),
    "infinite": lambda c: np.where(np.arange(c.size) == c.size - 1, np.inf, c),
    "mean in place of each": lambda c: np.full_like(c, c.mean()),
    "absolute": np.abs,
    "thousandfold": lambda c: c * 1e3,
}
