"""Reading and writing at index arrays: one walk over the entries at a key, native for every key.

A key (slices, new axes, numbers, index arrays that broadcast together) says for each entry of the
result where it lies in the array indexed: an offset, a stride per axis of the result, and for each
index array what it holds times the stride of the axis it speaks of. The kernel is a loop nest over
the result's axes, written for their structure alone, as fused loops are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from autograd_nn.engine.errors import RangeError
from autograd_nn.engine.graph.values import Call, Ref, Value
from autograd_nn.engine.kernels import order
from autograd_nn.engine.ops.indexing import PLACE
from autograd_nn.engine.program.dtypes import code_of, known
from autograd_nn.engine.program.layout import Place, merge, spread, whole
from autograd_nn.engine.program.lower import lowering
from autograd_nn.engine.program.plan.builder import Builder
from autograd_nn.engine.program.plan.loops.loop import told

NEIGHBOURS = 16  # entries of an inner axis that no two threads write to: a cache line of them
APART = ("gather", "won")  # every entry is written once


@dataclass(slots=True)
class Walk:
    """The entries at a key of an array; ``over`` marks the axes of index arrays 'b', others 'k'."""

    far: Place  # where an entry lies but for what the index arrays hold
    over: str
    indices: list[tuple[int, Place, int, int]]  # which, its place, axis's size and stride


@dataclass(frozen=True, slots=True)
class Nest:
    """The structure of a walk's kernel; per axis a stride is told as '0', '1' or 's'.

    kind       what happens to an entry: gather, scatter, put, number or won.
    near, far  dtype codes of the array of the result's shape, and of the one indexed.
    Its block: sizes; cell of errors, code; near, its strides; far, its strides; and of each index
    array its address, its axis's size and stride, its own strides. A code counts the index arrays'
    entries, and which of the arrays it was.
    """

    kind: str
    near: str
    far: str
    over: str
    near_steps: str
    far_steps: str
    indices: tuple[tuple[str, str], ...]  # dtype code and strides

    @property
    def shared(self) -> int | None:
        """The axis that threads may divide among them, since no two then write to one entry."""
        if self.kind in APART:
            return 0 if self.over else None
        return next((d for d in (0, len(self.over) - 1) if self.over[d:].startswith("k")), None)


# ---- from a key to strides ----------------------------------------------------------------------


def _first_axis(key: tuple, indices: list[tuple[int, ...]], ndim: int) -> int:
    """Which axis of the result is the first that index arrays give: NumPy tells, on a model."""
    shapes = iter(indices)
    model = tuple(
        slice(None) if isinstance(k, slice)
        else 0 if isinstance(k, int)
        else np.zeros((2,) if next(shapes) else (), np.intp) if k is PLACE
        else k
        for k in key
    )  # fmt: skip
    found = np.empty((1,) * ndim, np.int8)[model].shape
    return found.index(2) if 2 in found else 0


def _even(v: Value, n: int) -> tuple[int, list[int]] | None:
    """First entry and strides of a constant index array that counts evenly along each axis."""
    if v.kind != "constant" or v.array is None or not v.size:
        return None
    array = np.where(v.array < 0, v.array + n, v.array)
    first = int(array.flat[0])
    steps = []
    told = np.full(v.shape, first)
    for d, size in enumerate(v.shape):
        step = int(np.moveaxis(array, d, 0)[1].flat[0]) - first if size > 1 else 0
        steps.append(step)
        along = [1] * len(v.shape)
        along[d] = size
        told = told + step * np.arange(size).reshape(along)
    return (first, steps) if (array == told).all() else None


def walk(builder: Builder, key: tuple, indices: tuple[Ref, ...], place: Place) -> Walk | None:
    """The entries of ``place`` at a key; None where an index array is not of integers."""
    for i in indices:
        if not isinstance(i, Value) or i.dtype.kind not in "iu" or not known(i):
            return None
    arrays: list[Value] = list(indices)  # type: ignore[arg-type]
    common = np.broadcast_shapes(*(i.shape for i in arrays))
    position = _first_axis(key, [i.shape for i in arrays], len(place.shape))
    if Ellipsis not in key:
        key = (*key, Ellipsis)
    taken = sum(k is not None and k is not Ellipsis for k in key)
    rest = (slice(None),) * (len(place.shape) - taken)
    at = key.index(Ellipsis)
    kept: list[tuple[int, int]] = []  # size and stride of each axis that no index array gives
    found: list[tuple[int, int, int]] = []  # per index array: which, the axis's size and stride
    offset, axes = place.offset, iter(zip(place.shape, place.strides, strict=True))
    for k in (*key[:at], *rest, *key[at + 1 :]):
        if k is None:
            kept.append((1, 0))
            continue
        n, stride = next(axes)
        if isinstance(k, slice):
            start, stop, step = k.indices(n)
            kept.append((len(range(start, stop, step)), step * stride))
            offset += start * stride
        elif k is PLACE:
            found.append((len(found), n, stride))
        else:
            offset += (k + n if k < 0 else k) * stride
    strides = [0] * len(common)
    held = []
    lead, tail = [0] * position, [0] * (len(kept) - position)
    for which, n, stride in found:
        even = _even(arrays[which], n)
        if even is None:
            own = spread(builder.place(arrays[which]), common)
            shape = (*(1 for _ in lead), *common, *(1 for _ in tail))
            wide = Place(own.root, own.offset, shape, (*lead, *own.strides, *tail))
            held.append((which, wide, n, stride))
            continue
        offset += even[0] * stride
        for d, step in enumerate(reversed(even[1]), 1):
            strides[-d] += step * stride
    kept_shape, kept_strides = tuple(n for n, _ in kept), tuple(s for _, s in kept)
    shape = (*kept_shape[:position], *common, *kept_shape[position:])
    spans = (*kept_strides[:position], *strides, *kept_strides[position:])
    over = "k" * position + "b" * len(common) + "k" * len(tail)
    return Walk(Place(place.root, offset, shape, spans), over, held)


# ---- the step -----------------------------------------------------------------------------------


def run_walk(builder: Builder, kind: str, call: Call, walked: Walk, near: Place) -> None:
    """Adds the step that walks over the entries at a key; ``near`` has the walk's shape."""
    far, held = walked.far, walked.indices
    by_array = [near.strides, far.strides, *(p.strides for _, p, _, _ in held)]
    columns = merge(far.shape, by_array, walked.over)
    sizes = [n for n, _, _ in columns]
    strides = [tuple(c[1][k] for c in columns) for k in range(len(by_array))]
    steps = [told(s, len(sizes)) for s in strides]
    codes = [code_of(p.root.dtype) for _, p, _, _ in held]
    over = "".join(mark for _, _, mark in columns)
    nest = Nest(
        kind, code_of(near.root.dtype), code_of(far.root.dtype), over, steps[0], steps[1],
        tuple(zip(codes, steps[2:], strict=True)),
    )  # fmt: skip
    verb = "reads" if kind == "gather" else "writes"
    several = walked.over and len(call.operands) > 2

    def message(at: int) -> Exception:
        place, j = divmod(at, len(held))
        which, _, n, _ = held[j]
        array = f" in index array {which + 1}" if several else ""
        return outside(f"index {place} of {call.op.name}{array}", n, verb)

    cells = [*sizes, *builder.errors(message), near, *strides[0], far, *strides[1]]
    for (_, place, n, span), own in zip(held, strides[2:], strict=True):
        cells += [place, n, span, *own]
    builder.run(
        nest, cells, [near if kind in APART else far], name=kind,
        parts=_parts(sizes, nest.shared),
        single=(0.3 + 0.5 * len(held)) * math.prod(sizes),
    )  # fmt: skip


