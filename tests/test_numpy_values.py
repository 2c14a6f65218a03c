"""Our own functions give NumPy's values, dtypes and errors: every dtype, every kind of axis.

The functions compared are found by their names: whatever `autograd_nn.ops` and NumPy both have.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from tests.test_numpy_everything import outcome

DTYPES = [np.dtype(c) for c in "?bhilBHILefd"]
FLOATS = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, 2.5, -2.5, 3.0]
UFUNCS = {
    n: f for n in dir(ag.ops)
    if isinstance(f := getattr(np, n, None), np.ufunc) and callable(getattr(ag.ops, n))
}  # fmt: skip
# Where ours is another function, and why.
ELSEWISE = {
    "reciprocal": "a float for integers too",
    "power": "a negative Python exponent of integers gives floats",
    "pow": "a negative Python exponent of integers gives floats",
}


def special(dtype: np.dtype) -> np.ndarray:
    if dtype.kind == "f":
        limits = np.finfo(dtype)
        return np.array([*FLOATS, limits.max, limits.tiny], dtype)
    if dtype.kind == "b":
        return np.array([True, False])
    limits = np.iinfo(dtype)
    return np.array([0, 1, 2, 7, limits.min, limits.max], dtype)


def differs(found: Any, want: Any, tolerance: float = 0.0) -> str:
    """What differs between a result and NumPy's, in a line; empty if nothing does."""
    if isinstance(want, tuple | list):
        return next((d for f, w in zip(found, want, strict=True) if (d := differs(f, w))), "")
    y, w = np.asarray(found), np.asarray(want)
    if y.dtype != w.dtype or y.shape != w.shape:
        return f"{y.dtype}{y.shape}, NumPy's is {w.dtype}{w.shape}"
    same = np.isclose(y, w, rtol=tolerance, atol=0, equal_nan=True) if tolerance else (
        (y == w) & (np.signbit(y) == np.signbit(w)) if y.dtype.kind == "f" else y == w
    )
    if y.dtype.kind == "f":
        same = same | (np.isnan(y) & np.isnan(w))
    return "" if np.all(same) else f"{y!r}, NumPy's is {w!r}"


@pytest.mark.parametrize("name", sorted(UFUNCS))
def test_elementwise_values_and_dtypes(name: str) -> None:
    ours, ufunc, problems = getattr(ag.ops, name), UFUNCS[name], []
    for dtypes in product(DTYPES, repeat=ufunc.nin):
        grids = np.meshgrid(*map(special, dtypes), indexing="ij")
        xs = [np.ascontiguousarray(g) for g in grids]
        calls = [xs]
        if ufunc.nin == 2 and dtypes[0] == dtypes[1]:  # Python numbers take their partner's dtype
            calls += [[xs[0], 2], [2, xs[0]], [xs[0], 0.5], [True, xs[1]]]
        for args in calls:
            want, failed = outcome(lambda: ufunc(*args))  # noqa: B023
            found, error = outcome(lambda: ours(*args))  # noqa: B023
            what = f"{name} of {[getattr(x, 'dtype', x) for x in args]}"
            if failed is not None:
                if error is None and name not in ELSEWISE:
                    problems.append(f"{what}: {found!r}, where NumPy raises {failed!r}")
            elif error is not None:
                problems.append(f"{what}: {error!r}")
            elif (d := differs(found, want)) and name not in ELSEWISE:
                problems.append(f"{what}: {d}")
    assert not problems, f"{len(problems)} differ:\n" + "\n".join(problems[:10])


AXES = [None, 0, 1, -1, 2, -3, 3, -4, (0,), (0, 1), (1, -1), (0, 0), (0, -3), (), (0, 5),
        np.int64(1), np.array(1), True, 0.5, "x"]  # fmt: skip
