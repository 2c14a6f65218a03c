"""Indexing, scatter and sorting: reading and writing at places, each the other's adjoint."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_nn.engine import doors, shapes
from autograd_nn.engine.declare import primitive
from autograd_nn.engine.errors import (
    DTypeError,
    GradientError,
    MutationError,
    RangeError,
    RecordError,
    ShapeError,
)
from autograd_nn.engine.mode import mode
from autograd_nn.engine.node import Leaf
from autograd_nn.engine.ops import keys
from autograd_nn.engine.ops.arithmetic import add, astype, equal, isnan, subtract, where
from autograd_nn.engine.ops.keys import PLACE
from autograd_nn.engine.ops.reductions import mean
from autograd_nn.engine.ops.shaping import (
    broadcast_to,
    expand_dims,
    moveaxis,
    reshape,
    stack,
)
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
    exact=True,
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
    if new.node is not None and new.array.dtype.kind not in "fc":
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


def _sorted_shape(x: tuple[int, ...], *, axis: Any) -> tuple[int, ...]:
    if axis is None:
        return (int(np.prod(x)),)
    shapes.axis_index(axis, max(len(x), 1))
    return x or (1,)


@primitive(shape=_sorted_shape)
def argsort(x, *, axis=-1):
    """The order that sorts x along ``axis`` (None: flattened), equal entries as they came.

    >>> ag.argsort(ag.Tensor([3.0, 1.0, 2.0]))
    Tensor([1, 2, 0])
    """
    return np.argsort(x, axis=axis, kind="stable")


def sort(x: Any, axis: int | None = -1) -> Tensor:
    """x in ascending order along ``axis`` (None: of the flattened array).

    >>> import autograd_nn as ag
    >>> ag.sort(ag.Tensor([3.0, 1.0, 2.0]))
    Tensor([1., 2., 3.])
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = reshape(x, shape=(-1,)), 0
    axis = shapes.axis_index(axis, x.ndim)
    return take_along_axis(x, argsort(x, axis=axis), axis)


def _where_found(indices: Tensor) -> tuple[list[Tensor], tuple]:
    """Index arrays and a key for entries along a last axis, each at its own index."""
    shape = indices.shape
    rows = [
        wrap(np.arange(n).reshape([n if j == i else 1 for j in range(len(shape))]))
        for i, n in enumerate(shape[:-1])
    ]
    return [*rows, indices], (PLACE,) * len(shape)


def _top_vjp(g: Any, y: Any, x: Tensor, k: int) -> Tensor:
    at, key = _where_found(y.indices)
    return _scatter(g.values, *at, shape=x.shape, key=key)


def _top_jvp(t: Tensor, y: Any, x: Tensor, k: int) -> tuple[Tensor, None]:
    at, key = _where_found(y.indices)
    return _gather(t, *at, key=key), None


def _top_kernel(x, values, indices, k):  # type: ignore[no-untyped-def]
    for j in range(x.shape[0]):
        a, at = x[j], min(j, k)
        # those before it stay before it, unless they are smaller; NaN is behind all numbers
        while at > 0 and (a > values[at - 1] or (values[at - 1] != values[at - 1] and a == a)):
            if at < k:
                values[at], indices[at] = values[at - 1], indices[at - 1]
            at -= 1
        if at < k:
            values[at], indices[at] = a, j


@primitive(
    _top_vjp, jvps=(_top_jvp,), shape="(n)->(k),(k)", results=("values", "indices"), cuts=True,
    exact=True, takes="biuf", kernel=_top_kernel, name="top_k",
)  # fmt: skip
def _top_k(x, *, k):
    """The k largest along the last axis, largest first, and their indices."""
    if x.dtype.kind == "c":
        raise DTypeError("complex numbers have no order")
    if x.dtype.kind == "f":
        order = np.argsort(-x, axis=-1, kind="stable")
    else:  # -x would leave the dtype
        back = np.argsort(x[..., ::-1], axis=-1, kind="stable")[..., ::-1]
        order = x.shape[-1] - 1 - back
    order = order[..., :k]
    return np.take_along_axis(x, order, -1), order.copy()


