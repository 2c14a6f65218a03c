"""Reading and writing at index arrays: one walk over the entries at a key, native for every key.

A key (slices, new axes, numbers, index arrays that broadcast together) says for each entry of the
result where it lies in the array indexed: an offset, a stride per axis of the result, and for each
index array what it holds times the stride of the axis it speaks of. The kernel is a loop nest over
the result's axes, written for their structure alone, as fused loops are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from autograd_nn.engine.errors import RangeError
from autograd_nn.engine.graph.values import Call, Ref, Value
from autograd_nn.engine.ops.indexing import PLACE
from autograd_nn.engine.program.lower.registry import lowering
from autograd_nn.engine.program.plan.layout import Place, merge, spread, whole
from autograd_nn.engine.program.plan.steps import PARTS, Address, Step, copy_step, fill_step
from autograd_nn.engine.program.target.cpu.compiler import Source
from autograd_nn.engine.program.target.cpu.loops import CODES, code_of

if TYPE_CHECKING:
    from autograd_nn.engine.program.plan.build import Builder

# What happens to an entry. ``near`` is the array of the result's shape, ``far`` the one indexed;
# ``at`` counts the entries in order.
BODIES = {
    "gather": "store(near, {y}, load(far, {x}, {F}, 1, {s}), {N}, 0, {s})",
    "scatter": "store(far, {x}, {F}(load(far, {x}, {F}, 1, {s}) + load(near, {y}, {N}, 0, {s})), "
    "{F}, 1, {s})",
    "put": "store(far, {x}, {F}(load(near, {y}, {N}, 0, {s})), {F}, 1, {s})",
    "number": "store(far, {x}, I8({at}), {F}, 1, {s})",
    "won": "store(near, {y}, B1(1 if load(far, {x}, {F}, 1, {s}) == {at} else 0), {N}, 0, {s})",
}
APART = ("gather", "won")  # every entry is written once


@dataclass(slots=True)
class Walk:
    """The entries at a key of an array; ``over`` marks the axes of index arrays 'b', others 'k'."""

    far: Place  # where an entry lies but for what the index arrays hold
    over: str
    indices: list[tuple[int, Place, int, int]]  # which, its place, axis's size and stride


@dataclass(frozen=True, slots=True)
class Nest:
    """The structure of a walk's kernel; per axis a stride is told as '0', '1' or 's'."""

    kind: str
    near: str
    far: str
    over: str
    near_steps: str
    far_steps: str
    indices: tuple[tuple[str, str], ...]  # dtype code and strides

    @property
    def shared(self) -> bool:
        """Whether threads may divide the first axis among them: no two write to one entry."""
        return bool(self.over) and (self.kind in APART or self.over[0] == "k")


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
        if not isinstance(i, Value) or i.dtype.kind not in "iu" or i.dtype.str[1:] not in CODES:
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


# ---- the kernel ---------------------------------------------------------------------------------


@cache
def _source(nest: Nest) -> Source:
    """The kernel of a nest.

    Its block: sizes; cell of errors, code; near, its strides; far, its strides; and of each index
    array its address, its axis's size and stride, its own strides. A code counts the index arrays'
    entries, and which of the arrays it was.
    """
    n, count = len(nest.over), len(nest.indices)
    last = max((d for d in range(n) if nest.over[d] == "b"), default=-1)
    scopes = 2 + count
    cells = iter(range(10_000))
    lines = ["def indexed(a, tid, nth):"]

    def put(depth: int, text: str) -> None:
        lines.append("    " * depth + text)

    def strides(name: str, steps: str) -> None:
        for d, step in enumerate(steps):
            cell = next(cells)
            if step == "s":
                put(1, f"{name}{d} = a[{cell}]")

    def on(name: str, d: int, step: str) -> str:
        """The place in an array after axis d, from the one before it."""
        moved = {"0": "", "1": f" + i{d}", "s": f" + i{d} * {name}s{d}"}[step]
        return f"{name}{d} = {name}{d - 1 if d else ''}{moved}"

    for d in range(n):
        put(1, f"n{d} = a[{next(cells)}]")
    put(1, f"status, code = a[{next(cells)}], a[{next(cells)}]")
    for name, axis, steps in (("near", "y", nest.near_steps), ("far", "x", nest.far_steps)):
        put(1, f"{name} = a[{next(cells)}]")
        strides(f"{axis}s", steps)
    for j, (_, steps) in enumerate(nest.indices):
        for name in ("index", "limit", "span"):
            put(1, f"{name}{j} = a[{next(cells)}]")
        put(1, f"j{j}_ = 0")
        strides(f"j{j}_s", steps)
    put(1, "y = x = at = b = 0")

    def look_up(depth: int, d: str) -> None:
        """Reads the index arrays, checks what they hold, moves on in the array indexed."""
        for j, (code, _) in enumerate(nest.indices):
            put(depth, f"r{j} = I8(load(index{j}, j{j}_{d}, {code}, {2 + j}, {scopes}))")
            put(depth, f"r{j} = r{j} + limit{j} if r{j} < 0 else r{j}")
            put(depth, f"if r{j} < 0 or r{j} >= limit{j}:")
            put(depth + 1, f"store(status, 0, code + b{d} * {count} + {j}, I8, 0, 1)")
            put(depth + 1, "return")
        moved = "".join(f" + r{j} * span{j}" for j in range(count))
        put(depth, f"x{d} = x{d}{moved}")

    if last < 0 and count:
        look_up(1, "")
    for d in range(n):
        bounds = f"n{d} * tid // nth, n{d} * (tid + 1) // nth" if nest.shared and not d else f"n{d}"
        put(d + 1, f"for i{d} in range({bounds}):")
        before = str(d - 1) if d else ""
        put(d + 2, on("y", d, nest.near_steps[d]))
        put(d + 2, on("x", d, nest.far_steps[d]))
        put(d + 2, f"at{d} = at{before} * n{d} + i{d}")
        mine = nest.over[d] == "b"
        put(d + 2, f"b{d} = b{before} * n{d} + i{d}" if mine else f"b{d} = b{before}")
        for j, (_, steps) in enumerate(nest.indices):
            put(d + 2, on(f"j{j}_", d, steps[d]))
        if d == last and count:
            look_up(d + 2, str(d))
    end = str(n - 1) if n else ""
    body = BODIES[nest.kind].format(
        y=f"y{end}", x=f"x{end}", at=f"at{end}", s=scopes, N=nest.near, F=nest.far
    )
    put(n + 1, body)
    return Source("indexed", "\n".join(lines) + "\n")


