"""More functions with right gradients, those that deceive a checker, and thirty kinds of mistake.

`SMOOTH` functions must be called correct, and every mistake in them wrong. `HARD` ones (plateaus,
saturated losses, edges of domains, kinks that meet) must never be called wrong where they are
right, nor correct where they are wrong; "inconclusive" is an answer there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd_nn as ag
from tests.catalogue import Case, normal

Vjp = Callable[[np.ndarray, np.ndarray], np.ndarray]


def taped(f: Callable[..., Any], draw: Callable) -> Case:
    """A function on tensors as a function on arrays; its vjp is the tape's."""

    def vjp(x: np.ndarray, g: np.ndarray) -> np.ndarray:
        y, pull = ag.vjp(f, ag.Tensor(x))
        (c,) = pull(ag.Tensor(np.asarray(g, y.dtype).reshape(y.shape)))
        return np.asarray(c)

    return Case(lambda x: np.asarray(f(ag.Tensor(x))), vjp, draw)


def positive(n: int, scale: float = 1.0) -> Callable:
    return lambda r: scale * r.uniform(0.3, 2, n)


def inside(n: int) -> Callable:
    return lambda r: r.uniform(-0.9, 0.9, n)


def above_one(n: int) -> Callable:
    return lambda r: r.uniform(1.1, 3, n)


W = np.random.default_rng(7).standard_normal((6, 4))

SMOOTH: dict[str, Case] = {}
for name, draw in {
    "exp": normal(6), "log": positive(6), "sqrt": positive(6), "sin": normal(6), "cos": normal(6),
    "tan": inside(5), "tanh": normal(6), "sinh": normal(6), "cosh": normal(6), "sigmoid": normal(6),
    "softplus": normal(6), "square": normal(6), "arcsin": inside(6), "arccos": inside(6),
    "arctan": normal(6), "arcsinh": normal(6), "arccosh": above_one(6), "arctanh": inside(6),
    "log1p": positive(6), "expm1": normal(6), "log2": positive(6), "reciprocal": positive(6),
    "silu": normal(6), "gelu": normal(6), "elu": normal(6), "abs": normal(6), "relu": normal(6),
    "softmax": normal(6), "log_softmax": normal(6), "logsumexp": normal(6), "norm": normal(6),
    "cumsum": normal(8), "prod": positive(5), "var": normal(9), "std": normal(9), "max": normal(7),
    "erf": normal(6), "mean": normal(12), "sort": normal(7), "cumprod": positive(5),
}.items():  # fmt: skip
    if hasattr(ag, name):
        SMOOTH[name] = taped(getattr(ag, name), draw)
SMOOTH |= {
    f"{name} at {s:g}": taped(f, normal(5, s))
    for s in (1e-200, 1e-30, 1e30, 1e120)
    for name, f in {
        "linear": lambda x: x * 3 - x[0], "norm": ag.norm, "relu": ag.relu, "sum": ag.sum,
    }.items()
}  # fmt: skip
SMOOTH |= {
    "a layer": taped(lambda x: ag.tanh(x @ W), normal(6)),
    "a scalar net": taped(lambda x: ag.sum(ag.tanh(x @ W) ** 2), normal(6)),
    "a quotient": taped(lambda x: x[1:] / (1 + x[:-1] ** 2), normal(6)),
    "a power": taped(lambda x: x**2.5, positive(6)),
    "an outer product": taped(lambda x: ag.outer(x, x), normal(4)),
    "an index": taped(lambda x: x[[0, 2, 2]] * x[1], normal(4)),
    "cross entropy": taped(lambda x: ag.softmax_cross_entropy(x.reshape(2, 3), [0, 2]), normal(6)),
    "a cast inside": taped(lambda x: (x.astype("float32") ** 2).astype("float64"), normal(5)),
}
SMOOTH_32 = {
    f"{name} in float32": Case(
        SMOOTH[name].f, SMOOTH[name].vjp, lambda r, d=SMOOTH[name].draw: d(r).astype(np.float32)
    )
    for name in ("exp", "sqrt", "tanh", "softmax", "norm", "cumsum", "a layer", "a scalar net",
                 "var", "logsumexp", "square", "a quotient")
}  # fmt: skip


def mixed(*values: float) -> Callable:
    return lambda r: r.permutation(np.array(values, float))


