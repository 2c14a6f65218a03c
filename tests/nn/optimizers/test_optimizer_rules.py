"""Every call of every update counts: altered alone, it moves weights or state away from the sample.

The sample of tests/nn/data tells weights and state after fifty steps to five digits. Here the
update of each case is recorded and run again with one of its calls altered; a call whose every
alteration stays within those five digits over the first steps would be one that nobody tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.graph.replay import array_of, by_numpy, replay
from autograd_nn.engine.graph.values import Immediate, Value
from autograd_nn.nn import optimizers
from autograd_nn.nn.optimizers.slot import Slots
from tests.nn.optimizers.optimizer_cases import CASES, OWN, SHAPES, gradients, start, title

STEPS = 8
ALTERED: list[Callable[[np.ndarray], np.ndarray]] = [
    lambda y: y * np.asarray(1.01, y.dtype) if y.dtype.kind == "f" else ~y,
    lambda y: -y,
    lambda y: 0 * y,
]


def recorded(case: Any, name: str) -> tuple[Any, Any]:
    """The record of one step of one weight, and the state before the first."""
    optimizer = getattr(optimizers, case[0])(**case[1])
    w = ag.Tensor(start()[name])
    _, (slots,), shared = optimizer.initial_state([w])

    def step(g: Any, w: Any, slots: Any, shared: Any, count: Any) -> Any:
        held, common = Slots(**slots), Slots(**shared)
        rate = ag.astype(ag.Tensor(float(optimizer.learning_rate)), dtype=np.float32)
        lr = optimizer.prepare(rate, count, common)
        return optimizer.update(g, w, held, lr, count), vars(held), vars(common)

    arguments = [ag.zeros_like(w), w, slots, shared, ag.Tensor(np.float32(1))]
    _, graph, _ = record(step, arguments)
    held = [np.array(t) for t in (w, *slots.values(), *shared.values())]
    return graph, held


def needed(graph: Any) -> list[Any]:
    """The calls that lead to an output: of Muon's two updates a weight has one."""
    wanted, found = {v.index for v in graph.outputs}, []
    for call in reversed(graph.calls):
        if call.result.index in wanted:
            wanted |= {x.index for x in call.operands if isinstance(x, Value)}
            found.append(call)
    return found


def run(graph: Any, held: list[np.ndarray], place: int, rule: Any) -> Any:
    """The state after each step: what the outputs are is what the inputs become."""
    found = held
    for t, gs in enumerate(gradients(STEPS), 1):
        with np.errstate(all="ignore"):
            found, _ = replay(graph, [gs[place], *found, np.float32(t)], rule, array_of)
        yield found


def agree(a: list[np.ndarray], b: list[np.ndarray]) -> bool:
    return all(np.allclose(x, y, rtol=3e-5, atol=3e-6) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("case", [*CASES, *OWN], ids=title)
def test_no_call_of_an_update_is_idle(case: Any, name: str) -> None:
    graph, held = recorded(case, name)
    place = list(SHAPES).index(name)
    told = list(run(graph, held, place, by_numpy))
    idle = []
    for chosen in needed(graph):
        by_nothing = any(type(x) is Immediate and x.value == 0 for x in chosen.operands)
        if chosen.op.name == "astype" or by_nothing:  # an option that is 0 leaves nothing to see
            continue

        def noticed(change: Any, chosen: Any = chosen) -> bool:
            def rule(call: Any, operands: list[Any]) -> Any:
                y = by_numpy(call, operands)
                return change(y) if call is chosen else y

            pairs = zip(run(graph, held, place, rule), told, strict=True)
            return any(not agree(a, b) for a, b in pairs)

        changes = ALTERED[:1] if chosen.result.dtype.kind == "b" else ALTERED
        if not any(map(noticed, changes)):
            idle.append(chosen.op.name)
    # Lamb's move is as long as the weights, however long d is: what only scales d goes unseen.
    assert set(idle) <= ({"power"} if case[0] == "Lamb" else set())
