"""The walk: a table of kernels and blocks, run natively; Python makes calls between two stretches.

Where a call has no kernel Python makes it. A reported error stops the walk before anything was
updated.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from autograd_nn.engine.beside import beside
from autograd_nn.engine.graph.values import Immediate
from autograd_nn.engine.program.layout import source, whole
from autograd_nn.engine.program.plan.arena import ALIGN
from autograd_nn.engine.program.plan.step import OVER, Step
from autograd_nn.engine.program.run import crew
from autograd_nn.engine.program.run.memory import Memory, address, aligned_empty, shown
from autograd_nn.engine.program.run.states import States
from autograd_nn.engine.program.target.cpu import cost, machine

NOTHING = (1 << 32) - 1  # a ticket that offers nothing: a part beyond the first instruction's
AGAIN, JUMP = 0, 1  # in the place of a kernel: the end of a loop's body; where to go on
FEW, MANY = 64, 1 << 62  # turns of loops until a walk rests: to begin with, and never
PIECE = 0.1  # seconds between two rests
ROW = 3  # cells of an instruction in the table: its function, its block, its parts

KERNEL = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)


class Walk:
    """Runs the steps of a plan over its memory.

    code     of each step, where its kernel lies; None where Python makes its calls.
    runner   where the kernel lies that walks a table; ``lanes``: and the one that walks lanes'.
    """

    def __init__(
        self, memory: Memory, states: States, code: Callable[[Step], int | None], runner: int,
        lanes: int,
    ) -> None:  # fmt: skip
        self.memory, self.states, self.plan = memory, states, memory.plan
        # Each in a cache line of its own.
        self._ticket, self._done = (aligned_empty(ALIGN).view(np.int64) for _ in range(2))
        table: list[int] = []
        # In order: (first, count) of a stretch in the table, or a step that Python makes.
        self.segments: list[tuple[int, int] | Step] = []
        start = 0
        self._lanes: list[np.ndarray] = []  # which the table refers to
        for _, k, step in memory.instructions():
            if k in memory.lanes:
                table += [lanes, self._in_lanes(memory.lanes[k], code), len(memory.lanes[k])]
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
        self.heavy = bool(memory.lanes) or cost.heavy(self.plan.steps)
        # Turns of loops until the walk rests; the instruction and the step where it does; whether.
        self._rest = np.zeros(4, np.int64)
        early = self._writes_early()
        self._turns = MANY if early and not self._unbounded() else FEW
        self._early = early and self._turns != MANY
        self.kernel = KERNEL(runner)
        self.calls = [None if isinstance(s, Step) else self._call(*s) for s in self.segments]
        self.runs = [None if b is None else address(b) for b in self.calls]

    def _stretch(self, start: int, end: int) -> int:
        """Notes the instructions from ``start`` on as one stretch; returns where the next is."""
        if end > start:
            self.segments.append((start, end - start))
        return end

    def _in_lanes(
        self, lanes: list[list[tuple[int | None, int]]], code: Callable[[Step], int | None]
    ) -> int:
        """Where the block of a loop in lanes lies: each lane's table, and how long it is."""
        block = [len(lanes)]
        for lane in lanes:
            table = []
            for (k, _), at in zip(lane, self.memory.lane(lane), strict=True):
                function = AGAIN if k is None else code(self.plan.steps[k])
                assert function is not None  # a loop's steps are native, or the program is not
                table += [function, at, 1]
            self._lanes.append(np.array(table, np.int64))
            block += [address(self._lanes[-1]), len(lane)]
        self._lanes.append(np.array(block, np.int64))
        return address(self._lanes[-1])

    def _call(self, first: int, count: int) -> np.ndarray:
        """The runner's argument block for a stretch."""
        memory = self.memory
        return np.array(
            [address(self.table) + 8 * ROW * first, count, address(memory.cursor), 0, 1,
             address(memory.status), address(self._ticket), address(self._done),
             machine.give_way(), address(self._rest)], np.int64,
        )  # fmt: skip

    def run(
        self, start: int, stop: int, meanwhile: Callable[[], None] | None = None
    ) -> None:
        """Runs the steps start … stop - 1; raises what a kernel reported.

        meanwhile   may be called while they run, once.
        A signal handler that raises comes before it or after it, or where a long loop rests, before
        anything of a step is written. Where Python takes part, or something is written earlier, an
        exception puts the states back.
        """
        if len(self.calls) == 1 and (only := self.calls[0]) is not None and not self._early:
            only[3], only[4] = start, stop
            self._launch(only, self.runs[0], meanwhile)
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
            self._launch(block, run)

    def _launch(
        self, block: np.ndarray, run: Any, meanwhile: Callable[[], None] | None = None
    ) -> None:
        """Runs one stretch of the table; loops rest now and then, so that signals are heard."""
        rest = self._rest
        rest[0], rest[3] = self._turns, 0
        if meanwhile is None:
            self._enter(run)
        else:
            beside(partial(self._enter, run), meanwhile)
        if rest[3]:
            self._go_on(block, run)
        if self.memory.status[0]:
            self._raise()

    def _enter(self, run: Any) -> None:
        """Walks, with the whole crew where the program is worth it, to the end or a rest."""
        if not self.heavy:
            self.kernel(run, 0, 1)
        else:
            self._ticket[0] = NOTHING
            crew.run(self.kernel, run)

    def _go_on(self, block: np.ndarray, run: Any) -> None:
        """Walks on from where it rests, until it has come to the end."""
        rest = self._rest
        try:
            while rest[3]:
                block[3], rest[0], rest[3] = rest[2], self._turns, 0
                started = perf_counter()
                self._enter(run)
                took = max(perf_counter() - started, 1e-6)
                if rest[3]:
                    self._turns = max(1, int(self._turns * min(8.0, PIECE / took)))
        except BaseException:
            rest[1] = 0
            self.memory.rewind()
            raise

    def _writes_early(self) -> bool:
        """Whether a step writes a state before the last loop is over."""
        steps = self.plan.steps
        last = max((k for k, step in enumerate(steps) if step.control), default=-1)
        written = {source(v).index for step in steps[: last + 1] for v in step.writes}
        return not written.isdisjoint(self.plan.states)

    def _unbounded(self) -> bool:
        """Whether nobody knows how long a loop of it takes."""
        return any(step.jump is not None and step.ends is not None for step in self.plan.steps)

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
                found = call.forward(*arrays, **call.params)
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
