"""Loops that merge and loops joined into one sweep: what is joined, and that states stay right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.program.run.memory import address
from autograd_nn.engine.program.run.program import NativeProgram


@pytest.fixture(autouse=True)
def _native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOGRAD_NN_JIT", "1")


def model(depth: int, **options: Any) -> nn.Sequential:
    nn.utils.set_random_seed(3)
    found = nn.Sequential([nn.Dense(5, activation="tanh", input_dim=4)])
    for _ in range(depth - 2):
        found.add(nn.Dense(5, activation="tanh"))
    found.add(nn.Dense(1))
    found.compile(loss="mse", optimizer="adam", deterministic=True, **options)
    return found


def data(rows: int = 24) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((rows, 4)).astype("float32"), rng.standard_normal(rows)


def programs(trained: nn.Sequential) -> list[NativeProgram]:
    return [p for s in trained._steppers.values() for p in s.programs.values()]


@pytest.mark.native
def test_one_sweep_updates_all_weights_whatever_the_depth() -> None:
    x, y = data()
    for depth in (2, 9):
        trained = model(depth)
        trained.fit(x, y, batch_size=8, verbose=0)
        (program,) = programs(trained)
        sweeps = [s for s in program.plan.steps if "×" in s.name]
        assert [s.name.rpartition("×")[2] for s in sweeps] == [str(2 * depth)]
        updated = {v.index for v in sweeps[0].writes}
        assert {v.index for j in program.plan.joints for v in j} <= updated
        weights = sum(w.array.size for w in trained.trainable_weights)
        assert sorted(sum(v.size for v in j) for j in program.plan.joints) == [weights] * 3


@pytest.mark.native
def test_states_of_a_sweep_lie_end_to_end_and_every_change_of_them_counts() -> None:
    x, y = data()
    trained, eager = model(3), model(3, run_eagerly=True)
    eager.set_weights(trained.get_weights())
    for _ in range(3):
        for each in (trained, eager):
            each.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
            each.trainable_weights[1].assign(np.full(5, 0.25, np.float32))  # one of the joint alone
            each.layers[0].set_weights([2 * w for w in each.layers[0].get_weights()])
    for a, b in zip(trained.get_weights(), eager.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)
    trained.fit(x, y, batch_size=8, verbose=0)
    (program,) = programs(trained)
    for joint in program.plan.joints:
        at = address(joint[0].tensor.array)
        for v in joint:
            assert address(v.tensor.array) == at
            at += v.nbytes


@pytest.mark.native
def test_two_programs_share_the_states_of_a_sweep_without_copies() -> None:
    x, y = data(20)  # a smaller last batch: two programs in turn
    trained = model(3)
    trained.fit(x, y, batch_size=8, epochs=2, verbose=0)
    first, second = programs(trained)
    trained.fit(x, y, batch_size=8, epochs=2, verbose=0)
    for a, b in zip(first.plan.joints, second.plan.joints, strict=True):
        for v, w in zip(a, b, strict=True):
            assert v.tensor is w.tensor
            assert address(first.memory.arrays[v.index]) == address(second.memory.arrays[w.index])


def test_weights_shown_before_a_run_are_noticed_by_a_tape_after_it() -> None:
    x, y = data()
    trained = model(2)
    trained.fit(x, y, batch_size=8, verbose=0)
    weight = trained.trainable_weights[0]
    product = (weight * weight).sum()  # holds the contents there are
    trained.fit(x, y, batch_size=8, verbose=0)
    with pytest.raises(ag.GradientError):
        product.backward()


@pytest.mark.native
def test_loops_over_the_same_entries_run_as_one() -> None:
    def f(x: Any, y: Any) -> Any:
        d = x - y
        loss = (d * d).sum()
        near = ag.sum(ag.abs(d) < 0.5)
        return loss, near, 2.0 * d

    x, y = np.random.default_rng(1).standard_normal((2, 40, 3))
    found = ag.jit(f)
    program = found.program(ag.Tensor(x), ag.Tensor(y))
    assert len(program.plan.steps) == 1
    assert program.ready(wait=True)
    for got, expected in zip(found(ag.Tensor(x), ag.Tensor(y)), f(x, y), strict=True):
        np.testing.assert_allclose(np.asarray(got), expected, rtol=1e-13)


def test_what_needs_a_whole_result_does_not_merge_with_the_loop_that_makes_it() -> None:
    def f(x: Any) -> Any:
        total = x.sum(axis=0)
        return x / total, x[::-1] * x

    x = np.random.default_rng(1).standard_normal((6, 4)) + 3
    found = ag.jit(f)
    assert found.program(ag.Tensor(x)).ready(wait=True)
    for got, expected in zip(found(ag.Tensor(x)), f(x), strict=True):
        np.testing.assert_allclose(np.asarray(got), expected, rtol=1e-13)
