"""A loop whose body is a record: run on arrays step by step, and split for the way back.

The body's inputs are, in this order, what is carried from step to step, what runs over the steps
(one entry a step) and what stays; its outputs what is carried on, what is stacked, and what is
added up over the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_nn.engine.graph.values import Call, Graph, Immediate, Value


@dataclass(frozen=True, slots=True)
class Counts:
    """How many inputs (carried, over the steps, staying) and outputs (stacked, added up)."""

    carried: int
    running: int
    staying: int
    stacked: int
    added: int = 0


def closed(graph: Graph, order: Sequence[Value]) -> Graph:
    """The record as a function of ``order`` alone: what it captured are inputs like the others.

    A call that only copies its operand is that.
    """
    for v in order:
        if v.kind == "captured":
            v.kind, v.tensor = "input", None
    same: dict[int, Value] = {}

    def now(x: Any) -> Any:
        return same.get(x.index, x) if isinstance(x, Value) else x

    calls: list[Call] = []
    for call in graph.calls:
        operands = tuple([now(x) for x in call.operands])
        if call.op.keeps and call.taped and call.op.differentiable:
            (x,), y = operands, call.result
            if isinstance(x, Value) and x.shape == y.shape and x.dtype == y.dtype:
                same[y.index] = x
                continue
        calls.append(Call(call.op, operands, call.params, call.results, call.taped))
    return Graph(list(order), calls, [now(v) for v in graph.outputs], [], graph.values)


def part(inputs: Sequence[Value], outputs: Sequence[Value], calls: Sequence[Call]) -> Graph:
    """The calls that outputs need, down to the inputs."""
    needed = {v.index for v in outputs} - {v.index for v in inputs}
    kept: list[Call] = []
    known = {v.index for v in inputs}
    for call in reversed(calls):
        if any(v.index in needed for v in call.results):
            kept.append(call)
            needed |= {x.index for x in call.operands if isinstance(x, Value)} - known
    return Graph(list(inputs), kept[::-1], list(outputs), [], [])


def contents(v: Value) -> np.ndarray | None:
    """What a value holds that no call makes and nobody gives."""
    return v.tensor.array if v.tensor is not None else v.array


class Steps:
    """A record as a function of lists of arrays, its calls looked up once."""

    def __init__(self, graph: Graph) -> None:
        places: dict[int, int] = {}
        self.start: list[Any] = []

        def place(x: Any) -> int:
            if isinstance(x, Immediate):
                self.start.append(x.value)
                return len(self.start) - 1
            if x.index not in places:
                places[x.index] = len(self.start)
                self.start.append(contents(x))
            return places[x.index]

        self.count = len(graph.inputs)
        for v in graph.inputs:
            places[v.index] = len(self.start)  # one place each, also where one is given twice
            self.start.append(None)
        self.calls: list[tuple[Callable[..., Any], tuple[int, ...], dict, Any]] = []
        for call in graph.calls:
            operands = tuple([place(x) for x in call.operands])
            results = tuple([place(v) for v in call.results])
            made: Any = results if call.op.results > 1 else results[0]
            self.calls.append((call.forward, operands, call.params, made))
        self.ends = [place(v) for v in graph.outputs]

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        known = self.start.copy()
        known[: self.count] = inputs
        for forward, operands, params, made in self.calls:
            y = forward(*[known[i] for i in operands], **params)
            if made.__class__ is int:
                known[made] = y
            else:
                for i, one in zip(made, y, strict=True):
                    known[i] = one
        return [known[i] for i in self.ends]


class Bodied:
    """What runs records on arrays: the forward function of an op whose parameters they are."""


class Run(Bodied):
    """A loop on arrays: what is carried at the end, what is stacked, what is added up.

    own   whether the body is the user's own: what else a derivative computes does not warn.
    """

    def __init__(
        self, graph: Graph, counts: Counts, length: int, backwards: bool, own: bool = False
    ) -> None:
        self.graph, self.counts, self.length, self.backwards = graph, counts, length, backwards
        self.own, self._steps = own, Steps(graph)

    def __call__(self, *arrays: Any) -> Any:
        if self.own:
            found = self._run(arrays)
        else:
            with np.errstate(all="ignore"):
                found = self._run(arrays)
        return found if len(found) > 1 else found[0]

    def _run(self, arrays: Sequence[Any]) -> tuple[np.ndarray, ...]:
        counts, length, steps = self.counts, self.length, self._steps
        c, n = counts.carried, counts.running
        carried, running, staying = list(arrays[:c]), arrays[c : c + n], list(arrays[c + n :])
        made = self.graph.outputs[c:]
        stacked = [np.empty((length, *v.shape), v.dtype) for v in made[: counts.stacked]]
        added = [np.zeros(v.shape, v.dtype) for v in made[counts.stacked :]]
        for t in reversed(range(length)) if self.backwards else range(length):
            found = steps([*carried, *[x[t] for x in running], *staying])
            carried = found[:c]
            for whole, one in zip(stacked, found[c : c + counts.stacked], strict=True):
                whole[t] = one
            for total, one in zip(added, found[c + counts.stacked :], strict=True):
                total += one
        # what a step hands on may be an operand of the loop's, or show one's memory
        return (*[np.array(x) for x in carried], *stacked, *added)


@dataclass(slots=True)
class Split:
    """A body and its way back in two parts, and what lies between them.

    there       the body; it stacks what the way back asks for, too.
    back        from cotangents and what was kept to cotangents.
    kept        how many results of the body are kept.
    running     which of the body's running inputs the way back reads.
    staying     which of its staying inputs.
    """

    there: Graph
    back: Graph
    kept: int
    running: list[int]
    staying: list[int]


def split(whole: Graph, counts: Counts, outputs: int, given: int) -> Split:
    """Splits the record of a body and its derivative, outputs then cotangents, in two.

    whole     a function of the body's inputs, then of ``given`` cotangents.
    outputs   how many of its outputs are the body's own.
    What does not depend on a cotangent runs on the way there; what of it the way back reads is
    kept, step by step. What depends on staying inputs alone, and a view of all of something, is
    made on the way back once more: it costs little.
    """
    own = whole.inputs[: len(whole.inputs) - given]
    late = {v.index for v in whole.inputs[len(whole.inputs) - given :]}
    stays = {v.index for v in own[counts.carried + counts.running :]}
    calls_late: list[Call] = []
    for call in whole.calls:
        read = [x for x in call.operands if isinstance(x, Value)]
        if any(x.index in late for x in read):
            late |= {v.index for v in call.results}
            calls_late.append(call)
        elif all(x.index in stays or contents(x) is not None for x in read):
            stays |= {v.index for v in call.results}
            calls_late.append(call)  # both ways; `part` drops what nobody reads
        elif call.op.kind == "view" and call.result.size == read[0].size:
            calls_late.append(call)  # its operand is kept: stacked as it lies
    wanted = whole.outputs[outputs:]
    ends = part([], wanted, calls_late)
    inside = {v.index for call in ends.calls for v in call.results}
    reads = {x.index: x for call in ends.calls for x in call.operands if isinstance(x, Value)}
    reads |= {v.index: v for v in wanted}
    running = own[counts.carried : counts.carried + counts.running]
    staying = own[counts.carried + counts.running :]
    entered = {v.index for v in (*running, *staying, *whole.inputs[len(own) :])}
    kept = [v for k, v in reads.items()
            if k not in inside and k not in entered and contents(v) is None]  # fmt: skip
    used = [i for i, v in enumerate(running) if v.index in reads]
    stay = [i for i, v in enumerate(staying) if v.index in reads]
    there_out = whole.outputs[:outputs]
    before, after = there_out[: counts.carried + counts.stacked], there_out[
        counts.carried + counts.stacked :
    ]
    there = part(own, [*before, *kept, *after], whole.calls)
    entries = [*whole.inputs[len(own) :], *kept, *[running[i] for i in used],
               *[staying[i] for i in stay]]  # fmt: skip
    return Split(there, part(entries, wanted, calls_late), len(kept), used, stay)
