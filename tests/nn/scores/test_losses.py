"""Losses: one table of formulas, and what every loss keeps to: weights, masks, names, gradients."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.errors import RangeError, ShapeError
from autograd_nn.nn import losses, registry
from autograd_nn.nn.losses.of_function import as_loss
from autograd_nn.nn.masks import give_mask

RNG = np.random.default_rng(0)
N, C = 6, 4
P = RNG.uniform(0.05, 0.95, (N, C))
S = P / P.sum(1, keepdims=True)
Z = RNG.normal(size=(N, C))
VALUES, BITS = RNG.normal(size=(N, C)), (RNG.uniform(size=(N, C)) > 0.5).astype(float)
ONE_HOT, CLASSES = np.eye(C)[RNG.integers(0, C, N)], RNG.integers(0, C, N)
SHARES = (lambda x: x / x.sum(1, keepdims=True))(RNG.uniform(0.1, 1, (N, C)))
PAIRED = np.array([0, 0, 1, 1, 2, 2])  # every class twice
UNIT = Z / np.linalg.norm(Z, axis=1, keepdims=True)
LABELS = np.array([[1, 2], [1, 1], [3, 0], [2, 0], [0, 0], [3, 1]])
STEPS = RNG.normal(size=(N, 4, C))


def bce(y: Any, p: Any) -> Any:
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean(-1)


def focal(y: Any, p: Any) -> Any:
    q = np.where(y, p, 1 - p)
    return ((1 - q) ** 2 * -np.log(q)).mean(-1)


def picked(y: Any, p: Any) -> Any:
    return np.take_along_axis(p, y[..., None], -1)[..., 0]


def hinge(y: Any, p: Any) -> Any:
    return np.maximum(1 - (2 * y - 1) * p, 0)


def cosine(y: Any, p: Any) -> Any:
    return (y * p).sum(-1) / np.linalg.norm(y, axis=-1) / np.linalg.norm(p, axis=-1)


def gaussian(y: Any, p: Any) -> Any:
    mean, s = p[:, : C // 2], p[:, C // 2 :]
    return ((s + (y - mean) ** 2 / np.exp(s)) / 2).mean(-1)


def dice(y: Any, p: Any, a: float = 0.5, b: float = 0.5) -> Any:
    both = (y * p).sum()
    return np.array(1 - both / (both + a * (y * (1 - p)).sum() + b * ((1 - y) * p).sum()))


def circle(y: Any, p: Any, gamma: float = 80, m: float = 0.4) -> Any:
    found = []
    for i in range(len(y)):
        d = np.maximum(1 - p @ p[i], 0)
        near = [d[j] for j in range(len(y)) if y[j] == y[i] and j != i]
        far = [d[j] for j in range(len(y)) if y[j] != y[i]]
        pull = sum(math.exp(gamma * (m + x) * (x - m)) for x in near)
        push = sum(math.exp(gamma * max(1 + m - x, 0) * (1 - m - x)) for x in far)
        found.append(math.log1p(pull * push))
    return np.array(found)


def triplet(y: Any, p: Any) -> Any:
    d = np.linalg.norm(p[:, None] - p[None], axis=-1)
    same = y[:, None] == y
    return np.maximum(np.where(same, d, 0).max(1) - np.where(same, np.inf, d).min(1) + 1, 0)


def ctc(y: Any, p: Any) -> Any:
    """By all paths there are."""
    p = np.exp(p) / np.exp(p).sum(-1, keepdims=True)
    found = np.zeros(len(y))
    for path in itertools.product(range(p.shape[2]), repeat=p.shape[1]):
        read = [c for i, c in enumerate(path) if c and (i == 0 or path[i - 1] != c)]
        for i, row in enumerate(y):
            if read == [c for c in row if c]:
                found[i] += np.prod(p[i, range(len(path)), path])
    return -np.log(found)


FORMULAS: dict[Any, tuple[Any, Any, Any]] = {
    losses.MeanSquaredError: (VALUES, S, lambda y, p: ((y - p) ** 2).mean(-1)),
    losses.MeanAbsoluteError: (VALUES, S, lambda y, p: np.abs(y - p).mean(-1)),
    losses.MeanAbsolutePercentageError: (
        VALUES, S, lambda y, p: 100 * np.abs((y - p) / y).mean(-1)
    ),
    losses.MeanSquaredLogarithmicError: (
        SHARES, S, lambda y, p: ((np.log1p(y) - np.log1p(p)) ** 2).mean(-1)
    ),
    losses.LogCosh: (VALUES, S, lambda y, p: np.log(np.cosh(p - y)).mean(-1)),
    losses.Huber: (VALUES, S, lambda y, p: np.where(
        np.abs(y - p) <= 1, (y - p) ** 2 / 2, np.abs(y - p) - 0.5
    ).mean(-1)),
    losses.Quantile: (VALUES, S, lambda y, p: np.abs(y - p).mean(-1) / 2),
    losses.CosineSimilarity: (VALUES, Z, lambda y, p: -cosine(y, p)),
    losses.BinaryCrossentropy: (BITS, S, bce),
    losses.CategoricalCrossentropy: (ONE_HOT, S, lambda y, p: -(y * np.log(p)).sum(-1)),
    losses.SparseCategoricalCrossentropy: (CLASSES, S, lambda y, p: -np.log(picked(y, p))),
    losses.Crossentropy: (CLASSES, S, lambda y, p: -np.log(picked(y, p))),
    losses.BinaryFocalCrossentropy: (BITS, S, focal),
    losses.CategoricalFocalCrossentropy: (
        ONE_HOT, S, lambda y, p: -(y * np.log(p) * (1 - p) ** 2 / 4).sum(-1)
    ),
    losses.CategoricalGeneralizedCrossEntropy: (
        CLASSES, S, lambda y, p: 2 * (1 - np.sqrt(picked(y, p)))
    ),
    losses.Hinge: (BITS, Z, lambda y, p: hinge(y, p).mean(-1)),
    losses.SquaredHinge: (BITS, Z, lambda y, p: (hinge(y, p) ** 2).mean(-1)),
    losses.CategoricalHinge: (ONE_HOT, Z, lambda y, p: np.maximum(
        ((1 - y) * p).max(-1) - (y * p).sum(-1) + 1, 0
    )),
    losses.KLDivergence: (SHARES, S, lambda y, p: (y * np.log(y / p)).sum(-1)),
    losses.Poisson: (SHARES, S, lambda y, p: (p - y * np.log(p)).mean(-1)),
    losses.GaussianNegativeLogLikelihood: (VALUES[:, : C // 2], Z, gaussian),
    losses.Dice: (BITS, S, dice),
    losses.Tversky: (BITS, S, dice),
    losses.Circle: (PAIRED, UNIT, circle),
    losses.Triplet: (PAIRED, Z, triplet),
    losses.CTC: (LABELS, STEPS, ctc),
}  # fmt: skip
every_loss = pytest.mark.parametrize("kind", FORMULAS, ids=lambda k: k.__name__)
per_sample = pytest.mark.parametrize(
    "kind", [k for k, (y, p, f) in FORMULAS.items() if f(y, p).ndim], ids=lambda k: k.__name__
)


def test_no_loss_is_left_out() -> None:
    assert set(FORMULAS) | {losses.FunctionLoss} == set(registry.names("loss").values())


@every_loss
def test_values_and_reductions(kind: Any) -> None:
    y, p, formula = FORMULAS[kind]
    expected = formula(y, p)
    np.testing.assert_allclose(kind().call(y, p), expected, rtol=1e-6)
    np.testing.assert_allclose(kind()(y, p), expected.mean(), rtol=1e-6)
    np.testing.assert_allclose(kind(reduction="mean")(y, p), expected.mean(), rtol=1e-6)
    np.testing.assert_allclose(kind(reduction=None)(y, p), expected, rtol=1e-6)
    np.testing.assert_allclose(kind(reduction="none")(y, p), expected, rtol=1e-6)
    np.testing.assert_allclose(kind(reduction="sum")(y, p), expected.sum(), rtol=1e-6)


@per_sample
def test_weights(kind: Any) -> None:
    y, p, formula = FORMULAS[kind]
    each, w = formula(y, p), np.linspace(0, 2, N)
    np.testing.assert_allclose(kind()(y, p, w), (w * each).mean(), rtol=1e-6)
    np.testing.assert_allclose(kind()(y, p, w[:, None]), (w * each).mean(), rtol=1e-6)
    np.testing.assert_allclose(kind()(y, p, 3.0), 3 * each.mean(), rtol=1e-6)
    np.testing.assert_allclose(kind(reduction="sum")(y, p, w), (w * each).sum(), rtol=1e-6)
    weighted = kind(reduction="mean_with_sample_weight")(y, p, w)
    np.testing.assert_allclose(weighted, (w * each).sum() / w.sum(), rtol=1e-6)
    nothing = kind(reduction="mean_with_sample_weight")(y, p, 0 * w)
    assert float(nothing) == 0


def marked(p: Any, mask: Any) -> ag.Tensor:
    """Predictions with a mask, as layers pass them on."""
    return give_mask(ag.Tensor(p), ag.Tensor(mask))


@per_sample
def test_what_is_masked_does_not_count(kind: Any) -> None:
    y, p, formula = FORMULAS[kind]
    mask, w = np.array([True, False, True, True, False, True]), np.linspace(1, 2, N)
    each, x = formula(y, p), marked(p, mask)
    np.testing.assert_allclose(kind()(y, x), each[mask].mean(), rtol=1e-6)
    np.testing.assert_allclose(kind()(y, x, w), (w * each)[mask].sum() / 4, rtol=1e-6)
    np.testing.assert_allclose(kind(reduction="sum")(y, x), each[mask].sum(), rtol=1e-6)
    weighted = kind(reduction="mean_with_sample_weight")(y, x, w)
    np.testing.assert_allclose(weighted, (w * each)[mask].sum() / w[mask].sum(), rtol=1e-6)
    assert float(kind()(y, marked(p, 0 * mask))) == 0


@every_loss
def test_targets_of_any_dtype_leave_the_precision_alone(kind: Any) -> None:
    y, p, _ = FORMULAS[kind]
    p = p.astype("float32")
    expected = float(kind()(y, p))
    whole = (y == np.floor(y)).all()
    for dtype in ("float64", "float32", "int64", "uint8"):
        if whole or dtype.startswith("float"):
            loss = kind()(y.astype(dtype), p)
            assert loss.dtype == np.float32
            assert float(loss) == pytest.approx(expected, rel=1e-5)
    assert kind(dtype="float64")(y, p).dtype == np.float64
    assert kind(dtype="float32")(y, p.astype("float64")).dtype == np.float32


@every_loss
def test_names_functions_and_configuration(kind: Any) -> None:
    loss, (y, p, _) = kind(), FORMULAS[kind]
    assert kind.from_config(loss.get_config()).get_config() == loss.get_config()
    assert {"name", "reduction"} < set(loss.get_config())
    assert repr(loss) == f"{kind.__name__}()"
    for name, found in registry.names("loss").items():
        if found is kind:
            assert isinstance(as_loss(name), kind)
            assert getattr(losses.get(name), "loss", type(losses.get(name))) is kind
    assert isinstance(losses.get(kind.__name__), kind) and isinstance(losses.get(kind), kind)
    if kind is not losses.Crossentropy:  # a name only
        function = getattr(losses, str(registry.name_of(kind)))
        np.testing.assert_array_equal(function(y, p), loss.call(y, p))
        assert type(as_loss(function)) is kind and losses.get(function) is function
        assert losses.get(str(registry.name_of(kind))) is function


@every_loss
def test_gradients_of_both_orders(kind: Any) -> None:
    y, p, _ = FORMULAS[kind]
    assert ag.check_gradients(lambda p: kind()(y, p), p)
    assert ag.check_gradients(lambda p: kind()(y, p), p, order=2)


@pytest.mark.parametrize("kind, options, y, p, expected", [
    (losses.Huber, {"delta": 2.0}, [[0.0]], [[3.0]], 4.0),
    (losses.Quantile, {"quantile": 0.9}, [[1.0]], [[0.0]], 0.9),
    (losses.Quantile, {"quantile": 0.9}, [[0.0]], [[1.0]], 0.1),
    (losses.CosineSimilarity, {"axis": 0}, [[1.0], [0.0]], [[2.0], [0.0]], -1),
    (losses.CosineSimilarity, {}, [[0.0, 0.0]], [[2.0, 1.0]], 0),
    (losses.Hinge, {}, [[-1.0, 1.0]], [[0.5, 0.5]], 1.0),
    (losses.BinaryFocalCrossentropy, {"apply_class_balancing": True, "alpha": 0.75, "gamma": 1.0},
     [[1.0]], [[0.5]], 0.75 * 0.5 * math.log(2)),
    (losses.BinaryFocalCrossentropy, {"from_logits": True}, [[0.0]], [[0.0]], math.log(2) / 4),
    (losses.CategoricalFocalCrossentropy, {"from_logits": True, "alpha": [0.1, 0.2], "gamma": 1.0},
     [[0.0, 1.0]], [[0.0, 0.0]], math.log(2) / 10),
    (losses.CategoricalGeneralizedCrossEntropy, {"q": 0.25}, [0], [[0.0625, 0.9375]], 2.0),
    (losses.Dice, {"axis": [1]}, [[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]], 0.5),
    (losses.Tversky, {"alpha": 0.2, "beta": 0.8}, [[1.0, 0.0]], [[0.5, 0.5]], 1 - 0.5 / 1.0),
    (losses.Tversky, {"alpha": 1.0, "beta": 0.0}, [[1.0, 1.0]], [[0.5, 1.0]], 0.25),
    (losses.GaussianNegativeLogLikelihood, {"full": True}, [[0.0]], [[0.0, 0.0]],
     math.log(2 * math.pi) / 2),
    (losses.Triplet, {"margin": 0.0}, [0, 0, 1], [[0.0], [3.0], [1.0]], 1.5),
    (losses.Triplet, {}, [0, 1, 2], [[0.0], [3.0], [1.0]], 0),  # none has a companion
    (losses.Circle, {}, [0, 1, 2], np.eye(3), 0),
    (losses.Crossentropy, {"from_logits": True}, [[1.0]], [[0.0]], math.log(2)),
    (losses.Crossentropy, {}, [[0.0, 1.0]], [[0.5, 0.5]], math.log(2)),
])  # fmt: skip
def test_options(kind: Any, options: Any, y: Any, p: Any, expected: float) -> None:
    loss = kind(**options)
    np.testing.assert_allclose(float(loss(y, p)), expected, rtol=1e-6, atol=1e-7)
    again = kind.from_config(loss.get_config())
    assert again.get_config() == loss.get_config() and float(again(y, p)) == float(loss(y, p))


@pytest.mark.parametrize("kind, activation, op", [
    (losses.BinaryCrossentropy, "sigmoid", lambda z: 1 / (1 + np.exp(-z))),
    (losses.CategoricalCrossentropy, "softmax", lambda z: np.exp(z) / np.exp(z).sum(1)[:, None]),
    (
        losses.SparseCategoricalCrossentropy, "softmax",
        lambda z: np.exp(z) / np.exp(z).sum(1)[:, None],
    ),
])  # fmt: skip
def test_fused_with_the_activation(kind: Any, activation: str, op: Any) -> None:
    (y, _, formula), f = FORMULAS[kind], nn.activations.get(activation)
    expected = formula(y, op(Z)).mean()
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
    np.testing.assert_allclose(
        losses.BinaryCrossentropy()(BITS, 1 - p), bce(BITS, 1 - p.numpy()).mean(), rtol=1e-6
    )


def test_logits_stay_known_where_shapes_are_made_to_fit() -> None:
    z = np.full((2, 3, 1), -80.0)
    for y, x in ((np.ones((2, 3)), z), (np.ones((3, 1)), z[0, :, 0])):
        assert float(losses.BinaryCrossentropy()(y, nn.activations.sigmoid(x))) == 80


def test_bare_probabilities_are_kept_inside_and_made_shares() -> None:
    worst = -np.log(1e-7)
    for y, p in (([[1.0]], [[0.0]]), ([[0.0]], [[1.0]])):
        np.testing.assert_allclose(float(losses.BinaryCrossentropy()(y, p)), worst, rtol=1e-6)
    labels = ONE_HOT.argmax(1)
    expected = -np.log(S[np.arange(N), labels])
    np.testing.assert_allclose(losses.categorical_crossentropy(ONE_HOT, P), expected, rtol=1e-6)
    np.testing.assert_allclose(
        losses.sparse_categorical_crossentropy(labels, 5 * P), expected, rtol=1e-6
    )
    certain = losses.categorical_crossentropy([[1.0, 0.0]], [[0.0, 1.0]])
    np.testing.assert_allclose(certain, [worst], rtol=1e-6)


def test_label_smoothing() -> None:
    smooth = losses.BinaryCrossentropy(label_smoothing=0.2)
    np.testing.assert_allclose(smooth(BITS, S), bce(BITS * 0.8 + 0.1, S).mean(), rtol=1e-6)
    shares = losses.CategoricalCrossentropy(label_smoothing=0.2)
    expected = -((ONE_HOT * 0.8 + 0.05) * np.log(S)).sum(-1).mean()
    np.testing.assert_allclose(shares(ONE_HOT, S), expected, rtol=1e-6)
    turned = losses.CategoricalCrossentropy(label_smoothing=0.2, axis=0)
    np.testing.assert_allclose(turned(ONE_HOT.T, S.T), expected, rtol=1e-6)


@pytest.mark.parametrize("kind", [
    losses.CategoricalCrossentropy, losses.CategoricalFocalCrossentropy,
    losses.SparseCategoricalCrossentropy,
])  # fmt: skip
def test_classes_may_lie_along_any_axis(kind: Any) -> None:
    z, labels = RNG.normal(size=(2, 3, 5)), RNG.integers(0, 5, (2, 3))
    y = labels if kind is losses.SparseCategoricalCrossentropy else np.eye(5)[labels]
    turned = y if y is labels else np.moveaxis(y, -1, 1)
    a = kind(from_logits=True, reduction=None)(y, z)
    b = kind(from_logits=True, reduction=None, axis=1)(turned, np.moveaxis(z, -1, 1))
    np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("from_logits", [True, False])
def test_an_ignored_class_does_not_count(from_logits: bool) -> None:
    y, p = np.array([1, -1, 3, -1, 0, 2]), S.copy()
    p[1] = np.nan
    loss = losses.SparseCategoricalCrossentropy(from_logits, ignore_class=-1)
    kept = losses.SparseCategoricalCrossentropy(from_logits)(y[y >= 0], S[y >= 0])
    value, slope = ag.value_and_grad(lambda p: loss(y, p))(p)
    np.testing.assert_allclose(float(value), float(kept), rtol=1e-12)
    assert not slope.numpy()[y < 0].any() and np.isfinite(slope.numpy()).all()


def test_ctc_of_what_cannot_be_is_large_and_finite() -> None:
    value, slope = ag.value_and_grad(lambda z: losses.CTC()([[1, 1, 1]], z))(np.zeros((1, 3, 2)))
    assert float(value) > 1e4 and np.isfinite(slope.numpy()).all()
    long = losses.ctc(np.ones((1, 5)), np.zeros((1, 2, 3)))
    assert float(long[0]) > 1e4


def test_ctc_reads_as_many_labels_as_are_not_blank() -> None:
    z = np.arange(24.0).reshape(2, 4, 3) / 100
    assert float(losses.CTC()([[1, 2, 1, 0], [1, 2, 0, 2]], z)) == pytest.approx(2.448645, rel=1e-6)


def test_circle_among_others() -> None:
    alone = losses.circle(PAIRED, UNIT)
    among = losses.circle(PAIRED, UNIT, PAIRED, UNIT)
    np.testing.assert_allclose(alone, among)
    other = losses.circle(PAIRED[:2], UNIT[:2], PAIRED, UNIT, remove_diagonal=False)
    d = np.maximum(1 - UNIT @ UNIT[0], 0)
    pull = np.exp(80 * (0.4 + d) * (d - 0.4))[PAIRED == 0].sum()
    push = np.exp(80 * np.maximum(1.4 - d, 0) * (0.6 - d))[PAIRED != 0].sum()
    np.testing.assert_allclose(float(other[0]), np.log1p(pull * push), rtol=1e-6)


def test_samples_with_several_axes_are_weighed_whole() -> None:
    y, p, w = RNG.normal(size=(4, 3, 2)), RNG.normal(size=(4, 3, 2)), np.array([0.0, 1, 2, 3])
    expected = ((y - p) ** 2).mean(-1) * w[:, None]
    np.testing.assert_allclose(losses.MeanSquaredError()(y, p, w), expected.mean())
    np.testing.assert_allclose(losses.MeanSquaredError(reduction=None)(y, p, w), expected)
    labels = RNG.integers(0, 2, (4, 3))
    shares = np.exp(p) / np.exp(p).sum(-1, keepdims=True)
    each = -np.log(picked(labels, shares)) * w[:, None]
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")
    np.testing.assert_allclose(loss(labels, p, w), each.sum())
    np.testing.assert_allclose(loss(labels[..., None], p, w), each.sum())


def test_a_column_and_a_vector_are_the_same_targets() -> None:
    p = RNG.uniform(size=(5, 1))
    y = np.array([0, 1, 1, 0, 1])
    for loss in (losses.MeanSquaredError(), losses.BinaryCrossentropy()):
        assert float(loss(y, p)) == float(loss(y[:, None], p)) == float(loss(y[:, None], p[:, 0]))
    each = losses.MeanSquaredError(reduction=None)
    assert each(y, p).shape == (5,) and each(y, p[:, 0]).shape == ()
    assert each(np.ones((2, 5)), np.ones((2, 5, 1))).shape == (2,)
    w = np.linspace(1, 2, 5)  # a vector's entries are samples, where each has a weight
    np.testing.assert_allclose(each(y, p[:, 0], w), (y - p[:, 0]) ** 2 * w)


def test_a_function_is_a_loss() -> None:
    def cubed(y_true: ag.Tensor, y_pred: ag.Tensor) -> ag.Tensor:
        return ag.mean(ag.absolute(y_pred - y_true) ** 3, axis=-1)

    assert losses.get(cubed) is cubed
    loss = as_loss(cubed)
    np.testing.assert_allclose(loss(VALUES, S), (np.abs(S - VALUES) ** 3).mean(), rtol=1e-12)
    assert loss.name == "cubed"
    assert loss(VALUES, S.astype("float32")).dtype == np.float32
    straight = losses.FunctionLoss(losses.huber, delta=0.5)
    np.testing.assert_allclose(straight(VALUES, S), losses.Huber(0.5)(VALUES, S), rtol=1e-12)


@every_loss
def test_as_plain_data(kind: Any) -> None:
    y, p, _ = FORMULAS[kind]
    loss = losses.deserialize(losses.serialize(kind(reduction="sum")))
    assert type(loss) is kind and float(loss(y, p)) == float(kind(reduction="sum")(y, p))


def test_functions_as_plain_data() -> None:
    again = losses.deserialize(losses.serialize(losses.huber))
    assert again is losses.huber is losses.deserialize(losses.serialize(again))
    whole = losses.FunctionLoss(losses.huber, delta=0.5)
    found = losses.deserialize(losses.serialize(whole))
    assert float(found(VALUES, S)) == float(whole(VALUES, S))
    mine = {"mine": lambda y_true, y_pred: ag.mean(y_pred - y_true, axis=-1)}
    assert losses.deserialize("mine", mine) is mine["mine"]
    with pytest.raises(ValueError, match="'gone', which is not known"):
        losses.FunctionLoss.from_config({"fn": "gone"})


def test_fields_make_a_loss() -> None:
    @nn.fields.fields
    class Power(losses.Loss):
        exponent: float = 2.0

        def check(self) -> None:
            if self.exponent <= 0:
                raise ValueError("received an exponent that is not positive.")

        def call(self, y_true: Any, y_pred: Any) -> ag.Tensor:
            return ag.mean(ag.absolute(y_pred - y_true) ** self.exponent, axis=-1)

    assert repr(Power(3.0)) == "Power(exponent=3.0)" and Power().name == "power"
    assert Power.from_config(Power(3.0, reduction="sum").get_config()).reduction == "sum"
    with pytest.raises(ValueError, match="not positive"):
        Power(-1.0)
    with pytest.raises(TypeError, match="unknown argument 'exponnt'.*Did you mean 'exponent'"):
        Power(exponnt=2.0)
    with pytest.raises(TypeError, match="exponent twice"):
        Power(2.0, exponent=2.0)
    with pytest.raises(TypeError, match="received 5 arguments; expected at most 4: exponent"):
        Power(2.0, None, "power", None, 3)


@pytest.mark.parametrize("call, error, text", [
    (lambda: losses.Quantile(1.0), ValueError, "quantile=1.0; expected a number between 0 and 1"),
    (lambda: losses.CategoricalGeneralizedCrossEntropy(0.0), ValueError, "q=0.0; expected"),
    (lambda: losses.BinaryCrossentropy(axis=True), TypeError, "axis=True; expected"),
    (lambda: losses.BinaryCrossentropy("yes"), TypeError, "from_logits='yes'; expected"),
    (lambda: losses.CategoricalCrossentropy(label_smoothing=2), ValueError, "from 0 to 1"),
    (lambda: losses.Triplet(-1.0), ValueError, "margin=-1.0; expected"),
    (lambda: losses.MeanSquaredError(dtype="flot"), TypeError, "flot"),
    (lambda: losses.hinge([[1.0]], [[1.0, 2.0]]), ShapeError, r"\(1, 1\).*expected equal shapes"),
    (lambda: losses.huber([1.0], [1.0], detla=2), TypeError, "Did you mean 'delta'"),
    (lambda: losses.ctc([1, 2], np.zeros((2, 3))), ShapeError, r"expected \(n, l\) and"),
    (lambda: losses.ctc([[9]], np.zeros((1, 3, 2))), IndexError, "9"),
    (lambda: losses.ctc([[-1]], np.zeros((1, 3, 2))), IndexError, "out of bounds"),
    (lambda: losses.categorical_generalized_cross_entropy([-1], S[:1]), IndexError, "bounds"),
    (lambda: losses.circle([0, 1], np.eye(3)), ShapeError, "one class number a sample"),
    (lambda: losses.Triplet()([0, 1], np.eye(3)), ShapeError, "one class number a sample"),
    (lambda: losses.gaussian_negative_log_likelihood([[1.0]], [[1.0] * 3]), ShapeError, "halves"),
    (lambda: losses.sparse_categorical_crossentropy([3], [[0.5, 0.5]]), RangeError, "3"),
    (lambda: losses.MeanSquaredError()(VALUES, S, np.ones(N + 1)), ShapeError, "one weight"),
])  # fmt: skip
def test_bad_input(call: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize(
    ("kind", "name"),
    [(nn.losses.BinaryFocalCrossentropy, "gamma"), (nn.losses.BinaryFocalCrossentropy, "alpha"),
     (nn.losses.CategoricalFocalCrossentropy, "gamma")],
)  # fmt: skip
@pytest.mark.parametrize("value", ["a", None, True, float("nan")])
def test_the_numbers_of_focal_losses_are_numbers(kind: Any, name: str, value: Any) -> None:
    with pytest.raises((TypeError, ValueError), match=f"{name}="):
        kind(**{name: value})


def test_a_loss_of_a_users_own_reads_one_dtype() -> None:
    class Gap(nn.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return (y_true - y_pred) ** 2

    y, p = np.array([1.0, 0.0]), np.array([0.5, 0.5], "float32")
    assert Gap()(y, p).dtype == "float32"
    assert Gap(dtype="float64")(y, p).dtype == "float64"
    assert Gap(dtype="float16")(y, p).dtype == "float16"
    assert Gap()(y.astype("float32"), p.astype("float64")).dtype == "float64"
