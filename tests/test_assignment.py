"""Item assignment: an op like others, under every transform, whoever else reads the tensor."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine import tree
from autograd_nn.engine.node import Leaf

X = np.array([1.0, 2.0, 4.0])
T = np.array([0.5, -1.0, 2.0])


def changed(x: Any, key: Any, value: Any) -> Any:
    """What ``x[key] = value`` makes of x, without an assignment: entries chosen one by one."""
    places = np.arange(x.size).reshape(x.shape)
    written = np.full(x.shape, -1)
    order = np.arange(places[key].size).reshape(places[key].shape)
    written[key] = order  # where several writes go to one place, the last stays
    values = ag.reshape(ag.broadcast_to(ag.as_tensor(value), shape=places[key].shape), (-1,))
    if not values.size:
        return x
    chosen = ag.astype(ag.take(values, np.maximum(written, 0)), dtype=x.dtype)
    return ag.where(written >= 0, chosen, x)


def first(x: Any) -> Any:
    x[1] = 3.0
    return (x * x).sum()


def first_plain(x: Any) -> Any:
    x = changed(x, 1, 3.0)
    return (x * x).sum()


def own_entry(x: Any) -> Any:
    y = x * 1.0
    y[0] = y[1]
    return (y * y * y).sum()


def own_entry_plain(x: Any) -> Any:
    y = changed(x, 0, x[1])
    return (y * y * y).sum()


def own_part(x: Any) -> Any:
    x[1:] = x[1:] * 2
    return (x * x * x).sum()


def own_part_plain(x: Any) -> Any:
    y = changed(x, slice(1, None), x[1:] * 2)
    return (y * y * y).sum()


def augmented(x: Any) -> Any:
    x[0] += 1
    x[1] *= 3
    x[1:] -= x[0]
    return (x * x).sum()


def augmented_plain(x: Any) -> Any:
    x = changed(x, 0, x[0] + 1)
    x = changed(x, 1, x[1] * 3)
    x = changed(x, slice(1, None), x[1:] - x[0])
    return (x * x).sum()


def readers(x: Any) -> Any:
    y = ag.exp(x)
    t = y + 1
    u = y * y
    y[0] = 5.0
    v = y * t
    y[1:] = v[:2]
    return (t * u * v * y).sum()


def readers_plain(x: Any) -> Any:
    y = ag.exp(x)
    t = y + 1
    u = y * y
    y1 = changed(y, 0, 5.0)
    v = y1 * t
    y2 = changed(y1, slice(1, None), v[:2])
    return (t * u * v * y2).sum()


def masked(x: Any) -> Any:
    x[np.array([True, False, True])] = x[1] * x[:2]
    return (x**3).sum()


def masked_plain(x: Any) -> Any:
    y = changed(x, [0, 2], x[1] * x[:2])
    return (y**3).sum()


def repeated(x: Any) -> Any:
    y = ag.sin(x)
    y[np.array([2, 0, 2])] = x * x
    return (y**3).sum()


def repeated_plain(x: Any) -> Any:
    y = changed(ag.sin(x), np.array([2, 0, 2]), x * x)
    return (y**3).sum()


def spread(x: Any) -> Any:
    y = ag.outer(x, x)
    y[:, 1:] = x[:, None]
    y[1] = x[0]
    return (y**3).sum()


def spread_plain(x: Any) -> Any:
    y = changed(ag.outer(x, x), (slice(None), slice(1, None)), x[:, None])
    y = changed(y, 1, x[0])
    return (y**3).sum()


def into_a_constant(x: Any) -> Any:
    h = ag.zeros(4, "float64")
    h[0] = x[0]
    for i in range(3):
        h[i + 1] = ag.tanh(h[i] * x[1]) + x[2]
    return (h * h).sum()


def into_a_constant_plain(x: Any) -> Any:
    h = [x[0]]
    for _ in range(3):
        h.append(ag.tanh(h[-1] * x[1]) + x[2])
    return sum(v * v for v in h)


def whole(x: Any) -> Any:
    y = x * 2
    y[...] = y
    y[:] = y * x
    y[()] = y + 1
    return (y * y).sum()


def whole_plain(x: Any) -> Any:
    y = x * 2 * x + 1
    return (y * y).sum()


def assigned(x: Any) -> Any:
    y = x
    y[2] = y[2] * 2
    return (x * x * y).sum()  # two names, one tensor


def assigned_plain(x: Any) -> Any:
    y = changed(x, 2, x[2] * 2)
    return (y * y * y).sum()


def led(x: Any) -> Any:
    h = ag.zeros(4, "float64")
    h[1:] = ag.reshape(x * 2, (1, 1, 3))  # NumPy drops leading axes of one entry
    return (h**3).sum()


def led_plain(x: Any) -> Any:
    return ((x * 2) ** 3).sum()


def augmented_whole(x: Any) -> Any:
    x[0] += 1
    x += 1
    x *= x
    return (x * x).sum()


def augmented_whole_plain(x: Any) -> Any:
    y = (changed(x, 0, x[0] + 1) + 1) ** 2
    return (y * y).sum()


PAIRS = [
    (first, first_plain),
    (own_entry, own_entry_plain),
    (own_part, own_part_plain),
    (augmented, augmented_plain),
    (readers, readers_plain),
    (masked, masked_plain),
    (repeated, repeated_plain),
    (spread, spread_plain),
    (into_a_constant, into_a_constant_plain),
    (whole, whole_plain),
    (assigned, assigned_plain),
    (led, led_plain),
    (augmented_whole, augmented_whole_plain),
]
pairs = pytest.mark.parametrize(("f", "plain"), PAIRS, ids=[f.__name__ for f, _ in PAIRS])


def vector(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x: f(x) * x


def results(f: Callable[..., Any]) -> dict[str, Any]:
    """f's value and derivatives, by every transform."""
    x, t = ag.Tensor(X), ag.Tensor(T)
    value, slope = ag.value_and_grad(f)(x)
    y, pull = ag.vjp(f, x)
    moved = ag.jvp(f, (x,), (t,))
    found = {
        "value": value, "value_and_grad": slope, "grad": ag.grad(f)(x), "vjp value": y,
        "vjp": pull(1.0)[0], "vjp again": pull(1.0)[0], "jvp value": moved[0], "jvp": moved[1],
        "hvp": ag.hvp(f, (x,), (t,)), "hessian": ag.hessian(f)(x),
        "reverse": ag.jacobian(f, forward=False)(x), "forward": ag.jacobian(f, forward=True)(x),
        "third": ag.jacobian(ag.hessian(f))(x),
        "grad of jit": ag.grad(ag.jit(f))(x),
    }  # fmt: skip
    assert x.tolist() == X.tolist() and not x.requires_grad, "a transform's argument was changed"
    w = ag.Tensor(X, requires_grad=True)
    if f is not augmented_whole:  # a leaf refuses +=
        f(w).backward()
        found["backward"] = w.grad
    return found


