"""MNIST: 70,000 handwritten digits, 28 × 28 pixels (LeCun, Cortes and Burges, 1998)."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from autograd_nn.nn.datasets.errors import DataError
from autograd_nn.nn.datasets.published import store
from autograd_nn.nn.datasets.readers import npz

FILE = store("mnist.npz", sha256="731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1")
MOST = 70_000 * (28 * 28 + 8)
Split = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def load_data(path: str | os.PathLike[str] = "mnist.npz") -> Split:
    """(x_train, y_train), (x_test, y_test): images uint8 (60000, 28, 28), digits uint8 (60000,).

    10,000 are for testing. The file is fetched once, and compared with its SHA-256.
    path   a name in the folder of data sets, or a file anywhere.
    Raises DownloadError without a network, DataError for a file of something else.
    """
    names = ("x_train", "y_train", "x_test", "y_test")
    return paired(npz(FILE.here(path), names, MOST), "mnist")


def paired(arrays: Sequence[np.ndarray], name: str) -> Split:
    """Images and labels, of training and of testing; raises DataError for other shapes."""
    x_train, y_train, x_test, y_test = arrays
    for images, labels in ((x_train, y_train), (x_test, y_test)):
        if images.ndim != 3 or labels.shape != images.shape[:1]:
            raise DataError(
                f"{name} received images of shape {images.shape} and labels of shape "
                f"{labels.shape}; expected (n, 28, 28) and (n,)."
            )
    return (x_train, y_train), (x_test, y_test)
