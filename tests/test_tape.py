"""The tape: fan-out, nesting, depth, memory, and refusing what would give a wrong gradient."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_nn as ag
from autograd_nn.engine.node import Leaf
from autograd_nn.engine.tape import sort
from tests import naive


def leaf(value: Any) -> ag.Tensor:
    return ag.Tensor(value, dtype=float, requires_grad=True)


# ---- the walk -----------------------------------------------------------------------------------

UNARY = ("sin", "tanh", "exp")
STEPS = st.lists(
    st.tuples(st.sampled_from([*UNARY, *naive.BINARY]), st.integers(0, 100), st.integers(0, 100)),
    min_size=1,
    max_size=25,
)


@given(STEPS, st.lists(st.floats(-1, 1), min_size=1, max_size=3))
def test_random_programs_agree_with_the_naive_engine(steps: list, values: list[float]) -> None:
    """Numbers combined at random, many used many times: the gradient is the blackboard's."""
    ours: list[Any] = [leaf(v) for v in values]
    theirs: list[Any] = [naive.Number(v) for v in values]
    for name, i, j in steps:
        i, j = i % len(ours), j % len(ours)
        if name in UNARY:
            if theirs[i].value > 5:
                continue
            ours.append(getattr(ag, name)(ours[i]))
            theirs.append(getattr(theirs[i], name)())
        else:
            combine = naive.BINARY[name]
            ours.append(combine(ours[i], ours[j]))
            theirs.append(combine(theirs[i], theirs[j]))
    assert ours[-1].item() == pytest.approx(theirs[-1].value, rel=1e-12)
    want = naive.gradient(theirs[-1], theirs[: len(values)])
    ours[-1].backward()
    for x, slope in zip(ours, want, strict=False):
        found = 0.0 if x.grad is None else x.grad.item()
        assert found == pytest.approx(slope, rel=1e-9, abs=1e-9 * max(1, *map(abs, want)))


def test_fan_out_adds_up() -> None:
    x = leaf([1.0, 2.0])
    y = x * x
    (y + y * x + x).sum().backward()
    assert x.grad.tolist() == [2 + 3 + 1, 4 + 12 + 1]


def test_a_cotangent_added_into_does_not_reach_another_tensor() -> None:
    # d needs its cotangent before and after it was handed on: adding in place must use a copy
    x = leaf([1.0, 2.0, 3.0])
    a, b = x + 0.0, x * 1.0
    s = a + b
    (s.sum() + (a * 10).sum() + (a * 100).sum()).backward()
    assert x.grad.tolist() == [112.0] * 3


def test_a_hundred_thousand_nodes() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y + 1.0
    assert len(sort([y])) == 100_001
    y.backward()
    assert x.grad.item() == 1.0
    del y  # freed without recursion as well


def test_freeing_a_deep_chain_that_was_never_pulled_back() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y * 1.0
    del y
    assert x.grad is None


def test_backward_adds_to_grad_and_zero_grad_forgets() -> None:
    x = leaf(3.0)
    (x * x).backward()
    (x * x).backward()
    assert x.grad.item() == 12.0
    x.zero_grad()
    assert x.grad is None


def test_two_roots_of_one_tape_by_gradient_argument() -> None:
    x = leaf([1.0, 2.0])
    (x * x).backward(np.array([1.0, 10.0]))
    assert x.grad.tolist() == [2.0, 40.0]


def test_gradients_of_two_leaves_are_two_tensors() -> None:
    a, b, g = leaf([1.0]), leaf([1.0]), ag.Tensor([1.0])
    (a + b).backward(g)
    assert a.grad is not b.grad and a.grad is not g
    with ag.no_grad():
        a.grad *= 5
    assert (a.grad.item(), b.grad.item(), g.item()) == (5.0, 1.0, 1.0)


def test_a_gradient_argument_may_be_changed_afterwards() -> None:
    x, g = leaf([1.0, 2.0]), np.ones((2, 1))
    x.reshape(2, 1).backward(g)
    g[:] = 9
    assert x.grad.tolist() == [1.0, 1.0]


# ---- nesting ------------------------------------------------------------------------------------


