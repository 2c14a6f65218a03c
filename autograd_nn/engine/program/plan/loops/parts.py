"""Loops that gather over their first axis, in parts: each gathers by itself, then those are joined.

How many parts there are is settled here and not by who runs them: sums have the same bits on any
number of threads.
"""

from __future__ import annotations

import math

from autograd_nn.engine.graph.values import Call, Value
from autograd_nn.engine.op import REGISTRY
from autograd_nn.engine.program.passes.fuse import Group
from autograd_nn.engine.program.plan.builder import Builder
from autograd_nn.engine.program.plan.loops.fused import loop_step
from autograd_nn.engine.program.plan.loops.loop import LoopPlan, Reduction, shared_axis

PARTS = 8
LEAST = 1 << 15  # entries of a loop that is worth it
RUN = 1 << 10  # entries in a row: a part of an axis that has so many reads memory in order


def add_loop(builder: Builder, group: Group) -> None:
    """Adds the step of a fused group, or those of its parts."""
    step = loop_step(group, builder.places)
    plan = step.loop
    assert plan is not None
    for y in plan.started:
        builder.fill(y, 0)
    builder.add(step)
    if not _pays(plan):
        return
    gathered: dict[int, Value] = {}
    joined: dict[tuple[int, ...], list[Call]] = {}  # by shape: one loop for those of one
    for r in _over_the_first(plan):
        y = plan.roots[r.array]
        each = gathered[r.array] = builder.temporary((PARTS, *y.shape), y.dtype).root
        call = Call(REGISTRY[r.kind], (each,), {"axis": 0, "keepdims": False}, (y,))
        joined.setdefault(each.shape, []).append(call)
    now = {plan.roots[k].index: each for k, each in gathered.items()}
    step.loop, step.parts = plan.cut(PARTS, gathered), PARTS
    step.writes = [now.get(v.index, v) for v in step.writes]
    for shape, calls in joined.items():
        kept = {call.result.index for call in calls}
        builder.add(loop_step(Group(-1, shape, calls, kept), builder.places))


def _over_the_first(plan: LoopPlan) -> list[Reduction]:
    """The reductions that gather over the first axis."""
    return [r for r in plan.reductions if r.over[:1] == "r"]


def _pays(plan: LoopPlan) -> bool:
    """Whether parts of the first axis serve better than parts of the axis that is kept."""
    gathering = _over_the_first(plan)
    if any(r.over[:1] == "m" for r in plan.reductions):
        return False
    entries = math.prod(plan.sizes)
    axis = shared_axis(len(plan.sizes), plan.reductions)
    if plan.by:  # rows by their numbers: the first axis is to stay the first
        return False
    if axis is not None and math.prod(plan.sizes[axis:]) >= PARTS * RUN:
        return False
    results = sum(plan.roots[r.array].size for r in gathering)
    return bool(gathering) and entries >= LEAST and 2 * PARTS * results <= entries
