"""Loads, stores and calls by address, for Numba. Imported only where kernels are compiled.

Every array of a kernel gets an alias scope: LLVM may then vectorise without checking at run time
that arrays do not overlap. The planner guarantees it: two arrays of one kernel are either the same
(then they share a scope) or apart.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
import llvmlite.ir as ir
import numpy as np
from numba import njit
from numba.core import cgutils, types
from numba.extending import intrinsic


def _scopes(builder: Any, k: int, n: int) -> tuple[Any, Any]:
    module = builder.module
    domain = module.add_metadata(["arrays"])
    scopes = [module.add_metadata([f"array {j}", domain]) for j in range(n)]
    own = module.add_metadata([scopes[k]])
    others = module.add_metadata([s for j, s in enumerate(scopes) if j != k])
    return own, others


def _place(context: Any, builder: Any, args: Any, kind: Any) -> Any:
    pointer = context.get_data_type(kind).as_pointer()
    return builder.gep(builder.inttoptr(args[0], pointer), [args[1]])


def _mark(builder: Any, access: Any, k: int, n: int) -> None:
    if n > 1:
        own, others = _scopes(builder, k, n)
        access.set_metadata("alias.scope", own)
        access.set_metadata("noalias", others)


@intrinsic(prefer_literal=True)
def load(typing: Any, address: Any, i: Any, dtype: Any, k: Any, n: Any) -> Any:
    """The entry ``i`` of the array of ``dtype`` at ``address``; scope ``k`` of ``n``."""
    kind, scope, count = dtype.dtype, k.literal_value, n.literal_value

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        value = builder.load(_place(context, builder, args, kind))
        _mark(builder, value, scope, count)
        return value

    return kind(types.int64, types.int64, dtype, k, n), generate


@intrinsic(prefer_literal=True)
def store(typing: Any, address: Any, i: Any, value: Any, dtype: Any, k: Any, n: Any) -> Any:
    """Writes the entry ``i`` of the array of ``dtype`` at ``address``; scope ``k`` of ``n``."""
    kind, scope, count = dtype.dtype, k.literal_value, n.literal_value

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        access = builder.store(args[2], _place(context, builder, args, kind))
        _mark(builder, access, scope, count)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, kind, dtype, k, n), generate


@intrinsic
def pointer(typing: Any, address: Any, dtype: Any) -> Any:
    """An address as what `numba.carray` takes: a pointer to numbers of ``dtype``."""
    kind = types.CPointer(dtype.dtype)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], context.get_value_type(kind))

    return kind(types.int64, dtype), generate


@intrinsic
def plus(typing: Any, a: Any, b: Any) -> Any:
    """a + b, free to be reordered with its like: sums over the inner loop become vectors."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fadd(args[0], args[1], flags=["reassoc"])

    return (a(a, b), generate) if isinstance(a, types.Float) and a == b else None


@intrinsic
def as_float(typing: Any, cell: Any) -> Any:
    """The float64 whose bits a cell holds."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.DoubleType())

    return types.float64(types.int64), generate


@intrinsic
def call_kernel(typing: Any, function: Any, block: Any, tid: Any, nth: Any) -> Any:
    """Calls a kernel by address."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        i64 = ir.IntType(64)
        kind = ir.FunctionType(ir.VoidType(), [i64.as_pointer(), i64, i64])
        target = builder.inttoptr(args[0], kind.as_pointer())
        builder.call(target, [builder.inttoptr(args[1], i64.as_pointer()), args[2], args[3]])
        return context.get_dummy_value()

    i64 = types.int64
    return types.void(i64, i64, i64, i64), generate


