"""Numbers in another form: class numbers as rows, rows of length 1, dtypes by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import DTypeError, RangeError
from autograd_nn.engine.halves import as_dtype, kind_of
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import whole
from autograd_nn.nn.settings import floatx


def to_categorical(x: Any, num_classes: int | None = None) -> Any:
    """Class numbers as one-hot rows.

    x             class numbers from 0, (n,) or (n, 1).
    num_classes   as many classes as needed where it is None.
    Shapes (n,) → (n, num_classes); a tensor gives a tensor, anything else an array.
    Raises ValueError for what is no class number.

    >>> from autograd_nn import nn
    >>> nn.utils.to_categorical([1, 0])
    array([[0., 1.],
           [1., 0.]])
    """
    given: Any = np.asarray(x)
    if kind_of(given.dtype) not in "biuf":
        raise DTypeError(
            f"to_categorical received dtype {given.dtype}; expected class numbers, whole and from "
            "0. Number the classes, as np.unique(x, return_inverse=True) does."
        )
    labels: Any = given.astype(np.int64)
    if given.size and ((labels != given).any() or labels.min() < 0):
        raise ValueError(
            f"to_categorical received {given[labels != given].tolist()[:3] or labels.min()}; "
            "expected class numbers, whole and from 0."
        )
    if num_classes is not None:
        whole(num_classes, "num_classes", 1)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    n = int(labels.max()) + 1 if num_classes is None else num_classes
    if labels.size and labels.max() >= n:
        raise RangeError(
            f"to_categorical received class {labels.max()} and num_classes={n}; expected classes "
            f"below {n}. Pass num_classes={labels.max() + 1}, or leave it out."
        )
    rows = ops.one_hot(labels, n, dtype="float64")
    return rows if isinstance(x, Tensor) else np.array(rows)


def normalize(x: Any, axis: int = -1, order: float = 2) -> Any:
    """x divided by its norms along an axis; where a norm is 0, x stays.

    order   of the norm: 1, 2, … or infinity.
    A tensor gives a tensor, anything else an array.

    >>> from autograd_nn import nn
    >>> nn.utils.normalize([[3.0, 4.0], [0.0, 0.0]])
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    norms = ops.norm(x, ord=order, axis=axis, keepdims=True)
    y = ops.divide(x, ops.where(norms == 0, 1, norms))
    return y if isinstance(x, Tensor) else y.numpy()


def standardize_dtype(dtype: Any = None) -> str:
    """A dtype's name, of whatever stands for it; None is `floatx`.

    Raises DTypeError for what is none.

    >>> from autograd_nn import nn
    >>> nn.utils.standardize_dtype(float), nn.utils.standardize_dtype(None)
    ('float64', 'float32')
    """
    try:
        return floatx() if dtype is None else as_dtype(dtype).name
    except TypeError:
        raise DTypeError(
            f"received {dtype!r} as a dtype; expected one such as 'float32' or numpy.int64."
        ) from None
