"""Long loops rest between steps: signals are heard, and what follows goes on where it was."""

from __future__ import annotations

import signal
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine import tree
from autograd_nn.engine.program.run import crew

W = ag.Tensor(np.random.default_rng(3).normal(size=(3, 3)) / 2)


def loops(x: Any) -> Any:
    """A loop in a loop, branches, and a loop of unknown length."""

    def step(c: Any, row: Any) -> Any:
        c, ys = ag.scan(lambda c, w: (ag.tanh(c @ W + w), c.sum()), c, W + row)
        return ag.cond(c[0] > 0, lambda: c, lambda: -c), ys

    c, ys = ag.scan(step, x[0], x, reverse=True)
    return ag.while_loop(lambda c: (c**2).sum() > 1e-3, lambda c: c * 0.9, c), ys


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.native
def test_it_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    j, x = ag.jit(loops), ag.Tensor(np.random.default_rng(4).normal(size=(5, 3)))
    expected = j(x)
    j.wait()
    walk = j.program(x).walk
    monkeypatch.setattr(crew, "size", lambda: threads)
    monkeypatch.setattr(walk, "heavy", threads > 1)
    for turns in (1, 2, 7):
        monkeypatch.setattr(walk, "_turns", turns)
        for a, b in zip(tree.flatten(j(x))[0], tree.flatten(expected)[0], strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12)


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.native
def test_an_interrupt_stops_it_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, early: bool
) -> None:
    """Also where something is assigned before the loop, and where a scan is left in the middle."""
    count = ag.Tensor(0.0)

    def f(n: Any, x: Any) -> Any:
        if early:
            count.assign(count + 1)
        i, y = ag.while_loop(
            lambda c: c[0] < n,
            lambda c: (c[0] + 1, ag.scan(lambda a, b: (a + b, None), c[1], x)[0]),
            (ag.zeros((), "int64"), ag.zeros(())),
        )
        if not early:
            count.assign(count + y)
        return y

    j, x = ag.jit(f), ag.Tensor(np.arange(4.0))
    j(ag.Tensor(2), x)
    j.wait()
    assert " 0 by Python" in str(j.program(ag.Tensor(2), x))
    j(ag.Tensor(2), x)
    before, walk = float(count), j.program(ag.Tensor(2), x).walk
    enter, entered = walk._enter, []

    def interrupted(run: Any) -> None:
        enter(run)
        entered.append(run)
        if len(entered) == 4:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(walk, "_turns", 3)
    monkeypatch.setattr(walk, "_enter", interrupted)
    with pytest.raises(KeyboardInterrupt):
        j(ag.Tensor(1 << 60), x)
    assert float(count) == before
    assert float(j(ag.Tensor(3), x)) == 18.0
    assert float(count) == before + (1 if early else 18)
