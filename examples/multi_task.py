"""Two tasks on one trunk: a class and a number, each with its loss, its weight and its metric."""

from __future__ import annotations

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers


def data(n: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Points in a plane and four useless features; which of three sectors, and how far away."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 6)).astype("float32")
    angle = np.arctan2(x[:, 1], x[:, 0])
    sector = np.digitize(angle, [-np.pi / 3, np.pi / 3])
    return x, {"sector": sector, "radius": np.hypot(x[:, 0], x[:, 1])[:, None]}


def model() -> nn.Model:
    inputs = nn.Input(shape=(6,))
    h = layers.Dense(64, activation="relu")(inputs)
    h = layers.Dense(32, activation="relu")(h)
    sector = layers.Dense(3, activation="softmax", name="sector")(h)
    radius = layers.Dense(1, activation="softplus", name="radius")(h)
    return nn.Model(inputs, {"sector": sector, "radius": radius})


def main() -> dict[str, float]:
    nn.set_random_seed(0)
    x, y = data(2000)
    net = model()
    net.compile(
        optimizer="adam",
        loss={"sector": "sparse_categorical_crossentropy", "radius": "mse"},
        loss_weights={"sector": 1.0, "radius": 2.0},
        metrics={"sector": ["accuracy"], "radius": ["mae"]},
    )
    history = net.fit(x, y, epochs=20, batch_size=64, validation_split=0.2, verbose=0).history
    return {k: history[f"val_{k}"][-1] for k in ("loss", "sector_accuracy", "radius_mae")}


if __name__ == "__main__":
    print(main())
