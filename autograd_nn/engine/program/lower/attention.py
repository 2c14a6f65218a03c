"""Attention: its blocks of scores and their slopes, where operands lie."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_nn.engine.graph.values import Call, Immediate, Value
from autograd_nn.engine.kernels import attention
from autograd_nn.engine.ops.attention import low
from autograd_nn.engine.program.dtypes import floating, itemsize
from autograd_nn.engine.program.layout import Place, spread, stride_of_stack
from autograd_nn.engine.program.lower import lowering
from autograd_nn.engine.program.plan.builder import Builder
from autograd_nn.engine.program.plan.loops.loop import Cell

QUERIES, KEYS = 96, 256  # at most, of a block


@lowering("attention")
def _attention(builder: Builder, call: Call) -> bool | str:
    return _blocks(builder, call, call.operands, None)


@lowering("attention_slopes")
def _slopes(builder: Builder, call: Call) -> bool | str:
    return _blocks(builder, call, call.operands[1:], call.operands[0])


def _blocks(builder: Builder, call: Call, operands: tuple, given: object) -> bool | str:
    xs = [x for x in operands if isinstance(x, Value)]
    code = floating(*xs[:3])
    if len(xs) < len(operands) or not code or isinstance(given, Immediate):
        return False
    query, key, value, *mask = xs
    *lead, t, h, size = query.shape
    s, g, width = key.shape[-3], key.shape[-2], value.shape[-1]
    if not (value.size and t and h):  # nothing is mixed
        for y in call.results:
            builder.fill(y, 0)
        return True
    if not size:
        return "its queries have no entries"
    q, k, v = (_rows(builder, builder.place(x)) for x in (query, key, value))
    m = builder.place(mask[0]) if mask else q  # which nothing reads
    n = math.prod(lead)
    strides_m: tuple[int, ...] = (0, 0, 0, 0)
    if mask:
        full = spread(m, (*lead, *m.shape[-3:]))
        if _stride(full, lead) is None:
            m = full = builder.ordered(full)
        own = tuple(0 if c == 1 else d for c, d in zip(m.shape[-3:], m.strides[-3:], strict=True))
        strides_m = (_stride(full, lead) or 0, *own)
    many = -(-t // -(-t // QUERIES))
    cells: list[Cell | Value | Place] = [
        q, k, v, m, call.result if given is None else q, n, t, s, h, h // g, size, width,
        *_strides(q), *_strides(k), *_strides(v), *strides_m,
        many, int(np.float64(call.params["scale"]).view(np.int64)),
    ]  # fmt: skip
    nbytes = itemsize(code)
    types: dict[str, Any] = {
        "F": code, "SIZE": str(nbytes), "TABLED": "0", "QUERIES": str(QUERIES), "KEYS": str(KEYS),
        "SCORES": str(QUERIES * KEYS * nbytes), "EACH": str(QUERIES * nbytes),
        "MASKED": str(int(bool(mask))),
        "CAUSAL": str(int(call.params["causal"])), "LOW": f"{code}({low(query.dtype)!r})",
    }  # fmt: skip
    work = 2 * n * h * t * s
    if given is None:
        builder.run(
            attention.attention, cells, [call.result], name="attention",
            parts=n * h * -(-t // many), flops=work * (size + width + 8), **types,
        )  # fmt: skip
    else:
        assert isinstance(given, Value)
        u = _rows(builder, builder.place(given))
        builder.run(
            attention.attention_slopes, [*cells, u, *call.results, *_strides(u)], call.results,
            name="attention_slopes", parts=n * g, flops=work * (3 * size + 2 * width + 12), **types,
        )  # fmt: skip
    return True


def _rows(builder: Builder, place: Place) -> Place:
    """A place whose last axis is read as vectors, and whose samples one stride walks through."""
    last = place.shape[-1] == 1 or place.strides[-1] == 1
    if last and _stride(place, place.shape[:-3]) is not None:
        return place
    return builder.ordered(place)


def _stride(place: Place, lead: list[int] | tuple[int, ...]) -> int | None:
    """The stride over all samples as one; None where there is none."""
    flat = Place(place.root, place.offset, (*lead, 1, 1), (*place.strides[: len(lead)], 0, 0))
    return stride_of_stack(flat, tuple(lead))


def _strides(place: Place) -> tuple[int, ...]:
    """From sample to sample, step to step and head to head."""
    return (_stride(place, place.shape[:-3]) or 0, *place.strides[-3:-1])
