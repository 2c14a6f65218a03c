"""Tiles of a matrix product: the vector code under ``products.product``, for the machine at hand.

A tile of C, `ROWS` rows by a few vectors, stays in registers while A and B pass by: each entry of A
is spread over a vector and multiplied into the vectors of a row of B. B comes packed, its vectors
one after another; A is read where it lies, with any strides, or at offsets that tables tell: rows
of windows overlap, and so are no matrix that strides walk through.
Source: Goto & van de Geijn, "Anatomy of high-performance matrix multiplication" (TOMS 34, 2008).
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
import llvmlite.ir as ir
from numba import njit
from numba.core import types
from numba.extending import intrinsic

from autograd_nn.engine.kernels.memory import load, store

DEPTH = 256  # rows of B in a packed panel: 64 KB, part of the second cache


def _machine() -> tuple[int, int, bool]:
    """Bytes of a vector, vectors in a tile's row so that a tile fills the registers, and fma."""
    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        return 64, 4, True
    if features.get("avx"):
        return 32, 2, bool(features.get("fma"))
    arm = llvm.get_process_triple().startswith(("aarch64", "arm64"))
    return (16, 4, True) if arm else (16, 2, False)


def _room(vector: int, vectors: int) -> tuple[int, int]:
    """How many panels of B are packed at a time, where they are narrow several, and their bytes."""
    panels = max(1, 256 // (vectors * vector))
    return panels, DEPTH * vectors * vector * panels


VECTOR, VECTORS, FUSED = _machine()
CUTS = VECTOR == 64  # whether part of a vector is read at the price of a whole one
ROWS = 6  # of a tile: their addresses, A's and C's, fit the registers too
TALL = 8  # of a tile one vector wide: fewer sums than that wait for one another
SHORT = 4  # of a tile for few rows, and for what sixes leave over
PANELS, PANEL = _room(VECTOR, VECTORS)
I32, I64 = ir.IntType(32), ir.IntType(64)


def _number(n: int) -> Any:
    return ir.Constant(I64, n)


def _pointer(builder: Any, base: Any, bytes_on: Any, kind: Any) -> Any:
    return builder.inttoptr(builder.add(base, bytes_on), kind.as_pointer())


def _spread(builder: Any, value: Any, lanes: int) -> Any:
    """A vector of one number."""
    kind = ir.VectorType(value.type, lanes)
    undefined, first = ir.Constant(kind, ir.Undefined), ir.Constant(I32, 0)
    one = builder.insert_element(undefined, value, first)
    every = ir.Constant(ir.VectorType(I32, lanes), [0] * lanes)
    return builder.shuffle_vector(one, undefined, every)


@intrinsic(prefer_literal=True)
def tile(
    typing: Any, a: Any, down: Any, across: Any, b: Any, row_b: Any, c: Any, row_c: Any, rows: Any,
    columns: Any, depth: Any, fresh: Any, dtype: Any, vectors: Any, tabled: Any,
) -> Any:  # fmt: skip
    """Cᵢⱼ (+)= Σₖ Aᵢₖ Bₖⱼ for ``vectors`` vectors of columns, as many rows as `taken` says at most.

    Addresses a, b, c; strides of A (down a row, across a column), of B's and C's rows, in entries;
    fresh: C is written, not added to. C's last vector may be cut, and with `CUTS` B's. Rows
    that are not there repeat the last one, and write it again alike. Needs depth > 0.
    tabled: nothing, or A's strides (1), or that of C's rows (2) are addresses of tables, of bytes.
    """
    kind, told = dtype.dtype, tabled.literal_value

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        scalar, size = context.get_data_type(kind), kind.bitwidth // 8
        for count in range(1, VECTORS + 1):
            wide = builder.icmp_signed("==", args[12], _number(count))
            for least, height in _heights(count):
                function = _tile(builder.module, scalar, size, count, told, height)
                high = builder.icmp_signed(">", args[7], _number(least))
                low = builder.icmp_signed("<=", args[7], _number(height))
                with builder.if_then(builder.and_(wide, builder.and_(high, low))):
                    builder.call(function, args[:11])
        return context.get_dummy_value()

    i = types.int64
    return types.void(*[i] * 11, dtype, i, tabled), generate


def _heights(count: int) -> list[tuple[int, int]]:
    """Heights of the tiles ``count`` vectors wide, each for rows more than the one before it.

    Of fewer rows, so few sums would wait for one another.
    """
    heights = {1: (TALL,), 2: (SHORT, ROWS)}.get(count, (1, SHORT, ROWS))
    return [*zip((0, *heights), heights, strict=False)]


@njit(error_model="numpy", inline="always")
def taken(left, vectors):  # type: ignore[no-untyped-def]
    """How many of the rows that are left the next tile takes: of eight, four and not six."""
    if vectors == 1:
        return min(left, TALL)
    if left == 2 * SHORT:
        return SHORT
    return min(left, ROWS)


def _told(builder: Any, table: Any, i: Any) -> Any:
    """The offset that a table holds for ``i``."""
    return builder.load(_pointer(builder, table, builder.mul(i, _number(8)), I64))


def _tile(module: Any, scalar: Any, size: int, count: int, tabled: int, height: int) -> Any:
    """The function of a tile ``count`` vectors wide; apart, so that it has the registers."""
    name = f"tile_{scalar}_{height}_{count}_{tabled}"
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [I64] * 11), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    a, down, across, b, row_b, c, row_c, rows, columns, depth, fresh = function.args
    entry, inner, through, adding, after = (
        function.append_basic_block(label)
        for label in ("entry", "inner", "through", "adding", "after")
    )
    builder = ir.IRBuilder(entry)
    lanes = VECTOR // size
    vector = ir.VectorType(scalar, lanes)
    offsets = [_number(v * VECTOR) for v in range(count)]
    pitch_a, step_a, pitch_b, pitch_c = (
        builder.mul(x, _number(size)) for x in (down, across, row_b, row_c)
    )
    # Of the last vector of C only the columns that are there are touched.
    left = builder.trunc(builder.sub(columns, _number((count - 1) * lanes)), I32)
    places = ir.Constant(ir.VectorType(I32, lanes), list(range(lanes)))
    mask = builder.icmp_signed("<", places, _spread(builder, left, lanes))
    align, zero = ir.Constant(I32, size), ir.Constant(vector, [0.0] * lanes)

    def declared(what: str, result: Any, *parameters: Any) -> Any:
        full = f"llvm.{what}.v{lanes}f{8 * size}"
        if what.startswith("masked"):
            full += f".p0v{lanes}f{8 * size}"
        found = module.globals.get(full)
        return found or ir.Function(module, ir.FunctionType(result, parameters), full)

    pointer = vector.as_pointer()
    cut_load = declared("masked.load", vector, pointer, I32, mask.type, vector)
    cut_store = declared("masked.store", ir.VoidType(), vector, pointer, I32, mask.type)
    fma = declared("fma", vector, vector, vector, vector)

    at_a, at_c = [], []
    for i in range(height):
        here = builder.icmp_signed("<", _number(i), rows)
        row = builder.select(here, _number(i), builder.sub(rows, _number(1)))
        on = _told(builder, down, row) if tabled == 1 else builder.mul(row, pitch_a)
        at_a.append(builder.add(a, on))
        on = _told(builder, row_c, row) if tabled == 2 else builder.mul(row, pitch_c)
        at_c.append(builder.add(c, on))
    tiles = [(i, v) for i in range(height) for v in range(count)]
    builder.branch(inner)

    builder.position_at_end(inner)
    counters = [builder.phi(I64) for _ in range(3)]  # k, and the bytes gone in A and in B
    sums = [builder.phi(vector) for _ in tiles]
    at, on_a, on_b = counters
    if tabled == 1:
        on_a = _told(builder, across, at)
    rows_b = [_pointer(builder, b, builder.add(on_b, o), vector) for o in offsets]
    bs = [builder.load(p, align=size) for p in rows_b[: count - CUTS]]
    bs += [builder.call(cut_load, [p, align, mask, zero]) for p in rows_b[len(bs) :]]
    xs = [
        _spread(builder, builder.load(_pointer(builder, p, on_a, scalar), align=size), lanes)
        for p in at_a
    ]
    results = [
        builder.call(fma, [xs[i], bs[v], total])
        if FUSED
        else builder.fadd(builder.fmul(xs[i], bs[v]), total)
        for (i, v), total in zip(tiles, sums, strict=True)
    ]
    steps = (_number(1), step_a, pitch_b)
    nexts = [builder.add(x, s) for x, s in zip(counters, steps, strict=True)]
    for phi in counters:
        phi.add_incoming(_number(0), entry)
    for phi in sums:
        phi.add_incoming(zero, entry)
    for phi, new in zip(counters + sums, nexts + results, strict=True):
        phi.add_incoming(new, inner)
    builder.cbranch(builder.icmp_signed("<", nexts[0], depth), inner, through)
    builder.position_at_end(through)
    builder.cbranch(builder.icmp_signed("!=", fresh, _number(0)), after, adding)

    # What was in C is added last: were it what the sums begin with, each of millions of rows of B
    # would be rounded at the size of them all.
    builder.position_at_end(adding)
    added = []
    for (i, v), total in zip(tiles, results, strict=True):
        place = _pointer(builder, at_c[i], offsets[v], vector)
        if v == count - 1:
            old = builder.call(cut_load, [place, align, mask, zero])
        else:
            old = builder.load(place, align=size)
        added.append(builder.fadd(old, total))
    builder.branch(after)

    builder.position_at_end(after)
    totals = [builder.phi(vector) for _ in tiles]
    for phi, alone, both in zip(totals, results, added, strict=True):
        phi.add_incoming(alone, through)
        phi.add_incoming(both, adding)

    # A store under a mask takes some processors as long as twenty whole ones.
    whole = builder.icmp_signed(">=", left, ir.Constant(I32, lanes))
    with builder.if_else(whole) as (all_of_it, part_of_it):
        for branch, cut in ((all_of_it, False), (part_of_it, True)):
            with branch:
                for (i, v), total in zip(tiles, totals, strict=True):
                    place = _pointer(builder, at_c[i], offsets[v], vector)
                    if cut and v == count - 1:
                        builder.call(cut_store, [total, place, align, mask])
                    else:
                        builder.store(total, place, align=size)
    builder.ret_void()
    return function


