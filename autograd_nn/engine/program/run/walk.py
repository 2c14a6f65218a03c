"""The walk: a table of kernels and blocks, run natively; Python makes calls between two stretches.

Where a call has no kernel Python makes it. A reported error stops the walk before anything was
updated.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine.graph.values import Immediate
from autograd_nn.engine.program.layout import whole
from autograd_nn.engine.program.plan.arena import ALIGN
from autograd_nn.engine.program.plan.step import OVER, Step
from autograd_nn.engine.program.run import crew
from autograd_nn.engine.program.run.memory import Memory, address, aligned_empty, shown
from autograd_nn.engine.program.run.states import States
from autograd_nn.engine.program.target.cpu import cost, machine

NOTHING = (1 << 32) - 1  # a ticket that offers nothing: a part beyond the first instruction's
AGAIN, JUMP = 0, 1  # in the place of a kernel: the end of a loop's body; where to go on
ROW = 3  # cells of an instruction in the table: its function, its block, its parts

KERNEL = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)


class Walk:
    """Runs the steps of a plan over its memory.

    code     of each step, where its kernel lies; None where Python makes its calls.
    runner   where the kernel lies that walks a table.
    """

    def __init__(
        self, memory: Memory, states: States, code: Callable[[Step], int | None], runner: int
    ) -> None:
        self.memory, self.states, self.plan = memory, states, memory.plan
        # Each in a cache line of its own.
        self._ticket, self._done = (aligned_empty(ALIGN).view(np.int64) for _ in range(2))
        table: list[int] = []
        # In order: (first, count) of a stretch in the table, or a step that Python makes.
        self.segments: list[tuple[int, int] | Step] = []
        start = 0
        for k, step in enumerate(self.plan.steps):
            if step.mark:
                continue
            kernel = (JUMP if step.jump else AGAIN) if step.control else code(step)
            if kernel is not None:
                table += [kernel, memory.block(k), cost.parts(step)]
                continue
            start = self._stretch(start, len(table) // ROW)
            self.segments.append(step)
        self._stretch(start, len(table) // ROW)
        self.table = np.array(table or [0], np.int64)
        self.heavy = cost.heavy(self.plan.steps)
        self.kernel = KERNEL(runner)
        self.calls = [None if isinstance(s, Step) else self._call(*s) for s in self.segments]
        self.runs = [None if b is None else address(b) for b in self.calls]

    def _stretch(self, start: int, end: int) -> int:
        """Notes the instructions from ``start`` on as one stretch; returns where the next is."""
        if end > start:
            self.segments.append((start, end - start))
        return end

    def _call(self, first: int, count: int) -> np.ndarray:
        """The runner's argument block for a stretch."""
        memory = self.memory
        return np.array(
            [address(self.table) + 8 * ROW * first, count, address(memory.cursor), 0, 1,
             address(memory.status), address(self._ticket), address(self._done),
             machine.give_way()], np.int64,
        )  # fmt: skip

    def run(self, start: int, stop: int) -> None:
        """Runs the steps start … stop - 1; raises what a kernel reported.

        A signal handler that raises comes before it or after it, never in between: Python takes no
        part. Where it does, an exception puts the states back.
        """
        if len(self.calls) == 1 and (only := self.calls[0]) is not None:
            only[3], only[4] = start, stop
            self._launch(self.runs[0])
            return
        states = self.states.arrays()
        for step in range(start, stop):
            kept = [state.copy() for state in states]
            try:
                self._one(step)
            except BaseException:
                deque(map(np.copyto, states, kept), maxlen=0)
                raise

    def _one(self, step: int) -> None:
        """One step of a program to which Python makes some of the calls."""
        for segment, block, run in zip(self.segments, self.calls, self.runs, strict=True):
            if block is None:
                assert isinstance(segment, Step)
                self.by_python(segment)
                continue
            block[3], block[4] = step, step + 1
            self._launch(run)

    def _launch(self, run: Any) -> None:
        """Runs one stretch of the table, by the whole crew where the program is worth it."""
        if not self.heavy:
            self.kernel(run, 0, 1)
        else:
            self._ticket[0] = NOTHING
            crew.run(self.kernel, run)
        if self.memory.status[0]:
            self._raise()

    def _raise(self) -> None:
        status = self.memory.status
        found = int(status[0])
        status[0] = 0
        self.memory.rewind()
        raise self.plan.messages[found // OVER - 1](found % OVER)

    def by_python(self, step: Step) -> None:
        """Makes a step's calls on arrays over the program's memory.

        Results are written when all calls are made: a loop may write where an operand lies that
        another of its calls reads, which is right entry by entry and wrong array by array.
        """
        calls = step.calls()
        assert calls is not None
        local: dict[int, np.ndarray] = {}
        with np.errstate(all="ignore"):
            for call in calls:
                arrays = [self._operand(x, local) for x in call.operands]
                found = call.op.forward(*arrays, **call.params)
                several = found if len(call.results) > 1 else (found,)
                for y, array in zip(call.results, several, strict=True):
                    local[y.index] = np.asarray(array)
            for y in [y for call in calls for y in call.results]:
                place = self.plan.places.get(y.index) or whole(y)
                if place.root.kind != "computed" or place.root.index in self.plan.offsets:
                    self.memory.write(place, local[y.index])

    def _operand(self, x: Any, local: dict[int, np.ndarray]) -> Any:
        if isinstance(x, Immediate):
            return x.value
        if x.index in local:
            return local[x.index]
        place = self.plan.places[x.index]
        if place.root.index in local:  # a view of what an earlier call of the step made
            return shown(local[place.root.index], place)
        return self.memory.view(place)
