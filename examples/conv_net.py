"""A small convolutional net that tells pictures of a row, a column and a square apart."""

from __future__ import annotations

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers


def pictures(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Noisy pictures of 12 × 12 pixels and their kinds; (n, 12, 12, 1), (n,)."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 3, n)
    x = rng.normal(scale=0.3, size=(n, 12, 12, 1))
    for picture, k in zip(x, kind, strict=True):
        i, j = rng.integers(0, 7, 2)
        height, width = ((1, 6), (6, 1), (3, 3))[k]
        picture[i : i + height, j : j + width] += 1
    return x.astype("float32"), kind


def model() -> nn.Sequential:
    net = nn.Sequential()
    net.add(nn.Input((12, 12, 1)))
    net.add(layers.Conv2D(8, (3, 3), padding="same", activation="relu"))
    net.add(layers.MaxPooling2D((2, 2)))
    net.add(layers.Conv2D(16, 3, activation="relu"))
    net.add(layers.GlobalMaxPooling2D())
    net.add(layers.Dropout(0.1))
    net.add(layers.Dense(3, activation="softmax"))
    return net


def main() -> dict[str, float]:
    nn.set_random_seed(0)
    x, y = pictures(800)
    net = model()
    net.compile(optimizer=nn.Adam(0.005), loss="sparse_categorical_crossentropy",
                metrics=["accuracy"])  # fmt: skip
    net.fit(x[:600], y[:600], epochs=8, batch_size=32, verbose=0)
    loss, accuracy = net.evaluate(x[600:], y[600:], verbose=0)
    return {"loss": loss, "accuracy": accuracy}


if __name__ == "__main__":
    print(main())