HARD: dict[str, Case] = {
    **{f"saturated by {s}": taped(lambda x: ag.softmax_cross_entropy(x.reshape(1, 2), [0]),
                                  lambda r, s=s: np.array([s, 0.0]))
       for s in (12.0, 20.0, 33.0, 40.0, 80.0)},
    **{f"sure by {s}": taped(lambda x: ag.sigmoid_cross_entropy(x, np.ones(2)),
                             lambda r, s=s: np.array([s, s + 1]))
       for s in (20.0, 30.0, 36.0, 60.0, 100.0)},
    **{f"{name} {d:g} from its edge": taped(getattr(ag, name), lambda r, at=at, d=d: np.array([at + d]))  # noqa: E501
       for d in (1e-6, 1e-10, 1e-14)
       for name, at in {"arccosh": 1.0, "log1p": -1.0}.items()},
    **{f"{name} {d:g} below its edge": taped(getattr(ag, name), lambda r, d=d: np.array([1 - d]))
       for d in (1e-6, 1e-10, 1e-14) for name in ("arccos", "arcsin", "arctanh")},
    **{f"half circle {d:g} from its end": taped(lambda x: ag.sqrt(1 - x * x),
                                                lambda r, d=d: np.array([1 - d, 0.3]))
       for d in (1e-8, 1e-12)},
    **{f"cusp {d:g} away": taped(lambda x: ag.sqrt(ag.abs(x - 1)), lambda r, d=d: np.array([1 + d, 3.0]))  # noqa: E501
       for d in (1e-4, 1e-8, 1e-12)},
    "a weak kink": taped(lambda x: ag.sum(ag.relu(x) * np.array([100.0, 1e-3])), mixed(1, 0)),
    "weaker kinks": taped(lambda x: ag.sum(ag.relu(x) * 10.0 ** -np.arange(6)), mixed(1, 0, 0, 0, 2, -1)),  # noqa: E501
    "kinks that meet": taped(lambda x: ag.sum(2 * ag.relu(x) - ag.relu(-x)), mixed(0, 0, 1)),
    "a dead layer": taped(lambda x: ag.sum(ag.relu(ag.relu(x) - 5) * 3), normal(4)),
    "rows of zeros": taped(lambda x: ag.sum(ag.relu(x.reshape(3, 2) @ W[:2]) ** 2), mixed(0, 0, 0, 0, 1, 2)),  # noqa: E501
    "many ties": taped(ag.max, mixed(2, 2, 2, 1)),
    "norm of zeros": taped(lambda x: ag.sum(ag.abs(x)), lambda r: np.zeros(4)),
    "rounded inside": Case(lambda x: float((np.float32(x) ** 2).sum()), lambda x, g: g * 2 * x, normal(4)),  # noqa: E501
    "rounded to half inside": Case(
        lambda x: (x.astype(np.float16).astype(float) ** 2).sum(), lambda x, g: g * 2 * x, normal(4)),  # noqa: E501
    "steps": Case(lambda x: np.round(x, 1), lambda x, g: 0 * g, normal(4)),
    "offset 1e12": Case(lambda x: 1e12 + np.sin(x), lambda x, g: g * np.cos(x), normal(4)),
    "lost in an offset": Case(lambda x: 1e17 + x, lambda x, g: g, normal(4)),
    "saturated in float32": taped(
        lambda x: ag.softmax_cross_entropy(x.reshape(1, 2), [0]),
        lambda r: np.array([20, 0], np.float32)),
    "sure in float32": taped(
        lambda x: ag.sigmoid_cross_entropy(x, np.ones(2, np.float32)),
        lambda r: np.array([10, 17], np.float32)),
}  # fmt: skip


# ---- mistakes: each turns a right vjp into a wrong one ------------------------------------------


def on_answer(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Vjp], Vjp]:
    return lambda vjp: lambda x, g: change(np.asarray(vjp(x, g)))


def on_cotangent(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Vjp], Vjp]:
    return lambda vjp: lambda x, g: vjp(x, np.asarray(change(np.asarray(g)), np.asarray(g).dtype))


def in_float32(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Vjp], Vjp]:
    """Wrong where the input is float32, right in float64."""
    return lambda vjp: (
        lambda x, g: change(np.asarray(vjp(x, g))) if x.dtype == np.float32 else vjp(x, g)
    )


def heaviest(c: np.ndarray) -> np.ndarray:
    return np.arange(c.size).reshape(c.shape) == np.argmax(np.abs(c))


