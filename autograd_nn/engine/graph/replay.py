"""Replay: a record is run again, call by call, on whatever a rule computes with.

Arrays repeat a step in NumPy, other arrays run it elsewhere, names write it to a file, and tensors
have it taped, differentiated and recorded again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine.errors import RecordError
from autograd_nn.engine.graph.values import Call, Graph, Immediate, Value
from autograd_nn.engine.mode import mode, taping
from autograd_nn.engine.tensor import Tensor, wrap

Rule = Callable[[Call, list[Any]], Any]  # the result; a tuple where there are several


def replay(
    graph: Graph, inputs: Sequence[Any], rule: Rule, outside: Callable[[Value], Any]
) -> tuple[list[Any], list[Any]]:
    """The outputs of a record and the new contents of its effects, in order; nothing is assigned.

    inputs    what stands for the record's inputs.
    rule      (call, operands) -> what stands for the call's result, a tuple for several. Operands
              are what rules made, or Python numbers.
    outside   what stands for a value that the record did not compute: captured, or a constant.
    """
    ends = [*graph.outputs, *(new for _, new in graph.effects)]
    uses = Counter(x.index for call in graph.calls for x in call.operands if isinstance(x, Value))
    uses.update(v.index for v in ends)
    known = dict(zip([v.index for v in graph.inputs], inputs, strict=True))

    def read(x: Any) -> Any:
        if isinstance(x, Immediate):
            return x.value
        if x.index not in known:
            known[x.index] = outside(x)
        uses[x.index] -= 1
        return known[x.index] if uses[x.index] else known.pop(x.index)  # nobody else asks for it

    for call in graph.calls:
        made = rule(call, [read(x) for x in call.operands])
        made = made if len(call.results) > 1 else (made,)
        for v, y in zip(call.results, made, strict=True):
            if uses[v.index]:
                known[v.index] = y
    found = [read(v) for v in ends]
    return found[: len(graph.outputs)], found[len(graph.outputs) :]


def array_of(v: Value) -> np.ndarray:
    """A value that the record did not compute, as an array: what the captured tensor holds now."""
    return v.array if v.tensor is None else v.tensor.array  # type: ignore[return-value]


def by_numpy(call: Call, operands: list[Any]) -> Any:
    """The rule of arrays: the op's kernel in NumPy."""
    y = call.forward(*operands, **call.params)
    return np.asarray(y) if len(call.results) == 1 else tuple(map(np.asarray, y))


def tensor_of(v: Value) -> Tensor:
    """A value that the record did not compute, as a tensor: the captured one itself."""
    if v.tensor is not None:
        return v.tensor
    x = wrap(v.array)
    if mode.recorder is not None:
        mode.recorder.constant(x)
    return x


def plain(call: Call, operands: list[Any]) -> Any:
    """The rule of tensors: the op's own function, taped only where the record was."""
    with taping(mode.taping and call.taped):
        return call.op.function(*operands, **call.params)


def on_tensors(graph: Graph, inputs: Sequence[Tensor], rule: Rule = plain) -> list[Tensor]:
    """A record's outputs for other inputs, op by op, with its effects.

    It is as if the function ran: taped, recorded where a recording goes on, and what it captured is
    read as it is now. Raises RecordError where a mask that the record follows has changed.
    """
    if not graph.stands():
        raise RecordError(
            "replay of a record: received a mask with other contents than at recording, by which "
            "sizes would differ; expected the same. Record the function again."
        )
    outputs, effects = replay(graph, inputs, rule, tensor_of)
    for (old, _), new in zip(graph.effects, effects, strict=True):
        x: Tensor = old.tensor  # type: ignore[assignment]
        if new.node is None or x.state:
            x.assign(new)
        else:
            x[...] = new
    return outputs
