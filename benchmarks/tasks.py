"""The models that every library trains: the same layers, data, batches, loss, and Adam."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Spec = tuple[Any, ...]


@dataclass(frozen=True)
class Task:
    """Layers over samples of one shape; the last, of one number or one a class, is Dense.

    layers   ("dense", n), ("conv", n) and ("lstm", n) with relu where they have one and are not
             last, ("words", vocabulary, n), ("pool",), ("flat",), ("drop", rate).
    """

    shape: tuple[int, ...]
    layers: tuple[Spec, ...]
    rows: int
    batch: int

    @property
    def binary(self) -> bool:
        """Whether the loss is binary cross-entropy; otherwise it is that of integer labels."""
        return self.layers[-1][1] == 1  # type: ignore[no-any-return]

    @property
    def steps(self) -> int:
        """Batches an epoch; every one is full."""
        return self.rows // self.batch

    @property
    def sizes(self) -> tuple[int, ...] | None:
        """The inputs and the widths of Dense layers; None where there are others."""
        if any(kind not in ("dense", "drop") for kind, *_ in self.layers):
            return None
        return (*self.shape, *[n for kind, n in self.layers if kind == "dense"])

    @property
    def dropout(self) -> float:
        """The rate behind its hidden layers."""
        return next((rate for kind, *rest in self.layers if kind == "drop" for rate in rest), 0.0)

    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and targets."""
        r = np.random.default_rng(0)
        if self.layers[0][0] == "words":
            x = r.integers(1, self.layers[0][1], (self.rows, *self.shape)).astype("int32")
        else:
            x = r.normal(size=(self.rows, *self.shape)).astype("float32")
        if self.binary:
            return x, (x[:, :1] > np.median(x)).astype("float32")
        return x, r.integers(0, self.layers[-1][1], self.rows)


def dense(*sizes: int, dropout: float = 0.0) -> tuple[Spec, ...]:
    """Dense layers, dropout after the hidden ones."""
    drop: tuple[Spec, ...] = (("drop", dropout),) if dropout else ()
    hidden = [spec for n in sizes[:-1] for spec in (("dense", n), *drop)]
    return (*hidden, ("dense", sizes[-1]))


TASKS = {
    "pima": Task((8,), dense(12, 8, 1), rows=768, batch=32),
    "mlp": Task((784,), dense(512, 512, 10, dropout=0.2), rows=5120, batch=128),
    "cnn": Task((28, 28, 1), (("conv", 32), ("pool",), ("conv", 64), ("pool",), ("flat",),
                              ("drop", 0.5), ("dense", 10)), rows=1280, batch=128),
    "lstm": Task((80,), (("words", 20_000, 128), ("lstm", 128), ("dense", 1)), rows=512, batch=32),
}  # fmt: skip


def keras_model(k: Any, task: Task, **options: Any) -> Any:
    """The compiled model, where ``k`` is Keras or ``autograd_nn.nn``."""
    made = {
        "dense": lambda n: k.layers.Dense(n, activation="relu"),
        "conv": lambda n: k.layers.Conv2D(n, 3, activation="relu"),
        "lstm": k.layers.LSTM, "words": k.layers.Embedding, "drop": k.layers.Dropout,
        "pool": lambda: k.layers.MaxPooling2D(2), "flat": k.layers.Flatten,
    }  # fmt: skip
    model = k.Sequential([k.layers.Input(task.shape)])
    for kind, *sizes in task.layers[:-1]:
        model.add(made[kind](*sizes))
    last = "sigmoid" if task.binary else "softmax"
    model.add(k.layers.Dense(task.layers[-1][1], activation=last))
    loss = "binary_crossentropy" if task.binary else "sparse_categorical_crossentropy"
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"], **options)
    return model


def torch_model(nn: Any, task: Task) -> Any:
    """The same model of PyTorch's ``nn``, without the activation of the last layer."""

    class Last(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self, inner: Any) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, x: Any) -> Any:
            return self.inner(x)[0][:, -1]

    layers, depth, side = [], task.shape[-1], task.shape[0]
    for kind, *sizes in task.layers:
        match kind:
            case "dense":
                layers += [nn.Linear(depth, sizes[0]), nn.ReLU()]
            case "conv":
                layers += [nn.Conv2d(depth, sizes[0], 3), nn.ReLU()]
                side -= 2
            case "lstm":
                layers.append(Last(nn.LSTM(depth, sizes[0], batch_first=True)))
            case "words":
                layers.append(nn.Embedding(*sizes))
            case "drop":
                layers.append(nn.Dropout(*sizes))
            case "pool":
                layers.append(nn.MaxPool2d(2))
                side //= 2
            case "flat":
                layers.append(nn.Flatten())
        if kind not in ("drop", "pool"):
            depth = depth * side**2 if kind == "flat" else sizes[-1]
    return nn.Sequential(*layers[:-1])
