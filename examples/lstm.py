"""A bidirectional LSTM on the adding problem: the sum of the two numbers that are marked.

Hochreiter and Schmidhuber, Long Short-Term Memory, 1997, experiment 4.
"""

from __future__ import annotations

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers


def sums(n: int, steps: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of (number, mark) with one mark in each half; (n, t, 2), (n, 1)."""
    rng = np.random.default_rng(0)
    numbers, marks, rows = rng.uniform(-1, 1, (n, steps)), np.zeros((n, steps)), np.arange(n)
    marks[rows, rng.integers(0, steps // 2, n)] = 1
    marks[rows, rng.integers(steps // 2, steps, n)] = 1
    y = (numbers * marks).sum(axis=1, keepdims=True)
    return np.stack([numbers, marks], axis=2).astype("float32"), y.astype("float32")


def model() -> nn.Model:
    inputs = nn.Input(shape=(None, 2))
    x = layers.Bidirectional(layers.LSTM(16))(inputs)
    return nn.Model(inputs, layers.Dense(1)(x))


def trained() -> tuple[nn.Model, np.ndarray, np.ndarray]:
    """A model that has learned, and what it has not seen."""
    nn.set_random_seed(0)
    x, y = sums(1000, steps=6)
    net = model()
    net.compile(optimizer=nn.optimizers.Adam(learning_rate=0.02, clipnorm=1.0), loss="mse")
    net.fit(x[:800], y[:800], epochs=12, batch_size=40, verbose=0)
    return net, x[800:], y[800:]


def main() -> dict[str, float]:
    net, x, y = trained()
    return {"mse": net.evaluate(x, y, verbose=0), "variance": float(y.var())}


if __name__ == "__main__":
    print(main())