CALLS: dict[str, Callable[..., Any]] = {
    name: lambda m, x, axis, name=name: getattr(m, name)(x, axis=axis)
    for name in "sum mean prod max min std var ptp median any all argmax argmin cumsum cumprod "
    "count_nonzero nansum nanmean sort argsort flip squeeze expand_dims diff".split()
} | {
    "concatenate": lambda m, x, axis: m.concatenate([x, x], axis=axis),
    "stack": lambda m, x, axis: m.stack([x, x], axis=axis),
    "split": lambda m, x, axis: m.split(x, 1, axis=axis),
    "take": lambda m, x, axis: m.take(x, np.array([0]), axis=axis),
    "repeat": lambda m, x, axis: m.repeat(x, 2, axis=axis),
    "roll": lambda m, x, axis: m.roll(x, 1, axis=axis),
    "swapaxes": lambda m, x, axis: m.swapaxes(x, axis, 0),
    "moveaxis": lambda m, x, axis: m.moveaxis(x, axis, 0),
    "transpose": lambda m, x, axis: m.transpose(x, axis),
    "quantile": lambda m, x, axis: m.quantile(x, 0.3, axis=axis),
    "quantile of several": lambda m, x, axis: m.quantile(x, [0.1, 0.9], axis=axis, keepdims=True),
    "sum, kept": lambda m, x, axis: m.sum(x, axis=axis, keepdims=True),
    "mean, kept": lambda m, x, axis: m.mean(x, axis=axis, keepdims=True),
    "median, kept": lambda m, x, axis: m.median(x, axis=axis, keepdims=True),
    "argmax, kept": lambda m, x, axis: m.argmax(x, axis=axis, keepdims=True),
    "var, ddof": lambda m, x, axis: m.var(x, axis=axis, ddof=1),
    "norm": lambda m, x, axis: getattr(m, "linalg", m).norm(x.reshape(-1)[:9], axis=axis),
}  # fmt: skip
SAMPLES = [
    np.array(1.5), np.array([2.5, -1.0, 0.5, 7.0]), np.arange(24.0).reshape(2, 3, 4)[::-1] - 7.3,
    np.zeros((0,)), np.zeros((2, 0, 3)),
]  # fmt: skip
# A list, a bool and a whole float are refused for every axis here, by NumPy for most.
REFUSED_BY_US = (True, 0.5, "x")


@pytest.mark.parametrize("name", CALLS)
def test_every_kind_of_axis(name: str) -> None:
    """The same value, or an error of NumPy's class whose words name what came."""
    call, problems = CALLS[name], []
    for x, axis in product(SAMPLES, AXES):
        want, failed = outcome(lambda: call(np, x, axis))  # noqa: B023
        what = f"{name} of {x.dtype}{x.shape}, axis={axis!r}"
        found, error = outcome(lambda: call(ag, ag.Tensor(x), axis))  # noqa: B023
        if error is None:
            if failed is not None:
                if "newaxis" not in str(failed):  # NumPy's own slip, for no entries
                    problems.append(f"{what}: {found!r}, where NumPy raises {failed!r}")
            elif d := differs(found, want, 1e-13):
                problems.append(f"{what}: {d}")
        elif any(axis is r for r in REFUSED_BY_US) and isinstance(error, ag.DTypeError):
            pass
        elif failed is None:
            problems.append(f"{what}: {error!r}")
        elif not isinstance(error, type(failed)) or "index out of range" in str(error):
            problems.append(f"{what}: {error!r}, where NumPy raises {failed!r}")
    assert not problems, f"{len(problems)} differ:\n" + "\n".join(problems[:15])


REDUCED = "sum mean prod max min std var ptp median any all argmax argmin cumsum cumprod " \
    "count_nonzero nansum nanmean sort argsort flip diff ravel round zeros_like ones_like tril " \
    "diag trace rint".split()  # fmt: skip


@pytest.mark.parametrize("name", REDUCED)
def test_dtypes_of_functions(name: str) -> None:
    ours, numpys, problems = getattr(ag, name, None) or getattr(ag.ops, name), getattr(np, name), []
    stable = {"kind": "stable"} if name == "argsort" else {}  # as ours always is
    for dtype in DTYPES:
        values = [True, False] if dtype.kind == "b" else [3, 1, 100, 100]
        samples = [np.resize(np.array(values, dtype), shape) for shape in ((3, 3), 6)]
        if dtype.kind == "f":
            samples += [special(dtype), np.array([1.5, np.nan, 0.25, 300.0], dtype)]
        for x in samples:
            want, failed = outcome(lambda: numpys(x, **stable))  # noqa: B023
            found, error = outcome(lambda: ours(ag.Tensor(x)))  # noqa: B023
            what = f"{name} of {dtype}{x.shape}"
            if failed is not None:
                if error is None:
                    problems.append(f"{what}: {found!r}, where NumPy raises {failed!r}")
            elif error is not None:
                if not isinstance(error, ag.ShapeError):  # tril and trace want matrices
                    problems.append(f"{what}: {error!r}")
            else:
                eps = 4 * float(np.finfo(np.asarray(want).dtype).eps) if dtype.kind == "f" and (
                    np.asarray(want).dtype.kind == "f") else 1e-15
                if d := differs(found, want, eps):
                    problems.append(f"{what}: {d}")
    assert not problems, f"{len(problems)} differ:\n" + "\n".join(problems[:10])


