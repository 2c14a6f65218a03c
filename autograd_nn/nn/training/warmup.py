"""Filling the cache of compiled kernels ahead of time, for the kinds of model people begin with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_nn.nn import layers
from autograd_nn.nn.models import Sequential

# What ends a model, and the loss and targets that go with it.
HEADS: tuple[tuple[dict[str, Any], str, Any], ...] = (
    ({"units": 1, "activation": "sigmoid"}, "binary_crossentropy", np.array([[0.0], [1.0]])),
    ({"units": 3, "activation": "softmax"}, "sparse_categorical_crossentropy", np.array([0, 2])),
    ({"units": 3, "activation": "softmax"}, "categorical_crossentropy", np.eye(3)[[0, 2]]),
    ({"units": 1}, "mean_squared_error", np.array([[0.5], [1.5]])),
)
OPTIMIZERS = ("adam", "sgd", "rmsprop")


def _cases() -> Iterator[tuple[Sequential, np.ndarray]]:
    for head, loss, targets in HEADS:
        for optimizer in OPTIMIZERS:
            body = [layers.Dense(4, activation="relu"), layers.Dropout(0.2)]
            model = Sequential([layers.Input((8,)), *body, layers.Dense(**head)])
            metrics = [] if loss == "mean_squared_error" else ["accuracy"]
            model.compile(optimizer, loss, metrics, deterministic=True)
            yield model, targets


def warmup() -> int:
    """Compiles what training, evaluating and predicting with dense layers needs; returns how many.

    Kernels follow from a model's structure and not from its sizes, so these serve other models.
    """
    from autograd_nn.engine.program.make import compiled

    before = compiled()
    for model, targets in _cases():
        # batches of several sizes: an axis of one entry makes other loops
        for n in (8, 1):
            x, y = np.ones((n, 8), "float32"), np.repeat(targets, 4, axis=0)[:n]
            model.fit(x, y, batch_size=n, verbose=0)
            model.evaluate(x, y, batch_size=n, verbose=0)
            model.predict(x, verbose=0)
    return compiled() - before
