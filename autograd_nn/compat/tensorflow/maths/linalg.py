"""``tf.linalg``: what our linear algebra calls otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.compat.tensorflow.maths.indexed import matmul as matmul
from autograd_nn.compat.tensorflow.maths.spelled import l2_normalize as l2_normalize
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


def diag(diagonal: Any, name: Any = None) -> Any:
    """Matrices (…, n, n) with the last axis on their diagonals.

    >>> diag([[1, 2]]).tolist()
    [[[1, 0], [0, 2]]]
    """
    x = ops.convert_to_tensor(diagonal)
    return ops.expand_dims(x, -1) * ops.eye(ops.shape(x)[-1], dtype=x.dtype)


def set_diag(input: Any, diagonal: Any, name: Any = None, **options: Any) -> Any:
    """Matrices with others on their diagonals.

    >>> set_diag([[1, 2], [3, 4]], [0, 5]).tolist()
    [[0, 2], [3, 5]]
    """
    x = ops.convert_to_tensor(input)
    rows, columns = ops.shape(x)[-2:]
    on = ops.eye(rows, columns, dtype="bool")
    return ops.where(on, ops.expand_dims(ops.cast(diagonal, x.dtype), -1), x)


def trace(x: Any, name: Any = None) -> Any:
    """The sum of each matrix's diagonal, of the last two axes."""
    return ops.sum(diag_part(x), axis=-1)


def svd(tensor: Any, full_matrices: bool = False, compute_uv: bool = True, name: Any = None) -> Any:
    """s, u, v with x = u diag(s) vᵀ; s alone where the others are not wanted.

    >>> s, u, v = svd([[3.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
    >>> s.tolist(), u.shape, v.shape
    ([3.0, 2.0], (3, 2), (2, 2))
    """
    found = ops.svd(tensor, full_matrices=full_matrices, compute_uv=compute_uv)
    if not compute_uv:
        return found
    u, s, turned = found
    return s, u, ops.swapaxes(turned, -1, -2)


def norm(
    tensor: Any, ord: Any = "euclidean", axis: Any = None, keepdims: bool = False,
    name: Any = None, *, keep_dims: bool = False,
) -> Any:  # fmt: skip
    """How long a tensor is as one vector, or along an axis; of matrices, along two axes.

    >>> norm([[3.0, 4.0]], ord=1).tolist(), norm([[3.0, 4.0]]).tolist()
    (7.0, 5.0)
    """
    x, keep = ops.convert_to_tensor(tensor), keepdims or keep_dims
    euclidean = isinstance(ord, str) and ord == "euclidean"
    if axis is None:
        flat = ops.norm(ops.reshape(x, (-1,)), ord=None if euclidean else ord)
        return ops.reshape(flat, (1,) * ops.ndim(x)) if keep else flat
    axis = tuple(int(a) for a in axis) if isinstance(axis, list | tuple) else int(axis)
    order = None if euclidean else ord
    return ops.norm(x, ord=order, axis=axis, keepdims=keep)


def normalize(tensor: Any, ord: Any = "euclidean", axis: Any = None, name: Any = None) -> Any:
    """A tensor over its norm, and the norm.

    >>> [x.tolist() for x in normalize(np.array([3.0, 4.0]))]
    [[0.6, 0.8], [5.0]]
    """
    length = norm(tensor, ord, axis, keepdims=True)
    return ops.divide(tensor, length), length
