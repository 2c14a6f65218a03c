"""A convolutional autoencoder: circles pass through fewer numbers, and noise stays behind."""

from __future__ import annotations

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers


def circles(n: int, side: int = 12) -> np.ndarray:
    """Pictures of a circle each; (n, side, side, 1)."""
    rng = np.random.default_rng(0)
    rows, columns = np.indices((side, side))
    y, x, r = (rng.uniform(low, high, (n, 1, 1)) for low, high in ((4, 8), (4, 8), (2, 4)))
    distance = np.hypot(rows - y, columns - x)
    return np.exp(-((distance - r) ** 2))[..., None].astype("float32")


def model(shape: tuple[int, ...]) -> nn.Sequential:
    return nn.Sequential([
        nn.Input(shape),
        layers.GaussianNoise(0.3),
        layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="code"),
        layers.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2D(1, 3, padding="same"),
    ])  # fmt: skip


def trained() -> tuple[nn.Sequential, np.ndarray, np.ndarray]:
    """A model that has learned, and what it has not seen."""
    nn.set_random_seed(0)
    x = circles(384)
    net = model(x.shape[1:])
    net.compile(optimizer=nn.Adam(0.01), loss="mse")
    net.fit(x[:256], x[:256], epochs=12, batch_size=16, verbose=0)
    clean = x[256:]
    noisy = clean + np.random.default_rng(1).normal(scale=0.3, size=clean.shape).astype("float32")
    return net, noisy, clean


def main() -> dict[str, float]:
    net, noisy, clean = trained()
    restored = net.predict(noisy, verbose=0)
    return {"noise": float(np.mean((noisy - clean) ** 2)),
            "left": float(np.mean((restored - clean) ** 2))}  # fmt: skip


if __name__ == "__main__":
    print(main())
