"""Loops cut by rows: the same bits on any number of threads, and only where no row reads another's.

How many rows a lane has and how much work a loop are set aside, so that small loops are cut too.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine import tree
from autograd_nn.engine.program.run.program import NativeProgram
from autograd_nn.engine.program.target.cpu import cost

pytestmark = pytest.mark.native

ROWS, INNER, LENGTH = 7, 5, 6


def lstm(w: Any) -> Callable[..., Any]:
    def step(carry: Any, x: Any) -> Any:
        h, c = carry
        z = x + h @ w
        i, f, o, g = (z[:, k * INNER : (k + 1) * INNER] for k in range(4))
        c = ag.sigmoid(f) * c + ag.sigmoid(i) * ag.tanh(g)
        h = ag.sigmoid(o) * ag.tanh(c)
        return (h, c), h

    return step


def along(w: Any) -> Callable[..., Any]:
    """Each row reads sums of its own."""

    def step(carry: Any, x: Any) -> Any:
        h, c = carry
        h = ag.tanh(x[:, :INNER] + h @ w[:, :INNER] - h.mean(axis=1, keepdims=True))
        return (h, c * 0.5 + h), h

    return step


def across(w: Any) -> Callable[..., Any]:
    """Each row reads the mean of all."""

    def step(carry: Any, x: Any) -> Any:
        h, c = carry
        h = ag.tanh(x[:, :INNER] + h @ w[:, :INNER] - h.mean(axis=0))
        return (h, c), h

    return step


def turned(w: Any) -> Callable[..., Any]:
    """Each row reads the row at the other end."""

    def step(carry: Any, x: Any) -> Any:
        h, c = carry
        h = ag.tanh(x[:, :INNER] + h[::-1])
        return (h, c), h

    return step


def gram(w: Any) -> Callable[..., Any]:
    """A product in which rows are what is summed over."""

    def step(carry: Any, x: Any) -> Any:
        h, c = carry
        h = ag.tanh(x[:, :INNER] + (h @ h.T) @ h)
        return (h, c), h

    return step


def loss_of(cell: Any) -> Callable[..., Any]:
    def loss(w: Any, x: Any) -> Any:
        zeros = ag.Tensor(np.zeros((ROWS, INNER), x.dtype))
        (h, c), ys = ag.scan(cell(w), (zeros, zeros), x)
        return (ys * ys).sum() + (h * c).sum()

    return loss


@pytest.fixture(autouse=True)
def threads(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Says how many threads there are: two until then."""
    for name in ("LANE", "CREW_FROM"):
        monkeypatch.setattr(cost, name, 1)

    def say(count: int) -> None:
        monkeypatch.setenv("AUTOGRAD_NN_THREADS", str(count))

    say(2)
    return say


def given(dtype: str = "float32") -> tuple[ag.Tensor, ag.Tensor]:
    r = np.random.default_rng(0)
    w = r.normal(size=(INNER, 4 * INNER)).astype(dtype)
    return ag.Tensor(w), ag.Tensor(r.normal(size=(LENGTH, ROWS, 4 * INNER)).astype(dtype))


def native(cell: Any, *arrays: ag.Tensor) -> tuple[list[np.ndarray], NativeProgram]:
    """The loss and its gradients, by a program that has run twice."""
    f = ag.jit(ag.value_and_grad(loss_of(cell), argnums=(0, 1)))
    f(*arrays)
    f.wait()
    first, again = (tree.flatten(f(*arrays))[0] for _ in range(2))
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    return [a.numpy() for a in first], f.program(*arrays)


@pytest.mark.parametrize("cell", [lstm, along])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_lanes_give_the_bits_of_one_thread(cell: Any, dtype: str, threads: Any) -> None:
    threads(1)
    told, alone = native(cell, *given(dtype))
    assert not alone.memory.lanes
    for count in (2, 3, ROWS):
        threads(count)
        found, program = native(cell, *given(dtype))
        assert [len(x) for x in program.memory.lanes.values()] == [count] * 2  # there and back
        for a, b in zip(found, told, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("cell", [lstm, along])
def test_lanes_share_no_memory(cell: Any) -> None:
    """One lane may be steps ahead of another: what the loop writes lies apart, and stays."""
    _, program = native(cell, *given())
    plan = program.plan
    for begin, lanes in program.memory.lanes.items():
        inner = plan.steps[begin + 1 : begin + len(lanes[0])]
        roots = {v.index: v for s in inner for v in s.writes if v.index in plan.offsets}
        spans = sorted((plan.offsets[k], plan.offsets[k] + v.nbytes) for k, v in roots.items())
        assert len(spans) > 2
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))


@pytest.mark.parametrize("cell", [across, turned, gram])
def test_rows_that_read_one_another_are_not_cut(cell: Any) -> None:
    w, x = given("float64")
    found, program = native(cell, w, x)
    assert not program.memory.lanes
    told = tree.flatten(ag.value_and_grad(loss_of(cell), argnums=(0, 1))(w, x))[0]
    for a, b in zip(found, told, strict=True):
        np.testing.assert_allclose(a, b.numpy(), rtol=1e-11, atol=1e-13)
