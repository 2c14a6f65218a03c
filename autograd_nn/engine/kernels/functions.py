"""Exponentials and logarithms without branches or calls, so that LLVM makes vectors of a loop.

Imported only where kernels are compiled. Every function reduces its argument to a small interval,
takes a polynomial there, and puts the exponent back by its bits; what is special (0, ∞, NaN) is
chosen at the end. Each is written once, for float32 and float64, and emitted instruction by
instruction: nothing is left to be fused or not, so an entry's bits are the same in the vectors of a
loop, in its remainder and alone. Errors stay below 1.5 units in the last place, those of exp and
log below 1.

Source: Cody & Waite, "Software manual for the elementary functions" (1980), for the reduction in
two parts; Muller, "Elementary functions" (3rd ed., 2016), chapter 3, for minimax polynomials; Sun's
fdlibm (1993), for ln by s = f / (2 + f).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import llvmlite.ir as ir
from numba.core import cgutils, types
from numba.extending import intrinsic


@dataclass(frozen=True, slots=True)
class Format:
    """A floating type: its layout, and the constants of the functions in it.

    The polynomials are minimax, by Remez' exchange with 60 digits: ``exp`` is (eʳ - 1 - r) / r² for
    |r| ≤ ½ ln 2, weighted for the relative error of eʳ - 1 (2⁻³² and 2⁻⁶² at most); ``log`` is
    (ln((1 + s)/(1 - s)) - 2s) / s³ in s² for |s| ≤ (√2 - 1)/(√2 + 1), weighted for the relative
    error of the logarithm (2⁻³⁰ and 2⁻⁵⁹). Lowest power first.
    """

    float: ir.Type
    bits: ir.IntType
    width: int  # in bits
    digits: int  # binary digits of the fraction
    bias: int
    ln2: tuple[float, float]  # the first part ends in zeros: its product with an exponent is exact
    exp: tuple[float, ...]
    log: tuple[float, ...]
    none: float  # e to this is 0
    over: float  # e to this is infinite
    flat: float  # e to minus this is lost beside 1, and tanh of half of it is 1


SINGLE = Format(
    ir.FloatType(), ir.IntType(32), 32, 23, 127, (0.693359375, -2.1219444005469057e-4),
    (0.5, 0.16666665673, 0.041666362435, 0.0083333896476, 0.0013940590433, 0.00019845797215),
    (0.66666775942, 0.39977544546, 0.29871743917),
    -104.0, 89.0, 20.0,
)  # fmt: skip
DOUBLE = Format(
    ir.DoubleType(), ir.IntType(64), 64, 52, 1023,
    (0.6931471803691238, 1.9082149292705877e-10),
    (
        0.5, 0.16666666666666677, 0.04166666666666651, 0.008333333333321724, 0.001388888888896217,
        0.00019841269885892328, 2.48015871727515e-05, 2.75572444424916e-06, 2.7557402561375273e-07,
        2.5108956653970785e-08, 2.087533348377001e-09,
    ),
    (
        0.6666666666666734, 0.3999999999941621, 0.28571428742136834, 0.22222198592409756,
        0.18183563587181556, 0.15314064046821865, 0.1479586040920981,
    ),
    -746.0, 710.0, 42.0,
)  # fmt: skip
LOG2_E = 1.4426950408889634
LN_2 = 0.6931471805599453


class Number:
    """A float of a kernel that is being written, or its bits: operators emit instructions."""

    __slots__ = ("builder", "format", "fused", "value")

    def __init__(self, builder: Any, form: Format, fused: bool, value: Any) -> None:
        self.builder, self.format, self.fused, self.value = builder, form, fused, value

    def of(self, x: Number | float | int) -> Number:
        """A constant of this number's type; a number as it is."""
        if isinstance(x, Number):
            return x
        kind = self.value.type
        wide = isinstance(kind, ir.VectorType)
        return self._with(ir.Constant(kind, [x] * kind.count if wide else x))

    def _with(self, value: Any) -> Number:
        return Number(self.builder, self.format, self.fused, value)

    def _emit(self, name: str, *xs: Number | float | int) -> Number:
        return self._with(getattr(self.builder, name)(*(self.of(x).value for x in xs)))

    def _arithmetic(self, name: str, a: Any, b: Any) -> Number:
        return self._emit(name if self.value.type == self.format.bits else f"f{name}", a, b)

    def __add__(self, other: Any) -> Number:
        return self._arithmetic("add", self, other)

    def __sub__(self, other: Any) -> Number:
        return self._arithmetic("sub", self, other)

    def __rsub__(self, other: Any) -> Number:
        return self._arithmetic("sub", other, self)

    def __mul__(self, other: Any) -> Number:
        return self._arithmetic("mul", self, other)

    def __truediv__(self, other: Any) -> Number:
        return self._emit("fdiv", self, other)

    def __neg__(self) -> Number:
        return self._emit("fneg", self)

    def __lshift__(self, places: int) -> Number:
        return self._emit("shl", self, places)

    def __rshift__(self, places: int) -> Number:
        return self._emit("lshr", self, places)

    def __and__(self, mask: int) -> Number:
        return self._emit("and_", self, mask)

    def __or__(self, mask: int) -> Number:
        return self._emit("or_", self, mask)

    def _intrinsic(self, name: str, *xs: Number) -> Number:
        kind = self.format.float
        lanes = f"v{kind.count}" if isinstance(kind, ir.VectorType) else ""
        form = ir.FunctionType(kind, [kind] * len(xs))
        full = f"llvm.{name}.{lanes}f{self.format.width}"
        call = cgutils.get_or_insert_function(self.builder.module, form, full)
        return self._with(self.builder.call(call, [x.value for x in xs]))

    def __abs__(self) -> Number:
        return self._intrinsic("fabs", self)

    def signed(self, other: Number) -> Number:
        """This with the sign of the other."""
        return self._intrinsic("copysign", self, other)

    def times(self, b: Any, c: Any) -> Number:
        """ab + c, rounded once where the processor can."""
        if self.fused:
            return self._intrinsic("fma", self, self.of(b), self.of(c))
        return self * b + c

    def when(self, sign: str, bound: float, then: Any) -> Number:
        """``then`` where this compares so with the bound, itself elsewhere; NaN never does."""
        return self.choose(sign, bound, then, self)

    def turned(self) -> Number:
        """Bits in the order of their numbers, as signed integers; and back."""
        negative = self._emit("ashr", self, self.format.width - 1)
        return self._emit("xor", self, negative >> 1)

    def choose(self, sign: str, bound: float, then: Any, other: Any) -> Number:
        """One value where this compares so with the bound, another elsewhere."""
        test = self.builder.fcmp_ordered(sign, self.value, self.of(bound).value)
        return self._with(self.builder.select(test, self.of(then).value, self.of(other).value))

    def bits(self) -> Number:
        """The integer of the same bits."""
        return self._with(self.builder.bitcast(self.value, self.format.bits))

    def number(self) -> Number:
        """The float whose bits this integer has."""
        return self._with(self.builder.bitcast(self.value, self.format.float))

    def series(self, coefficients: tuple[float, ...]) -> Number:
        """c₀ + c₁x + c₂x² + …, in pairs, then pairs of pairs: few steps wait for one another.

        Source: Estrin, "Organization of computer systems" (1960).
        """
        x, terms = self, [self.of(c) for c in coefficients]
        while len(terms) > 1:
            last = terms[-1:] if len(terms) % 2 else []
            terms = [x.times(b, a) for a, b in zip(terms[::2], terms[1::2], strict=False)] + last
            x = x * x
        return terms[0]


