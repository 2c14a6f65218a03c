"""Sequences of different lengths in one batch: the steps beyond an end are masked.

Wanted is the sum of a sequence's numbers. What is beyond an end is 9, which Masking marks: the
LSTM's state then stays what it was at the last step.
"""

from __future__ import annotations

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers

END = 9.0


def sums(n: int, longest: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of two numbers and more, one below the other; (n, t, 1), (n, 1)."""
    rng = np.random.default_rng(0)
    rows = [rng.uniform(-1, 1, rng.integers(2, longest + 1)) for _ in range(n)]
    x = nn.utils.pad_sequences(rows, longest, dtype="float32", padding="post", value=END)
    return x[..., None], np.array([[row.sum()] for row in rows], "float32")


def model() -> nn.Sequential:
    return nn.Sequential([
        nn.Input((None, 1)),
        layers.Masking(END),
        layers.LSTM(16),
        layers.Dense(1),
    ])  # fmt: skip


def trained() -> tuple[nn.Sequential, np.ndarray, np.ndarray]:
    """A model that has learned, and what it has not seen."""
    nn.set_random_seed(0)
    x, y = sums(500)
    net = model()
    net.compile(optimizer=nn.Adam(0.02), loss="mse")
    net.fit(x[:400], y[:400], epochs=15, batch_size=40, verbose=0)
    return net, x[400:], y[400:]


def main() -> dict[str, float]:
    net, x, y = trained()
    mse = net.evaluate(x, y, verbose=0)
    longer = np.concatenate([x, np.full((len(x), 4, 1), END, "float32")], axis=1)
    moved = net.predict(x, verbose=0) - net.predict(longer, verbose=0)
    return {"mse": mse, "variance": float(y.var()), "moved by the end": float(np.abs(moved).max())}


if __name__ == "__main__":
    print(main())
