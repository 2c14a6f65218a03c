"""A record inside a record, and a record replayed: both mean what the function means."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.errors import RecordError
from autograd_nn.engine.graph.record import record, trace
from autograd_nn.engine.graph.replay import array_of, by_numpy, on_tensors, replay
from autograd_nn.engine.mode import around, mode, recording

X = np.array([0.5, -1.0, 2.0])


def again(graph: Any, *inputs: Any) -> list[np.ndarray]:
    """The outputs by NumPy for other inputs."""
    return replay(graph, inputs, by_numpy, array_of)[0]


@pytest.fixture(autouse=True)
def nothing_is_left() -> Any:
    yield
    assert mode.recorder is None and not recording and mode.taping


# ---- replay --------------------------------------------------------------------------------------


def test_a_record_replayed_on_arrays_repeats_it_for_other_inputs() -> None:
    _, graph, _ = record(lambda x: (ag.sin(x) * x).sum(), [ag.Tensor(X)])
    np.testing.assert_allclose(again(graph, X + 1)[0], (np.sin(X + 1) * (X + 1)).sum())


def test_a_record_replayed_on_tensors_has_every_derivative_in_inputs_and_captured() -> None:
    w = ag.Tensor([1.0, 2.0, 3.0], requires_grad=True)
    graph, _ = trace(lambda x: (x**3 * w).sum(), [ag.Tensor(X)])
    x = ag.Tensor(X)

    def f(x: Any) -> Any:
        return on_tensors(graph, [x])[0]

    np.testing.assert_allclose(ag.grad(f)(x).numpy(), 3 * X**2 * w.array)
    np.testing.assert_allclose(ag.hessian(f)(x).numpy(), np.diag(6 * X * w.array))
    f(x).backward()
    np.testing.assert_allclose(w.grad, X**3)
    w.assign(w.array * 2)
    np.testing.assert_allclose(f(x).item(), (X**3 * w.array).sum(), err_msg="read as it is now")


def test_a_derivative_that_the_function_takes_is_differentiated_through_a_replay() -> None:
    graph, (_, slots) = trace(ag.value_and_grad(lambda x: (x**4).sum()), [ag.Tensor(X)])
    assert slots == [0, 1]
    value = ag.grad(lambda x: on_tensors(graph, [x])[0])(ag.Tensor(X))
    slope = ag.grad(lambda x: on_tensors(graph, [x])[1].sum())(ag.Tensor(X))
    np.testing.assert_allclose(value, 4 * X**3)
    np.testing.assert_allclose(slope, 12 * X**2)


def test_where_the_function_turns_the_tape_off_a_replay_does_too() -> None:
    def f(x: Any) -> Any:
        with ag.no_grad():
            still = x * x
        return (x * still).sum()

    graph, _ = trace(f, [ag.Tensor(X)])
    found = ag.grad(lambda x: on_tensors(graph, [x])[0])(ag.Tensor(X))
    np.testing.assert_allclose(found, ag.grad(f)(ag.Tensor(X)))


def test_a_trial_leaves_what_it_assigned_as_it_was_and_each_replay_assigns() -> None:
    w = ag.Tensor([1.0, 2.0, 3.0])

    def f(x: Any) -> Any:
        w.assign(w + x)
        return w * 2

    graph, _ = trace(f, [ag.Tensor(X)])
    np.testing.assert_array_equal(w, [1, 2, 3])
    for n in (1, 2):
        (y,) = on_tensors(graph, [ag.Tensor(X)])
        np.testing.assert_array_equal(w, np.array([1, 2, 3]) + n * X)
        np.testing.assert_array_equal(y, w.array * 2)


def test_a_trial_that_fails_puts_back_what_it_assigned() -> None:
    w = ag.Tensor([1.0, 2.0, 3.0])

    def f(x: Any) -> Any:
        w.assign(x)
        raise KeyError("out")

    with pytest.raises(KeyError):
        trace(f, [ag.Tensor(X)])
    np.testing.assert_array_equal(w, [1, 2, 3])


def test_a_replay_is_refused_where_a_mask_that_it_follows_has_changed() -> None:
    mask = ag.Tensor([True, False, True])
    graph, _ = trace(lambda x: x[mask], [ag.Tensor(X)])
    np.testing.assert_array_equal(on_tensors(graph, [ag.Tensor(X)])[0], X[[0, 2]])
    mask.assign(np.array([True, True, True]))
    with pytest.raises(RecordError, match="mask"):
        on_tensors(graph, [ag.Tensor(X)])


# ---- a record inside a record --------------------------------------------------------------------


def test_what_an_inner_record_makes_is_part_of_the_outer() -> None:
    inner = []

    def f(x: Any) -> Any:
        y = ag.sin(x)
        z, graph, _ = record(lambda a: a * y + x, [y])  # y as an argument, and y and x captured
        inner.append(graph)
        return z * 2

    result, graph, _ = record(f, [ag.Tensor(X)])
    other = X + 1
    np.testing.assert_allclose(result, (np.sin(X) ** 2 + X) * 2)
    np.testing.assert_allclose(again(graph, other)[0], (np.sin(other) ** 2 + other) * 2)
    assert [v.kind for v in inner[0].captured] == ["captured"] * 2
    assert not graph.captured, "all that the inner record read is the outer's own"


def test_a_trial_inside_a_record_is_not_part_of_it() -> None:
    def f(x: Any) -> Any:
        graph, _ = trace(lambda a: ag.exp(a) * x, [x])
        return on_tensors(graph, [x * 3])[0]

    _, graph, _ = record(f, [ag.Tensor(X)])
    assert [c.op.name for c in graph.calls] == ["multiply", "exp", "multiply"]
    np.testing.assert_allclose(again(graph, X + 1)[0], np.exp(3 * X + 3) * (X + 1))


def test_records_nest_to_any_depth() -> None:
    def deep(x: Any, n: int) -> Any:
        return record(lambda a: deep(a * x, n - 1), [x])[0] if n else x + 1

    _, graph, _ = record(lambda x: deep(x, 4), [ag.Tensor(X)])
    np.testing.assert_allclose(again(graph, X * 2)[0], deep(ag.Tensor(X * 2), 4))


def test_an_assignment_in_an_inner_record_is_an_effect_of_the_outer() -> None:
    w = ag.Tensor([1.0, 2.0, 3.0])

    def f(x: Any) -> Any:
        def g(a: Any) -> Any:
            w.assign(w * a)
            return w + 1

        return record(g, [x])[0] * w

    result, graph, _ = record(f, [ag.Tensor(X)])
    new = np.array([1, 2, 3]) * X
    np.testing.assert_allclose(result, (new + 1) * new)
    np.testing.assert_allclose(w, new, err_msg="once, not twice")
    ((old, _),) = graph.effects
    assert old.tensor is w
    graph.undo()
    np.testing.assert_array_equal(w, [1, 2, 3])


def test_what_python_may_not_ask_of_the_outer_it_may_not_ask_inside() -> None:
    def f(x: Any) -> Any:
        y = x.sum()
        return record(lambda a: a * float(y), [x])[0]

    with pytest.raises(RecordError, match="inside a function that is being recorded"):
        record(f, [ag.Tensor(X)])


def test_what_python_sees_inside_is_seen_by_the_outer() -> None:
    scale = ag.Tensor(2.0)
    mask = ag.Tensor([True, False, True])

    def f(x: Any) -> Any:
        return record(lambda a: a[mask] * float(scale), [x])[0]

    _, graph, _ = record(f, [ag.Tensor(X)])
    assert any(x is scale for x in graph.looked) and any(x is mask for x, _ in graph.frozen)


def test_an_exception_inside_leaves_the_outer_recording() -> None:
    w = ag.Tensor([1.0, 2.0, 3.0])

    def g(a: Any) -> Any:
        w.assign(a)
        raise KeyError("out")

    def f(x: Any) -> Any:
        depth = len([*around()])
        y = x * w
        with pytest.raises(KeyError):
            record(g, [x])
        assert len([*around()]) == depth == len(recording)
        return y + w

    _, graph, _ = record(f, [ag.Tensor(X)])
    np.testing.assert_array_equal(w, [1, 2, 3])
    np.testing.assert_allclose(again(graph, X + 1)[0], (X + 1) * w.array + w.array)
    assert not graph.effects


def test_a_value_of_the_tape_that_has_lost_its_name_is_the_outers() -> None:
    def f(x: Any) -> Any:
        y, pull = ag.vjp(lambda a: ag.sin(ag.sin(a)), x)  # sin(a) has no name any more
        return record(lambda g: pull(g)[0], [y])[0]

    _, graph, _ = record(f, [ag.Tensor(X)])
    other = X + 1
    np.testing.assert_allclose(again(graph, other)[0], f(ag.Tensor(other)))
    assert not graph.captured


def test_threads_record_within_records_by_themselves() -> None:
    gate = threading.Barrier(4, timeout=60)
    found: dict[int, Any] = {}

    def work(k: int) -> None:
        def f(x: Any) -> Any:
            y = x * k
            gate.wait()
            z = record(lambda a: (gate.wait(), a + y)[1], [x])[0]
            gate.wait()
            return z * y

        _, graph, _ = record(f, [ag.Tensor(X)])
        found[k] = again(graph, X + 1)[0]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(1, 5)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for k in range(1, 5):
        np.testing.assert_allclose(found[k], (1 + k) * (X + 1) * k * (X + 1))


def test_a_jitted_function_inside_one_is_part_of_the_outer_program() -> None:
    inner = ag.jit(lambda x: ag.sin(x) * 2)
    outer = ag.jit(lambda x: inner(x) + inner(x * x))
    outer(ag.Tensor(X))
    assert outer._programs and not inner._programs
    outer.wait()
    np.testing.assert_allclose(outer(ag.Tensor(X + 1)), 2 * (np.sin(X + 1) + np.sin((X + 1) ** 2)))


# ---- whose a tensor is ---------------------------------------------------------------------------


def test_what_is_made_inside_and_assigned_to_starts_anew_at_every_run() -> None:
    def f(x: Any) -> Any:
        total = ag.Tensor([1.0, 1.0, 1.0])
        for _ in range(3):
            total.assign(total * x)
        return total

    _, graph, _ = record(f, [ag.Tensor(X)])
    assert not graph.effects and [v.kind for v in graph.values][1] == "constant"
    np.testing.assert_allclose(again(graph, X + 1)[0], (X + 1) ** 3)


@pytest.mark.parametrize("times", [1, 2])
def test_what_is_assigned_and_returned_is_state_only_if_it_lives_on(times: int) -> None:
    kept = ag.Tensor([1.0, 1.0, 1.0])

    def f(x: Any) -> Any:
        made = ag.Tensor([1.0, 1.0, 1.0])
        made.assign(made + x)
        kept.assign(kept + x)
        return [made] * times, {"kept": [kept] * times}

    (made, told), graph, _ = record(f, [ag.Tensor(X)])
    ((old, _),) = graph.effects
    assert old.tensor is kept
    for y in [*made, *told["kept"]]:
        np.testing.assert_array_equal(y, 1 + X)
    graph.undo()
    for y in again(graph, X * 2):
        np.testing.assert_array_equal(y, 1 + X * 2)


HOLDERS = {
    "a list": lambda t: [t],
    "a closure": lambda t: lambda: t,
    "a default": lambda t: (lambda a=t: a),
    "a generator": lambda t: (t for _ in range(2)),
    "an attribute": lambda t: type("O", (), {"t": t})(),
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_what_is_made_inside_and_assigned_to_is_state_where_somebody_keeps_it(holder: str) -> None:
    kept: list[Any] = []

    def f(x: Any) -> Any:
        made = ag.Tensor([1.0, 1.0, 1.0])
        kept.append(HOLDERS[holder](made))
        made.assign(made + x)
        return x

    _, graph, _ = record(f, [ag.Tensor(X)])
    assert len(graph.effects) == 1


@pytest.mark.usefixtures("uncollected")
def test_a_record_keeps_nothing_alive_that_the_function_made() -> None:
    names: list[Any] = []

    def f(x: Any) -> Any:
        y = x * 2
        names.append(__import__("weakref").ref(y))
        inner = record(lambda a: a * y, [x])[0]
        return inner.sum()

    record(f, [ag.Tensor(X)])
    assert names[0]() is None
