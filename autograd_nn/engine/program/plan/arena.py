"""The arena: one piece of memory in which every computed root has its place while it is needed."""

from __future__ import annotations

from bisect import bisect_left

from autograd_nn.engine.program.layout import source
from autograd_nn.engine.program.plan.step import Step
from autograd_nn.engine.program.plan.sweep import Joint

ALIGN = 64  # bytes: no two roots share a cache line


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
        for v in map(source, (*step.writes, *step.reads)):
            if v.kind == "computed":
                first.setdefault(v.index, at)
                last[v.index] = at
                sizes[v.index] = _rounded(v.nbytes)
    for begin, end in _loops(steps):
        for index, at in last.items():
            if first[index] <= begin <= at < end or (steps[begin].rows and begin < at < end):
                last[index] = end  # every step reads it again; or lanes are not at the same step
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


def _loops(steps: list[Step]) -> list[tuple[int, int]]:
    """Where loops begin and end, the inner ones first."""
    open_: list[int] = []
    found = []
    for at, step in enumerate(steps):
        if step.begins is not None:
            open_.append(at)
        if step.ends is not None:
            found.append((open_.pop(), at))
    return found


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
    written = loop.written()
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
    i = bisect_left(free, (offset, 0))
    if i < len(free) and offset + size == free[i][0]:
        size += free.pop(i)[1]
    if i and free[i - 1][0] + free[i - 1][1] == offset:
        before, room = free.pop(i - 1)
        offset, size = before, room + size
        i -= 1
    free.insert(i, (offset, size))