MISTAKES: dict[str, Callable[[Vjp], Vjp]] = {
    "doubled": on_answer(lambda c: 2 * c),
    "halved": on_answer(lambda c: c / 2),
    "sign": on_answer(lambda c: -c),
    "zero": on_answer(lambda c: 0 * c),
    "one per cent": on_answer(lambda c: 1.01 * c),
    "one per mille": on_answer(lambda c: 1.001 * c),
    "a tenth of that": on_answer(lambda c: 0.9999 * c),
    "a thousandfold": on_answer(lambda c: 1e3 * c),
    "a millionth": on_answer(lambda c: 1e-6 * c),
    "reversed": on_answer(lambda c: c[::-1]),
    "shifted": on_answer(lambda c: np.roll(c, 1)),
    "sorted": on_answer(np.sort),
    "absolute": on_answer(np.abs),
    "squared": on_answer(lambda c: c * c),
    "mean in place of each": on_answer(lambda c: np.full_like(c, c.mean())),
    "sum in place of each": on_answer(lambda c: np.full_like(c, c.sum())),
    "divided by n": on_answer(lambda c: c / (c.size + 1)),
    "heaviest dropped": on_answer(lambda c: np.where(heaviest(c), 0, c)),
    "heaviest flipped": on_answer(lambda c: np.where(heaviest(c), -c, c)),
    "heaviest off by 2 per mille": on_answer(lambda c: np.where(heaviest(c), 1.002 * c, c)),
    "heaviest not a number": on_answer(lambda c: np.where(heaviest(c), np.nan, c)),
    "heaviest infinite": on_answer(lambda c: np.where(heaviest(c), np.inf, c)),
    "not a number": on_answer(lambda c: np.nan * c),
    "clipped": on_answer(lambda c: np.clip(c, -0.5 * np.abs(c).max(), 0.5 * np.abs(c).max())),
    "half of it": on_answer(lambda c: np.where(np.arange(c.size) % 2, c, 0)),
    "cotangent ignored": on_cotangent(np.ones_like),
    "cotangent's size": on_cotangent(np.abs),
    "cotangent's sign": on_cotangent(np.sign),
    "cotangent squared": on_cotangent(lambda g: g * g),
    "cotangent clipped": on_cotangent(lambda g: np.clip(g, -1, 1)),
    "cotangent rounded": on_cotangent(np.round),
    "cotangent without its sign below": on_cotangent(lambda g: np.maximum(g, 0)),
    "cotangent's sum": on_cotangent(lambda g: np.full_like(g, g.sum() * 1.1)),
    "one per mille in float32": in_float32(lambda c: c * np.float32(1.001)),
    "sign in float32": in_float32(lambda c: -c),
    "zero in float32": in_float32(lambda c: 0 * c),
    "heaviest off in float32": in_float32(lambda c: np.where(heaviest(c), np.float32(1.002) * c, c)),  # noqa: E501
}  # fmt: skip


def differs(case: Case, wrong: Vjp, x: np.ndarray) -> bool:
    """Whether a mistake shows at x at all, under some cotangent, by more than rounding."""
    y = np.asarray(case.f(x))
    random = np.random.default_rng(3)
    for g in (np.ones(y.shape), -2.5 * np.ones(y.shape), random.standard_normal(y.shape)):
        g = g.astype(y.dtype)
        right, found = np.asarray(case.vjp(x, g), float), np.asarray(wrong(x, g), float)
        if not np.abs(found - right).max(initial=0) <= 3e-5 * np.abs(right).max(initial=0):
            return True
    return False


def contradicted(case: Case, wrong: Vjp, x: np.ndarray) -> bool:
    """Whether the values of the function, to the last bit, speak against a vjp at all.

    They do not where no bit of them moves and the vjp gives an exact zero, nor where it lies
    between the slopes of the two sides of a kink in every direction: it is a derivative too.
    """
    x = np.asarray(x, float)
    y = np.asarray(case.f(x))
    random = np.random.default_rng(3)
    size = np.where(x == 0, 1.0, np.abs(x))
    directions = [*(np.eye(x.size) * size), size, x]
    directions += [random.choice([-1.0, 1.0], x.shape) * size for _ in range(4)]
    for g in (np.ones(y.shape), -2.5 * np.ones(y.shape), random.standard_normal(y.shape)):
        c = np.asarray(wrong(x, g), float)
        for u in directions:
            for h in (1e-2, 1e-4, 1e-6):
                sides = [float(np.sum(g * (case.f(x + s * u) - y))) / s for s in (h, -h)]
                room = 3e-6 * max(map(abs, sides))
                if not min(sides) - room <= np.sum(c * u) <= max(sides) + room:
                    return True
    return False
