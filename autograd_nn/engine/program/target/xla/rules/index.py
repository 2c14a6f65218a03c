"""Reading and writing at places: every index is checked, none is clamped in silence."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jax import lax

from autograd_nn.engine.graph.values import Call
from autograd_nn.engine.ops.keys import PLACE
from autograd_nn.engine.program.target.xla.rules.table import RULES, Context, rule
from autograd_nn.engine.transforms.checkpoint import AFTER

Shape = tuple[int, ...]


def _sizes(key: tuple, shape: Shape) -> list[int]:
    """The sizes of the axes that index arrays speak of."""
    named = sum(k is not None and k is not Ellipsis for k in key)
    found, axis = [], 0
    for k in key:
        if k is Ellipsis:
            axis += len(shape) - named
        elif k is not None:
            if k is PLACE:
                found.append(shape[axis])
            axis += 1
    return found


def _key(ctx: Context, key: Any, indices: tuple, shape: Shape) -> Any:
    """A key with its index arrays, from 0 on; those out of range are noted."""
    if not indices:
        return key
    rest = []
    for i, n in zip(indices, _sizes(key, shape), strict=True):
        i = jnp.asarray(i)
        ctx.check((i >= n) if i.dtype.kind == "u" else (i < -n) | (i >= n))
        i = i.astype(jnp.int64)
        rest.append(jnp.where(i < 0, i + n, i))
    given = iter(rest)
    return tuple([next(given) if k is PLACE else k for k in key])


@rule("slice")
def slice_(ctx: Context, call: Call, x: Any, key: Any) -> Any:
    return x[key]


@rule("embed")
def embed(ctx: Context, call: Call, x: Any, shape: Shape, key: Any) -> Any:
    return jnp.zeros(shape, call.result.dtype).at[key].set(x)


@rule("gather")
def gather(ctx: Context, call: Call, x: Any, *indices: Any, key: tuple) -> Any:
    return x.at[_key(ctx, key, indices, x.shape)].get(mode="clip")


@rule("scatter")
def scatter(ctx: Context, call: Call, x: Any, *indices: Any, shape: Shape, key: tuple) -> Any:
    out = jnp.zeros(shape, call.result.dtype)
    return out.at[_key(ctx, key, indices, shape)].add(x, mode="drop")


def _last(key: Any, shape: Shape) -> tuple[Any, Any]:
    """The numbers of writes at a key, and of the last one at each place; -1 where none is.

    In which order a device writes is not defined; the largest number is.
    """
    count = jnp.zeros(shape, bool).at[key].get(mode="clip")
    order = jnp.arange(count.size).reshape(count.shape)
    return order, jnp.full(shape, -1).at[key].max(order, mode="drop")


@rule("winners")
def winners(ctx: Context, call: Call, *indices: Any, shape: Shape, key: tuple) -> Any:
    at = _key(ctx, key, indices, shape)
    order, last = _last(at, shape)
    return last.at[at].get(mode="clip") == order


@rule("put")
def put(ctx: Context, call: Call, x: Any, v: Any, *indices: Any, key: tuple) -> Any:
    x, dtype = jnp.asarray(x), call.result.dtype
    v = jnp.asarray(v)
    v = v != 0 if dtype.kind == "b" else v.astype(dtype)
    if not indices:
        return x.at[key].set(v)
    order, last = _last(_key(ctx, key, indices, x.shape), x.shape)
    if not order.size:
        return x
    flat = jnp.broadcast_to(v, order.shape).reshape(-1)
    return jnp.where(last >= 0, flat.at[last].get(mode="clip"), x)


@rule("sparse_dot")
def sparse_dot(ctx: Context, call: Call, values: Any, rows: Any, columns: Any, w: Any) -> Any:
    dtype = call.result.dtype
    wide = jnp.float32 if dtype == jnp.float16 else dtype
    values, there = values.astype(wide), values != 0
    for places, size in ((rows, len(values)), (columns, len(w))):
        ctx.check(there & ((places < 0) | (places >= size)))
    each = values[..., None] * w.astype(wide).at[columns].get(mode="clip")
    each = jnp.where(there[..., None], each, 0)  # what is 0 adds nothing, not even NaN
    return jnp.zeros(call.result.shape, wide).at[rows].add(each, mode="drop")


@rule("distinct")
def distinct(ctx: Context, call: Call, i: Any, size: int) -> Any:
    n = i.size
    (at,) = _key(ctx, (PLACE,), (i,), (size,))
    if not n:
        return at, at, jnp.zeros((), jnp.int64)
    place = jnp.arange(n)
    first = jnp.full(size, n).at[at].min(place, mode="drop").at[at].get(mode="clip")
    fresh = first == place
    slots = n - jnp.cumsum(fresh)[jnp.minimum(first, n - 1)]
    return jnp.full(n, at[0]).at[slots].set(at), slots, n - jnp.sum(fresh)


# ---- where entries stand ------------------------------------------------------------------------


@rule("reshape")
def reshape(ctx: Context, call: Call, x: Any, shape: Any) -> Any:
    return jnp.reshape(x, shape)


@rule("concatenate")
def concatenate(ctx: Context, call: Call, *xs: Any, axis: int = 0) -> Any:
    return jnp.concatenate([jnp.asarray(x, call.result.dtype) for x in xs], axis=axis)


@rule("pad")
def pad(ctx: Context, call: Call, x: Any, widths: Any, value: Any = 0) -> Any:
    x = jnp.asarray(x)
    return lax.pad(x, jnp.asarray(value, x.dtype), [(a, b, 0) for a, b in widths])


def after(ctx: Context, call: Call, x: Any, g: Any) -> Any:
    return lax.optimization_barrier((x, g))[0]


RULES[AFTER] = after