def _parts(sizes: list[int], shared: int | None) -> int:
    """Into how many parts the axis may be cut that threads share."""
    if not shared:
        return 1 if shared is None else sizes[0]
    return max(1, sizes[shared] // NEIGHBOURS)


def outside(index: str, rows: int, verb: str) -> RangeError:
    """The error of an index that says no row."""
    return RangeError(
        f"{index} is outside the {rows} rows it {verb}; expected integers from {-rows} to "
        f"{rows - 1}."
    )


# ---- the ops ------------------------------------------------------------------------------------


@lowering("gather")
def _gather(builder: Builder, call: Call) -> bool:
    x, *indices = call.operands
    y = call.result
    if not known(y):
        return False
    found = walk(builder, call.params["key"], tuple(indices), builder.of(x, y.dtype))
    if found is None:
        return False
    if found.indices:
        run_walk(builder, "gather", call, found, whole(y))
    else:
        builder.copy(found.far, whole(y))
    return True


@lowering("scatter")
def _scatter(builder: Builder, call: Call) -> bool:
    x, *indices = call.operands
    y = call.result
    if not known(y) or y.dtype == np.bool_:
        return False
    found = walk(builder, call.params["key"], tuple(indices), whole(y))
    if found is None:
        return False
    builder.fill(y, 0)
    if found.far.root.size and 0 not in found.far.shape:
        near = spread(builder.of(x, y.dtype), found.far.shape)
        run_walk(builder, "scatter", call, found, near)
    return True


@lowering("put")
def _put(builder: Builder, call: Call) -> bool:
    x, v, *indices = call.operands
    y = call.result
    if not known(y, v):
        return False
    if y.dtype == np.bool_ and not (isinstance(v, Value) and v.dtype == np.bool_):
        return False
    found = walk(builder, call.params["key"], tuple(indices), builder.place(y))
    if found is None:
        return False
    if not (isinstance(x, Value) and builder.place(x) == builder.place(y)):  # a state, in place
        builder.copy(spread(builder.of(x, y.dtype), y.shape), builder.place(y))
    if 0 not in found.far.shape:
        near = spread(builder.of(v, y.dtype), found.far.shape)
        if "b" in found.over or found.indices:
            run_walk(builder, "put", call, found, near)
        else:
            builder.copy(near, found.far)
    return True


@lowering("winners")
def _winners(builder: Builder, call: Call) -> bool:
    """Every place gets the number of the last entry written to it; the others find another's."""
    y = call.result
    last = builder.temporary(call.params["shape"], np.int64)
    found = walk(builder, call.params["key"], call.operands, last)
    if found is None:
        return False
    run_walk(builder, "number", call, found, found.far)
    run_walk(builder, "won", call, found, whole(y))
    return True


@lowering("distinct")
def _distinct(builder: Builder, call: Call) -> bool:
    x, size = call.operands[0], call.params["size"]
    if not isinstance(x, Value) or not known(x):
        return False
    bits = max(1, (2 * x.size - 1).bit_length())
    table = builder.temporary((1 << bits,), np.int64)

    def message(at: int) -> Exception:
        return outside(f"index {at} of scatter", size, "writes")

    builder.run(
        order.distinct,
        [builder.ordered(x), *call.results, table, x.size, bits, size, *builder.errors(message)],
        [*call.results, table], single=4 * x.size, X=code_of(x.dtype),
    )  # fmt: skip
    return True
