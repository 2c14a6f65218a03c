"""cond, switch, while_loop, fori_loop and checkpoint: as Python decides, in every derivative."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine import tree
from autograd_nn.engine.graph.record import record

rng = np.random.default_rng(5)
W = ag.Tensor(rng.normal(size=(3, 3)) / 2)
X = rng.normal(size=(4, 3))


def recorded(f: Any) -> Any:
    """f as it runs while it is recorded; nothing is compiled."""
    return lambda *args: record(f, list(args))[0]


def two_ways(x: Any) -> Any:
    """What the branches read besides their operands, several results, one that is an operand."""
    y, (n, z) = ag.cond(
        x.sum() > 0,
        lambda x: (ag.sin(x @ W), (1, x)),
        lambda x: (x * x * x, (2, W[0] * x[0])),
        x,
    )
    return (y * z).sum() * n


def two_ways_written(x: Any) -> Any:
    if float(x.numpy().sum()) > 0:
        return (ag.sin(x @ W) * x).sum()
    return (x * x * x * W[0] * x[0]).sum() * 2


def cut_off(x: Any) -> Any:
    """The branch that is not taken has no finite slope where the other is."""
    root = ag.cond(x[0] > 0, lambda: ag.sqrt(x[0]), lambda: x[0] * x[1])
    return (root * x).sum() + ag.switch(ag.astype(x[2] > 0, "int64"), [ag.exp, ag.sin], x).sum()


def cut_off_written(x: Any) -> Any:
    a = x.numpy()
    root = ag.sqrt(x[0]) if a[0] > 0 else x[0] * x[1]
    return (root * x).sum() + (ag.sin(x) if a[2] > 0 else ag.exp(x)).sum()


def counted(x: Any) -> Any:
    def body(i: Any, c: Any) -> Any:
        return ag.cond(i % 2 > 0, lambda: ag.tanh(c @ W), lambda: c * x)

    return (ag.fori_loop(2, 7, body, x) ** 2).sum()


def counted_written(x: Any) -> Any:
    c = x
    for i in range(2, 7):
        c = ag.tanh(c @ W) if i % 2 else c * x
    return (c**2).sum()


def halved(x: Any) -> Any:
    """A number of steps that depends on what comes in; whole numbers are carried too."""
    found, n = ag.while_loop(
        lambda c: (c[0] ** 2).sum() > 0.01,
        lambda c: (c[0] * 0.5 + 0.01 * ag.sin(x @ W), c[1] + 1),
        (x, 0),
        max_steps=12,
    )
    return (found * x).sum() * n


def halved_written(x: Any) -> Any:
    c, n = x, 0
    while n < 12 and float((c.numpy() ** 2).sum()) > 0.01:
        c, n = c * 0.5 + 0.01 * ag.sin(x @ W), n + 1
    return (c * x).sum() * n


PAIRS = [
    (two_ways, two_ways_written),
    (cut_off, cut_off_written),
    (counted, counted_written),
    (halved, halved_written),
]


@pytest.mark.parametrize(("f", "written"), PAIRS)
def test_as_python_decides(f: Any, written: Any) -> None:
    """By itself, recorded and native, over a batch; the gradient as well."""
    j, rows = ag.jit(ag.value_and_grad(f)), ag.vmap(ag.value_and_grad(f))
    alone = [ag.value_and_grad(f), j]
    j(ag.Tensor(X[0]))
    j.wait()
    assert " 0 by Python" in str(j.program(ag.Tensor(X[0])))
    values, grads = rows(X)
    for k, x in enumerate(X):
        value, grad = ag.value_and_grad(lambda x: written(x))(x)
        for found in (*[g(ag.Tensor(x)) for g in alone], (values[k], grads[k])):
            np.testing.assert_allclose(found[0].numpy(), value.numpy(), rtol=1e-12)
            np.testing.assert_allclose(found[1].numpy(), grad.numpy(), rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize(("f", "written"), PAIRS)
@pytest.mark.parametrize("x", X[:2])
def test_second_order(f: Any, written: Any, x: Any) -> None:
    expected = ag.hessian(written)(x).numpy()
    u, v = np.eye(3)[1], rng.normal(size=3)
    for found, wanted in (
        (recorded(ag.hessian(f))(ag.Tensor(x)), expected),
        (recorded(ag.jacobian(ag.grad(f)))(ag.Tensor(x)), expected),
        (recorded(lambda x: ag.jvp(ag.grad(f), (x,), (v,))[1])(ag.Tensor(x)), expected @ v),
        (recorded(ag.grad(lambda x: ag.jvp(f, (x,), (u,))[1]))(ag.Tensor(x)), expected[1]),
    ):
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-9, atol=1e-12)


def powers(x: Any) -> Any:
    return ag.while_loop(lambda c: c < 100, lambda c: c * x, x)


def test_a_loop_of_unknown_length() -> None:
    x = ag.Tensor(3.0)
    f = ag.jit(lambda x: ag.jvp(powers, (x,), (1.0,)))
    for _ in range(2):
        assert [float(y) for y in f(x)] == [243.0, 405.0]
        assert [float(y) for y in f(ag.Tensor(101.0))] == [101.0, 1.0]  # no step at all
        f.wait()
    assert " 0 by Python" in str(f.program(x))
    assert float(ag.grad(powers)(3.0)) == 405.0  # op by op the tape knows how long it was
    with pytest.raises(ag.GradientError, match="max_steps"):
        recorded(ag.grad(powers))(x)
    for g in (ag.vmap(powers), recorded(ag.vmap(powers))):
        assert g(np.array([2.0, 3.0, 101.0])).tolist() == [128.0, 243.0, 101.0]
    n = recorded(lambda a, b: ag.fori_loop(a, b, lambda i, c: c + i, 0))
    assert [int(n(ag.Tensor(a), ag.Tensor(b))) for a, b in ((0, 5), (3, 5), (4, 4))] == [10, 7, 0]


def test_a_bounded_loop_passes_on_what_it_only_reads() -> None:
    """What the derivative is of need not be carried: it may be read by the body alone."""

    def f(w: Any) -> Any:
        end = ag.while_loop(lambda c: c[1] < 3, lambda c: (ag.sin(c[0] * w), c[1] + 1), (0.5, 0), 5)
        return end[0]

    def written(w: Any) -> Any:
        return ag.sin(ag.sin(ag.sin(0.5 * w) * w) * w)

    for way in (ag.grad, lambda g: ag.grad(ag.grad(g))):
        np.testing.assert_allclose(recorded(way(f))(ag.Tensor(0.8)), way(written)(0.8), rtol=1e-12)
    many = ag.vmap(ag.grad(f))(ag.Tensor([0.8, 1.2]))
    np.testing.assert_allclose(many, [ag.grad(written)(x) for x in (0.8, 1.2)], rtol=1e-12)


def test_loops_within_branches_within_loops() -> None:
    def f(x: Any) -> Any:
        def step(c: Any, row: Any) -> Any:
            deep = lambda c: ag.scan(lambda a, w: (ag.sin(a + w), a), c, W)[0]  # noqa: E731
            flat = lambda c: ag.while_loop(  # noqa: E731
                lambda a: a.sum() > 0.5, lambda a: a * 0.5, c * c
            )
            return ag.switch(ag.astype(row[0] * 2, "int64"), [deep, flat, ag.negative], c), c

        return ag.scan(step, x[0], x)

    x = ag.Tensor(np.abs(X) * 1.5)
    j = ag.jit(f)
    expected = j(x)
    j.wait()
    program = str(j.program(x))
    assert " 0 by Python" in program and "switch of 3" in program and "while" in program
    for _ in range(2):
        for a, b in zip(tree.flatten(j(x))[0], tree.flatten(expected)[0], strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12)


def test_what_branches_and_loops_assign() -> None:
    def run(jit: Any) -> list[float]:
        total, other = ag.Tensor(0.0), ag.Tensor(1.0)

        def add(x: Any) -> Any:
            total.assign(total + x)
            return x * total

        def f(x: Any) -> Any:
            y = ag.cond(x > 1, add, lambda x: x + other, x)
            return y + ag.while_loop(lambda c: c < 3, lambda c: add(c) * 0 + c + 1, x)

        g = jit(f)
        return [*[float(g(ag.Tensor(x))) for x in (2.0, 0.5, 2.5)], float(total), float(other)]

    assert run(recorded) == run(lambda f: f)


def test_an_error_within_leaves_a_program_that_runs() -> None:
    def f(x: Any, i: Any) -> Any:
        take = lambda: ag.fori_loop(0, 3, lambda k, c: c + x[i + k], 0.0)  # noqa: E731
        return ag.cond(i >= 0, take, lambda: -x[0])

    j = ag.jit(f)
    x = ag.Tensor(np.arange(5.0))
    j(x, ag.Tensor(0))
    j.wait()
    for i, expected in ((0, 3.0), (2, 9.0), (-1, 0.0)):
        with pytest.raises(IndexError):
            j(x, ag.Tensor(4))
        assert float(j(x, ag.Tensor(i))) == expected


def deep(x: Any, w: Any, checkpoint: bool = True, reverse: bool = False, n: int = 11) -> Any:
    def step(h: Any, x: Any) -> Any:
        h = ag.tanh(ag.sin(h @ w + (0 if x is None else x)) @ w)
        return h, h[..., 0].sum()

    h, ys = ag.scan(step, x[0], x if n == len(x) else None, n, reverse, checkpoint)
    return (h**2).sum() + ag.exp(ys).sum()


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("n", [3, 4, 11, 16])
def test_a_checkpointed_scan_is_the_same(n: int, reverse: bool) -> None:
    x = rng.normal(size=(n, 3))
    expected = ag.value_and_grad(lambda *a: deep(*a, False, reverse, n), (0, 1))(x, W)
    f = ag.value_and_grad(lambda *a: deep(*a, True, reverse, n), (0, 1))
    for g in (f, recorded(f)):
        found = g(ag.Tensor(x), W)
        for a, b in zip(tree.flatten(found)[0], tree.flatten(expected)[0], strict=True):
            np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-11)


def test_a_checkpointed_scan_takes_memory_of_the_root() -> None:
    w, x = ag.Tensor(np.eye(32)), ag.Tensor(np.ones((1, 32, 32)))

    def bytes_of(n: int, checkpoint: bool) -> int:
        f = ag.jit(ag.grad(lambda w: deep(x, w, checkpoint, n=n)))
        return f.program(w).plan.arena

    ratios = [bytes_of(900, on) / bytes_of(100, on) for on in (False, True)]
    assert ratios[0] > 8 and ratios[1] < 4  # 900 steps are 9 times 100; their roots 3 times


def test_checkpoint() -> None:
    """A function of trees, of what it captures, and of what it assigns; second order too."""
    runs = ag.Tensor(0.0)

    def f(a: Any, more: Any) -> Any:
        runs.assign(runs + 1)
        return {"y": ag.sin(a @ W) * more["b"], "same": a, "n": 3}

    def loss(g: Any, a: Any, b: Any) -> Any:
        found = g(a, {"b": b})
        return (found["y"] ** 2 * found["same"]).sum() * found["n"]

    a, b = X[0], X[1]
    held = ag.checkpoint(f)
    for order in (ag.grad, ag.hessian):
        found = order(lambda *x: loss(held, *x), (0, 1))(a, b)
        expected = order(lambda *x: loss(f, *x), (0, 1))(a, b)
        for x, y in zip(tree.flatten(found)[0], tree.flatten(expected)[0], strict=True):
            np.testing.assert_allclose(x.numpy(), y.numpy(), rtol=1e-10, atol=1e-14)
    before = float(runs)
    loss(held, ag.Tensor(a, requires_grad=True), b).backward()
    assert float(runs) == before + 1  # the second time is the same run once more


def test_a_checkpointed_chain_keeps_less() -> None:
    def chain(x: Any, hold: Any) -> Any:
        for _ in range(6):
            x = hold(lambda x: ag.sin(ag.exp(ag.tanh(ag.cos(ag.sin(x))))))(x)
        return x.sum()

    def arena(hold: Any) -> int:
        f = ag.jit(ag.grad(lambda x: chain(x, hold)))
        return f.program(ag.Tensor(np.ones(10_000))).plan.arena

    assert arena(ag.checkpoint) < 0.6 * arena(lambda f: f)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda x: ag.cond(x[0] > 0, lambda: x, lambda: x[0]), ag.ShapeError, "shape"),
        (lambda x: ag.cond(x[0] > 0, lambda: x, lambda: (x, x)), ag.ShapeError, "structure"),
        (lambda x: ag.cond(x[0] > 0, lambda: x, lambda: x > 0), ag.DTypeError, "of bool"),
        (lambda x: ag.cond(x > 0, lambda: x, lambda: x), ag.ShapeError, "expected one entry"),
        (lambda x: ag.switch(x[0], [ag.sin]), ag.DTypeError, "whole numbers"),
        (lambda x: ag.switch(0, []), ValueError, "at least one"),
        (lambda x: ag.while_loop(lambda c: c.sum() < 9, lambda c: c[0], x), ag.ShapeError, "shape"),
        (lambda x: ag.while_loop(lambda c: c < 9, lambda c: c + 1, x), ag.ShapeError, "one entry"),
        (lambda x: ag.while_loop(lambda c: True, lambda c: c, x, max_steps=-1), ValueError, "-1"),
        (lambda x: ag.fori_loop(0, 2, lambda i, c: c[0], x), ag.ShapeError, "shape"),
        (lambda x: ag.fori_loop(0, 2.5, lambda i, c: c, x), ag.DTypeError, "upper=2.5"),
        (lambda x: ag.fori_loop(x[0], 2, lambda i, c: c, x), ag.DTypeError, "whole number"),
        (lambda x: ag.checkpoint(3), TypeError, "expected a function"),
    ],
)
def test_bad_calls(call: Any, error: Any, words: str) -> None:
    with pytest.raises(error, match=words):
        recorded(call)(ag.Tensor(np.ones(3)))
