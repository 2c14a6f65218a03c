"""Ops by other people's code: NumPy, SciPy, or the textbook's formula written out with loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp
from scipy.stats import binom

from tests import linear

Array = np.ndarray


def _fill(key: tuple, indices: tuple) -> tuple:
    rest = iter(indices)
    return tuple(next(rest) if isinstance(k, str) else k for k in key)


def _embed(x: Array, *, shape: tuple, key: tuple) -> Array:
    out = np.zeros(shape, x.dtype)
    out[key] = x
    return out


def _scatter(x: Array, *indices: Array, shape: tuple, key: tuple) -> Array:
    """Entry by entry: where each entry of x lands, found by gathering the places' numbers."""
    places = np.arange(int(np.prod(shape))).reshape(shape)[_fill(key, indices)]
    out = np.zeros(int(np.prod(shape)), x.dtype)
    for place, value in zip(places.ravel(), np.broadcast_to(x, places.shape).ravel(), strict=True):
        out[place] += value
    return out.reshape(shape)


def _put(x: Array, v: Any, *indices: Array, key: tuple) -> Array:
    places = np.arange(x.size).reshape(x.shape)[_fill(key, indices)]
    out = x.ravel().copy()
    for place, value in zip(places.ravel(), np.broadcast_to(v, places.shape).ravel(), strict=True):
        out[place] = value
    return out.reshape(x.shape)


def _sparse_dot(values: Array, rows: Array, columns: Array, w: Array) -> Array:
    full = np.zeros((len(values), len(w)), values.dtype)
    np.add.at(full, (rows, columns), values)
    return full @ w


def _top_k(x: Array, *, k: int) -> tuple[Array, Array]:
    n = x.shape[-1]
    rows = [sorted(range(n), key=lambda j: -float(row[j]))[:k] for row in x.reshape(-1, n)]
    at = np.array(rows, np.intp).reshape(*x.shape[:-1], k)
    return np.take_along_axis(x, at, -1), at


def _dft(re: Array, im: Array, *, inverse: bool) -> tuple[Array, Array]:
    """By the matrix of the transform, whose real and imaginary parts are cosines and sines."""
    n = re.shape[-1]
    angle = 2 * np.pi / max(n, 1) * np.outer(np.arange(n), np.arange(n)) * (1 if inverse else -1)
    c, s = np.cos(angle), np.sin(angle)
    return (re @ c - im @ s).astype(re.dtype), (re @ s + im @ c).astype(re.dtype)


def _winners(*indices: Array, shape: tuple, key: tuple) -> Array:
    places = np.arange(int(np.prod(shape))).reshape(shape)[_fill(key, indices)]
    flat = list(places.ravel())
    won = [place not in flat[k + 1 :] for k, place in enumerate(flat)]
    return np.array(won, bool).reshape(places.shape)


def _distinct(i: Array, *, size: int) -> tuple[Array, Array, Array]:
    found: list[int] = []
    for k in i.tolist():
        found += [k % size] if k % size not in found else []
    spare = len(i) - len(found)
    rows = found[:1] * spare + found[::-1]
    slots = [len(i) - 1 - found.index(k % size) for k in i.tolist()]
    return np.array(rows, np.intp), np.array(slots, np.intp), np.array(spare)


def _windows(
    x: Array, *, axes: tuple, sizes: tuple, strides: tuple, dilations: tuple
) -> Array:
    """NumPy's windows, of which every so many are taken, and of those every so many entries."""
    reach = tuple((k - 1) * d + 1 for k, d in zip(sizes, dilations, strict=True))
    found = np.lib.stride_tricks.sliding_window_view(x, reach, axes)
    key: list[Any] = [slice(None)] * x.ndim + [slice(None, None, d) for d in dilations]
    for a, s in zip(axes, strides, strict=True):
        key[a] = slice(None, None, s)
    return found[tuple(key)]