def _pattern(form: Format, x: float) -> int:
    """The bits of a constant."""
    kinds = ("<f", "<I") if form.width == 32 else ("<d", "<Q")
    return int(struct.unpack(kinds[1], struct.pack(kinds[0], x))[0])


def _whole(x: Number, factor: float) -> tuple[Number, Number]:
    """n = the integer next to ``factor`` x, as a float, and bits that end in n + 2·bias.

    1.5·2^digits pushes the fraction out of the sum, and so rounds it; its end is the integer.
    """
    push = 1.5 * 2.0**x.format.digits + 2 * x.format.bias
    pushed = x.times(factor, push)
    return pushed - push, pushed.bits()


def _rest(x: Number, n: Number) -> tuple[Number, Number]:
    """r = x - n ln 2, and what rounding took from it."""
    high, low = x.format.ln2
    long = n.times(-high, x)
    r = n.times(-low, long)
    return r, n.times(-low, long - r)


def _curve(r: Number) -> Number:
    """eʳ - 1 - r for |r| ≤ ½ ln 2."""
    return r * r * r.series(r.format.exp)


def _scaled(p: Number, n: Number) -> Number:
    """p·2ⁿ for bits that end in n + 2·bias: two factors, so that n may leave the normal range."""
    half = n >> 1
    digits = p.format.digits
    return p * (half << digits).number() * ((n - half) << digits).number()


