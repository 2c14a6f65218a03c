"""What steps cost on a processor, in nanoseconds; into how many parts it pays to cut them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from autograd_nn.engine.kernels import attention, products
from autograd_nn.engine.program.plan.step import Kernel, Step

SHARED_FROM = 3_000  # of work from which threads share an instruction
EACH = 1_500  # of work a part has at least
CREW_FROM = 60_000  # of shared work from which a program calls other threads
PIECEWISE = (products.product, products.added_product, attention.attention,
             attention.attention_slopes)  # fmt: skip
LANE = 8  # rows of a lane at least: fewer cost a product as much
LONG = 1e8  # of work that a loop in lanes may have: it does not rest, and signals wait
PARTS = 8  # of a shared instruction: small enough that no thread waits long for the last one


def work(step: Step) -> float:
    """Roughly the nanoseconds a step takes on one core."""
    if _function(step) in (*PIECEWISE, products.small_product):
        return step.flops / 150
    if step.single:
        return step.single
    if step.loop is not None:
        size = math.prod(step.loop.sizes)
    else:
        size = max((v.size for v in (*step.reads, *step.writes)), default=0)
    return 0.05 * max(size, 1) * (len(step.reads) + len(step.writes)) + 0.02 * step.flops


def parts(step: Step) -> int:
    """Into how many parts a step is cut: one where sharing would cost more than it saves."""
    cost = work(step)
    if cost < SHARED_FROM:
        return 1
    # A large product comes in pieces, which are as they should be.
    most = step.parts if _function(step) in PIECEWISE else min(step.parts, PARTS)
    return min(most, 1 + int(cost / EACH))


def heavy(steps: Iterable[Step]) -> bool:
    """Whether a program has so much to share that it calls other threads."""
    return sum(s.times * work(s) for s in steps if parts(s) > 1) >= CREW_FROM


def lanes(steps: Sequence[Step], threads: int) -> dict[int, int]:
    """Which loops run in lanes, by the number of the step where they begin, and in how many."""
    found, begin = {}, -1
    for k, step in enumerate(steps):
        if step.rows:
            begin, cost = k, 0.0
        elif step.ends is not None and begin >= 0:
            count = min(threads, steps[begin].rows // LANE)
            if count > 1 and CREW_FROM <= cost <= LONG:
                found[begin] = count
            begin = -1
        elif begin >= 0:
            cost += step.times * work(step)
    return found


def _function(step: Step) -> Callable[..., None] | None:
    """The function of a step's kernel, where that is written by hand."""
    return step.kernel.function if isinstance(step.kernel, Kernel) else None
