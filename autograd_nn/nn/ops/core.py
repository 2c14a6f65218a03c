"""Tensors made and converted, and places written, as ``keras.ops`` has them."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import as_dtype, finfo, kind_of
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.settings import floatx
from autograd_nn.nn.symbols import Outline, Symbol, tells


def convert_to_tensor(x: Any, dtype: Any = None, sparse: Any = None, ragged: Any = None) -> Tensor:
    """x as a tensor; Python's floats become float32, its integers int32.

    Raises ValueError for ``sparse`` and ``ragged``, which no tensor here is.

    >>> convert_to_tensor([1.0, 2.0]).dtype
    dtype('float32')
    """
    if sparse or ragged:
        raise ValueError("received sparse or ragged; expected neither: tensors here are dense.")
    if isinstance(x, Tensor):
        return x if dtype is None else ops.astype(x, dtype=as_dtype(dtype))
    if dtype is None and not isinstance(x, np.ndarray | np.generic):
        kind = np.asarray(x).dtype
        dtype = {"f": floatx(), "i": "int32"}.get(kind_of(kind)) if kind.itemsize == 8 else None
    return Tensor(x, dtype)


def convert_to_numpy(x: Any) -> np.ndarray:
    """A copy of x as an array; raises ValueError for a symbol, which has no contents."""
    if isinstance(x, Symbol):
        raise ValueError(
            f"convert_to_numpy received {x!r}, which stands for data that are not there yet; "
            "expected a tensor."
        )
    return np.array(as_tensor(x))


def is_tensor(x: Any) -> bool:
    """Whether x is a tensor."""
    return isinstance(x, Tensor)


def shape(x: Any) -> tuple[Any, ...]:
    """The sizes of x; None where they are not known.

    >>> shape([[1, 2, 3]])
    (1, 3)
    """
    return tuple(x.shape) if hasattr(x, "shape") else as_tensor(x).shape


def dtype(x: Any) -> str:
    """The name of x's dtype."""
    return str(x.dtype if hasattr(x, "dtype") else as_tensor(x).dtype)


def ndim(x: Any) -> int:
    """How many axes x has."""
    return len(shape(x))


def size(x: Any) -> int | None:
    """How many entries x has; None where that is not known."""
    sizes = shape(x)
    return None if None in sizes else prod(sizes)


def zeros(shape: Any, dtype: Any = None) -> Tensor:
    """Zeros, of float32 where no dtype is given."""
    return ops.zeros(shape, dtype or floatx())


def ones(shape: Any, dtype: Any = None) -> Tensor:
    """Ones, of float32 where no dtype is given."""
    return ops.ones(shape, dtype or floatx())


def empty(shape: Any, dtype: Any = None) -> Tensor:
    """A tensor whose entries nobody has set: zeros."""
    return zeros(shape, dtype)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """One value everywhere, of float32 where no dtype is given."""
    return ops.full(shape, fill_value, dtype or floatx())


def zeros_like(x: Any, dtype: Any = None) -> Tensor:
    """Zeros in x's shape."""
    return ops.zeros_like(x, dtype)


def ones_like(x: Any, dtype: Any = None) -> Tensor:
    """Ones in x's shape."""
    return ops.ones_like(x, dtype)


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """One value everywhere in x's shape."""
    x = as_tensor(x)
    return ops.full(x.shape, fill_value, dtype or x.dtype)


empty_like = zeros_like


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:  # noqa: N803
    """Ones on a diagonal, zeros elsewhere."""
    return ops.eye(N, M, k, dtype or floatx())


def identity(n: int, dtype: Any = None) -> Tensor:
    """Ones on the diagonal of a square, zeros elsewhere."""
    return eye(n, dtype=dtype)


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Tensor:
    """Numbers from start to before stop, of int32 or float32 where no dtype is given.

    >>> arange(3).dtype
    dtype('int32')
    """
    limits = (0, start) if stop is None else (start, stop)
    given = [*limits, *([] if step is None else [step])]
    whole = all(isinstance(v, int | np.integer) for v in given)
    return ops.arange(*given, dtype=dtype or ("int32" if whole else floatx()))


