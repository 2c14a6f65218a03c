"""`Model.check` once more: what looks unusual and is sound, and what looks sound and is broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn import layers as L  # noqa: N812
from tests.nn.advice.cases import Case, is_refused, is_told_its_repair, is_told_nothing, net

rng = np.random.default_rng(0)
N = 80
X = rng.normal(size=(N, 4)).astype("float32")
YES = (X[:, 0] > 0).astype(int)
THREE = np.digitize(X[:, 0], [-0.5, 0.5])
HOT = np.eye(3)[THREE]
LINE = (X @ [1.0, -2.0, 0.5, 0.1]).astype("float32")
PICTURES = rng.uniform(size=(N, 8, 8, 1)).astype("float32")
BYTES = (PICTURES * 255).astype("uint8")
DARK = (PICTURES > 0.5).astype(int)
IDS = rng.integers(0, 9, (N, 6))
RUNS = rng.normal(size=(N, 5, 2)).astype("float32")
BCE, CCE, SCE = "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"
OF_LOGITS = nn.losses.BinaryCrossentropy(from_logits=True)
D = L.Dense
pytestmark = pytest.mark.usefixtures("eager")


def on_hidden(loss: Any, *ends: Any, **told: Any) -> Any:
    return net(loss, D(8, "relu"), *ends, **told)


def on_pictures(loss: Any, *stack: Any, **told: Any) -> Any:
    return net(loss, *stack, shape=(8, 8, 1), **told)


def on_runs(loss: Any, *stack: Any, **told: Any) -> Any:
    return net(loss, *stack, shape=(5, 2), **told)


def wired(wire: Callable[[Any], Any], loss: Any, shape: Any = (4,)) -> Any:
    x = nn.Input(shape)
    model = nn.Model(x, wire(x))
    model.compile("adam", loss)
    return model


def attention(x: Any) -> Any:
    weight = L.Softmax(axis=1)(D(1)(D(4, "tanh")(x)))
    return D(1)(L.Flatten()(L.Dot(axes=1)([weight, x])))


def two(second: Any) -> Any:
    x = nn.Input((4,))
    h = D(8, "relu")(x)
    model = nn.Model(x, [D(1, "sigmoid")(h), D(3, "softmax")(h)])
    model.compile("adam", [BCE, second])
    return model


def conv(filters: int = 4, size: int = 3, act: Any = "relu") -> Any:
    return L.Conv2D(filters, size, activation=act)


def warm(rate: float) -> Any:
    return nn.optimizers.schedules.CosineDecay(0.0, 100, warmup_target=rate, warmup_steps=10)


def mean(f: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda y, p: ag.mean(f(y, p), axis=-1)


LOGITS3 = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
STEEP = nn.initializers.RandomNormal(stddev=1e3, seed=1)
SOUND: dict[str, Callable[[], Case]] = {
    "amounts by softplus": lambda: (on_hidden("mse", D(1, "softplus")), X, np.abs(LINE)),
    "several labels that are rare": lambda: (on_hidden(BCE, D(4, "sigmoid")), X, X > 0.8),
    "grades, above each": lambda: (
        on_hidden(BCE, D(2, "sigmoid")), X, np.stack([THREE > 0, THREE > 1], 1)),
    "grades as numbers": lambda: (on_hidden("mse", D(1)), X, THREE),
    "an autoencoder with a linear code": lambda: (
        on_hidden("mse", D(2), D(8, "relu"), D(4)), X, X),
    "pictures from pictures": lambda: (on_pictures(
        BCE, L.Flatten(), D(9, "relu"), D(64, "sigmoid"), L.Reshape((8, 8, 1))), PICTURES,
        PICTURES),
    "smoothed labels": lambda: (on_hidden(
        nn.losses.CategoricalCrossentropy(label_smoothing=0.1), D(3, "softmax")), X, HOT),
    "classes that are absent": lambda: (on_hidden(SCE, D(5, "softmax")), X, THREE),
    "attention by a softmax of one unit": lambda: (wired(attention, "mse", (5, 2)), RUNS, LINE),
    "a gate": lambda: (wired(
        lambda x: D(1, "sigmoid")(L.Multiply()([x, D(4, "softmax")(x)])), BCE), X, YES),
    "an area of logits": lambda: (on_hidden(
        OF_LOGITS, D(1), metrics=[nn.metrics.AUC(from_logits=True)]), X, YES),
    "ids": lambda: (net(BCE, L.Embedding(9, 4), L.GlobalAveragePooling1D(), D(1, "sigmoid"),
                        shape=(6,)), IDS, YES),
    "ids as vectors": lambda: (net(
        SCE, L.CategoryEncoding(9, output_mode="multi_hot"), D(3, "softmax"), shape=(6,)), IDS,
        THREE),
    "bytes, scaled first": lambda: (on_pictures(
        SCE, L.RandomFlip(), L.Rescaling(1 / 255), conv(), L.Flatten(), D(3, "softmax")), BYTES,
        THREE),
    "a quantile": lambda: (on_hidden(
        mean(lambda y, p: ag.maximum(0.9 * (y - p), 0.1 * (p - y))), D(1)), X, LINE),
    "a critic": lambda: (net(mean(lambda y, p: y * p), D(8), L.LeakyReLU(), D(1)), X, 2 * YES - 1),
    "a discriminator": lambda: (net(
        BCE, D(8), L.LeakyReLU(), L.Dropout(0.3), D(1, "sigmoid")), X, YES),
    "labels without places": lambda: (
        on_runs(nn.losses.CTC(), D(8, "relu"), D(4)), RUNS, rng.integers(1, 4, (N, 2))),
    "pairs": lambda: (on_hidden(mean(
        lambda y, p: y * p**2 + (1 - y) * ag.maximum(1 - p, 0) ** 2), D(1, "relu")), X, YES),
    "directions": lambda: (
        on_hidden("cosine_similarity", D(3), L.UnitNormalization()), X, X[:, :3]),
    "shares": lambda: (on_hidden("kl_divergence", D(3, "softmax")), X, np.full((N, 3), 1 / 3)),
    "shares by distance": lambda: (
        on_hidden("mse", D(3, "softmax")), X, rng.dirichlet(np.ones(3), N)),
    "each place's class": lambda: (on_pictures(
        SCE, L.Conv2D(4, 3, padding="same", activation="relu"), conv(3, 1, "softmax")), PICTURES,
        np.digitize(PICTURES[..., 0], [0.3, 0.6])),
    "the next word": lambda: (net(
        LOGITS3, L.Embedding(9, 4), L.LSTM(4, return_sequences=True), D(9), shape=(6,)), IDS,
        np.roll(IDS, -1, 1)),
    "two recurrent layers": lambda: (
        on_runs("mse", L.LSTM(4, return_sequences=True), L.LSTM(4), D(1)), RUNS, LINE),
    "factors of one matrix": lambda: (on_hidden(SCE, D(2), D(3, "softmax")), X, THREE),
    "patches": lambda: (on_pictures(
        SCE, L.Conv2D(8, 4, strides=4), L.Reshape((4, 8)), L.GlobalAveragePooling1D(),
        D(3, "softmax")), PICTURES, THREE),
    "last weights of 0": lambda: (
        on_hidden(SCE, D(3, "softmax", kernel_initializer="zeros")), X, THREE),
    "a rate that rises from 0": lambda: (
        on_hidden("mse", D(1), optimizer=nn.Adam(warm(0.01))), X, LINE),
    "a line's margins": lambda: (net("squared_hinge", D(1)), X, YES),
    "margins of classes": lambda: (on_hidden("categorical_hinge", D(3)), X, HOT),
    "dropout of inputs": lambda: (net("mse", L.Dropout(0.8), D(8, "relu"), D(1)), X, LINE),
    "two classes as vectors": lambda: (on_hidden(BCE, D(2, "sigmoid")), X, np.eye(2)[YES]),
    "a time that rises": lambda: (on_hidden("mse", D(1)), np.concatenate(
        [np.linspace(0, 1, N)[:, None], X[:, 1:]], 1), LINE),
    "numbers to 1 that are scaled on": lambda: (
        net("mse", L.Rescaling(2.0, -1.0), D(8, "relu"), D(1)), 1 / (1 + np.exp(-X)), LINE),
}  # fmt: skip
BROKEN: dict[str, tuple[Callable[[], Case], str]] = {
    "gelu as probability": (lambda: (on_hidden(BCE, D(1, "gelu")), X, YES), "'sigmoid'"),
    "swish as probability": (lambda: (on_hidden(SCE, D(3, "swish")), X, THREE), "'softmax'"),
    "a layer of relus as probability": (
        lambda: (on_hidden(BCE, D(1), L.LeakyReLU()), X, YES), "'sigmoid'"),
    "norms as probability": (
        lambda: (on_hidden(BCE, D(1), L.BatchNormalization()), X, YES), "'sigmoid'"),
    "a state as probability": (lambda: (on_runs(BCE, L.LSTM(1)), RUNS, YES), "'sigmoid'"),
    "exponentials as probability": (
        lambda: (on_hidden(BCE, D(1, "exponential")), X, YES), "'sigmoid'"),
    "amounts below 0 by softplus": (lambda: (on_hidden("mse", D(1, "softplus")), X, LINE), "=None"),
    "amounts below 0 by a state": (lambda: (on_runs("mse", L.GRU(1)), RUNS, LINE), "=None"),
    "amounts far below 0 by gelu": (lambda: (on_hidden("mse", D(1, "gelu")), X, LINE), "=None"),
    "counts by a sigmoid": (
        lambda: (on_hidden("poisson", D(1, "sigmoid")), X, THREE * 3), "'exponential'"),
    "shares along the samples": (
        lambda: (on_hidden(SCE, D(3), L.Softmax(axis=0)), X, THREE), "axis=-1"),
    "margins of three classes": (lambda: (net("hinge", D(1)), X, THREE), "-1 and 1"),
    "margins of relus": (lambda: (net("squared_hinge", D(1), L.ReLU()), X, YES), "'tanh'"),
    "margins of shares": (
        lambda: (on_hidden("categorical_hinge", D(3, "softmax")), X, HOT), "'tanh' or none"),
    "the direction of a number": (
        lambda: (on_hidden("cosine_similarity", D(1)), X, LINE), "loss='mse'"),
    "the second output's logits": (lambda: (two(LOGITS3), X, [YES, THREE]), "from_logits=False"),
    "bytes as they are": (
        lambda: (on_pictures(SCE, L.Flatten(), D(8, "relu"), D(3, "softmax")), BYTES, THREE),
        "Rescaling"),
    "scaled twice": (
        lambda: (on_pictures(SCE, L.Rescaling(1 / 255), conv(), L.Flatten(), D(3, "softmax")),
                 PICTURES, THREE), "Leave the Rescaling out"),
    "y on another scale": (lambda: (on_hidden("mse", D(1)), np.concatenate(
        [X[:, 1:], 2 * LINE[:, None] + 1], 1), LINE), "y on another scale"),
    "which class it is": (lambda: (on_hidden(SCE, D(3, "softmax")), np.concatenate(
        [X[:, :1], HOT], 1), THREE), "of class 0"),
    "dropout behind the last weights": (
        lambda: (on_hidden(SCE, D(3), L.Dropout(0.5), L.Softmax()), X, THREE), "before the layer"),
    "two convolutions as one": (
        lambda: (on_pictures(SCE, conv(act=None), conv(), L.Flatten(), D(3, "softmax")), PICTURES,
                 THREE), "'relu'"),
    "a convolution and a layer as one": (
        lambda: (on_pictures(SCE, conv(act=None), L.Flatten(), D(3, "softmax")), PICTURES, THREE),
        "'relu'"),
    "accuracy of whole numbers": (
        lambda: (on_hidden("mse", D(1), metrics=["accuracy"]), X, np.rint(LINE * 20)), "mae"),
    "an area of numbers": (lambda: (on_hidden("mse", D(1), metrics=["AUC"]), X, LINE), "mae"),
    "vectors asked for, of numbers": (
        lambda: (on_hidden(SCE, D(3, "softmax"), metrics=["categorical_accuracy"]), X, THREE),
        "'accuracy'"),
    "numbers asked for, of vectors": (
        lambda: (on_hidden(CCE, D(3, "softmax"), metrics=["sparse_categorical_accuracy"]), X, HOT),
        "'accuracy'"),
    "halves of logits": (
        lambda: (on_hidden(OF_LOGITS, D(1), metrics=["binary_accuracy"]), X, YES), "'sigmoid'"),
    "accuracy of logits": (
        lambda: (on_hidden(OF_LOGITS, D(1), metrics=["accuracy"]), X, YES), "'sigmoid'"),
    "precision of logits": (lambda: (
        on_hidden(OF_LOGITS, D(1), metrics=[nn.metrics.Precision()]), X, YES), "'sigmoid'"),
    "precision of class numbers": (
        lambda: (on_hidden(SCE, D(3, "softmax"), metrics=[nn.metrics.Recall()]), X, THREE),
        "one-hot"),
    "a penalty on a state": (lambda: (on_runs("mse", L.LSTM(
        4, recurrent_regularizer=nn.regularizers.L2(9.0)), D(1)), RUNS, LINE), "1e-2"),
    "means that never move": (lambda: (net(
        "mse", D(8), L.BatchNormalization(momentum=1.0), L.ReLU(), D(1)), X, LINE), "0.99"),
    "saturated but for few": (
        lambda: (net("mse", D(8, "tanh", kernel_initializer=STEEP), D(1)), X, LINE), "smaller"),
}  # fmt: skip
REFUSED: dict[str, tuple[Callable[[], Case], str]] = {
    "Flatten left out": (
        lambda: (on_pictures(SCE, conv(), D(3, "softmax")), PICTURES, THREE), "6 × 6.*Flatten"),
    "states of all times": (
        lambda: (on_runs("mse", L.LSTM(4, return_sequences=True), D(1)), RUNS, LINE),
        "5 places.*return_sequences=False"),
    "numbers as ids": (
        lambda: (net("mse", L.Embedding(9, 2), L.Flatten(), D(1)), X, LINE), "whole ones from 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_model_is_told_nothing(name: str) -> None:
    is_told_nothing(SOUND[name])


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_model_is_told_its_repair(name: str) -> None:
    is_told_its_repair(*BROKEN[name])


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_is_refused(name: str) -> None:
    is_refused(*REFUSED[name])
