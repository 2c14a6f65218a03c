"""States: the tensors of outside that a program reads and writes, and who else holds their views.

What a program assigns lies in buffers that it writes in place. The tensors show them through views;
where somebody else has such a view, the tensor gets a fresh one, so that a tape that still needs
the old contents notices the change.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from autograd_nn.engine import holders
from autograd_nn.engine.copies import Before, Copy
from autograd_nn.engine.graph.values import Value
from autograd_nn.engine.mode import mode
from autograd_nn.engine.node import StateBuffer, in_state
from autograd_nn.engine.program.plan.arena import ALIGN
from autograd_nn.engine.program.program import fits
from autograd_nn.engine.program.run.memory import Memory, address, orderly
from autograd_nn.engine.tensor import Tensor

Rows = Callable[[Tensor], np.ndarray | None]
LARGE = 1 << 24  # bytes of a buffer from which pages are many


class States:
    """Attaches a program's memory to the tensors it reads and writes, before each run."""

    def __init__(self, memory: Memory) -> None:
        plan = memory.plan
        self.memory, self.joints = memory, plan.joints
        self.values = list(plan.states.values())
        self.captured = [v for v in plan.graph.captured if v.index not in plan.states]
        self._seen: list[np.ndarray | None] = [None] * len(self.captured)
        self._held: list[np.ndarray | None] = [None] * len(self.values)
        self._joint = {v.index: k for k, joint in enumerate(plan.joints) for v in joint}
        self._buffers: list[list[np.ndarray]] = [[] for _ in plan.joints]

    def arrays(self) -> list[np.ndarray]:
        """The memory of the states."""
        return [self.memory.arrays[v.index] for v in self.values]

    def attach(self, rows: Rows | None = None) -> None:
        """Points the blocks at what captured tensors and states hold now.

        rows   which rows of a state the run may change, where it is known.
        """
        moved = bool(self.values) and self._attach_states()
        for i, v in enumerate(self.captured):
            array = v.tensor.array  # type: ignore[union-attr]
            if array is not self._seen[i]:
                self._seen[i] = array
                fits(v, array)
                plain = self.apart(orderly(array))
                if plain is not array:
                    self._seen[i] = None  # a copy: made anew at every run
                self.memory.point(v.index, plain)
        if self.values:
            self._detach(moved, rows)

    def _attach_states(self) -> bool:
        """Points the blocks at the states; whether some tensor holds another array than it did."""
        apart: set[int] = set()  # joints of which a part was changed
        moved = False
        places: dict[int, int] | None = None  # by the memory's identity, whose it is
        for i, v in enumerate(self.values):
            array = v.tensor.array  # type: ignore[union-attr]
            if array is not self._held[i]:
                moved = True
                fits(v, array)
                if v.index in self._joint:
                    apart.add(self._joint[v.index])
                else:
                    if places is None:
                        memory = self.memory.arrays
                        places = {id(memory.get(w.index)): w.index for w in self.values}
                    self._own(v, array, places)
        for k in apart:
            self._own_joint(k)
        return moved

    def apart(self, array: np.ndarray) -> np.ndarray:
        """``array``, or a copy where a run writes its memory: kernels take arrays for apart."""
        if not self.values or not in_state(array):
            return array
        owner: Any = array
        while type(owner) is np.ndarray:
            owner = owner.base
        written = any(self.memory.arrays.get(v.index) is owner for v in self.values)
        return array.copy() if written else array

    def _own(self, v: Value, array: np.ndarray, places: dict[int, int]) -> None:
        """Makes a state's memory a buffer that programs may write: the tensor's own, or a copy."""
        arrays = self.memory.arrays
        own = array.base
        if type(own) is not StateBuffer or own.shape != v.shape or own.dtype != v.dtype:
            own = None
        elif places.get(id(own), v.index) != v.index:
            own = None  # two tensors over one memory: each gets its own
        if own is None:
            own = arrays.get(v.index)
            if own is None or own is array.base:
                (own,) = _state_buffers([v])
            np.copyto(own, array)
        before = arrays.get(v.index)
        if own is not before:
            places.pop(id(before), None)
            places[id(own)] = v.index
            self.memory.point(v.index, own)

    def _own_joint(self, k: int) -> None:
        """Makes the states of a joint lie end to end: where they do already, or in a copy."""
        joint = self.joints[k]
        arrays = [v.tensor.array for v in joint]  # type: ignore[union-attr]
        found: list[Any] = [array.base for array in arrays]
        if not _end_to_end(joint, found):
            found = self._buffers[k] = self._buffers[k] or _state_buffers(joint)
            # A tensor may show the memory of another of the joint: all are read, then written.
            foreign = [
                None if array.base is own else array.copy()
                for array, own in zip(arrays, found, strict=True)
            ]
            for own, array in zip(found, foreign, strict=True):
                if array is not None:
                    np.copyto(own, array)
        for v, own in zip(joint, found, strict=True):
            self.memory.point(v.index, own)

    def _detach(self, moved: bool, rows: Rows | None) -> None:
        """Lets the tensors show the states in fresh views: a tape that read one sees the change.

        moved   whether some tensor shows another array than the view it was given.
        Before a run, not after: what the run writes is then shown at the same moment by all.
        """
        if mode.changes is not None:  # within a step that may be put back: see whole.py
            tensors = [v.tensor for v in self.values if v.tensor is not None]
            if rows is None:
                mode.changes.append((tensors, [x.array.copy() for x in tensors]))
            else:
                mode.changes.append((tensors, Before([Copy(x, rows(x)) for x in tensors])))
        found, alone = holders.count(self._held), holders.OF_A_VIEW
        if not moved and found.count(alone) == len(found):
            return  # nobody else has the views there are
        for i, v in enumerate(self.values):
            tensor = v.tensor
            assert tensor is not None
            own, shown = self.memory.arrays[v.index], tensor.array
            if found[i] == alone and shown is self._held[i] and shown.base is own:
                continue  # nobody else has the view there is, and it shows what the run writes
            del shown
            fresh = own.view(np.ndarray)
            tensor.array = fresh
            self._held[i] = fresh


def _state_buffers(values: Sequence[Value]) -> list[np.ndarray]:
    """Buffers for states, end to end."""
    # Over bytes, not over an array: NumPy would make that array the base of its views.
    raw = _zeros(sum(v.nbytes for v in values) + ALIGN)
    start = -address(np.frombuffer(raw, np.uint8)) % ALIGN
    buffers: list[np.ndarray] = []
    for v in values:
        buffers.append(StateBuffer(v.shape, v.dtype, raw, start))  # type: ignore[arg-type]
        start += v.nbytes
    return buffers


def _zeros(n: int) -> bytearray | mmap.mmap:
    """Memory of zeros; much of it in large pages: without, each row read costs a walk as well."""
    if n < LARGE or not hasattr(mmap, "MADV_HUGEPAGE"):
        return bytearray(n)
    raw = mmap.mmap(-1, n, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with suppress(OSError):  # a system without large pages
        raw.madvise(mmap.MADV_HUGEPAGE)
    return raw


def _end_to_end(values: Sequence[Value], arrays: Sequence[Any]) -> bool:
    """Whether arrays are buffers of those states, one after another."""
    place = 0
    for v, array in zip(values, arrays, strict=True):
        if type(array) is not StateBuffer or array.shape != v.shape or array.dtype != v.dtype:
            return False
        if place and address(array) != place:
            return False
        place = address(array) + v.nbytes
    return True
