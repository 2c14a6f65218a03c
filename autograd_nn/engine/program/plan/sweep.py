"""Sweeps: equal loops over different arrays become one loop over the arrays end to end.

An optimizer updates each weight by the same loop. Where such loops follow one another, what they
read and write is laid out so that entry by entry one loop runs over all of it: one instruction for
all weights, however many layers there are.
"""

from __future__ import annotations

from dataclasses import replace

from autograd_nn.engine.graph.values import Value
from autograd_nn.engine.program.passes.fuse import Group
from autograd_nn.engine.program.plan.step import Step

Joint = list[Value]  # roots that lie end to end, in this order


def join(
    steps: list[Step], states: dict[int, Value], alone: set[int]
) -> tuple[list[Step], list[Joint]]:
    """Steps with runs of equal loops joined, and the arrays that must lie end to end for it.

    alone   the ids of steps that stay as they are.
    """
    result: list[Step] = []
    joints: list[Joint] = []
    taken: set[int] = set()  # roots that have their place
    at = 0
    while at < len(steps):
        run, slots = [steps[at]], _slots(steps[at], states, taken)
        if id(steps[at]) in alone:
            slots = []
        while slots and at + len(run) < len(steps) and id(steps[at + len(run)]) not in alone:
            following = steps[at + len(run)]
            narrowed = _agreed(run, slots, following, _slots(following, states, taken))
            if narrowed is None:
                break
            run, slots = [*run, following], narrowed
        at += len(run)
        if len(run) == 1:
            result += run
            continue
        for k, slot in enumerate(slots):
            if slot == "whole":
                joint = [step.loop.roots[k] for step in run]  # type: ignore[union-attr]
                joints.append(joint)
                taken.update(v.index for v in joint)
        result.append(_joined(run, slots))
    return result, joints


def _slots(step: Step, states: dict[int, Value], taken: set[int]) -> list[str]:
    """What each array of a loop can be in a joined one: 'whole', 'number' or 'either'.

    Empty where the loop cannot be joined.
    """
    loop = step.loop
    if loop is None or loop.reductions or loop.by or len(loop.sizes) > 1:
        return []
    size = loop.sizes[0] if loop.sizes else 1
    found = []
    for root, offset, strides in zip(loop.roots, loop.offsets, loop.strides, strict=True):
        movable = (root.kind == "computed" or root.index in states) and root.index not in taken
        whole = movable and offset == 0 and root.size == size and strides in ((1,), ())
        number = strides in ((0,), ())
        if not whole and not number:
            return []
        found.append("either" if whole and number else "whole" if whole else "number")
    return found


def _agreed(run: list[Step], slots: list[str], step: Step, others: list[str]) -> list[str] | None:
    """What the arrays are when a step joins a run of them; None where it cannot."""
    first, loop = run[0].loop, step.loop
    if first is None or loop is None or len(slots) != len(others):
        return None
    if (first.codes, first.statements, first.stores) != (loop.codes, loop.statements, loop.stores):
        return None
    if first.scalars != loop.scalars:
        return None
    written = {v.index for s in run for v in s.writes}
    if written & {v.index for v in (*step.reads, *step.writes)}:
        return None
    seen = {v.index for s in run for v in (*s.reads, *s.writes)}
    stored = {k for k, _ in loop.stores}
    agreed = []
    for k, (one, other) in enumerate(zip(slots, others, strict=True)):
        a, b = first.roots[k], loop.roots[k]
        if a is b:
            if "whole" in (one, other) or k in stored or first.offsets[k] != loop.offsets[k]:
                return None
            agreed.append("number")
        elif "number" in (one, other) or b.index in seen or a.kind != b.kind:
            return None
        else:
            agreed.append("whole")
    return agreed


def _joined(run: list[Step], slots: list[str]) -> Step:
    """One loop over the arrays of a run; its blocks point at the first of each."""
    plans = [step.loop for step in run if step.loop is not None]
    first = plans[0]
    size = sum(plan.sizes[0] if plan.sizes else 1 for plan in plans)
    group = Group(-1, (size,), [m for plan in plans for m in plan.group.members])
    plan = replace(
        first,
        group=group,
        sizes=(size,),
        strides=[(1,) if slot == "whole" else (0,) for slot in slots],
        aligned=[False] * len(slots),  # their places are settled: none may lie in another's
    )
    return Step(
        f"{run[0].name} ×{len(run)}",
        list({v.index: v for step in run for v in step.reads}.values()),
        list({v.index: v for step in run for v in step.writes}.values()),
        loop=plan, parts=size, flops=sum(step.flops for step in run),
        times=run[0].times, depth=run[0].depth,
    )  # fmt: skip
