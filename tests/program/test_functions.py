"""Native exponentials and logarithms: within 1.5 units in the last place, the same bits anywhere.

The reference is mpmath at 40 digits, or NumPy's float64 for float32. Processors without a fused
product and sum get other bits, and the same bounds.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import mpmath
import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_nn as ag
from autograd_nn.engine.kernels import functions
from autograd_nn.engine.program.target.cpu.text.bodies import MATH

inf, nan = math.inf, math.nan
EXACT: dict[str, Callable[[Any], Any]] = {
    "exp": mpmath.exp, "exp2": lambda x: mpmath.mpf(2) ** x, "expm1": mpmath.expm1,
    "log": mpmath.log, "log1p": mpmath.log1p, "tanh": mpmath.tanh,
}  # fmt: skip
# Units in the last place, a little above the worst of 10⁸ arguments.
BOUNDS = {"exp": 1.0, "exp2": 1.1, "expm1": 1.3, "log": 0.9, "log1p": 1.45, "tanh": 1.5}
LEAST = {"exp": -inf, "exp2": -inf, "expm1": -inf, "log": 0.0, "log1p": -1.0, "tanh": -inf}
DTYPES = (np.float32, np.float64)
SPECIAL = {
    "exp": [(-inf, 0.0), (inf, inf), (0.0, 1.0), (-0.0, 1.0), (1e4, inf), (-1e4, 0.0)],
    "exp2": [(-inf, 0.0), (inf, inf), (0.0, 1.0), (-0.0, 1.0), (1e5, inf), (-1e5, 0.0), (10, 1024)],
    "expm1": [(-inf, -1.0), (inf, inf), (0.0, 0.0), (-0.0, -0.0), (1e4, inf), (-1e4, -1.0)],
    "log": [(0.0, -inf), (-0.0, -inf), (inf, inf), (1.0, 0.0), (-1.0, nan), (-inf, nan)],
    "log1p": [(-1.0, -inf), (inf, inf), (0.0, 0.0), (-0.0, -0.0), (-2.0, nan), (-inf, nan)],
    "tanh": [(-inf, -1.0), (inf, 1.0), (0.0, 0.0), (-0.0, -0.0), (1e4, 1.0), (-1e4, -1.0)],
}
LOOPS: dict[tuple[str, bool], Any] = {}


@pytest.fixture(params=[True, False], ids=["fused", "apart"])
def fused(request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[bool]:
    if not request.param:
        monkeypatch.setattr(functions, "_fused", lambda context: False)
    yield request.param


def loop(name: str, fused: bool = True) -> Any:
    """y = f(x) of arrays, compiled in this way."""
    if (name, fused) not in LOOPS:
        f = getattr(functions, name)

        def run(x: Any, y: Any) -> None:
            for i in range(x.size):
                y[i] = f(x[i])

        LOOPS[name, fused] = numba.njit(error_model="numpy")(run)
    return LOOPS[name, fused]


def computed(name: str, x: np.ndarray, fused: bool = True) -> np.ndarray:
    y = np.empty_like(x)
    loop(name, fused)(x, y)
    return y


def unit(y: Any, dtype: Any) -> Any:
    """The last place of a number."""
    info = np.finfo(dtype)
    exponent = math.floor(mpmath.log(abs(y), 2)) if y else -9999
    return mpmath.ldexp(1, max(exponent, info.minexp) - info.nmant)


def check(name: str, x: Any, dtype: Any, fused: bool) -> None:
    if x < LEAST[name] or x == LEAST[name]:
        return
    found = computed(name, np.array([x], dtype), fused)[0]
    with mpmath.workdps(40):
        if name.startswith("exp") and x > 12000:
            want = mpmath.mpf(inf)
        else:
            want = EXACT[name](mpmath.mpf(float(x)) if x > -12000 else mpmath.mpf(-12000))
        top = mpmath.mpf(float(np.finfo(dtype).max))
        if abs(want) > top:  # beyond the largest number: that, or infinity
            assert found == inf or want - top < 2 * unit(top, dtype), (x, found)
            return
        if found == inf:
            assert top - want < 2 * unit(top, dtype), x
            return
        error = abs(mpmath.mpf(float(found)) - want) / unit(want, dtype)
        assert error <= BOUNDS[name], (x, found, want, error)


@pytest.mark.parametrize("name", EXACT)
@given(data=st.data())
def test_any_float32_is_within_its_bound(name: str, data: st.DataObject) -> None:
    x = data.draw(st.floats(width=32, allow_nan=False, allow_infinity=False))
    check(name, np.float32(x), np.float32, True)


@pytest.mark.parametrize("name", EXACT)
@given(data=st.data())
def test_any_float64_is_within_its_bound(name: str, data: st.DataObject) -> None:
    near = st.floats(-750, 750)
    x = data.draw(st.one_of(near, st.floats(allow_nan=False, allow_infinity=False)))
    check(name, np.float64(x), np.float64, True)


@pytest.mark.parametrize("name", EXACT)
def test_a_grid_of_float64_is_within_its_bound(name: str, fused: bool) -> None:
    rng = np.random.default_rng(0)
    each = 40
    points = np.concatenate(
        [
            rng.uniform(-1, 1, each), rng.uniform(-4, 4, each), rng.uniform(-745, 710, each),
            rng.uniform(-745, -708, each), 1 + 1e-3 * rng.normal(size=each),
            10 ** rng.uniform(-320, 300, each), -(10 ** rng.uniform(-320, 0, each)),
            0.5 * math.log(2) * np.arange(-9, 10, 2) * (1 + 1e-9 * rng.normal(size=10)),
            math.sqrt(0.5) * 2.0 ** np.arange(-5, 5) * (1 + 1e-15 * rng.normal(size=10)),
        ]
    )  # fmt: skip
    for x in points:
        check(name, x, np.float64, fused)


@pytest.mark.parametrize("name", EXACT)
def test_each_1021st_float32_is_within_its_bound(name: str, fused: bool) -> None:
    x = np.arange(0, 1 << 32, 1021, dtype=np.uint64).astype(np.uint32).view(np.float32)
    x = x[np.isfinite(x) & (x > LEAST[name])]
    with np.errstate(all="ignore"):
        want = getattr(np, name)(x.astype(np.float64))
        inside = np.isfinite(want.astype(np.float32))
        found = computed(name, x, fused)
        np.testing.assert_array_equal(found[~inside], want[~inside].astype(np.float32))
        x, want, found = x[inside], want[inside], found[inside]
        place = np.ldexp(1.0, np.maximum(np.frexp(want)[1] - 1, -126) - 23)
        error = np.abs(found - want) / place
    at = int(np.argmax(error))
    assert error[at] <= BOUNDS[name] + 1e-6, (x[at], found[at], want[at])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", EXACT)
def test_special_values(name: str, dtype: Any, fused: bool) -> None:
    pairs = [*SPECIAL[name], (nan, nan), (-nan, nan)]
    found = computed(name, np.array([x for x, _ in pairs], dtype), fused)
    np.testing.assert_array_equal(found, np.array([y for _, y in pairs], dtype))
    signs = [np.signbit(y) for _, y in pairs if y == y]
    assert [np.signbit(y) for y in found if y == y] == signs


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_too_small_or_large_to_be_normal(dtype: Any) -> None:
    info = np.finfo(dtype)
    tiny = np.array([info.smallest_subnormal * k for k in (1, 3, 1e5)] + [info.tiny], dtype)
    for name in ("expm1", "log1p", "tanh"):
        np.testing.assert_array_equal(computed(name, tiny), tiny)
        np.testing.assert_array_equal(computed(name, -tiny), -tiny)
    with mpmath.workdps(40):
        logs = [float(mpmath.log(mpmath.mpf(float(x)))) for x in tiny]
    np.testing.assert_allclose(computed("log", tiny), logs, rtol=2 * info.eps)
    powers = np.arange(info.minexp - info.nmant, info.maxexp)
    exact = np.ldexp(dtype(1), powers)
    np.testing.assert_array_equal(computed("exp2", powers.astype(dtype)), exact)
    assert computed("exp2", np.array([info.maxexp], dtype))[0] == inf
    assert computed("exp", np.array([math.log(info.max) * (1 - info.eps)], dtype))[0] < inf


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", EXACT)
def test_bits_do_not_depend_on_the_place_in_the_loop(name: str, dtype: Any) -> None:
    rng = np.random.default_rng(1)
    x = np.exp(2 * rng.normal(size=90)).astype(dtype)
    if LEAST[name] == -inf:
        x *= rng.choice([-1, 1], 90).astype(dtype)
    alone = np.concatenate([computed(name, x[i : i + 1]) for i in range(90)])
    for offset in (0, 1, 2, 3, 5, 8, 13, 17):
        for length in range(1, 71):
            found = computed(name, x[offset : offset + length])
            assert found.tobytes() == alone[offset : offset + length].tobytes(), (offset, length)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", EXACT)
def test_loops_are_made_of_vectors_and_call_nothing(name: str, dtype: Any) -> None:
    run = loop(name)
    computed(name, np.ones(3, dtype))
    texts = [t for s, t in run.inspect_llvm().items() if s[0].dtype == numba.from_dtype(dtype)]
    assert any(re.search(r"fdiv <\d+ x|fmul <\d+ x", t) for t in texts)
    assert not any(re.search(rf"call \w+ @{name}f?\(", t) for t in texts)


def test_each_function_stands_for_that_of_math() -> None:
    assert {k for k, v in MATH.items() if v.startswith("functions.")} == set(functions.NAMES)
    assert set(EXACT) == set(functions.NAMES)


# ---- rows of softmax ----------------------------------------------------------------------------


def rows(x: Any, labels: Any) -> list[Any]:
    return [ag.softmax(x), ag.log_softmax(x), ag.softmax_cross_entropy(x, labels)]


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_of_any_width(dtype: Any) -> None:
    native = ag.jit(rows)
    rng = np.random.default_rng(2)
    for width in (*range(1, 36), 64, 100):
        x = rng.normal(size=(5, width)).astype(dtype) * dtype(3)
        if width > 3:
            x[1, 0], x[2, 1], x[3, :2] = inf, nan, (-inf, -1e4)
            x[4] = -inf
        labels = rng.integers(0, width, 5)
        with np.errstate(all="ignore"):
            want = rows(ag.Tensor(x), labels)
            native(x, labels)
            native.wait()
            found = native(x, labels)
        for a, b in zip(found, want, strict=True):
            tiny = 8 * np.finfo(dtype).eps
            np.testing.assert_allclose(a.array, b.array, rtol=tiny, atol=tiny, err_msg=f"{width}")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", [1, 7, 10, 16, 17, 33])
def test_rows_do_not_depend_on_their_neighbours(width: int, dtype: Any) -> None:
    x = np.random.default_rng(3).normal(size=(6, width)).astype(dtype)
    native = ag.jit(ag.softmax)
    for part in (x, x[:1]):
        native(part)
        native.wait()
    together = native(x).array
    for i in range(6):
        assert native(x[i : i + 1]).array.tobytes() == together[i].tobytes()
