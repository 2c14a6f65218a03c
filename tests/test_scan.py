"""scan: a loop written out says the same, in values and in every order of derivative."""

import gc
import weakref

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine import tree
from autograd_nn.engine.graph.loops import Counts
from autograd_nn.engine.transforms import scan

rng = np.random.default_rng(1)
X = rng.normal(size=(4, 2, 3))
W, U, B = rng.normal(size=(3, 2)), rng.normal(size=(2, 2)), rng.normal(size=2)
H = rng.normal(size=(2, 2))


def loop(f, init, xs=None, length=None, reverse=False):
    """scan as Python writes it."""
    carry, ys = init, []
    leaves, shape = tree.flatten(xs)
    n = length if length is not None else leaves[0].shape[0]
    for t in reversed(range(n)) if reverse else range(n):
        x = tree.unflatten(shape, [leaf[t] for leaf in leaves])
        carry, y = f(carry, x)
        ys.append(y)
    if reverse:
        ys.reverse()
    return carry, tree.map(lambda *one: ag.stack([ag.as_tensor(v) for v in one]), *ys)


def plain(scan, x, w, u, b, h):
    def step(h, x):
        h = ag.tanh(x @ w + h @ u + b)
        return h, h * 2

    h, ys = scan(step, h, x)
    return (h**2).sum() + ag.sin(ys).sum()


def gated(scan, x, w, u, b, h):
    def step(carry, x):
        h, c = carry["h"], carry["c"]
        gate = ag.sigmoid(x @ w + h @ u)
        c = gate * c + (1 - gate) * ag.tanh(h + b)
        return {"h": gate * ag.tanh(c), "c": c}, (c.sum(), {"g": gate})

    last, (sums, gates) = scan(step, {"h": h, "c": h * 0}, x, reverse=True)
    return (last["h"] * last["c"]).sum() + (sums**2).sum() + ag.exp(gates["g"]).sum()


def last_alone(scan, x, w, u, b, h):
    return (scan(lambda h, x: (ag.sin(h @ u) + x @ w * b, None), h, x)[0] ** 2).sum()


def without_xs(scan, x, w, u, b, h):
    h, ys = scan(lambda h, _: (ag.sin(h @ u + b), h[0]), h, None, 3)
    return (h**2).sum() + (ys**3).sum() + (x[0] @ w).sum()


def counting(scan, x, w, u, b, h):
    """A carry of whole numbers beside one of others, and masks."""

    def step(carry, x):
        i, h = carry
        new = ag.where(ag.equal(i % 2, 0), ag.tanh(x @ w + h), h)
        return (i + 1, new), (i, new)

    (n, h), (ids, ys) = scan(step, (np.array(0), h), x)
    return (h * n).sum() + (ys * ag.reshape(ids, (-1, 1, 1))).sum() + (u * b).sum()


def nested(scan, x, w, u, b, h):
    def outer(h, x):
        inner, ys = scan(lambda c, row: (ag.sin(c @ u + row @ w), c.sum()), h[0], x)
        return h * 0.5 + inner, ys

    h, ys = scan(outer, h, x)
    return (h**2).sum() + (ys**2).sum() + b.sum()


def kinked(scan, x, w, u, b, h):
    """A branch not taken has an infinite slope: its zeros stay zeros."""

    def step(h, x):
        y = ag.where(h > 0, ag.sqrt(h), 0 * h)
        return ag.relu(y + 0.1 * (x @ w)), y

    return scan(step, ag.relu(h), x)[1].sum() + (u * b).sum()


LOOPS = [plain, gated, last_alone, without_xs, counting, nested, kinked]
ARGS = tuple(range(5))


@pytest.mark.parametrize("f", LOOPS)
def test_a_loop_written_out_is_the_same(f) -> None:
    args = (X, W, U, B, H)
    value, grads = ag.value_and_grad(lambda *a: f(ag.scan, *a), ARGS)(*args)
    expected, others = ag.value_and_grad(lambda *a: f(loop, *a), ARGS)(*args)
    np.testing.assert_allclose(value.numpy(), expected.numpy(), rtol=1e-12)
    for a, b in zip(grads, others, strict=True):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("f", LOOPS)