def _exp(x: Number) -> Number:
    """eˣ = 2ⁿ eʳ."""
    x = x.when("<", x.format.none, x.format.none).when(">", x.format.over, x.format.over)
    n, exponent = _whole(x, LOG2_E)
    r, _ = _rest(x, n)
    return _scaled(_curve(r) + r + 1.0, exponent)


def _exp2(x: Number) -> Number:
    """2ˣ = 2ⁿ e^((x - n) ln 2)."""
    low, high = x.format.none * LOG2_E, x.format.over * LOG2_E
    x = x.when("<", low, low).when(">", high, high)
    n, exponent = _whole(x, 1.0)
    r = (x - n) * LN_2
    return _scaled(_curve(r) + r + 1.0, exponent)


def _grown(x: Number, unit: float) -> tuple[Number, Number]:
    """(eˣ - 1)·unit, a power of two, as a sum of which the second part is the smaller.

    2ⁿeʳ - 1 = (2ⁿ - 1 + 2ⁿr) + 2ⁿ(eʳ - 1 - r). What rounding takes from the first part, and had
    taken from r, goes into the second.
    """
    form = x.format
    n, exponent = _whole(x, LOG2_E)
    r, lost = _rest(x, n)
    offset = form.bias - int(math.log2(unit))
    power = ((exponent - offset) << form.digits).number()
    start = power - unit
    first = power.times(r, start)
    second = power.times(_curve(r) + lost, power.times(r, start - first))
    return first, second


def _expm1(x: Number) -> Number:
    """eˣ - 1; computed by halves, as 2ⁿ may be too large where the result is not."""
    form = x.format
    u = x.when("<", -form.flat, -form.flat).when(">", form.over, form.over)
    first, second = _grown(u, 0.5)
    # near 0 it is x: halves of subnormal numbers are not exact, and -0 stays what it is
    return abs(x).choose("<", 2.0 ** -(form.digits + 2), x, (first + second) * 2.0)


def _tanh(x: Number) -> Number:
    """tanh |x| = |x| + (t - 2|x| - |x|t) / (t + 2) = 1 - 2 / (t + 2), with t = e²|ˣ| - 1.

    In each the quotient corrects what is nearly exact: the first for small x, the second for large.
    """
    form, size = x.format, abs(x)
    u = size + size
    u = u.when(">", form.flat, form.flat)
    first, second = _grown(u, 1.0)
    t = first + second
    small = size.times(-t, first - u + second)
    quotient = u.choose(">", 1.25, -2.0, small) / (t + 2.0)
    return (quotient + size.when(">", 0.625, 1.0)).signed(x)


