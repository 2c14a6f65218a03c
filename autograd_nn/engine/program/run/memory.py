"""The memory of a plan: where each root lies, and the argument blocks that point there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from autograd_nn.engine.graph.values import Value
from autograd_nn.engine.program.layout import Address, Part, Place
from autograd_nn.engine.program.plan import lanes
from autograd_nn.engine.program.plan.arena import ALIGN
from autograd_nn.engine.program.plan.build import Plan
from autograd_nn.engine.program.plan.builder import CURSOR, STATUS
from autograd_nn.engine.program.plan.loops.loop import Cell
from autograd_nn.engine.program.plan.step import Label, Step

ORDERLY = 0x1 | 0x100  # NumPy's flags of an array whose entries lie in order and aligned


def address(array: np.ndarray) -> int:
    """Where an array's first entry lies."""
    return array.__array_interface__["data"][0]


def orderly(array: np.ndarray) -> np.ndarray:
    """``array``, or a copy whose entries lie in order and aligned, as kernels take them to."""
    if array.flags.num & ORDERLY == ORDERLY:
        return array
    return np.array(array, order="C").reshape(array.shape)


def aligned_empty(nbytes: int) -> np.ndarray:
    """Bytes whose address is a multiple of a cache line."""
    raw = np.empty(nbytes + ALIGN, np.uint8)
    start = -raw.ctypes.data % ALIGN
    return raw[start : start + nbytes]


def shown(array: np.ndarray, place: Place) -> np.ndarray:
    """The entries of a place in the array of its root, in the place's shape."""
    if place.direct:
        return array
    flat = array.reshape(-1)
    return np.lib.stride_tricks.as_strided(
        flat[place.offset :] if array.size else flat,
        place.shape,
        tuple(s * array.dtype.itemsize for s in place.strides),
    )


