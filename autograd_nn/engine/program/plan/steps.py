"""Steps: what the runner executes. Each has a kernel, its arguments, what it reads and writes."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd_nn.engine.graph.values import Call, Immediate, Value
from autograd_nn.engine.program.passes.fuse import COPIES, REDUCTIONS, Group
from autograd_nn.engine.program.plan.layout import Place, merge, whole
from autograd_nn.engine.program.target.cpu.compiler import Source
from autograd_nn.engine.program.target.cpu.loops import (
    Array,
    Loop,
    Reduction,
    Statement,
    code_of,
    itemsize,
    loop_text,
)
from autograd_nn.engine.shapes import axes as axes_of

SHARED_FROM = 3_000  # nanoseconds of work from which threads share an instruction
EACH = 1_500  # nanoseconds of work a part has at least


@dataclass(frozen=True, slots=True)
class Address:
    """A cell that holds where a value lies: its root's address and an offset in bytes."""

    root: Value
    offset: int = 0


Cell = int | Address
PARTS = 8  # of a shared instruction: small enough that no thread waits long for the last one


@dataclass(slots=True, eq=False)
class Step:
    """One instruction: a kernel and its cells, or (without a kernel) a call that Python makes."""

    name: str
    reads: list[Value]
    writes: list[Value]
    source: Source | None = None
    cells: list[Cell] = field(default_factory=list)
    call: Call | None = None
    places: dict[int, Place] | None = None
    loop: LoopPlan | None = None
    parts: int = 1  # how many threads may take separately: parts carry no result to one another
    flops: int = 0
    cost: float = 0  # roughly its nanoseconds on one core; 0: its arrays' sizes tell
    message: Callable[[int], Exception] | None = None  # what a reported cell means

    def calls(self) -> list[Call] | None:
        """The calls that Python can make in its place; None where it has no such equal."""
        if self.call is not None:
            return [self.call]
        return (self.loop.group.members or None) if self.loop is not None else None

    def work(self) -> float:
        """Roughly the nanoseconds it takes on one core."""
        if self.name == "matmul":
            return self.flops / 150
        if self.cost:
            return self.cost
        size = max((v.size for v in (*self.reads, *self.writes)), default=0)
        return 0.05 * max(size, 1) * (len(self.reads) + len(self.writes)) + 0.02 * self.flops

    def offered(self) -> int:
        """Into how many parts it is cut: one where sharing would cost more than it saves."""
        work = self.work()
        return 1 if work < SHARED_FROM else min(self.parts, 1 + int(work / EACH))

    def nbytes(self) -> int:
        """Bytes that are read and written."""
        return sum(v.nbytes for v in {id(v): v for v in (*self.reads, *self.writes)}.values())


@dataclass(slots=True)
class LoopPlan:
    """A fused loop before its text is written: its arrays, places merged to few dimensions."""

    group: Group
    sizes: tuple[int, ...]
    roots: list[Value]
    codes: list[str]
    offsets: list[int]
    strides: list[tuple[int, ...]]  # per array, per dimension, in entries
    statements: list[Statement]
    stores: list[tuple[int, tuple[str, Any]]]
    reductions: list[Reduction]
    scalars: list[float]
    aligned: list[bool]  # entry by entry, contiguous: may share memory with another such array
    scopes: list[int]
    bodies: dict[str, Callable[..., Any]]

    def finish(self) -> tuple[Source, list[Cell]]:
        """The kernel's source and argument cells, once scopes are settled."""
        n = len(self.sizes)
        arrays = []
        for k, strides in enumerate(self.strides):
            steps = "".join(
                "0" if s == 0 else ("1" if s == 1 and d == n - 1 else "s")
                for d, s in enumerate(strides)
            )
            arrays.append(Array(self.codes[k], self.scopes[k], steps))
        loop = Loop(
            n, tuple(arrays), tuple(self.statements), tuple(self.stores),
            tuple(self.reductions), len(self.scalars),
        )  # fmt: skip
        source = _source(loop, self.bodies)
        cells: list[Cell] = list(self.sizes)
        for root, offset, strides, code in zip(
            self.roots, self.offsets, self.strides, self.codes, strict=True
        ):
            cells.append(Address(root, offset * itemsize(code)))
            cells.extend(strides)
        cells.extend(struct.unpack("<q", struct.pack("<d", c))[0] for c in self.scalars)
        return source, cells


_sources: dict[Loop, Source] = {}


def _source(loop: Loop, bodies: dict[str, Callable[..., Any]]) -> Source:
    found = _sources.get(loop)
    if found is None:
        found = _sources[loop] = Source("loop", loop_text(loop, bodies, "loop"))
    return found


