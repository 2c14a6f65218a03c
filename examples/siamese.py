"""A siamese net: one encoder for both of a pair, and a loss of the distance between the codes.

Hadsell, Chopra, LeCun, Dimensionality Reduction by Learning an Invariant Mapping, 2006: alike, d²;
not alike, max(0, m - d)².
"""

from __future__ import annotations

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers, ops


def pairs(n: int, patterns: np.ndarray, rng: np.random.Generator) -> tuple[list, np.ndarray]:
    """Noisy patterns two by two, half of them alike (1)."""
    first = rng.integers(0, len(patterns), n)
    alike = rng.random(n) < 0.5
    second = np.where(alike, first, (first + rng.integers(1, len(patterns), n)) % len(patterns))
    noisy = [patterns[k] + rng.normal(size=(n, patterns.shape[1])) for k in (first, second)]
    return [x.astype("float32") for x in noisy], alike[:, None].astype("float32")


def encoder(size: int) -> nn.Sequential:
    return nn.Sequential(
        [nn.Input((size,)), layers.Dense(32, activation="relu"), layers.Dense(8)], name="encoder"
    )


def distance(codes: list) -> nn.Input:
    a, b = codes
    return ops.sqrt(ops.sum(ops.square(a - b), axis=1, keepdims=True) + 1e-6)


def contrastive(y_true, y_pred, margin=1.0):
    apart = ops.maximum(margin - y_pred, 0.0)
    return ops.mean(y_true * ops.square(y_pred) + (1 - y_true) * ops.square(apart))


def close(y_true, y_pred):
    """Accuracy at half the margin."""
    return ops.mean(ops.equal(y_true > 0.5, y_pred < 0.5))


def main() -> dict[str, float]:
    nn.set_random_seed(0)
    rng = np.random.default_rng(0)
    left, right, patterns = nn.Input((20,)), nn.Input((20,)), 2 * rng.normal(size=(6, 20))
    shared = encoder(20)
    net = nn.Model([left, right], layers.Lambda(distance)([shared(left), shared(right)]))
    net.compile(optimizer="rmsprop", loss=contrastive, metrics=[close])
    x, y = pairs(2000, patterns, rng)
    net.fit(x, y, epochs=10, batch_size=64, verbose=0)
    x, y = pairs(500, patterns, rng)
    loss, accuracy = net.evaluate(x, y, verbose=0)
    return {"loss": loss, "accuracy": accuracy}


if __name__ == "__main__":
    print(main())
