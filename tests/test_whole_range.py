"""Derivatives of the elementwise ops over the whole range of numbers, against 40 digits.

A rule that reuses a result loses what the result has lost: e^x is not expm1(x) + 1 where that has
rounded to 0. So not the interval where an op is easy is tried but all magnitudes, in both dtypes.
What is allowed is a few units in the last place, and what moving the operand by one does.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.op import REGISTRY, Op

Real = Callable[[Any], Any]
NONE = lambda x: mp.mpf(0)  # noqa: E731
UNITS = 16


def _sech2(x: Any) -> Any:
    return 1 / mp.cosh(x) ** 2


def _logistic(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def _bell(x: Any) -> Any:
    return 1 / (mp.exp(x / 2) + mp.exp(-x / 2)) ** 2


def _normal(x: Any) -> Any:
    return mp.npdf(x)


def _sinc(x: Any) -> Any:
    if abs(x) < 1e-8:  # the series, as the quotients cancel
        return -(mp.pi**2) * x / 3
    return (mp.pi * x * mp.cos(mp.pi * x) - mp.sin(mp.pi * x)) / (mp.pi * x**2)


def _sinc2(x: Any) -> Any:
    if abs(x) < 1e-8:
        return -(mp.pi**2) / 3
    return mp.diff(_sinc, x)


LN2, LN10 = mp.log(2), mp.log(10)
# The first two derivatives, written so that nothing cancels in them.
SLOPES: dict[str, tuple[Real, Real]] = {
    "negative": (lambda x: mp.mpf(-1), NONE),
    "positive": (lambda x: mp.mpf(1), NONE),
    "conjugate": (lambda x: mp.mpf(1), NONE),
    "reciprocal": (lambda x: -1 / x**2, lambda x: 2 / x**3),
    "square": (lambda x: 2 * x, lambda x: mp.mpf(2)),
    "sqrt": (lambda x: 1 / (2 * mp.sqrt(x)), lambda x: -1 / (4 * x * mp.sqrt(x))),
    "rsqrt": (lambda x: -1 / (2 * x * mp.sqrt(x)), lambda x: 3 / (4 * x * x * mp.sqrt(x))),
    "cbrt": (
        lambda x: 1 / (3 * mp.cbrt(abs(x)) ** 2),
        lambda x: -2 * mp.sign(x) / (9 * mp.cbrt(abs(x)) ** 5),
    ),
    "absolute": (mp.sign, NONE),
    "exp": (mp.exp, mp.exp),
    "expm1": (mp.exp, mp.exp),
    "exp2": (lambda x: LN2 * 2**x, lambda x: LN2**2 * 2**x),
    "log": (lambda x: 1 / x, lambda x: -1 / x**2),
    "log2": (lambda x: 1 / (x * LN2), lambda x: -1 / (x**2 * LN2)),
    "log10": (lambda x: 1 / (x * LN10), lambda x: -1 / (x**2 * LN10)),
    "log1p": (lambda x: 1 / (1 + x), lambda x: -1 / (1 + x) ** 2),
    "sin": (mp.cos, lambda x: -mp.sin(x)),
    "cos": (lambda x: -mp.sin(x), lambda x: -mp.cos(x)),
    "tan": (lambda x: mp.sec(x) ** 2, lambda x: 2 * mp.tan(x) * mp.sec(x) ** 2),
    "arcsin": (
        lambda x: 1 / mp.sqrt((1 - x) * (1 + x)),
        lambda x: x / mp.sqrt((1 - x) * (1 + x)) ** 3,
    ),
    "arccos": (
        lambda x: -1 / mp.sqrt((1 - x) * (1 + x)),
        lambda x: -x / mp.sqrt((1 - x) * (1 + x)) ** 3,
    ),
    "arctan": (lambda x: 1 / (1 + x**2), lambda x: -2 * x / (1 + x**2) ** 2),
    "sinh": (mp.cosh, mp.sinh),
    "cosh": (mp.sinh, mp.cosh),
    "tanh": (_sech2, lambda x: -2 * mp.tanh(x) * _sech2(x)),
    "arcsinh": (lambda x: 1 / mp.sqrt(1 + x**2), lambda x: -x / mp.sqrt(1 + x**2) ** 3),
    "arccosh": (
        lambda x: 1 / mp.sqrt((x - 1) * (x + 1)),
        lambda x: -x / mp.sqrt((x - 1) * (x + 1)) ** 3,
    ),
    "arctanh": (lambda x: 1 / ((1 - x) * (1 + x)), lambda x: 2 * x / ((1 - x) * (1 + x)) ** 2),
    "deg2rad": (lambda x: mp.pi / 180, NONE),
    "rad2deg": (lambda x: 180 / mp.pi, NONE),
    "sinc": (_sinc, _sinc2),
    "erf": (
        lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-(x**2)),
        lambda x: -4 * x / mp.sqrt(mp.pi) * mp.exp(-(x**2)),
    ),
    "erfc": (
        lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-(x**2)),
        lambda x: 4 * x / mp.sqrt(mp.pi) * mp.exp(-(x**2)),
    ),
    "ndtr": (_normal, lambda x: -x * _normal(x)),
    "sigmoid": (_bell, lambda x: -mp.tanh(x / 2) * _bell(x)),
    "sigmoid_slope": (
        lambda x: -mp.tanh(x / 2) * _bell(x),
        lambda x: (mp.tanh(x / 2) ** 2 - 2 * _bell(x)) * _bell(x),
    ),
    "one_less_square": (lambda x: -2 * x, lambda x: mp.mpf(-2)),
    "softplus": (_logistic, _bell),
    "softsign": (lambda x: 1 / (1 + abs(x)) ** 2, lambda x: -2 * mp.sign(x) / (1 + abs(x)) ** 3),
    "relu": (lambda x: mp.mpf(x > 0), NONE),
}
# Where mpmath has no inverse or is slow: fewer points, or by a function that is checked itself.
INVERSE: dict[str, tuple[Real, Real]] = {
    "erfinv": (
        lambda x: mp.sqrt(mp.pi) / 2 * mp.exp(mp.erfinv(x) ** 2),
        lambda x: mp.pi / 2 * mp.erfinv(x) * mp.exp(2 * mp.erfinv(x) ** 2),
    ),
    "lgamma": (mp.digamma, lambda x: mp.psi(1, x)),
    "digamma": (lambda x: mp.psi(1, x), lambda x: mp.psi(2, x)),
    "gamma": (
        lambda x: mp.gamma(x) * mp.digamma(x),
        lambda x: mp.gamma(x) * (mp.digamma(x) ** 2 + mp.psi(1, x)),
    ),
}


def derived(op: Op) -> tuple[Real, Real]:
    """The first two derivatives of an op's own body, by differences in 800 digits."""
    assert op.body is not None
    body = FunctionType(op.body.__code__, {**op.body.__globals__, "math": mp})

    def both(x: Any) -> tuple[Any, Any]:
        with mp.workdps(800):
            h = min(abs(x), 1) * mp.mpf(10) ** -30
            up, at, down = body(x + h), body(x), body(x - h)
            return (up - down) / (2 * h), (up - 2 * at + down) / h**2

    return lambda x: both(x)[0], lambda x: both(x)[1]