@pytest.mark.parametrize("q", [0, 1, 0.5, 0.37, [0.1, 0.9], [[0.25]], np.float64(0.3), []])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "int64", "uint8"])
def test_quantiles(q: Any, dtype: str) -> None:
    for x in (np.array([3, 1, 2, 8, 5], dtype), np.array([[3, 1, 2], [9, 8, 7]], dtype)):
        if type(q) is int and x.dtype.kind != "f":
            continue  # NumPy picks the integer itself
        for axis in (None, 0, -1, *(((0, 1),) if x.ndim == 2 else ())):
            assert not differs(ag.quantile(x, q, axis=axis), np.quantile(x, q, axis=axis), 1e-3)
    if dtype.startswith("f"):
        x = np.array([[3.0, np.nan], [1.0, 2.0]], dtype)
        with np.errstate(all="ignore"):
            assert not differs(ag.quantile(x, q, axis=1), np.quantile(x, q, axis=1), 1e-3)
            assert not differs(ag.median(x, axis=1), np.median(x, axis=1))
            x = np.array([np.inf, np.inf, 1.0, 2.0], dtype)
            assert not differs(ag.median(x), np.median(x))


def test_default_dtypes_are_numpys() -> None:
    """One rule: what is named, else the data's own, else NumPy's."""
    for ours, want in {
        ag.zeros(2): np.zeros(2), ag.ones((2, 1)): np.ones((2, 1)), ag.eye(3): np.eye(3),
        ag.full(2, 7.0): np.full(2, 7.0), ag.full(2, 7): np.full(2, 7),
        ag.full(2, True): np.full(2, True), ag.arange(3): np.arange(3),
        ag.arange(3.0): np.arange(3.0), ag.linspace(0, 1, 3): np.linspace(0, 1, 3),
        ag.Tensor(1.0): np.asarray(1.0), ag.as_tensor([1, 2]): np.asarray([1, 2]),
        ag.zeros_like(np.ones(2, "f4")): np.zeros(2, "f4"), ag.Tensor(True): np.asarray(True),
    }.items():  # fmt: skip
        assert not differs(ours, want)
    draw = ag.random.Generator(1)
    for f in "unit uniform normal truncated_normal exponential gumbel bernoulli".split():
        assert getattr(draw, f)((2,)).dtype == np.float64
        assert getattr(draw, f)((2,), dtype="float32").dtype == np.float32
    assert ag.one_hot([1, 0], 2).dtype == np.float64
    for make in (ag.zeros, ag.ones, ag.eye, ag.one_hot, draw.unit, draw.normal):
        assert inspect.signature(make).parameters["dtype"].default == "float64"
    layer = ag.nn.layers.Dense(2)
    layer(np.ones((1, 3)))
    assert all(w.dtype == np.float32 for w in layer.weights)


@pytest.mark.parametrize("truth", [True, False])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_one_truth_value_as_a_mask(truth: bool, shape: tuple[int, ...]) -> None:
    x = np.arange(1.0, 1.0 + np.prod(shape)).reshape(shape)
    for mask in (np.array(truth), np.bool_(truth), ag.Tensor(truth)):
        assert not differs(ag.Tensor(x)[mask], x[np.array(truth)])
        y = x.copy()
        y[np.array(truth)] = 9.0
        assert not differs(ag.put(x, mask, 9.0), y)
        t = ag.Tensor(x)
        t[mask] = 9.0
        assert not differs(t, y)
        slope = ag.grad(lambda x: (x[mask] ** 2).sum())(ag.Tensor(x))  # noqa: B023
        assert not differs(slope, 2 * x * truth)