BAKED = (0, 1, 2, -1, 0.5, -0.5, 3, -2)  # numbers written into the kernel; others are arguments


class LoopBuilder:
    """Builds the plan of one group."""

    def __init__(self, group: Group, places: dict[int, Place]) -> None:
        self.group, self.places = group, places
        self.arrays: list[tuple[Place, tuple[int, ...]]] = []
        self.known: dict[Any, int] = {}
        self.statements: list[Statement] = []
        self.codes: list[str] = []
        self.of: dict[int, tuple[str, Any]] = {}
        self.stores: list[tuple[int, tuple[str, Any]]] = []
        self.reductions: list[tuple[str, int, tuple[str, Any], str]] = []
        self.scalars: list[float] = []
        self.bodies: dict[str, Callable[..., Any]] = {}
        self.flops = 0

    def array(self, place: Place, strides: tuple[int, ...]) -> int:
        """The number of a place walked with ``strides``, added where it is new."""
        key = (place.root.index, place.offset, strides)
        if key not in self.known:
            self.known[key] = len(self.arrays)
            self.arrays.append((place, strides))
            self.codes.append(code_of(place.root.dtype))
        return self.known[key]

    def broadcast(self, place: Place) -> tuple[int, ...]:
        """Strides of an operand over the loop's shape."""
        shape = self.group.shape
        lead = len(shape) - len(place.shape)
        return (0,) * lead + tuple(
            0 if n == 1 else s for n, s in zip(place.shape, place.strides, strict=True)
        )

    def operand(self, x: Any, compute: str) -> tuple[str, Any]:
        """How a statement names an operand: a constant, an earlier result or an array."""
        if isinstance(x, Immediate):
            value = x.value
            if compute == "B1" or isinstance(value, bool):
                return ("c", "True" if value else "False")
            if value in BAKED or compute[0] in "IU":
                return ("c", f"{compute}({value!r})")
            self.scalars.append(float(value))
            return ("c", f"{compute}(c{len(self.scalars) - 1})")
        if x.index in self.of:
            return self.of[x.index]
        place = self.places[x.index]
        # A view that changes nothing (size-1 axes swapped) is the value its root has in this loop.
        if place.direct and x.shape == place.root.shape and place.root.index in self.of:
            return self.of[place.root.index]
        if place.root.kind == "constant" and place.root.size == 1 and place.root.array is not None:
            number = place.root.array.reshape(-1)[0].item()
            if number in BAKED:
                code = code_of(place.root.dtype)
                return ("c", str(bool(number)) if code == "B1" else f"{code}({number!r})")
        return ("a", self.array(place, self.broadcast(place)))

    def add(self, call: Call) -> None:
        """Adds a call's statement, and a store where others read its result."""
        name, y = call.op.name, call.result
        if name in REDUCTIONS:
            self._reduce(call)
            return
        code = code_of(y.dtype)
        compute = code
        if code == "B1" and name not in COPIES:
            dtypes = [
                x.dtype if isinstance(x, Value) else x.value for x in call.operands
            ]
            if name == "where":
                dtypes = dtypes[1:]
            compute = code_of(np.result_type(*dtypes))
        operands = []
        for i, x in enumerate(call.operands):
            if name == "where" and i == 0:
                operands.append(self._condition(x))
            else:
                operands.append(self.operand(x, compute))
        op_name, body = name, call.op.body
        if name == "power" and isinstance(call.operands[1], Immediate):
            exponent = call.operands[1].value
            special = {2: "square", 0.5: "sqrt", -1: "reciprocal", 1: ""}.get(exponent)
            if special is not None:
                from autograd_nn.engine.op import REGISTRY

                op_name, operands = special, operands[:1]
                body = REGISTRY[special].body if special else None
        if name in COPIES:
            op_name, body = "", None
        if body is not None:
            self.bodies[op_name] = body
        self.of[y.index] = ("t", len(self.statements))
        self.statements.append(Statement(op_name, code, compute, tuple(operands)))
        self.flops += y.size
        if y.index in self.group.kept:
            place = self.places[y.index]
            # one array with the operand it may be: strides must be told alike
            self.stores.append((self.array(place, self.broadcast(place)), self.of[y.index]))

    def _condition(self, x: Any) -> tuple[str, Any]:
        if isinstance(x, Immediate):
            return ("c", "True" if x.value else "False")
        kind, what = self.operand(x, "B1")
        if x.dtype != np.bool_ and kind != "c":
            self.statements.append(Statement("", "B1", "B1", ((kind, what),)))
            return ("t", len(self.statements) - 1)
        return (kind, what)

    def _reduce(self, call: Call) -> None:
        x = call.operands[0]
        assert isinstance(x, Value)
        value = self.operand(x, code_of(x.dtype))
        y = whole(call.result)
        if call.op.name == "sum_to":
            lead = len(x.shape) - len(call.result.shape)
            gone = tuple(range(lead)) + tuple(
                i + lead
                for i, n in enumerate(call.result.shape)
                if n == 1 and x.shape[i + lead] != 1
            )
            kind = "sum"
        else:
            kind = call.op.name
            gone = axes_of(call.params["axis"], len(x.shape))
        kept = [s for s in y.strides]
        strides, rest = [], iter(kept)
        keep = len(call.result.shape) == len(x.shape)
        for i in range(len(x.shape)):
            if call.op.name == "sum_to" and i < len(x.shape) - len(call.result.shape):
                strides.append(0)
            elif i in gone:
                strides.append(0)
                if keep or call.op.name == "sum_to":
                    next(rest)
            else:
                strides.append(next(rest))
        over = "".join("r" if i in gone else "k" for i in range(len(x.shape)))
        k = self.array(y, tuple(strides))
        self.reductions.append((kind, k, value, over))
        self.flops += x.size

    def plan(self) -> LoopPlan:
        """The group's plan, its dimensions merged where every array allows."""
        for call in self.group.members:
            self.add(call)
        shape = self.group.shape
        over = [tuple(r[3][d] for r in self.reductions) for d in range(len(shape))]
        merged = merge(shape, [s for _, s in self.arrays], over)
        sizes = tuple(n for n, _, _ in merged)
        by_array = [tuple(c[1][k] for c in merged) for k in range(len(self.arrays))]
        reductions = [
            Reduction(kind, k, value, "".join(c[2][i] for c in merged))
            for i, (kind, k, value, _) in enumerate(self.reductions)
        ]
        reduced = {r.array for r in reductions}
        aligned = [
            k not in reduced and place.direct and place.shape == shape
            for k, (place, _) in enumerate(self.arrays)
        ]
        return LoopPlan(
            self.group, sizes, [p.root for p, _ in self.arrays], self.codes,
            [p.offset for p, _ in self.arrays], by_array, self.statements, self.stores,
            reductions, self.scalars, aligned, list(range(len(self.arrays))), self.bodies,
        )  # fmt: skip


