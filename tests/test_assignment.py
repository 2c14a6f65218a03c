"""Item assignment: an op like others, under every transform and in programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine import tree
from tests.assigning import (
    PAIRS,
    T,
    X,
    augmented_whole,
    masked,
    own_part,
    own_part_plain,
    pairs,
    readers,
    readers_plain,
)


def vector(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x: f(x) * x


def results(f: Callable[..., Any]) -> dict[str, Any]:
    """f's value and derivatives, by every transform."""
    x, t = ag.Tensor(X), ag.Tensor(T)
    value, slope = ag.value_and_grad(f)(x)
    y, pull = ag.vjp(f, x)
    moved = ag.jvp(f, (x,), (t,))
    found = {
        "value": value, "value_and_grad": slope, "grad": ag.grad(f)(x), "vjp value": y,
        "vjp": pull(1.0)[0], "vjp again": pull(1.0)[0], "jvp value": moved[0], "jvp": moved[1],
        "hvp": ag.hvp(f, (x,), (t,)), "hessian": ag.hessian(f)(x),
        "reverse": ag.jacobian(f, forward=False)(x), "forward": ag.jacobian(f, forward=True)(x),
        "third": ag.jacobian(ag.hessian(f))(x),
        "grad of jit": ag.grad(ag.jit(f))(x),
    }  # fmt: skip
    assert x.tolist() == X.tolist() and not x.requires_grad, "a transform's argument was changed"
    w = ag.Tensor(X, requires_grad=True)
    if f is not augmented_whole:  # a leaf refuses +=
        f(w).backward()
        found["backward"] = w.grad
    return found


def near(found: Any, expected: Any, what: str) -> None:
    np.testing.assert_allclose(found.numpy(), expected.numpy(), 1e-12, 1e-12, err_msg=what)


@pairs
def test_every_transform(f: Any, plain: Any) -> None:
    found, expected = results(f), results(plain)
    for what, value in found.items():
        near(value, expected.get(what, expected["grad"]), what)


@pairs
def test_the_checker_agrees(f: Any, plain: Any) -> None:
    report = ag.check_gradients(vector(lambda x: f(x * 1.0)), X, order=2)
    assert report, str(report)


def replayed(program: Any, plain: Any) -> None:
    """Recorded, then natively, at other contents each time, which stay as they are."""
    for turn in range(3):
        contents = X + turn * 0.25
        x = ag.Tensor(contents)
        found, expected = tree.flatten(program(x))[0], tree.flatten(plain(ag.Tensor(contents)))[0]
        for a, b in zip(found, expected, strict=True):
            near(a, b, f"turn {turn}")
        assert x.tolist() == contents.tolist()
        program.wait()


recorded = [pair for pair in PAIRS if pair[0] is not masked]  # a mask is refused while recording


@pytest.mark.parametrize(("f", "plain"), recorded, ids=[f.__name__ for f, _ in recorded])
def test_replayed(f: Any, plain: Any) -> None:
    replayed(ag.jit(ag.value_and_grad(f)), ag.value_and_grad(plain))


def test_a_second_derivative_and_forward_mode_replayed() -> None:
    t = (ag.Tensor(T),)
    for f, plain in ((readers, readers_plain), (own_part, own_part_plain)):
        replayed(
            ag.jit(lambda x, f=f: (ag.hvp(f, (x,), t), ag.jvp(f, (x,), t))),
            lambda x, f=plain: (ag.hvp(f, (x,), t), ag.jvp(f, (x,), t)),
        )


def test_what_a_recorded_function_makes_itself_is_made_anew_at_every_run() -> None:
    n = np.array([1.0, 2.0, 3.0])

    def f(x: Any) -> Any:
        c, d, h = ag.Tensor([1.0, 2.0, 3.0]), ag.as_tensor(n), ag.Tensor([0.0, 0.0])
        before = c * x * d
        c[0] = x[1]
        d[1:] = d[1:] * x[0]
        h.assign(h + 1)
        return before, c, (d + 0.0, d), h

    g = ag.jit(f)
    first = g(ag.Tensor(X))
    kept = [y.tolist() for y in tree.flatten(first)[0]]
    g.wait()
    for factor in (1, 2, 3):
        found = tree.flatten(g(ag.Tensor(X * factor)))[0]
        expected = tree.flatten(f(ag.Tensor(X * factor)))[0]
        assert [y.tolist() for y in found] == [y.tolist() for y in expected]
        n *= 10  # it is read anew, as by the function itself
    assert [y.tolist() for y in tree.flatten(first)[0]] == kept
