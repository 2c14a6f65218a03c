"""An op's kernel on arrays: native and eager alike, wherever operands lie; what it may not do."""

from __future__ import annotations

import math
import re
from typing import Any

import numba
import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.program.make import target
from autograd_nn.engine.program.target.cpu import cost

SHIFT = 0.125


def shifted(a):  # type: ignore[no-untyped-def]
    """A helper that the kernel calls; it names a number of its module."""
    return a + SHIFT


def moments_kernel(x, mean, spread, power, scale):  # type: ignore[no-untyped-def]
    total = 0.0
    for i in range(x.shape[0]):
        total += shifted(x[i])
    mean[()] = total / x.shape[0] - SHIFT
    for i in range(x.shape[0]):
        spread[i] = scale * math.pow(x[i] - mean[()], power)


@ag.custom_op(
    lambda g, y, x, power, scale: (
        (g.mean / x.shape[-1])[..., None]
        + (lambda c: c - c.mean(axis=-1, keepdims=True))(
            g.spread * scale * power * (x - y.mean[..., None]) ** (power - 1)
        )
    ),
    shape="(n)->(),(n)", results=("mean", "spread"), kernel=moments_kernel, batch=True,
)  # fmt: skip
def moments(x: Any, *, power: int = 2, scale: float = 1.5) -> Any:
    m = x.mean(-1)
    return m, scale * (x - m[..., None]) ** power


def scaled_kernel(x, c, y):  # type: ignore[no-untyped-def]
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = x[i, j] * c[()]


@ag.custom_op(lambda g, y, x, c: (g * c, None), kernel=numba.njit(scaled_kernel))
def scaled(x: Any, c: Any) -> Any:
    return x * c


def flags_kernel(x, y, low, text):  # type: ignore[no-untyped-def]
    for i in range(x.shape[0]):
        y[i] = x[i] > 0 and (low is None or text == "on")


@ag.custom_op(lambda g, y, x, low, text: None, shape="(n)->(n)", kernel=flags_kernel)
def flags(x: Any, *, low: Any = None, text: str = "on") -> Any:
    return x > 0


def program(f: Any, *arrays: np.ndarray) -> Any:
    found = target().make(record(f, [ag.Tensor(a) for a in arrays])[1])
    assert found.ready(wait=True)
    return found


def natively(f: Any, *arrays: np.ndarray) -> list[np.ndarray]:
    found = program(f, *arrays)
    assert " 0 by Python" in str(found.listing()), str(found.listing())
    return found.run([np.ascontiguousarray(a) for a in arrays])


