"""Ops along one axis in which order counts, and random draws: over ``kernels/order``."""

from __future__ import annotations

import math

import numpy as np

from autograd_nn.engine.graph.values import Call, Immediate, Value
from autograd_nn.engine.kernels import order
from autograd_nn.engine.program.dtypes import code_of, known
from autograd_nn.engine.program.layout import Place
from autograd_nn.engine.program.lower import lowering
from autograd_nn.engine.program.plan.builder import Builder

Lines = tuple[int, int, int]  # how many, their length, the distance between entries of one


def _lines(call: Call) -> tuple[Value, Lines] | None:
    """An operand and its lines along an axis (None: all is one); None: it is nothing loops know."""
    x, axis = call.operands[0], call.params["axis"]
    if isinstance(x, Immediate) or not known(x, call.result):
        return None
    n, step = x.size, 1
    if axis is not None and x.shape:
        axis %= len(x.shape)
        n, step = x.shape[axis], math.prod(x.shape[axis + 1 :])
    return x, (x.size // n, n, step)


@lowering("cumsum")
def _cumsum(builder: Builder, call: Call) -> bool:
    found, y = _lines(call), call.result
    if found is None:
        return False
    x, lines = found
    builder.run(
        order.cumsum, [builder.ordered(x), y, *lines], [y], parts=lines[0], single=x.size,
        X=code_of(x.dtype), Y=code_of(y.dtype), REVERSE=str(call.params["reverse"]),
    )  # fmt: skip
    return True


@lowering("argmax", "argmin")
def _extreme(builder: Builder, call: Call) -> bool:
    found, y = _lines(call), call.result
    if found is None:
        return False
    x, lines = found
    builder.run(
        order.extreme, [builder.ordered(x), y, *lines], [y], name=call.op.name, parts=lines[0],
        single=x.size, X=code_of(x.dtype), LARGEST=str(call.op.name == "argmax"),
    )  # fmt: skip
    return True


@lowering("argsort")
def _argsort(builder: Builder, call: Call) -> bool:
    found, y = _lines(call), call.result
    if found is None:
        return False
    x, lines = found
    spare = builder.temporary(y.shape, y.dtype)
    builder.run(
        order.argsort, [builder.ordered(x), y, spare, *lines], [y, spare], parts=lines[0],
        single=x.size * 4 * lines[1].bit_length(), X=code_of(x.dtype),
    )  # fmt: skip
    return True


@lowering("searchsorted")
def _searchsorted(builder: Builder, call: Call) -> bool:
    (x, v), y = call.operands, call.result
    if isinstance(x, Immediate) or isinstance(v, Immediate):
        return False  # NumPy's rule for the dtype of a number is its own here
    if not known(x, v):
        return False
    dtype = np.result_type(x.dtype, v.dtype)
    places: list[Place] = []
    for operand in (x, v):
        if operand.dtype == dtype:
            places.append(builder.ordered(operand))
        else:
            places.append(builder.temporary(operand.shape, dtype))
            builder.copy(builder.place(operand), places[-1])
    builder.run(
        order.searchsorted, [places[0], x.size, places[1], y, v.size], [y], parts=v.size,
        single=5 * v.size * x.size.bit_length(),
        X=code_of(dtype), RIGHT=str(call.params["side"] == "right"),
    )  # fmt: skip
    return True


@lowering("random_unit", "random_bits")
def _random(builder: Builder, call: Call) -> bool:
    state, y = call.operands[0], call.result
    if not isinstance(state, Value):
        return False
    size = y.dtype.itemsize
    builder.run(
        order.random_words, [builder.ordered(state), y, y.size], [y], name=call.op.name,
        parts=y.size, single=1.5 * y.size,
        Y=code_of(y.dtype), U=f"U{size}", SIGNED=f"I{size}", PER=str(32 // size),
        UNIT=str(call.op.name == "random_unit"),
    )  # fmt: skip
    return True
