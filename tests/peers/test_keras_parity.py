"""The same numbers as Keras 3, from the same weights and batches (KERAS_BACKEND=jax)."""

from __future__ import annotations

import inspect
import os
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from autograd_nn import nn  # noqa: E402  (after the skip, which needs nothing of ours)

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]

RNG = np.random.default_rng(7)


def pair(*stack: tuple[int, str], width: int = 8) -> tuple[Any, Any]:
    """One model twice, ours and Keras's, with the same weights."""
    ours = nn.Sequential([nn.Input((width,)), *(nn.Dense(n, activation=a) for n, a in stack)])
    layers = [keras.layers.Dense(n, activation=a) for n, a in stack]
    theirs = keras.Sequential([keras.Input((width,)), *layers])
    ours.set_weights([np.array(w) for w in theirs.get_weights()])
    return ours, theirs


def batches(n: int = 768, width: int = 8) -> tuple[np.ndarray, np.ndarray]:
    x = RNG.normal(size=(n, width)).astype("float32")
    y = (x @ RNG.normal(size=width) + RNG.normal(size=n) > 0).astype("float32")
    return x, y[:, None]


def test_two_hundred_steps_of_the_deck_agree_in_loss() -> None:
    ours, theirs = pair((12, "relu"), (8, "relu"), (1, "sigmoid"))
    for model in (ours, theirs):
        model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    x, y = batches()
    for i in range(200):
        rows = np.arange(i * 32, i * 32 + 32) % len(x)
        ours.reset_metrics()
        theirs.reset_metrics()
        a, b = ours.train_on_batch(x[rows], y[rows]), theirs.train_on_batch(x[rows], y[rows])
        np.testing.assert_allclose(a, b, rtol=1e-4)
    for w, v in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(w, v, rtol=1e-3, atol=1e-5)


def test_fit_without_shuffling_and_evaluate_agree() -> None:
    ours, theirs = pair((12, "relu"), (1, "sigmoid"))
    x, y = batches(100)
    weight = RNG.uniform(size=100).astype("float32")
    histories = []
    for model in (ours, theirs):
        model.compile(
            loss="binary_crossentropy",
            optimizer="adam",
            metrics=["accuracy", "mse"],
            weighted_metrics=["mae"],
        )
        found = model.fit(
            x, y, epochs=3, shuffle=False, verbose=0, sample_weight=weight, validation_split=0.25
        )
        histories.append(found.history)
    assert set(histories[0]) == set(histories[1])
    for name, values in histories[1].items():
        np.testing.assert_allclose(histories[0][name], values, rtol=1e-5, atol=1e-6)
    ours_report = ours.evaluate(x, y, verbose=0, return_dict=True)
    for name, value in theirs.evaluate(x, y, verbose=0, return_dict=True).items():
        np.testing.assert_allclose(ours_report[name], value, rtol=1e-5)
    np.testing.assert_allclose(
        ours.predict(x, verbose=0), theirs.predict(x, verbose=0), rtol=1e-5, atol=1e-6
    )


def test_class_weights_agree() -> None:
    ours, theirs = pair((4, "relu"), (1, "sigmoid"))
    x, y = batches(64)
    losses = []
    for model in (ours, theirs):
        model.compile(loss="binary_crossentropy", optimizer="sgd")
        found = model.fit(x, y, class_weight={0: 0.5, 1: 3.0}, shuffle=False, verbose=0, epochs=2)
        losses.append(found.history["loss"])
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


ACTIVATIONS = (
    "linear relu sigmoid softmax log_softmax tanh softplus softsign elu selu exponential "
    "leaky_relu relu6 silu gelu mish hard_sigmoid hard_silu"
).split()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_agree(name: str) -> None:
    x = np.linspace(-6, 6, 60, dtype="float32").reshape(6, 10)
    ours = np.array(nn.activations.get(name)(x))
    theirs = np.array(keras.activations.get(name)(x))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)