def test_second_order_and_both_ways_round(f) -> None:
    def of(u, scan=ag.scan):
        return f(scan, X, W, u, B, H)

    expected = ag.hessian(lambda u: of(u, loop))(U).numpy()
    reverse = ag.jacobian(ag.grad(of))(U).numpy()
    np.testing.assert_allclose(reverse, expected, rtol=1e-9, atol=1e-9)
    v = rng.normal(size=U.shape)
    _, forward = ag.jvp(ag.grad(of), (U,), (v,))
    back = ag.grad(lambda u: ag.jvp(of, (u,), (v,))[1])(U)
    product = np.tensordot(expected, v, 2)
    np.testing.assert_allclose(forward.numpy(), product, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(back.numpy(), product, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("f", LOOPS)
def test_recorded_and_replayed(f) -> None:
    replayed = ag.jit(ag.value_and_grad(lambda *a: f(ag.scan, *a), ARGS))
    for turn in range(3):
        args = [ag.Tensor(a * (1 + 0.1 * turn)) for a in (X, W, U, B, H)]
        value, grads = replayed(*args)
        expected, others = ag.value_and_grad(lambda *a: f(loop, *a), ARGS)(*args)
        np.testing.assert_allclose(value.numpy(), expected.numpy(), rtol=1e-10)
        for a, b in zip(grads, others, strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-9, atol=1e-11)
        replayed.wait()
    assert " 0 by Python" in str(replayed.program(*args))


@pytest.mark.parametrize("n", [0, 1])
def test_short_loops(n) -> None:
    def f(h, x):
        h, ys = ag.scan(lambda h, x: (h + x, h * x), h, x)
        return (h**2).sum() + ys.sum()

    g = ag.grad(f, (0, 1))(H[0], X[:n, 0, :2])
    assert g[1].shape == (n, 2)
    np.testing.assert_allclose(g[0].numpy(), 2 * (H[0] + X[:n, 0, :2].sum(0)) + X[:n, 0, :2].sum(0))
    last, ys = ag.scan(lambda h, x: (h + x, h * x), H[0], X[:n, 0, :2])
    assert ys.shape == (n, 2) and last.shape == (2,)


def test_what_the_body_assigns_is_carried() -> None:
    generator = ag.random.Generator(3)
    expected = [generator.unit((2,)).numpy() for _ in range(4)]
    again = ag.random.Generator(3)
    _, ys = ag.scan(lambda c, _: (c, again.unit((2,))), 0.0, None, 4)
    np.testing.assert_array_equal(ys.numpy(), expected)
    np.testing.assert_array_equal(again.unit((2,)).numpy(), generator.unit((2,)).numpy())
    count = ag.Tensor(0.0)

    def step(c, x):
        count.assign(count + x)
        return c * count, None

    last, _ = ag.scan(step, 1.0, ag.Tensor([1.0, 2.0, 3.0]))
    assert float(last) == 1 * 3 * 6 and float(count) == 6


def test_the_body_runs_once() -> None:
    runs = []

    def step(c, x):
        runs.append(1)
        return c + x, None

    assert float(ag.scan(step, 0.0, np.ones(50))[0]) == 50
    assert len(runs) == 1


def test_over_a_batch() -> None:
    def f(x, h):
        return ag.scan(lambda h, x: (ag.sin(h + x), h), h, x)[1].sum()

    found = ag.vmap(f)(X[:, :, 0], H[0, 0] * np.ones(4))
    for i in range(4):
        alone = f(ag.Tensor(X[i, :, 0]), ag.Tensor(H[0, 0]))
        np.testing.assert_allclose(found.numpy()[i], alone.numpy())


def test_memory_goes_by_reference_count() -> None:
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            x = ag.Tensor(X, requires_grad=True)
            plain(ag.scan, x, W, U, B, H).backward()
        assert gc.collect() < 50  # no tensors, nodes or records in a circle
        x = ag.Tensor(X, requires_grad=True)
        held = weakref.ref(plain(ag.scan, x, W, U, B, H))
        assert held() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: ag.scan(3, 0.0, X), TypeError, "expected a function"),
        (lambda: ag.scan(lambda c, x: c, 0.0, X), TypeError, "expected a pair"),
        (lambda: ag.scan(lambda c, x: (c, x), 0.0), ValueError, "neither xs nor length"),
        (lambda: ag.scan(lambda c, x: (c, c), 0.0, length=-1), ValueError, "whole number from 0"),
        (lambda: ag.scan(lambda c, x: (c, c), 0.0, length=1.5), ValueError, "whole number from 0"),
        (lambda: ag.scan(lambda c, x: (c, x), 0.0, X, 5), ag.ShapeError, "expected one length"),
        (lambda: ag.scan(lambda c, x: (c, x), 0.0, (X, X[:2])), ag.ShapeError, "one length"),
        (lambda: ag.scan(lambda c, x: (c, x), 0.0, 1.0), ag.ShapeError, "one length"),
        (lambda: ag.scan(lambda c, x: (x, None), 0.0, X), ag.ShapeError, "with shape"),
        (lambda: ag.scan(lambda c, x: ((c, c), None), 0.0, X), ag.ShapeError, "of the structure"),
        (lambda: ag.scan(lambda c, x: (c + 0.5, None), 0, X), ag.DTypeError, "with dtype"),
    ],
)
def test_bad_calls(call, error, words) -> None:
    with pytest.raises(error, match=words):
        call()