def _add_windows(x: Array, *, axes: tuple, lengths: tuple, **how: Any) -> Array:
    """Entry by entry: where each lands, found by taking windows of the places' numbers."""
    shape = list(x.shape[: x.ndim - len(axes)])
    for a, n in zip(axes, lengths, strict=True):
        shape[a] = n
    out = np.zeros(shape, x.dtype)
    places = _windows(np.arange(out.size).reshape(shape), axes=axes, **how) if x.size else x
    np.add.at(out.ravel(), places.ravel().astype(int), x.ravel())
    return out


def _sum_to(x: Array, *, shape: tuple) -> Array:
    out = np.zeros(shape, x.dtype)
    lead = x.ndim - len(shape)
    for index in np.ndindex(*x.shape):
        at = tuple(0 if n == 1 else i for i, n in zip(index[lead:], shape, strict=True))
        out[at] += x[index]
    return out


def _cumsum(x: Array, *, axis: Any, reverse: bool) -> Array:
    if not reverse:
        return np.cumsum(x, axis=axis)
    if axis is None:
        return np.cumsum(x.ravel()[::-1])[::-1]
    return np.flip(np.cumsum(np.flip(x, axis), axis=axis), axis)


def _cross_entropy(x: Array, labels: Array) -> Array:
    flat, rows = labels.ravel(), sp.log_softmax(x, axis=-1).reshape(-1, x.shape[-1])
    return np.array([-r[k] for r, k in zip(rows, flat, strict=True)], x.dtype).reshape(labels.shape)


