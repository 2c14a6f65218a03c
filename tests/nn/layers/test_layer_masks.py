"""What layers make of masks: steps left out of means, of merges, of a softmax, and passed on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_nn import Tensor, nn
from autograd_nn.nn import layers
from autograd_nn.nn.masks import give_mask, mask_of

A = np.array([[[1.0], [2.0], [3.0]]], "float32")
B = np.array([[[4.0], [0.0], [6.0]]], "float32")
FIRST, LAST = np.array([[True, False, True]]), np.array([[False, False, True]])


def under(x: np.ndarray, mask: np.ndarray) -> Tensor:
    return give_mask(Tensor(x), Tensor(mask))


# A merge, what becomes of A under FIRST and B under LAST, and of A under FIRST and B without.
MERGED: list[tuple[Any, list[float], list[float]]] = [
    (layers.Add, [5, 2, 9], [5, 2, 9]),
    (layers.Subtract, [-3, 2, -3], [-3, 2, -3]),
    (layers.Average, [2.5, 1, 4.5], [2.5, 1, 4.5]),
    (layers.Multiply, [1, 0, 18], [4, 0, 18]),
    (layers.Maximum, [1, 2, 6], [4, 0, 6]),
    (layers.Minimum, [1, 2, 3], [1, 0, 3]),
]


@pytest.mark.parametrize("kind, both, one", MERGED, ids=lambda v: getattr(v, "__name__", ""))
def test_merges(kind: Any, both: list[float], one: list[float]) -> None:
    layer = kind()
    y = layer([under(A, FIRST), under(B, LAST)])
    assert y.numpy().ravel().tolist() == both
    assert mask_of(y).numpy().tolist() == [[True, False, True]]
    assert y._keras_mask is mask_of(y)  # type: ignore[attr-defined]
    y = layer([under(A, FIRST), B])
    assert y.numpy().ravel().tolist() == one and mask_of(y) is None
    assert mask_of(layer([A, B])) is None


def test_concatenate() -> None:
    y = layers.Concatenate(axis=1)([under(A, FIRST), B])
    assert mask_of(y).numpy().tolist() == [[True, False, True, True, True, True]]
    y = layers.Concatenate()([under(A, FIRST), under(B, LAST)])
    assert mask_of(y).numpy().tolist() == [[True, False, True]]
    assert mask_of(layers.Dot(1)([under(A, FIRST), under(B, LAST)])) is None


def test_masks_go_from_layer_to_layer() -> None:
    tokens = np.array([[1, 2, 0], [3, 0, 0]])
    x = layers.Embedding(5, 2, mask_zero=True)(tokens)
    kept = tokens != 0
    for layer in (
        nn.Dense(2), layers.Dropout(0.5), layers.LayerNormalization(), layers.ReLU(),
        layers.TimeDistributed(nn.Dense(2)), layers.Identity(), layers.BatchNormalization(),
    ):  # fmt: skip
        x = layer(x, training=True)
        np.testing.assert_array_equal(mask_of(x), kept)
    y = layers.GlobalAveragePooling1D()(x)
    want = (x.numpy() * kept[..., None]).sum(1) / kept.sum(1, keepdims=True)
    np.testing.assert_allclose(y, want, rtol=1e-5)
    assert mask_of(y) is None
    with pytest.warns(UserWarning, match="does not support masks"):
        layers.Flatten()(x)


def test_batch_statistics_leave_masked_steps_out() -> None:
    layer = layers.BatchNormalization(momentum=0.0)
    x = np.array([[[1.0], [100.0]], [[3.0], [5.0]]], "float32")
    layer(x, mask=np.array([[True, False], [True, True]]), training=True)
    assert float(layer.moving_mean[0]) == pytest.approx(3.0)
    assert float(layer.moving_variance[0]) == pytest.approx(8 / 3)


def test_a_layer_that_takes_a_mask_gets_each_steps() -> None:
    class Told(nn.Layer):
        def call(self, inputs: Any, mask: Any = None) -> Any:
            self.seen = [*getattr(self, "seen", []), mask.numpy().tolist()]
            return inputs

    layer = layers.TimeDistributed(Told())
    layer(A, mask=FIRST)
    assert layer.layer.seen == [[True], [False], [True]]


def test_what_reads_words_into_sentences_leaves_a_mask_of_sentences() -> None:
    words = np.array([[[1, 2, 0], [3, 0, 0], [0, 0, 0]], [[4, 4, 4], [0, 0, 0], [0, 0, 0]]])
    x = layers.Embedding(5, 2, mask_zero=True)(words)
    tagged = layers.TimeDistributed(layers.LSTM(2, return_sequences=True))(x)
    np.testing.assert_array_equal(mask_of(tagged), words != 0)
    for reader in (layers.LSTM(2), layers.GlobalAveragePooling1D()):
        read = layers.TimeDistributed(reader)(tagged)
        np.testing.assert_array_equal(mask_of(read), (words != 0).any(-1))
    outer = layers.GRU(3)
    np.testing.assert_allclose(outer(read)[1], outer(read[1:, :1])[0], rtol=1e-6)
    none = layers.TimeDistributed(layers.LSTM(2))
    assert none(x[:, :0], mask=np.ones((2, 0, 3), bool)).shape == (2, 0, 2)


def test_steps_are_folded_only_where_samples_stay_apart() -> None:
    class Counts(nn.Layer):
        calls = 0

        def call(self, inputs: Any) -> Any:
            Counts.calls += 1
            return inputs

    x = np.ones((2, 5, 3), "float32")
    layers.TimeDistributed(Counts())(x)
    assert Counts.calls == 5
    Counts._samplewise, Counts.calls = True, 0
    layers.TimeDistributed(Counts())(x)
    assert Counts.calls == 1
    stack = nn.Sequential([nn.Dense(2), nn.layers.Activation("relu")])
    assert stack._samplewise
    stack.add(layers.BatchNormalization())
    assert not stack._samplewise
    y = layers.TimeDistributed(stack)(x)
    assert y.shape == (2, 5, 2)


def test_lambda() -> None:
    def scaled(x: Any, by: float, training: Any = None, mask: Any = None) -> Any:
        assert mask is None or mask.shape == (1, 3)
        return x * by if training else x

    layer = layers.Lambda(scaled, arguments={"by": 2.0}, mask=lambda x, mask: mask)
    assert layer(A, training=True).numpy().ravel().tolist() == [2, 4, 6]
    y = layer(A, mask=FIRST)
    np.testing.assert_array_equal(mask_of(y), FIRST)
    assert layers.Lambda(scaled, (2, 2)).compute_output_shape((None, 3)) == (None, 2, 2)
    told = layers.Lambda(scaled, lambda shape: (*shape, 1))
    assert told.compute_output_shape((None, 3)) == (None, 3, 1)
    with pytest.raises(ValueError, match="nobody registered"):
        layers.Lambda.from_config(layers.Lambda(lambda x: x).get_config())


def test_what_passes_through_costs_what_its_regularizer_says() -> None:
    layer = layers.ActivityRegularization(l1=0.5, l2=0.25)
    model = nn.Sequential([nn.Input((2,)), layer])
    model.compile(loss="mse", optimizer="sgd")
    x = np.array([[1.0, -3.0], [2.0, 0.0]], "float32")
    assert model.evaluate(x, x, verbose=0) == pytest.approx((0.5 * 6 + 0.25 * 14) / 2)
    twin = type(layer).from_config(layer.get_config())
    assert (twin.l1, twin.l2) == (0.5, 0.25)


def test_weights_that_an_embedding_starts_with() -> None:
    table = np.arange(6.0).reshape(3, 2)
    for given in (table, [table], Tensor(table)):
        layer = layers.Embedding(3, 2, weights=given)
        assert layer(np.array([[2, 0]])).numpy().tolist() == [[[4, 5], [0, 1]]]
    with pytest.raises(ValueError, match="expected"):
        layers.Embedding(4, 2, weights=table)


@pytest.mark.parametrize("dtype", ["float32", "float16", "mixed_bfloat16"])
def test_the_value_that_is_masked_is_rounded_as_the_input_is(dtype: str) -> None:
    layer = nn.layers.Masking(-0.98, dtype=dtype)
    x = np.array([[[-0.98, -0.98], [-0.98, 1.0]]], "float32")
    assert np.asarray(layer(x))[0, 0].tolist() == [0, 0]
    assert layer.compute_mask(nn.Layer(dtype=dtype)._admit(x)).tolist() == [[False, True]]


@pytest.mark.parametrize("shape", [(2, 3, 1), (2, 1, 1), (1, 3, 4)])
def test_a_mask_of_a_batch_normalization_may_be_of_size_one_along_an_axis(shape: Any) -> None:
    rng = np.random.default_rng(0)
    x, mask = rng.normal(size=(2, 3, 4, 2)).astype("float32"), rng.random(shape) < 0.6
    layer, twin = (layers.BatchNormalization(momentum=0.0) for _ in range(2))
    found = layer(x, training=True, mask=mask)
    whole = np.broadcast_to(mask, (2, 3, 4))
    np.testing.assert_array_equal(found, twin(x, training=True, mask=whole))
    np.testing.assert_allclose(layer.moving_mean, x[whole].mean(0), rtol=1e-5)