def saturate_cast(x: Any, dtype: Any) -> Tensor:
    """x in another dtype, what lies beyond its range set to its ends; None is `floatx`."""
    dtype = as_dtype(floatx() if dtype is None else dtype)
    if dtype.kind == "b":
        return ops.not_equal(as_tensor(x), 0)
    info: Any = finfo(dtype) if kind_of(dtype) == "f" else np.iinfo(dtype)
    x = as_tensor(x)
    low, high = info.min, info.max
    if dtype.kind in "iu" and x.dtype.kind in "iu":  # as far as x can reach them
        own = np.iinfo(x.dtype)
        low, high = builtins.max(low, own.min), builtins.min(high, own.max)
    if dtype.kind in "iu" and kind_of(x.dtype) == "f":  # whose next number may lie beyond the range
        wide = ops.astype(x, dtype=np.promote_types(as_dtype("float32"), x.dtype)
                          if x.dtype.kind == "f" else np.dtype("float32"))  # fmt: skip
        top = wide.dtype.type(high)
        top = np.nextafter(top, top.dtype.type(0)) if int(top) > high else top
        found = ops.astype(ops.clip(wide, low, top), dtype=dtype)
        return ops.where(ops.greater(wide, top), dtype.type(high), found)
    return ops.astype(ops.clip(x, low, high), dtype=dtype)


# ---- places -------------------------------------------------------------------------------------


def _box(start_indices: Any, sizes: Sequence[int]) -> tuple[builtins.slice, ...]:
    starts = [int(i) for i in np.asarray(start_indices)]
    return tuple([builtins.slice(i, i + n) for i, n in zip(starts, sizes, strict=True)])


def _slice_outline(inputs: Any, start_indices: Any, shape: Any) -> Any:
    """Where it starts only data tell, and so what is left from there."""
    if isinstance(start_indices, Symbol) and -1 in shape:
        return Outline(tuple([None if n == -1 else n for n in shape]), inputs.dtype)
    return None


@tells(_slice_outline)
def slice(inputs: Any, start_indices: Any, shape: Sequence[int]) -> Tensor:
    """The part of a shape from a place on; a size of -1 is all that is left there.

    Raises ShapeError where x has other dimensions, or ends before.

    >>> slice([[1.0, 2.0], [3.0, 4.0]], (1, 0), (1, 2)).tolist()
    [[3.0, 4.0]]
    """
    x = as_tensor(inputs)
    starts = [int(i) for i in np.asarray(start_indices)]
    if not len(starts) == len(shape) == x.ndim:
        raise ShapeError(
            "The number of dimensions in `start_indices` must match the number of dimensions in "
            "`inputs`, and the number of dimensions in `inputs` must match the number of "
            f"dimensions in `shape`; slice received {len(starts)}, {x.ndim} and {len(shape)}."
        )
    sizes = [n - i if size == -1 else size
             for size, n, i in zip(shape, x.shape, starts, strict=True)]  # fmt: skip
    key = _box(starts, sizes)
    if any(k.stop > n for k, n in zip(key, x.shape, strict=True)):
        raise ShapeError(f"slice received {shape} from {start_indices}; x has shape {x.shape}.")
    return x[key]


def slice_update(inputs: Any, start_indices: Any, updates: Any) -> Tensor:
    """x with a part from a place on replaced."""
    x, updates = as_tensor(inputs), as_tensor(updates)
    y = ops.positive(x)
    y[_box(start_indices, updates.shape)] = updates
    return y


def _columns(indices: Any) -> tuple[Tensor, ...]:
    found = as_tensor(indices)
    return tuple([found[..., i] for i in range(found.shape[-1])])


