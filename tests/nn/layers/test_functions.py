"""Regularizers and constraints against their formulas; names that Keras has too."""

from __future__ import annotations

import numpy as np
import pytest

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
    np.testing.assert_allclose((constraints.UnitNorm(None)(W).numpy() ** 2).sum(), 1, rtol=1e-6)
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
    rows = nn.utils.to_categorical(ag.Tensor([1, 0]))
    assert isinstance(rows, ag.Tensor) and rows.tolist() == [[0, 1], [1, 0]]
    draws = []
    for _ in range(2):
        nn.set_random_seed(11)
        draws.append([np.random.rand(), float(nn.initializers.RandomNormal()((1,))[0])])
    assert draws[0] == draws[1]


T = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])
P = np.array([[0.3, 0.3, 0.4], [0.25, 0.5, 0.25]])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cosine_similarity", -(T * P).sum(1) / np.linalg.norm(T, axis=1)
         / np.linalg.norm(P, axis=1)),
        ("kl_divergence", (T * np.log(T / P)).sum(1)),
        ("mean_absolute_percentage_error", 100 * abs((T - P) / T).mean(1)),
        ("mean_squared_logarithmic_error", ((np.log1p(T) - np.log1p(P)) ** 2).mean(1)),
        ("poisson", (P - T * np.log(P)).mean(1)),
        ("squared_hinge", (np.maximum(1 - np.where(T > 0, T, -1) * P, 0) ** 2).mean(1)),
    ],
)  # fmt: skip
def test_losses_and_metrics_as_functions(name: str, value: np.ndarray) -> None:
    for module in (nn.losses, nn.metrics):
        if hasattr(module, name):
            np.testing.assert_allclose(np.asarray(getattr(module, name)(T, P)), value, rtol=1e-6)
    report = ag.check_gradients(lambda p: getattr(nn.losses, name)(T, p), P)
    assert report, report


def test_concordance() -> None:
    shift = (T.mean(1) - P.mean(1)) ** 2
    both = ((T - T.mean(1, keepdims=True)) * (P - P.mean(1, keepdims=True))).mean(1)
    expected = 2 * both / (T.var(1) + P.var(1) + shift)
    np.testing.assert_allclose(
        np.asarray(nn.metrics.concordance_correlation(T, P)), expected, rtol=1e-5
    )


def test_bases_are_what_their_kinds_are_made_of() -> None:
    assert isinstance(nn.initializers.Ones(), nn.Initializer)
    assert isinstance(regularizers.L2(), nn.Regularizer)
    assert isinstance(nn.Input((2,)), nn.KerasTensor)
    assert nn.tree.is_nested({}) and not nn.tree.is_nested(T)
