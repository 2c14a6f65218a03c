"""Widening: what computes in floats of 16 bits computes in float32, and is rounded to them after.

So do NumPy's own loops, entry by entry. Kernels then have one dtype less to know: a fused loop
alone reads and writes them (`kernels/halves.py`), and between its calls an entry is rounded in a
register. Nothing a record says is lost: each result has the precision of its dtype.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.graph.values import Call, Graph, Immediate, Ref, Value
from autograd_nn.engine.halves import FLOAT16, FLOAT32, as_dtype, is_half
from autograd_nn.engine.op import REGISTRY

# What a loop rounds to 16 bits in one step. Longer integers go by float32, as NumPy has it.
DIRECT = ("f8", "f4", "i4", "i2", "i1", "u2", "u1", "b1")


def widen(graph: Graph) -> Graph:
    """An equal graph in which no op of ours computes in 16 bits."""
    if not any(is_half(v.dtype) for v in graph.values):
        return graph
    values, calls = graph.values, []
    wide: dict[int, Value] = {}  # what holds a value's entries in float32, by its index

    def fresh(v: Value) -> Value:
        made = Value(len(values), "computed", v.shape, FLOAT32)
        values.append(made)
        return made

    def widened(x: Ref, call: Call) -> Ref:
        if isinstance(x, Immediate):
            return _rounded(x, call)
        if not is_half(x.dtype):
            return x
        if x.index not in wide:
            wide[x.index] = fresh(x)
            calls.append(_cast(x, wide[x.index], call.taped))
        return wide[x.index]

    for call in graph.calls:
        if not _computes(call):
            calls.append(call)
            continue
        operands = tuple([widened(x, call) for x in call.operands])
        results = tuple([fresh(y) if is_half(y.dtype) else y for y in call.results])
        params = call.params
        if "dtype" in params and is_half(as_dtype(params["dtype"])):
            params = {**params, "dtype": FLOAT32}
        calls.append(Call(call.op, operands, params, results, call.taped))
        calls += [
            _cast(z, y, call.taped)
            for y, z in zip(call.results, results, strict=True)
            if y is not z
        ]
    return Graph(graph.inputs, calls, graph.outputs, graph.effects, values, graph.captured)


def _cast(x: Value, y: Value, taped: bool) -> Call:
    return Call(REGISTRY["astype"], (x,), {"dtype": y.dtype}, (y,), taped)


def _computes(call: Call) -> bool:
    """Whether a call is an op of ours that reads or makes numbers of 16 bits, and no cast alone."""
    op = call.op
    values = [x for x in (*call.operands, *call.results) if isinstance(x, Value)]
    if REGISTRY.get(op.name) is not op or op.kind == "view":
        return False
    if not any(is_half(v.dtype) for v in values):
        return False
    if op.name != "astype":
        return True
    x, y = values[0], call.result
    return x.dtype.kind != "c" and not casts(x, y)


def casts(x: Value, y: Value) -> bool:
    """Whether a loop can cast between two dtypes, one of which has 16 bits, in one step."""
    half, other = (x, y) if is_half(x.dtype) else (y, x)
    return is_half(half.dtype) and (
        other.dtype == FLOAT32 or (half is y and other.dtype.str[1:] in DIRECT)
    )


def _rounded(x: Immediate, call: Call) -> Immediate:
    """A Python number beside float16 is one, too; beside bfloat16, whose ops take float32, not."""
    kinds: list[Any] = [v.dtype for v in call.operands if isinstance(v, Value)]
    if FLOAT16 not in kinds or type(x.value) is not float:
        return x
    if np.result_type(*[k for k in kinds if k.kind != "V"], x.value) != FLOAT16:
        return x
    return Immediate(float(np.float16(x.value)))
