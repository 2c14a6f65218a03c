"""Entries that are found, chosen and counted: extremes, quantiles, places, what is there once."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.ops.core import convert_to_tensor
from autograd_nn.nn.ops.numerical import on_tensors
from autograd_nn.nn.ops.promotion import agreed
from autograd_nn.nn.ops.skipping import nanquantile
from autograd_nn.nn.symbols import Outline, tells


def _extreme(x: Any, axis: Any, keepdims: Any, initial: Any, reduce: Any, join: Any) -> Tensor:
    x = convert_to_tensor(x)
    if initial is None:
        return reduce(x, axis=axis, keepdims=keepdims)
    start = ops.astype(convert_to_tensor(initial), dtype=x.dtype)
    sizes = np.any(np.empty(x.shape, bool), axis=_axes(axis), keepdims=keepdims).shape
    if not x.size:  # all there is to it is the start
        return ops.broadcast_to(start, shape=sizes)
    return join(reduce(x, axis=axis, keepdims=keepdims), start)


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def max(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Tensor:
    """The largest entry over some axes, and ``initial`` among them; raises ShapeError for none.

    >>> max([1.0, 3.0], initial=5).item()
    5.0
    """
    return _extreme(x, axis, keepdims, initial, ops.max, ops.maximum)


def min(x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None) -> Tensor:
    """The smallest entry over some axes, and ``initial`` among them; raises ShapeError for none.

    >>> min([1.0, 3.0], initial=0).item()
    0.0
    """
    return _extreme(x, axis, keepdims, initial, ops.min, ops.minimum)


def quantile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """The q-quantile over some axes, NaN where an entry is.

    q        a number from 0 to 1, or an array of them: its axes come first in the result.
    method   between the neighbours: 'linear', 'lower', 'higher', 'midpoint' or 'nearest'.
    Raises RangeError for another q, ValueError for another method.

    >>> quantile([1.0, 2.0, 4.0], 0.25, method="lower").item()
    1.0
    """
    x = convert_to_tensor(x)
    if method == "linear":
        return ops.quantile(x, q, axis=axis, keepdims=keepdims)
    y = nanquantile(x, q, axis, method, keepdims)
    lost = ops.any(ops.not_equal(x, x), axis=_axes(axis), keepdims=keepdims)
    return ops.where(lost, np.nan, y) if kind_of(x.dtype) == "f" else y


def percentile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """`quantile` with q from 0 to 100."""
    return quantile(x, np.asarray(q, float) / 100, axis, method, keepdims)


def _places_outline(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """As many indices as data tell for each axis."""
    alone = x1 is None and x2 is None
    return tuple([Outline((None,), "int32") for _ in condition.shape]) if alone else None


@tells(_places_outline)
def where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """x₁ where the condition holds, x₂ elsewhere; of a condition alone, the indices where it does.

    Raises ValueError for one of x₁ and x₂.

    >>> [i.tolist() for i in where([False, True, True])]
    [[1, 2]]
    """
    if (x1 is None) != (x2 is None):
        raise ValueError(
            "`x1` and `x2` either both should be `None` or both should have non-None value; where "
            "received one of them, expected both or neither."
        )
    return nonzero(condition) if x1 is None else ops.where(condition, x1, x2)


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Tensor:
    """Entries of the choice that belongs to the first condition that holds, else the default.

    Raises ValueError for what is no list of conditions with as many choices.

    >>> select([[True, False], [True, True]], [[1, 2], [3, 4]], 0).tolist()
    [1, 4]
    """
    given = condlist, choicelist
    lists = all(isinstance(v, list | tuple) and v for v in given)
    if not lists or len(condlist) != len(choicelist):
        raise ValueError(
            "condlist and choicelist must be lists and must not be empty; select received "
            f"{type(condlist).__name__} and {type(choicelist).__name__}, expected as many choices "
            "as conditions."
        )
    *choices, y = agreed([*choicelist, default], False)
    for condition, choice in reversed([*zip(condlist, choices, strict=True)]):
        y = ops.where(condition, choice, y)
    return y


def _unique_outline(
    x: Any, sorted: Any = True, return_index: Any = False, return_inverse: Any = False,
    return_counts: Any = False, axis: int | None = None, size: int | None = None,
    fill_value: Any = None,
) -> Any:  # fmt: skip
    values, places = [*x.shape], x.shape
    if axis is None:
        values = [size]
    else:
        values[axis], places = size, (x.shape[axis],)
    told = (return_index, (size,)), (return_inverse, places), (return_counts, (size,))
    rest = [Outline(shape, "int32") for on, shape in told if on]
    found = Outline(tuple(values), x.dtype)
    return (found, *rest) if rest else found


@tells(_unique_outline)
def unique(
    x: Any, sorted: bool = True, return_index: bool = False, return_inverse: bool = False,
    return_counts: bool = False, axis: int | None = None, size: int | None = None,
    fill_value: Any = None,
) -> Any:  # fmt: skip
    """The different entries in order, and what else is asked for of them, as NumPy tells it.

    sorted   is taken and changes nothing: they always are. Each NaN is different from all.
    axis     slices along it are compared as wholes; by default single entries.
    size     as many are given: the first ones, or all and then ``fill_value`` (0), counted 0 times.

    >>> [t.tolist() for t in unique([3, 1, 3], return_counts=True, size=3)]
    [[1, 3, 0], [1, 2, 0]]
    """
    x = convert_to_tensor(x)
    found = _unique(x, return_index, return_inverse, return_counts, axis, equal_nan=False)
    several = isinstance(found, tuple)
    values, *rest = found if several else (found,)
    if size is not None:
        values = _sized(values, size, 0 if fill_value is None else fill_value, axis or 0)
        told = [n for n, on in (("index", return_index), ("inverse", return_inverse),
                                ("counts", return_counts)) if on]  # fmt: skip
        rest = [r if n == "inverse" else _sized(r, size, 0, 0)
                for n, r in zip(told, rest, strict=True)]  # fmt: skip
    whole = [ops.astype(r, dtype=np.dtype("int32")) for r in rest]
    return (values, *whole) if several else values


_unique = on_tensors(np.unique)


def _sized(x: Tensor, n: int, value: Any, axis: int) -> Tensor:
    """x with n entries along an axis, cut or filled up at the end."""
    x = ops.moveaxis(x, axis, 0)
    more = n - x.shape[0]
    if more > 0:
        filled = ops.full((more, *x.shape[1:]), value, x.dtype)
        x = ops.concatenate([x, filled], axis=0)
    return ops.moveaxis(x[:n], 0, axis)


@tells(_places_outline)
def nonzero(x: Any) -> Any:
    """The places of what is not 0, as one tensor of indices for each axis.

    >>> [i.tolist() for i in nonzero([0, 5, 6])]
    [[1, 2]]
    """
    return tuple([ops.astype(i, dtype=np.dtype("int32")) for i in _nonzero(convert_to_tensor(x))])


_nonzero = on_tensors(np.nonzero)


def _bincount_outline(x: Any, weights: Any = None, *_: Any, **__: Any) -> Outline:
    return Outline((*x.shape[:-1], None), "int32" if weights is None else weights.dtype)


@tells(_bincount_outline)
def bincount(x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False) -> Tensor:
    """How often each whole number from 0 occurs, or what its weights sum up to; (n,) or (b, n).

    minlength   so many numbers are counted at least.
    Raises ValueError for sparse=True: tensors here are dense.

    >>> bincount([1, 2, 1], minlength=4).tolist()
    [0, 2, 1, 0]
    """
    if sparse:
        raise ValueError("received sparse=True; expected False: tensors here are dense.")
    x = convert_to_tensor(x)
    if x.ndim == 2:
        n = builtins.max(int(ops.max(x).item()) + 1 if x.size else 0, minlength or 0)
        rows = [x[i] for i in range(x.shape[0])]
        found = [bincount(r, None if weights is None else weights[i], n)
                 for i, r in enumerate(rows)]  # fmt: skip
        return ops.stack(found, axis=0)
    y = _bincount(x, weights if weights is None else convert_to_tensor(weights), minlength or 0)
    return ops.astype(y, dtype=np.dtype("int32")) if y.dtype.kind == "i" else y


_bincount = on_tensors(np.bincount)


def _nanarg(x: Any, axis: Any, keepdims: bool, beyond: float, search: Any) -> Tensor:
    x = convert_to_tensor(x)
    if kind_of(x.dtype) != "f":
        return search(x, axis=axis, keepdims=keepdims)
    lost = ops.isnan(x)
    found = search(ops.where(lost, beyond, x), axis=axis, keepdims=keepdims)
    return ops.where(ops.all(lost, axis=axis, keepdims=keepdims), -1, found)


def nanargmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Where the largest entry is that is not NaN; -1 where there is none.

    >>> nanargmax([float("nan"), 3.0, 4.0]).item()
    2
    """
    return _nanarg(x, axis, keepdims, -np.inf, ops.argmax)


def nanargmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Where the smallest entry is that is not NaN; -1 where there is none."""
    return _nanarg(x, axis, keepdims, np.inf, ops.argmin)


def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """The entry at its own index for each place along an axis; None: of the flattened array.

    >>> take_along_axis([[1.0, 2.0], [3.0, 4.0]], [3, 0]).tolist()
    [4.0, 1.0]
    """
    return ops.take_along_axis(x, indices, axis=axis)


def get_item(x: Any, key: Any) -> Tensor:
    """x[key].

    >>> get_item([1.0, 2.0, 3.0], slice(1, None)).tolist()
    [2.0, 3.0]
    """
    return convert_to_tensor(x)[key]


__all__ = [
    "bincount", "get_item", "max", "min", "nanargmax", "nanargmin", "nonzero", "percentile",
    "quantile", "select", "take_along_axis", "unique", "where",
]  # fmt: skip