@intrinsic
def high_product(typing: Any, a: Any, b: Any) -> Any:
    """The upper 64 bits of the 128-bit product of two unsigned integers."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(builder.zext(args[0], wide), builder.zext(args[1], wide))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


@njit(error_model="numpy", inline="always")
def philox(key0, key1, counter):  # type: ignore[no-untyped-def]
    """The four 64-bit words of Philox4x64-10 for a counter below 2⁶⁴."""
    x0, x1, x2, x3 = counter, np.uint64(0), np.uint64(0), np.uint64(0)
    for _ in range(10):
        h0 = high_product(np.uint64(0xD2E7470EE14C6C93), x0)
        l0 = np.uint64(0xD2E7470EE14C6C93) * x0
        h2 = high_product(np.uint64(0xCA5A826395121157), x2)
        l2 = np.uint64(0xCA5A826395121157) * x2
        x0, x1, x2, x3 = h2 ^ x1 ^ key0, l2, h0 ^ x3 ^ key1, l0
        key0 += np.uint64(0x9E3779B97F4A7C15)
        key1 += np.uint64(0xBB67AE8584CAA73B)
    return x0, x1, x2, x3


def _widths(m: int, size: int) -> list[tuple[int, int]]:
    """``m`` columns as (first, count) of full vectors, then halves of them."""
    found, at, width = [], 0, 64 // size
    while at < m:
        while width > m - at:
            width //= 2
        found.append((at, width))
        at += width
    return found


@intrinsic(prefer_literal=True)
def row_product(
    typing: Any, x: Any, step: Any, b: Any, row: Any, y: Any, dtype: Any, k: Any, m: Any
) -> Any:
    """yⱼ = Σᵣ xᵣ bᵣⱼ for literal k and m: addresses, the stride of x, the row stride of b.

    Spelled out in vectors: left to itself LLVM unrolls so short a loop into single numbers.
    """
    kind, inner, columns = dtype.dtype, k.literal_value, m.literal_value

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        scalar = context.get_data_type(kind)
        size = kind.bitwidth // 8
        i32, zero = ir.IntType(32), ir.Constant(ir.IntType(32), 0)
        px, pb, py = (builder.inttoptr(args[i], scalar.as_pointer()) for i in (0, 2, 4))
        i64 = args[1].type

        def at(pointer: Any, index: Any, width: int) -> Any:
            place = builder.gep(pointer, [index])
            return builder.bitcast(place, ir.VectorType(scalar, width).as_pointer())

        def splat(value: Any, width: int) -> Any:
            wide = ir.VectorType(scalar, width)
            one = builder.insert_element(ir.Constant(wide, ir.Undefined), value, zero)
            mask = ir.Constant(ir.VectorType(i32, width), [0] * width)
            return builder.shuffle_vector(one, ir.Constant(wide, ir.Undefined), mask)

        xs = []
        for r in range(inner):
            value = builder.load(builder.gep(px, [builder.mul(args[1], ir.Constant(i64, r))]))
            _mark(builder, value, 0, 3)
            xs.append(value)
        for first, width in _widths(columns, size):
            total = None
            for r in range(inner):
                index = builder.add(
                    builder.mul(args[3], ir.Constant(i64, r)), ir.Constant(i64, first)
                )
                part = builder.load(at(pb, index, width), align=size)
                _mark(builder, part, 1, 3)
                term = builder.fmul(splat(xs[r], width), part, flags=["contract"])
                total = term if total is None else builder.fadd(total, term, flags=["contract"])
            access = builder.store(total, at(py, ir.Constant(i64, first), width), align=size)
            _mark(builder, access, 2, 3)
        return context.get_dummy_value()

    i64 = types.int64
    return types.void(i64, i64, i64, i64, i64, dtype, k, m), generate


@intrinsic
def atomic_add(typing: Any, address: Any, amount: Any) -> Any:
    """Adds to a cell at once for all threads; returns what it held."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.inttoptr(args[0], ir.IntType(64).as_pointer())
        return builder.atomic_rmw("add", place, args[1], "seq_cst")

    return types.int64(types.int64, types.int64), generate


@intrinsic
def atomic_load(typing: Any, address: Any) -> Any:
    """A cell's contents as other threads left them."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.inttoptr(args[0], ir.IntType(64).as_pointer())
        return builder.load_atomic(place, "acquire", 8)

    return types.int64(types.int64), generate


@intrinsic
def atomic_store(typing: Any, address: Any, value: Any) -> Any:
    """Writes a cell so that other threads see it after all that was written before."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        place = builder.inttoptr(args[0], ir.IntType(64).as_pointer())
        builder.store_atomic(args[1], place, "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@intrinsic
def relax(typing: Any) -> Any:
    """Tells the processor that this is a loop that waits."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if llvm.get_process_triple().startswith("x86_64"):
            kind = ir.FunctionType(ir.VoidType(), [])
            name = "llvm.x86.sse2.pause"
            builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [])
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def call_plain(typing: Any, function: Any) -> Any:
    """Calls a C function without arguments by address."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [])
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), [])
        return context.get_dummy_value()

    return types.void(types.int64), generate


OFFER = 1 << 32  # a ticket holds an instruction's number times this, plus the next part
SPINS = 4000  # about 50 µs: longer than a partner's part should be late, then the core is shared


@njit(error_model="numpy", inline="always")
def pause(waited, give_way):  # type: ignore[no-untyped-def]
    """One turn of waiting; returns how many there have been."""
    relax()
    if waited > SPINS and give_way != 0:
        call_plain(give_way)
    return waited + 1


@njit(error_model="numpy", inline="always")
def wait_for(cell, count, give_way):  # type: ignore[no-untyped-def]
    """Returns when ``cell`` has reached ``count``."""
    waited = 0
    while atomic_load(cell) < count:
        waited = pause(waited, give_way)
