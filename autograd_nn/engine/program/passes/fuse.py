"""Fusing: elementwise calls over one shape become one loop, with the reductions that end it.

Calls are taken from the last to the first. A call joins the loop that reads it first, when that
loop runs over the same shape and reads it entry by entry: everybody else reads it later, so it is
there in time. Nothing is computed twice and no order is violated.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from autograd_nn.engine.graph.values import Call, Graph, Value
from autograd_nn.engine.op import REGISTRY
from autograd_nn.engine.program.dtypes import known
from autograd_nn.engine.program.layout import Place, row_major, view, whole
from autograd_nn.engine.program.passes.landing import landing
from autograd_nn.engine.program.passes.widen import casts

MOST_MEMBERS, MOST_VALUES = 48, 20
NEAR = 8  # how many groups of its shape one may try to merge with
SMALL = 4096  # entries; larger loops are shared by threads


@dataclass(slots=True, eq=False)
class Group:
    """Calls that run as one loop over ``shape``; ``position``: of its last call in the record.

    spare   where not None: how many rows at the front are left out.
    """

    position: int
    shape: tuple[int, ...]
    members: list[Call] = field(default_factory=list)  # last first while fusing
    kept: set[int] = field(default_factory=set)  # results others read
    spare: Value | None = None


@dataclass(slots=True)
class Schedule:
    """Groups and single calls in the order they run, and where every value lies."""

    steps: list[Group | Call]
    places: dict[int, Place]


def gathers(call: Call) -> bool:
    """Whether a call's result has fewer entries than the loop that makes it."""
    return bool(call.op.fold) or call.op.lands is not None


def loopable(call: Call) -> bool:
    """Whether a call can be part of a fused loop."""
    values = [x for x in call.operands if isinstance(x, Value)]
    op = call.op
    if op.name == "astype" and values and casts(values[0], call.result):
        return REGISTRY.get(op.name) is op
    if not known(call.result, *values):
        return False
    if op.lands is not None:
        x, y = call.operands[0], call.result
        return x in values and 0 < y.size and 0 < x.size and x.dtype == y.dtype != bool  # type: ignore[union-attr]
    if op.fold:
        # sums of entries as they are; numpy's empty maximum raises, and stays with numpy
        return bool(values) and (values[0].size > 0 or op.fold not in ("max", "min"))
    if op.kind == "copy":
        return True
    return op.body is not None and call.result.dtype.kind in op.inlines


def schedule(graph: Graph, places: dict[int, Place]) -> Schedule:
    """Groups the calls of a graph; ``places`` says where values of outside lie, if anywhere."""

    def place(v: Value) -> Place:
        found = places.get(v.index)
        if found is None:
            found = places[v.index] = whole(v)
        return found

    nodes: list[Call] = []
    for call in graph.calls:
        if call.op.kind == "view" and isinstance(call.operands[0], Value):
            found = view(call, place(call.operands[0]))
            if found is not None:
                places[call.result.index] = found
                continue
        nodes.append(call)
        places.update({y.index: whole(y) for y in call.results})

    made = {y.index: call for call in nodes for y in call.results}
    readers: dict[int, list[tuple[int, bool]]] = {}
    for p, call in enumerate(nodes):
        for x in call.operands:
            if isinstance(x, Value):
                where = place(x)
                aligned = where.direct and x.shape == where.root.shape
                if call.op.lands is not None:
                    aligned = not landing(call, where).order
                readers.setdefault(where.root.index, []).append((p, aligned))
    held = {place(v).root.index for v in graph.outputs}
    held |= {place(new).root.index for _, new in graph.effects}

    groups: dict[int, Group] = {}  # by position of the call in nodes
    order: dict[int, Group | Call] = {}
    for p in range(len(nodes) - 1, -1, -1):
        call = nodes[p]
        if not loopable(call) or _adds_a_product(call, place, made):
            order[p] = call
            continue
        key = call.result.index
        uses = readers.get(key, [])
        group = None
        if not gathers(call) and uses:
            first = min(groups[q].position if q in groups else q for q, _ in uses)
            reading = (groups[q] for q, _ in uses if q in groups)
            candidate = next((r for r in reading if r.position == first), None)
            if candidate is not None and _fits(call, candidate, uses, groups):
                group = candidate
        if group is None:
            shape = call.result.shape
            if gathers(call):
                operand = call.operands[0]
                assert isinstance(operand, Value)
                shape = operand.shape
                if call.op.lands is not None:
                    shape = landing(call, place(operand)).shape
            group = order[p] = Group(p, shape)  # type: ignore[assignment]
        assert group is not None
        group.members.append(call)
        groups[p] = group
        if key in held or any(groups.get(q) is not group for q, _ in uses):
            group.kept.add(key)
    steps = [order[p] for p in sorted(order)]
    for step in steps:
        if isinstance(step, Group):
            step.members.reverse()
    steps = merge(steps, place)
    _settle_kept(steps, place, held)
    _settle_parts(steps, place, held, places)
    for v in graph.outputs:
        place(v)
    for v in [*(new for _, new in graph.effects), *(old for old, _ in graph.effects)]:
        place(v)
    return Schedule(steps, places)


