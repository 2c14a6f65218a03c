"""A denoising autoencoder of pictures of bars: 64 pixels through eight numbers and back."""

from __future__ import annotations

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers


def bars(n: int, rng: np.random.Generator) -> np.ndarray:
    """Pictures of 8 × 8 pixels with one row and one column lit; (n, 8, 8)."""
    x = np.zeros((n, 8, 8), "float32")
    x[np.arange(n), rng.integers(0, 8, n)] = 1
    x[np.arange(n), :, rng.integers(0, 8, n)] = 1
    return x


def model(code: int = 8) -> nn.Sequential:
    encoder = nn.Sequential(
        [nn.Input((8, 8)), layers.GaussianNoise(0.2), layers.Flatten(),
         layers.Dense(64, activation="relu"), layers.Dense(code, name="code")], name="encoder",
    )  # fmt: skip
    decoder = nn.Sequential(
        [nn.Input((code,)), layers.Dense(64, activation="relu"),
         layers.Dense(64, activation="sigmoid"), layers.Reshape((8, 8))], name="decoder",
    )  # fmt: skip
    return nn.Sequential([encoder, decoder])


def main() -> dict[str, float]:
    nn.set_random_seed(0)
    rng = np.random.default_rng(0)
    x, held_out = bars(2000, rng), bars(200, rng)
    net = model()
    net.compile(optimizer="adam", loss="binary_crossentropy")
    stop = nn.EarlyStopping(monitor="val_loss", patience=3, restore_best_weights=True)
    net.fit(x, x, epochs=25, batch_size=64, validation_data=(held_out, held_out),
            callbacks=[stop], verbose=0)  # fmt: skip
    encoder, decoder = net.layers
    restored = decoder.predict(encoder.predict(held_out, verbose=0), verbose=0)
    return {"pixels right": float(np.mean((restored > 0.5) == (held_out > 0.5)))}


if __name__ == "__main__":
    print(main())
