"""A model with all that several devices could get wrong, and the data it is trained on."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn import nn
from autograd_nn.nn.utils import set_random_seed

N, SIZE = 61, 24  # two batches and one of thirteen, which eight do not divide
RNG = np.random.default_rng(0)
X, Y = RNG.integers(0, 9, (N, 5)), RNG.integers(0, 3, N)


def trained(
    device: Any = None, devices: Any = None, y: np.ndarray = Y, epochs: int = 3, seed: int = 5,
    callbacks: Any = None, **options: Any,
) -> tuple[Any, Any]:  # fmt: skip
    """Masks, recurrence, Dropout, batch statistics, class weights, an uneven last batch."""
    set_random_seed(seed)
    inputs = nn.Input((5,), dtype="int32")
    x = nn.Embedding(9, 4, mask_zero=True, dtype="float64")(inputs)
    x = nn.LSTM(6, dtype="float64")(x)
    x = nn.Dropout(0.3, dtype="float64")(nn.BatchNormalization(dtype="float64")(x))
    model = nn.Model(inputs, nn.Dense(3, "softmax", dtype="float64")(x))
    model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"], device=device,
                  devices=devices, deterministic=True, check=False,
                  run_eagerly=device == "cpu")  # fmt: skip
    history = model.fit(
        X, y, batch_size=SIZE, epochs=epochs, class_weight={0: 1.0, 1: 2.0, 2: 0.5},
        callbacks=callbacks, **{"verbose": 0} | options,
    )  # fmt: skip
    return model, history.history


def small(device: Any = None, epochs: int = 3, **options: Any) -> Any:
    """A model that is compiled soon."""
    set_random_seed(5)
    layers = [
        nn.Dense(4, "tanh", dtype="float64"),
        nn.Dropout(0.3, dtype="float64"),
        nn.Dense(3, dtype="float64"),
    ]
    model = nn.Sequential([nn.Input((5,)), *layers])
    model.compile("adam", "mse", device=device, check=False, deterministic=True,
                  run_eagerly=device == "cpu")  # fmt: skip
    options = {"batch_size": SIZE, "verbose": 0} | options
    model.fit(X, X[:, :3], epochs=epochs, **options)
    return model


def states(model: Any) -> list[np.ndarray]:
    return [x.numpy() for x in (*model.weights, *model.optimizer.variables)]
