"""Convolution and LSTM together: which way a bar moves, told from five noisy pictures of it."""

from __future__ import annotations

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers


def films(n: int, steps: int = 5, side: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Pictures in a row of a bar going right, left, down or up; (n, t, side, side, 1), (n,)."""
    rng = np.random.default_rng(0)
    x, way = rng.normal(scale=0.2, size=(n, steps, side, side, 1)), rng.integers(0, 4, n)
    for film, k in zip(x, way, strict=True):
        first = int(rng.integers(0, side))
        for t, picture in enumerate(film):
            at = (first + (t if k % 2 == 0 else -t)) % side
            picture[(slice(None), at) if k < 2 else at] += 1
    return x.astype("float32"), way


def model(shape: tuple[int, ...]) -> nn.Sequential:
    eye = nn.Sequential([
        nn.Input(shape[1:]),
        layers.Conv2D(8, 3, activation="relu"),
        layers.MaxPooling2D(2),
        layers.Flatten(),
        layers.Dense(24, activation="relu"),
    ], name="eye")  # fmt: skip
    return nn.Sequential([
        nn.Input(shape),
        layers.TimeDistributed(eye),
        layers.LSTM(24),
        layers.Dense(4, activation="softmax"),
    ])  # fmt: skip


def trained() -> tuple[nn.Sequential, np.ndarray, np.ndarray]:
    """A model that has learned, and what it has not seen."""
    nn.set_random_seed(0)
    x, y = films(500)
    net = model(x.shape[1:])
    net.compile(optimizer=nn.Adam(0.01), loss="sparse_categorical_crossentropy",
                metrics=["accuracy"])  # fmt: skip
    net.fit(x[:400], y[:400], epochs=8, batch_size=32, verbose=0)
    return net, x[400:], y[400:]


def main() -> dict[str, float]:
    net, x, y = trained()
    loss, accuracy = net.evaluate(x, y, verbose=0)
    return {"loss": loss, "accuracy": accuracy}


if __name__ == "__main__":
    print(main())
