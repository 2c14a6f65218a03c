"""Data sets: published ones, fetched once; one that comes along; CSV files of your own.

A name or a file goes in, arrays of features and targets come out. `published` finds and fetches
files, `readers` and `pickles` read them and run nothing; a module per data set says what its file
holds. `table` reads CSV: `sniffing` makes rows of a file, `stock` keeps them, `cells` says what a
cell means, `columns` makes numbers of it. `pima` is the one that comes along. Start with
``mnist.py``.
"""

from __future__ import annotations

from autograd_nn.nn.datasets import (
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    fashion_mnist,
    imdb,
    mnist,
    pima,
    reuters,
)
from autograd_nn.nn.datasets.errors import DataError
from autograd_nn.nn.datasets.table import Table, read_csv
from autograd_nn.nn.utils.download import DownloadError

__all__ = [
    "DataError", "DownloadError", "Table", "boston_housing", "california_housing", "cifar10",
    "cifar100", "fashion_mnist", "imdb", "mnist", "pima", "read_csv", "reuters",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
