"""The models that every library trains: the same layers, data, batches, loss, and Adam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Task:
    """Dense layers of ``sizes``: relu, ``dropout`` after hidden ones, sigmoid or softmax last."""

    sizes: tuple[int, ...]
    rows: int
    batch: int
    dropout: float = 0.0

    @property
    def binary(self) -> bool:
        """Whether the loss is binary cross-entropy; otherwise it is that of integer labels."""
        return self.sizes[-1] == 1

    @property
    def steps(self) -> int:
        """Batches an epoch; every one is full."""
        return self.rows // self.batch

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and targets."""
        r = np.random.default_rng(0)
        x = r.normal(size=(self.rows, self.sizes[0])).astype("float32")
        if self.binary:
            return x, (x[:, :1] > 0).astype("float32")
        return x, r.integers(0, self.sizes[-1], self.rows)


TASKS = {
    "pima": Task((8, 12, 8, 1), rows=768, batch=32),
    "mlp": Task((784, 512, 512, 10), rows=5120, batch=128, dropout=0.2),
}


def keras_model(k: Any, task: Task, **options: Any) -> Any:
    """The compiled model, where ``k`` is Keras or ``autograd_nn.nn``."""
    model = k.Sequential([k.layers.Input((task.sizes[0],))])
    for size in task.sizes[1:-1]:
        model.add(k.layers.Dense(size, activation="relu"))
        if task.dropout:
            model.add(k.layers.Dropout(task.dropout))
    last = "sigmoid" if task.binary else "softmax"
    model.add(k.layers.Dense(task.sizes[-1], activation=last))
    loss = "binary_crossentropy" if task.binary else "sparse_categorical_crossentropy"
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"], **options)
    return model
