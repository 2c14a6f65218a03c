"""Handwritten digits told apart by a convolutional net: ``python examples/mnist.py [FOLDER]``.

MNIST is fetched once, unless FOLDER holds images and labels in its own format, ``*images*`` and
``*labels*``, gzipped or not: of these the first four fifths are trained on.
LeCun et al., Gradient-based learning applied to document recognition, 1998.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import numpy as np

from autograd_nn import nn
from autograd_nn.nn import layers


def read(folder: Path, kind: str) -> np.ndarray:
    """The numbers of an IDX file: two bytes of zero, their type, how many axes, the sizes."""
    path = sorted(folder.glob(f"*{kind}*"))[0]
    data = (gzip.open if path.suffix == ".gz" else open)(path, "rb").read()
    sizes = np.frombuffer(data, ">i4", count=data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(sizes)


def digits(folder: str | None) -> tuple[np.ndarray, ...]:
    """Images and labels to train on, and others to test with."""
    if folder is None:
        (x, y), (x_test, y_test) = nn.datasets.mnist.load_data()
        return x, y, x_test, y_test
    x, y = (read(Path(folder), kind) for kind in ("images", "labels"))
    n = len(x) * 4 // 5
    return x[:n], y[:n], x[n:], y[n:]


def trained(folder: str | None = None) -> tuple[nn.Sequential, np.ndarray, np.ndarray]:
    """A model that has learned, and digits that it has not seen."""
    nn.set_random_seed(0)
    x, y, x_test, y_test = digits(folder)
    net = nn.Sequential([
        nn.Input((*x.shape[1:], 1)), layers.Rescaling(1 / 255),
        layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(2),
        layers.Flatten(), layers.Dropout(0.5), layers.Dense(10, activation="softmax"),
    ])  # fmt: skip
    net.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    net.fit(x[..., None], y, epochs=6, batch_size=64, verbose=0)
    return net, x_test[..., None], y_test


def main(folder: str | None = None) -> dict[str, float]:
    net, x, y = trained(folder)
    loss, accuracy = net.evaluate(x, y, verbose=0)
    return {"accuracy": accuracy, "loss": loss}


if __name__ == "__main__":
    print(main(*sys.argv[1:2]))
