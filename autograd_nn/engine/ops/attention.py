"""Attention: values mixed by how well queries fit keys, never with all the scores at once.

Forward and first derivative hold the scores of a block of queries at a time, and the derivative
makes them again; what differentiates the derivative is written in ops, on whole matrices of scores.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import reduce
from typing import Any
from weakref import ref

import numpy as np

from autograd_nn.engine.declare import primitive
from autograd_nn.engine.errors import DTypeError, ShapeError, real_only
from autograd_nn.engine.halves import finfo, kind_of, result_type
from autograd_nn.engine.mode import mode
from autograd_nn.engine.ops.arithmetic import add, astype, multiply, subtract
from autograd_nn.engine.ops.choosing import where
from autograd_nn.engine.ops.comparison import logical_and
from autograd_nn.engine.ops.probability import softmax
from autograd_nn.engine.ops.products import einsum
from autograd_nn.engine.ops.reductions import sum as total
from autograd_nn.engine.ops.shaping import broadcast_to, reshape
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap

BLOCK = 2**18  # scores that are held at once


def low(dtype: Any) -> float:
    """The score of what a mask leaves out: finite, so that a row of nothing else is shared out."""
    return float(finfo(dtype).min) / 2


# ---- on arrays ----------------------------------------------------------------------------------


class _Scores:
    """Shares of queries and keys, block by block; heads before steps, those of a key together.

    q (n, g, r, t, k), k and v (n, g, s, k); shares of a block are (n, g, r·t, s).
    """

    def __init__(self, xs: tuple[np.ndarray, ...], scale: float, causal: bool) -> None:
        query, key, value, *mask = xs
        self.groups = key.shape[-2]
        self.q = self.laid(query)
        self.k, self.v = (x.reshape(-1, *x.shape[-3:]).swapaxes(1, 2) if x.size else
                          np.zeros((len(self.q), x.shape[-2], x.shape[-3], x.shape[-1]), x.dtype)
                          for x in (key, value))  # fmt: skip
        self.mask = None
        if mask:
            lead, own = query.shape[:-3], mask[0].shape[-3:]
            full = np.broadcast_to(mask[0], (*lead, *own))
            each = self.q.shape[1:3] if own[0] != 1 else (1, 1)
            self.mask = full.reshape(len(self.q), *each, *own[1:])
        self.scale, self.causal = scale, causal

    def laid(self, x: np.ndarray) -> np.ndarray:
        """(…, t, h, k) as (n, g, r, t, k)."""
        *lead, t, h, k = x.shape
        x = x.reshape(math.prod(lead), t, self.groups, h // self.groups, k)
        return x.transpose(0, 2, 3, 1, 4)

    def blocks(self) -> Iterator[tuple[Any, Any, int, int]]:
        """Of samples and rows, each with its first row and how many keys it looks at."""
        (n, g, r, t, _), s = self.q.shape, self.k.shape[2]
        many = max(1, BLOCK // max(g * r * t * s, 1))
        rows = max(1, min(t, BLOCK // max(g * r * s, 1)))
        for i in range(0, n, many):
            for j in range(0, t, rows):
                last = min(s, j + rows) if self.causal and self.mask is None else s
                here = (slice(i, i + many), slice(None), slice(None), slice(j, j + rows))
                yield here, here[0], j, last

    def shares(self, here: Any, first: int, width: int) -> tuple[np.ndarray, Any]:
        """softmax of the scaled products of a block, and which entries the masks let through."""
        queries = self.q[here]
        n, g, r, t, k = queries.shape
        keys = self.k[here[0], :, :width]
        rows = queries.reshape(n, g, r * t, k)
        x = (rows * rows.dtype.type(self.scale)) @ keys.swapaxes(-2, -1)
        kept: Any = None
        if self.mask is not None:
            kept = self.mask[here[0]] if self.mask.shape[3] == 1 else self.mask[here]
        if self.causal:
            below = np.arange(first, first + t)[:, None] >= np.arange(width)
            kept = below if kept is None else kept & below
        if kept is not None:
            kept = np.broadcast_to(kept, (n, g, r, t, width)).reshape(x.shape)
            x = np.where(kept, x, x.dtype.type(low(x.dtype)))
        top = x.max(axis=-1, keepdims=True, initial=low(x.dtype))
        x -= np.where(np.isfinite(top), top, 0).astype(top.dtype, copy=False)
        np.exp(x, out=x)
        x /= x.sum(axis=-1, keepdims=True)
        return x, kept


def _slopes_on_arrays(
    g: np.ndarray, xs: tuple[np.ndarray, ...], scale: float, causal: bool
) -> tuple[np.ndarray, ...]:
    found = [np.zeros(x.shape, x.dtype) for x in xs[:3]]
    if not (g.size and xs[1].size):
        return tuple(found)
    at = _Scores(xs, scale, causal)
    u = at.laid(g)
    dq = at.laid(found[0])
    dk, dv = (x.reshape(-1, *x.shape[-3:]).swapaxes(1, 2) for x in found[1:])
    for here, samples, first, width in at.blocks():
        p, kept = at.shares(here, first, width)
        keys, values = at.k[samples, :, :width], at.v[samples, :, :width]
        queries, given = at.q[here], u[here]
        n, h, r, t, k = queries.shape
        given = given.reshape(n, h, r * t, -1)
        dv[samples, :, :width] += p.swapaxes(-2, -1) @ given
        s = given @ values.swapaxes(-2, -1)
        s -= np.einsum("ngts,ngts->ngt", p, s)[..., None]
        s *= p
        s *= s.dtype.type(scale)
        if kept is not None:
            s *= kept
        dq[here] = (s @ keys).reshape(queries.shape)
        dk[samples, :, :width] += s.swapaxes(-2, -1) @ queries.reshape(n, h, r * t, k)
    return tuple(found)


# ---- derivatives --------------------------------------------------------------------------------


class _Whole:
    """The matrices of all scores, of which derivatives of the derivative are made.

    q (n, t, g, r, k), k and v (n, s, g, k) give scores (n, g, r, t, s).
    """

    def __init__(self, xs: tuple[Any, ...], scale: float, causal: bool) -> None:
        query, key, value, *mask = xs
        self.groups, self.scale = key.shape[-2], scale
        self.q, self.k, self.v = self.laid(query), self.flat(key), self.flat(value)
        n, t, g, r, _ = self.q.shape
        s = key.shape[-3]
        kept: Any = None
        if mask:
            full = broadcast_to(mask[0], shape=(*query.shape[:-3], g * r, t, s))
            kept = reshape(full, shape=(n, g, r, t, s))
        if causal:
            below = wrap(np.arange(t)[:, None] >= np.arange(s))
            kept = below if kept is None else logical_and(kept, below)
        self.kept = kept
        x = multiply(einsum("ntgrk,nsgk->ngrts", self.q, self.k), scale)
        self.p = softmax(x if kept is None else where(kept, x, low(x.dtype)), axis=-1)

    def laid(self, x: Any) -> Tensor:
        """(…, t, h, k) as (n, t, g, r, k)."""
        *lead, t, h, k = x.shape
        return reshape(x, shape=(math.prod(lead), t, self.groups, h // self.groups, k))

    def flat(self, x: Any) -> Tensor:
        """(…, s, g, k) as (n, s, g, k)."""
        return reshape(x, shape=(math.prod(x.shape[:-3]), *x.shape[-3:]))

    def through(self, x: Any) -> Tensor:
        """What the masks let through."""
        return x if self.kept is None else where(self.kept, x, 0)

    def moved(self, x: Any) -> Tensor:
        """How shares move when scores move by x; it is its own transpose."""
        inside = multiply(self.p, x)
        return subtract(inside, multiply(self.p, total(inside, axis=-1, keepdims=True)))

    def scores(self, a: Any, b: Any) -> Tensor:
        """How scores move when queries move by a and keys by b; None: not at all."""
        found = []
        if a is not None:
            found.append(einsum("ntgrk,nsgk->ngrts", self.laid(a), self.k))
        if b is not None:
            found.append(einsum("ntgrk,nsgk->ngrts", self.q, self.flat(b)))
        return self.through(multiply(reduce(add, found), self.scale))


def _push(xs: tuple[Any, ...], a: Any, b: Any, c: Any, scale: float, causal: bool) -> Tensor:
    """How the result moves when queries, keys and values move by a, b and c."""
    w, found = _Whole(xs, scale, causal), []
    if a is not None or b is not None:
        found.append(einsum("ngrts,nsgk->ntgrk", w.moved(w.scores(a, b)), w.v))
    if c is not None:
        found.append(einsum("ngrts,nsgk->ntgrk", w.p, w.flat(c)))
    return reshape(reduce(add, found), shape=(*xs[0].shape[:-1], xs[2].shape[-1]))


def _pushed(i: int, t: Tensor, y: Tensor, *xs: Any, scale: float, causal: bool) -> Any:
    if i > 2:
        return None
    a, b, c = (t if k == i else None for k in range(3))
    return _push(xs, a, b, c, scale, causal)


class _Pulled:
    """What a walk pulled back last: its rules of several operands ask one after another."""

    entry: tuple[Any, Any, int, bool, Any] | None = None

    def forget(self, _: Any) -> None:
        self.entry = None

    def __call__(self, i: int, g: Tensor, y: Tensor, *xs: Any, **params: Any) -> Any:
        if i > 2:
            return None
        entry, taping = self.entry, mode.taping
        if entry is not None and entry[0]() is g and entry[1]() is y and entry[2] < i:
            if entry[3] == taping and mode.recorder is None:
                self.entry = (*entry[:2], i, taping, entry[4]) if i < 2 else None
                return entry[4][i]
        found = _slopes(g, *xs, **params)
        if mode.recorder is None and i < 2:
            self.entry = ref(g, self.forget), ref(y), i, taping, found
        return found[i]


def _pull_slopes(i: int, g: Any, y: Any, *xs: Any, scale: float, causal: bool) -> Any:
    """The derivative of ⟨a, dq⟩ + ⟨b, dk⟩ + ⟨c, dv⟩, which is ⟨g, push(a, b, c)⟩.

    s is how scores move by a and b; the sum is Σ P (G - Σ P G) s + Σ P (g cᵀ) with G = g vᵀ, and e
    its slope in P.
    """
    if i > 3:
        return None
    (a, b, c), (given, *rest) = g, xs
    if i == 0:
        return _push(tuple(rest), a, b, c, scale, causal)
    w = _Whole(tuple(rest), scale, causal)
    u, s = w.laid(given), w.scores(a, b)
    if i == 3:
        return reshape(einsum("ngrts,ntgrk->nsgk", w.moved(s), u), shape=xs[3].shape)
    inner = einsum("ntgrk,nsgk->ngrts", u, w.v)
    d, m = (total(multiply(w.p, x), axis=-1, keepdims=True) for x in (inner, s))
    e = subtract(multiply(subtract(inner, d), s), multiply(m, inner))
    e = add(e, einsum("ntgrk,nsgk->ngrts", u, w.flat(c)))
    of_scores, of_s = w.through(w.moved(e)), w.through(w.moved(inner))
    if i == 1:
        found = add(einsum("ngrts,nsgk->ntgrk", of_scores, w.k),
                    einsum("ngrts,nsgk->ntgrk", of_s, w.flat(b)))  # fmt: skip
    else:
        found = add(einsum("ngrts,ntgrk->nsgk", of_scores, w.q),
                    einsum("ngrts,ntgrk->nsgk", of_s, w.laid(a)))  # fmt: skip
    return reshape(multiply(found, scale), shape=xs[i].shape)


# ---- the ops ------------------------------------------------------------------------------------


def _shape(
    query: tuple[int, ...], key: tuple[int, ...], value: tuple[int, ...],
    mask: tuple[int, ...] | None = None, **_: Any,
) -> tuple[int, ...]:  # fmt: skip
    told = f"queries {query}, keys {key} and values {value}"
    if min(len(query), len(key), len(value)) < 3:
        raise ShapeError(f"{told}; expected (…, steps, heads, size) each.")
    lead, (t, h, k), (s, g) = query[:-3], query[-3:], key[-3:-1]
    if len({len(query), len(key), len(value)}) > 1 or not (
        lead == key[:-3] == value[:-3] and key[-3:-1] == value[-3:-1] and k == key[-1]
    ):
        raise ShapeError(
            f"{told}; expected (…, t, h, k), (…, s, g, k) and (…, s, g, v) with the same leading "
            "sizes."
        )
    if not g or h % g:
        raise ShapeError(f"{told}; expected heads of queries ({h}) a multiple of those of keys.")
    if mask is not None:
        full = (*lead, h, t, s)
        if len(mask) != len(full) or any(m not in (1, n) for m, n in zip(mask, full, strict=True)):
            raise ShapeError(f"{told}, a mask {mask}; expected one that broadcasts to {full}.")
    return (*query[:-1], value[-1])


@primitive(variadic=_Pulled(), jvps=_pushed, shape=_shape, name="attention", takes="f", batch=True)
def _attention(*xs, scale, causal):  # type: ignore[no-untyped-def]
    """Values mixed by softmax of scaled products; operands query, key, value and perhaps a mask."""
    query, _, value, *_ = xs
    y = np.zeros(_shape(*[x.shape for x in xs]), query.dtype)
    if y.size and xs[1].shape[-3]:
        at = _Scores(xs, scale, causal)
        laid = at.laid(y)
        for here, samples, first, width in at.blocks():
            p, _ = at.shares(here, first, width)
            laid[here] = (p @ at.v[samples, :, :width]).reshape(laid[here].shape)
    return y


@primitive(
    variadic=_pull_slopes, shape=lambda g, *xs, **_: _shape(*xs) and xs[:3], results=3,
    name="attention_slopes", takes="f", batch=True,
)  # fmt: skip
def _slopes(g, *xs, scale, causal):  # type: ignore[no-untyped-def]
    """The cotangents of attention's queries, keys and values for one of its result."""
    real_only(result_type(g, *xs[:3]), "attention_slopes")
    return _slopes_on_arrays(g, xs, scale, causal)


