"""Effects: what a program assigns is computed straight into the state's memory, where it may be."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine.graph.values import Call, Value
from autograd_nn.engine.op import REGISTRY
from autograd_nn.engine.program.layout import Place, whole
from autograd_nn.engine.program.passes.fuse import Group, gathers
from autograd_nn.engine.program.plan.builder import Builder

Move = tuple[Place, Place]  # a copy made at the end


def settle(builder: Builder) -> tuple[dict[int, Value], list[Move]]:
    """The states by index, and the moves at the end that write those not written in place.

    A new content is written in place by the loop that computes it, if nobody reads the old one
    after it, and the loop itself reads it only entry by entry as it writes; or by putting rows
    into the old one; or part by part, in a loop's steps that read nothing of it.
    """
    graph = builder.graph
    last_read, makers = _uses(builder)
    outputs = {builder.place(v).root.index for v in graph.outputs}
    sources = {builder.place(new).root.index for _, new in graph.effects}
    states: dict[int, Value] = {}
    moved: dict[int, Value] = {}
    late: list[tuple[Value, Value]] = []
    for old, new in graph.effects:
        states[old.index] = old
        place, made = builder.place(new), makers.get(new.index)
        maker: Any = builder.order[made] if made is not None else None
        if (
            made is not None
            and place.direct
            and place.root is new
            and new.index not in moved
            and old.index not in outputs
            and old.index not in sources
            and new.dtype == old.dtype
            and last_read.get(old.index, -1) <= made
            and (
                _by_loop(builder, maker, old, new)
                or _by_put(builder, maker, old, makers)
                or _by_parts(maker, old, last_read)
            )
        ):
            moved[new.index] = old
        else:
            late.append((new, old))
    # What was computed, and every view of it, lies in the state's own array.
    for index, place in list(builder.places.items()):
        state = moved.get(place.root.index)
        if state is not None:
            builder.places[index] = Place(state, place.offset, place.shape, place.strides)
    return states, _moves(builder, states, late)


def _uses(builder: Builder) -> tuple[dict[int, int], dict[int, int]]:
    """Where in the order each root is read last, and where each result is made."""
    last_read: dict[int, int] = {}
    makers: dict[int, int] = {}
    for at, item in enumerate(builder.order):
        for call in item.members if isinstance(item, Group) else [item]:
            for x in call.operands:
                if isinstance(x, Value):
                    last_read[builder.place(x).root.index] = at
            makers.update({y.index: at for y in call.results})
    return last_read, makers


def _moves(
    builder: Builder, states: dict[int, Value], late: list[tuple[Value, Value]]
) -> list[Move]:
    """The copies at the end: what is written there and read there too goes over a copy."""
    saved: list[Move] = []
    moves: list[Move] = []

    def save(place: Place) -> Place:
        fresh = builder.temporary(place.shape, place.root.dtype)
        saved.insert(0, (place, fresh))
        return fresh

    read = {builder.place(new).root.index for new, _ in late}
    late = sorted(late, key=lambda pair: pair[1].index in read)  # first what nobody reads
    written = {old.index for _, old in late if old.index in read}
    for new, old in late:
        source = builder.place(new)
        if source.root.index in written and old.index in read:
            source = save(source)
        moves.append((source, whole(old)))
    written = {id(old) for _, old in late}
    outputs = builder.graph.outputs
    for k, v in enumerate(outputs):
        if id(builder.place(v).root) in written:
            outputs[k] = save(builder.place(v)).root
    return [*saved, *moves]


def _by_loop(builder: Builder, group: Group | Call, state: Value, new: Value) -> bool:
    """Whether a loop makes a state's new content, and reads it, if at all, entry by entry."""
    if not isinstance(group, Group) or new.shape != group.shape:
        return False
    if any(c.result is new and gathers(c) for c in group.members):
        return False
    places = [builder.place(x) for m in group.members for x in m.operands if isinstance(x, Value)]
    return all(p.root is not state or (p.direct and p.shape == group.shape) for p in places)


def _by_parts(maker: Any, old: Value, last_read: dict[int, int]) -> bool:
    """Whether what is handed on is joined of parts, and nobody reads what was there."""
    joined = isinstance(maker, Call) and maker.op is REGISTRY["concatenate"]
    return joined and old.kind in ("computed", "part") and old.index not in last_read


def _by_put(
    builder: Builder, call: Group | Call, state: Value, makers: dict[int, int]
) -> bool:  # fmt: skip
    """Whether a state's new content is itself with others in distinct rows, which it has for sure.

    Other indices are found wrong, if they are, when some are written already.
    """
    if isinstance(call, Group) or call.op is not REGISTRY["put"] or len(call.operands) != 3:
        return False
    x, v, rows = call.operands
    if x is not state or not isinstance(rows, Value) or rows.index not in makers:
        return False
    maker = builder.order[makers[rows.index]]
    apart = not isinstance(v, Value) or builder.place(v).root is not state
    return apart and isinstance(maker, Call) and maker.op is REGISTRY["distinct"]
