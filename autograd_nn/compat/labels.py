"""Classes as rows of Keras 1 and 2."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn import utils
from autograd_nn.nn.renamed import renames


@renames
def to_categorical(y: Any, num_classes: int | None = None, dtype: Any = None) -> Any:
    """Class numbers as one-hot rows, of a dtype where one is told.

    >>> to_categorical([1, 0], dtype="int32").tolist()
    [[0, 1], [1, 0]]
    """
    found = utils.to_categorical(y, num_classes)
    return found if dtype is None else found.astype(dtype)