SMOOTH = [n for n, op in REGISTRY.items() if op.body and op.arity == 1 and op.differentiable]
WRITTEN = {**SLOPES, **INVERSE, "ndtri": None}  # ndtri is erfinv, moved and scaled
OTHERS = {n: derived(REGISTRY[n]) for n in SMOOTH if n not in WRITTEN}


def points(dtype: str) -> np.ndarray:
    """All magnitudes, sparse far out and dense in between, of both signs."""
    span = 300 if dtype == "float64" else 36
    wide = 10.0 ** np.linspace(-span, span, 25)
    x = np.concatenate([wide, np.geomspace(1e-3, 700, 40), [1 - 1e-3, 1 - 1e-6, 1 + 1e-6]])
    return np.concatenate([-x, x]).astype(dtype)


def close(found: np.ndarray, x: np.ndarray, f: Real, what: str) -> None:
    info = np.finfo(x.dtype)
    eps = mp.mpf(float(info.eps))
    wrong = []
    for a, b in zip(x.tolist(), found.tolist(), strict=True):
        at = mp.mpf(a)
        try:
            true = f(at)
            moved = max(abs(f(at * (1 + s * eps)) - true) for s in (-1, 1))
        except (ValueError, ZeroDivisionError):
            continue
        if isinstance(true, mp.mpc) or isinstance(moved, mp.mpc) or abs(true) > info.max:
            continue  # outside the domain, or rightly infinite
        allowed = UNITS * eps * abs(true) + 4 * moved + mp.mpf(float(info.tiny))
        if not mp.isfinite(b) or abs(mp.mpf(b) - true) > allowed:
            wrong.append(f"{what} at {a!r}: {b!r}, true {mp.nstr(true, 17)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", [*SLOPES, *INVERSE, *OTHERS])
def test_two_derivatives(name: str, dtype: str) -> None:
    op = REGISTRY[name]
    x = points(dtype)
    if name in INVERSE:
        x = x[(x > 1e-12) & (x < 150)][::4]
    if name == "sinc":
        x = x[abs(x) < 1e4]  # πx is rounded, so far out the angle says nothing

    def slope(x: Any) -> Any:
        return ag.grad(lambda x: op.function(x).sum())(x)

    with np.errstate(all="ignore"), mp.workdps(40):
        first = slope(ag.Tensor(x)).numpy()
        second = ag.grad(lambda x: slope(x).sum())(ag.Tensor(x)).numpy()
        finite = np.isfinite(op.function(ag.Tensor(x)).numpy())
        true = (SLOPES | INVERSE | OTHERS)[name]
        for found, f, what in zip((first, second), true, "12", strict=True):
            close(found[finite], x[finite], f, f"derivative {what} of {name}")
