"""Regularizers and constraints against their formulas; names that Keras has too."""

from __future__ import annotations

import numpy as np

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn import constraints, regularizers

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
