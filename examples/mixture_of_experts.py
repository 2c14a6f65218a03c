"""A mixture of experts: a gate says how much each of some small nets has to say about an input.

Jacobs et al., Adaptive Mixtures of Local Experts, 1991: y = Σ_k g_k(x)·f_k(x), g a softmax. A layer
of one's own holds the experts; data: a function that is another one in each quarter of the plane.
"""

from __future__ import annotations

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers, ops


class Experts(layers.Layer):
    """n linear experts, weighed by a gate; (…, d) → (…, units)."""

    def __init__(self, experts, units, **kwargs):
        super().__init__(**kwargs)
        self.experts = experts
        self.units = units
        self.gate = layers.Dense(experts, activation="softmax")

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(self.experts, input_shape[-1], self.units),
            initializer="glorot_uniform",
            name="kernel",
        )
        self.bias = self.add_weight(
            shape=(self.experts, self.units), initializer="zeros", name="bias"
        )

    def call(self, inputs):
        found = ops.einsum("bd,edu->beu", inputs, self.kernel) + self.bias
        return ops.einsum("be,beu->bu", self.gate(inputs), found)


def data(n: int) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).uniform(-1, 1, (n, 2)).astype("float32")
    left, low = x[:, 0] < 0, x[:, 1] < 0
    on_left = np.where(low, x[:, 0], -2 * x[:, 1])
    y = np.where(left, on_left, np.where(low, 3 * x[:, 1], 1 - x[:, 0]))
    return x, y[:, None]


def main() -> dict[str, float]:
    nn.set_random_seed(0)
    x, y = data(1500)
    net = nn.Sequential([nn.Input((2,)), Experts(8, 1)])
    net.compile(optimizer=nn.Adam(0.03), loss="mse", metrics=["r2_score"])
    net.fit(x[:1200], y[:1200], epochs=40, batch_size=50, verbose=0)
    mse, r2 = net.evaluate(x[1200:], y[1200:], verbose=0)
    return {"mse": mse, "r2": r2}


if __name__ == "__main__":
    print(main())
