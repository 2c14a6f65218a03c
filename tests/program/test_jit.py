"""``ag.jit``: signatures, transforms, random draws, memory, what a program says of itself."""

from __future__ import annotations

import tracemalloc
import weakref
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.errors import ShapeError

X = np.array([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]])


def ready(f: Any, *args: Any, **kwargs: Any) -> Any:
    """f called until it is native; the first result."""
    y = f(*args, **kwargs)
    f.wait()
    return y


def test_signatures_record_once_each() -> None:
    f = ag.jit(lambda x: ag.sum(x * 2))
    for _ in range(3):
        for x in (X, X[0], X.astype("float32"), X.T):
            found = ready(f, ag.Tensor(x))
            assert found.dtype == x.dtype
            np.testing.assert_allclose(found.array, 2 * x.sum(), rtol=1e-6)
    assert len(f._programs) == 4


def test_trees_and_keywords() -> None:
    def f(tree: dict, scale: Any = 1.0, *, shift: Any = None) -> dict:
        y = tree["a"] * scale + tree["b"][0]
        return {"y": y if shift is None else y + shift, "n": 7, "none": None, "pair": (y, "text")}

    j = ag.jit(f)
    tree = {"a": ag.Tensor(X), "b": [ag.Tensor(X[0]), 3]}
    for kwargs in ({}, {"scale": 2.0}, {"scale": ag.Tensor(3.0), "shift": X[0]}, {"scale": 2}):
        told = f(tree, **kwargs)
        for _ in range(2):
            found = ready(j, tree, **kwargs)
            np.testing.assert_allclose(found["y"].array, told["y"].array, rtol=1e-15)
            assert found["n"] == 7 and found["none"] is None and found["pair"][1] == "text"


def test_python_floats_are_inputs_and_integers_are_fixed() -> None:
    f = ag.jit(lambda x, a: x * a)
    for a in (2.0, -0.5, 3.0):
        np.testing.assert_array_equal(ready(f, ag.Tensor(X), a).array, X * a)
    assert len(f._programs) == 1
    for n in (2, 3, 2):
        np.testing.assert_array_equal(ready(f, ag.Tensor(X), n).array, X * n)
    assert len(f._programs) == 3


def test_static_arguments() -> None:
    def power(x: Any, n: int, kind: str) -> Any:
        return x**n if kind == "up" else x / n

    f = ag.jit(power, static_argnums=(1, 2))
    for n, kind in ((2, "up"), (3, "up"), (2, "down"), (2, "up")):
        told = power(X, n, kind)
        np.testing.assert_allclose(ready(f, ag.Tensor(X), n, kind).array, told, rtol=1e-15)
    with pytest.raises(TypeError, match="static_argnums.*hashable.*received list"):
        f(ag.Tensor(X), [1], "up")


def test_layouts_of_arguments() -> None:
    f = ag.jit(lambda x: ag.cumsum(x, axis=0) @ ag.transpose(x))
    ready(f, ag.Tensor(X))
    wide = np.zeros((2, 6))
    wide[:, ::2] = X
    for x in (X, np.asfortranarray(X), wide[:, ::2], X[::-1][::-1]):
        t = ag.as_tensor(x)
        np.testing.assert_allclose(f(t).array, np.cumsum(X, 0) @ X.T, rtol=1e-14)


def test_random_draws_go_on_as_they_do_eagerly() -> None:
    def draws(native: bool) -> list[np.ndarray]:
        generator = ag.random.Generator(5)

        def f(x: Any) -> Any:
            return (
                generator.normal((3, 2), dtype="float64") + generator.uniform((2,)) * x,
                generator.bernoulli((4,), 0.5), generator.randint(0, 9, (5,)),
                generator.truncated_normal((2,)), generator.categorical(ag.zeros(4)),
            )  # fmt: skip

        g = ag.jit(f) if native else f
        found = []
        for _ in range(4):
            found.append([np.array(y.array) for y in g(ag.Tensor(2.0))])
            if native:
                g.wait()
        found.append([np.array(generator.state.array)])
        return found

    eager, native = draws(False), draws(True)
    for a, b in zip(eager, native, strict=True):
        for p, q in zip(a, b, strict=True):
            np.testing.assert_allclose(q, p, rtol=1e-6, atol=1e-7)
    assert not np.array_equal(native[1][0], native[2][0])


def test_nested_jit_joins_the_outer_recording() -> None:
    inner = ag.jit(lambda x: ag.sin(x) * 2)
    outer = ag.jit(lambda x: inner(x) + inner(x * 2))
    for _ in range(3):
        found = ready(outer, ag.Tensor(X))
        np.testing.assert_allclose(found.array, 2 * np.sin(X) + 2 * np.sin(2 * X), rtol=1e-14)
    assert not inner._programs


def test_grad_of_jit_and_jit_of_grad() -> None:
    f = lambda x: ag.sum(ag.sin(x) * x)  # noqa: E731
    slope = np.cos(X) * X + np.sin(X)
    curve = 2 * np.cos(X) - np.sin(X) * X
    j = ag.jit(f)
    ready(j, ag.Tensor(X))
    for _ in range(2):
        np.testing.assert_allclose(ag.grad(j)(X).array, slope, rtol=1e-13)
        np.testing.assert_allclose(ready(ag.jit(ag.grad(f)), ag.Tensor(X)).array, slope, rtol=1e-13)
        twice = ag.grad(lambda x: ag.sum(ag.grad(j)(x)))
        np.testing.assert_allclose(twice(X).array, curve, rtol=1e-13)
        inside = ag.jit(ag.grad(lambda x: ag.sum(ag.grad(j)(x))))
        np.testing.assert_allclose(ready(inside, ag.Tensor(X)).array, curve, rtol=1e-13)
    hv = ag.jit(lambda x, v: ag.hvp(f, (x,), (v,)))
    for _ in range(2):
        found = ready(hv, ag.Tensor(X), ag.ones_like(X))
        np.testing.assert_allclose(found.array, curve, rtol=1e-13)
    tangent = ag.jit(lambda x: ag.jvp(f, (x,), (ag.ones_like(x),))[1])
    for _ in range(2):
        np.testing.assert_allclose(ready(tangent, ag.Tensor(X)).array, slope.sum(), rtol=1e-13)


