"""Products with windows in programs: no patch is laid out, and the numbers are those of NumPy."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine import ops
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.program.run.program import NativeProgram
from autograd_nn.engine.program.run.walk import KERNEL, ROW
from autograd_nn.engine.tree import flatten

rng = np.random.default_rng(0)
# input, kernel, strides, padding, dilation, data format
CONVOLUTIONS = {
    "plain": ((3, 9, 8, 5), (3, 2, 5, 7), 1, "valid", 1, None),
    "strides": ((2, 13, 12, 4), (3, 3, 4, 20), (2, 3), "valid", 1, None),
    "dilation": ((2, 9, 9, 6), (2, 3, 6, 33), 1, "valid", (2, 3), None),
    "padded": ((2, 7, 7, 8), (3, 3, 8, 70), 1, "same", 1, None),
    "one channel": ((9, 12, 12, 1), (3, 3, 1, 40), 1, "valid", 1, None),
    "deep": ((16, 14, 13, 3), (3, 3, 3, 9), 1, "valid", 1, None),
    "one axis": ((4, 40, 3), (5, 3, 36), 2, "causal", 1, None),
    "three axes": ((2, 5, 6, 5, 3), (2, 2, 3, 3, 40), 1, "valid", 1, None),
    "first": ((3, 5, 9, 8), (3, 3, 5, 40), 1, "valid", 1, "channels_first"),
    "groups": ((3, 9, 8, 6), (3, 2, 3, 40), 1, "valid", 1, None),
}

LAID = {"groups": 2, "one channel": 1}  # the gradient of the patches, which is then added up


def program_of(f: Any, arrays: list[np.ndarray]) -> tuple[list[np.ndarray], NativeProgram]:
    """What a function gives eagerly, and the program of it."""
    y, graph, _ = record(f, [ag.Tensor(a) for a in arrays])
    program = NativeProgram(graph)
    assert program.ready(wait=True) and all(map(program.is_native, program.plan.steps)), program
    return [np.array(leaf.numpy()) for leaf in flatten(y)[0]], program


def agree(found: list[np.ndarray], expected: list[np.ndarray]) -> None:
    terms = max(b.size for b in expected)  # as many as the longest sums have, or nearly
    for a, b in zip(found, expected, strict=True):
        near = 2e-6 if b.dtype == np.float32 else 1e-14
        np.testing.assert_allclose(a, b, rtol=0, atol=near * np.sqrt(terms) * (1 + np.abs(b).max()))


def in_parts(program: NativeProgram, many: int) -> list[np.ndarray]:
    """The outputs when what can be shared is done in so many parts, the last part first."""
    table = program.walk.table.reshape(-1, ROW)
    for step, (function, block, _) in zip(program.plan.steps, table, strict=True):
        parts = min(many, step.parts)
        for part in reversed(range(parts)):
            KERNEL(int(function))(ctypes.c_void_p(int(block)), part, parts)
    return [np.array(view) for view in program._views if view is not None]


def slopes(x: Any, w: Any, *options: Any) -> Any:
    return ag.value_and_grad(lambda x, w: ag.sin(ag.conv(x, w, *options)).sum(), (0, 1))(x, w)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_all_three_directions_take_no_patches(name: str, dtype: str) -> None:
    a, b, strides, padding, dilation, form = CONVOLUTIONS[name]
    x, w = rng.normal(size=a).astype(dtype), rng.normal(size=b).astype(dtype)
    expected, program = program_of(
        lambda x, w: slopes(x, w, strides, padding, form, dilation), [x, w]
    )
    found = program.run([x, w])
    agree(found, expected)
    for many in (1, 3, 8):
        for one, other in zip(in_parts(program, many), found, strict=True):
            np.testing.assert_array_equal(one, other)
    y = ag.conv(x, w, strides, padding, form, dilation)
    patches = y.size // b[-1] * np.prod(b[:-2]) * a[1 if form else -1]
    laid = sum(v.size == patches for s in program.plan.steps for v in s.writes)
    assert laid == LAID.get(name, 0), [s.name for s in program.plan.steps]


@pytest.mark.parametrize("strides", [1, 2])
def test_the_transposed_convolution_adds_its_product_up(strides: int) -> None:
    x, w = rng.normal(size=(3, 6, 5, 9)), rng.normal(size=(3, 3, 20, 9))
    step = ag.value_and_grad(lambda x, w: ag.sin(ag.conv_transpose(x, w, strides)).sum(), (0, 1))
    expected, program = program_of(step, [x, w])
    agree(program.run([x, w]), expected)
    names = [s.name for s in program.plan.steps]
    assert names[0] == "matmul+add_windows" and "scatter" not in names


def patches_of(x: Any) -> Any:
    return ag.reshape(ops.moveaxis(ag.windows(x, (3, 3), (0, 1)), 2, -1), shape=(80, 36))


def test_patches_that_others_read_are_there() -> None:
    def f(x: Any, w: Any) -> Any:
        p = patches_of(x)
        return p @ w, p, p.sum(axis=1)

    x, w = rng.normal(size=(12, 10, 4)), rng.normal(size=(36, 9))
    expected, program = program_of(f, [x, w])
    agree(program.run([x, w]), expected)


def test_a_product_that_others_read_is_there() -> None:
    def f(x: Any, w: Any) -> Any:
        p = x @ w
        y = ops.moveaxis(ag.reshape(p, shape=(10, 8, 3, 3, 4)), -1, 2)
        return ag.add_windows(y, (12, 10), (0, 1)), p * 2.0

    x, w = rng.normal(size=(80, 20)), rng.normal(size=(20, 36))
    expected, program = program_of(f, [x, w])
    agree(program.run([x, w]), expected)
    assert [s.name for s in program.plan.steps].count("matmul") == 1  # and it is made once


def test_what_changes_between_is_read_before() -> None:
    """The state is written in place before the product is made of its old windows."""
    start, w = rng.normal(size=(12, 10, 4)), ag.Tensor(rng.normal(size=(36, 9)))

    def make() -> Any:
        state = ag.Tensor(start)

        def step() -> Any:
            p = patches_of(state)
            state.assign(state * 0.5 + 1.0)
            return p @ (w * state.sum())

        return step

    eager, native = make(), ag.jit(make())
    for _ in range(3):
        expected = eager()
        found = native()
        native.wait()
        np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-12, atol=1e-12)