def scatter(indices: Any, values: Any, shape: Any) -> Tensor:
    """Values added up at their places in zeros.

    >>> scatter([[0], [2], [0]], [1.0, 2.0, 3.0], (3,)).tolist()
    [4.0, 0.0, 2.0]
    """
    values = as_tensor(values)
    start = ops.zeros(tuple(shape), values.dtype)
    return ops.add_at(start, _columns(indices), values)


_REDUCTIONS = {"max": ops.maximum, "min": ops.minimum, "mul": ops.multiply}


def scatter_update(inputs: Any, indices: Any, updates: Any, reduction: str | None = None) -> Tensor:
    """x with the entries at some places replaced, or joined with what comes there.

    reduction   None replaces, 'add', 'mul', 'max' and 'min' join, as often as a place is named.
    Shapes (…), (k, n) of n indices each, (k, …) → (…). Raises ValueError for another reduction.

    >>> scatter_update([1.0, 2.0], [[0], [0]], [3.0, 5.0], reduction="max").tolist()
    [5.0, 2.0]
    """
    if reduction not in (None, "add", *_REDUCTIONS):
        raise ValueError(
            f"received reduction={reduction!r}; expected None, 'add', 'max', 'min' or 'mul'."
        )
    x, places, updates = as_tensor(inputs), _columns(indices), as_tensor(updates)
    if reduction == "add":
        return ops.add_at(x, places, updates)
    y = ops.positive(x)
    if reduction is None:
        y[places] = updates
        return y
    join = _REDUCTIONS[reduction]
    for place in places:
        place.look(f"the places of scatter_update with reduction={reduction!r}")
    for turn in _turns([p.array for p in places]):
        now = tuple([p[turn] for p in places])
        y[now] = join(y[now], ops.astype(updates[turn], dtype=y.dtype))
    return y


def _turns(places: list[np.ndarray]) -> list[np.ndarray]:
    """Updates by turns, in none of which a place is named twice."""
    own = np.stack([p.ravel() for p in places], axis=-1)
    _, of, counts = np.unique(own, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(of.ravel(), kind="stable")
    turn = np.empty(len(own), int)
    turn[order] = np.arange(len(own)) - np.repeat(np.cumsum(counts) - counts, counts)
    return [np.flatnonzero(turn == i) for i in range(turn.max(initial=-1) + 1)]


def _unstack_outline(x: Any, num: int | None = None, axis: int = 0) -> list[Outline]:
    if not -len(x.shape) <= axis < len(x.shape):
        raise np.exceptions.AxisError(axis, len(x.shape))
    n = x.shape[axis] if num is None else num
    if n is None:
        raise ValueError(
            f"Cannot infer argument `num` from shape {x.shape}: unstack received num=None and an "
            "axis of unknown size; expected one of them known."
        )
    rest = [*x.shape]
    del rest[axis]
    return [Outline(tuple(rest), x.dtype) for _ in range(n)]


@tells(_unstack_outline)
def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Tensor]:
    """The parts of x along an axis, ``num`` where its size is not known beforehand.

    Raises ShapeError for another number of them.

    >>> [t.tolist() for t in unstack([[1, 2], [3, 4]])]
    [[1, 2], [3, 4]]
    """
    x = ops.moveaxis(as_tensor(x), axis, 0)
    if num is not None and num != x.shape[0]:
        raise ShapeError(f"unstack received num={num} of an axis of {x.shape[0]}; expected equal.")
    return [x[i] for i in range(x.shape[0])]


__all__ = [
    "arange", "convert_to_numpy", "convert_to_tensor", "dtype", "empty", "empty_like",
    "eye", "full", "full_like", "identity", "is_tensor", "ndim", "ones",
    "ones_like", "saturate_cast", "scatter", "scatter_update", "shape", "size", "slice",
    "slice_update", "unstack", "zeros", "zeros_like",
]  # fmt: skip
