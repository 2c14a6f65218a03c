"""The memory of a plan: where each root lies, and the argument blocks that point there."""

from __future__ import annotations

import numpy as np

from autograd_nn.engine.graph.values import Value
from autograd_nn.engine.program.layout import Address, Part, Place
from autograd_nn.engine.program.plan.arena import ALIGN
from autograd_nn.engine.program.plan.build import Plan
from autograd_nn.engine.program.plan.builder import CURSOR, STATUS
from autograd_nn.engine.program.plan.step import Label

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
    """An arena for what is computed, the constants, and the arrays of outside that are read."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.arena = aligned_empty(plan.arena)
        self.status, self.cursor = np.zeros(1, np.int64), np.zeros(1, np.int64)
        self.arrays: dict[int, np.ndarray] = {}  # of roots that are not computed, by index
        self.kept: dict[int, np.ndarray] = {}  # what a run was given stays alive
        self.starts: list[int] = []  # of each step's block, in cells
        self._patches: dict[int, list[tuple[int, int]]] = {}  # a root's cells, and offsets in it
        self._moving: dict[int, list[tuple[int, int]]] = {}  # a loop's cells, and their strides
        found: list[int] = []
        for step in plan.steps:
            self.starts.append(len(found))
            for cell in step.cells:
                found.append(self._cell(len(found), cell) if isinstance(cell, Address) else cell)
        self._loops = self._add_loops(found)
        self.blocks = np.array(found or [0], np.int64)
        self._cells = self.blocks.data  # a memoryview: written to faster than an array
        for start in self._loops:
            for k in range(start + 4, start + 4 + 2 * found[start + 3], 2):
                self._cells[k] = address(self.blocks) + 8 * found[k]

    def block(self, step: int) -> int:
        """Where the argument block of a step lies."""
        return address(self.blocks) + 8 * self.starts[step]

    def _add_loops(self, found: list[int]) -> list[int]:
        """Appends the blocks of loops: instructions to go back, times, how often it was, cells.

        And tells each jump how many instructions further its targets are.
        """
        starts = []
        begun: list[int] = []
        labels: dict[Label, int] = {}
        count = 0  # of instructions
        for step in self.plan.steps:
            if step.label is not None:
                labels[step.label] = count
            count += not step.mark
        count = 0
        for k, step in enumerate(self.plan.steps):
            if step.jump is not None:
                first = self.starts[k] + len(step.cells) - len(step.jump.targets)
                for j, label in enumerate(step.jump.targets):
                    found[first + j] = labels[label] - count
            if step.begins is not None:
                begun.append(count)
            elif step.ends is not None:
                back = count - begun.pop()
                if step.jump is None:
                    self.starts[k] = len(found)
                    starts.append(len(found))
                    moving = self._moving.get(id(step.ends), [])
                    found += [back, step.ends.times, 0, len(moving)]
                    found += [number for pair in moving for number in pair]
            count += not step.mark
        return starts

    def rewind(self) -> None:
        """Puts the loops back to their first steps, after one was left in the middle."""
        cells, first = self._cells, address(self.blocks)
        for start in self._loops:
            for k in range(start + 4, start + 4 + 2 * cells[start + 3], 2):
                cells[(cells[k] - first) // 8] -= cells[start + 2] * cells[k + 1]
            cells[start + 2] = 0

    def _cell(self, at: int, cell: Address) -> int:
        """What a cell holds; 0 where the root is of outside, and `point` is to tell."""
        root = cell.root
        if root is STATUS:
            return address(self.status)
        if root is CURSOR:
            return address(self.cursor)
        if isinstance(root, Part):
            if root.stride:
                self._moving.setdefault(id(root.loop), []).append((at, root.stride))
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
