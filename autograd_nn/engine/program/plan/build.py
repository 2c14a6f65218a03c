"""Building a program: record → simplify → fuse → lower → place in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from autograd_nn.engine.errors import RangeError
from autograd_nn.engine.graph.values import Call, Graph, Ref, Value
from autograd_nn.engine.op import REGISTRY
from autograd_nn.engine.program.lower import index as lower_index  # noqa: F401
from autograd_nn.engine.program.lower import order as lower_order  # noqa: F401
from autograd_nn.engine.program.lower.registry import LOWERINGS, OVER, kernel, stride_of_stack
from autograd_nn.engine.program.passes.expand import expand
from autograd_nn.engine.program.passes.fuse import Group, schedule
from autograd_nn.engine.program.passes.simplify import simplify
from autograd_nn.engine.program.plan.layout import Place, spread, whole
from autograd_nn.engine.program.plan.steps import (
    PARTS,
    Address,
    Step,
    copy_step,
    fill_step,
    loop_step,
    python_step,
)
from autograd_nn.engine.program.plan.sweep import Joint, join
from autograd_nn.engine.program.target.cpu.loops import CODES

ALIGN = 64


@dataclass(slots=True)
class Plan:
    """Steps in order, and the memory they need."""

    graph: Graph
    steps: list[Step]
    places: dict[int, Place]
    offsets: dict[int, int]  # of computed roots in the arena, by index
    arena: int  # bytes
    states: dict[int, Value]  # captured values that steps write in place, by index
    unshared: int  # bytes the same roots would take without reuse
    messages: dict[int, Step] = field(default_factory=dict)
    feeds: list[Value] = field(default_factory=list)  # per input, the array its batches come from
    order: Value | None = None  # the rows of all batches, one after another
    # Per feed, which cells hold its length, as (step, cell).
    limits: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    joints: list[Joint] = field(default_factory=list)  # states that must lie end to end


class Builder:
    """Collects the steps of one program."""

    def __init__(self, graph: Graph) -> None:
        for v in graph.values:  # the doors to a Tensor see to it
            assert v.dtype.isnative, f"{v} of dtype {v.dtype} is not in this machine's byte order"
        self.graph = simplify(expand(graph))
        found = schedule(self.graph)
        self.order, self.places = found.steps, found.places
        self.steps: list[Step] = []
        self.status = Address(STATUS)
        self.messages: dict[int, Step] = {}

    # ---- what lowerings ask for ---------------------------------------------------------------

    def place(self, v: Value) -> Place:
        """Where a value lies: in its own memory unless it was found to be a view."""
        found = self.places.get(v.index)
        if found is None:
            found = self.places[v.index] = whole(v)
        return found

    def temporary(self, shape: tuple[int, ...], dtype: np.dtype) -> Value:
        """A new computed value, for a copy."""
        v = Value(len(self.graph.values), "computed", shape, dtype)
        self.graph.values.append(v)
        self.places[v.index] = whole(v)
        return v

    def of(self, x: Ref, dtype: np.dtype) -> Place:
        """The place of an operand; a Python number becomes a constant of ``dtype``."""
        if isinstance(x, Value):
            return self.place(x)
        v = Value(len(self.graph.values), "constant", (), dtype, array=np.asarray(x.value, dtype))
        self.graph.values.append(v)
        return self.place(v)

    def contiguous(self, v: Value) -> Place:
        """The place of a value, copied first where its entries do not lie in order."""
        return self._in_order(self.place(v))

    def _in_order(self, place: Place) -> Place:
        if place.contiguous:
            return place
        fresh = self.temporary(place.shape, place.root.dtype)
        self.add(copy_step(place, whole(fresh)))
        return whole(fresh)

    def stacked(self, place: Place, lead: tuple[int, ...]) -> Place:
        """A stack of matrices that one stride walks through, copied where there is none."""
        if stride_of_stack(place, lead) is not None:
            return place
        ordered = self._in_order(place)
        if stride_of_stack(ordered, lead) is not None:
            return ordered
        return self._in_order(spread(place, (*lead, *place.shape[-2:])))

    def add(self, step: Step) -> None:
        """Puts a step after those there are."""
        self.steps.append(step)

    def error_code(self, step: Step) -> int:
        """What a step writes to the error cell, less the place: codes start at one."""
        code = len(self.messages) + 1
        self.messages[code] = step
        return code * OVER

    # ---- the whole ----------------------------------------------------------------------------

    def build(self, batch: int = 0) -> Plan:
        """The plan; with ``batch`` each input is a batch of rows gathered from a longer array."""
        states = self._settle_effects()
        feeds, order, limits = self._feed(batch) if batch else ([], None, {})
        for item in self.order:
            if isinstance(item, Group):
                self.add(loop_step(item, self.places))
            else:
                self._lower(item)
        for source, target in self.moves:
            self.add(copy_step(source, target))
        self.steps, joints = join(self.steps, states)
        offsets, arena, unshared = plan_memory(self.steps, self._kept(), joints)
        self._finish_loops()
        return Plan(
            self.graph, self.steps, self.places, offsets, arena, states, unshared, self.messages,
            feeds, order, limits, [j for j in joints if j[0].index in states],
        )  # fmt: skip

    def _lower(self, call: Call) -> None:
        """Adds the steps of a call that is no loop: a kernel's, or Python's."""
        first = len(self.steps)
        y = call.result
        if not y.size and y.dtype.str[1:] in CODES and REGISTRY.get(call.op.name) is call.op:
            self.add(fill_step(whole(y), 0))  # there is nothing to compute
            return
        lower = LOWERINGS.get(call.op.name)
        if lower is None or not lower(self, call):
            self.add(python_step(call, self.places))
        if len(self.steps) == first + 1:  # of several, Python cannot take the place of one
            self.steps[first].call = call

    def _feed(
        self, batch: int
    ) -> tuple[list[Value], Value, dict[int, list[tuple[int, int]]]]:
        """Steps that gather each input's batch: rows ``order[step·batch:]`` of the array fed."""
        order = Value(len(self.graph.values), "input", (batch,), np.dtype(np.int64))
        self.graph.values.append(order)
        feeds: list[Value] = []
        limits: dict[int, list[tuple[int, int]]] = {}
        for v in self.graph.inputs:
            source = Value(len(self.graph.values), "input", v.shape, v.dtype)
            self.graph.values.append(source)
            feeds.append(source)
            v.kind = "computed"
            step = gather_batch(self, v, source, order, batch)
            limits[source.index] = [(len(self.steps), 5)]
            self.add(step)
        return feeds, order, limits

    def _kept(self) -> set[int]:
        return {self.place(v).root.index for v in self.graph.outputs}

    def _settle_effects(self) -> dict[int, Value]:
        """Lets the group that computes a state's new contents write them in place, where it may."""
        self.moves: list[tuple[Place, Place]] = []
        states: dict[int, Value] = {}
        last_read: dict[int, int] = {}
        makers: dict[int, int] = {}
        for at, item in enumerate(self.order):
            calls = item.members if isinstance(item, Group) else [item]
            for call in calls:
                for x in call.operands:
                    if isinstance(x, Value):
                        last_read[self.place(x).root.index] = at
                makers[call.result.index] = at
        outputs = self._kept()
        sources = {self.place(new).root.index for _, new in self.graph.effects}
        moved: dict[int, Value] = {}
        late: list[tuple[Value, Value]] = []
        for old, new in self.graph.effects:
            states[old.index] = old
            place = self.place(new)
            made = makers.get(new.index)
            maker = self.order[made] if made is not None else None
            if (
                isinstance(maker, Group)
                and place.direct
                and place.root is new
                and new.index not in moved
                and old.index not in outputs
                and old.index not in sources
                and new.dtype == old.dtype
                and last_read.get(old.index, -1) <= made  # type: ignore[operator]
                and self._reads_aligned(maker, old)
                and new.shape == maker.shape
                and not _reduces(maker, new)
            ):
                moved[new.index] = old
            else:
                late.append((new, old))
        # What was computed, and every view of it, lies in the state's own array.
        for index, place in list(self.places.items()):
            state = moved.get(place.root.index)
            if state is not None:
                self.places[index] = Place(state, place.offset, place.shape, place.strides)
        # What is written at the end may be read at the end too: then it goes over a copy.
        for new, old in late:
            source = self.place(new)
            if source.root.index in states:
                source = whole(self._saved(source))
            self.moves.append((source, whole(old)))
        written = {id(old) for _, old in late}
        for k, v in enumerate(self.graph.outputs):
            if id(self.place(v).root) in written:
                self.graph.outputs[k] = self._saved(self.place(v))
        return states

    def _saved(self, place: Place) -> Value:
        """A copy taken before the first of the moves at the end."""
        fresh = self.temporary(place.shape, place.root.dtype)
        self.moves.insert(0, (place, whole(fresh)))
        return fresh

    def _reads_aligned(self, group: Group, state: Value) -> bool:
        """Whether a group reads a state, if at all, entry by entry as it writes it."""
        for call in group.members:
            for x in call.operands:
                if isinstance(x, Value):
                    place = self.place(x)
                    if place.root is state and not (place.direct and place.shape == group.shape):
                        return False
        return True

    def _finish_loops(self) -> None:
        for step in self.steps:
            if step.loop is not None:
                step.source, step.cells = step.loop.finish()


