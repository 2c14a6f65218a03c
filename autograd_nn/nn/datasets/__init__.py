"""Data sets that come with the package, and a reader for CSV files of your own.

A name or a file goes in, arrays of features and targets come out. Start with `pima.load_data`.
"""

from __future__ import annotations

from autograd_nn.nn.datasets import pima
from autograd_nn.nn.datasets.table import DataError, Table, read_csv

__all__ = ["DataError", "Table", "pima", "read_csv"]


def __dir__() -> list[str]:
    return __all__
