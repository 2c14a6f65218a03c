"""Where the entries of a call land whose result is a sum of entries, as `add_windows`'s is.

A loop over the operand's entries adds each to the result's entry that it lands on. The loop goes
over the axes in the order in which the operand lies, so that whatever makes it joins the loop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from autograd_nn.engine.graph.values import Call
from autograd_nn.engine.program.layout import Place, row_major


@dataclass(frozen=True, slots=True)
class Landing:
    """The axes of a loop: sizes, and strides of operand and result over them.

    order   which axes of the operand they are; empty where they are its root's own.
    meets   the axes along which entries land on one another.
    fills   whether each entry of the result gets one.
    entries the axes that the operand has beyond the result's: those of a window's entries.
    """

    shape: tuple[int, ...]
    order: tuple[int, ...]
    strides: tuple[int, ...]
    meets: frozenset[int]
    fills: bool
    entries: frozenset[int]


def landing(call: Call, where: Place) -> Landing:
    """How a loop goes over the operand of a call, which lies at a place."""
    assert call.op.lands is not None
    own = call.op.lands(call.result.shape, **call.params)
    root = where.root
    found = {s: t for n, s, t in zip(where.shape, where.strides, own, strict=True) if n != 1}
    sizes = {s: n for n, s in zip(where.shape, where.strides, strict=True) if n != 1}
    lies = [(s, n) for n, s in zip(root.shape, row_major(root.shape), strict=True) if n != 1]
    if not where.offset and len(lies) == len(found) and all(sizes.get(s) == n for s, n in lies):
        shape, order = root.shape, tuple[int, ...]()
        strides = tuple([found.get(s, 0) if n != 1 else 0
                         for n, s in zip(shape, row_major(shape), strict=True)])  # fmt: skip
    else:
        order = tuple(sorted(range(len(own)), key=lambda i: (-own[i], i)))
        shape = tuple([where.shape[i] for i in order])
        strides = tuple([own[i] for i in order])
    meets = _meeting(shape, strides)
    fills = not meets and math.prod(shape) == call.result.size
    ndim = len(call.result.shape)
    beyond = {where.strides[i] for i in range(ndim, len(own)) if where.shape[i] != 1}
    lie = enumerate(row_major(shape))
    own_axes = (i for i, s in lie if shape[i] != 1 and s in beyond)
    entries = frozenset((i for i, k in enumerate(order) if k >= ndim) if order else own_axes)
    return Landing(shape, order, strides, meets, fills, entries)


def _meeting(shape: tuple[int, ...], strides: tuple[int, ...]) -> frozenset[int]:
    """Axes that go over the same entries as others: those whose strides are within their reach."""
    found: set[int] = set()
    run: list[int] = []
    reach = 0
    for i in sorted((i for i, n in enumerate(shape) if n != 1), key=lambda i: strides[i]):
        if strides[i] > reach:
            run = []
        run.append(i)
        if len(run) > 1 or not strides[i]:
            found.update(run)
        reach += (shape[i] - 1) * strides[i]
    return frozenset(found)
