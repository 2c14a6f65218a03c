"""What an assignment means for whoever else holds the tensor, a view of it or its memory."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.node import Leaf
from tests.assigning import PAIRS, X, masked
from tests.test_assignment import near


def leaf(value: Any = X) -> ag.Tensor:
    return ag.Tensor(value, requires_grad=True)


def test_a_leaf_keeps_its_gradient() -> None:
    w = leaf()
    before = (w * w).sum()
    w[1] = 3.0
    after = (w * w).sum()
    after.backward()
    assert w.grad.tolist() == [2.0, 0.0, 8.0] and w.tolist() == [1.0, 3.0, 4.0]
    w.zero_grad()
    before.backward()
    assert w.grad.tolist() == [2.0, 4.0, 8.0]


def test_a_leaf_stays_one_under_no_grad_and_readers_keep_what_they_read() -> None:
    w = leaf()
    before = (w * w).sum()
    with ag.no_grad():
        w[1] = 3.0
        w[np.array([True, False, False])] += 1
    assert isinstance(w.node, Leaf)
    before.backward()
    assert w.grad.tolist() == [2.0, 4.0, 8.0]
    w.zero_grad()
    (w * w).sum().backward()
    assert w.grad.tolist() == [4.0, 6.0, 8.0]


def test_a_computed_tensor_under_no_grad_is_refused() -> None:
    y = leaf() * 2
    with ag.no_grad(), pytest.raises(ag.GradientError, match=r"detach\(\)\.copy\(\)"):
        y[0] = 1.0
    assert y.tolist() == [2.0, 4.0, 8.0]


def test_values_are_cast_as_in_numpy() -> None:
    w = ag.Tensor(X.astype("float32"), requires_grad=True)
    v = leaf(np.array([[0.1], [0.2]]))
    y = ag.broadcast_to(w, shape=(2, 3)).copy()
    y[:, 1:] = v
    assert y.dtype == np.float32
    (y * y).sum().backward()
    assert w.grad.dtype == np.float32 and w.grad.tolist() == [4.0, 0.0, 0.0]
    np.testing.assert_allclose(v.grad.numpy(), [[0.4], [0.8]], 1e-6)
    n = ag.Tensor([1, 2, 3])
    n[0] = 2.9
    n[1:] = np.array([7.5, 8.5])
    assert n.tolist() == [2, 7, 8] and n.dtype == np.int64
    with pytest.raises(ag.GradientError, match="astype"):
        n[0] = v[0, 0]
    x = ag.zeros(3, "float64")
    x[0:2] = [[v[0, 0], 5.0]]  # NumPy drops leading axes of one entry
    assert x.tolist() == [0.1, 5.0, 0.0]
    v.zero_grad()
    (x * x).sum().backward()
    np.testing.assert_allclose(v.grad.numpy(), [[0.2], [0.0]])


def test_several_names_one_tensor() -> None:
    x = leaf()
    y = x * 1.0
    z = y
    z[0] = 7.0
    assert y.tolist() == [7.0, 2.0, 4.0]
    (y * y).sum().backward()
    assert x.grad.tolist() == [0.0, 4.0, 8.0]


def test_the_value_of_a_vjp_may_be_assigned_to() -> None:
    x = ag.Tensor(X)
    y, pull = ag.vjp(lambda v: v * v, x)
    y[0] = 100.0
    x[1] = 50.0
    assert pull(ag.ones(3, "float64"))[0].tolist() == [2.0, 4.0, 8.0]

    def outer(w: Any) -> Any:
        y, pull = ag.vjp(lambda v: v * v * w, w)
        y[0] = 100.0
        return (pull(ag.ones_like(w))[0] * w).sum()

    near(ag.grad(outer)(ag.Tensor(X)), ag.Tensor(6 * X * X), "the walk is taped")


def test_a_kept_tape_and_a_freed_one() -> None:
    w = leaf()
    y = w * 1.0
    y[0] = y[1]
    z = (y * y).sum()
    z.backward(retain_graph=True)
    z.backward()
    assert w.grad.tolist() == [0.0, 16.0, 16.0]
    y[1] = 0.0
    with pytest.raises(ag.GradientError, match="retain_graph"):
        (y * y).sum().backward()


@pytest.mark.parametrize(
    "part",
    [
        lambda x: x[1:], lambda x: x[:], lambda x: x[...], lambda x: x[1:][:1],
        lambda x: x.reshape(3, 1), lambda x: x.reshape(3, 1).T, lambda x: ag.expand_dims(x, 0),
        lambda x: x.detach(), lambda x: x.data, lambda x: ag.split(x, 3)[1],
        lambda x: ag.flip(x, 0), lambda x: next(iter(x.reshape(3, 1))),
        lambda x: ag.reshape(x, (3,)), lambda x: ag.broadcast_to(x, (2, 3)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["constant", "leaf", "computed", "shared"])
def test_a_view_of_a_tensor_that_is_still_there_is_refused(part: Any, kind: str) -> None:
    x: ag.Tensor = {
        "constant": lambda: ag.Tensor(X), "leaf": leaf, "computed": lambda: leaf() * 2,
        "shared": lambda: ag.as_tensor(X.copy()),
    }[kind]()  # fmt: skip
    v = part(x)
    with pytest.raises(ag.MutationError, match=r"copy"):
        v[0] = 9.0
    kept = x.tolist()
    own = v.copy()
    own[0] = 9.0
    assert x.tolist() == kept
    x[0] = 5.0  # whoever read x before keeps what it read
    assert x.tolist()[0] == 5.0
    np.testing.assert_array_equal(v.numpy(), part(ag.Tensor(X * (2 if kind == "computed" else 1))))


def test_a_view_of_what_has_gone_is_a_tensor_of_its_own() -> None:
    w = leaf(np.arange(6.0))

    def f() -> ag.Tensor:
        h = (w * 2).reshape(2, 3)
        h[0] = 1.0
        return (h * h).sum()

    f().backward()
    assert w.grad.tolist() == [0.0, 0.0, 0.0, 24.0, 32.0, 40.0]
    g = ag.jit(ag.value_and_grad(lambda w: [h := (w * 2).reshape(2, 3), put(h, 0, 1.0)][1]))
    for _ in range(2):
        near(g(ag.Tensor(w))[1], w.grad, "replayed")
        g.wait()


def put(h: Any, key: Any, value: Any) -> Any:
    h[key] = value
    return (h * h).sum()


def test_a_variable_is_assigned_to_under_no_grad_alone() -> None:
    v = nn.Variable(X, name="w")
    with pytest.raises(ag.GradientError, match="no_grad"):
        v[0] = 1.0
    with ag.no_grad():
        v[0] = 7.0
    (v * v).sum().backward()
    assert v.grad.tolist() == [14.0, 4.0, 8.0]


def test_probabilities_that_were_assigned_to_forget_their_logits() -> None:
    logits = leaf(np.array([[0.5, -1.0, 2.0]]))
    p = nn.activations.softmax(logits)
    p[0, 0] = 0.5
    loss = nn.losses.CategoricalCrossentropy()([[1.0, 0.0, 0.0]], p)
    assert loss.item() == pytest.approx(-np.log(0.5 / p.numpy().sum()), rel=1e-6)


# ---- memory -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("f", [f for f, _ in PAIRS], ids=[f.__name__ for f, _ in PAIRS])
def test_no_circles(f: Any) -> None:
    ag.grad(f)(ag.Tensor(X))  # what is imported on first need
    gc.collect()
    w = leaf()
    y = w * 1.0
    f(y).backward(create_graph=True)
    dead = [weakref.ref(x) for x in (w, y, w.grad, w.array, y.array, w.grad.array)]
    del w, y
    assert all(r() is None for r in dead)
    assert gc.collect() == 0


@pytest.mark.usefixtures("uncollected")
def test_a_gradient_that_can_be_differentiated_leaves_no_circle() -> None:
    for _ in range(3):
        w = leaf()
        (ag.exp(w) * w).sum().backward(create_graph=True)
        (w.grad * w.grad).sum().backward()
    dead = weakref.ref(w)
    del w
    assert dead() is None and gc.collect() == 0


@pytest.mark.usefixtures("uncollected")
def test_a_recording_leaves_no_circle() -> None:
    for f, _ in PAIRS:
        if f is not masked:  # a mask is refused while recording
            record(ag.value_and_grad(f), [ag.Tensor(X)])
            ag.value_and_grad(f)(ag.Tensor(X))
    assert gc.collect() == 0
