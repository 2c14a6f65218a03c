"""Classes as rows, and rows as classes, of Keras 1 and 2."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.nn import utils
from autograd_nn.nn.renamed import renames, warn_user


@renames
def to_categorical(y: Any, num_classes: int | None = None, dtype: Any = None) -> Any:
    """Class numbers as one-hot rows, of a dtype where one is told.

    Those below 0 count from the last class, as they did, with a warning.

    >>> to_categorical([1, 0], dtype="int32").tolist()
    [[0, 1], [1, 0]]
    """
    numbers = np.asarray(y)
    if numbers.size and numbers.dtype.kind in "if" and numbers.min() < 0:
        classes = int(num_classes or numbers.max() + 1)
        if numbers.min() >= -classes:
            warn_user(
                f"to_categorical: received {numbers.min():g}, which was taken for the class "
                f"{classes + numbers.min():g}; class numbers are from 0 on."
            )
            y, num_classes = np.where(numbers < 0, numbers + classes, numbers), classes
    found = utils.to_categorical(y, num_classes)
    return found if dtype is None else found.astype(dtype)


def categorical_probas_to_classes(p: Any) -> np.ndarray:
    """The likeliest class of each row, (n, k) → (n,).

    >>> categorical_probas_to_classes([[0.2, 0.8], [0.9, 0.1]]).tolist()
    [1, 0]
    """
    return np.argmax(p, axis=1)


def probas_to_classes(y_pred: Any) -> np.ndarray:
    """The likeliest class of each row; of one column, (n,) or (n, 1), whether it is over a half.

    >>> probas_to_classes([[0.2], [0.9]]).tolist()
    [0, 1]
    """
    rows = np.asarray(y_pred)
    if rows.ndim > 1 and rows.shape[1] > 1:
        return categorical_probas_to_classes(rows)
    return (rows.reshape(len(rows)) > 0.5).astype(int)
