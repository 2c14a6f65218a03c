"""Fused groups as loops: each call a statement, each array a place with strides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine.graph.values import Call, Immediate, Value
from autograd_nn.engine.program.dtypes import bits_of, code_of, loop_code, register_of
from autograd_nn.engine.program.layout import Place, merge, row_major, spread, whole
from autograd_nn.engine.program.passes.fuse import Group
from autograd_nn.engine.program.passes.landing import landing
from autograd_nn.engine.program.plan.loops.loop import LoopPlan, Named, Reduction, Statement
from autograd_nn.engine.program.plan.step import Step
from autograd_nn.engine.shapes import axes as axes_of

BAKED = (0, 1, 2, -1, 0.5, -0.5, 3, -2)  # numbers written into the kernel; others are arguments


class LoopBuilder:
    """Builds the plan of one group; ``code`` names the dtypes of its arrays."""

    def __init__(
        self, group: Group, places: dict[int, Place], code: Callable[[np.dtype], str] = loop_code
    ) -> None:
        self.code = code
        self.group, self.places = group, places
        self.arrays: list[tuple[Place, tuple[int, ...]]] = []
        self.by: dict[int, int] = {}  # of arrays that go through row numbers, where those are
        self.known: dict[Any, int] = {}
        self.statements: list[Statement] = []
        self.codes: list[str] = []
        self.of: dict[int, Named] = {}
        self.stores: list[tuple[int, Named]] = []
        self.reductions: list[tuple[str, int, Named, str]] = []
        self.scalars: list[float] = []
        self.landed: set[int] = set()  # arrays in which entries land
        self.entries: frozenset[int] = frozenset()  # the axes of the entries of windows that land
        self.started: list[Value] = []  # results that are to be zeros before
        self.flops = 0

    def array(self, place: Place, strides: tuple[int, ...]) -> int:
        """The number of a place walked with ``strides``, added where it is new."""
        key = (place.root.index, place.offset, strides, place.by and place.by.index)
        if key not in self.known:
            self.known[key] = k = len(self.arrays)
            self.arrays.append((place, strides))
            self.codes.append(self.code(place.root.dtype))
            if place.by is not None:
                self.by[k] = self.array(whole(place.by), (1, *(0 for _ in strides[1:])))
        return self.known[key]

    def operand(self, x: Any, compute: str) -> Named:
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
                code = register_of(self.code(place.root.dtype))
                return ("c", str(bool(number)) if code == "B1" else f"{code}({number!r})")
        return ("a", self.array(place, spread(place, self.group.shape).strides))

    def add(self, call: Call) -> None:
        """Adds a call's statement, and a store where others read its result."""
        op, y = call.op, call.result
        if op.lands is not None:
            self._land(call)
            return
        if op.fold:
            self._reduce(call)
            return
        code = compute = loop_code(y.dtype)
        if code == "B1" and op.kind != "copy":
            dtypes = [
                x.dtype if isinstance(x, Value) else x.value
                for i, x in enumerate(call.operands)
                if i not in op.conditions
            ]
            compute = code_of(np.result_type(*dtypes))
        operands = [
            self._condition(x) if i in op.conditions else self.operand(x, register_of(compute))
            for i, x in enumerate(call.operands)
        ]
        body = None if op.kind == "copy" else op.body
        self.of[y.index] = ("t", len(self.statements))
        made = Statement(body, code, compute, tuple(operands), op.conditions)
        self.statements.append(made)
        self.flops += y.size
        if y.index in self.group.kept:
            place = self.places[y.index]
            # one array with the operand it may be: strides must be told alike
            k = self.array(place, spread(place, self.group.shape).strides)
            self.stores.append((k, self.of[y.index]))

    def _condition(self, x: Any) -> Named:
        if isinstance(x, Immediate):
            return ("c", "True" if x.value else "False")
        kind, what = self.operand(x, "B1")
        if x.dtype != np.bool_ and kind != "c":
            self.statements.append(Statement(None, "B1", "B1", ((kind, what),)))
            return ("t", len(self.statements) - 1)
        return (kind, what)

    def _reduce(self, call: Call) -> None:
        x = call.operands[0]
        assert isinstance(x, Value)
        value = self.operand(x, code_of(x.dtype))
        gone = _gone(call, x)
        left = row_major(tuple(1 if i in gone else n for i, n in enumerate(x.shape)))
        strides = tuple(0 if i in gone else s for i, s in enumerate(left))
        over = "".join("r" if i in gone else "k" for i in range(len(x.shape)))
        k = self.array(whole(call.result), strides)
        self.reductions.append((call.op.fold, k, value, over))
        self.flops += x.size

    def _land(self, call: Call) -> None:
        """Adds each entry where it lands; where no two land on one another, stores it there."""
        x, y = call.operands[0], call.result
        assert isinstance(x, Value)
        where = self.places[x.index]
        found = landing(call, where)
        value = self.of.get(where.root.index) if not found.order else None
        if value is None:
            order = found.order
            strides = tuple(where.strides[i] for i in order) or row_major(where.root.shape)
            value = ("a", self.array(where, strides))
        k = self.array(whole(y), found.strides)
        self.landed.add(k)
        self.entries = found.entries
        if found.meets:
            over = "".join("m" if i in found.meets else "k" for i in range(len(found.shape)))
            self.reductions.append(("sum", k, value, over))
        else:
            self.stores.append((k, value))
        if not found.fills:
            self.started.append(y)
        self.flops += x.size

    def plan(self) -> LoopPlan:
        """The group's plan, its dimensions merged where every array allows."""
        for call in self.group.members:
            self.add(call)
        shape, spare = self.group.shape, self.group.spare
        skipped = None if spare is None else self.array(whole(spare), (0,) * len(shape))
        over = [
            (*[r[3][d] for r in self.reductions], d in self.entries) for d in range(len(shape))
        ]
        if self.by:
            over[0] = ("by", *over[0])  # rows are no part of a longer axis
        merged = merge(shape, [s for _, s in self.arrays], over)
        sizes = tuple(n for n, _, _ in merged)
        by_array = [tuple(c[1][k] for c in merged) for k in range(len(self.arrays))]
        reductions = [
            Reduction(kind, k, value, "".join(c[2][i] for c in merged))
            for i, (kind, k, value, _) in enumerate(self.reductions)
        ]
        reduced = {r.array for r in reductions}
        aligned = [
            k not in reduced and k not in self.landed and place.direct and place.shape == shape
            for k, (place, _) in enumerate(self.arrays)
        ]
        return LoopPlan(
            self.group, sizes, [p.root for p, _ in self.arrays], self.codes,
            [p.offset for p, _ in self.arrays], by_array, self.statements, self.stores,
            reductions, self.scalars, aligned, list(range(len(self.arrays))), self.started,
            self.by, skipped, entries=[d for d, (_, _, mark) in enumerate(merged) if mark[-1]],
        )  # fmt: skip


