"""Activations, regularizers and constraints against their formulas; every public example runs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn import activations, constraints, registry, regularizers

X = np.linspace(-7, 7, 29)[:28].reshape(4, 7) + 0.013
ERF = np.vectorize(math.erf)


def sigma(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def soft(x: np.ndarray) -> np.ndarray:
    return np.exp(x) / np.exp(x).sum(-1, keepdims=True)


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
    "hard_silu": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
}


def test_no_activation_is_left_out() -> None:
    assert set(registry.names("activation")) == set(FORMULAS) | {"swish", "hard_swish"}
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
    np.testing.assert_allclose(activations.softmax(X, axis=0).numpy().sum(0), np.ones(7))
    assert type(activations.softmax(X, axis=0)) is ag.Tensor
    assert type(activations.softmax(X, axis=1)) is activations.Probabilities


W = np.array([[3.0, -1.0], [-4.0, 0.5]])


def test_regularizers() -> None:
    assert float(regularizers.L1(0.5)(W)) == 0.5 * 8.5
    assert float(regularizers.L2(0.5)(W)) == 0.5 * 26.25
    assert float(regularizers.L1L2(0.5, 2.0)(W)) == 0.5 * 8.5 + 2 * 26.25
    assert float(regularizers.L1L2()(W)) == 0
    assert (regularizers.L1().l1, regularizers.L2().l2) == (0.01, 0.01)
    for r in (regularizers.L1(0.5), regularizers.L2(0.5), regularizers.L1L2(0.5, 2.0)):
        assert type(r).from_config(r.get_config()).get_config() == r.get_config()
        assert ag.check_gradients(r, W)
    assert isinstance(regularizers.get("l1_l2"), regularizers.L1L2)


def test_constraints() -> None:
    np.testing.assert_array_equal(constraints.NonNeg()(W), np.maximum(W, 0))
    norms = np.sqrt((W**2).sum(0))  # 5 and √1.25
    np.testing.assert_allclose(constraints.UnitNorm()(W), W / norms, rtol=1e-6)
    np.testing.assert_allclose(
        constraints.MaxNorm(2.0)(W), W * np.minimum(norms, 2) / norms, rtol=1e-6
    )
    np.testing.assert_allclose(
        constraints.MinMaxNorm(2.0, 3.0)(W), W * np.clip(norms, 2, 3) / norms, rtol=1e-6
    )
    half = constraints.MinMaxNorm(2.0, 3.0, rate=0.5)(W)
    np.testing.assert_allclose(half, W * (np.clip(norms, 2, 3) + norms) / 2 / norms, rtol=1e-6)
    across = constraints.UnitNorm(axis=1)(W).numpy()
    np.testing.assert_allclose((across**2).sum(1), [1, 1], rtol=1e-6)
    for name in ("non_neg", "max_norm", "unit_norm", "min_max_norm"):
        c = constraints.get(name)
        assert type(c).from_config(c.get_config()).get_config() == c.get_config()


def test_everything_keras_has_here_is_also_in_nn() -> None:
    for module in ("layers", "models", "losses", "optimizers", "metrics", "callbacks"):
        assert hasattr(nn, module)
    assert nn.Dense is nn.layers.Dense and nn.Sequential is nn.models.Sequential
    assert nn.Adam is nn.optimizers.Adam and nn.EarlyStopping is nn.callbacks.EarlyStopping
    assert nn.MeanSquaredError is nn.losses.MeanSquaredError
    assert set(nn.__all__) <= set(dir(nn))


def test_utilities() -> None:
    np.testing.assert_array_equal(nn.utils.to_categorical([[2], [0]]), np.eye(3)[[2, 0]])
    np.testing.assert_array_equal(nn.utils.to_categorical([1], 4), np.eye(4)[[1]])
    draws = []
    for _ in range(2):
        nn.set_random_seed(11)
        draws.append([np.random.rand(), float(nn.initializers.RandomNormal()((1,))[0])])
    assert draws[0] == draws[1]