def _told(strides: tuple[int, ...]) -> str:
    end = len(strides) - 1
    return "".join(
        "0" if s == 0 else "1" if s == 1 and d == end else "s" for d, s in enumerate(strides)
    )


def _step(builder: Builder, kind: str, call: Call, walked: Walk, near: Place) -> Step:
    """The step that walks over the entries at a key; ``near`` has the walk's shape."""
    far, held = walked.far, walked.indices
    by_array = [near.strides, far.strides, *(p.strides for _, p, _, _ in held)]
    columns = merge(far.shape, by_array, walked.over)
    sizes = [n for n, _, _ in columns]
    strides = [tuple(c[1][k] for c in columns) for k in range(len(by_array))]
    nest = Nest(
        kind, code_of(near.root.dtype), code_of(far.root.dtype),
        "".join(mark for _, _, mark in columns), _told(strides[0]), _told(strides[1]),
        tuple((code_of(p.root.dtype), _told(s)) for (_, p, _, _), s in
              zip(held, strides[2:], strict=True)),
    )  # fmt: skip
    verb = "reads" if kind == "gather" else "writes"
    several = walked.over and len(call.operands) > 2

    def message(at: int) -> Exception:
        place, j = divmod(at, len(held))
        which, _, n, _ = held[j]
        array = f" in index array {which + 1}" if several else ""
        return RangeError(
            f"index {place} of {call.op.name}{array} is outside the {n} rows it {verb}; expected "
            f"integers from {-n} to {n - 1}."
        )

    roots = [p.root for _, p, _, _ in held]
    reads, writes = [far.root, *roots], [near.root]
    if kind not in APART:
        reads, writes = ([near.root, *roots] if near.root is not far.root else roots), [far.root]
    step = Step(kind, reads, writes, _source(nest), message=message)
    step.parts = PARTS if nest.shared else 1
    step.cost = (0.3 + 0.5 * len(held)) * int(np.prod(sizes, dtype=np.int64))

    def address(place: Place) -> Address:
        return Address(place.root, place.offset * place.root.dtype.itemsize)

    step.cells = [
        *sizes, builder.status, builder.error_code(step) if held else 0,
        address(near), *strides[0], address(far), *strides[1],
    ]  # fmt: skip
    for (_, place, n, span), own in zip(held, strides[2:], strict=True):
        step.cells += [address(place), n, span, *own]
    return step


# ---- the ops ------------------------------------------------------------------------------------


def _knows(*values: Value) -> bool:
    return all(v.dtype.str[1:] in CODES for v in values)


@lowering("gather")
def _lower_gather(builder: Builder, call: Call) -> bool:
    x, *indices = call.operands
    y = call.result
    if not _knows(y):
        return False
    found = walk(builder, call.params["key"], tuple(indices), builder.of(x, y.dtype))
    if found is None:
        return False
    if found.indices:
        builder.add(_step(builder, "gather", call, found, whole(y)))
    else:
        builder.add(copy_step(found.far, whole(y)))
    return True


@lowering("scatter")
def _lower_scatter(builder: Builder, call: Call) -> bool:
    x, *indices = call.operands
    y = call.result
    if not _knows(y) or y.dtype == np.bool_:
        return False
    found = walk(builder, call.params["key"], tuple(indices), whole(y))
    if found is None:
        return False
    builder.add(fill_step(whole(y), 0))
    if found.far.root.size and 0 not in found.far.shape:
        near = spread(builder.of(x, y.dtype), found.far.shape)
        builder.add(_step(builder, "scatter", call, found, near))
    return True


@lowering("put")
def _lower_put(builder: Builder, call: Call) -> bool:
    x, v, *indices = call.operands
    y = call.result
    if not _knows(y) or (isinstance(v, Value) and not _knows(v)):
        return False
    if y.dtype == np.bool_ and not (isinstance(v, Value) and v.dtype == np.bool_):
        return False
    found = walk(builder, call.params["key"], tuple(indices), whole(y))
    if found is None:
        return False
    builder.add(copy_step(spread(builder.of(x, y.dtype), y.shape), whole(y)))
    if 0 not in found.far.shape:
        near = spread(builder.of(v, y.dtype), found.far.shape)
        if "b" in found.over or found.indices:
            builder.add(_step(builder, "put", call, found, near))
        else:
            builder.add(copy_step(near, found.far))
    return True


@lowering("winners")
def _lower_winners(builder: Builder, call: Call) -> bool:
    """Every place gets the number of the last entry written to it; the others find another's."""
    y = call.result
    last = whole(builder.temporary(call.params["shape"], np.dtype(np.int64)))
    found = walk(builder, call.params["key"], call.operands, last)
    if found is None:
        return False
    builder.add(_step(builder, "number", call, found, found.far))
    builder.add(_step(builder, "won", call, found, whole(y)))
    return True
