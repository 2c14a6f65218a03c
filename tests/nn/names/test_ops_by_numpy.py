"""Ops under NumPy's names that few others use: NumPy's values, and derivatives where there are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate, special

import autograd_nn as ag
from autograd_nn.nn import Input, Model, ops

X = np.array([[1.5, -2.0, 3.25], [0.5, 4.0, -1.0]])
Y = np.array([[-0.5, 2.5, 1.0], [2.0, -3.0, 0.75]])
GAPS = np.array([[1.0, np.nan, 3.0], [0.5, 2.0, np.nan]])
CUBE = np.arange(24.0).reshape(2, 4, 3) / 7
I, J = np.array([12, 7, 9]), np.array([8, 3, 6])  # noqa: E741

# By name: positional arguments, then named ones. What is called of NumPy has the same name.
SMOOTH: dict[str, tuple[Any, ...]] = {  # checked for their derivatives, too
    "amax": ((X,), {"axis": 1}), "amin": ((X,), {"axis": 0}), "fabs": ((X,), {}),
    "array_split": ((X, 2), {"axis": 1}), "correlate": ((X[0], Y[0][:2]), {"mode": "full"}),
    "diagflat": ((X[0],), {}), "dsplit": ((CUBE, 3), {}), "dstack": (([X, Y],), {}),
    "fliplr": ((X,), {}), "flipud": ((X,), {}), "fmax": ((X, Y), {}), "fmin": ((X, Y), {}),
    "fmod": ((X, Y), {}), "mod": ((X, Y), {}), "hsplit": ((CUBE, 2), {}),
    "hstack": (([X, Y],), {}), "vsplit": ((CUBE, 2), {}), "vstack": (([X, Y],), {}),
    "logaddexp2": ((X, Y), {}), "nancumprod": ((X,), {"axis": 1}), "nancumsum": ((X,), {"axis": 1}),
    "nanmedian": ((X,), {"axis": 1}), "nanmin": ((X,), {"axis": 1}),
    "nanpercentile": ((X, 30), {"axis": 1}), "nanprod": ((X,), {"axis": 0}),
    "nanquantile": ((X, 0.3), {"axis": 1}), "nanstd": ((X,), {"axis": 1}),
    "nanvar": ((X,), {"axis": 1}), "percentile": ((X, 40), {"axis": 1}),
    "rot90": ((X,), {}), "trapezoid": ((X,), {"axis": 1}), "vander": ((X[0], 3), {}),
    "logspace": ((X[0], Y[0]), {"num": 4}),
}  # fmt: skip
LEVEL: dict[str, tuple[Any, ...]] = {  # flat, or not of real numbers
    "argpartition": ((X, 1), {"axis": 1}), "bartlett": ((5,), {}), "blackman": ((5,), {}),
    "hanning": ((5,), {}), "kaiser": ((5, 2.0), {}), "bitwise_left_shift": ((I, 2), {}),
    "bitwise_right_shift": ((I, 1), {}), "right_shift": ((I, 1), {}), "bitwise_not": ((I,), {}),
    "gcd": ((I, J), {}), "lcm": ((I, J), {}), "greater_equal": ((X, Y), {}),
    "less_equal": ((X, Y), {}), "logical_xor": ((X > 0, Y > 0), {}),
    "heaviside": ((np.array([-1.0, 0.0, 2.0]), 0.5), {}), "isin": ((I, [7, 12]), {}),
    "isneginf": ((np.array([-np.inf, 1.0]),), {}), "isposinf": ((np.array([np.inf, 1.0]),), {}),
    "isreal": ((X,), {}), "nanargmax": ((GAPS,), {"axis": 1}),
    "nanargmin": ((GAPS,), {"axis": 1}),
}  # fmt: skip
NUMPYS = {
    "bitwise_left_shift": "left_shift", "bitwise_right_shift": "right_shift",
    "bitwise_not": "invert",
}  # fmt: skip
WINDOWS = dict.fromkeys(("bartlett", "blackman", "hamming", "hanning", "kaiser"), "float32")
SKIPPING = [n for n in SMOOTH if n.startswith("nan")] + ["fmax", "fmin"]


def arrays(found: Any) -> list[np.ndarray]:
    return [np.asarray(y) for y in (found if isinstance(found, list | tuple) else [found])]


def same(name: str, args: tuple[Any, ...], options: dict[str, Any]) -> None:
    reference = getattr(np, NUMPYS.get(name, name), None)
    if name == "trapezoid":  # in NumPy since its second edition
        reference = integrate.trapezoid
    assert reference is not None
    expected, found = reference(*args, **options), getattr(ops, name)(*args, **options)
    expected, found = arrays(expected), arrays(found)
    assert len(expected) == len(found)
    for one, other in zip(found, expected, strict=True):
        indices = other.dtype == "int64"  # which are int32, as Keras has them
        wanted = WINDOWS.get(name, other.dtype)  # windows are of floatx
        assert one.dtype in ((wanted, "int32") if indices else (wanted,))
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-7 if name in WINDOWS else 1e-12)


@pytest.mark.parametrize("name", {**SMOOTH, **LEVEL})
def test_the_values_are_numpys(name: str) -> None:
    args, options = {**SMOOTH, **LEVEL}[name]
    same(name, args, options)


@pytest.mark.parametrize("name", SKIPPING)
def test_nan_is_skipped_as_numpy_skips_it(name: str) -> None:
    args, options = SMOOTH[name]
    same(name, (GAPS, *args[1:]), options)


@pytest.mark.parametrize("name", SMOOTH)
def test_derivatives(name: str) -> None:
    args, options = SMOOTH[name]
    fixed = [not isinstance(a, np.ndarray | list) for a in args]

    def f(*moved: Any) -> Any:
        given = iter(moved)
        return getattr(ops, name)(
            *[a if still else next(given) for a, still in zip(args, fixed, strict=True)], **options
        )

    report = ag.check_gradients(f, *[a for a, still in zip(args, fixed, strict=True) if not still])
    assert report, report


@pytest.mark.parametrize("name", ["nanstd", "nanvar", "nanprod", "nanmedian"])
def test_what_is_skipped_has_no_slope(name: str) -> None:
    def f(x: Any) -> Any:
        return getattr(ops, name)(x, axis=1)

    slope = np.asarray(ag.grad(lambda x: ag.sum(f(x)))(GAPS))
    assert np.isfinite(slope).all() and not slope[np.isnan(GAPS)].any()
    kept = GAPS[:1, [0, 2]]
    expected = np.asarray(ag.grad(lambda x: ag.sum(f(x)))(kept))
    np.testing.assert_allclose(slope[0, [0, 2]], expected[0], rtol=1e-12)


@pytest.mark.parametrize("method", ["linear", "lower", "higher", "midpoint", "nearest"])
@pytest.mark.parametrize("axis", [None, 1, (0, 1), -1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_quantiles_that_skip(method: str, axis: Any, keepdims: bool) -> None:
    for q in (0.0, 0.35, [[0.1], [1.0]]):
        options = {"axis": axis, "method": method, "keepdims": keepdims}
        expected = np.nanquantile(GAPS, q, **options)
        np.testing.assert_allclose(np.asarray(ops.nanquantile(GAPS, q, **options)), expected)


@pytest.mark.parametrize("x", [
    [np.inf], [np.inf, np.inf], [-np.inf, 1, 2], [1, np.inf, np.inf, np.inf], [np.inf, -np.inf],
    [1, 2, np.inf, np.nan], [1, np.nan, 5],
], ids=str)  # fmt: skip
def test_what_skips_nan_skips_no_infinite_entry(x: list[float]) -> None:
    with np.errstate(invalid="ignore"):
        for name in ("nanvar", "nanstd", "nanmedian"):
            np.testing.assert_allclose(getattr(ops, name)(x), getattr(np, name)(x), err_msg=name)
        ends = np.nanmin(x), np.nanmax(x)  # which NumPy's quantile has not, where they are infinite
        np.testing.assert_array_equal(ops.nanquantile(x, [0.0, 1.0]), ends)


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize(("n", "m"), [(5, 2), (2, 5), (4, 4), (1, 3), (6, 3), (3, 6)])
def test_correlations_of_any_lengths(mode: str, n: int, m: int) -> None:
    a, b = np.random.default_rng(n).normal(size=n), np.random.default_rng(m + 9).normal(size=m)
    np.testing.assert_allclose(np.asarray(ops.correlate(a, b, mode)), np.correlate(a, b, mode))


@pytest.mark.parametrize("options", [{"endpoint": False}, {"axis": -1}, {"num": 1}, {"num": 0},
                                     {"dtype": "int32"}])  # fmt: skip
def test_linspace(options: dict[str, Any]) -> None:
    same("linspace", (X[0], Y[0]), options)
    step = ops.linspace(X[0], Y[0], 5, retstep=True)[1]
    np.testing.assert_allclose(np.asarray(step), (Y[0] - X[0]) / 4)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ops.nanquantile(X, 1.5), "expected 0 to 1"),
        (lambda: ops.nanquantile(X, 0.5, method="near"), "expected one of"),
        (lambda: ops.correlate(X, X), "expected vectors"),
        (lambda: ops.correlate(X[0], X[0], "half"), "expected one of"),
    ],
)  # fmt: skip
def test_bad_calls(call: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_kaiser_is_a_ratio_of_bessel_functions() -> None:
    n = np.arange(7)
    shape = special.i0(3.0 * np.sqrt(1 - (n / 3 - 1) ** 2)) / special.i0(3.0)
    np.testing.assert_allclose(np.asarray(ops.kaiser(7, 3.0)), shape, rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "shape"),
    [
        (lambda x: ops.hstack([x, x]), (None, 6)), (lambda x: ops.rot90(x), (3, None)),
        (lambda x: ops.nanmax(x, axis=1), (None,)), (lambda x: ops.normalize(x), (None, 3)),
        (lambda x: ops.zeros_like(x), (None, 3)), (lambda x: ops.slice(x, (0, 1), (1, 2)), (1, 2)),
        (lambda x: ops.convert_to_tensor(x), (None, 3)), (lambda x: ops.moments(x, 1)[0], (None,)),
    ],
)  # fmt: skip
def test_symbols_are_taken_and_a_model_computes_the_same(call: Any, shape: Any) -> None:
    x = Input((3,), dtype="float64")
    y = call(x)
    assert ops.shape(y) == shape and ops.dtype(y) == "float64" and ops.ndim(y) == len(shape)
    assert ops.size(y) is None or None not in shape
    found = Model(x, y)(X)
    np.testing.assert_array_equal(np.asarray(found), np.asarray(call(X)))
