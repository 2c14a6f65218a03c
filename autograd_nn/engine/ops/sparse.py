"""Sparse matrices: of rows that are zeros for the most part, the entries that are not."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.declare import primitive
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import as_dtype, kind_of, result_type
from autograd_nn.engine.ops.arithmetic import astype, multiply
from autograd_nn.engine.ops.indexing import _scatter, take
from autograd_nn.engine.ops.keys import PLACE
from autograd_nn.engine.ops.reductions import sum
from autograd_nn.engine.ops.shaping import expand_dims
from autograd_nn.engine.tensor import Tensor
from autograd_nn.engine.tree import Compound

__all__ = ["sparse_dot"]


def _shape(values: Any, rows: Any, columns: Any, w: Any) -> tuple[int, ...]:
    if not len(values) == len(w) == 2 or not values == rows == columns:
        raise ShapeError(
            f"received entries of shapes {values}, {rows} and {columns}, and a matrix of shape "
            f"{w}; expected (n, q) of each entry's three numbers, and (d, m)."
        )
    return values[0], w[1]


def _of_values(g: Tensor, y: Tensor, values: Any, rows: Any, columns: Any, w: Any) -> Tensor:
    return sum(multiply(take(g, rows, axis=0), take(w, columns, axis=0)), axis=-1)


def _of_matrix(g: Tensor, y: Tensor, values: Any, rows: Any, columns: Any, w: Any) -> Tensor:
    # A scatter of rows, and not the transposed product: an update in a few rows of w stays one.
    each = multiply(expand_dims(values, axis=-1), take(g, rows, axis=0))
    return _scatter(each, columns, shape=w.shape, key=(PLACE,))


def _kernel(values, rows, columns, w, y):  # type: ignore[no-untyped-def]
    y[:] = 0
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            v = values[i, j]
            if v != 0:
                row, column = rows[i, j], columns[i, j]
                for k in range(w.shape[1]):
                    y[row, k] += v * w[column, k]


@primitive(
    _of_values, None, None, _of_matrix,
    jvps=(lambda t, y, values, *rest: sparse_dot(t, *rest), None, None,
          lambda t, y, values, rows, columns, w: sparse_dot(values, rows, columns, t)),
    shape=_shape, cuts=True, kernel=_kernel, batch=False,
)  # fmt: skip
def sparse_dot(values, rows, columns, w):
    """The product of a sparse matrix with a dense one, yᵢ = Σ valuesₑ · w[columnsₑ] over rowsₑ = i.

    Shapes (n, q), (n, q), (n, q), (d, m) → (n, m): n·q entries of n rows, in any order, of which
    those that are 0 add nothing. Raises IndexError for a row or a column that is not there.

    >>> ag.ops.sparse_dot([[2.0], [3.0]], [[0], [0]], [[1], [2]], np.eye(3))
    Tensor([[0., 2., 3.],
            [0., 0., 0.]])
    """
    from scipy.sparse import csr_array  # which who has no such matrix does without

    if values.ndim != 2 or w.ndim != 2:
        raise ShapeError("expected matrices")
    n, d = len(values), len(w)
    there = values != 0
    for places, size in ((rows, n), (columns, d)):
        wrong = there & ((places < 0) | (places >= size))
        if wrong.any():
            raise IndexError(f"index {places[wrong][0]} is out of bounds for size {size}")
    dtype = result_type(values, w)
    wide = np.promote_types(dtype, np.float32) if kind_of(dtype) == "f" else dtype
    entries = values[there].astype(wide, copy=False), (rows[there], columns[there])
    return (csr_array(entries, shape=(n, d)) @ w.astype(wide, copy=False)).astype(dtype, copy=False)


class Sparse(Compound):
    """n rows of d numbers, zeros but for some entries: valuesₑ stands in rowsₑ and columnsₑ.

    values, rows, columns   (n, q) each, tensors or arrays: the entries in any order, of which those
                            at one place add up; places left over hold 0.
    width                   d.

    >>> x = Sparse(np.array([[2.0], [3.0]]), np.array([[0], [1]]), np.array([[1], [2]]), 3)
    >>> x.dense()
    Tensor([[0., 2., 0.],
            [0., 0., 3.]])
    >>> (x @ np.ones((3, 1))).tolist()
    [[2.0], [3.0]]
    """

    __slots__ = ("columns", "rows", "values", "width")
    ndim = 2

    def __init__(self, values: Any, rows: Any, columns: Any, width: int) -> None:
        self.values, self.rows, self.columns, self.width = values, rows, columns, width

    @property
    def parts(self) -> tuple[Any, ...]:
        return self.values, self.rows, self.columns

    @property
    def facts(self) -> tuple[Any, ...]:
        return (self.width,)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values.shape[0], self.width

    @property
    def dtype(self) -> np.dtype:
        return self.values.dtype

    def astype(self, dtype: Any) -> Sparse:
        """The same entries in another dtype."""
        if dtype == self.dtype:
            return self
        values = astype(self.values, dtype=as_dtype(dtype))
        return Sparse(values, self.rows, self.columns, self.width)

    def __matmul__(self, w: Any) -> Tensor:
        return sparse_dot(self.values, self.rows, self.columns, w)

    def dense(self) -> Tensor:
        """The matrix with its zeros."""
        return _scatter(
            self.values, self.rows, self.columns, shape=self.shape, key=(PLACE, PLACE)
        )

    def __repr__(self) -> str:
        return f"<Sparse {self.shape}, {self.values.size} entries, {self.dtype}>"
