"""``tf.sparse``: entries by their places; what computes with them takes them as dense tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.compat.tensorflow.values.texts import texts
from autograd_nn.nn import ops


class SparseTensor:
    """The values that stand at indices (n, k) of a tensor of a shape, zeros elsewhere.

    Raises ValueError where these do not fit one another.

    >>> to_dense(SparseTensor([[0, 1]], [2.0], [1, 3])).tolist()
    [[0.0, 2.0, 0.0]]
    """

    def __init__(self, indices: Any, values: Any, dense_shape: Any) -> None:
        places = np.asarray(ops.convert_to_numpy(indices), "int64")
        shape = np.asarray(ops.convert_to_numpy(dense_shape), "int64").ravel()
        places = places.reshape(len(places), len(shape) if not places.size else -1)
        self.values = texts(values) if _textual(values) else ops.convert_to_tensor(values)
        if places.shape != (len(self.values), len(shape)):
            raise ValueError(
                f"SparseTensor received indices of shape {places.shape}, {len(self.values)} values "
                f"and dense_shape={shape.tolist()}; expected a row of {len(shape)} for each value."
            )
        if ((places < 0) | (places >= shape)).any():
            raise ValueError(f"SparseTensor received an index beyond {shape.tolist()}.")
        self.indices, self.dense_shape = ops.convert_to_tensor(places), ops.convert_to_tensor(shape)

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes."""
        return tuple(self.dense_shape.tolist())

    @property
    def dtype(self) -> Any:
        """The values'."""
        return self.values.dtype

    def get_shape(self) -> Any:
        """The sizes."""
        return self.shape

    def __repr__(self) -> str:
        return f"SparseTensor(indices={self.indices}, values={self.values}, shape={self.shape})"


def _textual(values: Any) -> bool:
    return not hasattr(values, "node") and np.asarray(values).dtype.kind in "USO"


def to_dense(
    sp_input: Any, default_value: Any = None, validate_indices: bool = True, name: Any = None
) -> Any:
    """The tensor, a default where nothing stands; what is dense, as it is."""
    if not isinstance(sp_input, SparseTensor):
        return sp_input
    values, places = sp_input.values, sp_input.indices
    if _textual(values):
        found = np.full(sp_input.shape, default_value or "", object)
        found[tuple(places.numpy().T)] = values
        return texts(found)
    start = ops.full(sp_input.shape, default_value or 0, values.dtype)
    return ops.scatter_update(start, places, values)


def from_dense(tensor: Any, name: Any = None) -> SparseTensor:
    """The entries that are not 0.

    >>> from_dense([[0, 2], [3, 0]]).values.tolist()
    [2, 3]
    """
    x = np.asarray(ops.convert_to_numpy(tensor))
    places = np.argwhere(x != 0)
    return SparseTensor(places, x[tuple(places.T)], x.shape)


def reorder(sp_input: SparseTensor, name: Any = None) -> SparseTensor:
    """The same, its entries in the order of their places."""
    order = np.lexsort(sp_input.indices.numpy().T[::-1])
    values = sp_input.values[order] if _textual(sp_input.values) else ops.take(
        sp_input.values, order
    )  # fmt: skip
    return SparseTensor(sp_input.indices.numpy()[order], values, sp_input.dense_shape)


def sparse_dense_matmul(
    sp_a: Any, b: Any, adjoint_a: bool = False, adjoint_b: bool = False, name: Any = None
) -> Any:
    """The product of a matrix of few entries with another."""
    a, b = to_dense(sp_a), to_dense(b)
    return ops.matmul(ops.transpose(a) if adjoint_a else a, ops.transpose(b) if adjoint_b else b)


def reduce_sum(sp_input: SparseTensor, axis: Any = None, keepdims: bool = False, **o: Any) -> Any:
    """The sum of the entries, over axes or all."""
    return ops.sum(to_dense(sp_input), axis=axis, keepdims=keepdims)
