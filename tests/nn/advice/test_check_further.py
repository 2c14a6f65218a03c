"""`Model.check` a third time: weights that begin badly, data that lie, and families of models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn import layers as L  # noqa: N812
from tests.nn.advice.cases import Case, is_refused, is_told_its_repair, is_told_nothing, net

rng = np.random.default_rng(3)
N = 120
X = rng.normal(size=(N, 4)).astype("float32")
YES = (X[:, 0] > 0).astype(int)
THREE = np.digitize(X[:, 0], [-0.5, 0.5])
HOT = np.eye(3)[THREE]
LINE = (X @ [1.0, -2.0, 0.5, 0.1]).astype("float32")
COLORS = rng.uniform(size=(N, 8, 8, 3)).astype("float32")
DARK = (COLORS[..., :1] > 0.5).astype(int)
IDS = rng.integers(1, 20, (N, 7))
RUNS = rng.normal(size=(N, 6, 2)).astype("float32")
BCE, CCE, SCE = "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"
D = L.Dense
LOW = nn.initializers.Constant(-99.0)
pytestmark = pytest.mark.usefixtures("eager")


def hidden(loss: Any, *ends: Any, **told: Any) -> Any:
    return net(loss, D(8, "relu"), *ends, **told)


def conv(filters: int, size: int = 3, act: Any = "relu") -> Any:
    return L.Conv2D(filters, size, padding="same", activation=act)


def wired(loss: Any, inputs: Any, outputs: Any) -> Any:
    model = nn.Model(inputs, outputs)
    model.compile("adam", loss)
    return model


def drawn(deviation: float) -> Any:
    return nn.initializers.RandomNormal(stddev=deviation, seed=1)


def column(values: Any) -> np.ndarray:
    found = X.copy()
    found[:, 2] = values
    return found


def dead() -> Any:
    x = nn.Input((4,))
    return wired("mse", x, D(1)(D(8, "relu", bias_initializer=LOW)(x)))


def falling(rate: float) -> Any:
    return nn.Adam(nn.optimizers.schedules.ExponentialDecay(rate, 10, 0.9))


def gan() -> Any:
    critic = net(BCE, D(8), L.LeakyReLU(), D(1, "sigmoid"))
    critic.trainable = False
    x = nn.Input((2,))
    return wired(BCE, x, critic(D(4)(D(8, "relu")(x))))


def translator() -> Any:
    a, b = nn.Input((7,)), nn.Input((7,))
    _, h, c = L.LSTM(4, return_state=True)(L.Embedding(20, 4, mask_zero=True)(a))
    y = L.LSTM(4, return_sequences=True)(L.Embedding(20, 4)(b), initial_state=[h, c])
    return wired(SCE, [a, b], D(20, "softmax")(y))


def attention() -> Any:
    x = nn.Input((6, 2))
    y = D(8)(x)
    y = L.LayerNormalization()(y + L.MultiHeadAttention(2, 4)(y, y))
    y = L.LayerNormalization()(y + D(8)(D(16, "relu")(y)))
    return wired(SCE, x, D(3, "softmax")(L.GlobalAveragePooling1D()(y)))


def masks() -> Any:
    x = nn.Input((8, 8, 3))
    a = conv(4)(x)
    y = L.Concatenate()([L.UpSampling2D()(conv(8)(L.MaxPooling2D()(a))), a])
    return wired(BCE, x, conv(1, 1, "sigmoid")(y))


def residual() -> Any:
    x = nn.Input((8, 8, 3))
    a = L.ReLU()(L.BatchNormalization()(conv(4, act=None)(x)))
    y = L.ReLU()(L.Add()([a, L.BatchNormalization()(conv(4, act=None)(a))]))
    return wired(SCE, x, D(3, "softmax")(L.GlobalAveragePooling2D()(y)))


def twins() -> Any:
    a, b = nn.Input((4,)), nn.Input((4,))
    part = nn.Sequential([nn.Input((4,)), D(8, "relu"), D(4)])
    apart = L.Lambda(lambda p: ag.abs(p[0] - p[1]))([part(a), part(b)])
    return wired(BCE, [a, b], D(1, "sigmoid")(apart))


class Variational(nn.Model):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.middle, self.spread, self.last = D(8, "relu"), D(2), D(2), D(4)

    def call(self, x: Any) -> Any:
        h = self.first(x)
        m, v = self.middle(h), self.spread(h)
        self.add_loss(-0.5 * ag.mean(1 + v - m * m - ag.exp(v)))
        return self.last(m + 0.1 * ag.exp(v / 2))


def variational() -> Any:
    model = Variational()
    model.compile("adam", "mse")
    return model


def likelihood(y: Any, p: Any) -> Any:
    return ag.mean(p[:, 1] + (y[:, 0] - p[:, 0]) ** 2 / ag.exp(p[:, 1]))


BROKEN: dict[str, tuple[Callable[[], Case], str]] = {
    "large first weights": (
        lambda: (net("mse", D(8, "relu", kernel_initializer=drawn(1e4)), D(1)), X, LINE),
        "begin large"),
    "large last weights": (
        lambda: (hidden(BCE, D(1, "sigmoid", kernel_initializer=drawn(1e4))), X, YES),
        "glorot_uniform"),
    "tiny weights": (
        lambda: (net("mse", D(8, "tanh", kernel_initializer=drawn(1e-8)), D(1)), X, LINE),
        "begin small"),
    "dead relus in a functional model": (lambda: (dead(), X, LINE), "leaky_relu"),
    "a dead relu at the end": (
        lambda: (hidden("mse", D(1, "relu", bias_initializer=LOW)), X, np.abs(LINE)), "are dead"),
    "a schedule from 1000": (lambda: (hidden("mse", D(1), optimizer=falling(1e3)), X, LINE),
                             "begins with 1000"),
    "a schedule of nothing": (lambda: (hidden("mse", D(1), optimizer=falling(1e-12)), X, LINE),
                              "stay where they are"),
    "gradients cut to nothing": (
        lambda: (hidden("mse", D(1), optimizer=nn.SGD(0.1, clipnorm=1e-12)), X, LINE), "0.1 to 10"),
    "a target that is constant": (
        lambda: (hidden("mse", D(2)), X, np.stack([LINE, 0 * LINE + 3.1], 1)),
        "column 1 of the targets"),
    "years": (lambda: (hidden("mse", D(1)), X, LINE + 2020), "Subtract their mean"),
    "classes in other numbers": (
        lambda: (hidden(BCE, D(1, "sigmoid")), column(2 * YES - 1), YES), "says what y is"),
    "classes in another order": (
        lambda: (hidden(SCE, D(3, "softmax")), column(np.array([5, 0, 2])[THREE]), THREE),
        "Leave it out"),
    "class numbers, of vectors": (
        lambda: (hidden(CCE, D(3, "softmax")), column(THREE), HOT), "y itself"),
    "a column on two scales": (
        lambda: (hidden("mse", D(1)), column(1.8 * X[:, 1] + 32), LINE), "two scales"),
    "one sample, often": (lambda: (hidden("mse", D(1)), np.repeat(X[:1], N, 0), LINE),
                          "same in every sample"),
    "a column that is 0.1": (lambda: (hidden("mse", D(1)), column(0.1), LINE), "is 0.1 in every"),
    "-999 for what is missing": (lambda: (hidden("mse", D(1)), column(
        np.where(np.arange(N) % 20, X[:, 2], -999)), LINE), "a value is missing"),
    "a distance of class numbers": (
        lambda: (hidden(SCE, D(3, "softmax"), metrics=["mae"]), X, THREE), "'accuracy'"),
    "counts by relus": (lambda: (hidden("poisson", D(1, "relu")), X, THREE), "'softplus'"),
}  # fmt: skip
REFUSED: dict[str, tuple[Callable[[], Case], str]] = {
    "ids below 0": (lambda: (net(BCE, L.Embedding(25, 4), L.Flatten(), D(1, "sigmoid"),
                                 shape=(7,)), IDS - 5, YES), r"25 rows\. Renumber them from 0\."),
    "measures as ids": (lambda: (net("mse", L.Embedding(9, 2), L.Flatten(), D(1)), X / 9, LINE),
                        "Dense"),
    "a mark for padding": (lambda: (net(
        SCE, L.Embedding(20, 4), L.LSTM(4, return_sequences=True), D(3, "softmax"), shape=(7,)),
        IDS, np.where(IDS % 5, IDS % 3, -1)), r"ignore_class=-1"),
    "class numbers for sigmoids": (
        lambda: (hidden(BCE, D(3, "sigmoid")), X, THREE), "sparse_categorical_crossentropy"),
}  # fmt: skip
SOUND: dict[str, Callable[[], Case]] = {
    "a generator behind a frozen critic": lambda: (gan(), X[:, :2], np.ones(N)),
    "a translator, 0 for padding": lambda: (translator(), [IDS, IDS], IDS),
    "attention": lambda: (attention(), RUNS, THREE),
    "masks": lambda: (masks(), COLORS, DARK),
    "residuals": lambda: (residual(), COLORS, THREE),
    "twins": lambda: (twins(), [X, X[::-1].copy()], YES),
    "a variational autoencoder": lambda: (variational(), X, X),
    "a likelihood": lambda: (hidden(likelihood, D(2)), X, np.stack([LINE, LINE], 1)),
    "features of two values": lambda: (
        hidden(BCE, D(1, "sigmoid")), (X > 0).astype("float32"), (X[:, 0] + X[:, 1] > 0)),
    "a feature and its opposite": lambda: (
        hidden("mse", D(1)), np.stack([X[:, 0] > 0, X[:, 0] <= 0, X[:, 1], X[:, 2]], 1), LINE),
    "codes of -99 and 99": lambda: (
        net("mse", L.Normalization(mean=0.0, variance=99.0**2), D(8, "relu"), D(1)),
        column(np.where(X[:, 2] > 0, 99, -99)), LINE),
    "a schedule that falls from 0.1": lambda: (
        hidden("mse", D(1), optimizer=falling(0.1)), X, LINE),
    "gradients cut to 1": lambda: (
        hidden("mse", D(1), optimizer=nn.Adam(clipnorm=1.0)), X, LINE),
    "small last weights": lambda: (hidden("mse", D(1, kernel_initializer=drawn(1e-3))), X, LINE),
    "degrees": lambda: (hidden("mse", D(1)), X, 20 + 5 * LINE),
    "twice as large": lambda: (
        net(CCE, L.LSTM(8), D(20, "softmax"), shape=(7, 20)), np.eye(20, dtype="float32")[IDS],
        np.eye(20)[IDS[:, 0]]),
    "sharper pictures": lambda: (
        net("mse", conv(12), L.Conv2DTranspose(3, 3, strides=2, padding="same"), shape=(4, 4, 3)),
        COLORS[:, ::2, ::2], COLORS),
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


def test_a_schedule_of_ones_own_is_not_asked() -> None:
    class Table(nn.optimizers.schedules.LearningRateSchedule):  # type: ignore[name-defined,misc]
        def __call__(self, step: Any) -> Any:
            return [0.1][int(step)]  # it knows of no other step

    model = hidden("mse", D(1), optimizer=nn.Adam(Table()))
    model.check(X, LINE)
