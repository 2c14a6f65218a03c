"""A bag of embeddings: a text is the mean of its words' vectors, whatever its length.

Joulin et al., Bag of Tricks for Efficient Text Classification, 2016. Data: made-up reviews.
"""

from __future__ import annotations

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers

GOOD = "good great lovely brilliant touching funny clever warm bright moving".split()
BAD = "bad boring awful dull clumsy empty loud tired flat silly".split()
OTHER = "the a film plot actor scene was is and with its very rather story music this".split()


def reviews(n: int) -> tuple[list[str], np.ndarray]:
    """Texts of 5 to 20 words, with one to three that tell, and whether they praise."""
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, n)
    texts = []
    for praise in label:
        words = list(rng.choice(OTHER, rng.integers(4, 18)))
        words += list(rng.choice(GOOD if praise else BAD, rng.integers(1, 4)))
        texts.append(" ".join(rng.permutation(words)))
    return texts, label


def model(words: int) -> nn.Sequential:
    return nn.Sequential([
        layers.Embedding(words, 16, mask_zero=True),
        layers.GlobalAveragePooling1D(),
        layers.Dense(1, activation="sigmoid"),
    ])  # fmt: skip


def main() -> dict[str, float]:
    nn.set_random_seed(0)
    texts, y = reviews(1000)
    index = {word: i for i, word in enumerate(sorted(set(" ".join(texts).split())), start=1)}
    x = nn.utils.pad_sequences([[index[w] for w in t.split()] for t in texts], padding="post")
    net = model(len(index) + 1)
    net.compile(optimizer=nn.Adam(0.01), loss="binary_crossentropy", metrics=["accuracy"])
    net.fit(x[:800], y[:800], epochs=8, batch_size=32, verbose=0)
    loss, accuracy = net.evaluate(x[800:], y[800:], verbose=0)
    return {"loss": loss, "accuracy": accuracy}


if __name__ == "__main__":
    print(main())