def attention(
    query: Any, key: Any, value: Any, mask: Any = None, scale: float | None = None,
    causal: bool = False,
) -> Tensor:  # fmt: skip
    """Values mixed by how well keys fit each query, y = softmax(scale · Q Kᵀ) V, head by head.

    mask     which keys each query may look at; broadcasts to (…, h, t, s). A query that may look at
             none looks at all alike.
    scale    1/√k where it is not told.
    causal   a query looks at no key that stands behind its own place.
    Shapes (…, t, h, k), (…, s, g, k), (…, s, g, v) → (…, t, h, v): g heads of keys serve h/g heads
    of queries each. Scores are never held all at once, nor for the first derivative. Raises
    ShapeError where sizes do not fit, DTypeError for a mask that is not of truth values.
    Source: Vaswani et al., "Attention is all you need" (2017); Dao et al., "FlashAttention" (2022).

    >>> import numpy as np, autograd_nn as ag
    >>> x = np.ones((1, 4, 2, 3))
    >>> ag.ops.attention(x, x, x, causal=True).shape
    (1, 4, 2, 3)
    """
    xs = [as_tensor(x) for x in (query, key, value)]
    dtype = result_type(*[x.dtype for x in xs])
    if kind_of(dtype) not in "f":
        dtype = result_type(dtype, np.float32) if dtype.kind in "iub" else dtype
        if kind_of(dtype) != "f":
            raise DTypeError(f"attention received {dtype.name}; expected real floating numbers.")
    xs = [x if x.dtype == dtype else astype(x, dtype=dtype) for x in xs]
    ndim, k = xs[0].ndim, xs[0].shape[-1] if xs[0].ndim else 0
    if mask is not None:
        kept = as_tensor(mask)
        if kept.dtype.kind != "b":
            raise DTypeError(
                f"attention received a mask of {kept.dtype.name}; expected truth values, as "
                "mask != 0 gives them."
            )
        if kept.ndim < ndim:
            kept = reshape(kept, shape=(*(1,) * (ndim - kept.ndim), *kept.shape))
        xs.append(kept)
    _shape(*[x.shape for x in xs])
    return _attention(*xs, scale=float(k**-0.5 if scale is None else scale) if k else 1.0,
                      causal=bool(causal))  # fmt: skip


__all__ = ["attention"]
