"""The Pima Indians diabetes data: 768 people, 8 measurements each; see PIMA.md for its origin."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from autograd_nn.nn.datasets.table import Table, read_csv

PATH = Path(__file__).with_name("pima.csv")


def load_table() -> Table:
    """The data with the names of its columns."""
    return read_csv(PATH, target="diabetes")


def load_data() -> tuple[np.ndarray, np.ndarray]:
    """The features X, float32 (768, 8), and the labels y, int64 (768,): 1 for diabetes.

    >>> X, y = load_data()
    >>> X.shape, y.shape, int(y.sum())
    ((768, 8), (768,), 268)
    """
    table = load_table()
    return table.X, table.y
