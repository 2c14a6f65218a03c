"""Activations against their formulas: values, gradients of both orders, far from 0 too."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.nn import activations, registry

X = np.linspace(-7, 7, 33)[:32].reshape(4, 8) + 0.013
ERF = np.vectorize(math.erf)


def sigma(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def soft(x: np.ndarray) -> np.ndarray:
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


def nearest_shares(x: np.ndarray) -> np.ndarray:
    """max(x - t, 0), its row sums made 1 by halving where t may be."""
    low, high = x.max(-1, keepdims=True) - 1, x.max(-1, keepdims=True)
    for _ in range(60):
        t = (low + high) / 2
        above = np.maximum(x - t, 0).sum(-1, keepdims=True) > 1
        low, high = np.where(above, t, low), np.where(above, high, t)
    return np.maximum(x - low, 0)


FORMULAS: dict[str, Any] = {
    "linear": lambda x: x,
    "relu": lambda x: np.where(x > 0, x, 0),
    "sigmoid": sigma,
    "softmax": soft,
    "log_softmax": lambda x: np.log(soft(x)),
    "tanh": np.tanh,
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "elu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "selu": lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * (np.exp(x) - 1)),
    "exponential": np.exp,
    "leaky_relu": lambda x: np.where(x > 0, x, 0.2 * x),
    "relu6": lambda x: np.clip(x, 0, 6),
    "silu": lambda x: x * sigma(x),
    "gelu": lambda x: x * (1 + ERF(x / np.sqrt(2))) / 2,
    "mish": lambda x: x * np.tanh(np.log(1 + np.exp(x))),
    "hard_sigmoid": lambda x: np.clip(x / 6 + 0.5, 0, 1),
    "hard_sigmoid_of_keras_2": lambda x: np.clip(0.2 * x + 0.5, 0, 1),
    "hard_silu": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "celu": lambda x: np.where(x > 0, x, np.exp(x) - 1),
    "glu": lambda x: x[:, :4] * sigma(x[:, 4:]),
    "hard_shrink": lambda x: np.where(np.abs(x) > 0.5, x, 0),
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "log_sigmoid": lambda x: -np.log(1 + np.exp(-x)),
    "soft_shrink": lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0),
    "sparse_plus": lambda x: np.where(x > 1, x, np.where(x < -1, 0, (x + 1) ** 2 / 4)),
    "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
    "sparsemax": nearest_shares,
    "squareplus": lambda x: (x + np.sqrt(x**2 + 4)) / 2,
    "tanh_shrink": lambda x: x - np.tanh(x),
}


def test_no_activation_is_left_out() -> None:
    assert set(registry.names("activation")) == {*FORMULAS, "swish", "hard_swish", "threshold"}
    assert activations.get("swish") is activations.silu
    assert activations.get(None) is activations.linear
    assert activations.get(np.tanh) is np.tanh


@pytest.mark.parametrize("name", FORMULAS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_activations(name: str, dtype: str) -> None:
    y = activations.get(name)(X.astype(dtype))
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    assert y.dtype == dtype
    np.testing.assert_allclose(y, FORMULAS[name](X), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", FORMULAS)
def test_activations_have_right_gradients_and_never_overflow(name: str) -> None:
    f = activations.get(name)
    assert ag.check_gradients(f, X)
    if name != "exponential":
        far = np.array([[-1e4, 1e4]], "float32")
        value, slope = ag.value_and_grad(lambda x: f(x).sum())(far)
        assert np.isfinite(float(value)) and np.isfinite(slope.numpy()).all()


def test_relu_and_gelu_options() -> None:
    y = activations.relu(X, negative_slope=0.1, max_value=3.0, threshold=1.0)
    expected = np.where(X > 1, np.minimum(X, 3), 0.1 * (X - 1))
    np.testing.assert_allclose(y, expected)
    inner = np.sqrt(2 / np.pi) * (X + 0.044715 * X**3)
    want = X / (1 + np.exp(-2 * inner))  # X·(1 + tanh)/2, where that does not cancel
    np.testing.assert_allclose(activations.gelu(X, approximate=True), want)
    np.testing.assert_allclose(activations.softmax(X, axis=0).numpy().sum(0), np.ones(8))
    assert type(activations.softmax(X, axis=0)) is ag.Tensor
    assert type(activations.softmax(X, axis=1)) is activations.Probabilities


def test_options_of_the_others() -> None:
    np.testing.assert_allclose(activations.threshold(X, 1.0, 9.0), np.where(X > 1, X, 9))
    assert ag.check_gradients(lambda x: activations.threshold(x, 1.0, 9.0), X)
    want = np.where(X > 0, X, 0.5 * (np.exp(X / 0.5) - 1))
    np.testing.assert_allclose(activations.celu(X, 0.5), want)
    np.testing.assert_allclose(activations.squareplus(X, 1), (X + np.sqrt(X**2 + 1)) / 2)
    np.testing.assert_allclose(activations.hard_shrink(X, 2.0), np.where(np.abs(X) > 2, X, 0))
    np.testing.assert_allclose(activations.glu(X, 0), X[:2] * sigma(X[2:]))
    np.testing.assert_allclose(activations.sparsemax(X, axis=0), nearest_shares(X.T).T, atol=1e-12)
    equal = activations.sparsemax(np.full((2, 4), 3.0))
    np.testing.assert_allclose(equal, np.full((2, 4), 0.25))
    with pytest.raises(ValueError, match="even size along axis -1"):
        activations.glu(X[:, :3])