def test_no_perturbation_confusion() -> None:
    def f(x: Any) -> Any:
        return x * ag.grad(lambda y: x + y)(1.0)

    assert ag.grad(f)(1.0).item() == 1.0


def test_inner_and_outer_variables() -> None:
    # d/dx [x · d/dy (x²·y³) at y = x] = d/dx [3·x⁵] = 15·x⁴
    def f(x: Any) -> Any:
        return x * ag.grad(lambda y: x**2 * y**3)(x)

    assert ag.grad(f)(2.0).item() == pytest.approx(240.0)


def test_forward_inside_reverse_and_reverse_inside_forward() -> None:
    def slope(x: Any) -> Any:
        return ag.jvp(ag.sin, (x,), (1.0,))[1]

    assert ag.grad(slope)(0.5).item() == pytest.approx(-np.sin(0.5))
    assert ag.jvp(ag.grad(ag.sin), (0.5,), (1.0,))[1].item() == pytest.approx(-np.sin(0.5))
    assert ag.jvp(slope, (0.5,), (1.0,))[1].item() == pytest.approx(-np.sin(0.5))


def test_four_orders() -> None:
    f = ag.sin
    for want in (np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), np.sin):
        f = ag.grad(f)
        assert f(0.7).item() == pytest.approx(want(0.7))


def test_a_closure_over_a_leaf_is_a_constant_inside_and_a_variable_outside() -> None:
    w = leaf(3.0)
    inner = ag.grad(lambda x: w * x * x)(2.0)
    assert inner.item() == 12.0
    inner.backward()  # d(2wx)/dw
    assert w.grad.item() == 4.0


def test_create_graph_then_backward() -> None:
    x = leaf(2.0)
    (x**3).backward(create_graph=True)
    first = x.grad
    x.zero_grad()
    first.backward()
    assert x.grad.item() == 12.0


def test_stop_gradient_and_no_grad_and_enable_grad() -> None:
    assert ag.grad(lambda x: x * ag.stop_gradient(x * x))(3.0).item() == 9.0
    x = leaf(2.0)
    with ag.no_grad():
        assert not (x * x).requires_grad
        with ag.enable_grad():
            assert (x * x).requires_grad
        assert ag.grad(lambda v: v * v)(2.0).item() == 4.0
    assert (x * x).requires_grad

    @ag.no_grad()
    def f(v: Any) -> Any:
        return v * v

    assert not f(x).requires_grad and f.__name__ == "f"


def test_no_grad_ends_when_its_block_raises() -> None:
    with pytest.raises(ZeroDivisionError), ag.no_grad():
        raise ZeroDivisionError
    assert (leaf(1.0) * 2).requires_grad


# ---- memory -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("uncollected")
def test_no_reference_cycles() -> None:
    x = leaf(np.ones(10))
    y = ag.exp(x) * 2
    z = y.sum()
    dead = [weakref.ref(y), weakref.ref(z), weakref.ref(y.node.arrays[0])]
    z.backward(retain_graph=True)
    del y, z
    assert all(r() is None for r in dead)


def test_backward_frees_what_it_used() -> None:
    x = leaf(np.ones(10))
    y = ag.exp(x)
    inside = weakref.ref(y.array)
    z = y.sum()
    del y
    assert inside() is not None
    z.backward()
    assert inside() is None  # though z lives


def _step(w: ag.Tensor, data: np.ndarray) -> None:
    loss = ag.mean(ag.square(ag.tanh(data @ w)))
    loss.backward()
    with ag.no_grad():
        w -= 0.01 * w.grad
    w.zero_grad()
    ag.value_and_grad(lambda v: (v * v).sum())(w)
    ag.jvp(ag.sin, (w,), (w,))


@pytest.mark.usefixtures("uncollected")
def test_ten_thousand_calls_leave_memory_flat_and_nothing_to_collect() -> None:
    w, data = leaf(np.ones((3, 1))), np.ones((4, 3))
    _step(w, data)
    gc.collect()
    for _ in range(7_500):  # Python keeps up to 2,000 freed tuples of each size for reuse
        _step(w, data)
    tracemalloc.start()
    try:
        for _ in range(500):
            _step(w, data)
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(2_000):
            _step(w, data)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    found = gc.collect()
    assert grown < 20_000
    assert found == 0