def _parts(x: Number) -> tuple[Number, Number, Number]:
    """m and k with x = 2ᵏ m and √½ ≤ m < √2, k as a float, and 2¹⁻ᵏ."""
    form = x.format
    one, bits = _pattern(form, 1.0), x.bits()
    raised = bits + (one - _pattern(form, 0.5**0.5))
    k = ((raised >> form.digits) | _pattern(form, 2.0**form.digits)).number()
    shift = (raised & -(1 << form.digits)) - one  # k, at its place in the bits
    scale = (_pattern(form, 2.0) - shift).number()
    return (bits - shift).number(), k - (2.0**form.digits + form.bias), scale


def _sum(f: Number, k: Number) -> Number:
    """ln(1 + f) + k ln 2 for √½ ≤ 1 + f < √2: with s = f / (2 + f), ln(1 + f) = 2s + s³P(s²).

    As 2s = f - sf, and sf = f²/2 - s f²/2, nothing but small terms is added to f.
    """
    high, low = f.format.ln2
    s = f / (f + 2.0)
    z = s * s
    half = f * f * 0.5
    small = s.times(z * z.series(f.format.log) + half, k * low)
    return k.times(high, f - (half - small))


def _log(x: Number) -> Number:
    """ln x = k ln 2 + ln m; a subnormal x is made a normal one first."""
    form = x.format
    least, up = 2.0 ** (1 - form.bias), form.digits + 1
    m, k, _ = _parts(x.choose("<", least, x * 2.0**up, x))
    y = _sum(m - 1.0, k - x.choose("<", least, up, 0.0))
    return _outside(y, x)


def _log1p(x: Number) -> Number:
    """ln(1 + x) = k ln 2 + ln(m + e), with 2ᵏ e what rounding took from 1 + x = 2ᵏ m.

    Source: Møller's exact sum (1965) for e; where k is 0, m - 1 + e is x itself.
    """
    u = x + 1.0
    back = u - 1.0
    lost = (1.0 - (u - back)) + (x - back)
    m, k, scale = _parts(u)
    y = _sum((lost * scale).times(0.5, m - 1.0), k)
    return x.choose("==", 0.0, x, _outside(y, u))


def _outside(y: Number, x: Number) -> Number:
    """y, or what the logarithm of x is where x is not a positive number."""
    y = x.choose("<", float("inf"), y, x)
    return x.choose("<", 0.0, float("nan"), x.choose("==", 0.0, float("-inf"), y))


def _fused(context: Any) -> bool:
    """Whether the processor has ab + c as one instruction; elsewhere it would be a slow call."""
    triple, _, features = context.codegen().magic_tuple()
    return "+fma" in features.split(",") or triple.startswith(("aarch64", "arm64", "powerpc64"))


def _forms(kind: Any) -> tuple[Any, Format]:
    """The floating type a function of a number works in, and its format."""
    return (types.float32, SINGLE) if kind == types.float32 else (types.float64, DOUBLE)


def _function(name: str, write: Callable[[Number], Number]) -> Any:
    """The function of a kernel that ``write`` writes; it keeps float32, integers are converted."""

    def function(typing: Any, x: Any) -> Any:
        kind, form = _forms(x)

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return write(Number(builder, form, _fused(context), args[0])).value

        return kind(kind), generate

    function.__name__, function.__doc__ = name, write.__doc__
    return intrinsic(function)


exp = _function("exp", _exp)
exp2 = _function("exp2", _exp2)
expm1 = _function("expm1", _expm1)
log = _function("log", _log)
log1p = _function("log1p", _log1p)
tanh = _function("tanh", _tanh)
NAMES = ("exp", "exp2", "expm1", "log", "log1p", "tanh")


@intrinsic
def rank(typing: Any, x: Any) -> Any:
    """A signed integer for a float, in the same order: largest integers, vectors can find."""
    kind, form = _forms(x)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return Number(builder, form, False, args[0]).bits().turned().value

    return (types.int32 if form is SINGLE else types.int64)(kind), generate


@intrinsic
def ranked(typing: Any, k: Any) -> Any:
    """The float of a rank."""
    form = SINGLE if k == types.int32 else DOUBLE

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return Number(builder, form, False, args[0]).turned().number().value

    return (types.float32 if form is SINGLE else types.float64)(k), generate
