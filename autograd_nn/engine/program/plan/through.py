"""Through: loops read and write rows of an array by their numbers, where they lie.

Where distinct rows are gathered, computed with in loops and put back into a state, the loops go
through the rows' numbers themselves: what was gathered, and what is put, is a place within the
state, as a view is, and takes neither a step nor memory.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from autograd_nn.engine.graph.values import Call, Value
from autograd_nn.engine.op import REGISTRY
from autograd_nn.engine.ops.indexing import PLACE
from autograd_nn.engine.program.layout import whole
from autograd_nn.engine.program.passes.fuse import Group, gathers
from autograd_nn.engine.program.plan.builder import Builder


def through(builder: Builder) -> None:
    """Places gathered and put rows of the builder within their arrays, where loops allow it."""
    spare = {
        call.results[0].index: call.results[2]
        for call in builder.order
        if isinstance(call, Call) and call.op is REGISTRY["distinct"]
    }
    if not spare:
        return
    reads = _reads(builder)
    makers = {y.index: at for at, item in enumerate(builder.order) for y in _results(item)}
    gone: set[int] = set()
    later: dict[int, int] = {}  # where a root is read last, through gathers that are gone
    for at, call in enumerate(builder.order):
        if _of_rows(call, "gather", spare) and _by_loops(builder, call, reads):
            x, rows = call.operands
            builder.places[call.result.index] = replace(
                whole(x), shape=call.result.shape, by=rows
            )
            gone.add(at)
            last = max(at for at, _ in reads[call.result.index])
            later[x.index] = max(later.get(x.index, -1), last)
    puts: dict[int, list[int]] = {}  # by the loop that makes what is put
    for at, call in enumerate(builder.order):
        if _of_rows(call, "put", spare) and builder.place(call.result).root is call.operands[0]:
            state, v, _ = call.operands
            made = makers.get(v.index, -1)
            alone = [x for p, x in reads.get(v.index, ()) if p != at] == []
            before = all(p <= made or p == at or p in gone for p, _ in reads[state.index])
            if made >= 0 and alone and before and later.get(state.index, -1) <= made:
                puts.setdefault(made, []).append(at)
    for made, calls in puts.items():
        group = builder.order[made]
        values = {builder.order[at].operands[1].index: at for at in calls}
        if not isinstance(group, Group) or not group.kept == set(values):
            continue
        if any(gathers(m) for m in group.members):
            continue
        for at in calls:
            state, v, rows = builder.order[at].operands
            builder.places[v.index] = replace(whole(state), shape=v.shape, by=rows)
            group.spare = spare[rows.index]
        gone.update(calls)
    builder.order = [item for at, item in enumerate(builder.order) if at not in gone]


def _of_rows(call: Any, name: str, spare: dict[int, Value]) -> bool:
    """Whether a call reads or writes distinct rows of an array, more than one."""
    if not isinstance(call, Call) or call.op is not REGISTRY[name]:
        return False
    rows, x = call.operands[-1], call.operands[0]
    return (
        call.params["key"] == (PLACE,) and isinstance(x, Value) and isinstance(rows, Value)
        and rows.index in spare and rows.size > 1
    )  # fmt: skip


def _by_loops(builder: Builder, call: Call, reads: dict[int, list[tuple[int, Value]]]) -> bool:
    """Whether loops alone read what is gathered, entry by entry, from an array as it lies."""
    x, y = call.operands[0], call.result
    place = builder.place(x)  # type: ignore[arg-type]
    return place.root is x and place.direct and all(
        v is y and isinstance(group := builder.order[at], Group) and group.shape == y.shape
        for at, v in reads.get(y.index, ())
    )


def _results(item: Any) -> list[Value]:
    calls = item.members if isinstance(item, Group) else [item]
    return [y for call in calls for y in call.results]


def _reads(builder: Builder) -> dict[int, list[tuple[int, Value]]]:
    """By root, where in the order it is read and as which value; what stays is read at the end."""
    found: dict[int, list[tuple[int, Value]]] = {}
    for at, item in enumerate(builder.order):
        for call in item.members if isinstance(item, Group) else [item]:
            for x in call.operands:
                if isinstance(x, Value):
                    found.setdefault(builder.place(x).root.index, []).append((at, x))
    moved = [new for old, new in builder.graph.effects if builder.place(new).root is not old]
    for v in (*builder.graph.outputs, *moved):
        found.setdefault(builder.place(v).root.index, []).append((len(builder.order), v))
    return found
