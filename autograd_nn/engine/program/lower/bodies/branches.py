"""Branches, and loops of unknown length: steps between labels, and jumps that say where to go on.

Results lie where they are asked for; every branch, or every turn of a loop, writes them there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd_nn.engine.graph.control import Choice, While
from autograd_nn.engine.graph.values import Call, Graph, Value
from autograd_nn.engine.op import REGISTRY
from autograd_nn.engine.program.layout import Place, whole
from autograd_nn.engine.program.lower import lowering
from autograd_nn.engine.program.lower.bodies.loops import made, steps_of
from autograd_nn.engine.program.plan.builder import Builder
from autograd_nn.engine.program.plan.loops.loop import Cell
from autograd_nn.engine.program.plan.step import Jump, Label, Repeat, Step


@lowering("switch")
def _switch(builder: Builder, call: Call) -> bool | str:
    choice: Any = call.op.forward
    assert isinstance(choice, Choice)
    index, *given = call.operands
    bodies = [_written(builder, graph, given, call.results) for graph in choice.graphs]
    found: list[list[Step]] = []
    for body in bodies:
        if isinstance(body, str):
            return body
        found.append(body)
    reads = [builder.place(x).root for x in call.operands if isinstance(x, Value)]
    results = list(call.results)
    labels, end = [Label() for _ in found], Label()
    title = f"switch of {len(found)}" if len(found) > 1 else "checkpoint"
    builder.add(Step(title, reads, results, label=Label()))
    if len(found) > 1:
        builder.add(_jump(builder.of(index, np.dtype(np.int64)), labels))
    for label, steps in zip(labels, found, strict=True):
        builder.add(Step("branch", [], [], label=label))
        for step in steps:
            builder.add(step)
        if label is not labels[-1]:
            builder.add(_jump(None, [end]))
    builder.add(Step("end", [], [], label=end))
    return True


@lowering("while")
def _while(builder: Builder, call: Call) -> bool | str:
    loop: Any = call.op.forward
    assert isinstance(loop, While)
    c = loop.carried
    for x, y in zip(call.operands[:c], call.results, strict=True):
        assert isinstance(x, Value)
        builder.copy(builder.place(x), whole(y))
    given = [*call.results, *call.operands[c:]]
    on = builder.value("computed", (), np.int64)
    stays = [builder.place(x).root for x in call.operands[c:] if isinstance(x, Value)]
    test = _written(builder, loop.test, given, (on,), stays)
    body = _written(builder, loop.body, given, call.results, stays)
    if isinstance(test, str):
        return test
    if isinstance(body, str):
        return body
    reads = [builder.place(x).root for x in call.operands if isinstance(x, Value)]
    results = list(call.results)
    start, on_, end = Label(), Label(), Label()
    repeat = Repeat(1)
    builder.add(Step("while", reads, results, begins=repeat))
    builder.add(Step("test", [], [], label=start))
    for step in test:
        builder.add(step)
    builder.add(_jump(builder.place(on), [end, on_]))
    builder.add(Step("body", [], [], label=on_))
    for step in body:
        builder.add(step)
    back = _jump(None, [start])
    back.reads, back.ends = [*reads, *results], repeat
    builder.add(back)
    builder.add(Step("end", [], [], label=end))
    return True


def _written(
    builder: Builder, graph: Graph, given: list[Any], results: tuple[Value, ...],
    stays: Iterable[Value] = (),
) -> list[Step] | str:
    """The steps of a record that write its outputs to values; or why there are none."""
    found = made(builder, graph, given)
    if isinstance(found, str):
        return found
    calls, ends = found
    effects = []
    for y, new in zip(results, ends, strict=True):
        if new.dtype != y.dtype:  # a truth value, as a number
            truth, new = new, builder.value("computed", y.shape, y.dtype)
            calls.append(Call(REGISTRY["astype"], (truth,), {"dtype": y.dtype}, (new,)))
        effects.append((y, new))
    return steps_of(builder, Graph([], calls, [], effects, builder.graph.values), 1, stays)


def _jump(place: Place | None, labels: list[Label]) -> Step:
    """A jump to the label whose number a place shows; to the only one where there is no place."""
    cells: list[Cell] = [0 if place is None else place.address, len(labels), *[0] * len(labels)]
    reads = [] if place is None else [place.root]
    return Step("go on", reads, [], cells=cells, jump=Jump(tuple(labels)))
