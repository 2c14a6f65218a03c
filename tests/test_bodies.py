"""The scalar body of every elementwise op, compiled, against its array kernel, special values too.

Native code inlines the body where eager code calls the kernel: wherever they differ, a recorded
program would differ from the function it was recorded from.
"""

from __future__ import annotations

import dis
import inspect
import itertools
import math
from collections.abc import Callable
from types import FunctionType
from typing import Any

import mpmath
import numba
import numpy as np
import pytest

from autograd_nn.engine.op import REGISTRY, Op
from tests.strategies import DOMAINS

inf, nan = math.inf, math.nan
FINITE = [
    0.0,
    -0.0,
    1e-300,
    -1e-300,
    0.3,
    -0.3,
    0.5,
    -0.5,
    0.9,
    1.0,
    -1.0,
    1.5,
    -1.5,
    2.0,
    2.5,
    -2.5,
    3.0,
    -3.0,
    7.25,
    -7.25,
    40.0,
    -40.0,
    300.0,
    1000.0,
    -1000.0,
    1e300,
    -1e300,
]
GRIDS = {
    1: [*FINITE, inf, -inf, nan],
    2: [*FINITE, inf, -inf, nan],
    3: [0.0, -0.0, 0.5, -0.5, 2.0, -1000.0, inf, -inf, nan],
}
# Poles and far tails where two implementations of a special function differ by convention.
DEFINED: dict[str, Callable[..., bool]] = {
    "digamma": lambda x: x > -40 and not (x <= 0 and x == math.floor(x)),
    "polygamma": lambda n, x: n in (1.0, 2.0, 3.0) and 1e-3 < x < 1e3,
    "gamma": lambda x: x > 0 or (x > -170 and x != math.floor(x)),
    "lgamma": lambda x: x > -1e300,
    "beta": lambda a, b: 0 < a < 100 and 0 < b < 100,
    "sinc": lambda x: abs(x) < 10,
    # NumPy takes a square root for the exponent 0.5, which of -inf is NaN; C's pow gives inf
    "power": lambda a, b: not math.isinf(a) or b != 0.5,
}
BODIES = [pytest.param(op, id=name) for name, op in REGISTRY.items() if op.body is not None]

# math.floor and round give Python integers; native code keeps them floats, as NumPy does
_rint = numba.njit(lambda x: np.rint(x))


def compiled(body: Callable[..., Any]) -> Callable[..., Any]:
    """The body as native code sees it, its helper functions compiled along."""
    space = dict(body.__globals__)
    spoken = {n.argval for n in dis.get_instructions(body) if n.opname == "LOAD_GLOBAL"}
    for name in body.__code__.co_names:
        if name in spoken and inspect.isfunction(space.get(name)):
            space[name] = compiled(space[name])
        elif name in ("math", "round"):
            space[name] = _module(body) if name == "math" else _rint
    twin = FunctionType(body.__code__, space, body.__name__)
    return numba.njit(error_model="numpy")(twin)


def _module(body: Callable[..., Any]) -> Any:
    """math, or NumPy where the body takes one of the functions that it spells alike."""
    swapped = {"floor", "ceil", "exp2", "cbrt"} & set(body.__code__.co_names)
    return np if swapped else math


def points(op: Op) -> list[tuple[float, ...]]:
    assert op.arity is not None
    grid = itertools.product(GRIDS[op.arity], repeat=op.arity)
    return [p for p in grid if op.name not in DEFINED or DEFINED[op.name](*p)]


@pytest.mark.parametrize("op", BODIES)
def test_body_is_the_kernel(op: Op) -> None:
    assert op.body is not None
    native = compiled(op.body)
    if "f" not in op.takes:
        grid: list[Any] = list(itertools.product([0, 1, 2, 5, 6], repeat=op.arity or 1))
    else:
        grid = points(op)
    assert len(grid) >= 5
    with np.errstate(all="ignore"):
        for point in grid:
            kernel = op.forward(*(np.asarray(x) for x in point))
            found = native(*point)
            assert _same(found, kernel, op.units * 2.3e-16), (
                f"{op.name}{point}: the body gives {found}, the kernel {kernel}"
            )


@pytest.mark.parametrize("op", BODIES)
def test_body_runs_as_plain_python_in_the_domain(op: Op) -> None:
    assert op.body is not None
    domains = DOMAINS.get(op.name, op.domain)
    for u in (0.13, 0.41, 0.88):
        point: list[Any] = [low + u * (high - low) for low, high in domains]
        if "f" not in op.takes:
            point = [int(x) for x in point]
        kernel = op.forward(*(np.asarray(x) for x in point))
        assert _same(op.body(*point), kernel, 1e-12), point


def _same(a: Any, b: Any, relative: float) -> bool:
    a, b = float(a), float(b)
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    if math.isinf(a) or math.isinf(b):
        return a == b
    if a == 0 or b == 0:
        return abs(a - b) < 1e-17
    return abs(a - b) <= relative * max(abs(a), abs(b))


MPMATH: dict[str, Callable[..., Any]] = {
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "erfinv": mpmath.erfinv,
    "gamma": mpmath.gamma,
    "lgamma": mpmath.loggamma,
    "digamma": mpmath.digamma,
    "ndtr": mpmath.ncdf,
    "ndtri": lambda p: mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "sinc": mpmath.sincpi,
    "expm1": mpmath.expm1,
    "log1p": mpmath.log1p,
    "cbrt": mpmath.cbrt,
}


@pytest.mark.parametrize("name", MPMATH)
def test_kernel_and_body_against_forty_digits(name: str) -> None:
    op = REGISTRY[name]
    assert op.body is not None
    ((low, high),) = op.domain
    with mpmath.workdps(40):
        for x in np.linspace(low, high, 23):
            want = float(MPMATH[name](mpmath.mpf(float(x))))
            scale = max(abs(want), 0.1)  # near a zero of the function rounding of x counts
            assert abs(float(op.forward(x)) - want) <= 4e-15 * scale, x
            assert abs(float(op.body(float(x))) - want) <= 2e-14 * scale, x