def test_a_rule_may_hand_out_what_it_was_given() -> None:
    half = ag.custom_op(vjp=lambda g, y, x: x)(lambda x: x * x / 2)
    grow = ag.custom_op(vjp=lambda g, y, x: y)(np.exp)
    for op in (half, grow):
        x = leaf([0.5, 2.0])
        y = op(x)
        y.backward(np.ones(2), retain_graph=True)
        assert x.grad is not x and x.grad is not y
        before = x.tolist(), y.tolist()
        x.grad[0] = 9.0
        assert (x.tolist(), y.tolist()) == before


# ---- changed arrays and freed tapes -------------------------------------------------------------


def test_assign_between_forward_and_backward_is_refused() -> None:
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    x.assign([3.0, 4.0])
    with pytest.raises(ag.MutationError, match="operand 0 of 'multiply'.*was changed"):
        y.backward()


def test_assign_of_equal_contents_is_refused_too() -> None:
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    x.assign(x)
    with pytest.raises(ag.MutationError):
        y.backward()


def test_assign_after_backward_is_fine() -> None:
    x = leaf([1.0, 2.0])
    (x * x).sum().backward()
    x.assign([3.0, 4.0])
    (x * x).sum().backward()
    assert x.grad.tolist() == [8.0, 12.0]


def test_readers_of_a_tensor_keep_what_they_read_when_it_is_assigned_to() -> None:
    x = leaf([1.0, 2.0])
    v = x * 1.0
    y = (v * v).sum()
    v[0] = 5.0
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0] and v.tolist() == [5.0, 2.0]


def test_setitem_is_on_the_tape() -> None:
    x, w = leaf([1.0, 2.0, 3.0]), leaf(7.0)
    v = x * 2.0
    v[1] = w * w
    assert v.tolist() == [2.0, 49.0, 6.0]
    (v * v).sum().backward()
    assert x.grad.tolist() == [8.0, 0.0, 24.0]
    assert w.grad.item() == pytest.approx(4 * 7.0**3)


@pytest.mark.parametrize("change", ["entry", "all", "transposed"])
def test_an_ndarray_changed_between_is_refused(change: str) -> None:
    data = np.arange(6.0).reshape(2, 3)
    x = leaf(np.ones((2, 3)))
    y = (x * (data if change != "transposed" else data.T.T)).sum()
    if change == "entry":
        data[1, 2] += 1e-9
    else:
        data *= 2
    with pytest.raises(ag.MutationError, match=r"x\.copy\(\)"):
        y.backward()


def test_an_ndarray_changed_afterwards_is_fine() -> None:
    data = np.ones(3)
    x = leaf(np.ones(3))
    (x * data).sum().backward()
    data *= 2
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


def test_a_tensor_has_its_own_copy() -> None:
    data = np.ones(3)
    x = ag.Tensor(data, requires_grad=True)
    data *= 2
    assert x.tolist() == [1.0, 1.0, 1.0]


def test_a_freed_tape_is_refused_and_a_kept_one_is_not() -> None:
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [4.0, 8.0]
    with pytest.raises(ag.GradientError, match="retain_graph=True"):
        y.backward()


def test_in_place_rules() -> None:
    x = leaf([1.0, 2.0])
    with pytest.raises(ag.GradientError, match="no_grad"):
        x += 1
    with ag.no_grad():
        same = x
        same -= 0.5
    assert same is x and x.tolist() == [0.5, 1.5] and isinstance(x.node, Leaf)
    y = x * 2
    kept = y
    y += 1  # a computed tensor: a new value under the old name
    assert y is not kept and kept.tolist() == [1.0, 3.0]
    c = ag.Tensor([1.0])
    c *= leaf(3.0)
    assert c.requires_grad
    n = ag.Tensor([1, 2])
    m = n
    n += 0.5  # the dtype changes: a new tensor, as there is no room in the old one
    assert n.tolist() == [1.5, 2.5] and m.tolist() == [1, 2]


def test_the_switches_are_each_threads_own() -> None:
    from threading import Thread

    found: list[bool] = []
    with ag.no_grad():
        t = Thread(target=lambda: found.append((leaf(1.0) * 2).requires_grad))
        t.start()
        t.join()
    assert found == [True]
