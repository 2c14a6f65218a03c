"""Two records of the same, call by call, as nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_nn.engine.graph.values import Graph, Immediate
from autograd_nn.nn.saving.onnx.rules import RULES
from autograd_nn.nn.saving.onnx.writer import ExportError, Pair, Ref, Writer


def walked(w: Writer, one: Graph, two: Graph, given: Sequence[Ref]) -> list[Ref]:
    """Writes two records of the same, call by call; gives what stands for the outputs."""
    if [c.op.name for c in one.calls] != [c.op.name for c in two.calls]:
        raise ExportError(
            "export: the model calls other ops for other sizes of batch; expected the same. "
            "Write it without branches on the size."
        )
    known = {v.index: r for v, r in zip(one.inputs, given, strict=True)}

    def read(x: Any, y: Any) -> Any:
        if isinstance(x, Immediate):
            if x.value != y.value and not (x.value != x.value and y.value != y.value):
                raise ExportError(
                    f"export: the number {x.value!r} is {y.value!r} for another size of batch; "
                    "expected the same."
                )
            return x.value
        if x.index not in known:
            known[x.index] = w.outside(x, y)
        return known[x.index]

    for a, b in zip(one.calls, two.calls, strict=True):
        if a.op.name not in RULES:
            raise ExportError(
                f"export: the op {a.op.name!r} has no form in ONNX here; expected one of "
                f"{', '.join(sorted(RULES))}. Leave out the layer that calls it."
            )
        operands = [read(x, y) for x, y in zip(a.operands, b.operands, strict=True)]
        made = RULES[a.op.name](w, Pair(a, b), operands)
        for v, u, name in zip(
            a.results, b.results, [made] if isinstance(made, str) else made, strict=True
        ):
            known[v.index] = Ref(name, v.dtype, v.shape, u.shape)
    return [read(x, y) for x, y in zip(one.outputs, two.outputs, strict=True)]
