"""Lanes: parts of the rows of a loop that run all its steps by themselves.

In: steps. Out: which loops have rows that know nothing of one another, and a step's cells for some
of the rows. Threads then meet once a loop and not once an instruction, and each keeps its rows in
its own cache. Each row is computed as before, so that its bits do not depend on where it is cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograd_nn.engine.graph.values import Value
from autograd_nn.engine.kernels import products
from autograd_nn.engine.program.layout import Address, Part, source
from autograd_nn.engine.program.plan.loops.loop import Cell, LoopPlan
from autograd_nn.engine.program.plan.step import Kernel, Step


def mark(steps: Sequence[Step]) -> set[int]:
    """Notes with the marks where loops begin how many rows they may be cut by; the bodies' ids."""
    bodies: set[int] = set()
    begin = -1
    for k, step in enumerate(steps):
        if step.begins is not None:
            begin = k
        elif step.ends is not None:
            body = steps[begin + 1 : k]
            if begin >= 0 and step.jump is None:  # a loop around others is none
                steps[begin].rows = _rows(body)
                bodies.update(map(id, body if steps[begin].rows else ()))
            begin = -1
    return bodies


def cells(step: Step, rows: int, first: int, last: int) -> list[Cell]:
    """A step's cells for the rows from ``first`` to ``last`` of so many."""
    found, walk = list(step.cells), _walk(step)
    assert walk is not None
    each = walk.count // rows
    found[walk.cell] = each * (last - first)
    for array in walk.arrays:
        on = each * first * array.stride * array.root.dtype.itemsize
        place = found[array.cell]
        assert isinstance(place, Address)
        found[array.cell] = Address(place.root, place.offset + on)
    return found


@dataclass(frozen=True, slots=True)
class _Array:
    """What one number of a step's first axis shows of an array: entries low … high, from there on.

    cell, stride   where its address stands, and how many entries further the next number is.
    """

    cell: int
    root: Value
    stride: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class _Walk:
    """How a step goes through its arrays: the length of its first axis and where that stands."""

    cell: int
    count: int
    arrays: list[_Array]


def _rows(body: Sequence[Step]) -> int:
    """How many rows a body has, if none reads or writes another's; else 0."""
    written = {source(v).index for step in body for v in step.writes}
    ours = [v for step in body for v in (*step.reads, *step.writes) if source(v).index in written]
    found = {v.shape[0] if v.shape else 0 for v in ours}
    parts = {source(v).index for v in ours if isinstance(v, Part)}
    if len(found) != 1 or any(v.index in parts for v in ours):  # parts and the whole of an array
        return 0
    (rows,) = found
    for step in body:
        walk = _walk(step)
        if not rows or walk is None or not walk.count or walk.count % rows:
            return 0
        for array in walk.arrays:
            if source(array.root).index in written and not _apart(array, rows, walk.count // rows):
                return 0
    return rows


def _apart(array: _Array, rows: int, each: int) -> bool:
    """Whether ``each`` numbers of the first axis show one row of an array, and nothing else."""
    row, reach = array.root.size // rows, (each - 1) * array.stride
    low, high = array.low + min(reach, 0), array.high + max(reach, 0)
    return array.stride * each == row and low >= 0 and high < row


def _walk(step: Step) -> _Walk | None:
    """How a step goes through its arrays; None where its first axis cannot be cut."""
    if step.loop is not None:
        return _through_loop(step.loop)
    kernel, given = step.kernel, step.cells
    if not isinstance(kernel, Kernel):
        return None
    types = dict(kernel.types)
    if kernel.function is products.small_product:
        depth, down, across = int(types["K"]), _number(given[4]), _number(given[5])
    elif kernel.function is products.product and types["TABLED"] == "0" and given[10] == 1:
        depth, down, across = (_number(given[k]) for k in (4, 6, 7))
    else:
        return None
    n = _number(given[3])
    columns, arrays = step.writes[0].size // n, []
    # B goes to all rows: as if each went through it from the same place on.
    told = ((0, down, (depth - 1) * across), (1, 0, 0), (2, columns, columns - 1))
    for cell, stride, reach in told:
        place = given[cell]
        assert isinstance(place, Address)
        first = place.offset // place.root.dtype.itemsize
        low, high = first + min(reach, 0), first + max(reach, 0)
        arrays.append(_Array(cell, place.root, stride, low, high))
    return _Walk(3, n, arrays)


def _number(cell: Cell) -> int:
    assert isinstance(cell, int)
    return cell


def _through_loop(loop: LoopPlan) -> _Walk | None:
    """The same for a fused loop."""
    odd = loop.by or loop.parted or loop.started or loop.spare is not None or loop.window()
    if odd or not loop.sizes or any(r.over[0] != "k" or r.lands for r in loop.reductions):
        return None
    n, arrays = len(loop.sizes), []
    for k, (root, first, strides) in enumerate(
        zip(loop.roots, loop.offsets, loop.strides, strict=True)
    ):
        ends = [(m - 1) * s for m, s in zip(loop.sizes[1:], strides[1:], strict=True)]
        low, high = (first + sum(side(e, 0) for e in ends) for side in (min, max))
        arrays.append(_Array(n + k * (1 + n), root, strides[0], low, high))
    return _Walk(0, loop.sizes[0], arrays)
