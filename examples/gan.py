"""A generative adversarial net (Goodfellow et al., 2014): its own step, two optimizers."""

from __future__ import annotations

import numpy as np

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.nn import layers, ops


class GAN(nn.Model):
    """A step teaches the discriminator real (1) from made (0), then the generator to deceive."""

    def __init__(self, generator, discriminator, noise: int):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.noise, self.seed = noise, nn.random.SeedGenerator(7)

    def compile(self, d_optimizer, g_optimizer):
        super().compile()
        self.d_optimizer, self.g_optimizer = d_optimizer, g_optimizer
        self.loss_fn = nn.losses.BinaryCrossentropy(from_logits=True)

    def draw(self, n):
        return self.generator(nn.random.normal((n, self.noise), seed=self.seed))

    def step(self, net, optimizer, loss):
        loss.backward()
        optimizer.apply_gradients([(w.grad, w) for w in net.trainable_weights])
        for w in self.trainable_weights:
            w.zero_grad()

    def train_step(self, real):
        n = real.shape[0]
        both = ops.concatenate([ag.stop_gradient(self.draw(n)), real], axis=0)
        d_loss = self.loss_fn(ops.arange(2 * n)[:, None] >= n, self.discriminator(both))
        self.step(self.discriminator, self.d_optimizer, d_loss)
        g_loss = self.loss_fn(ops.ones((n, 1)), self.discriminator(self.draw(n)))
        self.step(self.generator, self.g_optimizer, g_loss)
        return {"d_loss": d_loss, "g_loss": g_loss}


def main() -> dict[str, float]:
    nn.set_random_seed(0)
    rng = np.random.default_rng(0)
    t = rng.uniform(-1, 1, (2000, 1))
    real = np.hstack([2 + t, 1 - t]) + rng.normal(scale=0.1, size=(2000, 2))
    dense = layers.Dense
    generator = nn.Sequential([nn.Input((4,)), dense(32, activation="relu"), dense(2)])
    discriminator = nn.Sequential([nn.Input((2,)), dense(32, activation="leaky_relu"), dense(1)])
    gan = GAN(generator, discriminator, noise=4)
    gan.compile(nn.Adam(0.001, beta_1=0.5), nn.Adam(0.001, beta_1=0.5))
    gan.fit(real.astype("float32"), epochs=40, batch_size=50, verbose=0)
    x, y = generator.predict(rng.normal(size=(500, 4)).astype("float32"), verbose=0).T
    return {"mean x": float(x.mean()), "mean y": float(y.mean()), "of x + y": float((x + y).std())}


if __name__ == "__main__":
    print(main())
