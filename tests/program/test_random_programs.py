"""Random programs: recorded and replayed natively, they give what they gave eagerly."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

import autograd_nn as ag
from autograd_nn.engine import tree
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.program.make import target
from tests.program.compare import assert_agree, contents_of, interpret, slack
from tests.program.strategies import Sketch, programs

FACTOR = int(os.environ.get("AUTOGRAD_NN_PROGRAMS", "1"))  # how many times CI's number of programs


def many(n: int) -> Any:
    return settings(
        max_examples=n * FACTOR,
        deadline=None,
        derandomize=FACTOR == 1,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def check(f: Any, arrays: list[np.ndarray], exact: bool = False) -> None:
    """f eagerly, interpreted call by call, and natively (twice: state must not leak)."""
    with np.errstate(all="ignore"):
        result, graph, _ = record(f, [ag.Tensor(a) for a in arrays])
    contents = contents_of(graph, arrays)
    outputs, effects = interpret(graph, contents, None)
    eager = [np.asarray(y.array) for y in tree.flatten(result)[0]]
    for y, told in zip(eager, outputs, strict=True):
        np.testing.assert_array_equal(y, told)
    room = slack(graph, contents, [*outputs, *effects])
    if exact:
        room = [np.zeros_like(r) for r in room]
    program = target().make(graph)
    note("\n".join(map(repr, graph.calls)))
    assert program.ready(wait=True), "the runner did not compile"
    assert not program.failed, [s.text for s in program.failed]
    for turn in (1, 2):
        found = program.run([a.copy() for a in arrays])
        for i, (native, y) in enumerate(zip(found, outputs, strict=True)):
            if exact:
                assert native.dtype == y.dtype and native.shape == y.shape
                np.testing.assert_array_equal(native, y, err_msg=f"output {i}, run {turn}")
            else:
                assert_agree(native, y, room[i], f"output {i}, run {turn}")


def total(sketch: Sketch) -> Any:
    """One smooth number that depends on every output."""

    def f(*xs: Any) -> Any:
        parts = [ag.sum(ag.tanh(y) * (0.5 + i)) for i, y in enumerate(sketch.run(*xs))]
        value = parts[0]
        for p in parts[1:]:
            value = value + p
        return value

    return f


@many(60)
@given(programs())
def test_values(sketch: Sketch) -> None:
    check(sketch.run, sketch.inputs)


@many(20)
@given(programs(plain=True, special=True))
def test_arithmetic_to_the_last_bit(sketch: Sketch) -> None:
    check(sketch.run, sketch.inputs, exact=True)


@many(20)
@given(programs(special=True))
def test_nan_and_infinity_in_the_same_places(sketch: Sketch) -> None:
    check(sketch.run, sketch.inputs)


@many(30)
@given(programs(smooth=True, most=6))
def test_gradients(sketch: Sketch) -> None:
    every = tuple(range(len(sketch.inputs)))
    check(ag.value_and_grad(total(sketch), argnums=every), sketch.inputs)


@many(20)
@given(programs(smooth=True, most=4), st.integers(0, 2))
def test_gradients_of_gradients(sketch: Sketch, which: int) -> None:
    inner = ag.grad(total(sketch), argnums=which % len(sketch.inputs))

    def f(*xs: Any) -> Any:
        return ag.sum(ag.square(inner(*xs)) * 0.5)

    check(ag.grad(f, argnums=tuple(range(len(sketch.inputs)))), sketch.inputs)
