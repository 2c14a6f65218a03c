"""Recording: a function runs once, eagerly, and every op it executes is written down.

Forward, the backward rules, the optimizer's update, the metrics and the random draws are all ops,
so the record is one straight-line graph; no interpreter of Python is needed. A tensor from outside
that the function reads is *captured*: the program reads its contents of the moment at every run.
One that the function assigns (a weight, a counter) is an *effect*: every run writes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograd_nn.engine import tree
from autograd_nn.engine.graph.recorder import Recorder
from autograd_nn.engine.graph.replay import on_tensors
from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.mode import mode, recording
from autograd_nn.engine.node import Leaf, in_state
from autograd_nn.engine.tensor import Shared, Tensor, wrap
from autograd_nn.engine.weak import Weak

Structure = tuple[Any, list[Any]]


def record(f: Callable[..., Any], args: list[Any]) -> tuple[Any, Graph, Structure]:
    """Runs f on ``args`` (a list of trees whose Tensor leaves are the program's inputs).

    Returns f's own result, the graph, and the structure of the result: (tree structure, leaves),
    where a leaf is an index into the graph's outputs, or a Python object that is not a tensor.
    Inside another recording, what that one learns is the record replayed on ``args``.
    """
    if mode.recorder is None:
        return recorded(f, args, trial=False)
    graph, structure = trace(f, args)
    outputs = on_tensors(graph, [x for x in tree.flatten(args)[0] if isinstance(x, Tensor)])
    leaves = [s.value if isinstance(s, Fixed) else outputs[s] for s in structure[1]]
    return tree.unflatten(structure[0], leaves), graph, structure


def trace(f: Callable[..., Any], args: list[Any]) -> tuple[Graph, Structure]:
    """The record of f alone: f runs as a trial, and what it assigned is put back.

    A recording that goes on is told nothing of it. The record may be replayed and differentiated
    in every input, whether those of the trial were taped or not.
    """
    _, graph, structure = recorded(f, args, trial=True)
    return graph, structure


def recorded(
    f: Callable[..., Any], args: list[Any], trial: bool, recorder: Recorder | None = None
) -> tuple[Any, Graph, Structure]:
    """`record` and `trace`: f runs with its tensors renamed, and the recorder listens."""
    outer = mode.recorder
    recorder = recorder or Recorder(outer)
    recorder.trial |= trial
    leaves, structure = tree.flatten(args)
    fresh = []
    for leaf in leaves:
        if isinstance(leaf, Tensor):
            foreign = isinstance(leaf, Shared) or in_state(leaf.array)
            x = wrap(leaf.array.copy() if foreign else leaf.array.view())  # it tells inputs apart
            recorder.add_input(x)
            if trial and mode.taping and kind_of(x.array.dtype) == "f":
                x.node = Leaf()
                recorder.name(x)
            fresh.append(x)
        else:
            fresh.append(leaf)
    try:
        mode.recorder = recorder
        recording.append(recorder)
        result = f(*tree.unflatten(structure, fresh))
    except BaseException:
        if trial:
            recorder.undo()
        raise
    finally:
        mode.recorder = outer
        if recorder in recording:  # a signal handler may have raised before
            recording.remove(recorder)
    found, shape = tree.flatten(result)
    slots: list[Any] = []
    tensors: list[Tensor] = []
    for i, y in enumerate(found):
        if type(y) is Weak and not y.active:
            slots.append(Again(y.again))
            found[i] = y.value
        elif isinstance(y, Tensor):
            if recorder.assigned(y):  # a name of its own, or the result would keep what was made
                found[i] = wrap(y.array)
                found[i].node = y.node
                recorder.alias(found[i], y)
            elif y.node is None and not recorder.owns(y):  # he gets his own, as from a replay
                found[i] = wrap(y.array.copy())
                recorder.alias(found[i], y)
            slots.append(len(tensors))
            tensors.append(found[i])
        else:
            slots.append(Fixed(y))
        del y
    result = None if trial else tree.unflatten(shape, found)  # that of a trial nobody reads
    fresh.clear()
    found.clear()
    graph = recorder.finish(tensors)
    if trial:
        graph.undo()
    return result, graph, (shape, slots)


@dataclass(frozen=True, slots=True)
class Again:
    """A result that Python computes from the call's float arguments."""

    compute: Callable[[list[float]], float]


@dataclass(frozen=True, slots=True)
class Fixed:
    """A result that is not a tensor: the same object at every run."""

    value: Any