X = np.array([[0.5, -1.0, 2.0], [1.0, 4.0, -3.0]])
LAYOUTS = {
    "as it lies": lambda x: x,
    "transposed": lambda x: x.T,
    "reversed": lambda x: x[::-1, ::-1],
    "broadcast": lambda x: ag.broadcast_to(x[0], (2, 3)),
    "one sample": lambda x: x[1],
    "three axes": lambda x: x[:, None, :],
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.native
def test_native_is_eager_wherever_the_operand_lies(dtype: str) -> None:
    x = X.astype(dtype)

    def f(x: Any) -> list[Any]:
        views = [view(x) for view in LAYOUTS.values()]
        return [y for v in views for y in (*moments(v, power=3), *moments(v, scale=0.5))]

    for found, want in zip(natively(f, x), f(ag.Tensor(x)), strict=True):
        assert found.dtype == want.dtype == dtype
        np.testing.assert_allclose(found, want.numpy(), rtol=1e-5 if dtype == "float32" else 1e-13)


@pytest.mark.native
def test_derivatives_of_both_orders_run_natively_too() -> None:
    def f(x: Any) -> Any:
        def value(x: Any) -> Any:
            y = moments(x)
            return (y.mean * y.spread.sum(axis=-1)).sum()

        return ag.grad(value)(x), ag.hvp(value, (x,), (x,))

    for found, want in zip(natively(f, X), f(ag.Tensor(X)), strict=True):
        np.testing.assert_allclose(found, want.numpy(), rtol=1e-12, atol=1e-14)
    assert ag.check_gradients(moments, X, order=2).verdict == "correct"


@pytest.mark.native
def test_numbers_integers_truths_and_a_function_of_numbas() -> None:
    (y,) = natively(lambda x: scaled(x, 2.5), X)
    np.testing.assert_array_equal(y, X * 2.5)
    (y,) = natively(lambda x: scaled(x, 3), X.astype(int))
    np.testing.assert_array_equal(y, X.astype(int) * 3)
    (y,) = natively(lambda x: flags(x), X)
    assert y.dtype == bool and np.array_equal(y, X > 0)


@pytest.mark.native
def test_samples_are_shared_among_threads() -> None:
    x = np.random.default_rng(0).normal(size=(4000, 16))
    found = program(lambda x: moments(x), x)
    (step,) = found.plan.steps
    assert step.parts == 4000 and cost.parts(step) > 1
    for y, want in zip(found.run([x]), moments(x), strict=True):
        np.testing.assert_allclose(y, want.numpy(), rtol=1e-12, atol=1e-15)


def test_top_k_of_ties_and_nan() -> None:
    x = np.array([[1.0, np.nan, 3.0, 3.0, -np.inf], [np.nan, np.nan, np.nan, 0.0, 0.0]])
    for k in (1, 3, 5):
        for y, want in zip(natively(lambda x, k=k: ag.top_k(x, k), x), ag.top_k(x, k), strict=True):
            np.testing.assert_array_equal(y, want.numpy())


def outside(x, y):  # type: ignore[no-untyped-def]
    for i in range(x.shape[0]):
        y[i] = x[i + 1]


def raising(x, y):  # type: ignore[no-untyped-def]
    if x[0] > 0:
        raise ValueError("positive")
    for i in range(x.shape[0]):
        y[i] = x[i]


@pytest.mark.parametrize("kernel", [outside, raising])
@pytest.mark.native
def test_an_index_outside_and_an_exception_are_reported(kernel: Any) -> None:
    op = ag.custom_op(lambda g, y, x: g, shape="(n)->(n)", kernel=kernel, name="op")(lambda x: x)
    found = program(lambda x: op(x) * 2, X)
    with pytest.raises(ag.RangeError, match="the kernel of 'op' failed at sample 0: received an"):
        found.run([X])
    if kernel is raising:
        np.testing.assert_array_equal(found.run([-np.abs(X)])[0], -2 * np.abs(X))


def sorting(x, y):  # type: ignore[no-untyped-def]
    y[:] = np.sort(x)


def unknown(x, y):  # type: ignore[no-untyped-def]
    y[0] = nobody_knows(x)  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize(
    ("kernel", "why"),
    [
        (sorting, "does not compile: it asks for memory"),
        (unknown, "does not compile: .*nobody_knows"),
        (lambda x, y: None, "does not compile: .*not a lambda"),
    ],
)
@pytest.mark.native
def test_where_it_does_not_compile_python_runs_the_op_and_the_listing_says_why(
    kernel: Any, why: str
) -> None:
    op = ag.custom_op(lambda g, y, x: g, shape="(n)->(n)", kernel=kernel)(lambda x: np.sort(x))
    found = program(lambda x: op(x.T) + 1, X)
    np.testing.assert_array_equal(found.run([X])[0], np.sort(X.T) + 1)
    assert re.search(rf"python \(its kernel {why}", str(found.listing())), str(found.listing())


@pytest.mark.native
def test_parameters_and_dtypes_it_is_not_for() -> None:
    f = ag.custom_op(lambda g, y, x, a: g, kernel=lambda x, y, a: None)(lambda x, *, a: x + a)
    listing = str(program(lambda x: f(x, a=np.ones(3)), X).listing())
    assert "takes numbers and texts as parameters, not ndarray" in listing
    listing = str(program(lambda x: f(x, a=1), X.astype(np.float16)).listing())
    assert "dtype float16" in listing


@pytest.mark.parametrize(
    ("kernel", "why"),
    [(lambda x: None, r"a kernel of \(x\); expected 2 parameters"), (3, "received kernel=3")],
)
def test_a_kernel_that_cannot_be_one(kernel: Any, why: str) -> None:
    with pytest.raises(TypeError, match=why):
        ag.custom_op(lambda g, y, x: g, kernel=kernel)(lambda x: x)


@pytest.mark.native
def test_a_sparse_product_and_its_derivatives_are_native() -> None:
    r = np.random.default_rng(0)
    w, v = r.normal(size=(5, 3)).astype("f4"), r.normal(size=(2, 4)).astype("f4")
    v[0, 2] = 0
    rows, columns = (r.integers(0, n, v.shape).astype("i4") for n in (2, 5))

    def f(v: Any, rows: Any, columns: Any, w: Any) -> Any:
        def total(v: Any, w: Any) -> Any:
            return (ag.ops.sparse_dot(v, rows, columns, w) ** 2).sum()

        return ag.grad(total, argnums=(0, 1))(v, w)

    given = [v, rows, columns, w]
    for found, wanted in zip(natively(f, *given), f(*given), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5)