class Memory:
    """An arena for what is computed, the constants, and the arrays of outside that are read.

    cut   loops that run in lanes, by the number of the step where they begin: how many.
    """

    def __init__(self, plan: Plan, cut: dict[int, int] | None = None) -> None:
        self.plan = plan
        self.arena = aligned_empty(plan.arena)
        self.status, self.cursor = np.zeros(1, np.int64), np.zeros(1, np.int64)
        self.arrays: dict[int, np.ndarray] = {}  # of roots that are not computed, by index
        self.kept: dict[int, np.ndarray] = {}  # what a run was given stays alive
        self.starts: list[int] = []  # of each step's block, in cells
        self._patches: dict[int, list[tuple[int, int]]] = {}  # a root's cells, and offsets in it
        self._moving: dict[int, list[tuple[int, int]]] = {}  # a loop's cells, and their strides
        found: list[int] = []
        # Of loops that run in lanes, per lane, the steps and their blocks; None: the loop's end.
        self.lanes: dict[int, list[list[tuple[int | None, int]]]] = {}
        self._loops: list[int] = []
        within = False
        for k, step in enumerate(plan.steps):
            if cut and k in cut:
                self.lanes[k] = [self._lane(found, k, j, cut[k]) for j in range(cut[k])]
                within = True
            self.starts.append(len(found) if within else self._add(found, step.cells))
            within = within and step.ends is None
        self._add_loops(found)
        self.blocks = np.array(found or [0], np.int64)
        self._cells = self.blocks.data  # a memoryview: written to faster than an array
        for start in self._loops:
            for k in range(start + 4, start + 4 + 2 * found[start + 3], 2):
                self._cells[k] = address(self.blocks) + 8 * found[k]

    def block(self, step: int) -> int:
        """Where the argument block of a step lies."""
        return address(self.blocks) + 8 * self.starts[step]

    def lane(self, steps: list[tuple[int | None, int]]) -> list[int]:
        """Where the blocks of a lane's steps lie."""
        return [address(self.blocks) + 8 * start for _, start in steps]

    def _add(self, found: list[int], cells: Sequence[Cell], lane: list | None = None) -> int:
        """Appends a step's cells; says where they begin. ``lane``: those of its loop that move."""
        start = len(found)
        for cell in cells:
            if isinstance(cell, Address):
                cell = self._cell(len(found), cell, lane)
            found.append(cell)
        return start

    def _lane(
        self, found: list[int], begin: int, lane: int, count: int
    ) -> list[tuple[int | None, int]]:
        """Appends the blocks of a loop's steps for its rows of one lane of so many."""
        steps = self.plan.steps
        rows, made = steps[begin].rows, []
        first, last = (rows * j // count for j in (lane, lane + 1))
        moving: list[tuple[int, int]] = []
        k = begin + 1
        while (end := steps[k].ends) is None:
            cells = lanes.cells(steps[k], rows, first, last)
            made.append((k, self._add(found, cells, moving)))
            k += 1
        return [*made, (None, self._add_loop(found, len(made), end.times, moving))]

    def _add_loop(
        self, found: list[int], back: int, times: int, moving: list[tuple[int, int]]
    ) -> int:
        """Appends a loop's block: instructions to go back, times, how often it was, cells."""
        self._loops.append(len(found))
        found += [back, times, 0, len(moving)]
        found += [number for pair in moving for number in pair]
        return self._loops[-1]

    def _add_loops(self, found: list[int]) -> None:
        """Appends the blocks of loops, and tells jumps how many instructions on targets are."""
        begun: list[int] = []
        labels: dict[Label, int] = {}
        for count, _, step in self.instructions():
            if step.label is not None:
                labels[step.label] = count
        for count, k, step in self.instructions():
            if step.jump is not None:
                first = self.starts[k] + len(step.cells) - len(step.jump.targets)
                for j, label in enumerate(step.jump.targets):
                    found[first + j] = labels[label] - count
            if step.begins is not None and k not in self.lanes:
                begun.append(count)
            elif step.ends is not None:
                back = count - begun.pop()
                if step.jump is None:
                    moving = self._moving.get(id(step.ends), [])
                    self.starts[k] = self._add_loop(found, back, step.ends.times, moving)

    def instructions(self) -> Iterator[tuple[int, int, Step]]:
        """The steps of the table, by number, each with how many instructions are before it.

        A loop that runs in lanes is one, which stands where it begins.
        """
        count, within = 0, False
        for k, step in enumerate(self.plan.steps):
            if not within:
                yield count, k, step
                count += not step.mark or k in self.lanes
            within = (within or k in self.lanes) and step.ends is None

    def rewind(self) -> None:
        """Puts the loops back to their first steps, after one was left in the middle."""
        cells, first = self._cells, address(self.blocks)
        for start in self._loops:
            for k in range(start + 4, start + 4 + 2 * cells[start + 3], 2):
                cells[(cells[k] - first) // 8] -= cells[start + 2] * cells[k + 1]
            cells[start + 2] = 0

    def _cell(self, at: int, cell: Address, lane: list | None = None) -> int:
        """What a cell holds; 0 where the root is of outside, and `point` is to tell."""
        root = cell.root
        if root is STATUS:
            return address(self.status)
        if root is CURSOR:
            return address(self.cursor)
        if isinstance(root, Part):
            if root.stride:
                moving = self._moving.setdefault(id(root.loop), []) if lane is None else lane
                moving.append((at, root.stride))
            return self._cell(at, Address(root.base, root.start + cell.offset))
        if root.kind == "computed":
            return address(self.arena) + self.plan.offsets[root.index] + cell.offset
        if root.kind == "constant":
            return address(self._constant(root)) + cell.offset
        self._patches.setdefault(root.index, []).append((at, cell.offset))
        return 0

    def _constant(self, root: Value) -> np.ndarray:
        array = self.arrays.get(root.index)
        if array is None:
            assert root.array is not None
            array = self.arrays[root.index] = orderly(root.array)
        return array

    def array(self, root: Value) -> np.ndarray:
        """The memory of a root, as an array of its shape."""
        if root.kind == "computed":
            start = self.plan.offsets[root.index]
            return np.frombuffer(
                self.arena.data, root.dtype, root.size, start  # type: ignore[arg-type]
            ).reshape(root.shape)
        return self._constant(root) if root.kind == "constant" else self.arrays[root.index]

    def view(self, place: Place) -> np.ndarray:
        """The entries of a place, as an array of its shape."""
        array = self.array(place.root)
        return shown(array, place) if place.by is None else array[self.array(place.by)]

    def write(self, place: Place, array: np.ndarray) -> None:
        """Writes an array's entries to a place."""
        if place.by is not None:
            self.array(place.root)[self.array(place.by)] = array
        else:
            np.copyto(self.view(place), array, casting="unsafe")

    def point(self, index: int, array: np.ndarray) -> None:
        """Makes every block that reads a root of outside read ``array``."""
        if self.arrays.get(index) is array:
            return
        self.arrays[index] = array
        start = address(array)
        for cell, offset in self._patches.get(index, ()):
            self._cells[cell] = start + offset

    def feed(self, root: Value, array: np.ndarray) -> None:
        """Makes a root that batches are taken from read ``array``, whatever its length."""
        assert orderly(array) is array and array.dtype == root.dtype
        for step, cell in self.plan.limits.get(root.index, ()):
            self._cells[self.starts[step] + cell] = len(array)
        self.point(root.index, array)
        self.kept[root.index] = array
