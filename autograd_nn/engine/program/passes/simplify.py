"""Simplifying a graph: dead calls and copies go, equal calls are shared, constants are folded."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.graph.values import Call, Graph, Immediate, Ref, Value
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.op import REGISTRY

FOLD_LIMIT = 1 << 16  # entries; larger constants are cheaper to compute than to keep


def simplify(graph: Graph) -> Graph:
    """An equal graph with fewer calls; the order of the calls that stay is unchanged."""
    same: dict[int, Ref] = {}  # value index -> what it is equal to
    known: dict[Any, tuple[Value, ...]] = {}
    calls: list[Call] = []

    def now(ref: Ref) -> Ref:
        return same.get(ref.index, ref) if isinstance(ref, Value) else ref

    for call in graph.calls:
        operands = tuple([now(x) for x in call.operands])
        call = _plainer(Call(call.op, operands, call.params, call.results))
        equal = _identity(call)
        if equal is not None:
            same[call.result.index] = equal
            continue
        if _fold(call):
            continue
        key = _key(call)
        if key is not None:
            if key in known:
                same.update({y.index: z for y, z in zip(call.results, known[key], strict=True)})
                continue
            known[key] = call.results
        calls.append(call)
    outputs = [now(y) for y in graph.outputs]
    effects = [(old, now(new)) for old, new in graph.effects]
    effects = [(old, new) for old, new in effects if old is not new]
    needed = {y.index for y in outputs if isinstance(y, Value)}
    needed |= {new.index for _, new in effects if isinstance(new, Value)}
    kept = []
    for call in reversed(calls):
        if any([y.index in needed for y in call.results]):
            kept.append(call)
            needed.update(x.index for x in call.operands if isinstance(x, Value))
    kept.reverse()
    captured = [v for v in graph.captured if v.index in needed or any(v is o for o, _ in effects)]
    return Graph(graph.inputs, kept, outputs, effects, graph.values, captured)  # type: ignore[arg-type]


def _key(call: Call) -> Any:
    """What makes two calls equal; None where that cannot be told."""
    if not call.op.pure:
        return None
    ours = REGISTRY.get(call.op.name) is call.op
    parts: list[Any] = [call.op]
    for x in call.operands:
        parts.append(x.index if isinstance(x, Value) else (type(x.value), repr(x.value)))
    for k, v in call.params.items():
        if ours:
            parts.append((k, repr(v)))
            continue
        try:  # a user's op: its parameters may be anything, and an array's repr is not all of it
            hash(v)
        except TypeError:
            return None
        parts.append((k, repr(v), v))
    return tuple(parts)


def _fold(call: Call) -> bool:
    """Computes a call on constants now; its result becomes a constant."""
    y = call.result
    if y.size > FOLD_LIMIT or len(call.results) > 1 or not call.op.pure:
        return False
    arrays = []
    for x in call.operands:
        if isinstance(x, Immediate):
            arrays.append(x.value)
        elif x.kind == "constant":
            arrays.append(x.array)
        else:
            return False
    with np.errstate(all="ignore"):
        array = np.asarray(call.forward(*arrays, **call.params))
    y.kind, y.array = "constant", array
    return True


def uniform(x: Ref) -> Any:
    """The one number that a constant consists of; None otherwise."""
    if isinstance(x, Immediate):
        return x.value
    if x.kind == "constant" and x.array is not None and x.size:
        flat = x.array.ravel()
        first = flat[0]
        if x.size == 1 or (x.size <= FOLD_LIMIT and (flat == first).all()):
            return first
    return None


def _like(x: Ref, y: Value) -> Value | None:
    return x if isinstance(x, Value) and x.shape == y.shape and x.dtype == y.dtype else None


def _identity(call: Call) -> Value | None:
    """The operand that a call's result equals, entry for entry and in dtype; None otherwise."""
    op, xs, y = call.op, call.operands, call.result
    if op.keeps:
        return _like(xs[0], y)
    if op.name == "transpose":
        axes = call.params["axes"]
        if axes is not None and tuple(axes) == tuple(range(len(y.shape))):
            return _like(xs[0], y)
    for x, number, other in zip(xs, op.neutral, xs[::-1], strict=False):
        if number is None or (number == 0 and y.dtype.kind not in "iu"):  # -0 + 0 is 0
            continue
        if uniform(x) == number and (found := _like(other, y)) is not None:
            return found
    return None


POWERS = {1: "positive", 2: "square", 0.5: "sqrt", -1: "reciprocal"}


def _plainer(call: Call) -> Call:
    """A power with a number that another op is: said by that op."""
    if call.op is not REGISTRY["power"]:
        return call
    x, exponent = call.operands
    name = POWERS.get(exponent.value) if isinstance(exponent, Immediate) else None
    if name is None or kind_of(call.result.dtype) != "f" or _like(x, call.result) is None:
        return call
    return Call(REGISTRY[name], (x,), {}, call.results)
