"""Lowerings of ops along one axis in which order counts, and of random draws: ``kernels/order``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autograd_nn.engine.graph.values import Call, Immediate, Value
from autograd_nn.engine.kernels import order
from autograd_nn.engine.program.lower.registry import kernel, lowering
from autograd_nn.engine.program.plan.layout import Place, whole
from autograd_nn.engine.program.plan.steps import PARTS, Address, Step, copy_step
from autograd_nn.engine.program.target.cpu.loops import CODES, code_of

if TYPE_CHECKING:
    from autograd_nn.engine.program.plan.build import Builder


def _at(place: Place) -> Address:
    return Address(place.root, place.offset * place.root.dtype.itemsize)


@lowering("cumsum", "argmax", "argmin", "argsort")
def _lower_lines(builder: Builder, call: Call) -> bool:
    """Each line by itself: the entries along one axis of an array in order (None: all of them)."""
    x, y, name = call.operands[0], call.result, call.op.name
    if isinstance(x, Immediate) or x.dtype.str[1:] not in CODES or y.dtype.str[1:] not in CODES:
        return False
    axis, n, step = call.params["axis"], x.size, 1
    if axis is not None and x.shape:
        axis %= len(x.shape)
        n, step = x.shape[axis], int(np.prod(x.shape[axis + 1 :], dtype=np.int64))
    source = builder.contiguous(x)
    code = code_of(x.dtype)
    if name == "cumsum":
        reverse = str(call.params["reverse"])
        text = kernel("cumsum", order, X=code, Y=code_of(y.dtype), REVERSE=reverse)
    elif name == "argsort":
        text = kernel("argsort", order, X=code)
    else:
        text = kernel("extreme", order, X=code, LARGEST=str(name == "argmax"))
    places = [source, whole(y)]
    if name == "argsort":
        places.append(whole(builder.temporary(y.shape, y.dtype)))
    made = Step(name, [source.root], [p.root for p in places[1:]], text)
    made.parts = min(PARTS, x.size // n)
    made.cost = x.size * (4 * n.bit_length() if name == "argsort" else 1)
    made.cells = [*map(_at, places), x.size // n, n, step]
    builder.add(made)
    return True


@lowering("searchsorted")
def _lower_searchsorted(builder: Builder, call: Call) -> bool:
    x, v = call.operands
    if isinstance(x, Immediate) or isinstance(v, Immediate):
        return False  # NumPy's rule for the dtype of a number is its own here
    dtype = np.result_type(x.dtype, v.dtype)
    if any(d.str[1:] not in CODES for d in (x.dtype, v.dtype, dtype)):
        return False
    places: list[Place] = []
    for operand in (x, v):
        if operand.dtype == dtype:
            places.append(builder.contiguous(operand))
        else:
            places.append(whole(builder.temporary(operand.shape, dtype)))
            builder.add(copy_step(builder.place(operand), places[-1]))
    right = str(call.params["side"] == "right")
    text = kernel("searchsorted", order, X=code_of(dtype), RIGHT=right)
    step = Step("searchsorted", [p.root for p in places], [call.result], text, parts=PARTS)
    step.cost = 5 * v.size * x.size.bit_length()
    step.cells = [_at(places[0]), x.size, _at(places[1]), Address(call.result), v.size]
    builder.add(step)
    return True


@lowering("random_unit", "random_bits")
def _lower_random(builder: Builder, call: Call) -> bool:
    state, y = call.operands[0], call.result
    if not isinstance(state, Value):
        return False
    where = builder.contiguous(state)
    size = y.dtype.itemsize
    text = kernel(
        "random_words", order, Y=code_of(y.dtype), U=f"U{size}", SIGNED=f"I{size}",
        PER=str(32 // size), UNIT=str(call.op.name == "random_unit"),
    )  # fmt: skip
    step = Step(call.op.name, [where.root], [y], text, parts=PARTS)
    step.cost = 1.5 * y.size
    step.cells = [_at(where), Address(y), y.size]
    builder.add(step)
    return True
