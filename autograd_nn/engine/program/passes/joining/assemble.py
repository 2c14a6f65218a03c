"""Assembling: a sum of parts that are placed apart, in zeros, is the parts side by side.

That is what comes of the derivatives of slices: of the gates of a recurrent cell, of the heads of
an attention. Zeros are then neither written nor added.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from autograd_nn.engine.graph.values import Call, Graph, Immediate, Value
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.op import REGISTRY


@dataclass(slots=True)
class Parts:
    """The parts of a sum: where each begins along an axis, and what stands there."""

    axis: int
    parts: list[tuple[int, Value]]
    gone: list[Call]  # the calls that nobody needs any more


def assemble(graph: Graph) -> Graph:
    """An equal graph, in which sums of parts that fill an axis are joined."""
    if not any(call.op is REGISTRY["embed"] for call in graph.calls):
        return graph
    uses = Counter(x.index for call in graph.calls for x in call.operands if isinstance(x, Value))
    uses.update(v.index for v in (*graph.outputs, *[new for _, new in graph.effects]))
    makers = {call.result.index: call for call in graph.calls}
    gone: set[int] = set()
    joined: dict[int, list[Call]] = {}
    for call in reversed(graph.calls):
        if id(call) in gone or call.op is not REGISTRY["add"] or kind_of(call.result.dtype) != "f":
            continue
        found = _parts(call, makers, uses)
        if found is not None:
            gone |= {id(one) for one in found.gone}
            joined[id(call)] = _side_by_side(graph.values, found, call.result)
    calls: list[Call] = []
    for call in graph.calls:
        calls += joined.get(id(call), [] if id(call) in gone else [call])
    return Graph(graph.inputs, calls, graph.outputs, graph.effects, graph.values, graph.captured)


def _parts(call: Call, makers: dict[int, Call], uses: Counter[int]) -> Parts | None:
    """The parts of a sum, in order, if they fill an axis without a gap and are all of it."""
    y = call.result
    leaves: list[tuple[int, int, int, Value]] = []  # axis, first, last, part
    gone: list[Call] = []
    todo: list[Any] = [*call.operands]
    while todo:
        x = todo.pop()
        maker = makers.get(x.index) if isinstance(x, Value) else None
        if maker is None or uses[x.index] != 1 or x.shape != y.shape or x.dtype != y.dtype:
            return None
        gone.append(maker)
        if maker.op is REGISTRY["add"]:
            todo += maker.operands
        elif maker.op is REGISTRY["embed"] and (place := _placed(maker)) is not None:
            leaves.append((*place, maker.operands[0]))  # type: ignore[arg-type]
        else:
            return None
    leaves.sort(key=lambda leaf: leaf[:3])
    axis, at = leaves[0][0], 0
    for other, first, last, _ in leaves:
        if other != axis or first != at:
            return None
        at = last
    if at != y.shape[axis]:
        return None
    return Parts(axis, [(first, part) for _, first, _, part in leaves], gone)


def _placed(call: Call) -> tuple[int, int, int] | None:
    """The axis along which a part is not the whole, and from where to where it stands there."""
    x, y, key = call.operands[0], call.result, call.params["key"]
    if not isinstance(x, Value) or len(x.shape) != len(y.shape) or x.dtype != y.dtype:
        return None
    if len(key) > len(y.shape) or not all(isinstance(k, slice) for k in key):
        return None
    bounds = [k.indices(n) for k, n in zip(key, y.shape, strict=False)]
    cut = [d for d, (b, n) in enumerate(zip(bounds, y.shape, strict=False)) if b != (0, n, 1)]
    if len(cut) != 1 or bounds[cut[0]][2] != 1:
        return None
    first, last, _ = bounds[cut[0]]
    return (cut[0], first, last) if first < last else None


def _side_by_side(values: list[Value], found: Parts, y: Value) -> list[Call]:
    """The parts joined; to each a zero is added, as it was in the sum: -0 becomes 0 by that."""
    calls, parts = [], []
    for _, x in found.parts:
        part = Value(len(values), "computed", x.shape, y.dtype)
        values.append(part)
        parts.append(part)
        calls.append(Call(REGISTRY["add"], (x, Immediate(0.0)), {}, (part,)))
    calls.append(Call(REGISTRY["concatenate"], tuple(parts), {"axis": found.axis}, (y,)))
    return calls