def top_k(x: Any, k: int) -> tuple[Tensor, Tensor]:
    """The k largest along the last axis, largest first, and their indices, a named tuple.

    ``values`` yⱼ = xᵢ₍ⱼ₎ with ``indices`` i(j); of equal entries the first comes first, NaN last.
    Shapes (…, n) → (…, k) each. Raises RangeError unless 1 ≤ k ≤ n.

    >>> import autograd_nn as ag
    >>> ag.top_k(ag.Tensor([3.0, 1.0, 2.0]), 2).values
    Tensor([3., 2.])
    """
    x = as_tensor(x)
    if not x.ndim or not 0 < k <= x.shape[-1]:
        size = x.shape[-1] if x.ndim else 0
        raise RangeError(
            f"top_k received k={k} of {shapes.describe(x)}; expected 1 to {size}, the size of the "
            "last axis. Take fewer."
        )
    return _top_k(x, k=int(k))


def _ranked(x: Tensor, axis: Any) -> tuple[Tensor, tuple[int, ...]]:
    """x in ascending order along a last axis that holds all of ``axis``, and those axes."""
    gone = shapes.axes(axis, x.ndim)
    kept = tuple(i for i in range(x.ndim) if i not in gone)
    x = moveaxis(x, kept, tuple(range(len(kept))))
    size = math.prod(x.shape[len(kept) :])
    return sort(reshape(x, shape=(*x.shape[: len(kept)], size)), -1), gone


def _ranks(q: float, s: Tensor) -> Tensor:
    """The q-quantile of sorted rows."""
    at = q * (s.shape[-1] - 1)
    low = int(np.floor(at))
    high = low + (low < s.shape[-1] - 1)
    below, above, part = s[..., low], s[..., high], at - low
    gap = subtract(above, below)
    # from the nearer neighbour, as NumPy: the rounding then is the same
    return below + gap * part if part < 0.5 else above - gap * (1 - part)


def _nan_rows(y: Tensor, s: Tensor) -> Tensor:
    """NaN for the rows that have one: it was sorted to their end."""
    return where(isnan(s[..., -1]), np.nan, y) if s.dtype.kind == "f" and s.shape[-1] else y


