"""How long a step of training takes beside Keras on JAX: ``python -m benchmarks.devices gpu``.

Models with windows, recurrence and attention, from one text for both, each in a process of its own,
which prints the seconds of a step in its best epoch. ``xla`` in place of ``gpu`` is whatever JAX
finds first: the same for both, so this processor where there is nothing else.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

STEPS, SIZE, EPOCHS = 50, 128, 6


def cnn(space: Any, dtype: str) -> Any:
    make, f = space.layers, {"dtype": dtype}
    return space.Sequential([
        make.Input((32, 32, 3)), make.Conv2D(32, 3, activation="relu", **f), make.MaxPooling2D(**f),
        make.Conv2D(64, 3, activation="relu", **f), make.MaxPooling2D(**f), make.Flatten(**f),
        make.Dense(10, activation="softmax", **f),
    ])  # fmt: skip


def lstm(space: Any, dtype: str) -> Any:
    make, f = space.layers, {"dtype": dtype}
    given = make.Input((64, 32))
    return space.Model(given, make.Dense(10, activation="softmax", **f)(make.LSTM(128, **f)(given)))


def transformer(space: Any, dtype: str) -> Any:
    """Two blocks of attention over tokens."""
    make, f = space.layers, {"dtype": dtype}
    given = make.Input((64,), dtype="int32")
    x = make.Embedding(1000, 128, **f)(given)
    for _ in range(2):
        seen = make.MultiHeadAttention(4, 32, **f)(x, x)
        x = make.LayerNormalization(**f)(make.Add(**f)([x, seen]))
        wide = make.Dense(256, activation="relu", **f)(x)
        x = make.LayerNormalization(**f)(make.Add(**f)([x, make.Dense(128, **f)(wide)]))
    return space.Model(given, make.Dense(10, activation="softmax", **f)(
        make.GlobalAveragePooling1D(**f)(x)))  # fmt: skip


MODELS: dict[str, Callable[[Any, str], Any]] = {f.__name__: f for f in (cnn, lstm, transformer)}


def samples(model: Any, count: int, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    rng, shape = np.random.default_rng(0), (count, *model.input_shape[1:])
    whole = len(shape) == 2
    x = rng.integers(0, 1000, shape) if whole else rng.normal(size=shape).astype(dtype)
    return x.astype("int32") if whole else x, rng.integers(0, 10, count)


def ours(name: str, device: str, dtype: str = "float32", **options: Any) -> Any:
    from autograd_nn import nn

    nn.utils.set_random_seed(0)
    model = MODELS[name](nn, dtype)
    told: Any = {"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "device": device}
    model.compile(**told | options)
    return model


def seconds(name: str, whose: str, device: str) -> float:
    """Of a step: the shortest epoch's, which ends with a loss that was looked at."""
    if whose == "ours":
        model = ours(name, device, check_finite=False)
    else:
        import keras

        keras.utils.set_random_seed(0)
        model = MODELS[name](keras, "float32")
        model.compile("adam", "sparse_categorical_crossentropy")
    x, y = samples(model, STEPS * SIZE, "float32")
    model.fit(x, y, batch_size=SIZE, epochs=2, verbose=0)  # compiles
    found = []
    for _ in range(EPOCHS):
        began = time.perf_counter()
        model.fit(x, y, batch_size=SIZE, epochs=1, verbose=0)
        found.append(time.perf_counter() - began)
    return min(found) / STEPS


def measured(name: str, whose: str, device: str) -> float:
    """The seconds of a step, of a process of its own."""
    command = [sys.executable, "-m", "benchmarks.devices", device, name, whose]
    told = {"KERAS_BACKEND": "jax", "XLA_FLAGS": "", "AUTOGRAD_NN_COMPILE": "inline"}
    if whose == "keras" and device == "gpu":
        told["JAX_PLATFORMS"] = "cuda,rocm"
    made = subprocess.run(command, env=os.environ | told, text=True, capture_output=True,
                          cwd=Path(__file__).parents[1])  # fmt: skip
    if made.returncode:
        raise RuntimeError(made.stderr[-3000:])
    return float(made.stdout.split()[-1])


def main(device: str, name: str = "", whose: str = "") -> None:
    if whose:
        print(seconds(name, whose, device))
        return
    print(f"{'':14}{'ours':>10}{'Keras':>10}  ms a step of {SIZE} on {device}")
    for model in MODELS:
        a, b = (1000 * measured(model, whose, device) for whose in ("ours", "keras"))
        print(f"{model:14}{a:10.3f}{b:10.3f}  {a / b:.2f} ×", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
