"""Indexing, scatter and sorting: reading and writing at places, each the other's adjoint."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.declare import primitive
from autograd_nn.engine.errors import (
    DTypeError,
    GradientError,
    MutationError,
    RecordError,
    ShapeError,
)
from autograd_nn.engine.halves import gathering, kind_of
from autograd_nn.engine.mode import mode
from autograd_nn.engine.node import Leaf
from autograd_nn.engine.ops import keys
from autograd_nn.engine.ops.arithmetic import add, astype
from autograd_nn.engine.ops.choosing import where
from autograd_nn.engine.ops.keys import PLACE
from autograd_nn.engine.ops.shaping import broadcast_to, expand_dims, moveaxis, reshape
from autograd_nn.engine.tensor import Tensor, as_tensor, is_scalar, wrap

PLAIN = frozenset((int, type(None)))  # what bounds a slice that is kept as it came


def _fill(key: tuple, indices: tuple) -> tuple:
    rest = iter(indices)
    return tuple(next(rest) if k is PLACE else k for k in key)


def _sliced_shape(x: tuple[int, ...], *, key: Any) -> tuple[int, ...]:
    return np.broadcast_to(np.empty(()), x)[key].shape


def _gathered_shape(x: tuple[int, ...], *indices: tuple[int, ...], key: tuple) -> tuple[int, ...]:
    zeros = tuple(np.zeros(i, np.intp) for i in indices)
    return np.broadcast_to(np.empty(()), x)[_fill(key, zeros)].shape


@primitive(
    lambda g, y, x, key: _embed(g, shape=x.shape, key=key),
    shape=_sliced_shape,
    batch=lambda n, on, x, key: _slice(x, key=keys.whole(key)),
    linear=True,
    cuts=True,
    name="slice",
    kind="view",
)
def _slice(x, *, key):
    """The part of x at integers, slices, new axes: a view."""
    return x[key]


@primitive(
    lambda g, y, x, shape, key: _slice(g, key=key),
    shape=lambda x, *, shape, key: shape,
    batch=lambda n, on, x, shape, key: _embed(x, shape=(n, *shape), key=keys.whole(key)),
    linear=True,
    cuts=True,
    name="embed",
    exact=True,
)
def _embed(x, *, shape, key):
    """Zeros with x at a slice: the adjoint of slicing."""
    out = np.zeros(shape, x.dtype)
    out[key] = x
    return out


def _gather_vjp(i: int, g: Tensor, y: Tensor, x: Any, *indices: Any, key: tuple) -> Tensor | None:
    return _scatter(g, *indices, shape=x.shape, key=key) if i == 0 else None


def _gather_jvp(i: int, t: Tensor, y: Tensor, x: Any, *indices: Any, key: tuple) -> Tensor | None:
    return _gather(t, *indices, key=key) if i == 0 else None


def _gather_batch(n: int, on: tuple[bool, ...], x: Any, *indices: Any, key: tuple) -> Tensor:
    if not on[0]:  # all samples look into one array
        wide, _ = keys.in_line(n, on[1:], indices)
        return moveaxis(_gather(x, *wide, key=key), keys.group(key, x.ndim) or 0, 0)
    wide, place, axes, own = keys.for_all(n, on[1:], indices, key, x.ndim - 1)
    return moveaxis(_gather(x, *wide, key=place), axes, own)


@primitive(
    variadic=_gather_vjp, jvps=_gather_jvp, shape=_gathered_shape, batch=_gather_batch, cuts=True,
    name="gather",
    exact=True,
)
def _gather(x, *indices, key):
    """The entries of x at index arrays, which are operands; IndexError out of range."""
    return x[_fill(key, indices)]


def _scatter_vjp(
    i: int, g: Tensor, y: Tensor, x: Any, *indices: Any, shape: Any, key: tuple
) -> Tensor | None:
    return _gather(g, *indices, key=key) if i == 0 else None


def _scatter_jvp(
    i: int, t: Tensor, y: Tensor, x: Any, *indices: Any, shape: Any, key: tuple
) -> Tensor | None:
    return _scatter(t, *indices, shape=shape, key=key) if i == 0 else None


def _scatter_batch(
    n: int, on: tuple[bool, ...], x: Any, *indices: Any, shape: Any, key: tuple
) -> Tensor:
    wide, place, axes, own = keys.for_all(n, on[1:], indices, key, len(shape))
    x = x if on[0] else broadcast_to(x, shape=(n, *x.shape))
    return _scatter(moveaxis(x, own, axes), *wide, shape=(n, *shape), key=place)


@primitive(
    variadic=_scatter_vjp,
    jvps=_scatter_jvp,
    shape=lambda x, *indices, shape, key: shape,
    batch=_scatter_batch,
    cuts=True,
    name="scatter",
)
@gathering
def _scatter(x, *indices, shape, key):
    """Zeros to which x is added at index arrays: the adjoint of gather."""
    out = np.zeros(shape, x.dtype)
    np.add.at(out, _fill(key, indices), x)
    return out


def _winners_batch(n: int, on: tuple[bool, ...], *indices: Any, shape: Any, key: tuple) -> Tensor:
    wide, place, axes, own = keys.for_all(n, on, indices, key, len(shape))
    return moveaxis(_winners(*wide, shape=(n, *shape), key=place), axes, own)


@primitive(
    shape=lambda *indices, shape, key: _gathered_shape(shape, *indices, key=key),
    batch=_winners_batch,
    name="winners",
)
def _winners(*indices, shape, key):
    """Where several writes go to one place: True for the last, which is the one that stays."""
    target = np.full(shape, -1, np.intp)
    place = _fill(key, indices)
    count = target[place]
    order = np.arange(count.size).reshape(count.shape)
    target[place] = order
    return target[place] == order


def _distinct_shape(i: Any, *, size: int) -> Any:
    return i, i, ()


@primitive(shape=_distinct_shape, results=("rows", "slots", "spare"), name="distinct")
def _distinct(i, *, size):
    """The rows, of ``size``, that a vector of indices means; IndexError out of range.

    Each stands once in ``rows`` but for the first, which the ``spare`` entries at the front repeat;
    ``slots`` says of each index where its row stands: rows[slots] are the indices.
    """
    at = np.where(i < 0, i + size, i).astype(np.intp)
    if bad := np.flatnonzero((at < 0) | (at >= size)).tolist():
        raise IndexError(f"index {i[bad[0]]} is out of bounds for axis 0 with size {size}")
    found, first, same = np.unique(at, return_index=True, return_inverse=True)
    slots = at.size - 1 - np.argsort(np.argsort(first))[same]
    rows = np.full(at.size, at[0] if at.size else 0)
    rows[slots] = at
    return rows, slots, np.asarray(at.size - found.size)


def _put_vjp(
    i: int, g: Tensor, y: Tensor, x: Any, v: Any, *indices: Any, key: tuple
) -> Tensor | None:
    if i == 0:
        return _put(g, 0, *indices, key=key)
    if i == 1:
        part = _gather(g, *indices, key=key) if indices else _slice(g, key=key)
        if indices:
            part = where(_winners(*indices, shape=g.shape, key=key), part, 0)
        return part
    return None


def _put_jvp(
    i: int, t: Tensor, y: Tensor, x: Any, v: Any, *indices: Any, key: tuple
) -> Tensor | None:
    if i == 0:
        return _put(t, 0, *indices, key=key)
    return _put(wrap(np.zeros_like(y.array)), t, *indices, key=key) if i == 1 else None


def _put_shape(x: Any, v: Any, *indices: Any, key: tuple) -> Any:
    place = _gathered_shape(x, *indices, key=key)
    if shapes.broadcast(v, place) != place:
        raise ShapeError(f"a value of shape {v} does not fit the place of shape {place}.")
    return x


def _put_batch(n: int, on: tuple[bool, ...], x: Any, v: Any, *indices: Any, key: tuple) -> Tensor:
    x = x if on[0] else broadcast_to(x, shape=(n, *x.shape))
    wide, place, axes, own = keys.for_all(n, on[2:], indices, key, x.ndim - 1)
    if isinstance(v, Tensor) and v.ndim:
        each = [i.shape[b:] for b, i in zip(on[2:], indices, strict=True)]
        selected = _gathered_shape(x.shape[1:], *each, key=key)
        lead, rest = (n if on[1] else 1), v.shape[on[1] :]
        v = reshape(v, shape=(lead, *(1,) * (len(selected) - len(rest)), *rest))
        v = moveaxis(v, own, axes)
    return _put(x, v, *wide, key=place)


@primitive(
    variadic=_put_vjp, jvps=_put_jvp, shape=_put_shape, batch=_put_batch, cuts=True, name="put",
    exact=True, widens=False,
)
def _put(x, v, *indices, key):
    """x with ``v`` written at a key; where several writes go to one place, the last stays."""
    out = np.array(x)
    if np.iscomplexobj(v) and out.dtype.kind != "c":
        raise DTypeError(
            f"received complex numbers for a tensor of dtype {out.dtype}; expected real ones. "
            "Convert the tensor first (x.astype(complex)), or write absolute(value)."
        )
    out[_fill(key, indices)] = v
    return out


def _consumed(k: Any) -> int:
    """How many axes of the operand a part of a key speaks of."""
    if k is None or k is Ellipsis:
        return 0
    array = getattr(k, "array", k)
    if isinstance(array, list):
        array = np.asarray(array)
    return array.ndim if getattr(array, "dtype", None) == np.bool_ else 1


def _check_mask(mask: np.ndarray, shape: tuple[int, ...], parts: tuple, at: int) -> None:
    """Raises IndexError where a mask has other sizes than the axes it stands for."""
    after = any(k is Ellipsis for k in parts[:at])
    rest = sum(_consumed(k) for k in (parts[at:] if after else parts[:at]))
    start = len(shape) - rest if after else rest
    if mask.ndim and mask.shape == shape[start : start + mask.ndim]:
        return
    raise IndexError(
        f"received a mask of shape {mask.shape} as an index of shape {shape}; expected the shape "
        f"of the axes it selects from, {shape[start : start + mask.ndim] or 'one axis or more'}."
    )


def _split_key(key: Any, shape: tuple[int, ...]) -> tuple[tuple, list[Any]]:
    """A key as a template and its index operands; masks become the places where they are true."""
    parts = key if isinstance(key, tuple) else (key,)
    template: list[Any] = []
    operands: list[Any] = []
    for at, k in enumerate(parts):
        if k.__class__ is int:
            template.append(k)
        elif isinstance(k, slice):
            bounds = (k.start, k.stop, k.step)
            if not PLAIN.issuperset(map(type, bounds)):
                k = slice(*(None if b is None else b.__index__() for b in bounds))
            template.append(k)
        elif k is None or k is Ellipsis:
            template.append(k)
        elif isinstance(k, bool | np.bool_) or type(k) in (float, complex, str):
            raise _bad_index(k)
        elif isinstance(k, int | np.integer):
            template.append(int(k))
        else:
            i = as_tensor(k)
            if i.dtype == np.bool_:
                if mode.recorder is not None and mode.recorder.owns(i):
                    raise RecordError(
                        "a mask that changes from call to call was used as an index while a "
                        "program was being recorded: received one computed from an argument, by "
                        "which the result's size would depend on the data. Expected a fixed size; "
                        "use ops.where(mask, x, 0) instead, or let the function close over a mask "
                        "that stays."
                    )
                if mode.recorder is not None:
                    mode.recorder.freeze(i)
                _check_mask(i.array, shape, parts, at)
                for places in i.array.nonzero():
                    template.append(PLACE)
                    operands.append(wrap(places))
            elif i.dtype.kind in "iu":
                template.append(PLACE)
                operands.append(i)
            elif not i.size:
                template.append(PLACE)
                operands.append(wrap(i.array.astype(np.intp)))
            else:
                raise _bad_index(k)
    return tuple(template), operands


def _one_mask(key: Any) -> Tensor | None:
    """A single truth value as a key: the entries of a new first axis that it selects, 0 or none."""
    array = getattr(key, "array", key)
    if getattr(array, "dtype", None) != np.bool_ or array.ndim:
        return None
    if mode.recorder is not None and isinstance(key, Tensor):
        return None  # _split_key says why not
    return wrap(np.zeros(int(array), np.intp))


def _bad_index(k: Any) -> IndexError:
    what = f"dtype {k.dtype}" if hasattr(k, "dtype") else repr(k)
    return IndexError(
        f"received an index of {what}; expected integers, slices, None, ..., integer arrays or "
        "boolean masks. Convert an array of whole numbers with .astype(int)."
    )


def getitem(x: Any, key: Any) -> Tensor:
    """The part of x at a key, by NumPy's rules; IndexError out of range.

    >>> import autograd_nn as ag
    >>> ag.Tensor([1.0, 2.0, 3.0])[1:]
    Tensor([2., 3.])
    """
    x = as_tensor(x)
    kind = key.__class__
    if kind is not int and kind is not slice and kind is not tuple:
        if (chosen := _one_mask(key)) is not None:
            return getitem(expand_dims(x, 0), chosen)
    template, indices = _split_key(key, x.array.shape)
    if indices:
        return _gather(x, *indices, key=template)
    return _slice(x, key=template)


def put(x: Any, key: Any, value: Any) -> Tensor:
    """A copy of x with ``value`` written at a key (x itself is not changed).

    >>> import autograd_nn as ag
    >>> ag.put(ag.Tensor([1.0, 2.0, 3.0]), 0, 9.0)
    Tensor([9., 2., 3.])
    """
    x = as_tensor(x)
    if (chosen := _one_mask(key)) is not None:
        return reshape(put(expand_dims(x, 0), chosen, value), shape=x.shape)
    template, indices = _split_key(key, x.shape)
    if not is_scalar(value):
        value = as_tensor(value)
        if value.shape[:1] == (1,):  # NumPy drops leading axes of one entry
            place = _gathered_shape(x.shape, *(i.shape for i in indices), key=template)
            extra = value.ndim - len(place)
            if extra > 0 and value.shape[:extra] == (1,) * extra:
                value = reshape(value, shape=value.shape[extra:])
    return _put(x, value, *indices, key=template)


def add_at(x: Any, key: Any, value: Any) -> Tensor:
    """A copy of x with ``value`` added at a key; several values for one place are all added.

    >>> import autograd_nn as ag
    >>> ag.add_at(ag.Tensor([1.0, 2.0]), [0, 0], 1.0)
    Tensor([3., 2.])
    """
    x = as_tensor(x)
    template, indices = _split_key(key, x.shape)
    place = _gathered_shape(x.shape, *(i.shape for i in indices), key=template)
    v = broadcast_to(astype(as_tensor(value), dtype=x.dtype), shape=place)
    if indices:
        return add(x, _scatter(v, *indices, shape=x.shape, key=template))
    return add(x, _embed(v, shape=x.shape, key=template))


def setitem(x: Tensor, key: Any, value: Any) -> None:
    """``x[key] = value``: from here on x means the result of `put`; who read it keeps the old x.

    Under ``no_grad`` a leaf stays a leaf, with other contents. Raises MutationError for a view of
    a tensor that is still there (NumPy would write through to it), GradientError for a computed
    tensor under ``no_grad`` and for a derivative that whole numbers cannot carry.

    >>> x = ag.Tensor([1.0, 2.0])
    >>> x[0] = 9.0
    >>> x
    Tensor([9., 2.])
    """
    for r in getattr(x, "shown", ()):
        if (whole := r()) is not None:
            raise MutationError(
                f"item assignment to a view, of shape {x.shape}: received a part of (or another "
                f"look at) a tensor of shape {whole.shape}, which NumPy would change as well. "
                "Assign to that tensor (x[1:][0] = v is x[1] = v), or to a copy (v = x[1:].copy())."
            )
    leaf = isinstance(x.node, Leaf)
    if x.node is not None and not leaf and not mode.taping:
        raise GradientError(
            "item assignment to a computed tensor under no_grad(): its other entries would lose "
            "their derivative. Assign outside no_grad(), or to x.detach().copy()."
        )
    old = wrap(x.array)  # a name for the value that x means until now
    old.node = x.node
    recorder = mode.recorder
    if recorder is not None:
        recorder.alias(old, x)
        if x.node is not None:
            recorder.name(old)
    new = put(old, key, value)
    if new.node is not None and kind_of(new.array.dtype) not in "fc":
        raise GradientError(
            f"item assignment of a value with a derivative to a tensor of dtype {x.dtype}: "
            "expected a floating dtype. Convert the tensor first (x = x.astype(float)), or assign "
            "value.detach()."
        )
    if recorder is not None:
        recorder.assign(x, new)
    x._own(new.array)
    x.node = Leaf(x) if leaf and new.node is None else new.node
    if recorder is not None and leaf and x.node is not new.node:
        recorder.name(x)


def take(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """The entries at ``indices`` along ``axis`` (None: of the flattened array).

    >>> import autograd_nn as ag
    >>> ag.take(ag.Tensor([1.0, 2.0, 3.0]), [2, 0])
    Tensor([3., 1.])
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = reshape(x, shape=(-1,)), 0
    elif not x.ndim:
        x = reshape(x, shape=(1,))
    axis = shapes.axis_index(axis, x.ndim)
    i = as_tensor(indices)
    if i.dtype.kind not in "iu":
        raise DTypeError(
            f"take received indices of dtype {i.dtype}; expected integers. Convert them with "
            ".astype(int)."
        )
    return _gather(x, i, key=(slice(None),) * axis + (PLACE,))


def take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Tensor:
    """The entry at its own index for each place along ``axis`` (None: of the flattened array).

    >>> import autograd_nn as ag
    >>> ag.take_along_axis(ag.Tensor([[1.0, 2.0], [3.0, 4.0]]), [[1], [0]], 1)
    Tensor([[2.],
            [3.]])
    """
    x, i = as_tensor(x), as_tensor(indices)
    if axis is None:
        x, axis = reshape(x, shape=(-1,)), 0
    axis = shapes.axis_index(axis, x.ndim)
    if i.dtype.kind not in "iu":
        raise _bad_index(i)
    if i.ndim != x.ndim:
        raise ShapeError(
            f"take_along_axis received indices of {i.ndim} dimensions for {x.ndim}; expected as "
            "many. Use take for one list of indices."
        )
    key = []
    for k, n in enumerate(x.shape):
        if k == axis:
            key.append(i)
        else:
            size = tuple(n if j == k else 1 for j in range(x.ndim))
            key.append(wrap(np.arange(n).reshape(size)))
    return _gather(x, *key, key=(PLACE,) * x.ndim)


__all__ = ["add_at", "getitem", "put", "setitem", "take", "take_along_axis"]
