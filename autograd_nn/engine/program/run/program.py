"""A program that runs: kernels by address, argument blocks filled in, one arena.

Running walks a table of (kernel, block) pairs natively. Where a call has no kernel Python makes it
between two native stretches. Contents of captured tensors are read at every run, states are
written in place, and a reported error stops the run before anything was updated.
"""

from __future__ import annotations

import ctypes
import os
from collections import deque
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from sys import getrefcount
from typing import Any

import numpy as np

from autograd_nn.engine import forks
from autograd_nn.engine.graph.values import Call, Graph, Immediate, Value
from autograd_nn.engine.mode import mode
from autograd_nn.engine.node import StateBuffer, in_state
from autograd_nn.engine.program import picture
from autograd_nn.engine.program.layout import Address, Place, whole
from autograd_nn.engine.program.lower.registry import lowering_of
from autograd_nn.engine.program.plan.arena import ALIGN
from autograd_nn.engine.program.plan.build import Plan, build
from autograd_nn.engine.program.plan.builder import CURSOR, STATUS
from autograd_nn.engine.program.plan.step import OVER, Step
from autograd_nn.engine.program.run import crew
from autograd_nn.engine.program.target.cpu import cost
from autograd_nn.engine.program.target.cpu.compiler import Source
from autograd_nn.engine.program.target.cpu.library import Kernel, library
from autograd_nn.engine.program.target.cpu.text.sources import RUNNER, source_of
from autograd_nn.engine.tensor import wrap

NOTHING = (1 << 32) - 1  # a ticket that offers nothing: a part beyond the first instruction's

KERNEL = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64)


def aligned_empty(nbytes: int) -> np.ndarray:
    """Bytes whose address is a multiple of a cache line."""
    raw = np.empty(nbytes + ALIGN, np.uint8)
    start = -raw.ctypes.data % ALIGN
    return raw[start : start + nbytes]


ORDERLY = 0x1 | 0x100  # NumPy's flags of an array whose entries lie in order and aligned


def _holders(views: Sequence[Any]) -> list[int]:
    """How many references there are to each view, as this very function counts them."""
    return [getrefcount(view) for view in views]


def _counted_alone() -> int:
    """What `_holders` counts for a view that only a list and one tensor hold.

    Found out, not assumed: interpreters differ in which references they count, and may change that
    once code has run for a while. Where one holder more does not show, it is -1, a count that never
    comes: then each run makes fresh views, which costs a little and is always right.
    """
    views = [np.zeros(1), np.zeros(1)]
    tensors = [wrap(view) for view in views]
    others = views[1:]
    found = {tuple(_holders(views)) for _ in range(200)}
    alone, shared = found.pop()
    del tensors, others
    return alone if not found and shared == alone + 1 else -1


ALONE = _counted_alone()


def address(array: np.ndarray) -> int:
    """Where an array's first entry lies."""
    return array.__array_interface__["data"][0]


def orderly(array: np.ndarray) -> np.ndarray:
    """``array``, or a copy whose entries lie in order and aligned, as kernels take them to."""
    if array.flags.num & ORDERLY == ORDERLY:
        return array
    return np.array(array, order="C").reshape(array.shape)


def _state_buffers(values: Sequence[Value]) -> list[np.ndarray]:
    """Buffers for states, end to end."""
    # Over bytes, not over an array: NumPy would make that array the base of its views.
    raw = bytearray(sum(v.nbytes for v in values) + ALIGN)
    start = -address(np.frombuffer(raw, np.uint8)) % ALIGN
    buffers: list[np.ndarray] = []
    for v in values:
        buffers.append(StateBuffer(v.shape, v.dtype, raw, start))  # type: ignore[arg-type]
        start += v.nbytes
    return buffers


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


