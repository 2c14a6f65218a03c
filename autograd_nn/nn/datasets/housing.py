"""What the two data sets of house prices share: rows in a drawn order, parted in two."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from autograd_nn.nn.datasets.errors import DataError
from autograd_nn.nn.datasets.mnist import Split
from autograd_nn.nn.datasets.readers import npz

MOST = 8 << 20


def rows(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Features (n, k) and targets of a file."""
    x, y = npz(path, ("x", "y"), MOST)
    if x.ndim != 2 or len(x) != len(y):
        raise DataError(
            f"{path}: received shapes {x.shape} and {y.shape} of x and y; expected (n, k) and (n,)."
        )
    return x, y


def share(test_split: float) -> float:
    """A share of the rows, 0 ≤ share < 1."""
    if not 0 <= test_split < 1:
        raise ValueError(f"received test_split={test_split!r}; expected 0 ≤ test_split < 1.")
    return test_split


def parted(x: np.ndarray, y: np.ndarray, test_split: float, seed: int | None) -> Split:
    """Rows in an order drawn from ``seed``, the last ``test_split`` of them for testing."""
    order = np.arange(len(x))
    np.random.RandomState(seed).shuffle(order)
    cut = int(len(x) * (1 - test_split))
    train, test = order[:cut], order[cut:]
    return (x[train], y[train]), (x[test], y[test])
