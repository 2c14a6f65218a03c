"""Metrics: values against their formulas, over batches, with weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_nn.nn import losses, metrics

RNG = np.random.default_rng(0)
N, C = 6, 4
P = RNG.uniform(0.05, 0.95, (N, C))
S = P / P.sum(1, keepdims=True)
Z = RNG.normal(size=(N, C))
TARGETS: dict[str, np.ndarray] = {
    "values": RNG.normal(size=(N, C)),
    "binary": (RNG.uniform(size=(N, C)) > 0.5).astype(float),
    "distribution": np.eye(C)[RNG.integers(0, C, N)],
    "classes": RNG.integers(0, C, N),
}


def bce(y: Any, p: Any) -> Any:
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(-1)


FORMULAS = {
    losses.MeanSquaredError: lambda y, p: ((y - p) ** 2).mean(-1),
    losses.MeanAbsoluteError: lambda y, p: np.abs(y - p).mean(-1),
    losses.Huber: lambda y, p: np.where(
        np.abs(y - p) <= 1, (y - p) ** 2 / 2, np.abs(y - p) - 0.5
    ).mean(-1),
    losses.BinaryCrossentropy: bce,
    losses.CategoricalCrossentropy: lambda y, p: -(y * np.log(p)).sum(-1),
    losses.SparseCategoricalCrossentropy: lambda y, p: -np.log(p[np.arange(N), y]),
}


def mean_of(values: np.ndarray, w: np.ndarray | None) -> float:
    return float(np.average(values, weights=w))


METRICS = {
    metrics.Accuracy: ("binary", lambda y, p: (y == p).mean(-1)),
    metrics.BinaryAccuracy: ("binary", lambda y, p: (y == (p > 0.5)).mean(-1)),
    metrics.CategoricalAccuracy: ("distribution", lambda y, p: y.argmax(1) == p.argmax(1)),
    metrics.SparseCategoricalAccuracy: ("classes", lambda y, p: y == p.argmax(1)),
    metrics.ShapeAccuracy: ("classes", lambda y, p: y == p.argmax(1)),
    metrics.MeanSquaredError: ("values", FORMULAS[losses.MeanSquaredError]),
    metrics.MeanAbsoluteError: ("values", FORMULAS[losses.MeanAbsoluteError]),
    metrics.BinaryCrossentropy: ("binary", bce),
    metrics.CategoricalCrossentropy: (
        "distribution",
        FORMULAS[losses.CategoricalCrossentropy],
    ),
    metrics.SparseCategoricalCrossentropy: (
        "classes",
        FORMULAS[losses.SparseCategoricalCrossentropy],
    ),
}


def test_no_metric_is_left_out() -> None:
    public = {v for v in vars(metrics).values() if isinstance(v, type) and not v.__name__[0] == "_"}
    known = {v for v in public if issubclass(v, metrics.MeanMetricWrapper)}
    apart = {metrics.MeanMetricWrapper, metrics.RootMeanSquaredError}
    assert known == set(METRICS) | apart


@pytest.mark.parametrize("kind", METRICS, ids=lambda k: k.__name__)
@pytest.mark.parametrize("weighted", [False, True])
def test_metrics_over_batches(kind: Any, weighted: bool) -> None:
    target, formula = METRICS[kind]
    y, w = TARGETS[target], np.linspace(0.1, 2, N) if weighted else None
    metric = kind()
    for rows in (slice(0, 4), slice(4, N)):
        metric.update_state(y[rows], S[rows], None if w is None else w[rows])
    np.testing.assert_allclose(float(metric.result()), mean_of(formula(y, S), w), rtol=1e-6)
    metric.reset_state()
    assert float(metric.result()) == 0
    assert kind.from_config(metric.get_config()).name == metric.name


def test_accuracies_as_functions() -> None:
    y, one_hot, labels = TARGETS["binary"], TARGETS["distribution"], TARGETS["classes"]
    np.testing.assert_allclose(metrics.binary_accuracy(y, P), (y == (P > 0.5)).mean(1))
    np.testing.assert_allclose(metrics.binary_accuracy(y, P, 0.2), (y == (P > 0.2)).mean(1))
    np.testing.assert_array_equal(
        metrics.categorical_accuracy(one_hot, P), one_hot.argmax(1) == P.argmax(1)
    )
    np.testing.assert_array_equal(
        metrics.sparse_categorical_accuracy(labels[:, None], P), labels == P.argmax(1)
    )


def test_root_mean_squared_error_and_mean() -> None:
    y = TARGETS["values"]
    np.testing.assert_allclose(
        float(metrics.RootMeanSquaredError()(y, S)), np.sqrt(((y - S) ** 2).mean()), rtol=1e-6
    )
    mean = metrics.Mean()
    mean.update_state([1.0, 2.0])
    mean.update_state(6.0, sample_weight=2.0)
    assert float(mean.result()) == 15 / 4
    mean.reset_state()
    mean.update_state([1.0, 2.0], sample_weight=[3.0, 1.0])
    assert float(mean.result()) == 5 / 4


@pytest.mark.parametrize("y, p, kind", [
    (TARGETS["binary"][:, :1], S[:, :1], metrics.BinaryAccuracy),
    (TARGETS["binary"][:, 0], S[:, :1], metrics.BinaryAccuracy),
    (TARGETS["distribution"], S, metrics.CategoricalAccuracy),
    (TARGETS["classes"], S, metrics.SparseCategoricalAccuracy),
    (TARGETS["classes"][:, None], S, metrics.SparseCategoricalAccuracy),
])  # fmt: skip
def test_accuracy_takes_the_form_that_fits(y: Any, p: Any, kind: Any) -> None:
    assert float(metrics.get("accuracy")(y, p)) == float(kind()(y, p))


def test_accuracy_at_the_threshold_is_a_no() -> None:
    assert float(metrics.BinaryAccuracy()([[0.0]], [[0.5]])) == 1
    assert float(metrics.BinaryAccuracy(threshold=0.4)([[1.0]], [[0.5]])) == 1