@intrinsic(prefer_literal=True)
def turn(typing: Any, source: Any, row: Any, target: Any, row_t: Any, dtype: Any) -> Any:
    """Transposes a square as wide as a vector: targetⱼᵢ = sourceᵢⱼ; rows' strides in entries.

    Vector i and vector i + lanes/2 are interleaved; after log₂(lanes) rounds rows are columns.
    """
    kind = dtype.dtype

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        source, row, target, row_t = args[:4]
        size = kind.bitwidth // 8
        lanes, half = VECTOR // size, VECTOR // size // 2
        vector = ir.VectorType(context.get_data_type(kind), lanes)

        def at(base: Any, pitch: Any, i: int) -> Any:
            return _pointer(builder, base, builder.mul(pitch, _number(i * size)), vector)

        rows = [builder.load(at(source, row, i), align=size) for i in range(lanes)]
        low, high = (
            ir.Constant(ir.VectorType(I32, lanes), [x for j in part for x in (j, j + lanes)])
            for part in (range(half), range(half, lanes))
        )
        for _ in range(lanes.bit_length() - 1):
            rows = [
                builder.shuffle_vector(rows[i], rows[i + half], m)
                for i in range(half)
                for m in (low, high)
            ]
        for i, vector_i in enumerate(rows):
            builder.store(vector_i, at(target, row_t, i), align=size)
        return context.get_dummy_value()

    i = types.int64
    return types.void(i, i, i, i, dtype), generate


