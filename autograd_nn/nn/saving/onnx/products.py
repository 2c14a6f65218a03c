"""Rules of windows, of products over named axes, of attention, and of Fourier transforms."""

from __future__ import annotations

import string
from typing import Any

import numpy as np

from autograd_nn.engine.ops.attention import low
from autograd_nn.nn.saving.onnx.rules import rule
from autograd_nn.nn.saving.onnx.writer import Pair, Writer


@rule("einsum")
def einsum(w: Writer, pair: Pair, xs: list[Any]) -> str:
    return w.node("Einsum", *w.arrays(pair, xs, pair.dtype), equation=pair.param("spec"))


def _laid(pair: Pair) -> Any:
    """Of each axis with windows: its number, its windows' size, stride and dilation."""
    names = ("axes", "sizes", "strides", "dilations")
    return zip(*(pair.param(name) for name in names), strict=True)


@rule("windows")
def windows(w: Writer, pair: Pair, xs: list[Any]) -> str:
    """Every entry of every window, gathered axis by axis; the windows' own axes go behind."""
    x, n, last = xs[0].name, len(xs[0].shape), pair.first.result.shape
    for axis, size, stride, dilation in _laid(pair):
        places = np.arange(last[axis])[:, None] * stride + np.arange(size) * dilation
        x = w.node("Gather", x, w.constant(places, "int64"), axis=axis)
        order = [a for a in range(n + 1) if a != axis + 1]
        x = w.node("Transpose", x, perm=[*order, axis + 1])
        n += 1
    return x


@rule("add_windows")
def add_windows(w: Writer, pair: Pair, xs: list[Any]) -> str:
    """Every entry of every window, added where it came from; a product with 0 and 1 an axis."""
    x, n = xs[0].name, len(xs[0].shape)
    lengths = pair.param("lengths")
    laid = list(_laid(pair))
    base = n - len(laid)
    for i, (axis, size, stride, dilation) in enumerate(laid):
        count = xs[0].shape[axis]
        places = np.arange(count)[:, None] * stride + np.arange(size) * dilation
        ones = (places[..., None] == np.arange(lengths[i])).astype(pair.dtype)
        letters = string.ascii_letters[: base + len(laid) - i]
        c, k = letters[axis], letters[base]  # the first of the windows' axes that are left
        out = letters.replace(k, "").replace(c, "Z")
        x = w.node("Einsum", x, w.constant(ones), equation=f"{letters},{c}{k}Z->{out}")
    return x


@rule("attention")
def attention(w: Writer, pair: Pair, xs: list[Any]) -> str:
    """softmax(scale · Q Kᵀ) V, with heads before steps; heads of keys as often as they serve."""
    dtype = pair.dtype
    n, (t, h, _), (s, groups, _) = len(xs[0].shape), xs[0].shape[-3:], xs[1].shape[-3:]
    swap = [*range(n - 3), n - 2, n - 3, n - 1]
    q, k, v = (w.node("Transpose", x, perm=swap) for x in w.arrays(pair, xs[:3], dtype))
    if groups != h:
        serve = w.constant(np.arange(h) // (h // groups), "int64")
        k, v = (w.node("Gather", x, serve, axis=n - 3) for x in (k, v))
    turned = w.node("Transpose", k, perm=[*range(n - 2), n - 1, n - 2])
    scores = w.node("Mul", w.node("MatMul", q, turned), w.constant(pair.param("scale"), dtype))
    none = w.constant(low(dtype), dtype)
    if len(xs) > 3:
        scores = w.node("Where", w.cast(xs[3].name, xs[3].dtype, bool), scores, none)
    if pair.param("causal"):
        scores = w.node("Where", w.constant(np.tri(t, s, dtype=bool)), scores, none)
    y = w.node("MatMul", w.node("Softmax", scores, axis=-1), v)
    return w.node("Transpose", y, perm=swap)


@rule("dft")
def dft(w: Writer, pair: Pair, xs: list[Any]) -> list[str]:
    """Both parts as a last axis, as ONNX has them, where the inverse is divided by n.

    In float64: onnxruntime's of float32 keeps four digits where n is no power of two.
    """
    dtype = np.dtype("float64")
    n, last = xs[0].shape[-1], w.constant(np.array([-1], "int64"))
    re, im = w.arrays(pair, xs, dtype)
    turned = pair.param("inverse")  # which is the conjugate of the conjugate's transform
    im = w.node("Neg", im) if turned else im
    z = w.node("Concat", *(w.node("Unsqueeze", x, last) for x in (re, im)), axis=-1)
    z = w.node("Reshape", z, w.constant(np.array([-1, n, 2], "int64")))
    z = w.node("DFT", z, axis=1)
    shape = w.ints(pair.first.result.shape, pair.second.result.shape)
    parts = [w.node("Gather", z, w.constant(i, "int64"), axis=2) for i in range(2)]
    parts[1] = w.node("Neg", parts[1]) if turned else parts[1]
    return [w.cast(w.node("Reshape", x, shape), dtype, pair.dtype) for x in parts]
