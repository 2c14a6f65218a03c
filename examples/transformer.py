"""A small Transformer (Vaswani et al., 2017) writes text, the sentences of a little grammar."""

from __future__ import annotations

import numpy as np

from autograd_nn import Tensor, nn
from autograd_nn.nn import layers

NAMES, VERBS = ("a cat", "the dog", "an owl", "the fish"), ("sees", "hears", "likes", "follows")
ENDS = (".", " now.", " too.")
SENTENCES = [f"{a} {v} {b}{e}" for a in NAMES for v in VERBS for b in NAMES for e in ENDS]
LETTERS, LENGTH = sorted(set("".join(SENTENCES))), max(map(len, SENTENCES))


class Positions(nn.Layer):
    """Adds a learned vector for each place of a sequence."""

    def build(self, input_shape: tuple[int, ...]) -> None:
        self.vectors = self.add_weight(input_shape[1:], "uniform", name="vectors")

    def call(self, inputs: Tensor) -> Tensor:
        return inputs + self.vectors


def model(size: int = 32) -> nn.Model:
    inputs = nn.Input(shape=(LENGTH,), dtype="int32")
    x = Positions()(layers.Embedding(len(LETTERS), size)(inputs))
    y = layers.LayerNormalization()(x)
    x = x + layers.MultiHeadAttention(4, size // 4)(y, y, use_causal_mask=True)
    y = layers.Dense(2 * size, activation="gelu")(layers.LayerNormalization()(x))
    return nn.Model(inputs, layers.Dense(len(LETTERS))(x + layers.Dense(size)(y)))


def written(net: nn.Model, n: int) -> list[str]:
    """n sentences, each letter drawn as the model expects it after those before."""
    rng, text = np.random.default_rng(1), np.full((n, LENGTH + 1), LETTERS.index("."))
    for i in range(LENGTH):
        logits = net(text[:, :-1]).numpy()[:, i]
        text[:, i + 1] = (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)
    return ["".join(LETTERS[k] for k in row[1:]).split(".")[0] + "." for row in text]


def trained() -> tuple[nn.Model, np.ndarray]:
    """A model that has read 150 sentences, and those."""
    nn.set_random_seed(0)
    known = np.random.default_rng(0).choice(SENTENCES, 150)
    text = np.array([[LETTERS.index(c) for c in "." + s.ljust(LENGTH, ".")] for s in known])
    net = model()
    net.compile(nn.optimizers.Adam(0.01), nn.losses.SparseCategoricalCrossentropy(True))
    net.fit(text[:, :-1], text[:, 1:], epochs=40, batch_size=30, verbose=0)
    return net, known


def main() -> dict[str, float]:
    net, known = trained()
    right = [s for s in written(net, 50) if s in SENTENCES]
    return {"sentences": len(right) / 50, "new": len({*right} - {*known})}


if __name__ == "__main__":
    print(main())
