"""Expanding: a call that other ops can say is written out in them, and they fuse with the rest.

Done before anything else is, for ops that have no kernel of their own, or none for this axis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.graph.values import Call, Graph, Immediate, Ref, Value
from autograd_nn.engine.op import REGISTRY


class Scribe:
    """Writes calls in the place of one; each ``gives`` its result's dtype, or another."""

    def __init__(self, values: list[Value], call: Call) -> None:
        self.values, self.call = values, call
        self.calls: list[Call] = []

    def __call__(self, name: str, *xs: Any, gives: Any = None, **params: Any) -> Value:
        op, y = REGISTRY[name], self.call.result
        refs = tuple(x if isinstance(x, Value) else Immediate(x) for x in xs)
        assert op.shape is not None
        shape = op.shape(*(x.shape if isinstance(x, Value) else () for x in refs), **params)
        made = Value(len(self.values), "computed", tuple(shape), np.dtype(gives or y.dtype))
        self.values.append(made)
        self.calls.append(Call(op, refs, params, (made,)))
        return made

    def finish(self, found: Value) -> list[Call]:
        """The calls, the last of which gives the result of the call they stand for."""
        y = self.call.result
        last = Call(REGISTRY["reshape"], (found,), {"shape": y.shape}, (y,))
        return [*self.calls, last]


Expansion = Callable[..., Value | None]
EXPANSIONS: dict[str, Expansion] = {}


def expansion(function: Expansion) -> Expansion:
    """Registers a function as the expansion of the op it is named after."""
    EXPANSIONS[function.__name__.strip("_")] = function
    return function


def expand(graph: Graph) -> Graph:
    """An equal graph in which calls are written out that have no kernel."""
    calls: list[Call] = []
    for call in graph.calls:
        scribe, found = Scribe(graph.values, call), None
        write = EXPANSIONS.get(call.op.name)
        if write is not None and REGISTRY.get(call.op.name) is call.op and _floating(call):
            found = write(scribe, *call.operands, **call.params)
        calls += [call] if found is None else scribe.finish(found)
    return Graph(graph.inputs, calls, graph.outputs, graph.effects, graph.values, graph.captured)


def _floating(call: Call) -> bool:
    """Whether a call computes in a floating dtype that loops know, and has entries to compute."""
    values = (call.result, *call.operands)
    known = (isinstance(v, Value) and v.dtype.str[1:] in ("f4", "f8") for v in values)
    return call.result.size > 0 and all(known)


# ---- along any axes -----------------------------------------------------------------------------


def _shift(write: Scribe, x: Value, axis: Any) -> Value:
    """The largest over ``axis``, or 0 where it is not finite: what e^x is divided by."""
    top = write("max", x, axis=axis, keepdims=True)
    return write("where", write("isfinite", top, gives=bool), top, 0)


def _has_kernel(x: Value, axis: Any) -> bool:
    return shapes.axes(axis, len(x.shape)) == (len(x.shape) - 1,) and not isinstance(axis, tuple)


@expansion
def softmax(write: Scribe, x: Ref, axis: Any) -> Value | None:
    assert isinstance(x, Value)
    if _has_kernel(x, axis):
        return None
    e = write("exp", write("subtract", x, _shift(write, x, axis)))
    return write("divide", e, write("sum", e, axis=axis, keepdims=True))


@expansion
def log_softmax(write: Scribe, x: Ref, axis: Any) -> Value | None:
    assert isinstance(x, Value)
    if _has_kernel(x, axis):
        return None
    s = write("subtract", x, _shift(write, x, axis))
    total = write("sum", write("exp", s), axis=axis, keepdims=True)
    return write("subtract", s, write("log", total))


@expansion
def logsumexp(write: Scribe, x: Ref, axis: Any, keepdims: bool) -> Value:
    assert isinstance(x, Value)
    if not x.size:  # the logarithm of sums of nothing
        return write("log", write("sum", x, axis=axis, keepdims=True))
    top = _shift(write, x, axis)
    e = write("exp", write("subtract", x, top))
    return write("add", write("log", write("sum", e, axis=axis, keepdims=True)), top)


