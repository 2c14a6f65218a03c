"""A program of this processor: a plan whose kernels are loaded, run over memory of its own.

Contents of captured tensors are read at every run, states are written in place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import forks
from autograd_nn.engine.beside import settle
from autograd_nn.engine.copies import named
from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.program.layout import Address, source
from autograd_nn.engine.program.listing import Instruction, Listing
from autograd_nn.engine.program.lower import lowering_of
from autograd_nn.engine.program.passes.touching.rows import changed
from autograd_nn.engine.program.plan.build import Plan, build
from autograd_nn.engine.program.plan.step import Step
from autograd_nn.engine.program.program import Program, streams
from autograd_nn.engine.program.run import crew
from autograd_nn.engine.program.run.memory import ORDERLY, Memory, orderly
from autograd_nn.engine.program.run.states import States
from autograd_nn.engine.program.run.walk import Walk
from autograd_nn.engine.program.target.cpu import cost
from autograd_nn.engine.program.target.cpu.compiler import Source
from autograd_nn.engine.program.target.cpu.library import Kernel, library
from autograd_nn.engine.program.target.cpu.text.sources import LANES, RUNNER, source_of
from autograd_nn.engine.tensor import Tensor


class NativeProgram(Program):
    """One recorded graph, planned; native once its kernels are there.

    graph   of a record.
    batch   not 0: each input is a batch of so many rows of a longer array, see `feed`.
    """

    # Once it is bound, what a run takes from `States`, `Memory` and `Walk`.
    _attach: Callable[..., None]
    _point: Callable[[int, np.ndarray], None]
    _execute: Callable[..., None]

    def __init__(self, graph: Graph, batch: int = 0) -> None:
        self.plan: Plan = build(graph, lowering_of, batch)
        self.tables = [(v.tensor, of) for v, of in changed(self.plan.graph) if v.tensor is not None]
        self._sources = {s: source_of(s.kernel) for s in self.plan.steps if s.kernel is not None}
        forks.guard(self, rank=20)  # a program has one arena: one run at a time
        self.kernels: dict[Source, Kernel] = {}
        self.failed: set[Source] = set()  # type: ignore[assignment]
        self._bound = False
        self._asked = -1  # the library's generation when it was last asked
        self._looked = False  # whether it was looked what the cache has

    # ---- kernels ------------------------------------------------------------------------------

    def sources(self) -> list[Source]:
        """The kernels this program needs, each once."""
        lanes = [LANES] if any(step.rows for step in self.plan.steps) else []
        return list(dict.fromkeys([*self._sources.values(), RUNNER, *lanes]))

    def ready(self, wait: bool = False, ask: bool = True) -> bool:
        if self._bound:
            return True
        lib = library()
        if lib.generation == self._asked and not wait:
            return False
        if ask:
            self._asked = lib.generation
        elif self._looked:
            return False
        self._looked = True
        sources = self.sources()
        if wait:
            lib.wait(sources, self.kernels)
        elif not lib.request(sources, self.kernels, ask=ask):
            return False
        with self.lock:
            if not self._bound:
                self.failed = {s for s in sources if s not in self.kernels}
                failed = [s for s in self.plan.steps if self._sources.get(s) in self.failed]
                if any(s.calls() is None for s in failed) or self.failed & {RUNNER, LANES}:
                    return False  # what remains is to run the function itself
                self._bind()
        return True

    def lacks(self) -> float:
        if self._bound:
            return 0.0
        lib = library()
        return lib.seconds([s for s in self.sources() if s not in self.kernels])

    def is_native(self, step: Step) -> bool:
        """Whether a step has a kernel; Python makes it where not, or where that did not compile."""
        made = self._sources.get(step)
        return step.control or step.mark or (made is not None and made not in self.failed)

    def _bind(self) -> None:
        """Gives the plan its memory and its table."""
        plan = self.plan
        self.memory = Memory(plan, cost.lanes(plan.steps, crew.size()))
        self.states = States(self.memory)
        self.walk = Walk(self.memory, self.states, self._code, *self._walkers())
        self._attach, self._point = self.states.attach, self.memory.point
        self._execute = self.walk.run
        self._streams = streams(self.states.values)
        self._inputs = plan.graph.inputs
        self._outputs = [plan.places[v.index] for v in plan.graph.outputs]
        fixed = ("computed", "constant")
        self._views = [
            self.memory.view(p) if p.root.kind in fixed else None for p in self._outputs
        ]
        self._bound = True

    def _walkers(self) -> list[int]:
        """Where the kernels lie that walk tables: the runner, and the one of lanes or 0."""
        found = [self.kernels.get(s) for s in (RUNNER, LANES)]
        return [0 if kernel is None else kernel.address for kernel in found]

    def _code(self, step: Step) -> int | None:
        return self.kernels[self._sources[step]].address if self.is_native(step) else None

    # ---- running ------------------------------------------------------------------------------

    def run(self, arrays: list[np.ndarray], spare: Sequence[np.ndarray] = ()) -> list[np.ndarray]:
        settle()
        with self.lock, self._drawing():
            self._attach()
            point, kept, states = self._point, self.memory.kept, self.states
            for v, array in zip(self._inputs, arrays, strict=True):
                if array.flags.num & ORDERLY != ORDERLY:
                    array = orderly(array)
                if states.values:
                    array = states.apart(array)
                point(v.index, array)
                kept[v.index] = array
            self._execute(0, 1)
            views = [
                view if view is not None else self.memory.view(place)
                for place, view in zip(self._outputs, self._views, strict=True)
            ]
            return self._reused(views, spare) if spare else [view.copy() for view in views]

    def _reused(
        self, views: list[np.ndarray], spare: Sequence[np.ndarray]
    ) -> list[np.ndarray]:
        """Outputs written into spare arrays, each at most once; what is an input is copied first.

        Views are not spare: a state, or another of these arrays, may lie in the same memory.
        """
        held = [
            view.copy() if fixed is None else None
            for view, fixed in zip(views, self._views, strict=True)
        ]
        left = [
            a
            for a in {id(a): a for a in spare}.values()
            if a.flags.owndata and a.flags.writeable and a.flags.c_contiguous
        ]
        results = []
        for view, copy in zip(views, held, strict=True):
            match = next(
                (k for k, a in enumerate(left) if a.shape == view.shape and a.dtype == view.dtype),
                None,
            )
            if copy is not None or match is None:
                results.append(view.copy() if copy is None else copy)
                continue
            array = left.pop(match)
            np.copyto(array, view)
            results.append(array)
        return results

    def feed(
        self, arrays: list[np.ndarray], order: np.ndarray, kept: dict[Any, Any] | None = None
    ) -> None:
        own = self.memory.kept
        for v, array in zip((*self.plan.feeds, self.plan.order), (*arrays, order), strict=True):
            assert v is not None
            if own.get(v.index) is not array:  # from epoch to epoch the order alone is another
                self.memory.feed(v, array)

    def steps(
        self, start: int, stop: int, meanwhile: Callable[[], None] | None = None
    ) -> None:
        settle()
        with self.lock, self._drawing():
            self._attach(self._named if self.tables else None)
            self._execute(start, stop, meanwhile)

    def _named(self, state: Tensor) -> np.ndarray | None:
        """The rows of a state that batches of what was fed may change; None: perhaps all."""
        of = next((of for v, of in self.tables if v is state), None)
        if of is None:
            return None
        return named(state.array, [self.memory.kept[self.plan.feeds[k].index] for k in of])

    # ---- reading ------------------------------------------------------------------------------

    @property
    def peak_bytes(self) -> int:
        """Bytes of memory the plan takes: the arena, the states, the constants and the blocks."""
        states = sum(v.nbytes for v in self.plan.states.values())
        constants = {
            c.root.index: c.root.nbytes
            for s in self.plan.steps
            for c in s.cells
            if isinstance(c, Address) and c.root.kind == "constant"
        }
        blocks = 8 * sum(len(s.cells) + 2 for s in self.plan.steps)
        return self.plan.arena + states + sum(constants.values()) + blocks

    def _why(self, step: Step) -> str:
        """Why Python makes a step: it has no kernel, or the kernel did not compile."""
        made = self._sources.get(step)
        failure = None if made is None else library().failure(made)
        return step.why if failure is None else f"its kernel does not compile: {failure}"

    def listing(self) -> Listing:
        plan, graph = self.plan, self.plan.graph
        rows = [
            Instruction(
                s.name, [*map(source, s.reads)], [*map(source, s.writes)], self.is_native(s),
                s.times * s.flops, 0 if s.mark else s.times * s.nbytes(), self._why(s), s.depth,
            )
            for s in plan.steps
            if not s.control and (s.label is None or s.writes)
        ]  # fmt: skip
        outputs = [(y, plan.places[y.index].root) for y in graph.outputs]
        return Listing(
            rows, graph.inputs, outputs, set(plan.states), len(graph.captured) - len(plan.states),
            len(self.sources()), plan.arena, plan.unshared, self.peak_bytes,
        )  # fmt: skip
