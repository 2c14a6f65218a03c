"""Seventy samples of two classes, and the model that learns them, for the tests of training."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn import nn
from autograd_nn.nn.models import Sequential

RNG = np.random.default_rng(0)
X = RNG.normal(size=(70, 8))
Y = (X[:, 0] + X[:, 1] > 0).astype(int)


def made(loss: str = "binary_crossentropy", eager: bool = True, **options: Any) -> Sequential:
    nn.set_random_seed(3)
    model = nn.Sequential(
        [nn.Input((8,)), nn.Dense(12, activation="relu"), nn.Dense(1, activation="sigmoid")]
    )
    options.setdefault("metrics", ["accuracy"])
    model.compile(loss=loss, optimizer="adam", run_eagerly=eager, **options)
    return model