P = RNG.uniform(0.01, 0.99, (16, 5)).astype("float32")
SHARES = P / P.sum(-1, keepdims=True)
TARGETS: dict[str, np.ndarray] = {
    "values": RNG.normal(size=(16, 5)).astype("float32"),
    "binary": (RNG.uniform(size=(16, 5)) > 0.5).astype("float32"),
    "distribution": np.eye(5, dtype="float32")[RNG.integers(0, 5, 16)],
    "classes": RNG.integers(0, 5, 16),
}
LOSSES = [
    ("MeanSquaredError", "values", {}),
    ("MeanAbsoluteError", "values", {}),
    ("Huber", "values", {"delta": 0.5}),
    ("BinaryCrossentropy", "binary", {}),
    ("BinaryCrossentropy", "binary", {"from_logits": True}),
    ("BinaryCrossentropy", "binary", {"label_smoothing": 0.2}),
    ("CategoricalCrossentropy", "distribution", {}),
    ("CategoricalCrossentropy", "distribution", {"from_logits": True}),
    ("CategoricalCrossentropy", "distribution", {"label_smoothing": 0.1}),
    ("SparseCategoricalCrossentropy", "classes", {}),
    ("SparseCategoricalCrossentropy", "classes", {"from_logits": True}),
]


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", None])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name, kind, options", LOSSES)
def test_losses_agree(
    name: str, kind: str, options: dict[str, Any], weighted: bool, reduction: str | None
) -> None:
    y = TARGETS[kind]
    p = TARGETS["values"] * 3 if options.get("from_logits") else SHARES
    w = np.linspace(0, 2, 16, dtype="float32") if weighted else None
    ours = np.array(getattr(nn.losses, name)(**options, reduction=reduction)(y, p, w))
    theirs = np.array(getattr(keras.losses, name)(**options, reduction=reduction)(y, p, w))
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("last, loss, kind", [
    ("sigmoid", "binary_crossentropy", "binary"),
    ("softmax", "categorical_crossentropy", "distribution"),
    ("softmax", "sparse_categorical_crossentropy", "classes"),
])  # fmt: skip
def test_fused_losses_agree_with_clipped_probabilities(last: str, loss: str, kind: str) -> None:
    ours, theirs = pair((6, "tanh"), (5, last))
    x = RNG.normal(size=(16, 8)).astype("float32")
    a = nn.losses.get(loss)(TARGETS[kind], ours(x))
    b = keras.losses.get(loss)(TARGETS[kind], theirs(x))
    np.testing.assert_allclose(np.mean(a.numpy()), np.mean(np.array(b)), rtol=1e-6)


METRICS = [
    ("BinaryAccuracy", "binary", {}),
    ("BinaryAccuracy", "binary", {"threshold": 0.3}),
    ("CategoricalAccuracy", "distribution", {}),
    ("SparseCategoricalAccuracy", "classes", {}),
    ("Accuracy", "binary", {}),
    ("MeanSquaredError", "values", {}),
    ("MeanAbsoluteError", "values", {}),
    ("RootMeanSquaredError", "values", {}),
    ("BinaryCrossentropy", "binary", {}),
    ("CategoricalCrossentropy", "distribution", {}),
    ("SparseCategoricalCrossentropy", "classes", {}),
]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name, kind, options", METRICS)
def test_metrics_agree_over_batches(
    name: str, kind: str, options: dict[str, Any], weighted: bool
) -> None:
    ours, theirs = getattr(nn.metrics, name)(**options), getattr(keras.metrics, name)(**options)
    assert ours.name == theirs.name
    y = TARGETS[kind]
    p = np.round(SHARES * 2) if name == "Accuracy" else SHARES
    w = np.linspace(0.1, 2, 16, dtype="float32")
    for rows in (slice(0, 10), slice(10, 16)):
        for metric in (ours, theirs):
            metric.update_state(y[rows], p[rows], w[rows] if weighted else None)
    np.testing.assert_allclose(float(ours.result()), float(theirs.result()), rtol=1e-6)


@pytest.mark.parametrize("line_length", [None, 60])
def test_summaries_look_alike(line_length: int | None) -> None:
    ours, theirs = pair((12, "relu"), (1, "sigmoid"))
    texts: list[str] = []
    for model in (ours, theirs):
        model.summary(line_length=line_length, print_fn=lambda s, **_: texts.append(str(s)))
    lines = [t.splitlines() for t in texts]
    shape = [[s for s in ls if s[:1] in "┏┡├└"] for ls in lines]
    assert shape[0] == shape[1]


MODULES = ["layers", "losses", "metrics", "optimizers", "initializers", "callbacks", "regularizers"]
SHARED = [
    f"{module}.{name}"
    for module in MODULES
    for name in vars(getattr(nn, module))
    if name not in ("Optimizer", "CallbackList")  # nobody makes one
    and name[0] != "_"
    and isinstance(getattr(getattr(keras, module), name, None), type)
]
OURS_ONLY = {"reduction", "name", "dtype", "seed"}  # said by the base, or None for the class's name


def alike(ours: object, theirs: object) -> bool:
    """Whether two defaults mean the same: a number is that number for each axis.

    What Keras has no default for may have one here.
    """
    if theirs is inspect.Parameter.empty:
        return True
    spread = isinstance(theirs, tuple) and not isinstance(ours, tuple)
    return (ours,) * len(theirs) == theirs if spread else ours == theirs  # type: ignore[arg-type]


@pytest.mark.parametrize("path", SHARED)
def test_arguments_have_the_defaults_of_keras(path: str) -> None:
    module, name = path.split(".")
    ours = inspect.signature(getattr(getattr(nn, module), name)).parameters
    theirs = inspect.signature(getattr(getattr(keras, module), name)).parameters
    for argument, parameter in ours.items():
        if argument in theirs and argument not in OURS_ONLY and path != "layers.Dense":
            assert alike(parameter.default, theirs[argument].default), argument


def test_fit_has_the_arguments_and_defaults_of_keras() -> None:
    for method in ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "summary"):
        ours = inspect.signature(getattr(nn.Model, method)).parameters
        theirs = inspect.signature(getattr(keras.Model, method)).parameters
        for argument, parameter in ours.items():
            if argument in theirs:
                assert parameter.default == theirs[argument].default, (method, argument)
    known = set(inspect.signature(keras.Model.fit).parameters)
    assert known <= set(inspect.signature(nn.Model.fit).parameters)