def loop_step(group: Group, places: dict[int, Place]) -> Step:
    """The step of a fused group."""
    builder = LoopBuilder(group, places)
    plan = builder.plan()
    written = {k for k, _ in plan.stores} | {r.array for r in plan.reductions}
    reads = [root for k, root in enumerate(plan.roots) if k not in written]
    writes = [plan.roots[k] for k in sorted(written)]
    names = [m.op.name for m in group.members]
    shared = any(all(r.over[d] == "k" for r in plan.reductions) for d in range(len(plan.sizes)))
    return Step(
        "+".join(names), reads, writes, loop=plan, flops=builder.flops,
        parts=PARTS if shared else 1,
    )  # fmt: skip


def python_step(call: Call, places: dict[int, Place]) -> Step:
    """The step of a call that has no kernel: Python makes it, between native stretches."""
    reads = [places[x.index].root for x in call.operands if isinstance(x, Value)]
    return Step(call.op.name, reads, [call.result], call=call, places=places)


def copy_step(source: Place, target: Place) -> Step:
    """Writes one place's entries to another of the same shape."""
    group = Group(-1, source.shape)
    builder = LoopBuilder(group, {})
    a = builder.array(source, builder.broadcast(source))
    b = builder.array(target, builder.broadcast(target))
    builder.statements.append(Statement("", builder.codes[b], builder.codes[b], (("a", a),)))
    builder.stores.append((b, ("t", 0)))
    plan = builder.plan()
    return Step("copy", [source.root], [target.root], loop=plan, parts=PARTS if plan.sizes else 1)


def fill_step(target: Place, number: float) -> Step:
    """Writes one number everywhere."""
    builder = LoopBuilder(Group(-1, target.shape), {})
    b = builder.array(target, builder.broadcast(target))
    code = builder.codes[b]
    text = builder.operand(Immediate(number), code)
    builder.statements.append(Statement("", code, code, (text,)))
    builder.stores.append((b, ("t", 0)))
    plan = builder.plan()
    return Step("fill", [], [target.root], loop=plan, parts=PARTS if plan.sizes else 1)