def _attention(*xs: Array, scale: float, causal: bool) -> Array:
    """Query by query and head by head."""
    query, key, value, *mask = xs
    *lead, t, h, _ = query.shape
    s, g = key.shape[-3:-1]
    kept = np.ones((*lead, h, t, s), bool) & (mask[0] if mask else True)
    kept &= np.tri(t, s, dtype=bool) if causal else True
    y = np.zeros((*query.shape[:-1], value.shape[-1]), np.result_type(*xs[:3]))
    for at in np.ndindex(*lead, t, h) if s else ():
        *i, row, head = at
        scores = scale * key[(*i, slice(None), head * g // h)] @ query[at]
        own = kept[(*i, head, row)]
        shares = np.exp(scores - scores.real.max()) * own if own.any() else np.ones(s)
        y[at] = shares / shares.sum() @ value[(*i, slice(None), head * g // h)]
    return y


def _attention_slopes(g: Array, *xs: Array, **params: Any) -> tuple[Array, ...]:
    """Coordinate by coordinate, by complex steps."""
    found = []
    for i, x in enumerate(xs[:3]):
        slope, moved = np.zeros_like(x), x.astype(complex)
        for at in np.ndindex(x.shape):
            moved[at] += 1e-30j
            slope[at] = (_attention(*xs[:i], moved, *xs[i + 1 :], **params).imag * g).sum() / 1e-30
            moved[at] = x[at]
        found.append(slope)
    return tuple(found)


def _norm(x: Array, *, axis: Any, keepdims: bool) -> Array:
    return np.sqrt(np.sum(x * x, axis=axis, keepdims=keepdims))


def _philox(state: Array) -> np.random.Philox:
    seed, stream, counter = (int(v) for v in state)
    bits = np.random.Philox(key=np.array([seed, stream], np.uint64))
    # NumPy steps the counter before it draws, so block c is reached by advancing c - 1 times.
    return bits.advance((counter - 1) % 2**256)


def _bits(state: Array, *, shape: tuple, dtype: str) -> Array:
    raw = np.atleast_1d(_philox(state).random_raw(int(np.prod(shape)) + 1))
    return raw.view(dtype)[: int(np.prod(shape))].reshape(shape)


def _unit(state: Array, *, shape: tuple, dtype: str) -> Array:
    return np.random.Generator(_philox(state)).random(shape, dtype=np.dtype(dtype).type)


SPECIAL: dict[str, Callable[..., Any]] = {
    "chain": np.multiply,
    "ratio": np.true_divide,
    "rsqrt": lambda x: x**-0.5,
    "_clip": np.clip,
    "erf": sp.erf,
    "erfc": sp.erfc,
    "erfinv": sp.erfinv,
    "lgamma": sp.loggamma,
    "gamma": sp.gamma,
    "digamma": lambda x: sp.polygamma(0, x),
    "polygamma": lambda n, x: (-1) ** (n + 1) * sp.gamma(n + 1) * sp.zeta(n + 1, x),
    "beta": lambda a, b: sp.gamma(a) * sp.gamma(b) / sp.gamma(a + b),
    "ndtr": lambda x: 0.5 * (1 + sp.erf(x / np.sqrt(2))),
    "ndtri": lambda p: np.sqrt(2) * sp.erfinv(2 * p - 1),
    "sigmoid": sp.expit,
    "one_less_square": lambda x: 1 - x * x,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "sigmoid_error": lambda x, t: sp.expit(x) - t,
    "sigmoid_slope": lambda x: sp.expit(x) * sp.expit(-np.asarray(x)),
    "softplus": lambda x: np.logaddexp(0, x),
    "relu": lambda x: np.maximum(x, 0),
    "bitwise_invert": np.invert,
    "sigmoid_cross_entropy": lambda x, t: (
        -t * sp.log_expit(x) - (1 - t) * sp.log_expit(-np.asarray(x))
    ),
    "astype": lambda x, *, dtype: x.astype(dtype),
    "stop_gradient": lambda x: x,
    "reshape": lambda x, *, shape: np.reshape(x, shape),
    "transpose": lambda x, *, axes: np.transpose(x, axes),
    "broadcast_to": lambda x, *, shape: np.broadcast_to(x, shape),
    "concatenate": lambda *xs, axis: np.concatenate(xs, axis),
    "pad": lambda x, *, widths, value: (
        np.pad(x, widths or 0, constant_values=value) if x.ndim else x
    ),
    "windows": _windows,
    "add_windows": _add_windows,
    "slice": lambda x, *, key: x[key],
    "embed": _embed,
    "gather": lambda x, *indices, key: x[_fill(key, indices)],
    "scatter": _scatter,
    "sparse_dot": _sparse_dot,
    "winners": _winners,
    "distinct": _distinct,
    "put": _put,
    "argsort": lambda x, *, axis: np.argsort(x, axis, kind="stable"),
    "top_k": _top_k,
    "binomial_quantile": lambda u, n, p: np.where(p == 0, 0, binom.ppf(u, n, p)).astype(u.dtype),
    "searchsorted": lambda x, v, *, side: np.searchsorted(x, v, side),
    "sum_to": _sum_to,
    "logsumexp": lambda x, *, axis, keepdims: sp.logsumexp(x, axis=axis, keepdims=keepdims),
    "cumsum": _cumsum,
    "attention": _attention,
    "attention_slopes": _attention_slopes,
    "einsum": lambda *xs, spec: np.einsum(spec, *xs, optimize=False),
    "norm": _norm,
    "softmax": lambda x, *, axis: sp.softmax(x, axis=axis) if x.size else x,
    "log_softmax": lambda x, *, axis: sp.log_softmax(x, axis=axis) if x.size else x,
    "random_bits": _bits,
    "random_unit": _unit,
    "sparse_slope": lambda x, labels: (
        sp.softmax(x, axis=-1) - np.eye(x.shape[-1])[labels] if x.size else x
    ),
    "softmax_cross_entropy": _cross_entropy,
    "dft": _dft,
    **linear.REFERENCES,
}


def reference(name: str) -> Callable[..., Any]:
    """Another implementation of the op; an op without one fails the tests."""
    if name in SPECIAL:
        return SPECIAL[name]
    if hasattr(np, name):
        return getattr(np, name)
    raise LookupError(f"op {name!r} has no reference in tests/references.py; add one.")
