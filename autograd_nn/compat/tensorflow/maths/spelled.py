"""TensorFlow's functions whose arguments are other than ours, in their order or by their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from autograd_nn.compat.functions import backend
from autograd_nn.compat.tensorflow.values.texts import texts, textual
from autograd_nn.engine.halves import as_dtype, finfo
from autograd_nn.nn import ops


def range(start: Any, limit: Any = None, delta: Any = 1, dtype: Any = None, name: Any = None) -> Any:  # noqa: A001, E501
    """Numbers from 0, or ``start``, below a limit."""
    return ops.arange(start, limit, delta, dtype)


def one_hot(
    indices: Any, depth: int, on_value: Any = 1, off_value: Any = 0, axis: int | None = -1,
    dtype: Any = None, name: Any = None,
) -> Any:  # fmt: skip
    """One value at each index, another elsewhere, along a new axis of size ``depth``.

    >>> one_hot([1], 3, on_value=5.0).tolist()
    [[0.0, 5.0, 0.0]]
    """
    axis = -1 if axis is None else axis
    found = ops.one_hot(ops.cast(indices, "int32"), int(depth), axis, dtype or "float32")
    return found if (on_value, off_value) == (1, 0) else found * (on_value - off_value) + off_value


def complex(real: Any, imag: Any, name: Any = None) -> Any:  # noqa: A001
    """Complex numbers of their parts; derivatives end at them.

    >>> complex([1.0], [2.0]).tolist()
    [(1+2j)]
    """
    return ops.view_as_complex(ops.stack([ops.convert_to_tensor(v) for v in (real, imag)], -1))


def clip_by_value(t: Any, clip_value_min: Any, clip_value_max: Any, name: Any = None) -> Any:
    """t, within bounds."""
    return ops.clip(t, clip_value_min, clip_value_max)


def clip_by_norm(t: Any, clip_norm: Any, axes: Any = None, name: Any = None) -> Any:
    """t, made as long as ``clip_norm`` where it is longer.

    >>> np.round(clip_by_norm([3.0, 4.0], 1.0), 3).tolist()
    [0.6, 0.8]
    """
    length = ops.sqrt(ops.sum(ops.square(t), axis=axes, keepdims=True))
    return ops.multiply(t, clip_norm / ops.maximum(length, clip_norm))


def clip_by_global_norm(t_list: Sequence[Any], clip_norm: Any, name: Any = None) -> Any:
    """Tensors, made together as long as ``clip_norm`` where they are longer; and their length."""
    length = ops.sqrt(add_n([ops.sum(ops.square(t)) for t in t_list if t is not None]))
    by = clip_norm / ops.maximum(length, clip_norm)
    return [None if t is None else ops.multiply(t, by) for t in t_list], length


def l2_normalize(
    x: Any, axis: Any = None, epsilon: float = 1e-12, name: Any = None, *, dim: Any = None
) -> Any:
    """x / √max(Σx², ε) along an axis."""
    axis = dim if axis is None else axis
    squares = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return ops.multiply(x, ops.rsqrt(ops.maximum(squares, epsilon)))


def add_n(inputs: Sequence[Any], name: Any = None) -> Any:
    """The sum of tensors of one shape."""
    total = ops.convert_to_tensor(inputs[0])
    for x in inputs[1:]:
        total = total + x
    return total


def identity(input: Any, name: Any = None) -> Any:  # noqa: A002
    """The same values as a tensor of its own."""
    return ops.copy(ops.convert_to_tensor(input))


def fill(dims: Any, value: Any, name: Any = None) -> Any:
    """A tensor of a shape, one value everywhere."""
    return ops.full(tuple(int(n) for n in dims), value)


def gather(params: Any, indices: Any, axis: int = 0, batch_dims: int = 0, name: Any = None) -> Any:
    """Entries along an axis; ``batch_dims=1``: of each sample by its own indices."""
    if batch_dims == 0:
        return ops.take(params, indices, axis=axis)
    if batch_dims != 1:
        raise ValueError(f"gather received batch_dims={batch_dims}; expected 0 or 1.")
    pairs = zip(ops.unstack(params), ops.unstack(indices), strict=True)
    return ops.stack([ops.take(p, i, axis=0) for p, i in pairs])


def split(value: Any, num_or_size_splits: Any, axis: int = 0, num: Any = None, name: Any = None) -> Any:  # noqa: E501
    """As many parts, or parts of these sizes, along an axis.

    >>> [x.tolist() for x in split([1, 2, 3], [1, 2])]
    [[1], [2, 3]]
    """
    if isinstance(num_or_size_splits, int):
        return ops.split(value, num_or_size_splits, axis)
    return ops.split(value, np.cumsum(num_or_size_splits)[:-1].tolist(), axis)


def pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0, name: Any = None
) -> Any:
    """A tensor with entries before and behind along every axis."""
    pairs = tuple((int(a), int(b)) for a, b in np.asarray(paddings))
    if mode.lower() != "constant":
        return ops.pad(tensor, pairs, mode.lower())
    return ops.pad(tensor, pairs, constant_values=constant_values)


def segment_mean(
    data: Any, segment_ids: Any, num_segments: int | None = None, name: Any = None
) -> Any:
    """The means of entries of the same number; 0 of none.

    >>> segment_mean([[1.0], [2.0], [4.0]], [0, 2, 2], 3).tolist()
    [[1.0], [0.0], [3.0]]
    """
    x = ops.convert_to_tensor(data)
    total = ops.segment_sum(x, segment_ids, num_segments)
    ones = ops.ones((x.shape[0], *(1,) * (x.ndim - 1)), x.dtype)
    return total / ops.maximum(ops.segment_sum(ones, segment_ids, num_segments), 1)


unsorted_segment_mean = segment_mean


def convert_to_tensor(
    value: Any, dtype: Any = None, name: Any = None, dtype_hint: Any = None, **options: Any
) -> Any:
    """A tensor of a value; texts as an array."""
    if textual(value):
        return texts(np.array(value, object))
    return ops.convert_to_tensor(value, dtype)


def tile(input: Any, multiples: Any, name: Any = None) -> Any:
    """A tensor over and over along every axis."""
    return ops.tile(input, tuple(int(n) for n in multiples))


def where(condition: Any, x: Any = None, y: Any = None, name: Any = None) -> Any:
    """x where a condition holds, y elsewhere; without these the places (k, n) where it holds."""
    if x is None and y is None:
        return ops.convert_to_tensor(np.argwhere(ops.convert_to_numpy(condition)))
    return ops.where(condition, x, y)


def shape(input: Any, out_type: Any = "int32", name: Any = None) -> Any:
    """The sizes of a tensor."""
    return backend.shape(input)


def count_nonzero(
    input: Any = None, axis: Any = None, keepdims: Any = None, dtype: Any = "int64",
    name: Any = None, *, input_tensor: Any = None, keep_dims: Any = None,
) -> Any:  # fmt: skip
    """How many entries are not 0, over an axis or all.

    >>> int(count_nonzero([[0, 2], [3, 0]], dtype="int32"))
    2
    """
    x = input_tensor if input is None else input
    other = ops.cast(ops.not_equal(x, 0), dtype)
    return ops.cast(ops.sum(other, axis=axis, keepdims=bool(keepdims or keep_dims)), dtype)


def eye(
    num_rows: int, num_columns: int | None = None, batch_shape: Any = None, dtype: Any = None,
    name: Any = None,
) -> Any:  # fmt: skip
    """Ones on a diagonal, zeros elsewhere; over and over for the places of ``batch_shape``."""
    one = ops.eye(int(num_rows), num_columns and int(num_columns), dtype=dtype)
    return one if batch_shape is None else ops.broadcast_to(one, (*batch_shape, *one.shape))


def zeros(shape: Any, dtype: Any = None, name: Any = None) -> Any:
    """A tensor of zeros."""
    return ops.zeros(_sizes(shape), dtype)


def ones(shape: Any, dtype: Any = None, name: Any = None) -> Any:
    """A tensor of ones."""
    return ops.ones(_sizes(shape), dtype)


def _sizes(shape: Any) -> Any:
    """A shape whose sizes may be whole numbers as floats."""
    if isinstance(shape, list | tuple):
        return tuple(int(n) if isinstance(n, float) and n.is_integer() else n for n in shape)
    return shape


def div(x: Any, y: Any, name: Any = None) -> Any:
    """x / y; of whole numbers the whole number below it, as Python 2 divided.

    >>> int(div(-7, 2)), float(div(7.0, 2.0))
    (-4, 3.5)
    """
    x, y = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
    whole = x.dtype.kind in "iu" and y.dtype.kind in "iu"
    return ops.floor_divide(x, y) if whole else ops.true_divide(x, y)


def linspace(start: Any, stop: Any, num: int, name: Any = None, axis: int = 0) -> Any:
    """So many numbers, as far from one another, from one to another."""
    return ops.moveaxis(ops.linspace(start, stop, int(num)), 0, axis)


def slice(input_: Any, begin: Any, size: Any, name: Any = None) -> Any:  # noqa: A001
    """The block of a size (-1: all that follows) from a place on."""
    ends = [None if n == -1 else int(b) + int(n) for b, n in zip(begin, size, strict=True)]
    block = tuple(np.s_[int(b) : e] for b, e in zip(begin, ends, strict=True))
    return ops.convert_to_tensor(input_)[block]


def cumsum(x: Any, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Any:
    """The sums up to each entry along an axis; ``exclusive``: without itself."""
    found = ops.cumsum(x, axis=axis, reverse=reverse)
    return found - x if exclusive else found


def saturate_cast(value: Any, dtype: Any, name: Any = None) -> Any:
    """Cast, within what the dtype holds."""
    kind = as_dtype(dtype)
    most: Any = np.iinfo(kind) if kind.kind in "iu" else finfo(kind)
    return ops.cast(ops.clip(value, most.min, most.max), dtype)


def py_function(func: Any = None, inp: Any = None, Tout: Any = None, **o: Any) -> Any:  # noqa: N803
    """What a function of tensors gives, as `_told` has it; without ``inp``, a function of tensors.

    >>> @py_function(Tout="float32")
    ... def more(x):
    ...     return x + 1
    >>> float(more(2))
    3.0
    """
    if inp is None:
        return _of_tensors(py_function, func, Tout)
    return _told(func(*map(convert_to_tensor, inp)), Tout)


def numpy_function(func: Any = None, inp: Any = None, Tout: Any = None, **o: Any) -> Any:  # noqa: N803
    """What a function of arrays gives, as `py_function` does."""
    if inp is None:
        return _of_tensors(numpy_function, func, Tout)
    return _told(func(*[x.numpy() if textual(x) else ops.convert_to_numpy(x)
                        for x in map(convert_to_tensor, inp)]), Tout)  # fmt: skip


def _of_tensors(call: Callable[..., Any], func: Any, kinds: Any) -> Any:
    """A function that a Python function became, or what makes one of a function told later."""
    if func is None:
        return lambda func: _of_tensors(call, func, kinds)
    return wraps(func)(lambda *xs: call(func, xs, kinds))


def _told(found: Any, kinds: Any) -> Any:
    """What a function gave as tensors of these dtypes: a list for a list, else one."""
    if isinstance(kinds, list | tuple):
        several = found if isinstance(found, list | tuple) else [found]
        return [_told(x, kind) for x, kind in zip(several, kinds, strict=bool(kinds))]
    if isinstance(found, list | tuple) and kinds is None:
        return [*map(convert_to_tensor, found)]
    return convert_to_tensor(found, None if textual(found) else kinds)


py_func = numpy_function


def roll(input: Any, shift: Any, axis: Any, name: Any = None) -> Any:
    """The entries moved on along axes, those that leave coming in again."""
    far, along = (np.asarray(v).ravel().tolist() for v in (shift, axis))
    return ops.roll(input, far, along)


def _reduced(name: str) -> Callable[..., Any]:
    ours = getattr(ops, name)

    def reduce(
        input_tensor: Any, axis: Any = None, keepdims: bool = False, name: Any = None, *,
        keep_dims: bool = False, reduction_indices: Any = None,
    ) -> Any:  # fmt: skip
        axis = reduction_indices if axis is None else axis
        axis = tuple(int(a) for a in axis) if isinstance(axis, list | np.ndarray) else axis
        x = input_tensor
        if isinstance(x, list | tuple) and any(hasattr(v, "shape") for v in x):
            x = ops.stack([ops.convert_to_tensor(v) for v in x])
        return ours(x, axis=axis, keepdims=keepdims or keep_dims)

    reduce.__name__, reduce.__doc__ = f"reduce_{name}", f"``ops.{name}`` over axes, or all."
    return reduce


reduce_sum, reduce_mean, reduce_max, reduce_min, reduce_prod, reduce_any, reduce_all = map(
    _reduced, ("sum", "mean", "max", "min", "prod", "any", "all")
)
reduce_logsumexp, reduce_std, reduce_variance = map(_reduced, ("logsumexp", "std", "var"))

__all__ = [
    "count_nonzero",
    "add_n", "clip_by_global_norm", "clip_by_norm", "clip_by_value", "complex",
    "convert_to_tensor", "cumsum", "div", "eye",
    "fill", "gather", "identity", "l2_normalize", "linspace", "numpy_function", "one_hot", "ones",
    "pad", "py_func", "py_function", "range", "reduce_all", "reduce_any", "reduce_logsumexp",
    "reduce_max", "reduce_mean", "reduce_min", "reduce_prod", "reduce_std", "reduce_sum",
    "reduce_variance", "roll", "saturate_cast", "segment_mean", "shape", "slice", "split", "tile",
    "unsorted_segment_mean", "where", "zeros",
]  # fmt: skip
