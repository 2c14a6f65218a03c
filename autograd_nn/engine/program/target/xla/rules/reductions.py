"""Many entries to one, running sums, orders, and what is made of them."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp

from autograd_nn.engine import shapes
from autograd_nn.engine.graph.values import Call
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.program.target.xla.rules.table import Context, rule

ALONG = {"max": jnp.max, "min": jnp.min, "any": jnp.any, "all": jnp.all}
ADDED = {"sum": jnp.sum, "prod": jnp.prod}
PLACES = {"argmax": jnp.argmax, "argmin": jnp.argmin}


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


@rule(*ALONG)
def along(ctx: Context, call: Call, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return ALONG[call.op.name](x, axis=_axes(axis), keepdims=keepdims)


@rule(*ADDED)
def added(ctx: Context, call: Call, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    dtype = call.result.dtype
    return ADDED[call.op.name](x, axis=_axes(axis), keepdims=keepdims, dtype=dtype)


@rule("sum_to")
def sum_to(ctx: Context, call: Call, x: Any, shape: tuple[int, ...]) -> Any:
    lead = x.ndim - len(shape)
    axes = (*range(lead), *[i + lead for i, n in enumerate(shape) if n == 1])
    return jnp.sum(x, axes, dtype=call.result.dtype).reshape(shape)


@rule(*PLACES)
def places(ctx: Context, call: Call, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return PLACES[call.op.name](jnp.asarray(x), axis=axis, keepdims=bool(keepdims))


@rule("cumsum")
def cumsum(ctx: Context, call: Call, x: Any, axis: Any = None, reverse: bool = False) -> Any:
    if axis is None or not x.ndim:
        x, axis = x.reshape(-1), axis or 0
    if not reverse:
        return jnp.cumsum(x, axis, dtype=call.result.dtype)
    return jnp.flip(jnp.cumsum(jnp.flip(x, axis), axis, dtype=call.result.dtype), axis)


def _largest(x: Any, axis: Any) -> Any:
    """The largest entry, where it is finite; else 0."""
    top = jnp.max(x, axis=axis, keepdims=True, initial=-jnp.inf)
    return jnp.where(jnp.isfinite(top), top, 0)


@rule("logsumexp")
def logsumexp(ctx: Context, call: Call, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    axis = _axes(axis)
    x = jnp.asarray(x, call.result.dtype)
    top = _largest(x, axis)
    y = jnp.log(jnp.sum(jnp.exp(x - top), axis=axis, keepdims=True)) + top
    return y.reshape(call.result.shape)


@rule("norm")
def norm(ctx: Context, call: Call, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    axis = _axes(axis)
    top = jnp.max(jnp.abs(x), axis=axis, keepdims=True, initial=0)
    scale = jnp.where((top > 0) & jnp.isfinite(top), top, 1)
    y = jnp.sqrt(jnp.sum(jnp.square(x / scale), axis=axis, keepdims=True)) * scale
    return y.reshape(call.result.shape)


# ---- softmax and cross-entropies ----------------------------------------------------------------


def softmaxed(x: Any, axis: Any) -> Any:
    """Exponentials made to sum to one; of nothing nothing."""
    e = jnp.exp(x - _largest(x, axis))
    return e / jnp.sum(e, axis=axis, keepdims=True)


@rule("softmax")
def softmax(ctx: Context, call: Call, x: Any, axis: Any = -1) -> Any:
    return softmaxed(jnp.asarray(x, call.result.dtype), _axes(axis))


@rule("log_softmax")
def log_softmax(ctx: Context, call: Call, x: Any, axis: Any = -1) -> Any:
    x = jnp.asarray(x, call.result.dtype)
    s = x - _largest(x, _axes(axis))
    return s - jnp.log(jnp.sum(jnp.exp(s), axis=_axes(axis), keepdims=True))


@rule("softmax_cross_entropy")
def softmax_cross_entropy(ctx: Context, call: Call, x: Any, labels: Any) -> Any:
    labels = jnp.asarray(labels)
    ctx.check((labels < 0) | (labels >= x.shape[-1]))
    s = x - _largest(x, -1)
    picked = jnp.take_along_axis(s, labels[..., None], -1, mode="clip")[..., 0]
    return jnp.log(jnp.sum(jnp.exp(s), -1)) - picked


@rule("sparse_slope")
def sparse_slope(ctx: Context, call: Call, x: Any, labels: Any) -> Any:
    n = x.shape[-1]
    labels = jnp.asarray(labels)
    ctx.check((labels < -n) | (labels >= n))
    own = jnp.arange(n) == jnp.where(labels < 0, labels + n, labels)[..., None]
    others = jnp.where(own, 0, softmaxed(x, -1))
    return jnp.where(own, -jnp.sum(others, -1, keepdims=True), others)


# ---- orders -------------------------------------------------------------------------------------


@rule("argsort")
def argsort(ctx: Context, call: Call, x: Any, axis: Any = -1) -> Any:
    x = jnp.asarray(x)
    if axis is None or not x.ndim:
        x, axis = x.reshape(-1), 0
    return jnp.argsort(x, axis, stable=True)


@rule("top_k")
def top_k(ctx: Context, call: Call, x: Any, k: int) -> Any:
    if kind_of(x.dtype) == "f":
        order = jnp.argsort(-x, -1, stable=True)
    else:  # -x would leave the dtype
        order = x.shape[-1] - 1 - jnp.argsort(x[..., ::-1], -1, stable=True)[..., ::-1]
    order = order[..., :k]
    return jnp.take_along_axis(x, order, -1), order


@rule("searchsorted")
def searchsorted(ctx: Context, call: Call, x: Any, v: Any, side: str = "left") -> Any:
    dtype = jnp.promote_types(x.dtype, v.dtype)
    return jnp.searchsorted(x.astype(dtype), v.astype(dtype), side=side)


@rule("flip")
def flip(ctx: Context, call: Call, x: Any, axis: Any = None) -> Any:
    return jnp.flip(x, None if axis is None else tuple(shapes.axes(axis, x.ndim)))
