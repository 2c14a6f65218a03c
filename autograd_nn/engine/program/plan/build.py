"""Building a plan: a better graph, its loops and kernels as steps, every value in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from autograd_nn.engine.errors import RangeError
from autograd_nn.engine.graph.values import Call, Graph, Value
from autograd_nn.engine.kernels import runner
from autograd_nn.engine.op import REGISTRY, Op
from autograd_nn.engine.program.dtypes import movable
from autograd_nn.engine.program.layout import Address, Place
from autograd_nn.engine.program.passes.expand import expand
from autograd_nn.engine.program.passes.fuse import Group
from autograd_nn.engine.program.passes.joining.abreast import abreast
from autograd_nn.engine.program.passes.joining.assemble import assemble
from autograd_nn.engine.program.passes.remake import remake
from autograd_nn.engine.program.passes.simplify import simplify
from autograd_nn.engine.program.passes.touching.rows import rows
from autograd_nn.engine.program.passes.turned import turned
from autograd_nn.engine.program.passes.widen import widen
from autograd_nn.engine.program.plan import lanes
from autograd_nn.engine.program.plan.arena import plan_memory
from autograd_nn.engine.program.plan.builder import CURSOR, Builder, Message
from autograd_nn.engine.program.plan.effects import Move, settle
from autograd_nn.engine.program.plan.loops.fused import copy_step, python_step
from autograd_nn.engine.program.plan.loops.parts import add_loop
from autograd_nn.engine.program.plan.step import Step
from autograd_nn.engine.program.plan.sweep import Joint, join
from autograd_nn.engine.program.plan.through import through

Lowering = Callable[[Builder, Call], bool | str]  # adds steps; False, or why, where it does not fit


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
    messages: list[Message]  # what the codes of reported errors mean; they count from one
    joints: list[Joint]  # states that must lie end to end
    feeds: list[Value] = field(default_factory=list)  # per input, the array its batches come from
    order: Value | None = None  # the rows of all batches, one after another
    # Per feed, which cells hold its length, as (step, cell).
    limits: dict[int, list[tuple[int, int]]] = field(default_factory=dict)


def build(graph: Graph, find: Callable[[Op], Lowering | None], batch: int = 0) -> Plan:
    """The plan of a recorded graph.

    find    the lowering of an op that is no loop; None where Python is to make its calls.
    batch   not 0: each input is a batch of so many rows, gathered from a longer array.
    """
    for v in graph.values:  # the doors to a Tensor see to it
        assert v.dtype.isnative, f"{v} of dtype {v.dtype} is not in this machine's byte order"
    builder = Builder(remake(turned(rows(assemble(abreast(simplify(expand(widen(graph)))))))))
    states, moves = settle(builder)
    feeds, order, limits = _feed(builder, batch) if batch else ([], None, {})
    through(builder)
    emit(builder, moves, find)
    kept = {builder.place(v).root.index for v in builder.graph.outputs}
    builder.drop_unread(kept)
    steps, joints = join(builder.steps, states, lanes.mark(builder.steps))
    offsets, arena, unshared = plan_memory(steps, kept, joints)
    for step in steps:
        if step.loop is not None:
            step.kernel, step.cells = step.loop.finish()
    return Plan(
        builder.graph, steps, builder.places, offsets, arena, states, unshared, builder.messages,
        [j for j in joints if j[0].index in states], feeds, order, limits,
    )  # fmt: skip


def emit(builder: Builder, moves: list[Move], find: Callable[[Op], Lowering | None]) -> None:
    """Adds the steps of what the builder has in order, and the copies that follow."""
    for item in builder.order:
        if isinstance(item, Group):
            add_loop(builder, item)
        else:
            _lower(builder, item, find(item.op))
    for source, target in moves:
        builder.add(copy_step(source, target))


def _lower(builder: Builder, call: Call, lower: Lowering | None) -> None:
    """Adds the steps of a call that is no loop: a kernel's, or Python's."""
    first = len(builder.steps)
    y = call.result
    alone = len(call.results) == 1
    if alone and not y.size and movable(y) and REGISTRY.get(call.op.name) is call.op:
        builder.fill(y, 0)  # there is nothing to compute
        return
    found = "it has no kernel" if lower is None else lower(builder, call)
    if found is not True:
        del builder.steps[first:]
        builder.add(python_step(call, builder.places))
        builder.steps[-1].why = found or "its kernel is for other dtypes or layouts"
    if len(builder.steps) == first + 1:  # of several, Python cannot take the place of one
        step = builder.steps[first]
        own = [builder.place(x).root for x in call.operands if isinstance(x, Value)]
        if all(root in (*step.reads, *step.writes) for root in own):  # nor of what reads elsewhere
            step.call = call


def _feed(
    builder: Builder, batch: int
) -> tuple[list[Value], Value, dict[int, list[tuple[int, int]]]]:
    """Steps that gather each input's batch: rows ``order[step·batch:]`` of the array fed."""
    order = builder.value("input", (batch,), np.int64)
    feeds: list[Value] = []
    limits: dict[int, list[tuple[int, int]]] = {}

    def message(at: int) -> Exception:
        return RangeError(f"row {at} of the batch is outside the data; expected a valid order.")

    for v in builder.graph.inputs:
        source = builder.value("input", v.shape, v.dtype)
        feeds.append(source)
        v.kind = "computed"
        row = v.nbytes // batch
        unit = next(u for u in (8, 4, 2, 1) if row % u == 0)
        limits[source.index] = [(len(builder.steps), 5)]
        cells = [
            source, order, v, batch, row // unit, 0, *builder.errors(message), Address(CURSOR),
            batch,
        ]  # fmt: skip
        builder.run(
            runner.gather_rows, cells, [v], name="batch", parts=batch, I="I8", W=f"I{unit}"
        )
    return feeds, order, limits