def recurrent(x, w, u, b, h):
    def step(h, x):
        h = ag.tanh(x @ w + b + h @ (2 * u))
        return h, (h, x * 3, b)

    h, (ys, xs, bs) = ag.scan(step, h, x)
    return (h**2).sum() + ag.sin(ys).sum() + (xs**2).sum() + (bs**2).sum()


def test_what_need_not_be_done_step_by_step_leaves_the_loop() -> None:
    """Products with what runs over the steps, of what stays, and sums over the steps."""
    bodies = []

    class Counted(scan.Loop):
        def __init__(self, body, counts, *args, **options) -> None:
            super().__init__(body, counts, *args, **options)
            bodies.append(([call.op.name for call in body.calls], counts))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scan, "Loop", Counted)
        ag.grad(recurrent, ARGS)(X, W, U, B, H)
    own, kept, back = bodies
    assert own[0] == ["matmul", "add", "tanh"]
    assert own[1] == Counts(carried=1, running=1, staying=1, stacked=1)
    assert kept[0].count("matmul") == 1 and kept[1].running == 1
    assert back[0].count("matmul") == 1  # to the state before; those of weights are one after it
    assert back[1].added == 0 and back[1].staying == 1


@pytest.mark.parametrize("n", [0, 1, 4])
def test_what_left_the_loop_is_the_same(n) -> None:
    def sums(x, w, u, b, h):
        """Sums over the steps of products, laid either way, and of what is not stacked."""

        def step(c, x):
            a, total = c
            a = ag.sin(a + x @ w + (u @ a.T).T)
            return (a, total + a.T @ a + x.T @ x), None

        (a, total), _ = ag.scan(step, (h, u * 0), x[..., :2] * b[:1])
        return (a * total).sum()

    args = (X[:n], W[:2], U, B, H)
    for f in (recurrent, sums):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(scan, "hoist", lambda body, c, n, xs, run, lean: run(body, c, xs))
            own = (X[:n], W, U, B, H) if f is recurrent else args
            expected = ag.value_and_grad(f, ARGS)(*own), ag.hessian(f, 2)(*own)
        found = ag.value_and_grad(f, ARGS)(*own), ag.hessian(f, 2)(*own)
        for a, b in zip(tree.flatten(found)[0], tree.flatten(expected)[0], strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-9, atol=1e-12)
