"""Rows of at most sixteen entries, as of a classifier's few classes: one vector under a mask.

A loop over so few entries would take them one by one. Imported only where kernels are compiled.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import llvmlite.ir as ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from autograd_nn.engine.kernels.functions import Number, _exp, _forms, _fused
from autograd_nn.engine.kernels.memory import _mark

LANES = 16


class Row:
    """The first ``width`` of the sixteen entries of an array from ``at`` on; no other is touched.

    Arrays go by address: x has scope 0 of 3, y scope 2.
    """

    def __init__(self, context: Any, builder: Any, kind: Any, at: Any, width: Any) -> None:
        _, form = _forms(kind)
        self.builder, self.scalar, self.at = builder, form.float, at
        self.form = replace(
            form, float=ir.VectorType(form.float, LANES), bits=ir.VectorType(form.bits, LANES)
        )
        self.fused = _fused(context)
        lanes = ir.Constant(ir.VectorType(width.type, LANES), list(range(LANES)))
        self.mask = builder.icmp_signed("<", lanes, self._spread(width))

    def _spread(self, x: Any) -> Any:
        wide, i32 = ir.VectorType(x.type, LANES), ir.IntType(32)
        one = self.builder.insert_element(ir.Constant(wide, ir.Undefined), x, i32(0))
        zeros = ir.Constant(ir.VectorType(i32, LANES), [0] * LANES)
        return self.builder.shuffle_vector(one, one, zeros)

    def _call(self, name: str, result: Any, *args: Any, flags: tuple[str, ...] = ()) -> Any:
        form = ir.FunctionType(result, [x.type for x in args])
        function = cgutils.get_or_insert_function(self.builder.module, form, f"llvm.{name}")
        return self.builder.call(function, args, fastmath=flags)

    def _access(self, name: str, result: Any, array: Any, scope: int, first: Any, last: Any) -> Any:
        pointer = self.builder.inttoptr(array, self.scalar.as_pointer())
        place = self.builder.gep(pointer, [self.at])
        wide = self.builder.bitcast(place, self.form.float.as_pointer())
        size = ir.IntType(32)(self.form.width // 8)
        args = [*first, wide, size, self.mask, *last]
        found = self._call(f"masked.{name}.v{LANES}f{self.form.width}.p0", result, *args)
        _mark(self.builder, found, scope, 3)
        return found

    def number(self, vector: Any) -> Number:
        """A vector with the operators of a number."""
        return Number(self.builder, self.form, self.fused, vector)

    def load(self, array: Any) -> Number:
        """The entries of x, -∞ in the lanes beyond."""
        none = ir.Constant(self.form.float, [float("-inf")] * LANES)
        return self.number(self._access("load", self.form.float, array, 0, [], [none]))

    def store(self, entries: Number, array: Any) -> None:
        """Writes entries of y."""
        self._access("store", ir.VoidType(), array, 2, [entries.value], [])

    def less(self, entries: Number, top: Any) -> Number:
        """The entries less one number."""
        return entries - self.number(self._spread(top))

    def over(self, entries: Number, total: Any) -> Number:
        """The entries over one number."""
        return entries / self.number(self._spread(total))

    def largest(self, entries: Number) -> Any:
        """The largest entry, but 0 for an infinite one; of NaN it is whatever."""
        width, bits = self.form.width, self.form.bits.element
        ranks = entries.bits().turned().value
        top = self._call(f"vector.reduce.smax.v{LANES}i{width}", bits, ranks)
        one = replace(self.form, float=self.scalar, bits=bits)
        x = Number(self.builder, one, self.fused, top).turned().number()
        return abs(x).choose("==", float("inf"), 0.0, x).value

    def sum(self, entries: Number) -> Any:
        """The sum of the entries, in pairs."""
        none = ir.Constant(self.form.float, [0.0] * LANES)
        kept = self.builder.select(self.mask, entries.value, none)
        name = f"vector.reduce.fadd.v{LANES}f{self.form.width}"
        return self._call(name, self.scalar, self.scalar(0.0), kept, flags=("reassoc",))


@intrinsic
def short_largest(typing: Any, x: Any, at: Any, width: Any, dtype: Any) -> Any:
    """What to take from a row before exponentials: its largest entry, but 0 for an infinite one."""
    kind, i64 = dtype.dtype, types.int64

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        row = Row(context, builder, kind, args[1], args[2])
        return row.largest(row.load(args[0]))

    return kind(i64, i64, i64, dtype), generate


@intrinsic
def short_sum(typing: Any, x: Any, at: Any, width: Any, top: Any, dtype: Any) -> Any:
    """Σ e^(x - top) of a row."""
    kind, i64 = dtype.dtype, types.int64

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        row = Row(context, builder, kind, args[1], args[2])
        return row.sum(_exp(row.less(row.load(args[0]), args[3])))

    return kind(i64, i64, i64, kind, dtype), generate


@intrinsic
def short_softmax(typing: Any, x: Any, y: Any, at: Any, width: Any, dtype: Any) -> Any:
    """y = softmax of a row of x."""
    kind, i64 = dtype.dtype, types.int64

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        row = Row(context, builder, kind, args[2], args[3])
        entries = row.load(args[0])
        powers = _exp(row.less(entries, row.largest(entries)))
        row.store(row.over(powers, row.sum(powers)), args[1])
        return context.get_dummy_value()

    return types.void(i64, i64, i64, i64, dtype), generate
