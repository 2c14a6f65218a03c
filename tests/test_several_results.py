"""Ops with several results: values, both modes, both orders, masks, programs, errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.calls import call
from autograd_nn.engine.cuts import product
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.op import Op

X = np.array([0.3, -1.2, 2.0])


@ag.custom_op(
    lambda g, y, x: g.sin * y.cos - g.cos * y.sin,
    results=("sin", "cos"), shape=lambda x: (x, x),
)  # fmt: skip
def sincos(x: Any) -> Any:
    return np.sin(x), np.cos(x)


@ag.custom_op(
    lambda g, y, x: g[0] * y[1] - g[1] * y[0], jvp=lambda t, y, x: (t * y[1], -t * y[0]), results=2
)
def sincos_jvp(x: Any) -> Any:
    return np.sin(x), np.cos(x)


@ag.custom_op(lambda g, y, x: g[0] * np.cos(x) - g[1] * np.sin(x), results=2, once=True)
def sincos_once(x: Any) -> Any:
    return np.sin(x), np.cos(x)


@ag.custom_op(
    lambda g, y, x, a: ((g[0][..., None] * a) + g[1][..., None] * x * 2, (g[0][..., None] * x)),
    shape="(n),(n)->(),()",
)
def dot_and_square(x: Any, a: Any) -> Any:
    return np.sum(x * a, -1), np.sum(x * x, -1)


@ag.custom_op(lambda g, y, x: ag.where(y[1] == 0, g[0], 0.0), results=2)
def halves(x: Any) -> Any:
    """A float, and a whole number beside it, which has no derivative."""
    return np.where(x > 0, x, 0), (x <= 0).astype(int)


BOTH = [sincos, sincos_jvp]


def test_results_are_tensors_with_names_where_there_are_some() -> None:
    y = sincos(X)
    assert y._fields == ("sin", "cos") and type(y).__name__ == "sincos"
    np.testing.assert_array_equal(y.sin.numpy(), np.sin(X))
    assert type(sincos_jvp(X)) is tuple
    assert not y.sin.requires_grad


@pytest.mark.parametrize("f", BOTH)
@pytest.mark.parametrize(
    "g",
    [
        lambda f, x: f(x)[0],
        lambda f, x: f(x)[1],
        lambda f, x: f(x)[0] * f(x)[1] + x,
        lambda f, x: (lambda y: y[0] * y[1] * y[1] + x * y[0])(f(x)),
        lambda f, x: f(f(x)[1] * x)[0],
    ],
)
def test_derivatives_are_those_of_the_parts(f: Any, g: Any) -> None:
    def apart(x: Any) -> Any:
        return ag.sin(x), ag.cos(x)

    x = ag.Tensor(X)
    for transform in (
        lambda h: ag.vjp(h, x)[1](ag.ones(3))[0],
        lambda h: ag.jvp(h, (x,), (ag.Tensor([1.0, -2.0, 0.5]),))[1],
        lambda h: ag.jacobian(h)(x),
        lambda h: ag.hvp(lambda x: h(x).sum(), (x,), (ag.Tensor([1.0, -2.0, 0.5]),)),
        lambda h: ag.hessian(lambda x: h(x).sum())(x),
        lambda h: ag.grad(lambda x: (ag.grad(lambda x: h(x).sum())(x) ** 2).sum())(x),
    ):
        found, want = transform(lambda x: g(f, x)), transform(lambda x: g(apart, x))
        np.testing.assert_allclose(found.numpy(), want.numpy(), rtol=1e-12, atol=1e-14)
    assert ag.check_gradients(lambda x: g(f, x), X, order=2).verdict == "correct"


def test_a_signature_tells_how_many() -> None:
    x, a = np.arange(6.0).reshape(2, 3), np.ones(3)
    d, s = dot_and_square(x, a)
    assert d.shape == s.shape == (2,)
    assert ag.check_gradients(dot_and_square, x, a, order=2).verdict == "correct"
    with pytest.raises(ag.ShapeError, match="disagree on n"):
        dot_and_square(x, np.ones(2))
    with pytest.raises(TypeError, match="has 2; expected as many"):
        ag.custom_op(lambda g, y, x: g, shape="(n)->(n),()", results=3)(lambda x: x)


def test_whole_numbers_beside_carry_no_derivative() -> None:
    x = ag.Tensor(X, requires_grad=True)
    y, below = halves(x)
    assert y.requires_grad and not below.requires_grad and below.dtype.kind == "i"
    (y * below + y).sum().backward()
    assert x.grad.tolist() == [1.0, 0.0, 1.0]
    assert ag.jvp(lambda x: halves(x)[0], (X,), (np.ones(3),))[1].tolist() == [1.0, 0.0, 1.0]


def test_a_vjp_on_arrays_serves_once() -> None:
    x = ag.Tensor(X)
    y = lambda x: (lambda y: (y[0] * y[1]).sum())(sincos_once(x))  # noqa: E731
    np.testing.assert_allclose(ag.grad(y)(x).numpy(), np.cos(2 * X))
    t = np.array([1.0, 2.0, -1.0])
    np.testing.assert_allclose(ag.jvp(y, (x,), (t,))[1].numpy(), np.sum(np.cos(2 * X) * t))
    with pytest.raises(ag.GradientError, match="once-differentiable"):
        ag.grad(lambda x: (ag.grad(y)(x) ** 2).sum())(x)


def test_the_tape_is_freed_whole_and_by_reference_count() -> None:
    import gc
    import weakref

    x = ag.Tensor(X, requires_grad=True)
    s, c = sincos(x)
    (s * c).sum().backward(retain_graph=True)
    (s * c).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * np.cos(2 * X))
    with pytest.raises(ag.GradientError, match="'sincos' was freed"):
        c.sum().backward()
    s, c = sincos(x)
    seen = weakref.ref(s)
    gc.disable()
    try:
        del s, c
        assert seen() is None
    finally:
        gc.enable()


def test_a_result_whose_name_is_gone_or_assigned_to_is_read_by_the_rules() -> None:
    x = ag.Tensor(X, requires_grad=True)
    s, c = sincos(x)
    del c
    s[0] = 5.0
    (s * s).sum().backward()
    np.testing.assert_allclose(x.grad.numpy()[1:], np.sin(2 * X)[1:])
    assert x.grad.numpy()[0] == 0


@pytest.mark.parametrize("cuts", [False, True])
def test_what_no_live_cotangent_reaches_is_zero(cuts: bool) -> None:
    """1/√x is infinite at 0, where neither result is chosen."""
    made = Op(
        "roots", lambda x: (np.sqrt(x), x.copy()),
        [lambda g, y, x: product(g[0], 0.5 / y[0]) + g[1]],
        arity=1, results=2, cuts=cuts,
    )  # fmt: skip
    made.function = lambda x: call(made, (x,), {})
    x = ag.Tensor([0.0, 4.0])

    def chosen(x: Any) -> Any:
        return ag.where(x > 1, made.function(x)[0], 0.0).sum()

    assert ag.grad(chosen)(x).tolist() == [0.0, 0.25]
    assert ag.jvp(chosen, (x,), (ag.ones(2),))[1].item() == 0.25
    assert ag.jvp(lambda x: made.function(x)[0][1:], (x,), (ag.ones(2),))[1].tolist() == [0.25]
    assert ag.jit(ag.grad(chosen))(x).tolist() == [0.0, 0.25]
    assert np.isnan(ag.grad(lambda x: (made.function(x)[0] ** 3).sum())(x).numpy()[0])


def test_a_rule_says_itself_that_a_result_nobody_used_adds_nothing() -> None:
    rule = lambda g, y, x: ag.ops.chain(g[0], 0.5 / y[0]) + g[1]  # noqa: E731
    roots = ag.custom_op(rule, results=2)(lambda x: (np.sqrt(x), x.copy()))
    assert ag.grad(lambda x: roots(x)[1].sum())(ag.Tensor([0.0, 4.0])).tolist() == [1.0, 1.0]


def test_several_results_are_recorded_as_one_call() -> None:
    def f(x: Any) -> Any:
        s, c = sincos(x)
        return s * c, ag.grad(lambda x: (sincos(x)[0] ** 2).sum())(x)

    _, graph, _ = record(f, [ag.Tensor(X)])
    calls = [c for c in graph.calls if c.op is sincos.op]
    assert [len(c.results) for c in calls] == [2, 2]
    jitted = ag.jit(f)
    for k in range(4):
        if k == 2:
            jitted.wait()
        found, slope = jitted(ag.Tensor(X + k))
        np.testing.assert_allclose(found.numpy(), np.sin(X + k) * np.cos(X + k), rtol=1e-14)
        np.testing.assert_allclose(slope.numpy(), np.sin(2 * (X + k)), rtol=1e-13)


def test_a_recorded_result_nobody_reads() -> None:
    jitted = ag.jit(lambda x: sincos(x).cos + 1)
    for _ in range(2):
        np.testing.assert_allclose(jitted(ag.Tensor(X)).numpy(), np.cos(X) + 1)
        jitted.wait()


@pytest.mark.parametrize("given", [np.zeros(2), (np.zeros(2),), (np.zeros(2),) * 3])
def test_another_number_of_results_than_declared(given: Any) -> None:
    wrong = ag.custom_op(lambda g, y, x: g[0], results=2, name="wrong")(lambda x: given)
    with pytest.raises(TypeError, match="wrong: received .* expected a tuple of 2 arrays"):
        wrong(X)


def test_a_jvp_that_answers_with_another_number() -> None:
    wrong = ag.custom_op(lambda g, y, x: g[0], jvp=lambda t, y, x: t, results=2, name="wrong")(
        lambda x: (x + 0, x + 1)
    )
    with pytest.raises(ag.GradientError, match="jvp of 'wrong' returned Tensor; expected a tuple"):
        ag.jvp(lambda x: wrong(x)[0], (X,), (X,))


def test_float32_stays_float32() -> None:
    x = ag.Tensor(X, "float32")
    y, pull = ag.vjp(lambda x: sincos(x).cos, x)
    assert y.dtype == pull(ag.ones(3, "float32"))[0].dtype == np.float32
    assert ag.jvp(lambda x: sincos(x).cos, (x,), (x,))[1].dtype == np.float32
