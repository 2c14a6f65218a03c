"""Models of every shape beside Keras 3: the same weights, outputs, logs and training."""

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

rng = np.random.default_rng(5)
A, B = (rng.normal(size=(48, n)).astype("float32") for n in (3, 4))
P, Q = rng.normal(size=(48, 2)).astype("float32"), (rng.random((48, 1)) > 0.4).astype("float32")
IDS = rng.integers(0, 7, (48, 5))
IDS[:, 3:] = 0


def towers(k: Any) -> Any:
    """Two inputs, two outputs, a shared layer used twice, ops between."""
    a, b = k.Input((3,), name="a"), k.Input((4,), name="b")
    h = k.layers.Dense(5, activation="tanh", name="h")
    left = h(k.layers.Dense(6, name="in_a")(a))
    right = h(k.layers.Dense(6, activation="relu", name="in_b")(b))
    joined = k.layers.Concatenate(name="join")([left - right, left * 0.5])
    p = k.layers.Dense(2, name="p", kernel_regularizer="l2")(joined)
    q = k.layers.Dense(1, activation="sigmoid", name="q")(k.layers.Dense(3, name="late")(joined))
    return k.Model([a, b], {"p": p, "q": q})


def nested(k: Any) -> Any:
    """Models in a model, one of them twice, and a part of another."""
    inner = k.Sequential([k.Input((3,)), k.layers.Dense(3, "tanh", name="i1")], name="inner")
    x = k.Input((3,), name="a")
    body = k.Model(x, k.layers.Dense(3, name="b1")(inner(x)), name="body")
    y = k.Input((3,), name="a2")
    end = k.layers.Dense(2, name="end", activity_regularizer="l2")
    return k.Model(y, end(body(y) + inner(body(y))))


def words(k: Any) -> Any:
    """A mask that travels to the loss."""
    x = k.Input((5,), dtype="int32", name="ids")
    e = k.layers.Embedding(7, 4, mask_zero=True, name="e")(x)
    return k.Model(x, k.layers.Dense(1, name="d")(k.layers.Dropout(0.0, name="dr")(e)))


class Shapes:
    towers = (towers, [A, B], {"p": P, "q": Q}, {"p": "mse", "q": "binary_crossentropy"},
              {"p": ["mae"], "q": ["accuracy"]}, {"p": 1.0, "q": 0.3})  # fmt: skip
    nested = (nested, A, P, "mse", ["mae"], None)
    words = (words, IDS, rng.normal(size=(48, 5, 1)).astype("float32"), "mse", None, None)


CASES = [("towers", False), ("towers", True), ("nested", True), ("words", False)]


@pytest.mark.parametrize(("name", "weighted"), CASES)
def test_models_agree(name: str, weighted: bool) -> None:
    make, x, y, loss, metrics, factors = getattr(Shapes, name)
    ours, theirs = make(nn), make(keras)
    names = [[s.name for s in m.layers] for m in (ours, theirs)]
    assert names[0] == names[1]
    shapes = [[tuple(w.shape) for w in m.weights] for m in (ours, theirs)]
    assert shapes[0] == shapes[1]
    theirs.set_weights(ours.get_weights())
    w = np.linspace(0.2, 2, 48).astype("float32") if weighted else None
    ends: list[Any] = []
    for model in (ours, theirs):
        model.compile("sgd", loss, metrics=metrics, loss_weights=factors)
        logs = model.evaluate(x, y, verbose=0, return_dict=True, sample_weight=w)
        history = model.fit(x, y, epochs=4, batch_size=16, shuffle=False, verbose=0,
                            sample_weight=w).history  # fmt: skip
        ends.append((logs, history, model.predict(x, verbose=0), model.get_weights()))
    (logs, history, out, weights), (logs_k, history_k, out_k, weights_k) = ends
    assert set(logs) == set(logs_k)
    for key in logs:
        assert logs[key] == pytest.approx(logs_k[key], rel=1e-5, abs=1e-6), key
        np.testing.assert_allclose(history[key], history_k[key], rtol=2e-5, atol=1e-6, err_msg=key)
    for ours_, theirs_ in zip(weights, weights_k, strict=True):
        np.testing.assert_allclose(ours_, theirs_, rtol=1e-4, atol=2e-6)
    if isinstance(out, dict):
        out, out_k = list(out.values()), list(out_k.values())
    np.testing.assert_allclose(out[0], out_k[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("make", [towers, words])
def test_a_model_that_keras_wrote_down_is_read(make: Callable[[Any], Any]) -> None:
    theirs = make(keras)
    ours = nn.models.model_from_json(theirs.to_json())
    assert [s.name for s in ours.layers] == [s.name for s in theirs.layers]
    ours.set_weights(theirs.get_weights())
    x = [A, B] if make is towers else IDS
    found, wanted = ours.predict(x, verbose=0), theirs.predict(x, verbose=0)
    if isinstance(found, dict):
        assert set(found) == set(wanted)
        found, wanted = found["p"], wanted["p"]
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
