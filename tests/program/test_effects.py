"""State that a recorded function reads and assigns: replayed, it ends as it does eagerly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_nn as ag
from tests.program.strategies import Sketch, programs
from tests.program.test_random_programs import many

Maker = Callable[[list[Any]], Callable[..., Any]]


def both(
    make: Maker, start: list[np.ndarray], calls: int = 3, args: tuple = (), single: bool = False
) -> None:
    """The function over state that starts at ``start``, called eagerly and natively, agrees.

    single   some of it is computed in float32.
    """
    states = [ag.Tensor(a) for a in start]
    eager = make(states)
    told = []
    with np.errstate(all="ignore"):
        for _ in range(calls):
            y = eager(*args)
            told.append([np.array(t.array) for t in (*_listed(y), *states)])
        states = [ag.Tensor(a) for a in start]
        native = ag.jit(make(states))
        for i in range(calls):
            y = native(*args)
            native.wait()
            for k, (a, b) in enumerate(zip((*_listed(y), *states), told[i], strict=True)):
                tiny = 2e-5 if single or b.dtype == np.float32 else 1e-12
                np.testing.assert_allclose(
                    a.array, b, rtol=tiny, atol=tiny, err_msg=f"call {i}, value {k}"
                )
    program = native.program(*args)
    assert program.ready(), "every call but the first was to be native"


def _listed(y: Any) -> list[Any]:
    return [] if y is None else (list(y) if isinstance(y, list | tuple) else [y])


ONE, TWO = np.array([1.0, 2.0, 4.0]), np.array([-3.0, 0.5, 0.25])


def swap(s: list[Any]) -> Callable[..., Any]:
    def f() -> None:
        a = ag.positive(s[0])
        s[0].assign(s[1])
        s[1].assign(a)

    return f


def rotate_scaled(s: list[Any]) -> Callable[..., Any]:
    def f() -> None:
        a = s[0] * 2
        s[0].assign(s[1] - s[0])
        s[1].assign(a + s[1])

    return f


def old_returned(s: list[Any]) -> Callable[..., Any]:
    def f() -> Any:
        old = ag.positive(s[0])
        s[0].assign(s[0] + 1)
        return old

    return f


def old_kept_in_other(s: list[Any]) -> Callable[..., Any]:
    def f() -> None:
        s[1].assign(s[0])
        s[0].assign(s[0] + 1)

    return f


def old_view_read_late(s: list[Any]) -> Callable[..., Any]:
    def f() -> Any:
        view = s[0][::-1]
        s[0].assign(s[0] * 0.5)
        return view * s[0] + s[1]

    return f


def reversed_in_place(s: list[Any]) -> Callable[..., Any]:
    def f() -> None:
        s[0].assign(s[0][::-1])
        s[1].assign(ag.sum(s[1]) + s[1])

    return f


def shifted_in_place(s: list[Any]) -> Callable[..., Any]:
    def f() -> None:
        s[0].assign(ag.concatenate([s[0][1:], s[1][:1]]))

    return f


def assigned_twice(s: list[Any]) -> Callable[..., Any]:
    def f() -> Any:
        s[0].assign(s[0] + 1)
        between = s[0] * 3
        s[0].assign(s[0] * s[1])
        return between, s[0]

    return f


def one_value_for_two(s: list[Any]) -> Callable[..., Any]:
    def f() -> Any:
        v = ag.sin(s[0]) + s[1]
        s[0].assign(v)
        s[1].assign(v[::-1])
        return v

    return f


def cumulative(s: list[Any]) -> Callable[..., Any]:
    def f() -> Any:
        s[0].assign(ag.cumsum(s[0]) * 0.5)
        return ag.sum(s[0])

    return f


def in_place_operators(s: list[Any]) -> Callable[..., Any]:
    def f() -> Any:
        s[0] += s[1]
        s[0][0] = s[1][2]
        s[1] *= 0.5
        return s[0]

    return f


def back_to_itself(s: list[Any]) -> Callable[..., Any]:
    def f() -> Any:
        old = ag.positive(s[0])
        s[0].assign(s[0] * 7)
        s[0].assign(old)
        return s[0] + s[1]

    return f


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "make",
    [swap, rotate_scaled, old_returned, old_kept_in_other, old_view_read_late, reversed_in_place,
     shifted_in_place, assigned_twice, one_value_for_two, cumulative, in_place_operators,
     back_to_itself],
    ids=lambda f: f.__name__,
)  # fmt: skip
def test_forms_of_update(make: Maker, dtype: str) -> None:
    both(make, [ONE.astype(dtype), TWO.astype(dtype)])


def with_updates(sketch: Sketch, updates: dict[int, tuple[int, int]]) -> Maker:
    """The sketch with its first inputs as state; after step k, state i is assigned value j."""

    def make(states: list[Any]) -> Callable[..., Any]:
        def f(*xs: Any) -> list[Any]:
            values = [*states, *xs]
            for k, (_, function, at) in enumerate(sketch.steps):
                values.append(function(*[values[i] for i in at]))
                if k in updates:
                    state, source = updates[k]
                    states[state].assign(ag.tanh(values[source]))
            return [values[i] for i in sketch.outputs]

        return f

    return make


@many(40)
@given(programs(smooth=True, most=7), st.data())
def test_random_updates(sketch: Sketch, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(sketch.inputs)))
    states, rest = sketch.inputs[:count], sketch.inputs[count:]
    with np.errstate(all="ignore"):
        values: list[Any] = [ag.Tensor(a) for a in sketch.inputs]
        for _, function, at in sketch.steps:
            values.append(function(*[values[i] for i in at]))
    updates = {}
    for k in range(len(sketch.steps)):
        if data.draw(st.booleans()):
            state = data.draw(st.integers(0, count - 1))
            fits = [
                j for j in range(len(sketch.inputs) + k + 1)
                if values[j].shape == states[state].shape and values[j].dtype == states[state].dtype
            ]  # fmt: skip
            updates[k] = (state, data.draw(st.sampled_from(fits)))
    if sketch.steps and not _rough(sketch):
        single = any(v.dtype == np.float32 for v in values)
        args = tuple(ag.Tensor(a) for a in rest)
        both(with_updates(sketch, updates), states, args=args, single=single)


def _rough(sketch: Sketch) -> bool:
    """Whether a step rounds to whole numbers or sorts: there the last place decides the result."""
    words = ("floor", "sign", "sort", "to int", "along", "arg", ">", "stop", "var", "norm", "where")
    return any(w in name for name, _, _ in sketch.steps for w in words)
