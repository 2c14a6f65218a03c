"""Floats of 16 bits for Numba, which has none: ``of_…`` reads their bits, ``to_…`` rounds to them.

An entry is loaded and stored as its bits. Rounding is to the nearest, ties to even (IEEE 754-2019,
4.3.1). Imported only where kernels are compiled.
"""

from __future__ import annotations

from typing import Any

import llvmlite.ir as ir
from numba.core import types
from numba.extending import intrinsic

WORD, SINGLE = ir.IntType(16), ir.IntType(32)


@intrinsic
def of_H2(typing: Any, bits: Any) -> Any:  # noqa: N802  (H2: the code of float16)
    """The number that the bits of a float16 are."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fpext(builder.bitcast(args[0], ir.HalfType()), ir.FloatType())

    return types.float32(types.uint16), generate


@intrinsic
def to_H2(typing: Any, x: Any) -> Any:  # noqa: N802
    """The bits of the float16 next to a number."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        single = _odd(builder, args[0]) if x == types.float64 else args[0]
        return builder.bitcast(builder.fptrunc(single, ir.HalfType()), WORD)

    return types.uint16(x), generate


def _odd(builder: Any, x: Any) -> Any:
    """A float64 as a float32 that can be rounded once more: where it is cut, its last bit is 1.

    Source: Boldo & Melquiond, "Emulation of a FMA and correctly rounded sums" (2008).
    """
    near = builder.fptrunc(x, ir.FloatType())
    back = builder.fpext(near, ir.DoubleType())
    bits = builder.bitcast(near, SINGLE)
    one = ir.Constant(SINGLE, 1)
    even = builder.icmp_unsigned("==", builder.and_(bits, one), ir.Constant(SINGLE, 0))
    moves = builder.and_(even, builder.fcmp_ordered("one", back, x))
    zero = ir.Constant(ir.DoubleType(), 0.0)
    negative = builder.fcmp_ordered("<", x, zero)
    beyond = builder.select(
        negative, builder.fcmp_ordered("<", back, x), builder.fcmp_ordered(">", back, x)
    )
    other = builder.select(beyond, builder.sub(bits, one), builder.add(bits, one))
    return builder.bitcast(builder.select(moves, other, bits), ir.FloatType())


@intrinsic
def of_B2(typing: Any, bits: Any) -> Any:  # noqa: N802  (B2: the code of bfloat16)
    """The number that the bits of a bfloat16 are: the upper half of a float32's."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        wide = builder.shl(builder.zext(args[0], SINGLE), ir.Constant(SINGLE, 16))
        return builder.bitcast(wide, ir.FloatType())

    return types.float32(types.uint16), generate


@intrinsic
def to_B2(typing: Any, x: Any) -> Any:  # noqa: N802
    """The bits of the bfloat16 next to a number; a float64 is rounded to float32 before."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        def number(value: int) -> Any:
            return ir.Constant(SINGLE, value)

        single = builder.fptrunc(args[0], ir.FloatType()) if x == types.float64 else args[0]
        bits = builder.bitcast(single, SINGLE)
        odd = builder.and_(builder.lshr(bits, number(16)), number(1))
        near = builder.add(builder.add(bits, number(0x7FFF)), odd)
        quiet = builder.or_(bits, number(0x400000))  # a NaN stays one whatever is cut off
        kept = builder.select(builder.fcmp_unordered("uno", single, single), quiet, near)
        return builder.trunc(builder.lshr(kept, number(16)), WORD)

    return types.uint16(x), generate
