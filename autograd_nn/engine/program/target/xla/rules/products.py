"""Sums of products, windows and attention; at full precision, which devices do not take by default.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import jax.numpy as jnp
from jax import lax

from autograd_nn.engine.graph.values import Call
from autograd_nn.engine.halves import is_bfloat16, is_half
from autograd_nn.engine.ops.attention import low
from autograd_nn.engine.program.target.xla.rules.reductions import softmaxed
from autograd_nn.engine.program.target.xla.rules.table import Context, rule

Shape = tuple[int, ...]
EXACT = lax.Precision.HIGHEST


def _factors(call: Call, *xs: Any) -> tuple[list[Any], dict[str, Any]]:
    """Operands in the dtype in which sums of products are made, and how to ask for that.

    Two of bfloat16 stay: devices have a unit for them, whose products and sums are float32's.
    """
    dtype = call.result.dtype
    if len(xs) == 2 and all(is_bfloat16(x.dtype) for x in xs):
        return [*xs], {"preferred_element_type": jnp.float32}
    wide = jnp.float32 if is_half(dtype) else dtype
    return [x.astype(wide) for x in xs], {"precision": EXACT}


@rule("matmul")
def matmul(ctx: Context, call: Call, *xs: Any) -> Any:
    factors, asked = _factors(call, *xs)
    return jnp.matmul(*factors, **asked)


@rule("einsum")
def einsum(ctx: Context, call: Call, *xs: Any, spec: str) -> Any:
    inputs, out = spec.split("->")
    parts = inputs.split(",")
    sizes: dict[str, int] = {}
    for part, x in zip(parts, xs, strict=True):
        for c, n in zip(part, x.shape, strict=True):
            sizes[c] = max(sizes.get(c, 1), n) if n else 0
    found = []
    for k, x in enumerate(xs):  # an axis of one entry stands for all
        spare = tuple(i for i, c in enumerate(parts[k]) if x.shape[i] == 1 != sizes[parts[k][i]])
        parts[k] = "".join(c for i, c in enumerate(parts[k]) if i not in spare)
        found.append(jnp.squeeze(x, spare))
    factors, asked = _factors(call, *found)
    return jnp.einsum(",".join(parts) + "->" + out, *factors, **asked)


# ---- windows ------------------------------------------------------------------------------------


def _starts(place: Shape, axes: Shape, strides: Shape, dilations: Shape, counts: Shape) -> Any:
    """Per axis where the entries at a place of all windows lie: the first, and how far apart."""
    return {a: (p * d, s, n) for a, p, s, d, n in
            zip(axes, place, strides, dilations, counts, strict=True)}  # fmt: skip


@rule("windows")
def windows(
    ctx: Context, call: Call, x: Any, axes: Shape, sizes: Shape, strides: Shape, dilations: Shape
) -> Any:
    shape = call.result.shape
    counts = tuple([shape[a] for a in axes])
    found = []
    for place in itertools.product(*map(range, sizes)):
        key = [slice(None)] * x.ndim
        at = _starts(place, axes, strides, dilations, counts)
        for a, (first, step, n) in at.items():
            key[a] = slice(first, first + max((n - 1) * step + 1, 0), step)
        found.append(x[tuple(key)])
    return jnp.stack(found, -1).reshape(shape) if found else jnp.zeros(shape, x.dtype)


@rule("add_windows")
def add_windows(
    ctx: Context, call: Call, x: Any, axes: Shape, lengths: Shape, sizes: Shape, strides: Shape,
    dilations: Shape,
) -> Any:  # fmt: skip
    shape = call.result.shape
    out = jnp.zeros(shape, x.dtype)
    counts = tuple([x.shape[a] for a in axes])
    if not math.prod(counts):
        return out
    for place in itertools.product(*map(range, sizes)):
        widths = [(0, 0, 0)] * len(shape)
        for a, (first, step, n) in _starts(place, axes, strides, dilations, counts).items():
            widths[a] = (first, shape[a] - first - (n - 1) * step - 1, step - 1)
        out = out + lax.pad(x[(..., *place)], jnp.zeros((), x.dtype), widths)
    return out


# ---- attention ----------------------------------------------------------------------------------


class _Heads:
    """Queries (n, t, g, r, k), keys and values (n, s, g, k), and the shares (n, g, r, t, s)."""

    def __init__(self, xs: tuple[Any, ...], scale: float, causal: bool) -> None:
        query, key, value, *mask = xs
        self.groups = key.shape[-2]
        self.q, self.k, self.v = self.laid(query), self.flat(key), self.flat(value)
        n, t, g, r, _ = self.q.shape
        s = key.shape[-3]
        kept: Any = None
        if mask:
            full = jnp.broadcast_to(mask[0], (*query.shape[:-3], g * r, t, s))
            kept = full.reshape(n, g, r, t, s)
        if causal:
            below = jnp.arange(t)[:, None] >= jnp.arange(s)
            kept = below if kept is None else kept & below
        self.kept = kept
        x = product("ntgrk,nsgk->ngrts", self.q * self.q.dtype.type(scale), self.k)
        if kept is not None:
            x = jnp.where(kept, x, x.dtype.type(low(x.dtype)))
        self.p = softmaxed(x, -1)

    def laid(self, x: Any) -> Any:
        """(…, t, h, k) as (n, t, g, r, k)."""
        *lead, t, h, k = x.shape
        return x.reshape(math.prod(lead), t, self.groups, h // self.groups, k)

    def flat(self, x: Any) -> Any:
        """(…, s, g, k) as (n, s, g, k)."""
        return x.reshape(math.prod(x.shape[:-3]), *x.shape[-3:])


def product(spec: str, a: Any, b: Any) -> Any:
    return jnp.einsum(spec, a, b, precision=EXACT)


@rule("attention")
def attention(ctx: Context, call: Call, *xs: Any, scale: float, causal: bool) -> Any:
    w = _Heads(xs, scale, causal)
    return product("ngrts,nsgk->ntgrk", w.p, w.v).reshape(call.result.shape)


@rule("attention_slopes")
def attention_slopes(ctx: Context, call: Call, g: Any, *xs: Any, scale: float, causal: bool) -> Any:
    w = _Heads(xs, scale, causal)
    u = w.laid(g)
    dv = product("ngrts,ntgrk->nsgk", w.p, u)
    s = product("ntgrk,nsgk->ngrts", u, w.v)
    s = (s - jnp.sum(w.p * s, -1, keepdims=True)) * w.p * s.dtype.type(scale)
    if w.kept is not None:
        s = jnp.where(w.kept, s, 0)
    dq, dk = product("ngrts,nsgk->ntgrk", s, w.k), product("ngrts,ntgrk->nsgk", s, w.q)
    return tuple([y.reshape(v.shape) for y, v in zip((dq, dk, dv), call.results, strict=True)])
