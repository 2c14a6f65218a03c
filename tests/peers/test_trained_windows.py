"""Models of windows and steps beside Keras 3: ten steps of training from the same weights."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from autograd_nn import nn  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]
RNG = np.random.default_rng(8)
IMAGES = RNG.normal(size=(40, 8, 7, 2)).astype("float32")
STEPS = RNG.normal(size=(40, 6, 3)).astype("float32")
STEPS[np.arange(6) >= RNG.integers(1, 7, (40, 1))] = 0
FILMS = RNG.normal(size=(40, 3, 6, 5, 1)).astype("float32")
Y = RNG.normal(size=(40, 2)).astype("float32")


def conv(k: Any) -> Any:
    L = k.layers  # noqa: N806
    return k.Sequential([
        k.Input((8, 7, 2)), L.Rescaling(0.5), L.Conv2D(4, 3, padding="same", activation="relu"),
        L.MaxPooling2D(2), L.SeparableConv2D(6, 2), L.BatchNormalization(),
        L.UpSampling2D(2, interpolation="bilinear"), L.Conv2DTranspose(3, 3, strides=2),
        L.AveragePooling2D(2), L.Flatten(), L.Dense(2),
    ])  # fmt: skip


def masked(k: Any) -> Any:
    L = k.layers  # noqa: N806
    return k.Sequential([
        k.Input((6, 3)), L.Masking(), L.GRU(5, return_sequences=True), L.LSTM(4), L.Dense(2),
    ])  # fmt: skip


def both_ways(k: Any) -> Any:
    L = k.layers  # noqa: N806
    x = k.Input((6, 3))
    h = L.Bidirectional(L.LSTM(4, return_sequences=True), merge_mode="ave")(x)
    s = L.Conv1D(4, 3, padding="causal", dilation_rate=2)(x)
    joined = L.Concatenate()([L.GlobalMaxPooling1D()(h + s), L.SimpleRNN(3)(s)])
    return k.Model(x, L.Dense(2)(joined))


def films(k: Any) -> Any:
    L = k.layers  # noqa: N806
    return k.Sequential([
        k.Input((3, 6, 5, 1)), L.TimeDistributed(L.Conv2D(2, 2, activation="tanh")),
        L.ConvLSTM2D(2, 2, return_sequences=True), L.TimeDistributed(L.Flatten()), L.LSTM(3),
        L.Dense(2),
    ])  # fmt: skip


def stateful(k: Any) -> Any:
    L = k.layers  # noqa: N806
    return k.Sequential([
        k.Input(batch_shape=(8, 6, 3)), L.GRU(4, stateful=True), L.Dense(2),
    ])  # fmt: skip


MODELS: list[tuple[Callable[[Any], Any], np.ndarray]] = [
    (conv, IMAGES), (masked, STEPS), (both_ways, STEPS), (films, FILMS),
]  # fmt: skip


@pytest.mark.parametrize("make, x", MODELS, ids=lambda v: getattr(v, "__name__", ""))
def test_ten_steps_come_to_the_same(make: Callable[[Any], Any], x: np.ndarray) -> None:
    ours, theirs = make(nn), make(keras)
    start = [w.numpy() for w in ours.trainable_weights]
    assert [w.shape for w in start] == [tuple(w.shape) for w in theirs.trainable_weights]
    for w, value in zip(theirs.trainable_weights, start, strict=True):
        w.assign(value)
    ends = []
    for model, optimizer in ((ours, nn.SGD(0.05, momentum=0.9)),
                             (theirs, keras.optimizers.SGD(0.05, momentum=0.9))):  # fmt: skip
        model.compile(optimizer, "mse")
        history = model.fit(x, Y, epochs=2, batch_size=8, shuffle=False, verbose=0).history
        ends.append((history["loss"], [np.asarray(w.numpy()) for w in model.trainable_weights]))
    (loss, weights), (loss_k, weights_k) = ends
    np.testing.assert_allclose(loss, loss_k, rtol=2e-5)
    assert any(np.abs(a - b).max() > 1e-3 for a, b in zip(weights, start, strict=True))
    for a, b in zip(weights, weights_k, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=5e-6)


def test_states_that_stay_are_those_of_keras() -> None:
    """In calls: a step of training on JAX begins anew in Keras, whatever the layer says."""
    ours, theirs = stateful(nn), stateful(keras)
    for w, value in zip(theirs.trainable_weights, ours.trainable_weights, strict=True):
        w.assign(value.numpy())
    for _ in range(3):
        found = ours(STEPS[:8]).numpy()
        np.testing.assert_allclose(found, np.array(theirs(STEPS[:8])), rtol=1e-5, atol=1e-6)
