"""California house prices: 20,640 districts, 8 features each (Pace and Barry, 1997)."""

from __future__ import annotations

import os

from autograd_nn.nn.datasets import housing
from autograd_nn.nn.datasets.mnist import Split
from autograd_nn.nn.datasets.published import store

FILE = store(
    "california_housing.npz",
    sha256="1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
)
ROWS = {"large": None, "small": 600}


def load_data(
    version: str = "large",
    path: str | os.PathLike[str] = "california_housing.npz",
    test_split: float = 0.2,
    seed: int = 113,
) -> Split:
    """(x_train, y_train), (x_test, y_test): float32 (16512, 8), and prices in $, (16512,).

    version      'large' for all districts, 'small' for 600.
    path         a name in the folder of data sets, or a file anywhere.
    test_split   the share of the rows that are for testing; seed: of their order.
    Raises ValueError for other versions and shares, DownloadError without a network, DataError for
    a file of something else.
    """
    housing.share(test_split)
    if version not in ROWS:
        raise ValueError(f"received version={version!r}; expected 'large' or 'small'.")
    x, y = housing.rows(FILE.here(path))
    return housing.parted(x[: ROWS[version]], y[: ROWS[version]], test_split, seed)
