"""Kinks, cut-offs and extremes: the derivative there is a decision, and these are the decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag

inf, nan = np.inf, np.nan
ROWS: list[tuple[str, Callable[[Any], Any], Any, Any, Any]] = [
    # name, function, x, value, gradient of the value's sum
    ("relu at 0", ag.relu, [-1.0, 0.0, 2.0], [0, 0, 2], [0, 0, 1]),
    ("relu of nan", ag.relu, [nan, inf, -inf], [nan, inf, 0], [0, 1, 0]),
    ("abs at 0", ag.absolute, [-1.0, 0.0, 2.0], [1, 0, 2], [-1, 0, 1]),
    ("sign at 0", lambda x: ag.sign(x) + x, [0.0], [0], [1]),
    ("maximum, tie", lambda x: ag.maximum(x, 1.0), [0.0, 1.0, 2.0], [1, 1, 2], [0, 0.5, 1]),
    ("minimum, tie", lambda x: ag.minimum(x, 1.0), [0.0, 1.0, 2.0], [0, 1, 1], [1, 0.5, 0]),
    ("max, ties share", ag.max, [3.0, 1.0, 3.0], 3, [0.5, 0, 0.5]),
    ("min, ties share", ag.min, [1.0, 1.0, 1.0, 2.0], 1, [1 / 3, 1 / 3, 1 / 3, 0]),
    ("max with inf", ag.max, [inf, 1.0], inf, [1, 0]),
    (
        "clip on a limit",
        lambda x: ag.clip(x, -1, 1),
        [-2.0, -1.0, 1.0, 2.0],
        [-1, -1, 1, 1],
        [0, 1, 1, 0],
    ),
    ("clip below only", lambda x: ag.clip(x, -1), [-2.0, -1.0, 5.0], [-1, -1, 5], [0, 1, 1]),
    ("clip above only", lambda x: ag.clip(x, max=1), [-2.0, 1.0, 5.0], [-2, 1, 1], [1, 1, 0]),
    ("clip with crossed limits", lambda x: ag.clip(x, 2, 1), [0.0, 1.5, 3.0], [1, 1, 1], [0, 0, 0]),
    (
        "where cuts sqrt off",
        lambda x: ag.where(x > 0, ag.sqrt(x), 0),
        [0.0, 4.0],
        [0, 2],
        [0, 0.25],
    ),
    (
        "where cuts sqrt of a negative off",
        lambda x: ag.where(x > 0, ag.sqrt(x), 0),
        [-1.0],
        [0],
        [0],
    ),
    ("where cuts log off", lambda x: ag.where(x > 0, ag.log(x), 0), [0.0, 1.0], [0, 0], [0, 1]),
    (
        "where cuts x·exp(x) off",
        lambda x: ag.where(x < 10, x * ag.exp(x), 0),
        [1000.0, 0.0],
        [0, 0],
        [0, 1],
    ),
    ("where cuts 1/x off", lambda x: ag.where(x != 0, 1 / x, 5), [0.0, 2.0], [5, 0.5], [0, -0.25]),
    ("index away from nan", lambda x: (ag.sqrt(x))[1:], [-1.0, 4.0], [2], [0, 0.25]),
    ("relu cuts exp off", lambda x: ag.relu(-ag.exp(x)), [1000.0], [0], [0]),
    ("norm at 0", ag.norm, [0.0, 0.0], 0, [0, 0]),
    ("norm without overflow", ag.norm, [3e300, 4e300], 5e300, [0.6, 0.8]),
    ("norm without underflow", ag.norm, [3e-300, 4e-300], 5e-300, [0.6, 0.8]),
    (
        "norm, rows of zeros",
        lambda x: ag.norm(x, axis=1),
        [[0.0, 0.0], [3.0, 4.0]],
        [0, 5],
        [[0, 0], [0.6, 0.8]],
    ),
    ("norm of order 1 at 0", lambda x: ag.norm(x, 1), [0.0, -2.0], 2, [0, -1]),
    ("prod with a zero", ag.prod, [2.0, 0.0, 3.0], 0, [0, 6, 0]),
    ("prod with two zeros", ag.prod, [0.0, 0.0, 3.0], 0, [0, 0, 0]),
    ("prod of nothing", ag.prod, np.zeros(0), 1, np.zeros(0)),
    ("sum of nothing", ag.sum, np.zeros(0), 0, np.zeros(0)),
    ("cumprod with a zero", ag.cumprod, [2.0, 0.0, 3.0], [2, 0, 0], [1, 8, 0]),
    ("std of equal entries", ag.std, [2.0, 2.0, 2.0], 0, [0, 0, 0]),
    ("var of equal entries", ag.var, [2.0, 2.0, 2.0], 0, [0, 0, 0]),
    (
        "softmax far out",
        lambda x: ag.softmax(x) * np.array([1.0, 2.0]),
        [1e4, -1e4],
        [1, 0],
        [0, 0],
    ),
    ("log_softmax far out", lambda x: ag.log_softmax(x)[1:], [1e4, -1e4], [-2e4], [-1, 1]),
    ("softmax of -inf", lambda x: ag.softmax(x)[0], [0.0, -inf], 1, [0, 0]),
    ("logsumexp far out", ag.logsumexp, [1e4, 0.0], 1e4, [1, 0]),
    ("logsumexp of -inf", ag.logsumexp, [-inf, -inf], -inf, [0, 0]),
    ("logsumexp with one -inf", ag.logsumexp, [-inf, 2.0], 2, [0, 1]),
    ("logaddexp of -inf", lambda x: ag.logaddexp(x, 1.0), [-inf], [1], [0]),
    ("sigmoid far out", ag.sigmoid, [1000.0, -1000.0], [1, 0], [0, 0]),
    ("sigmoid, small", ag.sigmoid, [-40.0], [4.248354255291589e-18], [4.248354255291589e-18]),
    ("softplus far out", ag.softplus, [1000.0, -1000.0], [1000, 0], [1, 0]),
    (
        "sigmoid cross-entropy far out",
        lambda x: ag.ops.sigmoid_cross_entropy(x, 0.0),
        [1000.0, -1000.0],
        [1000, 0],
        [1, 0],
    ),
    (
        "cross-entropy far out",
        lambda x: ag.ops.softmax_cross_entropy(x, np.array(1)),
        [1e4, -1e4],
        2e4,
        [1, -1],
    ),
    ("tanh far out", ag.tanh, [1000.0, -1000.0], [1, -1], [0, 0]),
    ("power 0 at 0", lambda x: x**0, [0.0, 2.0], [1, 1], [0, 0]),
    ("power 1 at 0", lambda x: x**1, [0.0, 2.0], [0, 2], [1, 1]),
    ("power 2 at 0", lambda x: x**2, [0.0, -2.0], [0, 4], [0, -4]),
    ("power 3 of a negative", lambda x: x**3, [-2.0], [-8], [12]),
    ("power of tensor 0 at 0", lambda x: x ** ag.Tensor(0.0), [0.0, 2.0], [1, 1], [0, 0]),
    ("base 0, exponent x", lambda x: ag.power(0.0, x), [2.0], [0], [0]),
    ("sinc at 0", ag.sinc, [0.0], [1], [0]),
    ("log1p near 0", ag.log1p, [1e-18], [1e-18], [1]),
    ("expm1 near 0", ag.expm1, [1e-18], [1e-18], [1]),
    ("hypot without overflow", lambda x: ag.hypot(x, 4e200), [3e200], [5e200], [0.6]),
    ("median, odd", ag.median, [5.0, 1.0, 3.0], 3, [0, 0, 1]),
    ("median, even", ag.median, [5.0, 1.0, 3.0, 7.0], 4, [0.5, 0, 0.5, 0]),
    (
        "sort, ties keep their order",
        lambda x: ag.sort(x) * np.array([1.0, 2.0, 3.0]),
        [2.0, 2.0, 1.0],
        [1, 4, 6],
        [2, 3, 1],
    ),
    ("astype cuts nothing", lambda x: ag.astype(x, dtype=np.dtype("float32")), [1.5], [1.5], [1]),
    ("nansum", ag.nansum, [nan, 2.0], 2, [0, 1]),
    ("nanmean", ag.nanmean, [nan, 2.0, 4.0], 3, [0, 0.5, 0.5]),
]


@pytest.mark.parametrize(
    ("f", "x", "value", "slope"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_value_and_gradient(f: Callable, x: Any, value: Any, slope: Any) -> None:
    with np.errstate(all="ignore"):
        y = f(ag.Tensor(x))
        found = ag.grad(lambda x: ag.sum(f(x)))(ag.Tensor(x))
    np.testing.assert_allclose(y.numpy(), value, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(found.numpy(), slope, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize(
    ("f", "x", "curvature"),
    [
        (lambda x: x**2, 0.0, 2.0),
        (lambda x: x**1, 0.0, 0.0),
        (lambda x: x**0, 0.0, 0.0),
        (lambda x: x**3, -2.0, -12.0),
        (lambda x: ag.prod(ag.stack([x, x, x])), 0.0, 0.0),
        (lambda x: ag.prod(ag.stack([x, x])), 0.0, 2.0),
        (lambda x: ag.sinc(x), 0.0, -(np.pi**2) / 3),
        (lambda x: ag.softplus(x), 1000.0, 0.0),
        (lambda x: ag.where(x > 0, ag.sqrt(x), 0.0), 0.0, 0.0),
        (lambda x: ag.norm(ag.stack([x, 0.0 * x])), 2.0, 0.0),
        (lambda x: ag.relu(x) ** 2, -1.0, 0.0),
        (lambda x: ag.logsumexp(ag.stack([x, -x])), 0.0, 1.0),
    ],
)
def test_second_derivative(f: Callable, x: float, curvature: float) -> None:
    with np.errstate(all="ignore"):
        found = float(ag.grad(ag.grad(f))(x))
    assert abs(found - curvature) <= 1e-12 * max(1.0, abs(curvature))


def test_a_zero_cotangent_meets_no_nan_in_either_mode() -> None:
    x = ag.Tensor([0.0, 4.0])

    def f(x: Any) -> Any:
        return ag.where(x > 0, ag.sqrt(x), 0.0)

    with np.errstate(all="ignore"):
        _, moved = ag.jvp(f, (x,), (ag.Tensor([1.0, 1.0]),))
    assert moved.tolist() == [0.0, 0.25]


def test_a_true_infinity_is_not_hidden() -> None:
    with np.errstate(all="ignore"):
        assert ag.grad(lambda x: ag.sqrt(x))(0.0).item() == inf
        assert ag.grad(lambda x: 1 / x)(0.0).item() == -inf
        assert np.isnan(ag.grad(lambda x: x * nan)(1.0).item())


def test_the_worst_entry_of_a_long_row() -> None:
    x = np.zeros(10_000)
    x[3] = 700.0
    y, slope = ag.value_and_grad(lambda x: ag.logsumexp(x))(ag.Tensor(x))
    assert y.item() == pytest.approx(700.0, rel=1e-15)
    assert slope.numpy()[3] == pytest.approx(1.0, rel=1e-12)
    assert slope.numpy().sum() == pytest.approx(1.0, rel=1e-12)