def _adds_a_product(
    call: Call, place: Callable[[Value], Place], made: dict[int, Call]
) -> bool:
    """Whether a call adds up a product, which has a kernel for both."""
    if call.op.lands is None:
        return False
    maker = made.get(place(call.operands[0]).root.index)  # type: ignore[arg-type]
    return maker is not None and maker.op.kind == "product"


def merge(steps: list[Group | Call], place: Callable[[Value], Place]) -> list[Group | Call]:
    """Moves groups up into earlier ones of their shape that they share entries with.

    A group may move to where all it reads is there: behind the steps that make it, or into the
    group that makes it, where it is read entry by entry. Groups of one entry merge freely.
    """
    made: dict[int, int] = {}  # where in the result a root is computed
    same: dict[tuple[int, ...], list[int]] = {}  # groups by shape, as places in the result
    result: list[Group | Call] = []
    for step in steps:
        target = None
        if isinstance(step, Group):
            reads = [place(x) for x in _operands(step)]
            after = max((made.get(r.root.index, -1) for r in reads), default=-1)
            target = next(
                (
                    k
                    for k in [k for k in same.get(step.shape, ()) if k >= after][:NEAR]
                    if _merges(result[k], step, k == after, made, place)  # type: ignore[arg-type]
                ),
                None,
            )
        if target is None:
            target = len(result)
            result.append(step)
            if isinstance(step, Group):
                same.setdefault(step.shape, []).append(target)
        else:
            assert isinstance(step, Group)
            group = result[target]
            assert isinstance(group, Group)
            group.members += step.members
            group.kept |= step.kept
        for call in step.members if isinstance(step, Group) else [step]:
            made.update({y.index: target for y in call.results})
    return result


def _operands(group: Group) -> list[Value]:
    """The values that a group reads from outside."""
    inside = {m.result.index for m in group.members}
    return [
        x
        for m in group.members
        for x in m.operands
        if isinstance(x, Value) and x.index not in inside
    ]


def _merges(
    into: Group, group: Group, makes: bool, made: dict[int, int], place: Callable[[Value], Place]
) -> bool:
    """Whether a group can and should run within an earlier one, which perhaps makes what it reads.

    made   where each root was computed; only looked at where ``makes`` says that it matters.
    """
    own = {m.result.index: m for m in into.members}
    outside = _operands(group)
    entries = math.prod(group.shape)
    related = entries == 1
    for x in outside:
        where = place(x)
        aligned = where.direct and x.shape == where.root.shape
        maker = own.get(where.root.index) if makes else None
        if maker is not None:
            if not aligned or gathers(maker) or x.shape != group.shape:
                return False
            related = True
    if not related:
        # sharing what is read saves reading it again; a number that all read does not count
        ours = {place(x).root.index for x in _operands(into) if x.shape == into.shape}
        related = any(place(x).root.index in ours for x in outside if x.shape == group.shape)
    if not related or len(into.members) + len(group.members) > MOST_MEMBERS:
        return False
    arrays = {place(x).root.index for x in (*outside, *_operands(into))} - set(own)
    if len(arrays) + len(into.kept) + len(group.kept) >= MOST_VALUES:
        return False
    if entries <= SMALL:
        return True
    return _gathered(into) == _gathered(group)  # else threads could perhaps not share it


def _gathered(group: Group) -> set[Any]:
    """Over which axes a group's reductions go."""
    return {
        (repr(m.params.get("axis")), m.result.shape)
        for m in group.members
        if gathers(m)
    }


def _settle_kept(
    steps: list[Group | Call], place: Callable[[Value], Place], held: set[int]
) -> None:
    """Keeps of each group's results what another step reads, what is held, and reductions."""
    readers: dict[int, set[int]] = {}
    for k, step in enumerate(steps):
        for call in step.members if isinstance(step, Group) else [step]:
            for x in call.operands:
                if isinstance(x, Value):
                    readers.setdefault(place(x).root.index, set()).add(k)
    for k, step in enumerate(steps):
        if isinstance(step, Group):
            results = [(m.result.index, gathers(m)) for m in step.members]
            step.kept = {
                r for r, reduced in results if reduced or r in held or readers.get(r, set()) - {k}
            }


def _settle_parts(
    steps: list[Group | Call], place: Callable[[Value], Place], held: set[int],
    places: dict[int, Place],
) -> None:  # fmt: skip
    """What loops compute for nothing but to be joined is computed where it is to stand."""
    made = {
        m.result.index: step
        for step in steps
        if isinstance(step, Group)
        for m in step.members
        if m.op.body is not None and m.result.shape == step.shape
    }
    uses = Counter(
        place(x).root.index
        for step in steps
        for call in (step.members if isinstance(step, Group) else [step])
        for x in call.operands
        if isinstance(x, Value) and made.get(x.index) is not step  # which has it at hand
    )
    for step in steps:
        if not isinstance(step, Call) or step.op is not REGISTRY["concatenate"]:
            continue
        y = step.result
        axis, strides, start = step.params["axis"] % len(y.shape), row_major(y.shape), 0
        for x in step.operands:
            assert isinstance(x, Value)
            alone = uses[x.index] == 1 and x.index in made and x.index not in held
            if alone and place(x).direct and x.dtype == y.dtype and known(y):
                places[x.index] = Place(y, start * strides[axis], x.shape, strides)
            start += x.shape[axis]


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
