"""A residual MLP: blocks that add to what comes in, h ← h + f(h), told apart two spirals."""

from __future__ import annotations

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers


def spirals(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, n)
    turn = rng.uniform(0.3, 1.0, n) * 2.5 * np.pi
    angle = turn + np.pi * label
    x = np.stack([turn * np.cos(angle), turn * np.sin(angle)], axis=1) / 4
    return (x + rng.normal(scale=0.05, size=x.shape)).astype("float32"), label


def block(x: nn.Input, units: int) -> nn.Input:
    h = layers.BatchNormalization()(x)
    h = layers.Dense(units, activation="gelu")(h)
    h = layers.Dense(x.shape[-1])(h)
    return layers.Add()([x, h])


def model(blocks: int = 4, width: int = 32) -> nn.Model:
    inputs = nn.Input(shape=(2,))
    x = layers.Dense(width)(inputs)
    for _ in range(blocks):
        x = block(x, 2 * width)
    x = layers.LayerNormalization()(x)
    return nn.Model(inputs, layers.Dense(2, activation="softmax")(x), name="residual_mlp")


def main() -> dict[str, float]:
    nn.set_random_seed(0)
    x, y = spirals(1200)
    net = model()
    net.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    net.fit(x[:900], y[:900], batch_size=32, epochs=15, verbose=0)
    loss, accuracy = net.evaluate(x[900:], y[900:], verbose=0)
    return {"loss": loss, "accuracy": accuracy}


if __name__ == "__main__":
    print(main())