@expansion
def norm(write: Scribe, x: Ref, axis: Any, keepdims: bool) -> Value:
    assert isinstance(x, Value)
    if not x.size:
        return write("sum", x, axis=axis, keepdims=True)
    top = write("max", write("absolute", x), axis=axis, keepdims=True)
    able = write("isfinite", top, gives=bool)
    able = write("logical_and", write("greater", top, 0, gives=bool), able, gives=bool)
    scale = write("where", able, top, 1)
    squares = write("square", write("divide", x, scale))
    total = write("sum", squares, axis=axis, keepdims=True)
    return write("multiply", write("sqrt", total), scale)


# ---- einsum -------------------------------------------------------------------------------------


@expansion
def einsum(write: Scribe, *xs: Any, spec: str) -> Value:
    """Two operands at a time, in the order NumPy chooses: a product of matrices where it is one."""
    inputs, out = spec.split("->")
    dtype = write.call.result.dtype
    terms: list[tuple[str, Value]] = []
    for letters, x in zip(inputs.split(","), xs, strict=True):
        if x.dtype != dtype:
            x = write("astype", x, dtype=dtype)
        # an axis of size 1 says nothing: without it every letter has one size
        kept = [(c, n) for c, n in zip(letters, x.shape, strict=True) if n != 1]
        named = "".join(c for c, _ in kept)
        terms.append((named, write("reshape", x, shape=tuple(n for _, n in kept))))
    present = set("".join(named for named, _ in terms))
    out = "".join(c for c in out if c in present)
    for pair in _order(terms, out):
        taken = [terms.pop(i) for i in sorted(pair, reverse=True)]
        while len(taken) > 1:
            a, b = taken.pop(), taken.pop()
            needed = set(out).union(*(named for named, _ in (*terms, *taken)))
            a, b = _alone(write, a, needed.union(b[0])), _alone(write, b, needed.union(a[0]))
            taken.append(_pair(write, a, b, needed))
        needed = set(out).union(*(named for named, _ in terms))
        terms.append(_alone(write, taken[0], needed))
    (letters, y), = terms
    axes = tuple(letters.index(c) for c in out)
    return write("transpose", y, axes=axes)


def _order(terms: list[tuple[str, Value]], out: str) -> list[tuple[int, ...]]:
    """Which terms are joined next, each time; the joined one goes to the end."""
    if len(terms) <= 2:
        return [tuple(range(len(terms)))]
    models = [np.broadcast_to(np.int8(0), v.shape) for _, v in terms]
    spec = ",".join(letters for letters, _ in terms) + "->" + out
    return np.einsum_path(spec, *models, optimize="greedy")[0][1:]


def _alone(write: Scribe, term: tuple[str, Value], needed: set[str]) -> tuple[str, Value]:
    """A term summed over the letters that nobody else needs."""
    letters, x = term
    gone = tuple(i for i, c in enumerate(letters) if c not in needed)
    if not gone:
        return term
    kept = "".join(c for c in letters if c in needed)
    return kept, write("sum", x, axis=gone, keepdims=False)


def _pair(
    write: Scribe, a: tuple[str, Value], b: tuple[str, Value], needed: set[str]
) -> tuple[str, Value]:
    """The product of two terms, summed over the letters that both have and nobody needs."""
    (left, x), (right, y) = a, b
    both = [c for c in left if c in right and c in needed]
    inner = [c for c in left if c in right and c not in needed]
    rows, columns = [c for c in left if c not in right], [c for c in right if c not in left]
    sizes = dict(zip(left + right, x.shape + y.shape, strict=True))
    if not inner or not (rows or columns):  # entry by entry: a loop, which fuses with what follows
        letters = [*both, *inner, *rows, *columns]

        def laid(v: Value, own: str) -> Value:
            v = write("transpose", v, axes=tuple(own.index(c) for c in letters if c in own))
            return write("reshape", v, shape=tuple(sizes[c] if c in own else 1 for c in letters))

        product = write("multiply", laid(x, left), laid(y, right))
        return _alone(write, ("".join(letters), product), needed)

    def matrix(v: Value, own: str, *groups: list[str]) -> Value:
        order = [*both, *groups[0], *groups[1]]
        v = write("transpose", v, axes=tuple(own.index(c) for c in order))
        lengths = [int(np.prod([sizes[c] for c in g], dtype=np.int64)) for g in groups]
        return write("reshape", v, shape=(*(sizes[c] for c in both), *lengths))

    product = write("matmul", matrix(x, left, rows, inner), matrix(y, right, inner, columns))
    letters = [*both, *rows, *columns]
    found = write("reshape", product, shape=tuple(sizes[c] for c in letters))
    return "".join(letters), found