def _reduces(group: Group, v: Value) -> bool:
    from autograd_nn.engine.program.passes.fuse import REDUCTIONS

    return any(c.result is v and c.op.name in REDUCTIONS for c in group.members)


# Values that stand for memory of every program: its error cell, the step number.
STATUS = Value(-1, "status", (), np.dtype(np.int64))
CURSOR = Value(-2, "cursor", (), np.dtype(np.int64))


def gather_batch(builder: Builder, v: Value, source: Value, order: Value, batch: int) -> Step:
    """The step that takes one input's batch out of the array it is fed from."""
    row = v.nbytes // batch
    unit = next(u for u in (8, 4, 2, 1) if row % u == 0)

    def message(at: int) -> Exception:
        return RangeError(f"row {at} of the batch is outside the data; expected a valid order.")

    text = kernel("gather_rows", I="I8", W=f"I{unit}")
    step = Step("batch", [source, order], [v], text, message=message, parts=PARTS)
    step.cells = [
        Address(source), Address(order), Address(v), batch, row // unit, 0,
        builder.status, builder.error_code(step), Address(CURSOR), batch,
    ]  # fmt: skip
    return step


def plan_memory(
    steps: list[Step], kept: set[int], joints: list[Joint]
) -> tuple[dict[int, int], int, int]:
    """Offsets in one arena for computed roots, by liveness; loops write in place where they may.

    joints   roots that lie end to end: they come and go together.
    """
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for at, step in enumerate(steps):
        for v in (*step.writes, *step.reads):
            if v.kind == "computed":
                first.setdefault(v.index, at)
                last[v.index] = at
                sizes[v.index] = _rounded(v.nbytes)
    for index in kept:
        if index in last:
            last[index] = len(steps)
    unshared = sum(sizes.values())
    together = {v.index: joint for joint in joints for v in joint if v.kind == "computed"}
    for joint in joints:
        if joint[0].kind == "computed":
            # The first stands for all: it has their size, and lives as long as any.
            head = joint[0].index
            first[head] = min(first[v.index] for v in joint)
            last[head] = max(last[v.index] for v in joint)
            sizes[head] = _rounded(sum(v.nbytes for v in joint))
            for v in joint[1:]:
                del last[v.index]
    offsets: dict[int, int] = {}
    free: list[tuple[int, int]] = []  # (offset, size), by offset
    top = 0
    ending: dict[int, list[int]] = {}
    for index, at in last.items():
        ending.setdefault(at, []).append(index)
    shared: set[int] = set()
    for at, step in enumerate(steps):
        inherit: dict[int, int] = {}
        if step.loop is not None:
            inherit = _in_place(step, at, first, last, offsets, shared | together.keys())
        for v in step.writes:
            if v.kind != "computed" or v.index in offsets:
                continue
            if v.index in inherit:
                offsets[v.index] = offsets[inherit[v.index]]
                shared.add(inherit[v.index])
                continue
            joint = together.get(v.index, [v])
            place, top = _take(free, sizes[joint[0].index], top)
            for member in joint:
                offsets[member.index] = place
                place += member.nbytes
        for index in ending.get(at, ()):
            if index in offsets and index not in shared:
                _give(free, offsets[index], sizes[index])
    return offsets, top, unshared