def test_an_error_inside_leaves_nothing_behind() -> None:
    def f(x: Any) -> Any:
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        ag.jit(f)(ag.Tensor(X))
    with pytest.raises(ShapeError):
        ag.jit(lambda x: x @ x)(ag.Tensor(X))
    assert float(ag.jit(ag.sum)(ag.Tensor(X))) == X.sum()


@pytest.mark.native
def test_custom_op_runs_between_native_stretches() -> None:
    @ag.custom_op(vjp=lambda g, y, x: g * 3 * x**2)
    def cube(x: Any) -> Any:
        return np.asarray(x) ** 3

    f = ag.jit(ag.value_and_grad(lambda x: ag.sum(cube(ag.sin(x)) * 2)))
    for _ in range(3):
        y, g = ready(f, ag.Tensor(X))
        np.testing.assert_allclose(float(y), (2 * np.sin(X) ** 3).sum(), rtol=1e-13)
        np.testing.assert_allclose(g.array, 6 * np.sin(X) ** 2 * np.cos(X), rtol=1e-13)
    assert "[python" in str(f.program(ag.Tensor(X)))


def test_custom_op_parameters_that_are_arrays_are_told_apart() -> None:
    @ag.custom_op(vjp=lambda g, y, x, table: g)
    def moved(x: Any, *, table: Any) -> Any:
        return np.asarray(x) + table[1500]

    one, two = np.zeros(3000), np.zeros(3000)
    two[1500] = 5.0
    f = ag.jit(lambda x: moved(x, table=one) + 10 * moved(x, table=two))
    for _ in range(2):
        np.testing.assert_allclose(ready(f, ag.Tensor(X)).array, 11 * X + 50, rtol=1e-14)


@pytest.mark.native
def test_the_listing() -> None:
    f = ag.jit(lambda x, w: ag.sum(ag.tanh(x @ w), axis=0))
    args = ag.Tensor(X), ag.Tensor(X.T)
    ready(f, *args)
    program = f.program(*args)
    text = str(program)
    for word in ("instructions", "native", "kernels", "matmul(%0, %1)", "tanh+sum", "arena",
                 "peak", "flops", "inputs: %0:f8[2, 3], %1:f8[3, 2]", "24 flops"):  # fmt: skip
        assert word in text, word
    assert program.peak_bytes >= program.plan.arena > 0


@pytest.mark.native
def test_the_arena_is_reused() -> None:
    def deep(x: Any) -> Any:
        for _ in range(12):
            x = ag.tanh(x @ x)
        return ag.sum(x)

    x = ag.Tensor(np.eye(16) * 1.5)
    f = ag.jit(deep)
    ready(f, x)
    plan = f.program(x).plan
    assert plan.arena <= 3 * 16 * 16 * 8 + 64 < plan.unshared
    np.testing.assert_allclose(f(x).array, deep(x).array, rtol=1e-11)


@pytest.mark.usefixtures("uncollected")
@pytest.mark.native
def test_ten_thousand_calls_leave_memory_flat() -> None:
    f = ag.jit(lambda x: ag.sum(ag.tanh(x) * x))
    x = ag.Tensor(X)
    ready(f, x)
    for _ in range(200):
        f(x)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(10_000):
            f(x)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 40_000, f"{grown} bytes more after 10,000 calls"


@pytest.mark.usefixtures("uncollected")
def test_a_program_goes_when_its_function_does() -> None:
    w = ag.Tensor(X)

    def step(x: Any) -> Any:
        w.assign(w + x)
        return w

    f = ag.jit(step)
    ready(f, ag.Tensor(X))
    f(ag.Tensor(X))
    gone = weakref.ref(f.program(ag.Tensor(X)))
    del f, step
    assert gone() is None, "a reference cycle keeps a program"


def test_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    f = ag.jit(lambda x: ag.sum(ag.sin(x)))
    native = ready(f, ag.Tensor(X)) and f(ag.Tensor(X))
    monkeypatch.setenv("AUTOGRAD_NN_JIT", "0")
    off = ag.jit(lambda x: ag.sum(ag.sin(x)))
    np.testing.assert_allclose(off(ag.Tensor(X)).array, native.array, rtol=1e-14)
    assert not off._programs


@pytest.mark.parametrize("value", [3, "f", [1]])
def test_what_is_not_a_function(value: Any) -> None:
    with pytest.raises(TypeError, match="expected a function"):
        ag.jit(value)


def test_a_permutation_is_drawn_anew_by_every_replay() -> None:
    drawn, other = ag.random.Generator(5), ag.random.Generator(5)
    f = ag.jit(lambda x: x[drawn.permutation(9)])
    x = ag.Tensor(np.arange(9))
    for _ in range(3):
        np.testing.assert_array_equal(np.asarray(f(x)), np.asarray(other.permutation(9)))
        f.wait()
