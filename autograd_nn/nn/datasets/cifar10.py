"""CIFAR-10: 60,000 photographs of ten kinds of things, 32 × 32 pixels (Krizhevsky, 2009)."""

from __future__ import annotations

import numpy as np

from autograd_nn.nn.datasets.cifar import batches
from autograd_nn.nn.datasets.mnist import Split
from autograd_nn.nn.datasets.published import Published

FILE = Published(
    "cifar-10-python.tar.gz",
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    {"sha256": "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"},
    also=("cifar-10-batches-py-target_archive", "cifar-10-batches-py.tar.gz"),
)
BATCHES = (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")


def load_data() -> Split:
    """(x_train, y_train), (x_test, y_test): uint8 (50000, 32, 32, 3) and (50000, 1).

    10,000 are for testing. The channels come first where ``config.image_data_format`` says so. The
    file is fetched once, and compared with its SHA-256.
    Raises DownloadError without a network, DataError for a file of something else.
    """
    names = tuple(f"cifar-10-batches-py/{name}" for name in BATCHES)
    *train, test = batches(FILE.here(), names, "labels")
    x, y = (np.concatenate(parts) for parts in zip(*train, strict=True))
    return (x, y), test
