"""Lowering: calls that are not loops become steps over kernels written by hand, or Python's.

A lowering takes a call and the places of its operands, and appends steps; it returns False where
its kernel does not fit (a dtype, a layout), and Python then makes the call.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from autograd_nn.engine.errors import RangeError
from autograd_nn.engine.graph.values import Call, Immediate, Value
from autograd_nn.engine.kernels import dense
from autograd_nn.engine.program.plan.layout import Place, row_major, whole
from autograd_nn.engine.program.plan.steps import PARTS, Address, Step, copy_step, fill_step
from autograd_nn.engine.program.target.cpu.compiler import Source
from autograd_nn.engine.program.target.cpu.loops import CODES, helper_text, itemsize

if TYPE_CHECKING:
    from autograd_nn.engine.program.plan.build import Builder

Lowering = Callable[["Builder", Call], bool]
LOWERINGS: dict[str, Lowering] = {}
FLOATS = ("F4", "F8")
OVER = 1 << 32  # an error cell holds a step's code times this, plus one, plus the place


def lowering(*names: str) -> Callable[[Lowering], Lowering]:
    """Registers a function as the lowering of the ops named."""

    def declare(function: Lowering) -> Lowering:
        for name in names:
            LOWERINGS[name] = function
        return function

    return declare


@cache
def kernel(name: str, module: ModuleType = dense, **types: str) -> Source:
    """The source of a kernel of ``module``, its helpers before it, its types filled in."""
    function = getattr(module, name)
    text = textwrap.dedent(inspect.getsource(function))
    head = "".join(f"{k} = {v}\n" for k, v in types.items())
    return Source(name, head + "".join(_helpers(function, module)) + text)


def _helpers(function: Callable[..., object], module: ModuleType) -> list[str]:
    """The texts of the functions of ``module`` that one calls, and that those call."""
    found: dict[str, None] = {}
    for called in function.__code__.co_names:
        helper = getattr(module, called, None)
        if helper is not None:
            found |= dict.fromkeys([*_helpers(helper, module), helper_text(helper)])
    return list(found)


def _float(*values: Value) -> str | None:
    """The one floating code of all values; None otherwise."""
    codes = {CODES.get(v.dtype.str[1:]) for v in values}
    code = codes.pop() if len(codes) == 1 else None
    return code if code in FLOATS else None


def _integer(v: Value) -> str | None:
    code = CODES.get(v.dtype.str[1:])
    return code if code and code[0] in "IU" and code != "U8" else None


# ---- products -----------------------------------------------------------------------------------


def stride_of_stack(place: Place, lead: tuple[int, ...]) -> int | None:
    """The stride over all leading axes as one; None where they do not merge."""
    own = place.shape[:-2]
    strides = (0,) * (len(lead) - len(own)) + tuple(
        0 if n == 1 else s for n, s in zip(own, place.strides[:-2], strict=True)
    )
    merged: int | None = None
    size = 1
    for n, s in zip(reversed(lead), reversed(strides), strict=True):
        if n == 1:
            continue
        if merged is None:
            merged, size = s, n
        elif s != merged * size:
            return None
        else:
            size *= n
    return merged or 0


@lowering("matmul")
def _lower_matmul(builder: Builder, call: Call) -> bool:
    x1, x2 = call.operands
    y = call.result
    if isinstance(x1, Immediate) or isinstance(x2, Immediate):
        return False
    code = _float(x1, x2, y)
    if not code or not y.size:
        return False
    a, b = builder.place(x1), builder.place(x2)
    if not a.shape[-1]:
        builder.add(fill_step(whole(y), 0))
        return True
    lead = y.shape[:-2]
    if not lead and _is_small(a.shape[0], a.shape[1], b.shape[1]):
        builder.add(_small_product(builder, a, b, y, code))
        return True
    a, b = builder.stacked(a, lead), builder.stacked(b, lead)
    n, k, m = a.shape[-2], a.shape[-1], b.shape[-1]
    count, size = int(np.prod(lead, dtype=np.int64)), itemsize(code)
    step_a, step_b = stride_of_stack(a, lead), stride_of_stack(b, lead)
    assert step_a is not None and step_b is not None
    tall, wide = _piece(count, n, m)
    pieces = count * -(-n // tall) * -(-m // wide)
    text = kernel("product", F=code, SIZE=str(size))
    flops = 2 * count * n * m * k
    step = Step("matmul", [a.root, b.root], [y], text, flops=flops, parts=pieces)
    step.cells = [
        Address(a.root, a.offset * size), Address(b.root, b.offset * size), Address(y), n, k, m,
        *a.strides[-2:], *b.strides[-2:], count, step_a, step_b, n * m, tall, wide,
    ]  # fmt: skip
    builder.add(step)
    return True


def _piece(count: int, n: int, m: int) -> tuple[int, int]:
    """Rows and columns of the pieces of an n×m result that threads share."""
    wide = 64  # no tile is wider: a panel of B is then packed once
    missing = -(-PARTS // (count * -(-m // wide)))
    return max(48, -(-n // (missing * 12)) * 12), wide  # a whole number of tiles


def _is_small(n: int, k: int, m: int) -> bool:
    """Where a loop of our own, its sizes written in, beats packing and tiles."""
    return k <= 32 and m <= 32 and n * k * m <= 8192


def _small_product(builder: Builder, a: Place, b: Place, y: Value, code: str) -> Step:
    """The step of a small product: the inner sum unrolled, the columns as vectors."""
    if b.strides[1] != 1 and b.shape[1] != 1 and min(b.shape) > 1:
        b = builder._in_order(b)  # rows of B are read as vectors
    (n, k), m, size = a.shape, b.shape[1], itemsize(code)
    text = kernel("small_product", F=code, SIZE=str(size), K=str(k), M=str(m))
    step = Step("matmul", [a.root, b.root], [y], text, flops=2 * n * k * m)
    step.cells = [
        Address(a.root, a.offset * size), Address(b.root, b.offset * size), Address(y),
        n, a.strides[0], a.strides[1], b.strides[0],
    ]  # fmt: skip
    return step




# ---- rows ---------------------------------------------------------------------------------------


@lowering("softmax", "log_softmax")
def _lower_rows(builder: Builder, call: Call) -> bool:
    x = call.operands[0]
    if isinstance(x, Immediate) or not x.shape or not x.size:
        return False
    code = CODES.get(x.dtype.str[1:])
    if code not in FLOATS or call.params["axis"] not in (-1, len(x.shape) - 1):
        return False
    source = builder.contiguous(x)
    width = x.shape[-1]
    text = kernel(call.op.name, F=code)
    step = Step(call.op.name, [source.root], [call.result], text, parts=PARTS)
    step.flops = 4 * x.size
    step.cells = [
        Address(source.root, source.offset * x.dtype.itemsize), Address(call.result),
        x.size // width, width,
    ]  # fmt: skip
    builder.add(step)
    return True


@lowering("softmax_cross_entropy", "sparse_slope")
def _lower_labels(builder: Builder, call: Call) -> bool:
    x, labels = call.operands
    if isinstance(x, Immediate) or isinstance(labels, Immediate) or not x.size:
        return False
    code, index = CODES.get(x.dtype.str[1:]), _integer(labels)
    if code not in FLOATS or index is None:
        return False
    source, places = builder.contiguous(x), builder.contiguous(labels)
    width = x.shape[-1]

    def message(at: int) -> Exception:
        return RangeError(
            f"the label of sample {at} of the batch is outside 0 to {width - 1}; expected one of "
            f"{width} classes. Renumber the labels from 0, or widen the output."
        )

    text = kernel(call.op.name, F=code, I=index)
    step = Step(call.op.name, [source.root, places.root], [call.result], text, message=message)
    step.flops = 5 * x.size
    step.cells = [
        Address(source.root, source.offset * x.dtype.itemsize),
        Address(places.root, places.offset * labels.dtype.itemsize),
        Address(call.result), labels.size, width, builder.status, builder.error_code(step),
    ]  # fmt: skip
    builder.add(step)
    return True


# ---- joining and placing: copies into parts of the result ------------------------------------


@lowering("concatenate")
def _lower_concatenate(builder: Builder, call: Call) -> bool:
    y = call.result
    if not y.size or y.dtype.str[1:] not in CODES or not all(
        isinstance(x, Value) and x.dtype.str[1:] in CODES for x in call.operands
    ):
        return False
    axis = call.params["axis"] % len(y.shape)
    strides = row_major(y.shape)
    start = 0
    for x in call.operands:
        assert isinstance(x, Value)
        if x.size:
            target = Place(y, start * strides[axis], x.shape, strides)
            builder.add(copy_step(builder.place(x), target))
        start += x.shape[axis]
    return True


@lowering("pad")
def _lower_pad(builder: Builder, call: Call) -> bool:
    x, y = call.operands[0], call.result
    if not isinstance(x, Value) or y.dtype.str[1:] not in CODES or not y.size:
        return False
    value = call.params["value"]
    if not isinstance(value, int | float):
        return False
    strides = row_major(y.shape)
    builder.add(fill_step(whole(y), value))
    if x.size:
        offset = sum(a * s for (a, _), s in zip(call.params["widths"], strides, strict=True))
        builder.add(copy_step(builder.place(x), Place(y, offset, x.shape, strides)))
    return True


@lowering("embed")
def _lower_embed(builder: Builder, call: Call) -> bool:
    from autograd_nn.engine.op import REGISTRY
    from autograd_nn.engine.program.plan.layout import view

    x, y = call.operands[0], call.result
    if not isinstance(x, Value) or y.dtype.str[1:] not in CODES or not y.size:
        return False
    builder.add(fill_step(whole(y), 0))
    if x.size:
        part = Call(REGISTRY["slice"], (y,), {"key": call.params["key"]}, (x,))
        target = view(part, whole(y))
        assert target is not None
        builder.add(copy_step(builder.place(x), target))
    return True


@lowering("reshape")
def _lower_copied_view(builder: Builder, call: Call) -> bool:
    """A reshape of a view that does not lie in order: the entries are copied first."""
    x, y = call.operands[0], call.result
    if not isinstance(x, Value) or y.dtype.str[1:] not in CODES or not y.size:
        return False
    source = builder.place(x)
    builder.add(copy_step(source, Place(y, 0, source.shape, row_major(source.shape))))
    return True
