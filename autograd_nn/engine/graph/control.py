"""Branches and loops of unknown length whose bodies are records, run on arrays.

All graphs of one op take the same operands, in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd_nn.engine.graph.loops import Bodied, Steps, closed
from autograd_nn.engine.graph.values import Graph, Value
from autograd_nn.engine.mode import mode
from autograd_nn.engine.tensor import Tensor


@dataclass(slots=True)
class Opened:
    """Several records as functions of the same operands.

    graphs    each a function of the arguments, then of ``outside``; its outputs are its results,
              then the new contents of ``states``.
    outside   the tensors that any of them captured.
    states    those of them that any of them assigns to.
    """

    graphs: list[Graph]
    outside: list[Tensor]
    states: list[Tensor]


def opened(graphs: Sequence[Graph]) -> Opened:
    """Records of functions of equal arguments, with what any of them captured as arguments too."""
    outside: dict[int, Tensor] = {}
    states: dict[int, Tensor] = {}
    for graph in graphs:
        outside |= {id(v.tensor): v.tensor for v in graph.captured if v.tensor is not None}
        states |= {id(old.tensor): old.tensor for old, _ in graph.effects if old.tensor is not None}
    outside |= states
    found = []
    for graph in graphs:
        own = {id(v.tensor): v for v in graph.captured}
        own |= {id(old.tensor): old for old, _ in graph.effects}
        new = {id(old.tensor): made for old, made in graph.effects}
        for key, x in outside.items():
            if key not in own:
                own[key] = Value(len(graph.values), "input", x.array.shape, x.array.dtype)
                graph.values.append(own[key])
        order = [*graph.inputs, *[own[key] for key in outside]]
        graph.outputs = [*graph.outputs, *[new.get(key, own[key]) for key in states]]
        found.append(closed(graph, order))
    return Opened(found, list(outside.values()), list(states.values()))


class Choice(Bodied):
    """One of several records, by its number, on arrays: (index, *operands) -> results."""

    def __init__(self, graphs: Sequence[Graph]) -> None:
        self.graphs = graphs
        self._branches = [Steps(graph) for graph in graphs]

    def __call__(self, index: Any, *arrays: Any) -> Any:
        return _fresh(self._branches[int(index)](arrays))


class While(Bodied):
    """``body`` again and again while ``test`` holds, on arrays: what is carried, at the end.

    test, body   records of functions of what is carried, then of what stays.
    """

    def __init__(self, test: Graph, body: Graph, carried: int) -> None:
        self.test, self.body, self.carried = test, body, carried
        self._test, self._body = Steps(test), Steps(body)

    def __call__(self, *arrays: Any) -> Any:
        carry, staying = list(arrays[: self.carried]), arrays[self.carried :]
        if mode.recorder is not None and mode.recorder.trial:  # of what a trial has it may not end
            return _fresh(carry)
        while self._test([*carry, *staying])[0]:
            carry = self._body([*carry, *staying])
        return _fresh(carry)


def _fresh(arrays: Sequence[Any]) -> Any:
    """Results that show no operand's memory."""
    found = tuple([np.array(x) for x in arrays])
    return found if len(found) > 1 else found[0]