def near(found: Any, expected: Any, what: str) -> None:
    np.testing.assert_allclose(found.numpy(), expected.numpy(), 1e-12, 1e-12, err_msg=what)


@pairs
def test_every_transform(f: Any, plain: Any) -> None:
    found, expected = results(f), results(plain)
    for what, value in found.items():
        near(value, expected.get(what, expected["grad"]), what)


@pairs
def test_the_checker_agrees(f: Any, plain: Any) -> None:
    report = ag.check_gradients(vector(lambda x: f(x * 1.0)), X, order=2)
    assert report, str(report)


def replayed(program: Any, plain: Any) -> None:
    """Recorded, then natively, at other contents each time, which stay as they are."""
    for turn in range(3):
        contents = X + turn * 0.25
        x = ag.Tensor(contents)
        found, expected = tree.flatten(program(x))[0], tree.flatten(plain(ag.Tensor(contents)))[0]
        for a, b in zip(found, expected, strict=True):
            near(a, b, f"turn {turn}")
        assert x.tolist() == contents.tolist()
        program.wait()


recorded = [pair for pair in PAIRS if pair[0] is not masked]  # a mask is refused while recording


@pytest.mark.parametrize(("f", "plain"), recorded, ids=[f.__name__ for f, _ in recorded])
def test_replayed(f: Any, plain: Any) -> None:
    replayed(ag.jit(ag.value_and_grad(f)), ag.value_and_grad(plain))


def test_a_second_derivative_and_forward_mode_replayed() -> None:
    t = (ag.Tensor(T),)
    for f, plain in ((readers, readers_plain), (own_part, own_part_plain)):
        replayed(
            ag.jit(lambda x, f=f: (ag.hvp(f, (x,), t), ag.jvp(f, (x,), t))),
            lambda x, f=plain: (ag.hvp(f, (x,), t), ag.jvp(f, (x,), t)),
        )


def test_what_a_recorded_function_makes_itself_is_made_anew_at_every_run() -> None:
    n = np.array([1.0, 2.0, 3.0])

    def f(x: Any) -> Any:
        c, d, h = ag.Tensor([1.0, 2.0, 3.0]), ag.as_tensor(n), ag.Tensor([0.0, 0.0])
        before = c * x * d
        c[0] = x[1]
        d[1:] = d[1:] * x[0]
        h.assign(h + 1)
        return before, c, (d + 0.0, d), h

    g = ag.jit(f)
    first = g(ag.Tensor(X))
    kept = [y.tolist() for y in tree.flatten(first)[0]]
    g.wait()
    for factor in (1, 2, 3):
        found = tree.flatten(g(ag.Tensor(X * factor)))[0]
        expected = tree.flatten(f(ag.Tensor(X * factor)))[0]
        assert [y.tolist() for y in found] == [y.tolist() for y in expected]
        n *= 10  # it is read anew, as by the function itself
    assert [y.tolist() for y in tree.flatten(first)[0]] == kept


# ---- what a tensor means, and to whom -----------------------------------------------------------


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


@pytest.mark.parametrize("f", [f for f, _ in PAIRS], ids=[f.__name__ for f, _ in PAIRS])
def test_no_circles(f: Any) -> None:
    gc.collect()
    gc.disable()
    try:
        w = leaf()
        y = w * 1.0
        f(y).backward(create_graph=True)
        dead = [weakref.ref(x) for x in (w, y, w.grad, w.array, y.array, w.grad.array)]
        del w, y
        assert all(r() is None for r in dead)
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_gradient_that_can_be_differentiated_leaves_no_circle() -> None:
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            w = leaf()
            (ag.exp(w) * w).sum().backward(create_graph=True)
            (w.grad * w.grad).sum().backward()
        dead = weakref.ref(w)
        del w
        assert dead() is None and gc.collect() == 0
    finally:
        gc.enable()


def test_a_recording_leaves_no_circle() -> None:
    f = ag.jit(ag.value_and_grad(into_a_constant))
    f(ag.Tensor(X))
    gc.collect()
    gc.disable()
    try:
        for f_, _ in PAIRS[:3]:
            for _ in range(2):
                ag.value_and_grad(f_)(ag.Tensor(X))
        assert gc.collect() == 0
    finally:
        gc.enable()