@intrinsic
def carry(typing: Any, source: Any, target: Any, dtype: Any) -> Any:
    """Copies as many numbers as a tile is wide, by vectors: a loop over them LLVM counts out."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        scalar, size = context.get_data_type(dtype.dtype), dtype.dtype.bitwidth // 8
        vector = ir.VectorType(scalar, VECTOR // size)
        offsets = [_number(v * VECTOR) for v in range(VECTORS)]
        read = [builder.load(_pointer(builder, args[0], o, vector), align=size) for o in offsets]
        for value, on in zip(read, offsets, strict=True):
            builder.store(value, _pointer(builder, args[1], on, vector), align=size)
        return context.get_dummy_value()

    i = types.int64
    return types.void(i, i, dtype), generate


@intrinsic(prefer_literal=True)
def scratch(typing: Any, nbytes: Any) -> Any:
    """The address of that many bytes, a literal, on the thread's stack, at a cache line's start."""
    room = nbytes.literal_value + 64

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        with builder.goto_entry_block():
            place = builder.alloca(ir.ArrayType(ir.IntType(8), room))
        address = builder.add(builder.ptrtoint(place, I64), _number(63))
        return builder.and_(address, _number(-64))

    return types.int64(nbytes), generate


@njit(error_model="numpy", inline="always")
def pack(b, row, column, depth, columns, target, dtype, size):  # type: ignore[no-untyped-def]
    """Copies columns of B as panels as wide as a tile, one after another, each row by row.

    The last one is as wide as whole vectors, with zeros after the columns.
    """
    lanes = VECTOR // size
    width = VECTORS * lanes
    whole = columns // width
    if column == 1:  # a row of all panels at a time: what lies together is read together
        for k in range(depth):
            for panel in range(whole):
                at = target + (panel * depth + k) * width * size
                carry(b + (k * row + panel * width) * size, at, dtype)
    for panel in range(whole if column == 1 else 0, (columns + width - 1) // width):
        left = min(width, columns - panel * width)
        pitch = (left + lanes - 1) // lanes * lanes
        source, to = b + panel * width * column * size, target + panel * width * depth * size
        squares, turned = 0, 0
        if row == 1:
            squares, turned = left - left % lanes, depth - depth % lanes
        for j in range(squares // lanes):
            for k in range(turned // lanes):
                square = source + (k + j * column) * lanes * size
                turn(square, column, to + (k * pitch + j) * lanes * size, pitch, dtype)
        for k in range(depth):
            for j in range(squares if k < turned else 0, pitch):
                entry = dtype(0)
                if j < left:
                    entry = load(source, k * row + j * column, dtype, 0, 2)
                store(to, k * pitch + j, entry, dtype, 1, 2)
