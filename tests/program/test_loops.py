"""Loops in a program: the instructions of their bodies run natively, step by step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine import tree
from autograd_nn.engine.program.run import crew

rng = np.random.default_rng(4)
W = ag.Tensor(rng.normal(size=(3, 3)))


def native(f: Any, *args: Any) -> Any:
    """f's program, once it is native and without Python."""
    f(*args)
    f.wait()
    program = f.program(*args)
    assert ", 0 by Python" in str(program)
    return program


def same(found: Any, expected: Any, tolerance: float = 1e-10) -> None:
    for a, b in zip(tree.flatten(found)[0], tree.flatten(expected)[0], strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=tolerance, atol=tolerance)


def sums(x: Any) -> Any:
    """What is carried, exchanged, stacked before and after; what is made once before the loop."""
    start = ag.sin(W)

    def step(carry: Any, x: Any) -> Any:
        a, b, (p, q), n = carry
        new = ag.tanh(((a @ start) @ W + x) @ W)
        return (new, a, (q, p), n + 1), (a, new, b * ag.astype(n, "float64"))

    return ag.scan(step, (W * 1, W * 2, (W, -W), np.array(0)), x, reverse=True)


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.layers.LSTM(3, return_sequences=True),
        lambda: nn.layers.GRU(3),
        lambda: nn.layers.Bidirectional(nn.layers.SimpleRNN(3)),
    ],
)
def test_recurrent_layers(make: Any) -> None:
    layer = make()
    x = ag.Tensor(rng.normal(size=(2, 4, 3)).astype(np.float32))
    mask = ag.Tensor(np.array([[1, 1, 1, 1], [1, 0, 1, 0]], bool))
    layer(x)

    def step(x: Any) -> Any:
        return (layer(x, mask=mask) ** 2).sum()

    f = ag.jit(ag.value_and_grad(step))
    native(f, x)
    same(f(x), ag.value_and_grad(step)(x), 1e-5)


@pytest.mark.native
def test_loops_are_native_where_derivatives_meet_constants_of_other_records() -> None:
    """The rules of second derivatives ask of numbers that the first one's record holds."""

    def f(x: Any) -> Any:
        def step(h: Any, x: Any) -> Any:
            return ag.where(x.sum() < 0.5, ag.tanh(h @ W + x), h), h

        end, all_of_them = ag.scan(step, W[0] * 1, x)
        return (end * all_of_them).sum()

    def curvature(x: Any) -> Any:
        return ag.grad(lambda x: (ag.grad(f)(x) * W[:2]).sum())(x)

    x = ag.Tensor(rng.normal(size=(2, 3)))
    g = ag.jit(curvature)
    native(g, x)
    same(g(x), curvature(x))


def test_loops_in_loops_are_native_whose_tangents_are_zeros_at_first() -> None:
    """A record's own tape may hold what it begins with: nobody else does."""

    def f(x: Any, w: Any) -> Any:
        def outer(c: Any, x: Any) -> Any:
            c, ys = ag.scan(lambda h, k: (ag.tanh(h * k + x[0]), h * x[1]), c, w)
            return c, ys.sum()

        end, sums = ag.scan(outer, W[0] * 1, x)
        return end.sum() + (sums**2).sum()

    def pushed(x: Any, w: Any) -> Any:
        return ag.jvp(lambda x, w: ag.grad(f, argnums=(0, 1))(x, w), (x, w), (x * 2, w + 1))

    x, w = (ag.Tensor(rng.normal(size=shape)) for shape in ((4, 3), (2, 3)))
    g = ag.jit(pushed)
    native(g, x, w)
    same(g(x, w), pushed(x, w))


def test_kernels_do_not_depend_on_the_length() -> None:
    f = ag.jit(sums)
    kernels = []
    for n in (1, 2, 1000, 0):
        x = ag.Tensor(rng.normal(size=(n, 3, 3)))
        kernels.append(set(native(f, x).sources()))
        same(f(x), sums(x))
    assert kernels[0] == kernels[1] == kernels[2]


def test_a_listing_shows_the_body() -> None:
    def nested(x: Any) -> Any:
        inner = lambda c, row: (ag.sin(c @ W + row), None)  # noqa: E731
        return ag.scan(lambda c, x: (ag.scan(inner, c, x)[0] * 2, None), W[0], x)[0]

    text = str(ag.jit(nested).program(ag.Tensor(np.ones((4, 5, 3)))))
    lines = text.splitlines()
    outer, inner = (next(s for s in lines if f"scan ×{n}" in s) for n in (4, 5))
    body = next(s for s in lines if "sin" in s)
    assert [len(s[6:]) - len(s[6:].lstrip()) for s in (outer, inner, body)] == [0, 4, 8]


def test_an_error_within_leaves_a_program_that_runs() -> None:
    """The place that a loop had come to is forgotten, in every loop it is within."""

    def f(x: Any) -> Any:
        def step(at: Any, x: Any) -> Any:
            return at + x, W[at]

        return ag.scan(lambda c, x: ag.scan(step, c, x), np.array(0), x)

    good = ag.Tensor(np.array([[1, 1, -1], [1, -2, 0]]))
    j = ag.jit(f)
    native(j, good)
    expected = f(good)
    for bad in ([[1, 1, 1], [1, 1, 1]], [[0, 0, 0], [2, 2, 0]], [[5, 0, 0], [0, 0, 0]]):
        with pytest.raises(IndexError):
            j(ag.Tensor(np.array(bad)))
        same(j(good), expected)


@pytest.mark.native
def test_threads_share_a_body(monkeypatch: pytest.MonkeyPatch) -> None:
    w = ag.Tensor(rng.normal(size=(96, 96)) / 10)

    def f(x: Any) -> Any:
        return ag.scan(lambda h, x: (ag.tanh(h @ w + x), h), x[0], x)

    x = ag.Tensor(rng.normal(size=(30, 96, 96)))
    j = ag.jit(f)
    assert native(j, x).walk.heavy
    monkeypatch.setattr(crew, "size", lambda: 1)
    alone = j(x)
    monkeypatch.setattr(crew, "size", lambda: 3)
    for _ in range(5):
        for a, b in zip(tree.flatten(j(x))[0], tree.flatten(alone)[0], strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())


@pytest.mark.native
def test_a_body_without_a_kernel_is_pythons() -> None:
    @ag.custom_op(vjp=None)
    def odd(x: Any) -> Any:
        return np.sort(x)[::-1].copy()

    f = ag.jit(lambda x: ag.scan(lambda c, x: (odd(c) + x, c), x[0], x))
    x = ag.Tensor(rng.normal(size=(4, 3)))
    program = f.program(x)
    assert "its body's odd is made by Python" in str(program)
    expected = f(x)
    f.wait()
    same(f(x), expected)


def test_a_picture_shows_loops() -> None:
    program = ag.jit(sums).program(ag.Tensor(np.ones((4, 3, 3))))
    assert "scan ×4" in program.picture() and "scan ×4" in program.dot()
