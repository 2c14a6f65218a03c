"""Loops within loops, branches, checkpoints and transformations, against the same in NumPy's loops.

What each of them does alone stands in test_scan.py, test_control.py and test_vmap.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag

X = np.random.default_rng(2).normal(size=(3, 2)) / 2
W = np.random.default_rng(3).normal(size=(2, 2))


def scan_in_scan(x: Any, w: Any) -> Any:
    def outer(c: Any, row: Any) -> Any:
        def inner(d: Any, z: Any) -> Any:
            d = ag.tanh(d @ w + z)
            return d, d.sum()

        c, ys = ag.scan(inner, c, ag.stack([row, row * 2, c]))
        return c, ys.sum()

    c, ys = ag.scan(outer, x[0], x)
    return ag.sum(c * ys[:2])


def scan_in_scan_written(x: Any, w: Any) -> Any:
    c, ys = x[0], []
    for row in (x[i] for i in range(3)):
        found, steps = 0.0, (row, row * 2, c)
        for z in steps:
            c = ag.tanh(c @ w + z)
            found = found + c.sum()
        ys.append(found)
    return ag.sum(c * ag.stack(ys[:2]))


def while_in_scan(x: Any, w: Any) -> Any:
    def body(c: Any, row: Any) -> Any:
        def larger(c: Any) -> Any:
            return c * 1.5 + w[0]

        return ag.while_loop(lambda c: ag.sum(c * c) < 4, larger, c + row, max_steps=20), None

    return ag.sum(ag.sin(ag.scan(body, x[0], x)[0]))


def while_in_scan_written(x: Any, w: Any) -> Any:
    c = x[0]
    for i in range(3):
        c = c + x[i]
        while ag.sum(c * c).item() < 4:
            c = c * 1.5 + w[0]
    return ag.sum(ag.sin(c))


def cond_in_checkpointed(x: Any, w: Any) -> Any:
    def body(c: Any, row: Any) -> Any:
        def up(c: Any) -> Any:
            return ag.sin(c @ w)

        return ag.cond(ag.sum(row) > 0, up, lambda c: c * row, c), c

    c, ys = ag.scan(body, x[0], x, checkpoint=True)
    return ag.sum(c * c) + ag.sum(ys * x)


def cond_in_checkpointed_written(x: Any, w: Any) -> Any:
    c, total = x[0], 0.0
    for i in range(3):
        total = total + ag.sum(c * x[i])
        c = ag.sin(c @ w) if ag.sum(x[i]).item() > 0 else c * x[i]
    return ag.sum(c * c) + total


def scan_in_cond(x: Any, w: Any) -> Any:
    def walked(x: Any) -> Any:
        return ag.scan(lambda c, row: (ag.tanh(c * row + w[1]), c), x[0], x, reverse=True)[0]

    return ag.sum(ag.cond(ag.sum(x) > ag.sum(w), lambda x: x[0] * x[1], walked, x))


def scan_in_cond_written(x: Any, w: Any) -> Any:
    if ag.sum(x).item() > ag.sum(w).item():
        return ag.sum(x[0] * x[1])
    c = x[0]
    for i in (2, 1, 0):
        c = ag.tanh(c * x[i] + w[1])
    return ag.sum(c)


def gradient_in_scan(x: Any, w: Any) -> Any:
    """Steps of descent, each a derivative within the loop."""

    def body(c: Any, row: Any) -> Any:
        return c - 0.1 * ag.grad(lambda c: ag.sum(ag.sin(c @ w) * row))(c), None

    return ag.sum(ag.scan(body, x[0], x)[0] ** 2)


def gradient_in_scan_written(x: Any, w: Any) -> Any:
    c = x[0]
    for i in range(3):
        c = c - 0.1 * (ag.cos(c @ w) * x[i]) @ ag.transpose(w)
    return ag.sum(c**2)


PAIRS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "scan in scan": (scan_in_scan, scan_in_scan_written),
    "while in scan": (while_in_scan, while_in_scan_written),
    "cond in a checkpointed scan": (cond_in_checkpointed, cond_in_checkpointed_written),
    "scan in cond": (scan_in_cond, scan_in_cond_written),
    "gradient in scan": (gradient_in_scan, gradient_in_scan_written),
}
each = pytest.mark.parametrize("name", PAIRS)


def near(a: Any, b: Any) -> None:
    np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=1e-9, atol=1e-12)


@each
def test_values_and_derivatives_of_two_orders(name: str) -> None:
    f, written = PAIRS[name]
    u, v = np.full_like(X, 0.3), np.full_like(W, -0.2)
    for g, h in (
        (f, written),
        (ag.grad(f, (0, 1)), ag.grad(written, (0, 1))),
        (lambda x, w: ag.jvp(ag.grad(f), (x, w), (u, v))[1],
         lambda x, w: ag.jvp(ag.grad(written), (x, w), (u, v))[1]),
        (ag.grad(lambda x, w: ag.jvp(f, (x, w), (u, v))[1], 1),
         ag.grad(lambda x, w: ag.jvp(written, (x, w), (u, v))[1], 1)),
    ):  # fmt: skip
        found, wanted = g(X, W), h(X, W)
        if not isinstance(found, tuple):
            found, wanted = (found,), (wanted,)
        for a, b in zip(found, wanted, strict=True):
            near(a, b)


@each
def test_recorded(name: str) -> None:
    f, written = PAIRS[name]
    step = ag.jit(ag.value_and_grad(f, (0, 1)))
    for x in (X, -X, X):  # branches go the other way
        value, slopes = step(x, W)
        near(value, written(x, W))
        for a, b in zip(slopes, ag.grad(written, (0, 1))(x, W), strict=True):
            near(a, b)


@each
def test_over_a_batch(name: str) -> None:
    f, written = PAIRS[name]
    xs = np.stack([X, -X, X / 3])
    found = ag.vmap(ag.grad(f), in_axes=(0, None))(xs, W)
    near(found, np.stack([np.asarray(ag.grad(written)(x, W)) for x in xs]))


def test_a_loop_is_recorded_with_values_from_which_it_would_not_end() -> None:
    """A body is recorded once, with whatever stands in for what it is given later."""

    def grown(c: Any) -> Any:
        return ag.while_loop(lambda c: c < 10, lambda c: c * 2, c)  # from 0 for ever

    def f(x: Any) -> Any:
        return ag.scan(lambda c, x: (grown(c * x), None), x[0], x)[0]

    x, t = np.array([3.0, 4.0, 1.5]), np.array([0.0, 1.0, 0.0])
    value, slope = ag.jvp(f, (x,), (t,))
    assert (value.item(), slope.item()) == (((3 * 3 * 2) * 4) * 1.5, 18 * 1.5)
    assert ag.jit(f)(x).item() == value.item()

    def g(x: Any) -> Any:
        return ag.cond(x > 0, grown, lambda x: -x, x)

    assert [ag.jit(g)(ag.Tensor(x)).item() for x in (3.0, 0.0, -2.0)] == [12, 0, 2]
    with pytest.raises(ag.GradientError, match="max_steps"):
        ag.grad(f)(x)
