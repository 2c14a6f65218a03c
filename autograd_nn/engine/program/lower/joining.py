"""Joining and placing: copies into parts of the result, which need no kernel of their own."""

from __future__ import annotations

from autograd_nn.engine.graph.values import Call, Value
from autograd_nn.engine.op import REGISTRY
from autograd_nn.engine.program.dtypes import known, movable
from autograd_nn.engine.program.layout import Place, row_major, view, whole
from autograd_nn.engine.program.lower import lowering
from autograd_nn.engine.program.plan.builder import Builder


@lowering("concatenate")
def _concatenate(builder: Builder, call: Call) -> bool:
    y = call.result
    if not y.size or not known(y, *call.operands):
        return False
    axis = call.params["axis"] % len(y.shape)
    whole_ = builder.place(y)
    step, start = whole_.strides[axis], whole_.offset
    for x in call.operands:
        assert isinstance(x, Value)
        place, target = builder.place(x), Place(whole_.root, start, x.shape, whole_.strides)
        if x.size and place != target:  # else it was made there
            builder.copy(place, target)
        start += x.shape[axis] * step
    return True


@lowering("pad")
def _pad(builder: Builder, call: Call) -> bool:
    x, y = call.operands[0], call.result
    value = call.params["value"]
    if not isinstance(x, Value) or not isinstance(value, int | float):
        return False
    if not y.size or not known(x, y):
        return False
    strides = row_major(y.shape)
    builder.fill(y, value)
    if x.size:
        offset = sum(a * s for (a, _), s in zip(call.params["widths"], strides, strict=True))
        builder.copy(builder.place(x), Place(y, offset, x.shape, strides))
    return True


@lowering("embed")
def _embed(builder: Builder, call: Call) -> bool:
    x, y = call.operands[0], call.result
    if not isinstance(x, Value) or not y.size or not known(x, y):
        return False
    builder.fill(y, 0)
    if x.size:
        part = Call(REGISTRY["slice"], (y,), {"key": call.params["key"]}, (x,))
        target = view(part, whole(y))
        assert target is not None
        builder.copy(builder.place(x), target)
    return True


@lowering("reshape")
def _reshape(builder: Builder, call: Call) -> bool:
    """A reshape of a view that does not lie in order: the entries are copied first."""
    x, y = call.operands[0], call.result
    if not isinstance(x, Value) or not y.size or not movable(x, y):
        return False
    source = builder.place(x)
    builder.laid[y.index] = source, len(builder.steps)
    builder.copy(source, Place(y, 0, source.shape, row_major(source.shape)))
    return True
