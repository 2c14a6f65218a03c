"""State that a jitted function assigns, arrays given away to it, and calls that fail half-way."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.errors import GradientError, RangeError
from tests.program.test_jit import X, ready


def test_a_captured_leaf_keeps_its_derivative() -> None:
    w = ag.Tensor(X, requires_grad=True)
    f = ag.jit(lambda x: ag.sum(w * x))
    for call in (1, 2, 3):
        y = ready(f, ag.Tensor(X))
        w.zero_grad()
        y.backward()
        np.testing.assert_array_equal(w.grad.array, X, err_msg=f"call {call}")
    with ag.no_grad():
        assert f(ag.Tensor(X)).node is None


def test_a_training_step_with_leaves_is_native() -> None:
    w = ag.Tensor(np.zeros(3), requires_grad=True)
    target = ag.Tensor(np.array([1.0, -2.0]))
    runs = itertools.count()

    @ag.jit
    def step(x: Any) -> Any:
        next(runs)
        loss, g = ag.value_and_grad(lambda w: ag.mean(ag.square(x @ w - target)))(w)
        with ag.no_grad():
            w.assign(w - 0.1 * g)
        return loss

    losses = [float(ready(step, ag.Tensor(X))) for _ in range(30)]
    assert losses[-1] < 0.05 * losses[0]
    assert next(runs) <= 2, "Python is to run while recording, and until the kernels are there"


def test_backward_inside() -> None:
    w = ag.Tensor(X, requires_grad=True)

    def f(x: Any) -> Any:
        w.zero_grad()
        y = ag.sum(ag.square(w) * x)
        y.backward()
        g, w.grad = w.grad, None
        return g

    j = ag.jit(f)
    for _ in range(3):
        np.testing.assert_array_equal(ready(j, ag.Tensor(X)).array, 2 * X * X)


def test_what_python_holds_of_a_state_does_not_change_behind_its_back() -> None:
    w = ag.Tensor(np.array([1.0, 2.0, 3.0]))

    @ag.jit
    def step() -> Any:
        w.assign(w + 1)
        return w

    for _ in range(3):
        ready(step)
    now = w.array.copy()
    held = {
        "detach": w.detach(), "copy": w.copy(), "slice": w[1:], "reshape": w.reshape(3, 1),
        "flip": ag.flip(w), "numpy": w.numpy(), "tensor": ag.Tensor(w),
        "as": ag.as_tensor(w.numpy()),
        "transpose": w.T, "broadcast": ag.broadcast_to(w, shape=(2, 3)),
    }  # fmt: skip
    before = {k: np.array(getattr(v, "array", v)) for k, v in held.items()}
    result = step()
    for k, v in held.items():
        np.testing.assert_array_equal(getattr(v, "array", v), before[k], err_msg=k)
    np.testing.assert_array_equal(w.array, now + 1)
    step()
    np.testing.assert_array_equal(result.array, now + 1, err_msg="an output")
    np.testing.assert_array_equal(w.array, now + 2)


def test_a_tape_over_a_state_that_a_program_changed_is_refused() -> None:
    w = ag.Tensor(X, requires_grad=True)

    @ag.jit
    def step() -> None:
        with ag.no_grad():
            w.assign(w * 0.5)

    ready(step)
    step()
    loss = ag.sum(w * w)
    step()
    with pytest.raises(GradientError, match="changed"):
        loss.backward()


@pytest.mark.native
def test_an_index_out_of_range_names_the_place() -> None:
    table = ag.Tensor(np.arange(12.0).reshape(4, 3))
    total = ag.Tensor(np.zeros(3))

    @ag.jit
    def f(rows: Any) -> Any:
        y = ag.take(table, rows, axis=0)
        total.assign(total + ag.sum(y, axis=0))
        return y

    good = np.array([0, 3, -1, -4])
    for _ in range(2):
        np.testing.assert_array_equal(ready(f, ag.Tensor(good)).array, table.array[good])
    before = total.array.copy()
    for bad, place in (([0, 1, 4, 0], 2), ([-5, 0, 0, 0], 0), ([0, 0, 0, 2**40], 3)):
        with pytest.raises(RangeError, match=f"index {place} of gather.*from -4 to 3"):
            f(ag.Tensor(np.array(bad)))
        np.testing.assert_array_equal(total.array, before)
    np.testing.assert_array_equal(f(ag.Tensor(good)).array, table.array[good])
    np.testing.assert_array_equal(total.array, before + table.array[good].sum(0))


def test_scatter_out_of_range() -> None:
    f = ag.jit(lambda i, v: ag.add_at(ag.zeros(3, "float64"), i, v))
    v = ag.Tensor(np.array([1.0, 2.0]))
    for _ in range(2):
        np.testing.assert_array_equal(ready(f, ag.Tensor([0, 0]), v).array, [3.0, 0, 0])
    with pytest.raises(IndexError):
        f(ag.Tensor([0, 3]), v)
    np.testing.assert_array_equal(f(ag.Tensor([-1, 1]), v).array, [0.0, 2.0, 1.0])


@pytest.mark.native
def test_labels_out_of_range() -> None:
    f = ag.jit(lambda x, t: ag.softmax_cross_entropy(x, t))
    x = ag.Tensor(X)
    told = ready(f, x, ag.Tensor([0, 2])).array
    for bad, place in (([0, 3], 1), ([-1, 0], 0)):
        with pytest.raises(RangeError, match=f"sample {place} of the batch is outside 0 to 2"):
            f(x, ag.Tensor(bad))
    np.testing.assert_allclose(f(x, ag.Tensor([0, 2])).array, told, rtol=1e-14)


@pytest.mark.native
def test_a_bad_label_in_a_training_step_changes_nothing() -> None:
    w, momentum = ag.Tensor(X.T.copy()), ag.Tensor(np.zeros((3, 2)))
    count = ag.Tensor(np.zeros((), np.int64))

    @ag.jit
    def step(x: Any, t: Any) -> Any:
        loss, g = ag.value_and_grad(lambda w: ag.mean(ag.softmax_cross_entropy(x @ w, t)))(w)
        momentum.assign(0.9 * momentum + g)
        w.assign(w - 0.1 * momentum)
        count.assign(count + 1)
        return loss

    x, good = ag.Tensor(X), ag.Tensor([0, 1])
    losses = [float(ready(step, x, good)) for _ in range(4)]
    before = [t.array.copy() for t in (w, momentum, count)]
    for bad in ([0, 2], [-1, 1]):
        with pytest.raises(RangeError, match="the label of sample"):
            step(x, ag.Tensor(bad))
        for t, was in zip((w, momentum, count), before, strict=True):
            np.testing.assert_array_equal(t.array, was)
    assert float(step(x, good)) < losses[-1]
    assert int(count) == 5


@pytest.mark.native
def test_results_lie_in_donated_arrays() -> None:
    def step(params: dict, rate: ag.Tensor) -> tuple:
        return {k: v - rate * v for k, v in params.items()}, params["w"]

    plain, donating = ag.jit(step), ag.jit(step, donate_argnums=0)
    rate = ag.Tensor(0.5)

    def made() -> dict:
        return {"w": ag.Tensor([1.0, 2.0]), "b": ag.Tensor([4.0])}

    for f in (plain, donating):
        f(made(), rate)
        f.wait()
    expected, old = plain(made(), rate)
    params = made()
    found, same = donating(params, rate)
    assert all(np.shares_memory(found[k].array, params[k].array) for k in params)
    for k in expected:
        np.testing.assert_array_equal(found[k].numpy(), expected[k].numpy())
    np.testing.assert_array_equal(same.numpy(), old.numpy())  # read before it was written over
    untouched = made()
    plain(untouched, rate)
    assert untouched["w"].tolist() == [1.0, 2.0]


def test_donated_arrays_that_share_memory_do_not_take_two_results() -> None:
    f = ag.jit(lambda a, b: (a + 1, b * 10), donate_argnums=(0, 1))
    ready(f, ag.Tensor([0.0, 1.0]), ag.Tensor([0.0, 1.0]))
    x, row = ag.Tensor([0.0, 1.0]), np.array([0.0, 1.0])
    for a, b in ((x, x), (ag.as_tensor(row[:]), ag.as_tensor(row[:]))):
        one, two = f(a, b)
        assert one.tolist() == [1.0, 2.0] and two.tolist() == [0.0, 10.0]


def test_a_tape_notices_that_an_array_it_read_was_donated() -> None:
    f = ag.jit(lambda w: w - 0.5, donate_argnums=0)
    f(ag.Tensor([1.0, 2.0]))
    f.wait()
    w = ag.Tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    with ag.no_grad():
        f(w)
    with pytest.raises(ag.MutationError, match="was changed after the tape read it"):
        loss.backward()
