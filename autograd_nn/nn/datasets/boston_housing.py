"""Boston house prices: 506 tracts, 13 features each (Harrison and Rubinfeld, 1978)."""

from __future__ import annotations

import os

from autograd_nn.nn.datasets import housing
from autograd_nn.nn.datasets.mnist import Split
from autograd_nn.nn.datasets.published import store

FILE = store(
    "boston_housing.npz", sha256="f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5"
)


def load_data(
    path: str | os.PathLike[str] = "boston_housing.npz", test_split: float = 0.2, seed: int = 113
) -> Split:
    """(x_train, y_train), (x_test, y_test): float64 (404, 13), and prices in 1000 $, (404,).

    The data is known for a feature that is racist, and for a target that is cut off at 50.
    path         a name in the folder of data sets, or a file anywhere.
    test_split   the share of the rows that are for testing; seed: of their order.
    Raises ValueError for another share, DownloadError without a network, DataError for a file of
    something else.
    """
    housing.share(test_split)
    return housing.parted(*housing.rows(FILE.here(path)), test_split, seed)