def quantile(x: Any, q: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The q-quantile (0 ≤ q ≤ 1) over ``axis``, linear between neighbours; NaN where one is.

    q   a number, or an array of them: its axes come first in the result.

    >>> import autograd_nn as ag
    >>> ag.quantile(ag.Tensor([1.0, 2.0, 4.0]), 0.5)
    Tensor(2.)
    """
    x = as_tensor(x)
    shapes.axes(axis, x.ndim)
    if isinstance(q, Tensor):
        q.look("quantile's q")
        doors.contents(q, "quantile's q, a constant,")
        q = q.array
    fractions = np.asarray(q, dtype=float)
    if not ((fractions >= 0) & (fractions <= 1)).all():
        raise RangeError(f"quantile received q={q}; expected 0 to 1 (for a percentile, q / 100).")
    if x.dtype == np.bool_:
        raise DTypeError("quantile received booleans; expected numbers. Convert with .astype.")
    s, gone = _ranked(x, axis)
    if not s.shape[-1]:
        raise RangeError("quantile of no entries; expected at least one. Test x.size first.")
    rest = tuple(n for i, n in enumerate(x.shape) if i not in gone)
    if keepdims:
        rest = tuple(1 if i in gone else n for i, n in enumerate(x.shape))
    if fractions.ndim == 0:
        y = _nan_rows(_ranks(float(fractions), s), s)
        y = y if type(q) in (float, int) else astype(y, dtype=np.result_type(y.dtype, float))
        return reshape(y, shape=rest)
    rows = [_nan_rows(_ranks(f, s), s) for f in fractions.ravel().tolist()]
    y = stack(rows) if rows else reshape(s, shape=(-1,))[:0]
    y = astype(y, dtype=np.result_type(y.dtype, float))
    return reshape(y, shape=fractions.shape + rest)


def median(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The median over ``axis``; of an even count the mean of the two in the middle; NaN if one is.

    >>> import autograd_nn as ag
    >>> ag.median(ag.Tensor([1.0, 9.0, 2.0]))
    Tensor(2.)
    """
    x = as_tensor(x)
    s, gone = _ranked(x, axis)
    n = s.shape[-1]
    if n % 2 and s.dtype.kind == "f":
        y = s[..., n // 2]
    else:
        y = mean(s[..., (n - 1) // 2 : n // 2 + 1], axis=-1)
    shape = (1 if i in gone else m for i, m in enumerate(x.shape) if keepdims or i not in gone)
    return reshape(_nan_rows(y, s), shape=tuple(shape))


def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = "float64") -> Tensor:
    """Rows of the identity: 1 at each index, 0 elsewhere; an index out of range gives zeros.

    >>> import autograd_nn as ag
    >>> ag.one_hot([1, 0], 2)
    Tensor([[0., 1.],
            [1., 0.]])
    """
    x = as_tensor(x)
    if x.dtype.kind not in "iu":
        raise DTypeError(
            f"one_hot received dtype {x.dtype}; expected integers. Convert with .astype(int)."
        )
    if num_classes < 1:
        raise RangeError(f"one_hot received num_classes={num_classes}; expected at least 1.")
    hot = equal(expand_dims(x, -1), wrap(np.arange(num_classes)))
    return moveaxis(astype(hot, dtype=np.dtype(dtype)), -1, axis)


def _zero(x: Tensor) -> int:
    """A zero that keeps x's dtype."""
    return False if x.dtype == np.bool_ else 0


def _band(x: Any, k: int, lower: bool) -> Tensor:
    x = as_tensor(x)
    if x.ndim < 2:
        raise ShapeError(
            f"{'tril' if lower else 'triu'} received shape {x.shape}; expected at least two "
            "dimensions."
        )
    rows, columns = x.shape[-2:]
    ones = np.tri(rows, columns, k if lower else k - 1, dtype=bool)
    return where(wrap(ones if lower else ~ones), x, _zero(x))


def tril(x: Any, k: int = 0) -> Tensor:
    """The lower triangle of the last two axes, up to diagonal ``k``; zeros above.

    >>> import autograd_nn as ag
    >>> ag.tril(ag.Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[1., 0.],
            [3., 4.]])
    """
    return _band(x, k, True)


def triu(x: Any, k: int = 0) -> Tensor:
    """The upper triangle of the last two axes, from diagonal ``k``; zeros below.

    >>> import autograd_nn as ag
    >>> ag.triu(ag.Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([[1., 2.],
            [0., 4.]])
    """
    return _band(x, k, False)


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The entries on a diagonal of two axes, as a new last axis.

    >>> import autograd_nn as ag
    >>> ag.diagonal(ag.Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor([1., 4.])
    """
    x = moveaxis(as_tensor(x), (axis1, axis2), (-2, -1))
    rows, columns = x.shape[-2:]
    start = (max(-offset, 0), max(offset, 0))
    n = max(min(rows - start[0], columns - start[1]), 0)
    i = np.arange(n)
    return x[..., wrap(i + start[0]), wrap(i + start[1])]


def diag(x: Any, k: int = 0) -> Tensor:
    """A matrix with a vector on diagonal ``k``, or the diagonal of a matrix.

    >>> import autograd_nn as ag
    >>> ag.diag(ag.Tensor([1.0, 2.0]))
    Tensor([[1., 0.],
            [0., 2.]])
    """
    x = as_tensor(x)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ShapeError(f"diag received shape {x.shape}; expected a vector or a matrix.")
    n = x.shape[0] + abs(k)
    on = np.eye(n, k=k, dtype=bool)
    wide = embed_vector(x, n, k)
    return where(wrap(on), wide, _zero(x))


def embed_vector(x: Tensor, n: int, k: int) -> Tensor:
    """A vector as a column of n rows that starts at the row where diagonal ``k`` does."""
    from autograd_nn.engine.ops.shaping import pad

    start = max(-k, 0)
    return expand_dims(pad(x, (start, n - start - x.shape[0])), 1)


def trace(x: Any, offset: int = 0) -> Tensor:
    """The sum of a diagonal of the first two axes.

    >>> import autograd_nn as ag
    >>> ag.trace(ag.Tensor([[1.0, 2.0], [3.0, 4.0]]))
    Tensor(5.)
    """
    from autograd_nn.engine.ops.reductions import sum as total

    return total(diagonal(x, offset), axis=-1)


def _searched_shape(x: tuple[int, ...], v: tuple[int, ...], *, side: str) -> tuple[int, ...]:
    if len(x) != 1:
        raise ShapeError(f"received shape {x} to search in; expected a sorted vector.")
    return v


@primitive(
    shape=_searched_shape,
    batch=lambda n, on, x, v, side: NotImplemented if on[0] else searchsorted(x, v, side=side),
    domain=((0.0, 1.0), (0.0, 1.0)),
)
def searchsorted(x, v, *, side="left"):
    """Where each entry of ``v`` would be inserted in the sorted vector x.

    >>> ag.searchsorted(ag.Tensor([1.0, 2.0, 3.0]), [2.0, 9.0])
    Tensor([1, 3])
    """
    return np.searchsorted(x, v, side=side)


__all__ = [
    "add_at", "argsort", "diag", "diagonal", "getitem", "median", "one_hot", "put", "quantile",
    "searchsorted", "setitem", "sort", "take", "take_along_axis", "top_k", "trace", "tril", "triu",
]  # fmt: skip

