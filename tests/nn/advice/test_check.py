"""`Model.check`: a catalogue of broken models, each told its repair, and of sound ones."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn import layers as L  # noqa: N812
from autograd_nn.nn.advice import CheckWarning

rng = np.random.default_rng(0)
N = 60
X = rng.normal(size=(N, 3)).astype("float32")
YES = (X[:, 0] > 0).astype(int)
THREE = np.digitize(X[:, 0], [-0.5, 0.5])
HOT = np.eye(3)[THREE]
LINE = X @ [1.0, -2.0, 0.5]
BCE, CCE, SCE = "binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"
PICTURES = rng.uniform(size=(N, 4, 4, 1))
Case = tuple[Any, Any, Any]  # a model, x, y


def net(
    units: int, act: Any, loss: Any, *hidden: Any, optimizer: Any = "adam", shape: Any = (3,),
    **told: Any,
) -> nn.Model:  # fmt: skip
    stack = hidden or (L.Dense(4, "relu"),)
    model = nn.Sequential([nn.Input(shape), *stack, L.Dense(units, act)])
    model.compile(optimizer, loss, **told)
    return model


def ended(loss: Any, *stack: Any, **told: Any) -> nn.Model:
    model = nn.Sequential([nn.Input((3,)), *stack])
    model.compile("adam", loss, **told)
    return model


def columns(**changed: Any) -> np.ndarray:
    found = X.copy()
    for name, value in changed.items():
        found[:, int(name[1:])] = value
    return found


def frozen() -> nn.Model:
    model = net(1, None, "mse")
    model.trainable = False
    return model


def dead() -> nn.Model:
    model = net(1, None, "mse")
    model.layers[0].bias.assign(np.full(4, -100.0))
    return model


def lost() -> nn.Model:
    model = net(1, None, "mse")
    model.layers[0].kernel.assign(np.full((3, 4), np.nan))
    return model


def inside() -> nn.Model:
    """A functional model whose last layer is in a model inside it."""
    x = nn.Input((3,))
    head = nn.Sequential([nn.Input((4,)), L.Dense(1)])
    model = nn.Model(x, head(L.Dense(4, "relu")(x)))
    model.compile("adam", BCE)
    return model


LOGITS = nn.losses.BinaryCrossentropy(from_logits=True)
FAR = nn.initializers.Constant(1e4)
LOGITS3 = nn.losses.SparseCategoricalCrossentropy(from_logits=True)
SURE = True
BROKEN: dict[str, tuple[Callable[[], Case], str, bool]] = {
    "sigmoid twice": (lambda: (net(1, "sigmoid", LOGITS), X, YES), "activation=None", SURE),
    "softmax twice": (lambda: (net(3, "softmax", LOGITS3), X, THREE), "activation=None", SURE),
    "relu as logits": (lambda: (net(3, "relu", LOGITS3), X, THREE), "activation=None", False),
    "no sigmoid": (lambda: (net(1, None, BCE), X, YES), "activation='sigmoid'", SURE),
    "no softmax": (lambda: (net(3, None, SCE), X, THREE), "activation='softmax'", SURE),
    "no softmax, one-hot": (lambda: (net(3, None, CCE), X, HOT), "activation='softmax'", SURE),
    "no sigmoid in a model inside": (lambda: (inside(), X, YES), "activation='sigmoid'", SURE),
    "relu as probability": (lambda: (net(1, "relu", BCE), X, YES), "activation='sigmoid'", SURE),
    "tanh as probability": (lambda: (net(3, "tanh", SCE), X, THREE), "'softmax'", SURE),
    "sigmoids of exclusive classes": (lambda: (net(3, "sigmoid", SCE), X, THREE), "'softmax'",
                                      False),
    "sigmoids of one-hot classes": (lambda: (net(3, "sigmoid", CCE), X, HOT), "'softmax'", False),
    "binary of one-hot classes": (lambda: (net(3, "sigmoid", BCE), X, HOT), "'softmax'", False),
    "softmax looked at class by class": (lambda: (net(3, "softmax", BCE), X, HOT),
                                         "loss='categorical_crossentropy'", False),
    "softmax of several classes": (lambda: (net(3, "softmax", BCE), X, np.ones((N, 3))),
                                   "activation='sigmoid'", SURE),
    "several classes as shares": (lambda: (net(3, "softmax", CCE), X, np.ones((N, 3))),
                                  "loss='binary_crossentropy'", False),
    "classes from 1": (lambda: (net(4, "softmax", SCE), X, THREE + 1), "Take 1 off y", False),
    "distance of shares": (lambda: (net(3, "softmax", "mse"), X, HOT), "no activation", False),
    "sigmoid of numbers": (lambda: (net(1, "sigmoid", "mse"), X, LINE), "activation=None", SURE),
    "relu of numbers below 0": (lambda: (net(1, "relu", "mae"), X, LINE), "activation=None", SURE),
    "tanh of large numbers": (lambda: (net(1, "tanh", "mse"), X, LINE * 9), "activation=None",
                              SURE),
    "accuracy of numbers": (lambda: (net(1, None, "mse", metrics=["accuracy"]), X, LINE), "mae",
                            False),
    "a sigmoid of a sigmoid": (lambda: (ended(BCE, L.Dense(1, "sigmoid"), L.Activation("sigmoid")),
                                       X, YES), "Leave out one", False),
    "the other class as a column": (lambda: (net(1, "sigmoid", BCE), columns(c1=1 - YES), YES),
                                    "Leave it out", False),
    "a rate of Adam that moves nothing": (lambda: (net(1, None, "mse", optimizer=nn.Adam(3e-8)), X,
                                                   LINE), "learning rate", False),
    "logarithms of numbers below 0": (lambda: (net(1, None, "msle"), X, LINE), "'mse'", False),
    "counts below 0": (lambda: (net(1, "exponential", "poisson"), X, LINE), "from 0", False),
    "counts by no activation": (lambda: (net(1, None, "poisson"), X, THREE), "'exponential'",
                                False),
    "percent of 0": (lambda: (net(1, None, "mape"), X, THREE), "'mae'", False),
    "accuracy of each unit": (lambda: (net(3, "softmax", CCE, metrics=["binary_accuracy"]), X, HOT),
                              "'accuracy'", False),
    "hinge of a sigmoid": (lambda: (net(1, "sigmoid", "hinge"), X, YES), "'tanh'", False),
    "dropout at the end": (lambda: (ended("mse", L.Dense(4, "relu"), L.Dense(1), L.Dropout(0.5)),
                                    X, LINE), "before the layer", SURE),
    "dropout of nearly all": (lambda: (net(1, None, "mse", L.Dense(9, "relu"), L.Dropout(0.95)), X,
                                       LINE), "0.05", False),
    "softmax of a softmax": (lambda: (ended(SCE, L.Dense(3, "softmax"), L.Softmax()), X, THREE),
                             "Leave out one", SURE),
    "softmax inside": (lambda: (net(1, None, "mse", L.Dense(4, "softmax")), X, LINE), "'relu'",
                       False),
    "two layers as one": (lambda: (net(1, None, "mse", L.Dense(4)), X, LINE), "'relu'", False),
    "many sigmoids": (lambda: (net(1, None, "mse", *[L.Dense(4, "sigmoid") for _ in range(5)]), X,
                               LINE), "'relu'", False),
    "units that stay equal": (lambda: (net(1, None, "mse", L.Dense(
        4, "relu", kernel_initializer="ones")), X, LINE), "glorot_uniform", False),
    "weights that are NaN": (lambda: (lost(), X, LINE), "again", False),
    "a penalty that leaves nothing": (lambda: (net(1, None, "mse", L.Dense(
        4, "relu", kernel_regularizer=nn.regularizers.L2(10.0))), X, LINE), "1e-2", False),
    "nothing trained": (lambda: (frozen(), X, LINE), "trainable=True", SURE),
    "a rate of 10": (lambda: (net(1, None, "mse", optimizer=nn.Adam(10.0)), X, LINE), "0.01",
                     False),
    "a rate of 0": (lambda: (net(1, None, "mse", optimizer=nn.SGD(0.0)), X, LINE), "Raise", False),
    "a tiny rate": (lambda: (net(1, None, "mse", optimizer=nn.Adam(1e-12)), X, LINE), "0.0001",
                    False),
    "dead relus": (lambda: (dead(), X, LINE), "leaky_relu", False),
    "saturated": (lambda: (net(1, None, "mse", L.Dense(2, "tanh", kernel_initializer=FAR)),
                           np.abs(X) + 1, LINE), "Scale", False),
    "unscaled columns": (lambda: (net(1, None, "mse"), columns(_1=X[:, 1] * 500), LINE),
                         "Normalization", False),
    "years": (lambda: (net(1, None, "mse"), columns(_1=2000 + X[:, 1]), LINE), "Normalization",
              False),
    "pictures to 255": (lambda: (net(3, "softmax", SCE, L.Conv2D(2, 3), L.Flatten(),
                                     shape=(4, 4, 1)), PICTURES * 255, THREE), "Rescaling", False),
    "softmax over one unit": (lambda: (net(1, "softmax", "mse"), X, YES), "a unit for each class",
                              True),
    "softmax over one unit, binary": (lambda: (net(1, "softmax", BCE), X, YES), "'sigmoid'", True),
    "a constant column": (lambda: (net(1, None, "mse"), columns(_2=1.0), LINE), "Leave it out",
                          False),
    "a column of numbers of rows": (lambda: (net(1, None, "mse"), columns(_2=np.arange(N)), LINE),
                                    "counts", False),
    "a column twice": (lambda: (net(1, None, "mse"), columns(_2=X[:, 0]), LINE), "Leave one",
                       False),
    "the target among the columns": (lambda: (net(1, "sigmoid", BCE), columns(_2=YES), YES),
                                     "y itself", False),
    "one class alone": (lambda: (net(1, "sigmoid", BCE), X, YES * 0), "selected", False),
    "a rare class": (lambda: (net(1, "sigmoid", BCE), X, np.arange(N) == 3), "balanced", False),
    "targets that are all equal": (lambda: (net(1, None, "mse"), X, LINE * 0), "Check y", False),
    "targets in millions": (lambda: (net(1, None, "mse"), X, LINE * 1e6), "deviation", False),
}  # fmt: skip

REFUSED: dict[str, tuple[Callable[[], Case], str]] = {
    "one share": (lambda: (net(1, "softmax", CCE), X, YES), "'sigmoid'"),
    "a class too high": (lambda: (net(3, "softmax", SCE), X, THREE + 1), "Renumber"),
    "a class below 0": (lambda: (net(3, "softmax", SCE), X, THREE - 1), "Renumber"),
    "classes of -1 and 1": (lambda: (net(1, "sigmoid", BCE), X, YES * 2 - 1), "0 and 1"),
    "classes of 1 and 2": (lambda: (net(1, "sigmoid", BCE), X, YES + 1), "0 and 1"),
    "one-hot for numbers": (lambda: (net(3, "softmax", SCE), X, HOT), "categorical_crossentropy"),
    "numbers for one-hot": (lambda: (net(3, "softmax", CCE), X, THREE), "sparse_categorical"),
    "numbers for classes": (lambda: (net(3, "softmax", SCE), X, np.abs(LINE)), "mean_squared"),
    "targets that would spread": (lambda: (net(3, None, "mse"), X, LINE), "units"),
    "other columns": (lambda: (net(1, None, "mse"), X[:, :2], LINE), "columns"),
    "fewer targets": (lambda: (net(1, None, "mse"), X, LINE[1:]), "same rows"),
    "NaN": (lambda: (net(1, None, "mse"), columns(_1=np.nan), LINE), "Remove or fill"),
    "NaN in targets": (lambda: (net(1, None, "mse"), X, LINE * np.nan), "Remove or fill"),
    "words": (lambda: (net(1, None, "mse"), X, ["a"] * N), "Encode"),
    "no samples": (lambda: (net(1, None, "mse"), X[:0], LINE[:0]), "at least one"),
    "an id without a row": (lambda: (net(1, "sigmoid", BCE, L.Embedding(5, 2), L.Flatten()),
                                     np.full((N, 3), 7), YES), "input_dim=8"),
}  # fmt: skip


def deck() -> nn.Model:
    return net(1, "sigmoid", BCE, L.Dense(12, "relu"), L.Dense(8, "relu"), metrics=["accuracy"])


def two() -> nn.Model:
    x = nn.Input((3,))
    h = L.Dense(4, "relu")(x)
    model = nn.Model(x, [L.Dense(1, "sigmoid")(h), L.Dense(1)(h)])
    model.compile("adam", [BCE, "mse"])
    return model


class Own(nn.Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = L.Dense(1)

    def call(self, inputs: Any) -> Any:
        return nn.activations.sigmoid(self.dense(inputs))


def own() -> nn.Model:
    model = Own()
    model.compile("adam", BCE)
    return model


def functional(loss: Any) -> nn.Model:
    x = nn.Input((3,))
    model = nn.Model(x, L.Activation("sigmoid")(L.Dense(1)(L.Dense(4, "relu")(x))))
    model.compile("adam", loss)
    return model


IDS = rng.integers(0, 5, (N, 3))
SOUND: dict[str, Callable[[], Case]] = {
    "the deck's": lambda: (deck(), X, YES),
    "xor by distance": lambda: (net(1, "sigmoid", "mse"), X, YES),
    "three classes": lambda: (net(3, "softmax", SCE), X, THREE),
    "three classes, one-hot": lambda: (net(3, "softmax", CCE), X, HOT),
    "three logits": lambda: (net(3, None, LOGITS3), X, THREE),
    "one logit": lambda: (net(1, None, LOGITS), X, YES),
    "a softmax of its own": lambda: (ended(SCE, L.Dense(3), L.Softmax()), X, THREE),
    "an activation of its own": lambda: (ended(BCE, L.Dense(1), L.Activation("sigmoid")), X, YES),
    "two units for two classes": lambda: (net(2, "softmax", SCE), X, YES),
    "several labels": lambda: (net(3, "sigmoid", BCE), X, (X > 0).astype(int)),
    "soft targets": lambda: (net(3, "softmax", CCE), X, np.full((N, 3), 1 / 3)),
    "probabilities": lambda: (net(1, "sigmoid", BCE), X, rng.uniform(size=N)),
    "numbers": lambda: (net(1, None, "mse"), X, LINE),
    "numbers in a column": lambda: (net(1, None, "mae"), X, LINE[:, None]),
    "two numbers": lambda: (net(2, None, "huber"), X, np.stack([LINE, -LINE], axis=1)),
    "numbers from 0 by relu": lambda: (net(1, "relu", "mse"), X, np.abs(LINE)),
    "numbers to 1 by tanh": lambda: (net(1, "tanh", "mse"), X, np.tanh(LINE)),
    "counts": lambda: (net(1, "exponential", "poisson"), X, THREE),
    "one line": lambda: (ended("mse", L.Dense(1)), X, LINE),
    "logistic regression": lambda: (ended(BCE, L.Dense(1, "sigmoid")), X, YES),
    "hinge": lambda: (net(1, "tanh", "hinge"), X, YES * 2 - 1),
    "logarithms": lambda: (net(1, "softplus", "msle"), X, np.abs(LINE)),
    "percent": lambda: (net(1, None, "mape"), X, np.abs(LINE) + 1),
    "a column of two values": lambda: (net(1, "sigmoid", BCE), columns(c1=X[:, 0] > 0.3), YES),
    "each unit of several classes": lambda: (net(3, "sigmoid", BCE, metrics=["binary_accuracy"]), X,
                                             (X > 0).astype(int)),
    "a bottleneck": lambda: (net(3, None, "mse", L.Dense(4, "relu"), L.Dense(2, "tanh")), X, X),
    "dropout between": lambda: (net(1, "sigmoid", BCE, L.Dense(9, "relu"), L.Dropout(0.5)), X,
                                YES),
    "normalization between": lambda: (net(1, None, "mse", L.Dense(4), L.BatchNormalization(),
                                          L.Activation("relu")), X, LINE),
    "unscaled, and normalized first": lambda: (net(1, None, "mse", L.BatchNormalization(),
                                                   L.Dense(4, "relu")), X * 1000, LINE),
    "pictures, scaled": lambda: (net(3, "softmax", SCE, L.Conv2D(2, 3, activation="relu"),
                                     L.Flatten(), shape=(4, 4, 1)), PICTURES, THREE),
    "pictures, scaled first": lambda: (net(3, "softmax", SCE, L.Rescaling(1 / 255), L.Flatten(),
                                           shape=(4, 4, 1)), PICTURES * 255, THREE),
    "words": lambda: (net(1, "sigmoid", BCE, L.Embedding(5, 2), L.Flatten()), IDS, YES),
    "sequences": lambda: (net(1, None, "mse", L.LSTM(3), shape=(4, 4)), PICTURES[..., 0], LINE),
    "two outputs": lambda: (two(), X, [YES, LINE]),
    "a call of its own": lambda: (own(), X, YES),
    "a functional model": lambda: (functional(BCE), X, YES),
    "a loss of one's own": lambda: (net(1, None, lambda a, b: abs(a - b)), X, LINE),
    "small samples": lambda: (net(1, "sigmoid", BCE), X[:4], YES[:4]),
    "a last layer of zeros": lambda: (ended("mse", L.Dense(4, "relu"), L.Dense(
        2, kernel_initializer="zeros")), X, X[:, :2]),
    "a penalty": lambda: (net(1, None, "mse", L.Dense(4, "relu", kernel_regularizer="l2")), X,
                          LINE),
    "a great rate of plain descent": lambda: (net(1, None, "mse", optimizer=nn.SGD(1.0)), X, LINE),
    "a schedule": lambda: (net(1, None, "mse", optimizer=nn.Adam(
        nn.optimizers.schedules.CosineDecay(0.01, 10))), X, LINE),
    "uneven classes": lambda: (net(1, "sigmoid", BCE), X, np.arange(N) < 12),
    "truth values": lambda: (net(1, "sigmoid", BCE), X > 0, LINE > 0),
}  # fmt: skip


def quietly(model: Any, *given: Any) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CheckWarning)
        return model.check(*given)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_model_is_told_its_repair(name: str) -> None:
    made, repair, _ = BROKEN[name]
    model, x, y = made()
    with pytest.warns(CheckWarning) as caught:
        found = model.check(x, y)
    assert any(repair in text for text in found), found
    assert repair in str(caught[0].message)
    assert caught[0].filename == __file__


@pytest.mark.filterwarnings("ignore:softmax of shape:UserWarning")
@pytest.mark.parametrize("name", BROKEN)
def test_fit_says_only_what_hardly_anybody_means(name: str) -> None:
    made, repair, sure = BROKEN[name]
    model, x, y = made()
    model.run_eagerly, model._check_finite = True, False
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CheckWarning)
        for _ in range(2):  # once is enough
            model.fit(x, y, verbose=0, batch_size=N)
    told = [w for w in caught if w.category is CheckWarning]
    assert len(told) == sure
    if sure:
        assert repair in str(told[0].message)
        assert told[0].filename == __file__


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_is_refused(name: str) -> None:
    made, repair = REFUSED[name]
    model, x, y = made()
    for call in (model.check, lambda x, y: model.fit(x, y, verbose=0)):
        if "an id" in name and call != model.check:
            continue  # a step refuses it in its own words
        with pytest.raises((ValueError, TypeError), match=repair):
            call(x, y)


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_model_is_told_nothing(name: str) -> None:
    nn.set_random_seed(1)
    model, x, y = SOUND[name]()
    before = [w.numpy().copy() for w in model.weights]
    assert model.check(x, y) == []
    after = [w.numpy() for w in model.weights]
    assert all((a == b).all() for a, b in zip(after, before, strict=False))


def test_validation_is_looked_at() -> None:
    model = net(3, "softmax", SCE)
    apart = (X[40:], THREE[40:])
    assert model.check(X[:40], THREE[:40], apart) == []
    assert "remembered" in quietly(model, X, THREE, apart)[0]
    low = np.flatnonzero(THREE < 2)
    high = np.flatnonzero(THREE == 2)
    assert "stratify" in quietly(model, X[low], THREE[low], (X[high], THREE[high]))[0]


def test_the_look_can_be_left_out() -> None:
    model = net(1, None, BCE, check=False, run_eagerly=True)
    model.fit(X, YES, verbose=0)
    model.compile("adam", BCE, run_eagerly=True)
    with pytest.warns(CheckWarning, match="activation='sigmoid'"):
        model.fit(X, YES, verbose=0)
    with pytest.raises(ValueError, match="check='no'"):
        model.compile("adam", BCE, check="no")


def test_a_stream_is_looked_at_by_its_model_alone() -> None:
    model = net(1, "sigmoid", LOGITS, run_eagerly=True)
    with pytest.warns(CheckWarning, match="activation=None"):
        model.fit(iter([(X, YES)]), verbose=0)
    with pytest.raises(RuntimeError, match="compile"):
        nn.Sequential([nn.Input((3,)), L.Dense(1)]).check(X, LINE)
