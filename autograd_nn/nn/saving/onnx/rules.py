"""One rule per op: (writer, pair of calls, operands) to the name of the result.

An op whose ONNX node has a name of its own is a line in a table; the others are functions, by the
op's name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.nn.saving.onnx.writer import ExportError, Pair, Writer, kind_of

Rule = Callable[[Writer, Pair, list[Any]], Any]
RULES: dict[str, Rule] = {}

# op: node, of operands in one dtype, which the result has
_SAME = {
    "absolute": "Abs", "add": "Add", "arccos": "Acos", "arccosh": "Acosh", "arcsin": "Asin",
    "arcsinh": "Asinh", "arctan": "Atan", "arctanh": "Atanh", "ceil": "Ceil", "cos": "Cos",
    "cosh": "Cosh", "divide": "Div", "erf": "Erf", "exp": "Exp", "floor": "Floor", "log": "Log",
    "logical_and": "And", "logical_not": "Not", "logical_or": "Or", "logical_xor": "Xor",
    "matmul": "MatMul", "maximum": "Max", "minimum": "Min", "multiply": "Mul", "negative": "Neg",
    "positive": "Identity", "power": "Pow", "reciprocal": "Reciprocal", "relu": "Relu",
    "rint": "Round", "sigmoid": "Sigmoid", "sign": "Sign", "sin": "Sin", "sinh": "Sinh",
    "softplus": "Softplus", "softsign": "Softsign", "sqrt": "Sqrt", "stop_gradient": "Identity",
    "subtract": "Sub", "tan": "Tan", "tanh": "Tanh",
}  # fmt: skip

# op: node, whose result is a truth
_TRUTHS = {
    "equal": "Equal", "greater": "Greater", "greater_equal": "GreaterOrEqual", "isinf": "IsInf",
    "isnan": "IsNaN", "less": "Less", "less_equal": "LessOrEqual",
}  # fmt: skip

_REDUCED = {
    "sum": "ReduceSum", "prod": "ReduceProd", "max": "ReduceMax", "min": "ReduceMin",
    "logsumexp": "ReduceLogSumExp", "norm": "ReduceL2",
}  # fmt: skip

_BEFORE = -(2**63) + 1  # the end of a slice that goes backwards through the first entry


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Makes a function the rule of ops."""

    def named(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return named


@rule(*_SAME)
def same(w: Writer, pair: Pair, xs: list[Any]) -> str:
    return w.node(_SAME[pair.name], *w.arrays(pair, xs, pair.dtype))


@rule(*_TRUTHS)
def truth(w: Writer, pair: Pair, xs: list[Any]) -> str:
    return w.node(_TRUTHS[pair.name], *w.arrays(pair, xs))


@rule("not_equal")
def not_equal(w: Writer, pair: Pair, xs: list[Any]) -> str:
    return w.node("Not", w.node("Equal", *w.arrays(pair, xs)))


@rule("where")
def where(w: Writer, pair: Pair, xs: list[Any]) -> str:
    (test,) = w.arrays(pair, xs[:1], np.bool_)
    return w.node("Where", test, *w.arrays(pair, xs[1:], pair.dtype))


@rule("_clip")
def clip(w: Writer, pair: Pair, xs: list[Any]) -> str:
    x, low, high = w.arrays(pair, xs, pair.dtype)
    return w.node("Min", w.node("Max", x, low), high)


@rule("square")
def square(w: Writer, pair: Pair, xs: list[Any]) -> str:
    (x,) = w.arrays(pair, xs, pair.dtype)
    return w.node("Mul", x, x)


@rule("rsqrt")
def rsqrt(w: Writer, pair: Pair, xs: list[Any]) -> str:
    return w.node("Reciprocal", w.node("Sqrt", *w.arrays(pair, xs, pair.dtype)))


@rule("expm1")
def expm1(w: Writer, pair: Pair, xs: list[Any]) -> str:
    """2 t / (1 − t) of t = tanh(x / 2), which loses nothing near 0; eˣ − 1 where t is near 1."""
    (x,) = w.arrays(pair, xs, pair.dtype)
    one, two = w.constant(1, pair.dtype), w.constant(2, pair.dtype)
    t = w.node("Tanh", w.node("Div", x, two))
    small = w.node("Div", w.node("Mul", two, t), w.node("Sub", one, t))
    large = w.node("Sub", w.node("Exp", x), one)
    return w.node("Where", w.node("Less", w.node("Abs", x), one), small, large)


@rule("erfc")
def erfc(w: Writer, pair: Pair, xs: list[Any]) -> str:
    """1 − erf x, for ONNX has no other: of x far above 0 nothing is left."""
    (x,) = w.arrays(pair, xs, pair.dtype)
    return w.node("Sub", w.constant(1, pair.dtype), w.node("Erf", x))


@rule("log1p")
def log1p(w: Writer, pair: Pair, xs: list[Any]) -> str:
    """2 artanh(x / (2 + x)), which loses nothing near 0."""
    (x,) = w.arrays(pair, xs, pair.dtype)
    two = w.constant(2, pair.dtype)
    small = w.node("Mul", two, w.node("Atanh", w.node("Div", x, w.node("Add", two, x))))
    one = w.constant(1, pair.dtype)
    large = w.node("Log", w.node("Add", one, x))
    return w.node("Where", w.node("Less", w.node("Abs", x), one), small, large)


@rule("log2", "log10")
def other_logs(w: Writer, pair: Pair, xs: list[Any]) -> str:
    (x,) = w.arrays(pair, xs, pair.dtype)
    return w.node("Mul", w.node("Log", x), w.constant(1 / np.log(int(pair.name[3:])), pair.dtype))


@rule("astype")
def astype(w: Writer, pair: Pair, xs: list[Any]) -> str:
    return w.node("Cast", xs[0].name, to=kind_of(pair.dtype))


# ---- shapes -------------------------------------------------------------------------------------


@rule("reshape")
def reshape(w: Writer, pair: Pair, xs: list[Any]) -> str:
    shape = w.ints(pair.first.result.shape, pair.second.result.shape)
    return w.node("Reshape", xs[0].name, shape, allowzero=1)


@rule("broadcast_to")
def broadcast_to(w: Writer, pair: Pair, xs: list[Any]) -> str:
    return w.node("Expand", xs[0].name, w.ints(pair.first.result.shape, pair.second.result.shape))


@rule("transpose")
def transpose(w: Writer, pair: Pair, xs: list[Any]) -> str:
    axes = pair.param("axes")
    axes = range(len(xs[0].shape))[::-1] if axes is None else axes
    return w.node("Transpose", xs[0].name, perm=[a % len(xs[0].shape) for a in axes])


@rule("matrix_transpose")
def matrix_transpose(w: Writer, pair: Pair, xs: list[Any]) -> str:
    n = len(xs[0].shape)
    return w.node("Transpose", xs[0].name, perm=[*range(n - 2), n - 1, n - 2])


@rule("flip")
def flip(w: Writer, pair: Pair, xs: list[Any]) -> str:
    axes = _axes(pair.param("axis"), len(xs[0].shape))
    last, before = [-1] * len(axes), [_BEFORE] * len(axes)
    given = [w.constant(np.array(v, "int64")) for v in (last, before, axes, last)]
    return w.node("Slice", xs[0].name, *given)


@rule("slice")
def slices(w: Writer, pair: Pair, xs: list[Any]) -> str:
    """A key of slices, numbers and new axes."""
    keys = [_whole(c.params["key"], len(xs[0].shape)) for c in (pair.first, pair.second)]
    rows: list[list[list[int]]] = [[], []]
    axes, dropped, axis = [], [], 0
    for places in zip(*keys, strict=True):
        if places[0] is None:
            continue
        if not isinstance(places[0], slice):
            dropped.append(axis)
        if places[0] != slice(None):
            axes.append(axis)
            for row, k, shape in zip(rows, places, (xs[0].shape, xs[0].other), strict=True):
                row.append(_ends(k, shape[axis]))
        axis += 1
    x = xs[0].name
    if axes:
        starts, ends, steps = (
            w.ints(*[[ends[i] for ends in row] for row in rows]) for i in range(3)
        )
        x = w.node("Slice", x, starts, ends, w.constant(np.array(axes, "int64")), steps)
    if dropped or any(k is None for k in keys[0]):
        return w.node(
            "Reshape", x, w.ints(pair.first.result.shape, pair.second.result.shape), allowzero=1
        )
    return x


def _whole(key: Any, ndim: int) -> list[Any]:
    """A key with a place for every axis."""
    key = list(key) if isinstance(key, tuple) else [key]
    missing = ndim - sum(k is not None and k is not Ellipsis for k in key)
    at = key.index(Ellipsis) if any(k is Ellipsis for k in key) else len(key)
    return [*key[:at], *[slice(None)] * missing, *key[at + 1 :]]


def _ends(k: Any, n: int) -> list[int]:
    if not isinstance(k, slice):
        start = int(k) % n
        return [start, start + 1, 1]
    start, stop, step = k.indices(n)
    return [start, stop if stop >= 0 else _BEFORE, step]


@rule("pad")
def pad(w: Writer, pair: Pair, xs: list[Any]) -> str:
    widths = pair.param("widths")
    pads = [a for a, _ in widths] + [b for _, b in widths]
    value = w.constant(pair.param("value"), pair.dtype)
    return w.node("Pad", xs[0].name, w.constant(np.array(pads, "int64")), value)


@rule("concatenate")
def concatenate(w: Writer, pair: Pair, xs: list[Any]) -> str:
    return w.node("Concat", *w.arrays(pair, xs, pair.dtype), axis=pair.param("axis"))


@rule("gather")
def gather(w: Writer, pair: Pair, xs: list[Any]) -> str:
    """A key of one index array, or of several for the first axes; all of the other axes."""
    found = _places(pair, len(xs[0].shape))
    if len(found) == 1:
        (index,) = w.arrays(pair, xs[1:], np.int64)
        return w.node("Gather", xs[0].name, index, axis=found[0])
    return w.node("GatherND", xs[0].name, _stacked(w, pair, xs[1:]))


@rule("scatter")
def scatter(w: Writer, pair: Pair, xs: list[Any]) -> str:
    """Zeros to which entries are added at index arrays, those of the first axes."""
    found = _places(pair, len(pair.first.result.shape))
    if found != [*range(len(found))]:
        raise ExportError("export: 'scatter' behind an axis that is whole; expected it before.")
    shape = w.ints(pair.first.result.shape, pair.second.result.shape)
    zeros = w.node("Expand", w.constant(0, pair.dtype), shape)
    entries = w.node("Expand", *w.arrays(pair, xs[:1], pair.dtype), _spread(w, pair, xs, found))
    return w.node("ScatterND", zeros, _stacked(w, pair, xs[1:]), entries, reduction="add")


def _places(pair: Pair, ndim: int) -> list[int]:
    """The axes that a key has index arrays for."""
    key = _whole(pair.param("key"), ndim)
    found = [i for i, k in enumerate(key) if isinstance(k, str)]
    several = found if len(found) == 1 else [*range(len(found))]
    if not found or found != several or any(k != slice(None) for k in key if type(k) is not str):
        raise ExportError(
            f"export: {pair.name!r} at the key {key!r}; expected one index array, or several for "
            "the first axes."
        )
    return found


def _stacked(w: Writer, pair: Pair, xs: list[Any]) -> str:
    """Index arrays side by side along a last axis, as ONNX's places of several axes are."""
    shapes = [np.broadcast_shapes(*(getattr(x, of) for x in xs)) for of in ("shape", "other")]
    shape, last = w.ints(*shapes), w.constant(np.array([-1], "int64"))
    each = (w.node("Expand", x, shape) for x in w.arrays(pair, xs, np.int64))
    return w.node("Concat", *(w.node("Unsqueeze", x, last) for x in each), axis=-1)


def _spread(w: Writer, pair: Pair, xs: list[Any], found: list[int]) -> str:
    """The shape of what is added: that of the places, and the axes that are whole."""
    result = pair.first.result.shape, pair.second.result.shape
    shapes = [
        (*np.broadcast_shapes(*(getattr(x, of) for x in xs[1:])), *whole[len(found) :])
        for of, whole in zip(("shape", "other"), result, strict=True)
    ]
    return w.ints(*shapes)


# ---- over axes ----------------------------------------------------------------------------------


def _axes(axis: Any, ndim: int) -> list[int]:
    axis = range(ndim) if axis is None else axis
    return [a % ndim for a in ([axis] if isinstance(axis, int) else axis)]


def reduced(w: Writer, kind: str, x: str, axes: list[int], keepdims: bool = True) -> str:
    if not axes:
        return w.node("Identity", x)
    return w.node(kind, x, w.constant(np.array(axes, "int64")), keepdims=int(keepdims))


@rule(*_REDUCED)
def reduction(w: Writer, pair: Pair, xs: list[Any]) -> str:
    (x,) = w.arrays(pair, xs, pair.dtype)
    axes = _axes(pair.param("axis"), len(xs[0].shape))
    return reduced(w, _REDUCED[pair.name], x, axes, pair.param("keepdims") or False)


@rule("any", "all")
def truths(w: Writer, pair: Pair, xs: list[Any]) -> str:
    (x,) = w.arrays(pair, xs, np.bool_)
    axes = _axes(pair.param("axis"), len(xs[0].shape))
    kind = "ReduceMax" if pair.name == "any" else "ReduceMin"
    y = reduced(w, kind, w.cast(x, bool, "int32"), axes, pair.param("keepdims") or False)
    return w.cast(y, "int32", bool)


@rule("softmax", "log_softmax")
def softmax(w: Writer, pair: Pair, xs: list[Any]) -> str:
    (x,) = w.arrays(pair, xs, pair.dtype)
    axes = _axes(pair.param("axis"), len(xs[0].shape))
    if len(axes) == 1:
        return w.node("Softmax" if pair.name == "softmax" else "LogSoftmax", x, axis=axes[0])
    y = w.node("Sub", x, reduced(w, "ReduceLogSumExp", x, axes))
    return w.node("Exp", y) if pair.name == "softmax" else y


@rule("argmax", "argmin")
def place(w: Writer, pair: Pair, xs: list[Any]) -> str:
    kind, axis, x = pair.name.replace("argm", "ArgM"), pair.param("axis"), xs[0].name
    keepdims = int(pair.param("keepdims") or False)
    if axis is None:
        x, axis, keepdims = w.node("Reshape", x, w.constant(np.array([-1], "int64"))), 0, 0
    return w.node(kind, x, axis=axis, keepdims=keepdims)


@rule("cumsum")
def cumsum(w: Writer, pair: Pair, xs: list[Any]) -> str:
    (x,) = w.arrays(pair, xs, pair.dtype)
    axis = pair.param("axis")
    if axis is None:
        x, axis = w.node("Reshape", x, w.constant(np.array([-1], "int64"))), 0
    at = w.constant(np.array(axis, "int64"))
    return w.node("CumSum", x, at, reverse=int(pair.param("reverse") or False))


@rule("top_k")
def top_k(w: Writer, pair: Pair, xs: list[Any]) -> list[str]:
    many = w.constant(np.array([pair.param("k")], "int64"))
    values, places = w.node("TopK", xs[0].name, many, outputs=2)
    return [values, w.cast(places, "int64", pair.first.results[1].dtype)]


@rule("searchsorted")
def searchsorted(w: Writer, pair: Pair, xs: list[Any]) -> str:
    """How many entries are not above a value, or not from it on: ONNX has no search by halves."""
    x, v = w.arrays(pair, xs)
    beside = w.node("Unsqueeze", v, w.constant(np.array([-1], "int64")))
    kind = "GreaterOrEqual" if pair.param("side") == "left" else "Greater"
    before = w.node("Not", w.node(kind, x, beside))  # NaN is behind all, as in NumPy
    places = reduced(w, "ReduceSum", w.cast(before, bool, "int64"), [len(xs[1].shape)], False)
    return w.cast(places, "int64", pair.dtype)
