"""A variational autoencoder of a circle: codes are drawn, a penalty keeps them nearly normal.

Kingma and Welling, 2014: z = m + e^(s/2)·ε with ε ~ N(0, 1); KL = -½ Σ (1 + s - m² - e^s).
"""

from __future__ import annotations

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers, ops


class Sampling(layers.Layer):
    """Draws z from (mean, log variance); (…, n), (…, n) → (…, n)."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = nn.random.SeedGenerator(1)

    def call(self, inputs):
        mean, log_var = inputs
        noise = nn.random.normal(ops.shape(mean), seed=self.seed_generator)
        return mean + ops.exp(0.5 * log_var) * noise


class VAE(nn.Model):
    """Encoder, draw and decoder; the penalty is added in the call."""

    def __init__(self, size: int, code: int = 2, **kwargs):
        super().__init__(**kwargs)
        self.hidden = layers.Dense(32, activation="relu")
        self.mean, self.log_var = layers.Dense(code), layers.Dense(code)
        self.sampling = Sampling()
        self.decoder = nn.Sequential([layers.Dense(32, activation="relu"), layers.Dense(size)])

    def call(self, inputs):
        h = self.hidden(inputs)
        mean, log_var = self.mean(h), self.log_var(h)
        kl = -0.5 * ops.sum(1 + log_var - ops.square(mean) - ops.exp(log_var), axis=-1)
        self.add_loss(0.02 * ops.mean(kl))
        return self.decoder(self.sampling([mean, log_var]))


def main() -> dict[str, float]:
    nn.set_random_seed(0)
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 1500)
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1) @ rng.normal(size=(2, 10))
    x = (x + rng.normal(scale=0.05, size=x.shape)).astype("float32")
    vae = VAE(10)
    vae.compile(optimizer=nn.Adam(learning_rate=0.005), loss="mse")
    vae.fit(x, x, epochs=20, batch_size=50, verbose=0)
    drawn = vae.decoder.predict(rng.normal(size=(500, 2)).astype("float32"), verbose=0)
    error = vae.evaluate(x, x, verbose=0)
    return {"loss": error, "variance": float(x.var()), "of draws": float(drawn.var())}


if __name__ == "__main__":
    print(main())