class Program:
    """One recorded graph, planned; native once its kernels are there."""

    lock: Any

    def __init__(self, graph: Graph, batch: int = 0) -> None:
        self.plan: Plan = build(graph, lowering_of, batch)
        self._sources = {s: source_of(s.kernel) for s in self.plan.steps if s.kernel is not None}
        forks.guard(self, rank=20)  # a program has one arena: one run at a time
        self._kernels: dict[Source, Kernel] = {}
        self._bound = False
        self._failed: set[Source] = set()
        self._asked = -1  # the library's generation when it was last asked
        self._looked = False  # whether it was looked what the cache has
        self.fed: Any = None  # what `feed` was last given, as its caller knows it

    # ---- kernels ------------------------------------------------------------------------------

    def sources(self) -> list[Source]:
        """The kernels this program needs, each once."""
        return list(dict.fromkeys([*self._sources.values(), RUNNER]))

    def ready(self, wait: bool = False, ask: bool = True) -> bool:
        """Whether the program can run; asks for its kernels where they are not there yet.

        ask   False: takes those from the cache, and leaves the others for later.
        """
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
            lib.wait(sources, self._kernels)
        elif not lib.request(sources, self._kernels, ask=ask):
            return False
        with self.lock:
            if not self._bound:
                self._failed = {s for s in sources if s not in self._kernels}
                failed = [s for s in self.plan.steps if self._sources.get(s) in self._failed]
                if any(s.calls() is None for s in failed) or RUNNER in self._failed:
                    return False  # what remains is to run the function itself
                self._bind()
        return True

    # ---- memory -------------------------------------------------------------------------------

    def _bind(self) -> None:
        plan = self.plan
        self._arena = aligned_empty(plan.arena)
        self._status = np.zeros(1, np.int64)
        self._cursor = np.zeros(1, np.int64)
        # Each in a cache line of its own.
        self._ticket, self._done = (aligned_empty(ALIGN).view(np.int64) for _ in range(2))
        total = sum(len(s.cells) for s in plan.steps)
        self._blocks = np.zeros(max(total, 1), np.int64)
        self._memory: dict[int, np.ndarray] = {}
        self._captured = [v for v in plan.graph.captured if v.index not in plan.states]
        self._states = list(plan.states.values())
        streams = {id(v.tensor): v.tensor for v in self._states if hasattr(v.tensor, "lock")}
        # The generators it draws from.
        self._streams: list[Any] = [streams[k] for k in sorted(streams)]
        self._seen: list[np.ndarray | None] = [None] * len(self._captured)
        self._held: list[np.ndarray | None] = [None] * len(self._states)
        self._joint = {v.index: k for k, joint in enumerate(plan.joints) for v in joint}
        self._buffers: list[list[np.ndarray]] = [[] for _ in plan.joints]
        self._keep: dict[int, np.ndarray] = {}  # what blocks point at stays alive
        base = address(self._arena)
        wanted: dict[int, list[tuple[int, int]]] = {}  # cells of a root and offsets in it
        table: list[int] = []
        self._segments: list[tuple[int, int] | Step] = []  # (first, count) in the table
        start = at = 0
        self._starts: list[int] = []
        for step in plan.steps:
            self._starts.append(at)
            if self.is_native(step):
                for i, cell in enumerate(step.cells):
                    if isinstance(cell, Address):
                        self._fill(at + i, cell, base, wanted)
                    else:
                        self._blocks[at + i] = cell
                code = self._kernels[self._sources[step]]
                table += [code.address, address(self._blocks) + 8 * at, cost.parts(step)]
            else:
                if len(table) // 3 > start:
                    self._segments.append((start, len(table) // 3 - start))
                start = len(table) // 3
                self._segments.append(step)
            at += len(step.cells)
        if len(table) // 3 > start:
            self._segments.append((start, len(table) // 3 - start))
        self._table = np.array(table or [0], np.int64)
        self._patches = wanted
        self._cells = self._blocks.data  # a memoryview: written to faster than an array
        self._heavy = cost.heavy(plan.steps)
        self._run_kernel = KERNEL(self._kernels[RUNNER].address)
        self._calls: list[np.ndarray | None] = []
        for segment in self._segments:
            if isinstance(segment, Step):
                self._calls.append(None)
                continue
            first, count = segment
            block = np.array(
                [address(self._table) + 24 * first, count, address(self._cursor), 0, 1,
                 address(self._status), address(self._ticket), address(self._done),
                 crew.give_way()], np.int64,
            )  # fmt: skip
            self._calls.append(block)
        self._runs = [None if b is None else address(b) for b in self._calls]
        self._out_views: list[np.ndarray | None] = []
        for v in plan.graph.outputs:
            place = plan.places[v.index]
            fixed = place.root.kind in ("computed", "constant")
            self._out_views.append(self._view(place) if fixed else None)
        self._bound = True

    def _fill(
        self,
        at: int,
        cell: Address,
        base: int,
        wanted: dict[int, list[tuple[int, int]]],
    ) -> None:
        root = cell.root
        if root is STATUS:
            self._blocks[at] = address(self._status)
        elif root is CURSOR:
            self._blocks[at] = address(self._cursor)
        elif root.kind == "computed":
            self._blocks[at] = base + self.plan.offsets[root.index] + cell.offset
        elif root.kind == "constant":
            self._blocks[at] = address(self._constant(root)) + cell.offset
        else:
            wanted.setdefault(root.index, []).append((at, cell.offset))

    def _constant(self, root: Value) -> np.ndarray:
        array = self._memory.get(root.index)
        if array is None:
            assert root.array is not None
            array = self._memory[root.index] = orderly(root.array)
        return array

    def _array(self, root: Value) -> np.ndarray:
        """The memory of a root, as an array of its shape."""
        if root.kind == "computed":
            start = self.plan.offsets[root.index]
            return np.frombuffer(
                self._arena.data, root.dtype, root.size, start  # type: ignore[arg-type]
            ).reshape(root.shape)
        if root.kind == "constant":
            return self._constant(root)
        return self._memory[root.index]

    def _view(self, place: Place) -> np.ndarray:
        array = self._array(place.root)
        if place.direct:
            return array
        flat = array.reshape(-1)
        size = array.dtype.itemsize
        return np.lib.stride_tricks.as_strided(
            flat[place.offset :] if array.size else flat,
            place.shape,
            tuple(s * size for s in place.strides),
        )

    def _point(self, index: int, array: np.ndarray) -> None:
        """Makes every block that reads a root read ``array``."""
        if self._memory.get(index) is array:
            return
        self._memory[index] = array
        start = address(array)
        for cell, offset in self._patches.get(index, ()):
            self._cells[cell] = start + offset

    def _attach(self) -> None:
        """Points the blocks at what captured tensors and states hold now."""
        moved = bool(self._states) and self._attach_states()
        for i, v in enumerate(self._captured):
            array = v.tensor.array  # type: ignore[union-attr]
            if array is not self._seen[i]:
                self._seen[i] = array
                self._check(v, array)
                plain = self._apart(orderly(array))
                if plain is not array:
                    self._seen[i] = None  # a copy: made anew at every run
                self._point(v.index, plain)
        if self._states:
            self._detach(moved)

    def _attach_states(self) -> bool:
        """Points the blocks at the states; whether some tensor holds another array than it did."""
        apart: set[int] = set()  # joints of which a part was changed
        moved = False
        for i, v in enumerate(self._states):
            array = v.tensor.array  # type: ignore[union-attr]
            if array is not self._held[i]:
                moved = True
                self._check(v, array)
                if v.index in self._joint:
                    apart.add(self._joint[v.index])
                else:
                    self._own(v, array)
        for k in apart:
            self._own_joint(k)
        return moved

    def _apart(self, array: np.ndarray) -> np.ndarray:
        """``array``, or a copy where a run writes its memory: kernels take arrays for apart."""
        if not self._states or not in_state(array):
            return array
        owner: Any = array
        while type(owner) is np.ndarray:
            owner = owner.base
        written = any(self._memory.get(v.index) is owner for v in self._states)
        return array.copy() if written else array

    def _own(self, v: Value, array: np.ndarray) -> None:
        """Makes a state's memory a buffer that programs may write: the tensor's own, or a copy."""
        own = array.base
        if type(own) is not StateBuffer or own.shape != v.shape or own.dtype != v.dtype:
            own = None
        elif any(self._memory.get(w.index) is own for w in self._states if w is not v):
            own = None  # two tensors over one memory: each gets its own
        if own is None:
            own = self._memory.get(v.index)
            if own is None or own is array.base:
                (own,) = _state_buffers([v])
            np.copyto(own, array)
        if own is not self._memory.get(v.index):
            self._point(v.index, own)

    def _own_joint(self, k: int) -> None:
        """Makes the states of a joint lie end to end: where they do already, or in a copy."""
        joint = self.plan.joints[k]
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
            self._point(v.index, own)

    def _check(self, v: Value, array: np.ndarray) -> None:
        if array.shape != v.shape or array.dtype != v.dtype:
            from autograd_nn.engine.errors import ShapeError

            raise ShapeError(
                f"a tensor that a recorded function reads was {v.dtype}{v.shape} and is now "
                f"{array.dtype}{array.shape}; expected the same. Record the function again (make a "
                "new ag.jit of it)."
            )

    def _detach(self, moved: bool) -> None:
        """Lets the tensors show the states in fresh views: a tape that read one sees the change.

        moved   whether some tensor shows another array than the view it was given.
        Before a run, not after: what the run writes is then shown at the same moment by all.
        """
        if mode.changes is not None:  # within a step that may be put back: see whole.py
            found = [v.tensor for v in self._states if v.tensor is not None]
            mode.changes.append((found, [x.array.copy() for x in found]))
        holders = _holders(self._held)
        if not moved and holders.count(ALONE) == len(holders):
            return  # nobody else has the views there are
        for i, v in enumerate(self._states):
            tensor = v.tensor
            assert tensor is not None
            if holders[i] == ALONE and tensor.array is self._held[i]:
                continue  # nobody else has the view there is
            fresh = self._memory[v.index].view(np.ndarray)
            tensor.array = fresh
            self._held[i] = fresh

    # ---- running ------------------------------------------------------------------------------

    def run(
        self, arrays: list[np.ndarray], spare: Sequence[np.ndarray] = ()
    ) -> list[np.ndarray]:
        """One run: input arrays in, output arrays out, states updated.

        The outputs are fresh arrays, or lie in ``spare`` ones of their shape and dtype.
        """
        with self.lock, self._drawing():
            self._attach()
            for v, array in zip(self.plan.graph.inputs, arrays, strict=True):
                if array.flags.num & ORDERLY != ORDERLY:
                    array = orderly(array)
                if self._states:
                    array = self._apart(array)
                self._point(v.index, array)
                self._keep[v.index] = array
            self._execute(0, 1)
            views = [
                view if view is not None else self._view(self.plan.places[v.index])
                for v, view in zip(self.plan.graph.outputs, self._out_views, strict=True)
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
            for view, fixed in zip(views, self._out_views, strict=True)
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

    def feed(self, arrays: list[np.ndarray], order: np.ndarray) -> None:
        """Points a program built with ``batch`` at the arrays it takes rows from, in an order."""
        for v, array in zip((*self.plan.feeds, self.plan.order), (*arrays, order), strict=True):
            assert v is not None and orderly(array) is array and array.dtype == v.dtype
            for cell in self.plan.limits.get(v.index, ()):
                self._blocks[self._starts[cell[0]] + cell[1]] = len(array)
            self._point(v.index, array)
            self._keep[v.index] = array

    def steps(self, start: int, stop: int) -> None:
        """Runs batches start … stop - 1 of what was fed, natively one after another."""
        with self.lock, self._drawing():
            self._attach()
            self._execute(start, stop)

    def _drawing(self) -> AbstractContextManager[Any]:
        """Holds the generators that a run draws from: no two threads are to draw the same."""
        if len(self._streams) < 2:
            return self._streams[0].lock if self._streams else self.lock  # which is held already
        with ExitStack() as stack:
            for stream in self._streams:
                stack.enter_context(stream.lock)
            return stack.pop_all()

    def _execute(self, start: int, stop: int) -> None:
        """The native walk; raises what a kernel reported.

        A signal handler that raises comes before it or after it, never in between: Python takes no
        part. Where it does, an exception puts the states back.
        """
        if len(self._calls) == 1 and (only := self._calls[0]) is not None:
            only[3], only[4] = start, stop
            self._launch(self._runs[0])
            return
        states = [self._memory[v.index] for v in self._states]
        for step in range(start, stop):
            kept = [state.copy() for state in states]
            try:
                self._walk(step)
            except BaseException:
                deque(map(np.copyto, states, kept), maxlen=0)
                raise

    def _walk(self, step: int) -> None:
        """One step of a program to which Python makes some of the calls."""
        for segment, block, run in zip(self._segments, self._calls, self._runs, strict=True):
            if block is None:
                assert isinstance(segment, Step)
                self._by_python(segment)
                continue
            block[3], block[4] = step, step + 1
            self._launch(run)

    def _launch(self, run: Any) -> None:
        """Runs one stretch of the table, by the whole crew where the program is worth it."""
        if not self._heavy:
            self._run_kernel(run, 0, 1)
        else:
            self._ticket[0] = NOTHING
            crew.run(self._run_kernel, run)
        if self._status[0]:
            self._raise()

    def _raise(self) -> None:
        found = int(self._status[0])
        self._status[0] = 0
        raise self.plan.messages[found // OVER - 1](found % OVER)

    def _by_python(self, step: Step) -> None:
        """Makes a step's calls on arrays over the program's memory.

        Results are written when all calls are made: a loop may write where an operand lies that
        another of its calls reads, which is right entry by entry and wrong array by array.
        """
        calls = step.calls()
        assert calls is not None
        local: dict[int, np.ndarray] = {}
        with np.errstate(all="ignore"):
            for call in calls:
                assert isinstance(call, Call)
                arrays = [self._operand(x, local) for x in call.operands]
                found = call.op.forward(*arrays, **call.params)
                several = found if len(call.results) > 1 else (found,)
                for y, array in zip(call.results, several, strict=True):
                    local[y.index] = np.asarray(array)
            for y in [y for call in calls for y in call.results]:
                place = self.plan.places.get(y.index) or whole(y)
                if place.root.kind != "computed" or place.root.index in self.plan.offsets:
                    np.copyto(self._view(place), local[y.index], casting="unsafe")

    def _operand(self, x: Any, local: dict[int, np.ndarray]) -> Any:
        if isinstance(x, Immediate):
            return x.value
        if x.index in local:
            return local[x.index]
        place = self.plan.places[x.index]
        if place.root.index in local:  # a view of what an earlier call of the step made
            return local[place.root.index].reshape(x.shape)
        return self._view(place)

    # ---- reading ------------------------------------------------------------------------------

    def is_native(self, step: Step) -> bool:
        """Whether a step has a kernel; Python makes it where not, or where that did not compile."""
        source = self._sources.get(step)
        return source is not None and source not in self._failed

    def picture(self, path: str | os.PathLike[str] | None = None) -> str:
        """Its graph as SVG: instructions are boxes, buffers the lines; saved where ``path`` says.

        Notebooks show it by themselves. A line's buffer and its bytes appear under the pointer.
        """
        text = picture.svg(self)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def _repr_svg_(self) -> str:
        return picture.svg(self)

    def dot(self) -> str:
        """Its graph in the language of Graphviz: for another layout, or another format."""
        return picture.dot(self)

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

    def __str__(self) -> str:
        plan = self.plan
        lines = []
        native = python = 0
        for i, step in enumerate(plan.steps):
            where = "native" if self.is_native(step) else "python"
            native, python = native + (where == "native"), python + (where == "python")
            writes = ", ".join(f"%{v.index}:{v.dtype.str[1:]}{list(v.shape)}" for v in step.writes)
            reads = ", ".join(f"%{v.index}" for v in step.reads)
            lines.append(
                f"{i:4d}  {writes} = {step.name}({reads})  [{where}, {step.flops:,} flops, "
                f"{step.nbytes():,} bytes]"
            )
        inputs = ", ".join(f"{v!r}:{v.dtype.str[1:]}{list(v.shape)}" for v in plan.graph.inputs)
        head = [
            f"program: {len(plan.steps)} instructions ({native} native, {python} by Python), "
            f"{len(self.sources())} kernels",
            f"inputs: {inputs}",
            f"states: {len(plan.states)}, captured: {len(plan.graph.captured) - len(plan.states)}, "
            f"outputs: {len(plan.graph.outputs)}",
            f"arena: {plan.arena:,} bytes ({plan.unshared:,} without reuse); "
            f"peak: {self.peak_bytes:,} bytes; flops: {sum(s.flops for s in plan.steps):,}",
        ]
        return "\n".join(head + lines)


