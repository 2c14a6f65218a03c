"""Losses and metrics: values against their formulas, gradients, fusion, weights, shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn import losses, metrics, registry

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
every_loss = pytest.mark.parametrize("kind", FORMULAS, ids=lambda k: k.__name__)


def test_no_loss_is_left_out() -> None:
    assert set(FORMULAS) == set(registry.names("loss").values())
    assert set(losses.FUNCTIONS.values()) == set(FORMULAS)


@every_loss
def test_values_weights_and_reductions(kind: Any) -> None:
    y = TARGETS[kind.targets]
    expected = FORMULAS[kind](y, S)
    w = np.linspace(0, 2, N)
    np.testing.assert_allclose(kind().call(y, S), expected, rtol=1e-6)
    np.testing.assert_allclose(kind()(y, S), expected.mean(), rtol=1e-6)
    np.testing.assert_allclose(kind()(y, S, w), (w * expected).mean(), rtol=1e-6)
    np.testing.assert_allclose(kind()(y, S, w[:, None]), (w * expected).mean(), rtol=1e-6)
    np.testing.assert_allclose(kind(reduction="sum")(y, S, w), (w * expected).sum(), rtol=1e-6)
    np.testing.assert_allclose(kind(reduction=None)(y, S), expected, rtol=1e-6)
    np.testing.assert_allclose(kind(reduction="sum")(y, S), expected.sum(), rtol=1e-6)
    weighted = kind(reduction="mean_with_sample_weight")(y, S, w)
    np.testing.assert_allclose(weighted, (w * expected).sum() / w.sum(), rtol=1e-6)


@every_loss
def test_targets_of_any_dtype_leave_the_precision_alone(kind: Any) -> None:
    y, p = TARGETS[kind.targets], S.astype("float32")
    expected = float(kind()(y, p))
    for dtype in ("float64", "float32", "int64", "uint8"):
        if kind.targets != "values" or dtype.startswith("float"):
            loss = kind()(y.astype(dtype), p)
            assert loss.dtype == np.float32
            assert float(loss) == pytest.approx(expected, rel=1e-6)


@every_loss
def test_names_functions_and_configuration(kind: Any) -> None:
    loss = kind()
    assert kind.from_config(loss.get_config()).get_config() == loss.get_config()
    for name, found in registry.names("loss").items():
        if found is kind:
            assert isinstance(losses.get(name), kind)
    function = next(f for f, c in losses.FUNCTIONS.items() if c is kind)
    y = TARGETS[kind.targets]
    np.testing.assert_array_equal(function(y, S), loss.call(y, S))
    assert isinstance(losses.get(function), kind)


@every_loss
def test_gradients_of_both_orders(kind: Any) -> None:
    y = TARGETS[kind.targets]
    assert ag.check_gradients(lambda p: kind()(y, p), S)
    assert ag.check_gradients(lambda p: kind()(y, p), S, order=2)


@pytest.mark.parametrize("kind, activation, op", [
    (losses.BinaryCrossentropy, "sigmoid", lambda z: 1 / (1 + np.exp(-z))),
    (losses.CategoricalCrossentropy, "softmax", lambda z: np.exp(z) / np.exp(z).sum(1)[:, None]),
    (
        losses.SparseCategoricalCrossentropy, "softmax",
        lambda z: np.exp(z) / np.exp(z).sum(1)[:, None],
    ),
])  # fmt: skip
def test_fused_with_the_activation(kind: Any, activation: str, op: Any) -> None:
    y, f = TARGETS[kind.targets], nn.activations.get(activation)
    expected = FORMULAS[kind](y, op(Z)).mean()
    np.testing.assert_allclose(kind()(y, f(Z)), expected, rtol=1e-12)
    np.testing.assert_allclose(kind(from_logits=True)(y, Z), expected, rtol=1e-12)
    assert ag.check_gradients(lambda z: kind()(y, f(z)), Z, order=2)
    # The loss of a certain mistake is the logit, not the logarithm of a clipped zero.
    wrong = np.where(np.eye(C)[y] if y.ndim == 1 else y, -80.0, 80.0)
    loss, slope = ag.value_and_grad(lambda z: kind()(y, f(z)))(wrong.astype("float32"))
    assert float(loss) > 70 and np.abs(slope.numpy()).max() > 0


def test_an_op_in_between_ends_the_fusion() -> None:
    p = nn.activations.sigmoid(Z)
    assert isinstance(p, nn.activations.Probabilities)
    assert not isinstance(p * 1, nn.activations.Probabilities)
    y = TARGETS["binary"]
    np.testing.assert_allclose(
        losses.BinaryCrossentropy()(y, 1 - p), bce(y, 1 - p.numpy()).mean(), rtol=1e-6
    )


def test_bare_probabilities_are_kept_inside_and_made_shares() -> None:
    worst = -np.log(1e-7)
    for y, p in (([[1.0]], [[0.0]]), ([[0.0]], [[1.0]])):
        np.testing.assert_allclose(float(losses.BinaryCrossentropy()(y, p)), worst, rtol=1e-6)
    one_hot, labels = TARGETS["distribution"], TARGETS["distribution"].argmax(1)
    expected = -np.log(S[np.arange(N), labels])
    np.testing.assert_allclose(losses.categorical_crossentropy(one_hot, P), expected, rtol=1e-6)
    np.testing.assert_allclose(
        losses.sparse_categorical_crossentropy(labels, 5 * P), expected, rtol=1e-6
    )
    certain = losses.categorical_crossentropy([[1.0, 0.0]], [[0.0, 1.0]])
    np.testing.assert_allclose(certain, [worst], rtol=1e-6)


def test_label_smoothing() -> None:
    y = TARGETS["binary"]
    smooth = losses.BinaryCrossentropy(label_smoothing=0.2)
    np.testing.assert_allclose(smooth(y, S), bce(y * 0.8 + 0.1, S).mean(), rtol=1e-6)
    y = TARGETS["distribution"]
    shares = losses.CategoricalCrossentropy(label_smoothing=0.2)
    expected = -((y * 0.8 + 0.05) * np.log(S)).sum(-1).mean()
    np.testing.assert_allclose(shares(y, S), expected, rtol=1e-6)


def test_samples_with_several_axes_are_weighed_whole() -> None:
    y, p, w = RNG.normal(size=(4, 3, 2)), RNG.normal(size=(4, 3, 2)), np.array([0.0, 1, 2, 3])
    expected = ((y - p) ** 2).mean(-1) * w[:, None]
    np.testing.assert_allclose(losses.MeanSquaredError()(y, p, w), expected.mean())
    np.testing.assert_allclose(losses.MeanSquaredError(reduction=None)(y, p, w), expected)
    labels = RNG.integers(0, 2, (4, 3))
    shares = np.exp(p) / np.exp(p).sum(-1, keepdims=True)
    each = -np.log(np.take_along_axis(shares, labels[..., None], -1)[..., 0]) * w[:, None]
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")
    np.testing.assert_allclose(loss(labels, p, w), each.sum())
    np.testing.assert_allclose(loss(labels[..., None], p, w), each.sum())


def test_a_column_and_a_vector_are_the_same_targets() -> None:
    p = RNG.uniform(size=(5, 1))
    y = np.array([0, 1, 1, 0, 1])
    for loss in (losses.MeanSquaredError(), losses.BinaryCrossentropy()):
        assert float(loss(y, p)) == float(loss(y[:, None], p)) == float(loss(y[:, None], p[:, 0]))
    for metric in (metrics.BinaryAccuracy, metrics.MeanSquaredError):
        assert float(metric()(y, p)) == float(metric()(y[:, None], p))


def test_a_function_is_a_loss() -> None:
    def cubed(y_true: ag.Tensor, y_pred: ag.Tensor) -> ag.Tensor:
        return ag.mean(ag.absolute(y_pred - y_true) ** 3, axis=-1)

    loss = losses.get(cubed)
    y = TARGETS["values"]
    np.testing.assert_allclose(loss(y, S), (np.abs(S - y) ** 3).mean(), rtol=1e-12)
    assert loss.name == "cubed"
    assert loss(y, S.astype("float32")).dtype == np.float32


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
