"""Folds as `sklearn.cross_validation` had them: made for the rows at once, and gone through."""

from __future__ import annotations

from typing import Any

import numpy as np

Folds = list[tuple[Any, Any]]  # the rows to train on and those to test on, of each fold


def KFold(  # noqa: N802
    n: int, n_folds: int = 3, shuffle: bool = False, random_state: Any = None
) -> Folds:
    """n rows in so many folds."""
    return _split("KFold", np.zeros(n), n_folds, shuffle, random_state)


def StratifiedKFold(  # noqa: N802
    y: Any, n_folds: int = 3, shuffle: bool = False, random_state: Any = None
) -> Folds:
    """The rows of classes y in so many folds, each with as large a share of every class."""
    return _split("StratifiedKFold", np.asarray(y), n_folds, shuffle, random_state)


def _split(name: str, y: np.ndarray, n_folds: int, shuffle: bool, random_state: Any) -> Folds:
    from sklearn import model_selection

    state = random_state if shuffle else None
    folds = getattr(model_selection, name)(n_folds, shuffle=shuffle, random_state=state)
    return list(folds.split(np.zeros((len(y), 1)), y))