def _gone(call: Call, x: Value) -> tuple[int, ...]:
    """The axes that a reduction goes over: those it names, or those that a broadcast added."""
    if "axis" in call.params:
        return axes_of(call.params["axis"], len(x.shape))
    shape = call.result.shape
    lead = len(x.shape) - len(shape)
    ones = (i for i, n in enumerate(shape) if n == 1 and x.shape[i + lead] != 1)
    return (*range(lead), *(i + lead for i in ones))


def loop_step(group: Group, places: dict[int, Place]) -> Step:
    """The step of a fused group."""
    builder = LoopBuilder(group, places)
    plan = builder.plan()
    written = plan.written()
    reads = [root for k, root in enumerate(plan.roots) if k not in written]
    writes = list(dict.fromkeys(plan.roots[k] for k in sorted(written)))
    name = "+".join(m.op.name for m in group.members)
    return Step(name, reads, writes, loop=plan, flops=builder.flops, parts=plan.parts())


def python_step(call: Call, places: dict[int, Place]) -> Step:
    """The step of a call that has no kernel: Python makes it, between native stretches."""
    reads = [places[x.index].root for x in call.operands if isinstance(x, Value)]
    return Step(call.op.name, reads, list(call.results), call=call, places=places)


def copy_step(source: Place, target: Place) -> Step:
    """Writes one place's entries to another of the same shape."""
    builder = LoopBuilder(Group(-1, source.shape), {}, bits_of)
    named = ("a", builder.array(source, source.strides))
    return _written(builder, "copy", [source.root], target, named)


def fill_step(target: Place, number: float) -> Step:
    """Writes one number everywhere."""
    builder = LoopBuilder(Group(-1, target.shape), {}, bits_of)
    named = builder.operand(Immediate(number), bits_of(target.root.dtype))
    return _written(builder, "fill", [], target, named)


def _written(
    builder: LoopBuilder, name: str, reads: list[Value], target: Place, what: Named
) -> Step:
    """The step that writes one thing to the whole of a place."""
    code = bits_of(target.root.dtype)
    builder.statements.append(Statement(None, code, code, (what,)))
    builder.stores.append((builder.array(target, target.strides), ("t", 0)))
    plan = builder.plan()
    return Step(name, reads, [target.root], loop=plan, parts=plan.parts())
