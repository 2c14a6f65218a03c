"""Fusing: elementwise calls over one shape become one loop, with the reductions that end it.

Calls are taken from the last to the first. A call joins the loop that reads it first, when that
loop runs over the same shape and reads it entry by entry: everybody else reads it later, so it is
there in time. Nothing is computed twice and no order is violated.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from autograd_nn.engine.program.layout import VIEWS, Place, view, whole
from autograd_nn.engine.program.loops import CODES
from autograd_nn.engine.program.record import Call, Graph, Value

REDUCTIONS = frozenset(("sum", "sum_to", "prod", "max", "min", "any", "all"))
COPIES = frozenset(("astype", "positive", "stop_gradient"))
MOST_MEMBERS, MOST_VALUES = 48, 20


@dataclass(slots=True, eq=False)
class Group:
    """Calls that run as one loop over ``shape``; ``position``: of its last call in the record."""

    position: int
    shape: tuple[int, ...]
    members: list[Call] = field(default_factory=list)  # last first while fusing
    kept: set[int] = field(default_factory=set)  # results others read


@dataclass(slots=True)
class Schedule:
    """Groups and single calls in the order they run, and where every value lies."""

    steps: list[Group | Call]
    places: dict[int, Place]


def loopable(call: Call) -> bool:
    """Whether a call can be part of a fused loop."""
    values = [x for x in call.operands if isinstance(x, Value)]
    if any(v.dtype.str[1:] not in CODES for v in (call.result, *values)):
        return False
    if call.op.name in REDUCTIONS:
        # sums of entries as they are; numpy's empty maximum raises, and stays with numpy
        return bool(values) and (values[0].size > 0 or call.op.name not in ("max", "min"))
    if call.op.name == "power" and call.result.dtype.kind in "iu":
        return False
    return call.op.body is not None or call.op.name in COPIES


def schedule(graph: Graph) -> Schedule:
    """Groups the calls of a graph."""
    places: dict[int, Place] = {}

    def place(v: Value) -> Place:
        found = places.get(v.index)
        if found is None:
            found = places[v.index] = whole(v)
        return found

    nodes: list[Call] = []
    for call in graph.calls:
        if call.op.name in VIEWS and isinstance(call.operands[0], Value):
            found = view(call, place(call.operands[0]))
            if found is not None:
                places[call.result.index] = found
                continue
        nodes.append(call)
        places[call.result.index] = whole(call.result)

    readers: dict[int, list[tuple[int, bool]]] = {}
    for p, call in enumerate(nodes):
        for x in call.operands:
            if isinstance(x, Value):
                where = place(x)
                aligned = where.direct and x.shape == where.root.shape
                readers.setdefault(where.root.index, []).append((p, aligned))
    held = {place(v).root.index for v in graph.outputs}
    held |= {place(new).root.index for _, new in graph.effects}

    groups: dict[int, Group] = {}  # by position of the call in nodes
    order: dict[int, Group | Call] = {}
    for p in range(len(nodes) - 1, -1, -1):
        call = nodes[p]
        if not loopable(call):
            order[p] = call
            continue
        key = call.result.index
        uses = readers.get(key, [])
        group = None
        if call.op.name not in REDUCTIONS and uses:
            first = min(groups[q].position if q in groups else q for q, _ in uses)
            reading = (groups[q] for q, _ in uses if q in groups)
            candidate = next((r for r in reading if r.position == first), None)
            if candidate is not None and _fits(call, candidate, uses, groups):
                group = candidate
        if group is None:
            shape = call.result.shape
            if call.op.name in REDUCTIONS:
                operand = call.operands[0]
                assert isinstance(operand, Value)
                shape = operand.shape
            group = order[p] = Group(p, shape)  # type: ignore[assignment]
        assert group is not None
        group.members.append(call)
        groups[p] = group
        outside = any(q not in groups or groups[q] is not group for q, _ in uses)
        if outside or key in held or call.op.name in REDUCTIONS:
            group.kept.add(key)
    steps = [order[p] for p in sorted(order)]
    for step in steps:
        if isinstance(step, Group):
            step.members.reverse()
    for v in graph.outputs:
        place(v)
    for v in [*(new for _, new in graph.effects), *(old for old, _ in graph.effects)]:
        place(v)
    return Schedule(steps, places)


def _fits(call: Call, group: Group, uses: list[tuple[int, bool]], groups: dict[int, Group]) -> bool:
    """Whether ``group``, the first to read the call's result, can compute it on the way."""
    if group.shape != call.result.shape or len(group.members) >= MOST_MEMBERS:
        return False
    if not all(aligned for q, aligned in uses if groups.get(q) is group):
        return False
    inside = {m.result.index for m in group.members} | {call.result.index}
    read = {
        x.index
        for m in (*group.members, call)
        for x in m.operands
        if isinstance(x, Value) and x.index not in inside
    }
    return len(read) + len(group.kept) < MOST_VALUES
