"""Making anew: what is large, but quickly made of little, is made anew by each that reads it.

Windows of an array, or a row and a column laid over one another, have many entries that show few:
to store what comes of them, and to read it back, takes longer than to compute it again in the loop
of each reader.
"""

from __future__ import annotations

from typing import Any

from autograd_nn.engine.graph.values import Call, Graph, Value
from autograd_nn.engine.program.passes.fuse import loopable

LEAST = 4096  # entries of a result that is worth it
LARGER = 2  # times the bytes of what it is made of


def remake(graph: Graph) -> Graph:
    """An equal graph in which such calls stand before each of their readers."""
    kept = {v.index for v in (*graph.outputs, *(new for _, new in graph.effects))}
    least: dict[int, int] = {}  # bytes of what is read for a value, where it is not in memory
    many: dict[int, Call] = {}
    for call in graph.calls:
        y = call.result
        if call.op.kind == "view" and isinstance(x := call.operands[0], Value):
            least[y.index] = least.get(x.index, x.nbytes)
            if x.index in many and y.index not in kept:
                many[y.index] = call
        elif y.index not in kept and _quick(call):
            read = {x.index: least.get(x.index, x.nbytes) for x in _values(call)}
            if LARGER * sum(read.values()) <= y.nbytes:
                least[y.index], many[y.index] = sum(read.values()), call
    calls: list[Call] = []
    used: set[int] = set()
    for call in graph.calls:
        operands = tuple([_anew(x, many, used, calls, graph.values) for x in call.operands])
        calls.append(Call(call.op, operands, call.params, call.results, call.taped))
    return Graph(
        graph.inputs, calls, graph.outputs, graph.effects, graph.values, graph.captured
    )  # fmt: skip


def _anew(
    x: Any, many: dict[int, Call], used: set[int], calls: list[Call], values: list[Value]
) -> Any:
    """The operand; computed again, where another has it already.

    (A function within `remake` that calls itself would hold the graph until the collector comes.)
    """
    maker = many.get(x.index) if isinstance(x, Value) else None
    if maker is None or x.index not in used:
        used.add(getattr(x, "index", -1))
        return x
    operands = tuple([_anew(one, many, used, calls, values) for one in maker.operands])
    fresh = Value(len(values), "computed", x.shape, x.dtype)
    values.append(fresh)
    calls.append(Call(maker.op, operands, maker.params, (fresh,)))
    return fresh


def _values(call: Call) -> list[Value]:
    return [x for x in call.operands if isinstance(x, Value)]


def _quick(call: Call) -> bool:
    """Whether a call computes many entries, by arithmetic alone."""
    body = call.op.body
    return (
        body is not None and not body.__code__.co_names
        and call.result.size >= LEAST and loopable(call)
    )  # fmt: skip
