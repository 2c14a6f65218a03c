"""Metrics: one table of formulas, and what all keep to: batches, weights, names, state."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn import losses, metrics, registry
from autograd_nn.nn.masks import give_mask

RNG = np.random.default_rng(0)
N, C = 6, 4
S = (lambda x: x / x.sum(1, keepdims=True))(RNG.uniform(0.05, 0.95, (N, C)))
P, Z = RNG.uniform(0.05, 0.95, (N, C)), RNG.normal(size=(N, C))
VALUES, BITS = RNG.normal(size=(N, C)), (RNG.uniform(size=(N, C)) > 0.5).astype(float)
SHARES = (lambda x: x / x.sum(1, keepdims=True))(RNG.uniform(0.1, 1, (N, C)))
ONE_HOT, CLASSES = np.eye(C)[RNG.integers(0, C, N)], np.array([0, 2, 1, 3, 3, 1])
FOUND = np.array([0, 2, 2, 3, 0, 1])


def ranked(p: Any) -> Any:
    """How many classes are likelier, for each."""
    return (p[:, None, :] > p[:, :, None]).sum(-1)


def counts(y: Any, p: Any, w: Any, at: float = 0.5) -> tuple[Any, Any, Any, Any]:
    w = np.broadcast_to(w[:, None] if y.ndim > 1 else w, y.shape)
    said, true = p > at, y > 0
    return tuple((w * m).sum() for m in (said & true, said & ~true, ~said & ~true, ~said & true))


def share(a: Any, b: Any) -> Any:
    return a / (a + b) if a + b else 0.0


def precision(y: Any, p: Any, w: Any, at: float = 0.5) -> Any:
    tp, fp, _, _ = counts(y, p, w, at)
    return share(tp, fp)


def recall(y: Any, p: Any, w: Any, at: float = 0.5) -> Any:
    tp, _, _, fn = counts(y, p, w, at)
    return share(tp, fn)


def specificity(y: Any, p: Any, w: Any, at: float = 0.5) -> Any:
    _, fp, tn, _ = counts(y, p, w, at)
    return share(tn, fp)


def best(most: Any, given: Any, least: float) -> Any:
    ats = np.linspace(0, 1, 200)
    return lambda y, p, w: max(
        [most(y, p, w, at) for at in ats if given(y, p, w, at) >= least], default=0
    )


def area(y: Any, p: Any, w: Any) -> Any:
    """By all pairs of a yes and a no: the share in which the yes lies higher."""
    w = np.broadcast_to(w[:, None], y.shape)
    yes, no = y > 0, y == 0
    pairs = w[yes][:, None] * w[no]
    apart = np.floor(p[yes] * 199)[:, None] - np.floor(p[no] * 199)
    return (pairs * ((apart > 0) + 0.5 * (apart == 0))).sum() / pairs.sum()


def f_score(y: Any, p: Any, w: Any, beta: float = 1.0) -> Any:
    said = p == p.max(1, keepdims=True)
    tp, fp, fn = ((w[:, None] * m).sum(0) for m in (said * y, said * (1 - y), ~said * y))
    return (1 + beta**2) * tp / ((1 + beta**2) * tp + beta**2 * fn + fp)


def r2(y: Any, p: Any, w: Any) -> Any:
    mean = np.average(y, 0, w)
    return (1 - (w @ (y - p) ** 2) / (w @ (y - mean) ** 2)).mean()


def iou(y: Any, p: Any, w: Any, ids: Any = range(C)) -> Any:
    found = []
    for i in ids:
        union = w[(y == i) | (p == i)].sum()
        found += [w[(y == i) & (p == i)].sum() / union] if union else []
    return np.mean(found)


def average(each: Any) -> Any:
    """The weighted mean of a formula that gives a number a sample."""
    return lambda y, p, w: np.average(each(y, p), weights=w)


def of(kind: Any) -> Any:
    """The formula of a metric that is the mean of a loss."""
    return lambda y, p, w: np.average(np.asarray(kind(reduction=None)(y, p)), weights=w)


# Each metric: how it is made, targets, predictions, and the formula with weights of samples.
CASES: dict[Any, tuple[dict[str, Any], Any, Any, Any]] = {
    metrics.Accuracy: ({}, CLASSES, FOUND, average(lambda y, p: y == p)),
    metrics.BinaryAccuracy: ({}, BITS, P, average(lambda y, p: (y == (p > 0.5)).mean(-1))),
    metrics.CategoricalAccuracy: (
        {}, ONE_HOT, S, average(lambda y, p: y.argmax(1) == p.argmax(1))
    ),
    metrics.SparseCategoricalAccuracy: ({}, CLASSES, S, average(lambda y, p: y == p.argmax(1))),
    metrics.ShapeAccuracy: ({}, CLASSES, S, average(lambda y, p: y == p.argmax(1))),
    metrics.TopKCategoricalAccuracy: (
        {"k": 2}, ONE_HOT, S, average(lambda y, p: (y * (ranked(p) < 2)).sum(1))
    ),
    metrics.SparseTopKCategoricalAccuracy: (
        {"k": 2}, CLASSES, S, average(lambda y, p: (np.eye(C)[y] * (ranked(p) < 2)).sum(1))
    ),
    metrics.MeanSquaredError: ({}, VALUES, S, of(losses.MeanSquaredError)),
    metrics.MeanAbsoluteError: ({}, VALUES, S, of(losses.MeanAbsoluteError)),
    metrics.MeanAbsolutePercentageError: ({}, VALUES, S, of(losses.MeanAbsolutePercentageError)),
    metrics.MeanSquaredLogarithmicError: ({}, SHARES, S, of(losses.MeanSquaredLogarithmicError)),
    metrics.RootMeanSquaredError: (
        {}, VALUES, S, lambda y, p, w: math.sqrt(of(losses.MeanSquaredError)(y, p, w))
    ),
    metrics.LogCoshError: ({}, VALUES, S, of(losses.LogCosh)),
    metrics.Hinge: ({}, BITS, Z, of(losses.Hinge)),
    metrics.SquaredHinge: ({}, BITS, Z, of(losses.SquaredHinge)),
    metrics.CategoricalHinge: ({}, ONE_HOT, Z, of(losses.CategoricalHinge)),
    metrics.KLDivergence: ({}, SHARES, S, of(losses.KLDivergence)),
    metrics.Poisson: ({}, SHARES, S, of(losses.Poisson)),
    metrics.BinaryCrossentropy: ({}, BITS, P, of(losses.BinaryCrossentropy)),
    metrics.CategoricalCrossentropy: ({}, ONE_HOT, S, of(losses.CategoricalCrossentropy)),
    metrics.SparseCategoricalCrossentropy: (
        {}, CLASSES, S, of(losses.SparseCategoricalCrossentropy)
    ),
    metrics.Crossentropy: ({}, CLASSES, S, of(losses.SparseCategoricalCrossentropy)),
    metrics.CosineSimilarity: (
        {}, VALUES, Z, lambda y, p, w: -of(losses.CosineSimilarity)(y, p, w)
    ),
    metrics.PearsonCorrelation: ({}, VALUES, Z, average(
        lambda y, p: [np.corrcoef(a, b)[0, 1] for a, b in zip(y, p, strict=True)]
    )),
    metrics.ConcordanceCorrelation: ({}, VALUES, Z, average(
        lambda y, p: [
            2 * np.cov(a, b, ddof=0)[0, 1] / (a.var() + b.var() + (a.mean() - b.mean()) ** 2)
            for a, b in zip(y, p, strict=True)
        ]
    )),
    metrics.R2Score: ({}, VALUES, Z, r2),
    metrics.TruePositives: ({}, BITS, P, lambda y, p, w: counts(y, p, w)[0]),
    metrics.FalsePositives: ({}, BITS, P, lambda y, p, w: counts(y, p, w)[1]),
    metrics.TrueNegatives: ({}, BITS, P, lambda y, p, w: counts(y, p, w)[2]),
    metrics.FalseNegatives: ({}, BITS, P, lambda y, p, w: counts(y, p, w)[3]),
    metrics.Precision: ({}, BITS, P, precision),
    metrics.Recall: ({}, BITS, P, recall),
    metrics.AUC: ({}, BITS, P, area),
    metrics.SensitivityAtSpecificity: (
        {"specificity": 0.6}, BITS, P, best(recall, specificity, 0.6)
    ),
    metrics.SpecificityAtSensitivity: (
        {"sensitivity": 0.6}, BITS, P, best(specificity, recall, 0.6)
    ),
    metrics.PrecisionAtRecall: ({"recall": 0.6}, BITS, P, best(precision, recall, 0.6)),
    metrics.RecallAtPrecision: ({"precision": 0.6}, BITS, P, best(recall, precision, 0.6)),
    metrics.F1Score: ({}, ONE_HOT, S, f_score),
    metrics.FBetaScore: ({"beta": 2.0}, ONE_HOT, S, lambda y, p, w: f_score(y, p, w, 2.0)),
    metrics.IoU: (
        {"num_classes": C, "target_class_ids": [0, 3]}, CLASSES, FOUND,
        lambda y, p, w: iou(y, p, w, [0, 3]),
    ),
    metrics.MeanIoU: ({"num_classes": C}, CLASSES, FOUND, iou),
    metrics.BinaryIoU: ({}, BITS[:, 0], P[:, 0], lambda y, p, w: iou(y, p >= 0.5, w, [0, 1])),
    metrics.OneHotIoU: (
        {"num_classes": C, "target_class_ids": [1, 2]}, ONE_HOT, S,
        lambda y, p, w: iou(y.argmax(1), p.argmax(1), w, [1, 2]),
    ),
    metrics.OneHotMeanIoU: (
        {"num_classes": C}, ONE_HOT, S, lambda y, p, w: iou(y.argmax(1), p.argmax(1), w)
    ),
}  # fmt: skip
every_metric = pytest.mark.parametrize("kind", CASES, ids=lambda k: k.__name__)


def test_no_metric_is_left_out() -> None:
    named = set(registry.names("metric").values())
    wholes = {metrics.Mean, metrics.Sum, metrics.MeanMetricWrapper, metrics.LossMetric}
    assert named == set(CASES) | wholes
    of_losses = {c for c in vars(losses).values() if isinstance(c, type)}
    assert {registry.name_of(c) for c in of_losses & set(registry.names("loss").values())} - {
        registry.name_of(c) for c in CASES
    } == {
        "binary_focal_crossentropy", "categorical_focal_crossentropy", "circle", "ctc", "dice",
        "categorical_generalized_cross_entropy", "gaussian_negative_log_likelihood", "huber",
        "function_loss", "log_cosh", "quantile", "triplet", "tversky",
    }  # fmt: skip


@every_metric
@pytest.mark.parametrize("weighted", [False, True])
def test_over_batches(kind: Any, weighted: bool) -> None:
    options, y, p, formula = CASES[kind]
    w = np.linspace(0.5, 2, N) if weighted else np.ones(N)
    metric = kind(**options)
    for rows in (slice(0, 4), slice(4, N)):
        metric.update_state(y[rows], p[rows], w[rows] if weighted else None)
    expected = formula(y, p, w)
    np.testing.assert_allclose(metric.result(), expected, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(metric._read(), expected, rtol=1e-6, atol=1e-6)
    metric.reset_state()
    assert not any(v.numpy().any() for v in metric.variables)
    assert not np.any(metric.result())
    np.testing.assert_allclose(metric(y, p, w), expected, rtol=1e-6, atol=1e-6)


@every_metric
def test_names_configuration_and_copies(kind: Any) -> None:
    options, y, p, _ = CASES[kind]
    metric = kind(**options)
    again = kind.from_config(metric.get_config())
    assert again.get_config() == metric.get_config() and again.name == metric.name
    told = metrics.deserialize(metrics.serialize(metric))
    assert type(told) is kind and told.get_config() == metric.get_config()
    assert metric.get_config()["dtype"] == "float64" and "dtype" not in repr(metric)
    value = np.asarray(metric(y, p))
    for twin in (copy.deepcopy(metric), pickle.loads(pickle.dumps(metric))):  # noqa: S301
        np.testing.assert_array_equal(twin.result(), value)
        twin.reset_state()
        np.testing.assert_array_equal(metric.result(), value)
    light = kind(**options, name="light", dtype="float32")
    np.testing.assert_allclose(light(y, p), value, rtol=1e-5)
    assert light.name == "light" and all(v.dtype == np.float32 for v in light.variables)


def test_what_is_masked_does_not_count() -> None:
    mask = np.array([True, False, True, True, False, True])
    w = np.linspace(1, 2, N)
    for kind in (metrics.MeanSquaredError, metrics.BinaryAccuracy, metrics.CosineSimilarity):
        plain, hidden = kind(), kind()
        plain.update_state(BITS[mask], P[mask], w[mask])
        hidden.update_state(BITS, give_mask(ag.Tensor(P), ag.Tensor(mask)), w)
        np.testing.assert_allclose(hidden.result(), plain.result(), rtol=1e-12)


def test_functions_give_entries() -> None:
    np.testing.assert_array_equal(metrics.binary_accuracy(BITS, P), BITS == (P > 0.5))
    np.testing.assert_array_equal(metrics.binary_accuracy(BITS, P, 0.2), BITS == (P > 0.2))
    np.testing.assert_array_equal(
        metrics.categorical_accuracy(ONE_HOT, P), ONE_HOT.argmax(1) == P.argmax(1)
    )
    np.testing.assert_array_equal(
        metrics.sparse_categorical_accuracy(CLASSES[:, None], P), CLASSES == P.argmax(1)
    )
    top = metrics.top_k_categorical_accuracy(ONE_HOT, P, k=1)
    np.testing.assert_array_equal(top, metrics.categorical_accuracy(ONE_HOT, P))
    assert metrics.sparse_top_k_categorical_accuracy([2], [[0.1, 0.2, math.nan]], 2)[0] == 0
    assert metrics.binary_accuracy(BITS, P).dtype == np.float32
    assert metrics.hinge is losses.hinge
    for f in (metrics.binary_accuracy, metrics.pearson_correlation, losses.huber, np.subtract):
        assert isinstance(metrics.get(f), metrics.MeanMetricWrapper)
    assert type(metrics.get(metrics.binary_accuracy)) is metrics.BinaryAccuracy
    for whole in (
        metrics.MeanMetricWrapper(losses.huber, delta=0.5), metrics.LossMetric(losses.Huber(0.5))
    ):  # fmt: skip
        again = metrics.deserialize(metrics.serialize(whole))
        assert float(again(VALUES, S)) == pytest.approx(float(losses.Huber(0.5)(VALUES, S)))


def test_mean_and_sum() -> None:
    mean, total = metrics.Mean(), metrics.Sum()
    for m in (mean, total):
        m.update_state([1.0, 2.0])
        m.update_state(6.0, sample_weight=2.0)
    assert float(mean.result()) == 15 / 4 and float(total.result()) == 15
    assert [v.name for v in mean.variables] == ["total", "count"]
    for m, expected in ((mean, 5 / 4), (total, 5)):
        m.reset_state()
        m.update_state([1.0, 2.0], sample_weight=[3.0, 1.0])
        assert float(m.result()) == expected
        assert m(np.ones((4, 3)), sample_weight=np.ones(4)).shape == ()
    assert float(metrics.Mean()([1.0, 3.0, 5.0], sample_weight=[-1, -1, 0])) == 2
    assert float(metrics.Mean(dtype="float32").result()) == 0
    rows = metrics.Mean()
    rows.update_state([[1.0, 3.0], [5.0, 7.0]], sample_weight=[1.0, 3.0])
    assert (float(rows.total), float(rows.count)) == (20, 4)
    rows.update_state([[1.0, 3.0], [5.0, 7.0]], sample_weight=[[1.0, 3.0], [0.0, 2.0]])
    assert (float(rows.total), float(rows.count)) == (20 + 12, 4 + 3)


@pytest.mark.parametrize("y, p, kind", [
    (BITS[:, :1], P[:, :1], metrics.BinaryAccuracy),
    (BITS[:, 0], P[:, :1], metrics.BinaryAccuracy),
    (ONE_HOT, S, metrics.CategoricalAccuracy),
    (CLASSES, S, metrics.SparseCategoricalAccuracy),
    (CLASSES[:, None], S, metrics.SparseCategoricalAccuracy),
])  # fmt: skip
def test_accuracy_takes_the_form_that_fits(y: Any, p: Any, kind: Any) -> None:
    assert float(metrics.get("accuracy")(y, p)) == float(kind()(y, p))


def test_accuracy_at_the_threshold_is_a_no() -> None:
    assert float(metrics.BinaryAccuracy()([[0.0]], [[0.5]])) == 1
    assert float(metrics.BinaryAccuracy(threshold=0.4)([[1.0]], [[0.5]])) == 1


def test_a_column_and_a_vector_are_the_same_targets() -> None:
    y, p = BITS[:, 0], P[:, :1]
    for kind in (metrics.BinaryAccuracy, metrics.MeanSquaredError, metrics.Precision, metrics.AUC):
        assert float(kind()(y, p)) == float(kind()(y[:, None], p)) == float(kind()(y, p[:, 0]))


def test_precision_and_recall_at_several_thresholds_of_the_top_classes_of_one_class() -> None:
    ats = [0.7, 0.2, 0.4, 0.6, 0.3]
    for kind, formula in ((metrics.Precision, precision), (metrics.Recall, recall)):
        found = kind(thresholds=ats)(BITS, P)
        expected = [formula(BITS, P, np.ones(N), at) for at in ats]
        np.testing.assert_allclose(found, expected)
        np.testing.assert_allclose(kind(thresholds=ats[:2])(BITS, P), expected[:2])
        one = formula(BITS[:, 2], P[:, 2], np.ones(N))
        assert float(kind(class_id=2)(BITS, P)) == pytest.approx(one)
        top = np.where(ranked(P) < 2, P, 0)
        assert float(kind(top_k=2)(BITS, P)) == pytest.approx(formula(BITS, top, np.ones(N), 0))


@pytest.mark.parametrize("options, expected", [
    ({}, 0.75), ({"summation_method": "majoring"}, 1.0), ({"summation_method": "minoring"}, 0.5),
    ({"curve": "PR", "summation_method": "majoring"}, 1.0), ({"thresholds": [0.5]}, 0.75),
    ({"label_weights": [1.0]}, 0.75),
])  # fmt: skip
def test_areas(options: Any, expected: float) -> None:
    y, p = [[0], [0], [1], [1]], [[0.0], [0.5], [0.3], [0.9]]
    assert float(metrics.AUC(num_thresholds=3, **options)(y, p)) == pytest.approx(expected)


def test_areas_of_several_labels_and_of_logits() -> None:
    by_label = [float(metrics.AUC()(BITS[:, i], P[:, i])) for i in range(C)]
    several = metrics.AUC(multi_label=True)
    np.testing.assert_allclose(several(BITS, P), np.mean(by_label))
    assert several.true_positives.shape == (200, C)
    weights = [1.0, 0.0, 2.0, 1.0]
    some = metrics.AUC(multi_label=True, num_labels=C, label_weights=weights)
    np.testing.assert_allclose(some(BITS, P), np.average(by_label, weights=weights))
    logits = metrics.AUC(from_logits=True)(BITS, np.log(P / (1 - P)))
    np.testing.assert_allclose(logits, metrics.AUC()(BITS, P))


def test_scores_of_several_labels_and_their_averages() -> None:
    each = np.asarray(metrics.F1Score()(ONE_HOT, S))
    np.testing.assert_allclose(metrics.F1Score("macro")(ONE_HOT, S), each.mean())
    share = ONE_HOT.mean(0)
    np.testing.assert_allclose(metrics.F1Score("weighted")(ONE_HOT, S), each @ share, rtol=1e-6)
    right = (ONE_HOT.argmax(1) == S.argmax(1)).mean()
    np.testing.assert_allclose(metrics.F1Score("micro")(ONE_HOT, S), right, rtol=1e-6)
    said = metrics.F1Score("micro", threshold=0.5)(BITS, P)
    a, b = precision(BITS, P, np.ones(N)), recall(BITS, P, np.ones(N))
    np.testing.assert_allclose(said, 2 * a * b / (a + b), rtol=1e-6)


def test_r2_of_columns_vectors_and_constants() -> None:
    y, p = VALUES, Z
    each = np.asarray(metrics.R2Score(class_aggregation=None)(y, p))
    np.testing.assert_allclose(each, 1 - ((y - p) ** 2).sum(0) / ((y - y.mean(0)) ** 2).sum(0))
    heavy = metrics.R2Score(class_aggregation="variance_weighted_average")(y, p)
    np.testing.assert_allclose(heavy, np.average(each, weights=y.var(0)))
    one = metrics.R2Score()(y[:, 0], p[:, 0])
    np.testing.assert_allclose(one, each[0])
    adjusted = metrics.R2Score(num_regressors=2)(y[:, 0], p[:, 0])
    np.testing.assert_allclose(adjusted, 1 - (1 - each[0]) * (N - 1) / (N - 3))
    assert float(metrics.R2Score(num_regressors=9)(y[:, 0], p[:, 0])) == pytest.approx(each[0])
    assert float(metrics.R2Score()([1.0, 1.0], [1.0, 1.0])) == 1
    assert float(metrics.R2Score()([1.0, 1.0], [1.0, 2.0])) == 0
    equal = metrics.R2Score()  # of which the spread, a difference, is not 0 but rounded
    for _ in range(3):
        equal.update_state([0.1] * 5, [0.3, 0.2, 0.4, 0.1, 0.9])
    assert float(equal.result()) == 0


def test_r2_of_targets_far_from_zero_is_that_of_their_spread() -> None:
    y = np.float32(2000) + VALUES.astype("float32")
    p = y + Z.astype("float32")
    wide = y.astype("float64")
    wanted = 1 - ((wide - p) ** 2).sum(0) / ((wide - wide.mean(0)) ** 2).sum(0)
    np.testing.assert_allclose(metrics.R2Score(class_aggregation=None)(y, p), wanted, rtol=1e-6)
    for k in range(len(y)):  # of one sample nothing is spread
        assert float(metrics.R2Score()(y[k : k + 1], p[k : k + 1], [0.3])) == 0


def test_overlap_leaves_out_an_ignored_class_and_what_is_out_of_range() -> None:
    metric = metrics.MeanIoU(num_classes=3, ignore_class=2)
    metric.update_state([0, 1, 2, 0, 7], [0, 1, 0, 1, 1])
    np.testing.assert_array_equal(metric.total_cm, [[1, 1, 0], [0, 1, 0], [0, 0, 0]])
    np.testing.assert_allclose(metric.result(), 0.5, rtol=1e-6)


def test_a_metric_of_ones_own_with_metrics_inside() -> None:
    class Both(metrics.Metric):
        def __init__(self, name: str = "both") -> None:
            super().__init__(name=name)
            self.seen = self.add_variable(shape=(), initializer="zeros", name="seen")
            self.error = metrics.MeanAbsoluteError()

        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
            self.seen.assign_add(len(y_true))
            self.error.update_state(y_true, y_pred, sample_weight)

        def result(self) -> Any:
            return self.error.result() * 10 + self.seen

    metric = Both()
    assert float(metric([[1.0], [2.0]], [[2.0], [4.0]])) == 17
    assert [v.name for v in metric.variables] == ["seen", "total", "count"]
    model = nn.Sequential([nn.Dense(1, input_dim=1)])
    model.compile("sgd", "mse", metrics=[metric])
    history = model.fit(np.ones((8, 1)), np.ones((8, 1)), batch_size=4, epochs=2, verbose=0)
    assert len(history.history["both"]) == 2 and 8 <= history.history["both"][0]
    metric.reset_state()
    assert not any(v.numpy().any() for v in metric.variables)


def test_as_functions_of_the_state() -> None:
    metric = metrics.BinaryAccuracy()
    metric.update_state([[1.0]], [[0.2]])
    states = metric.stateless_reset_state()
    for y, p in ((BITS[:4], P[:4]), (BITS[4:], P[4:])):
        states = metric.stateless_update_state(states, y, p)
    found = metric.stateless_result(states)
    np.testing.assert_allclose(found, metrics.BinaryAccuracy()(BITS, P))
    assert float(metric.result()) == 0 and float(metric.count) == 1
    with pytest.raises(ValueError, match="received 1 states .* expected 2"):
        metric.stateless_result(states[:1])


def test_a_metric_of_several_numbers_is_logged_as_an_array() -> None:
    model = nn.Sequential([nn.Dense(3, activation="softmax", input_dim=2)])
    model.compile("sgd", "categorical_crossentropy", metrics=[metrics.F1Score()])
    y = np.eye(3)[[0, 1, 2, 1]]
    history = model.fit(np.ones((4, 2)), y, epochs=2, verbose=1)
    assert np.shape(history.history["f1_score"]) == (2, 3)


@pytest.mark.parametrize("call, error, text", [
    (lambda: metrics.AUC(curve="RO"), ValueError, "curve='RO'; expected one of"),
    (lambda: metrics.AUC(num_thresholds=1), ValueError, "num_thresholds=1; expected"),
    (lambda: metrics.AUC(num_labels=2), ValueError, "num_labels=2 without multi_label"),
    (lambda: metrics.AUC(multi_label=True)([1.0], [0.5]), ShapeError, "multi_label; expected"),
    (lambda: metrics.Precision(thresholds=[0.5, 1.5]), ValueError, "threshold 1.5; expected"),
    (lambda: metrics.Precision(top_k=0), ValueError, "top_k=0; expected"),
    (lambda: metrics.Precision(class_id=7)(BITS, P), ShapeError, "class_id=7 for"),
    (lambda: metrics.Recall()(BITS, P[:, :2]), ShapeError, "expected equal shapes"),
    (lambda: metrics.PrecisionAtRecall(1.5), ValueError, "recall=1.5; expected"),
    (lambda: metrics.F1Score("mean"), ValueError, "average='mean'; expected one of"),
    (lambda: metrics.FBetaScore(beta=0), ValueError, "beta=0; expected"),
    (lambda: metrics.F1Score()([1.0], [1.0]), ShapeError, "a row a sample"),
    (lambda: metrics.R2Score("best"), ValueError, "class_aggregation='best'; expected"),
    (lambda: metrics.R2Score()(np.ones((2, 2, 2)), np.ones((2, 2, 2))), ShapeError, "a row a"),
    (lambda: metrics.TopKCategoricalAccuracy(0), ValueError, "k=0; expected"),
    (lambda: metrics.IoU(2, [2]), ValueError, "target_class_ids=.2.; expected classes from 0 to 1"),
    (lambda: metrics.get("iou"), ValueError, "without num_classes, target_class_ids"),
    (lambda: metrics.get("precison"), ValueError, "Did you mean 'precision'"),
    (lambda: metrics.MeanSquaredError()(VALUES, S, np.ones(4)), ShapeError, "one weight"),
])  # fmt: skip
def test_bad_input(call: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        call()


def test_an_area_tells_its_thresholds_and_its_configuration_those_given() -> None:
    own = metrics.AUC(num_thresholds=2, thresholds=[0.7, 0.5], curve="pr")
    assert own.num_thresholds == 4 and own.curve == "PR"
    np.testing.assert_allclose(own.thresholds, [0, 0.5, 0.7, 1], atol=1e-6)
    assert own.get_config()["thresholds"] == [0.5, 0.7]
    again = metrics.AUC.from_config(own.get_config())
    assert again.get_config() == own.get_config() and again.thresholds == own.thresholds
    even = metrics.AUC(num_thresholds=5)
    np.testing.assert_allclose(even.thresholds, [0, 0.25, 0.5, 0.75, 1], atol=1e-6)
    assert even.get_config()["thresholds"] is None


def test_variables_that_a_metric_holds_are_its_state() -> None:
    class Tracked(metrics.Mean):
        def __init__(self, name: str = "tracked") -> None:
            super().__init__(name)
            self.more = {"a": [nn.Variable(5.0)], "b": nn.Variable(np.int64(2), trainable=False)}

    metric = Tracked()
    assert len(metric.variables) == 4
    assert [v.path for v in metric.variables[:2]] == ["tracked/total", "tracked/count"]
    assert float(metric.stateless_result([12, 3.0, 0.0, 0.7])) == 4
    assert [float(v) for v in metric.variables] == [0, 0, 5, 2]
    metric.reset_state()
    assert [float(v) for v in metric.variables] == [0, 0, 0, 0]
