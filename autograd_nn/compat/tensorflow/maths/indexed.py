"""TensorFlow's functions of places: what stands where, masked, counted, walked entry by entry."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.compat.functions import loops
from autograd_nn.compat.tensorflow.values.shapes import TensorShape
from autograd_nn.nn import ops
from autograd_nn.nn.symbols import Outline, note, symbols_in, tells


def matmul(
    a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, name: Any = None,
    **options: Any,
) -> Any:  # fmt: skip
    """a b, each turned first where that is told.

    >>> matmul([[1.0, 2.0]], [[3.0, 4.0]], transpose_b=True).tolist()
    [[11.0]]
    """
    a = ops.swapaxes(ops.convert_to_tensor(a), -1, -2) if transpose_a else a
    b = ops.swapaxes(ops.convert_to_tensor(b), -1, -2) if transpose_b else b
    return ops.matmul(a, b)


def gather_nd(params: Any, indices: Any, name: Any = None) -> Any:
    """The entries, or blocks, at places (…, k) along the first k axes.

    >>> gather_nd([[1, 2], [3, 4]], [[1, 0], [0, 1]]).tolist()
    [3, 2]
    """
    places = ops.cast(indices, "int32")
    return ops.convert_to_tensor(params)[tuple(ops.unstack(places, axis=-1))]


def scatter_nd(indices: Any, updates: Any, shape: Any, name: Any = None) -> Any:
    """Values added up at their places in zeros."""
    return ops.scatter(indices, updates, tuple(int(n) for n in shape))


def tensor_scatter_nd_add(tensor: Any, indices: Any, updates: Any, name: Any = None) -> Any:
    """A tensor with values added at places.

    >>> tensor_scatter_nd_add([1, 2], [[1], [1]], [3, 4]).tolist()
    [1, 9]
    """
    x = ops.convert_to_tensor(tensor)
    return x + scatter_nd(indices, ops.cast(updates, x.dtype), ops.shape(x))


def tensor_scatter_nd_sub(tensor: Any, indices: Any, updates: Any, name: Any = None) -> Any:
    """A tensor with values subtracted at places."""
    x = ops.convert_to_tensor(tensor)
    return x - scatter_nd(indices, ops.cast(updates, x.dtype), ops.shape(x))


def strided_slice(
    input_: Any, begin: Any, end: Any, strides: Any = None, begin_mask: int = 0, end_mask: int = 0,
    ellipsis_mask: int = 0, new_axis_mask: int = 0, shrink_axis_mask: int = 0, name: Any = None,
) -> Any:  # fmt: skip
    """The block from ``begin`` to before ``end``; a mask's bit i says that i's bound is none.

    Raises ValueError for an ellipsis_mask or a new_axis_mask.

    >>> strided_slice([[1, 2, 3], [4, 5, 6]], [0, 1], [2, 3]).tolist()
    [[2, 3], [5, 6]]
    """
    if ellipsis_mask or new_axis_mask:
        raise ValueError(
            f"strided_slice received ellipsis_mask={ellipsis_mask}, new_axis_mask={new_axis_mask}; "
            "expected neither. Write x[...] in its place."
        )
    block: list[Any] = []
    for i, (b, e) in enumerate(zip(begin, end, strict=True)):
        step = 1 if strides is None else int(strides[i])
        if shrink_axis_mask >> i & 1:
            block.append(int(b))
        else:
            block.append(builtins.slice(None if begin_mask >> i & 1 else int(b),
                                        None if end_mask >> i & 1 else int(e), step))  # fmt: skip
    return ops.convert_to_tensor(input_)[tuple(block)]


def dynamic_partition(data: Any, partitions: Any, num_partitions: int, name: Any = None) -> Any:
    """The entries of each number, in a list.

    >>> [x.tolist() for x in dynamic_partition([1, 2, 3], [0, 1, 0], 2)]
    [[1, 3], [2]]
    """
    of = ops.convert_to_numpy(partitions)
    return [boolean_mask(data, of == i) for i in range(int(num_partitions))]


def boolean_mask(tensor: Any, mask: Any, axis: int = 0, name: Any = None) -> Any:
    """The entries where a mask holds, along the axes that it has.

    >>> boolean_mask([1, 2, 3], [True, False, True]).tolist()
    [1, 3]
    """
    if symbols_in(tensor, mask):
        return note(_masked, (tensor, mask, axis), {}, name="boolean_mask")
    return _masked(tensor, mask, axis)


@tells(lambda tensor, mask, axis: _many(ops.shape(tensor), ops.ndim(mask), axis, tensor))
def _masked(tensor: Any, mask: Any, axis: int) -> Any:
    at = np.nonzero(ops.convert_to_numpy(mask))
    return ops.convert_to_tensor(tensor)[(*[builtins.slice(None)] * axis, *at)]


def _many(shape: Any, axes: int, axis: int, of: Any) -> Outline:
    """As many entries as data will tell, in place of the mask's axes."""
    return Outline((*shape[:axis], None, *shape[axis + axes :]), ops.dtype(of))


def sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = "bool", name: Any = None) -> Any:
    """Whether a place comes before each length: (…) → (…, maxlen).

    >>> sequence_mask([1, 2], 3).tolist()
    [[True, False, False], [True, True, False]]
    """
    lengths = ops.convert_to_tensor(lengths)
    most = int(ops.max(lengths)) if maxlen is None else int(maxlen)
    return ops.cast(ops.arange(most) < ops.expand_dims(lengths, -1), dtype)


def confusion_matrix(
    labels: Any, predictions: Any, num_classes: int | None = None, weights: Any = None,
    dtype: Any = "int32", name: Any = None,
) -> Any:  # fmt: skip
    """How often each label (row) was taken for each class (column).

    >>> confusion_matrix([0, 1, 1], [0, 1, 0]).tolist()
    [[1, 0], [1, 1]]
    """
    rows, columns = (np.asarray(ops.convert_to_numpy(x)).ravel() for x in (labels, predictions))
    n = int(num_classes or max(rows.max(initial=-1), columns.max(initial=-1)) + 1)
    found = np.zeros((n, n), dtype)
    np.add.at(found, (rows, columns), 1 if weights is None else ops.convert_to_numpy(weights))
    return ops.convert_to_tensor(found)


def rank(input: Any, name: Any = None) -> Any:
    """How many axes there are, as a tensor; of a symbol as a number."""
    count = ops.ndim(input)
    return count if symbols_in(input) else ops.convert_to_tensor(count, "int32")


def size(input: Any, out_type: Any = "int32", name: Any = None) -> Any:
    """How many entries there are, as a tensor."""
    count = ops.size(input)
    return count if symbols_in(input) else ops.convert_to_tensor(count, out_type)


def squared_difference(x: Any, y: Any, name: Any = None) -> Any:
    """(x - y)²."""
    return ops.square(ops.subtract(x, y))


def global_norm(t_list: Any, name: Any = None) -> Any:
    """How long tensors are together."""
    squares = [ops.sum(ops.square(t)) for t in t_list if t is not None]
    return ops.sqrt(builtins.sum(squares[1:], squares[0]))


def map_fn(fn: Callable[..., Any], elems: Any, dtype: Any = None, **options: Any) -> Any:
    """``fn`` of every entry along the first axis; in Python's loop where it looks at a value."""
    return loops.map_fn(fn, elems)


def scan(
    fn: Callable[..., Any], elems: Any, initializer: Any = None, name: Any = None, **options: Any
) -> Any:
    """The entries joined from the left by ``fn(joined, entry)``, and all that was on the way.

    >>> scan(lambda joined, x: joined + x, [1.0, 2.0, 4.0]).tolist()
    [1.0, 3.0, 7.0]
    """
    entries = list(ops.unstack(ops.convert_to_tensor(elems)))
    found = [entries.pop(0)] if initializer is None else []
    joined = found[0] if found else initializer
    for entry in entries:
        joined = fn(joined, entry)
        found.append(joined)
    return ops.stack(found)


def _to(kind: str) -> Callable[..., Any]:
    def to(x: Any, name: Any = None) -> Any:
        return ops.cast(x, kind)

    to.__name__, to.__doc__ = f"to_{kind}", f"x as {kind}."
    return to


to_float, to_double, to_int32, to_int64 = map(_to, ("float32", "float64", "int32", "int64"))


def Print(input_: Any, data: Any, message: str = "", **options: Any) -> Any:  # noqa: N802
    """``input_``, other tensors printed where they have values."""
    known = [x for x in data if hasattr(x, "array")]
    if known:
        print(message, *(x.array for x in known))
    return input_


def ensure_shape(x: Any, shape: Any, name: Any = None) -> Any:
    """x; raises ValueError where it is of another shape."""
    have = ops.shape(x)
    if shape is not None and not TensorShape(have).is_compatible_with(tuple(shape)):
        raise ValueError(f"ensure_shape received shape {have}; expected {tuple(shape)}.")
    return x


def check_numerics(tensor: Any, message: str = "", name: Any = None) -> Any:
    """The tensor; raises ValueError where an entry is not finite."""
    if not isinstance(tensor, np.ndarray) and not hasattr(tensor, "array"):
        return tensor
    if not np.isfinite(ops.convert_to_numpy(tensor)).all():
        raise ValueError(f"check_numerics received entries that are not finite. {message}")
    return tensor


def assert_equal(x: Any, y: Any, message: Any = None, **options: Any) -> None:
    """Raises ValueError where two tensors that have values differ."""
    if not np.all(ops.convert_to_numpy(x) == ops.convert_to_numpy(y)):
        raise ValueError(f"assert_equal received {x} and {y}; expected the same. {message or ''}")


__all__ = [
    "Print", "assert_equal", "boolean_mask", "check_numerics", "confusion_matrix",
    "dynamic_partition", "ensure_shape",
    "gather_nd", "global_norm", "map_fn", "matmul", "rank", "scan", "scatter_nd", "sequence_mask",
    "size", "squared_difference", "strided_slice", "tensor_scatter_nd_add",
    "tensor_scatter_nd_sub", "to_double", "to_float", "to_int32", "to_int64",
]  # fmt: skip
