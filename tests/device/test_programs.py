"""Recorded functions on a device: loops, states, errors, ops of one's own, what comes down when."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax")

import autograd_nn as ag  # noqa: E402
from autograd_nn.engine.errors import RangeError  # noqa: E402
from autograd_nn.engine.program.target.xla.device import traffic  # noqa: E402
from autograd_nn.engine.program.target.xla.states import SLOT, Remote  # noqa: E402

X = np.array([[0.5, -1.5, 2.0], [3.0, 0.25, -0.125]])


def same(f: Callable[..., Any], *args: Any) -> Any:
    """The function on a device gives what it gives here; returns the jitted one."""
    j = ag.jit(f, device="xla")
    told = f(*args)
    j(*args)
    j.wait()
    found = j(*args)
    for a, b in zip(*(y if isinstance(y, tuple | list) else [y] for y in (found, told)),
                    strict=True):  # fmt: skip
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-13, atol=1e-14)
    return j


def away(x: Any) -> bool:
    return type(SLOT.__get__(x)) is Remote


def test_loops_of_every_kind_with_their_derivatives() -> None:
    def loss(w: Any, xs: Any) -> Any:
        def step(c: Any, x: Any) -> Any:
            c = ag.tanh(c * w + x)
            return c, c * x

        last, ys = ag.scan(step, ag.zeros(3), xs)
        backwards, _ = ag.scan(step, last, xs, reverse=True, checkpoint=True)
        count = ag.fori_loop(0, 4, lambda i, c: c * w + i, last)
        chosen = ag.cond(ag.sum(xs) > 0, lambda a: a * 2, lambda a: a * w, backwards)
        return ag.sum(ys) + ag.sum(count * chosen)

    w, xs = ag.Tensor([0.3, -0.2, 0.9]), ag.Tensor(np.linspace(-1, 1, 12).reshape(4, 3))
    same(lambda w, xs: ag.value_and_grad(loss)(w, xs), w, xs)
    same(lambda w, xs: ag.grad(lambda w, xs: ag.sum(ag.grad(loss)(w, xs) ** 2))(w, xs), w, xs)


def test_a_loop_of_unknown_length_and_what_it_refuses() -> None:
    table = ag.Tensor([1.0, 2.0, 3.0])
    state = ag.Tensor(0)

    def f(n: Any) -> Any:
        i, total = ag.while_loop(
            lambda c: c[0] < n, lambda c: (c[0] + 1, c[1] + ag.take(table, c[0])), (0, 0.0)
        )
        state.assign(state + i)
        return total

    j = same(f, ag.Tensor(3))
    before = int(state)
    with pytest.raises(IndexError, match="index 3 is out of bounds"):
        j(ag.Tensor(5))
    assert int(state) == before


def test_an_entry_that_was_picked_is_found_again() -> None:
    """XLA computes cheap operands anew for each reader, not always rounded alike."""
    x = np.random.default_rng(0).normal(size=(16, 6))
    weights = np.arange(1, 33.0).reshape(16, 2)

    def f(b: Any) -> Any:
        def loss(b: Any) -> Any:
            bent = ag.reshape(x + b * ag.square(x), (-1, 2, 3))
            least = ag.min(bent, axis=2) * weights
            return ag.sum(ag.max(bent, axis=2) * weights + least)

        return ag.value_and_grad(loss)(b)

    same(f, ag.Tensor(np.linspace(-0.1, 0.2, 6)))


DTYPES = ("bool", "int8", "uint8", "int32", "uint64", "int64", "float16", "float32", "float64")


def test_promotion_is_numpys() -> None:
    pairs = [(ag.Tensor((X > 0).astype(a)), ag.Tensor(X.astype("i4").astype(b)))
             for a in DTYPES for b in DTYPES]  # fmt: skip

    def f(*xs: Any) -> list[Any]:
        found = []
        for a, b in zip(xs[::2], xs[1::2], strict=True):
            found += [a * b, a + 2, ag.maximum(a, b), a < b, ag.where(a > 0, a, b), ag.sum(a)]
            found += [ag.divide(a, 2.5), ag.sqrt(a)]
        return found

    xs = [x for pair in pairs for x in pair]
    with np.errstate(all="ignore"):
        j = ag.jit(f, device="xla")
        told = f(*xs)
        j(*xs)
        found = j.wait()(*xs)
    for k, (a, b) in enumerate(zip(found, told, strict=True)):
        assert a.dtype == b.dtype, (k, a.dtype, b.dtype)
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=2e-3 if a.dtype == "f2" else 1e-6)


def test_states_stay_up_until_somebody_looks() -> None:
    w, other = ag.Tensor(X, requires_grad=True), ag.Tensor(np.ones(3))
    rate = ag.Tensor(0.5)

    @ag.jit(device="xla")
    def step(x: Any) -> Any:
        loss, g = ag.value_and_grad(lambda w: ag.sum(ag.square(w * x)))(w)
        with ag.no_grad():
            w.assign(w - rate * g)
            other.assign(other + 1)
        return loss

    x = ag.Tensor(0.1 * X)
    step(x)
    step.wait()
    step(x)
    up, down = traffic.up, traffic.down
    losses = [float(step(x)) for _ in range(4)]
    assert losses == sorted(losses, reverse=True)
    assert traffic.up - up == 4, "an input a run, nothing else"
    assert traffic.down - down == 4, "an output a run, nothing else"
    assert away(w) and away(other) and isinstance(w, ag.Tensor)
    np.testing.assert_array_equal(other.numpy(), np.full(3, 7.0))
    assert away(w) and not away(other) and type(other) is ag.Tensor
    assert traffic.down - down == 5
    up = traffic.up
    step(x)
    assert traffic.up - up == 1, "what was looked at is up there still"
    rate.assign(0.0)
    before = w.numpy()
    step(x)
    np.testing.assert_array_equal(w.numpy(), before)
    w.assign(X)
    step(x)
    np.testing.assert_array_equal(w.numpy(), X)


def test_a_state_that_is_away_is_a_tensor_like_any() -> None:
    w = ag.Tensor(X)

    @ag.jit(device="xla")
    def step() -> None:
        w.assign(w + 1)

    def fresh() -> ag.Tensor:
        step()
        step.wait()
        step()
        assert away(w)
        return w

    told = X
    for use in (lambda x: copy.deepcopy(x), lambda x: pickle.loads(pickle.dumps(x)),
                lambda x: x + 0, lambda x: ag.jit(lambda y: y + 0)(x), lambda x: x.detach(),
                lambda x: ag.jit(lambda y: y + 0, device="xla")(x), lambda x: x[:],
                lambda x: ag.Tensor(x), lambda x: ag.as_tensor(x)):  # fmt: skip
        told = told + 2
        np.testing.assert_array_equal(use(fresh()).numpy(), told)
    assert repr(fresh()).startswith("Tensor(") and w.shape == X.shape and w.dtype == X.dtype


def test_programs_here_and_there_share_a_state() -> None:
    w = ag.Tensor(np.zeros(2))

    def f() -> Any:
        w.assign(w + 1)
        return w

    here, there = ag.jit(f), ag.jit(f, device="xla")
    for k in range(1, 6):
        for j in (here, there):
            j()
            j.wait()
            j()
        np.testing.assert_array_equal(w.numpy(), np.full(2, 4.0 * k))


def test_what_is_not_a_states_own_is_read_anew_at_every_run() -> None:
    shared = np.array([1.0, 2.0])
    x = ag.as_tensor(shared)
    f = ag.jit(lambda y: y * x, device="xla")
    y = ag.Tensor([3.0, 3.0])
    f(y)
    f.wait()
    np.testing.assert_array_equal(f(y).numpy(), [3.0, 6.0])
    shared[0] = 5.0
    np.testing.assert_array_equal(f(y).numpy(), [15.0, 6.0])


def test_an_error_leaves_states_and_says_what_it_says_here() -> None:
    table, count = ag.Tensor(np.arange(12.0).reshape(4, 3)), ag.Tensor(0)
    g = ag.random.Generator(3)

    def f(i: Any, t: Any) -> Any:
        count.assign(count + 1)
        y = ag.take(table, i, axis=0) + g.unit((2, 3))
        return ag.softmax_cross_entropy(y, t)

    j = ag.jit(f, device="xla")
    good = ag.Tensor([0, -4]), ag.Tensor([0, 2])
    j(*good)
    j.wait()
    j(*good)
    before = int(count), g.state.numpy().tolist()
    for bad in ((ag.Tensor([0, 4]), good[1]), (good[0], ag.Tensor([0, 3])),
                (ag.Tensor([-5, 0]), good[1]), (good[0], ag.Tensor([-1, 0]))):  # fmt: skip
        with pytest.raises((IndexError, RangeError)) as there:
            j(*bad)
        assert (int(count), g.state.numpy().tolist()) == before
        with pytest.raises(there.type) as here:
            f(*bad)
        assert str(there.value) == str(here.value)
        count.assign(before[0])
        g.state.assign(np.array(before[1], np.uint64))


def test_an_op_of_ones_own_runs_on_the_host() -> None:
    @ag.custom_op(vjp=lambda g, y, x: g * 3 * x**2)
    def cube(x: Any) -> Any:
        if x[0, 0] > 100:
            raise ValueError("too large for a cube")
        return x**3

    def f(x: Any) -> Any:
        return ag.value_and_grad(lambda x: ag.sum(ag.sin(cube(x))))(x)

    j = same(f, ag.Tensor(X))
    text = str(j.program(ag.Tensor(X)))
    assert "cube" in text and "host (no rule" in text and text.count("host (") == 1
    with pytest.raises(ValueError, match="too large for a cube"):
        j(ag.Tensor(X + 200))


def test_an_op_of_ones_own_with_a_rule() -> None:
    import jax.numpy as jnp

    @ag.custom_op(vjp=lambda g, y, x: g * ag.cos(x), device=jnp.sin)
    def wave(x: Any) -> Any:
        return np.sin(x)

    j = same(wave, ag.Tensor(X))
    assert "host" not in str(j.program(ag.Tensor(X))).split("\n", 1)[1]


def test_an_op_with_a_name_of_the_registrys_is_not_that_op() -> None:
    @ag.custom_op(vjp=lambda g, y, x: g, name="sin")
    def other(x: Any) -> Any:
        return x + 1

    same(other, ag.Tensor(X))


def test_draws_are_the_same_bits() -> None:
    g = ag.random.Generator(7)
    g.state.assign(np.array([7, 3, 2**64 - 3], np.uint64))
    start = g.state.numpy()

    def f() -> Any:
        return g.bits((3, 5)), g.bits((7,), "uint32"), g.unit((5,), "float32"), g.unit(6)

    told = [[y.numpy() for y in f()] for _ in range(3)]
    g.state.assign(start)
    j = ag.jit(f, device="xla")
    for k in range(3):
        found = j()
        j.wait()
        for a, b in zip(found, told[k], strict=True):
            np.testing.assert_array_equal(a.numpy(), b)


def test_what_was_compiled_is_there_for_the_next_process(tmp_path: Path) -> None:
    code = (
        "import numpy as np, autograd_nn as ag, jax\n"
        "f = ag.jit(lambda x: ag.sum(ag.exp(x) * 3), device='xla')\n"
        "f(ag.Tensor(np.ones(3))); f.wait()\n"
        "assert jax.config.jax_compilation_cache_dir is None"
    )
    folder = tmp_path / "kernels-xla"
    told = os.environ | {"AUTOGRAD_NN_CACHE": str(tmp_path / "kernels")}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code], check=True, env=told)
        (entry,) = [f for f in folder.iterdir() if f.name.endswith("-cache")]
        assert entry.stat().st_size and folder.stat().st_mode & 0o077 == 0


def test_jaxs_own_setting_of_64_bits_stays() -> None:
    import jax.numpy as jnp

    same(lambda x: x * 2, ag.Tensor(X))
    assert jnp.arange(3.0).dtype == jnp.float32