def _rounded(nbytes: int) -> int:
    return -(-max(nbytes, 1) // ALIGN) * ALIGN


def _in_place(
    step: Step, at: int, first: dict[int, int], last: dict[int, int], offsets: dict[int, int],
    settled: set[int],
) -> dict[int, int]:  # fmt: skip
    """Which results of a loop may lie where one of its operands, read for the last time, does.

    settled   roots that cannot: their memory is another's too, or has its place among others.
    """
    loop = step.loop
    assert loop is not None
    written = {k for k, _ in loop.stores} | {r.array for r in loop.reductions}
    count: dict[int, int] = {}
    for root in loop.roots:
        count[root.index] = count.get(root.index, 0) + 1
    dying = [
        k
        for k, root in enumerate(loop.roots)
        if k not in written and loop.aligned[k] and root.kind == "computed"
        and root.index not in settled and last[root.index] == at and root.index in offsets
        and count[root.index] == 1
    ]  # fmt: skip
    found: dict[int, int] = {}
    for k, _ in loop.stores:
        root = loop.roots[k]
        if not loop.aligned[k] or root.kind != "computed" or first[root.index] != at:
            continue
        if root.index in settled:
            continue
        match = next((j for j in dying if loop.codes[j] == loop.codes[k]), None)
        if match is not None and count[root.index] == 1:
            dying.remove(match)
            found[root.index] = loop.roots[match].index
            loop.scopes[k] = loop.scopes[match]
    if found:
        order = {s: i for i, s in enumerate(sorted(set(loop.scopes)))}
        loop.scopes[:] = [order[s] for s in loop.scopes]
    return found


def _take(free: list[tuple[int, int]], size: int, top: int) -> tuple[int, int]:
    """The smallest free piece that fits, or new memory at the top."""
    best = min((p for p in enumerate(free) if p[1][1] >= size), key=lambda p: p[1][1], default=None)
    if best is None:
        if free and free[-1][0] + free[-1][1] == top:  # the last piece grows
            offset, _ = free.pop()
            return offset, offset + size
        return top, top + size
    i, (offset, room) = best
    if room == size:
        del free[i]
    else:
        free[i] = (offset + size, room - size)
    return offset, top


def _give(free: list[tuple[int, int]], offset: int, size: int) -> None:
    """Returns a piece, joined with its free neighbours."""
    from bisect import bisect_left

    i = bisect_left(free, (offset, 0))
    if i < len(free) and offset + size == free[i][0]:
        size += free.pop(i)[1]
    if i and free[i - 1][0] + free[i - 1][1] == offset:
        before, room = free.pop(i - 1)
        offset, size = before, room + size
        i -= 1
    free.insert(i, (offset, size))


def build(graph: Graph, batch: int = 0) -> Plan:
    """The plan of a recorded graph; ``batch``: see `Builder.build`."""
    return Builder(graph).build(batch)


def aligned_empty(nbytes: int) -> np.ndarray:
    """Bytes whose address is a multiple of a cache line."""
    raw = np.empty(nbytes + ALIGN, np.uint8)
    start = -raw.ctypes.data % ALIGN
    return raw[start : start + nbytes]
