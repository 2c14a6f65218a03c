"""What is added up where it lands joins the loop that makes it: gradients of windows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.program.plan.loops import loop
from tests.program.test_tabled import agree, in_parts, program_of

rng = np.random.default_rng(0)


def dilated(x: Any, w: Any) -> Any:
    """A morphological dilation, the largest of x + w over windows: somebody's own op."""
    found = ag.moveaxis(ag.padded_windows(x, 3, 2, "same", axis=(1, 2)), 3, -1)
    return ag.max(found + w, axis=(3, 4))


# The function of an input, and the input's shape.
POOLS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "whole": (lambda x: ag.max_pool(x, 2), (3, 6, 8, 5)),
    "rest": (lambda x: ag.max_pool(x, 2), (3, 7, 9, 16)),
    "overlapping": (lambda x: ag.max_pool(x, 3, 2, "same"), (2, 9, 8, 20)),
    "gaps": (lambda x: ag.max_pool(x, 2, 3), (2, 9, 8, 4)),
    "one channel": (lambda x: ag.max_pool(x, 3, 1), (2, 7, 8, 1)),
    "one axis": (lambda x: ag.max_pool(x, 2), (4, 30, 3)),
    "three axes": (lambda x: ag.average_pool(x, 2), (2, 4, 6, 4, 3)),
    "means": (lambda x: ag.average_pool(x, 3, 1, "same"), (2, 7, 6, 4)),
    "channels first": (lambda x: ag.max_pool(x, 2, data_format="channels_first"), (2, 3, 6, 8)),
    "each channel": (
        lambda x: ag.depthwise_conv(x, np.ones((3, 3, x.shape[-1], 2), x.dtype), 1, "same"),
        (2, 6, 7, 4),
    ),
    "a sample": (lambda x: ag.windows(x, (2, 3), (0, 1), (1, 2), (2, 1)), (9, 8, 4)),
    "dilation": (lambda x: dilated(x, np.linspace(0, 1, 36, dtype=x.dtype).reshape(3, 3, 4)),
                 (2, 9, 8, 4)),
}  # fmt: skip


@pytest.mark.parametrize("name", POOLS)
def test_gradients_land_without_being_laid_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "WORTH", 0)  # windows are written out in small arrays too
    f, shape = POOLS[name]
    dtype = "float32" if len(name) % 2 else "float64"
    x = rng.normal(size=shape).astype(dtype)
    expected, program = program_of(
        ag.value_and_grad(lambda x: (ag.sin(f(x)) * 2.0).sum()), [x]
    )
    found = program.run([x])
    agree(found, expected)
    for many in (1, 3):
        for one, other in zip(in_parts(program, many), found, strict=True):
            np.testing.assert_array_equal(one, other)
    names = [s.name for s in program.plan.steps]
    assert any("add_windows" in name for name in names) and "scatter" not in names


def test_zeros_come_before_only_where_nothing_lands() -> None:
    x = rng.normal(size=(2, 6, 6, 4))
    for size, fills in ((2, 0), (4, 1), (5, 1)):  # 6 is not 4's; windows of 5 are one
        step = ag.grad(lambda x, size=size: ag.sin(ag.max_pool(x, size)).sum())
        _, program = program_of(step, [x])
        assert [s.name for s in program.plan.steps].count("fill") == fills


def test_a_sum_that_is_assigned_to_what_it_reads() -> None:
    start = rng.normal(size=(2, 6, 6, 4))

    def make() -> Any:
        state = ag.Tensor(start)

        def step() -> Any:
            state.assign(ag.grad(lambda x: ag.sin(ag.max_pool(x, 3, 1)).sum())(state) + state * 0.5)
            return state * 1.0

        return step

    eager, native = make(), ag.jit(make())
    for _ in range(3):
        expected, found = eager(), native()
        native.wait()
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-12, atol=1e-12)


def test_what_is_made_of_windows_is_not_stored() -> None:
    """The sums that a dilation takes the largest of are computed again by its gradient."""
    x, w = rng.normal(size=(4, 16, 16, 8)), rng.normal(size=(3, 3, 8))

    def f(x: Any, w: Any) -> Any:
        found = ag.moveaxis(ag.windows(x, 3, (1, 2)), 3, -1)
        return ag.sin(ag.max(found + w, axis=(3, 4))).sum()

    expected, program = program_of(ag.value_and_grad(f, (0, 1)), [x, w])
    agree(program.run([x, w]), expected)
    many = 4 * 14 * 14 * 9 * 8
    assert not any(
        v.size == many and v.dtype.kind == "f" for s in program.plan.steps for v in s.writes
    )


def test_windows_that_lie_apart_are_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "WORTH", 0)
    x = rng.normal(size=(2, 6, 6, 5))
    for size, strides, window in ((2, 2, (2, 2)), (3, 2, ()), ((1, 2), (1, 2), (2,))):
        step = ag.grad(lambda x, n=size, s=strides: ag.sin(ag.max_pool(x, n, s)).sum())
        expected, program = program_of(step, [x])
        agree(program.run([x]), expected)
        (found,) = [s.kernel for s in program.plan.steps if "add_windows" in s.name]
        assert found.window == window
