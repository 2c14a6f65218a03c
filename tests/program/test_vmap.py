"""Gradients of every sample run natively, and are those of the loop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from tests.test_vmap import FUNCTIONS, batch_of, loop, same


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_gradient_of_each_sample_runs_natively(name: str) -> None:
    f, samples = FUNCTIONS[name]
    xs = [batch_of(s) for s in samples]
    native = ag.jit(ag.vmap(ag.grad(f)))
    same(native(*xs), loop(ag.grad(f), *xs))
    native.wait()
    program = native.program(*xs)
    assert program.ready() and " 0 by Python" in str(program), str(program)
    again = [batch_of(s) for s in samples]
    same(native(*again), loop(ag.grad(f), *again), rtol=1e-8)


def test_what_the_function_of_a_sample_reads_is_followed() -> None:
    box, held, w = {"k": 2.0}, np.array([1.0, 2.0, 3.0]), ag.Tensor([1.0, 1.0, 1.0])
    native = ag.jit(ag.vmap(lambda a: (a * box["k"] + held) * w + np.cos(held)))
    x = ag.Tensor(np.arange(12.0).reshape(4, 3))

    def agree() -> None:
        for _ in range(3):
            want = (x.array * box["k"] + held) * w.array + np.cos(held)
            np.testing.assert_allclose(native(x), want, rtol=1e-12)
            native.wait()

    agree()
    for change in (
        lambda: box.update(k=3.0),
        lambda: w.assign(w * 2),
        lambda: held.__setitem__(0, 5.0),
    ):
        change()
        agree()
    assert native._programs


def test_a_step_over_gradients_of_every_sample_trains_as_eagerly() -> None:
    rng = np.random.default_rng(0)
    x, t = ag.Tensor(rng.normal(size=(6, 3))), ag.Tensor(rng.normal(size=6))

    def train(run: Any) -> np.ndarray:
        w = ag.Tensor([1.0, 2.0, 3.0])

        def loss(w: Any, x: Any, t: Any) -> Any:
            return (ag.tanh(x @ w) - t) ** 2

        def step(x: Any, t: Any) -> None:
            each = ag.vmap(ag.grad(loss), (None, 0, 0))(w, x, t)
            length = ag.maximum(ag.norm(each, axis=1, keepdims=True), 1.0)
            w.assign(w - 0.1 * (each / length).mean(0))

        step = run(step)
        for _ in range(5):
            step(x, t)
            getattr(step, "wait", lambda: None)()
        return w.numpy()

    np.testing.assert_allclose(train(ag.jit), train(lambda f: f), rtol=1e-12)
