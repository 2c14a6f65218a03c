"""Loops: the steps of a body between two marks, run again and again by the runner.

What is carried lies in the results themselves, as a state that every step writes. What runs over
the steps, and what is stacked, is read and written where it lies: the addresses move on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograd_nn.engine.graph.loops import Run, contents
from autograd_nn.engine.graph.values import Call, Graph, Immediate, Value
from autograd_nn.engine.op import REGISTRY
from autograd_nn.engine.program.layout import Part, Place, whole
from autograd_nn.engine.program.lower import lowering, lowering_of
from autograd_nn.engine.program.passes.expand import expand
from autograd_nn.engine.program.passes.joining.assemble import assemble
from autograd_nn.engine.program.passes.remake import remake
from autograd_nn.engine.program.passes.simplify import simplify
from autograd_nn.engine.program.passes.widen import widen
from autograd_nn.engine.program.plan.build import emit
from autograd_nn.engine.program.plan.builder import Builder
from autograd_nn.engine.program.plan.effects import settle
from autograd_nn.engine.program.plan.step import Repeat, Step


@lowering("scan")
def _scan(builder: Builder, call: Call) -> bool | str:
    run: Any = call.op.forward
    assert isinstance(run, Run)
    c = run.counts.carried
    for x, y in zip(call.operands[:c], call.results[:c], strict=True):
        assert isinstance(x, Value)
        builder.copy(builder.place(x), whole(y))
    for y in call.results[c + run.counts.stacked if run.length else c :]:
        builder.fill(y, 0)
    if not run.length:
        return True
    repeat = Repeat(run.length)
    body = _body(builder, call, run, repeat)
    if isinstance(body, str):
        return body
    stays = [builder.place(x).root for x in call.operands[c + run.counts.running :]
             if isinstance(x, Value)]  # fmt: skip
    inner = steps_of(builder, body, run.length, stays)
    if isinstance(inner, str):
        return inner
    reads = [builder.place(x).root for x in call.operands if isinstance(x, Value)]
    results = list(call.results)
    builder.add(Step(f"scan ×{run.length}", reads, results, begins=repeat))
    for step in inner:
        builder.add(step)
    builder.add(Step("again", results, [], ends=repeat))
    return True


def _body(builder: Builder, call: Call, run: Run, repeat: Repeat) -> Graph | str:
    """The body in values of the program; what a step hands on is assigned."""
    counts, length = run.counts, run.length
    c, n, s = counts.carried, counts.running, counts.stacked
    given: list[Any] = [*call.results[:c]]
    for x in call.operands[c : c + n]:
        given.append(_running(builder, builder.place(x), run.backwards, repeat))  # type: ignore[arg-type]
    given += call.operands[c + n :]
    found = made(builder, run.graph, given)
    if isinstance(found, str):
        return found
    calls, ends = found
    effects: list[tuple[Value, Value]] = []
    for y, new in zip(call.results[c : c + s], ends[c : c + s], strict=True):
        start = (length - 1) * new.nbytes if run.backwards else 0
        stride = -new.nbytes if run.backwards else new.nbytes
        effects.append((_part(builder, new.shape, y, start, stride, repeat), new))
    effects += zip(call.results[:c], ends[:c], strict=True)
    for total, new in zip(call.results[c + s :], ends[c + s :], strict=True):
        more = builder.value("computed", new.shape, new.dtype)
        calls.append(Call(REGISTRY["add"], (total, new), {}, (more,)))
        effects.append((total, more))
    return Graph([], calls, [], effects, builder.graph.values)


def made(builder: Builder, graph: Graph, given: list[Any]) -> tuple[list[Call], list[Any]] | str:
    """A record's calls and outputs in values of the program; or why there are none."""
    known: dict[int, Any] = {v.index: x for v, x in zip(graph.inputs, given, strict=True)}

    def now(x: Any) -> Any:
        if isinstance(x, Immediate):
            return x
        if x.index not in known:
            known[x.index] = builder.value("constant", x.shape, x.dtype, array=contents(x))
        return known[x.index]

    read = [x for one in graph.calls for x in one.operands if isinstance(x, Value)]
    if any(v.tensor is not None for v in (*read, *graph.outputs)):
        return "it reads a tensor of outside"
    calls = []
    for one in graph.calls:
        operands = tuple([now(x) for x in one.operands])
        results = tuple([builder.value("computed", v.shape, v.dtype) for v in one.results])
        known.update({v.index: y for v, y in zip(one.results, results, strict=True)})
        calls.append(Call(one.op, operands, one.params, results, one.taped))
    return calls, [now(v) for v in graph.outputs]


def steps_of(
    builder: Builder, body: Graph, times: int = 1, stays: Iterable[Value] = ()
) -> list[Step] | str:
    """A body's steps, which write what it hands on; or why they cannot be made natively.

    stays   roots that no step writes: what is made of them alone is made before.
    """
    inner = Builder(remake(assemble(simplify(expand(widen(body))))), builder, stays)
    _, moves = settle(inner)
    emit(inner, moves, lowering_of)
    inner.drop_unread(set())  # a body hands on what it has copied to its place
    for step in inner.steps:
        if step.kernel is None and step.loop is None and not (step.control or step.mark):
            return f"its body's {step.name} is made by Python: {step.why}"
        step.times *= times
        step.depth += 1
    builder.add_before(inner.ahead)
    return inner.steps


def _part(
    builder: Builder, shape: tuple[int, ...], base: Value, start: int, stride: int, repeat: Repeat
) -> Part:
    """A new part of an array."""
    values = builder.graph.values
    part = Part(len(values), "part", shape, base.dtype, None, None, base, start, stride, repeat)
    values.append(part)
    return part


def _running(builder: Builder, place: Place, backwards: bool, repeat: Repeat) -> Value:
    """One step's value of what runs over the steps, where it lies."""
    if any(step < 0 for step in place.strides[1:]):
        place = builder.ordered(place)
    size = place.root.dtype.itemsize
    last = (place.shape[0] - 1) * place.strides[0] if backwards else 0
    shape, strides = place.shape[1:], place.strides[1:]
    plain = Place(place.root, 0, shape, strides).contiguous
    reach = 1 + sum((n - 1) * k for n, k in zip(shape, strides, strict=True))
    part = _part(
        builder, shape if plain else (max(reach, 1),), place.root, (place.offset + last) * size,
        (-1 if backwards else 1) * place.strides[0] * size, repeat,
    )  # fmt: skip
    if plain:
        return part
    seen = builder.value("computed", shape, place.root.dtype)
    builder.places[seen.index] = Place(part, 0, shape, strides)
    return seen
