"""``tf.linalg``: what our linear algebra calls otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.compat.tensorflow.indexed import matmul as matmul
from autograd_nn.compat.tensorflow.spelled import l2_normalize as l2_normalize
from autograd_nn.nn import ops


def matvec(
    a: Any, b: Any, transpose_a: bool = False, name: Any = None, **options: Any
) -> Any:
    """A matrix times a vector.

    >>> matvec([[1.0, 2.0]], [3.0, 4.0]).tolist()
    [11.0]
    """
    return ops.squeeze(matmul(a, ops.expand_dims(b, -1), transpose_a), -1)


def band_part(input: Any, num_lower: int, num_upper: int, name: Any = None) -> Any:
    """A matrix with zeros beyond so many diagonals below and above the middle, -1: all.

    >>> band_part([[1, 2], [3, 4]], -1, 0).tolist()
    [[1, 0], [3, 4]]
    """
    x = ops.convert_to_tensor(input)
    rows, columns = ops.shape(x)[-2:]
    below = np.subtract.outer(np.arange(rows), np.arange(columns))
    kept = ((num_lower < 0) | (below <= num_lower)) & ((num_upper < 0) | (-below <= num_upper))
    return ops.where(kept, x, ops.zeros_like(x))


def diag_part(input: Any, name: Any = None, **options: Any) -> Any:
    """A matrix's diagonal."""
    return ops.diagonal(input, axis1=-2, axis2=-1)


tensor_diag = ops.diag
