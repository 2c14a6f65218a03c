"""A kernel on arrays that stands in an op's block, ``kernel=``: it is called sample by sample."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from struct import pack, unpack
from typing import Any

from autograd_nn.engine import shapes
from autograd_nn.engine.errors import RangeError
from autograd_nn.engine.graph.values import Call, Value
from autograd_nn.engine.program.dtypes import code_of, known
from autograd_nn.engine.program.layout import Place, spread
from autograd_nn.engine.program.plan.builder import Builder


@dataclass(frozen=True, slots=True)
class OnArrays:
    """A kernel that is handed arrays: a structure that a target writes a text around.

    Its block: how many samples; per array its address, the bytes from sample to sample and its
    sizes; a cell a parameter that is a number; the cell of errors and a code.

    function  (operands, results, params), which writes the results.
    arrays    the dtype code and the number of core axes of each.
    params    'int' or 'float' for a number in a cell, else the value as text.
    """

    function: Callable[..., None]
    arrays: tuple[tuple[str, int], ...]
    params: tuple[str, ...]


def lower(builder: Builder, call: Call) -> bool | str:
    """The step of a call whose op has a kernel on arrays; why not, where it does not fit."""
    op = call.op
    assert op.kernel is not None
    if not known(*call.results):
        return f"no kernel has results of dtype {call.result.dtype}"
    places = [builder.of(x, call.result.dtype) for x in call.operands]
    if not known(*[p.root for p in places]):
        return "no kernel has operands of such a dtype"
    cores = shapes.cores(op.signature)
    lead: tuple[int, ...] = ()
    if cores:  # of the axes before these it is told nothing
        ndims = [len(c) for c in cores]
        outs = [len(c) for c in shapes.cores(op.signature, results=True)]
        lead = call.result.shape[: len(call.result.shape) - outs[0]]
    else:
        ndims = [len(p.shape) for p in places]
        outs = [len(y.shape) for y in call.results]
    cells: list[Any] = [math.prod(lead)]
    arrays = []
    given = [_sample(builder, p, lead, n) for p, n in zip(places, ndims, strict=True)]
    written = [
        _sample(builder, builder.place(y), lead, n) for y, n in zip(call.results, outs, strict=True)
    ]
    for place, step, core in (*given, *written):
        dtype = place.root.dtype
        cells += [place, step * dtype.itemsize, *core]
        arrays.append((code_of(dtype), len(core)))
    params = []
    for value in (call.params[k] for k in op.params):
        if type(value) is int:
            cells.append(value)
            params.append("int")
        elif type(value) is float:
            cells.append(unpack("<q", pack("<d", value))[0])
            params.append("float")
        elif plain(value):
            params.append(repr(value))
        else:
            return f"its kernel takes numbers and texts as parameters, not {type(value).__name__}"
    cells += builder.errors(lambda at: RangeError(
        f"the kernel of {op.name!r} failed at sample {at}: received an index outside its array, or "
        "raised an exception; expected neither. Run the function without jit to see where."
    ))  # fmt: skip
    entries = sum(v.size for v in (*call.results, *[p.root for p in places]))
    builder.run(
        OnArrays(op.kernel, tuple(arrays), tuple(params)), cells, call.results, name=op.name,
        parts=max(math.prod(lead), 1), single=entries,
    )  # fmt: skip
    made = builder.steps[-1]
    # Where the kernel does not compile, Python makes the call, of the operands themselves.
    made.call = call
    own = [builder.place(x).root for x in call.operands if isinstance(x, Value)]
    made.reads += [v for v in own if v not in made.reads]
    return True


def _sample(
    builder: Builder, place: Place, lead: tuple[int, ...], ndim: int
) -> tuple[Place, int, tuple[int, ...]]:
    """Where samples lie, one after another, how many entries each takes, and its core axes."""
    at = len(place.shape) - ndim
    own, core = place.shape[:at], place.shape[at:]
    if math.prod(own) == 1:
        return builder.ordered(place), 0, core
    if own != lead:
        place = spread(place, (*lead, *core))
    return builder.ordered(place), math.prod(core), core


def plain(value: Any) -> bool:
    """Whether a value's text is the value: None, a truth, a text, tuples of those and of ints."""
    if type(value) is tuple:
        return all(type(v) is int or plain(v) for v in value)
    return value is None or type(value) in (bool, str)
