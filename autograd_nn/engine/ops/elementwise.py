"""Elementwise functions: exponentials, trigonometry, the error and gamma families, activations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_nn.engine.declare import elementwise
from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.ops.arithmetic import (
    absolute,
    equal,
    greater,
    isfinite,
    logical_and,
    maximum,
    ratio,
    reciprocal,
    sqrt,
    square,
    stop_gradient,
    where,
)

SMALL = (-2.0, 2.0)
POSITIVE = (0.2, 3.0)
UNIT = (-0.9, 0.9)


def special(name: str) -> Any:
    """A SciPy special function, imported when it is first called; float32 stays float32."""

    def function(*xs: Any) -> Any:
        import scipy.special

        y = getattr(scipy.special, name)(*xs)
        dtype = np.result_type(*xs)
        return y if dtype.kind != "f" or y.dtype == dtype else y.astype(dtype)

    return function


# ---- exponentials and logarithms ----------------------------------------------------------------


@elementwise(lambda y, x: y, numpy=np.exp, domain=(SMALL,))
def exp(x):
    """The exponential, y = eˣ.

    >>> ag.exp(ag.Tensor(0.0))
    Tensor(1.)
    """
    return math.exp(x)


@elementwise(lambda y, x: exp(x), numpy=np.expm1, domain=(SMALL,))
def expm1(x):
    """The exponential less one, y = eˣ - 1, exact near 0.

    >>> ag.expm1(ag.Tensor([0.0, 1e-20]))
    Tensor([0.e+00, 1.e-20])
    """
    return math.expm1(x)


@elementwise(lambda y, x: y * math.log(2), numpy=np.exp2, domain=(SMALL,))
def exp2(x):
    """The power of two, y = 2ˣ.

    >>> ag.exp2(ag.Tensor([0.0, 3.0]))
    Tensor([1., 8.])
    """
    return math.exp2(x)


@elementwise(lambda y, x: 1 / x, numpy=np.log, domain=(POSITIVE,))
def log(x):
    """The natural logarithm, y = ln x.

    >>> ag.log(ag.Tensor([1.0, 10.0]))
    Tensor([0.        , 2.30258509])
    """
    return math.log(x)


@elementwise(lambda y, x: 1 / (1 + x), numpy=np.log1p, domain=(UNIT,))
def log1p(x):
    """The logarithm of one more, y = ln(1 + x), exact near 0.

    >>> ag.log1p(ag.Tensor([0.0, 1e-20]))
    Tensor([0.e+00, 1.e-20])
    """
    return math.log1p(x)


@elementwise(lambda y, x: 1 / (x * math.log(2)), numpy=np.log2, domain=(POSITIVE,))
def log2(x):
    """The binary logarithm, y = log₂ x.

    >>> ag.log2(ag.Tensor([1.0, 8.0]))
    Tensor([0., 3.])
    """
    return math.log2(x)


@elementwise(lambda y, x: 1 / (x * math.log(10)), numpy=np.log10, domain=(POSITIVE,))
def log10(x):
    """The decimal logarithm, y = log₁₀ x.

    >>> ag.log10(ag.Tensor([1.0, 100.0]))
    Tensor([0., 2.])
    """
    return math.log10(x)


def _ahead(x1, x2):  # type: ignore[no-untyped-def]
    # e^x1 / (e^x1 + e^x2); where both exponentials are 0 neither counts, as in logsumexp
    nothing = logical_and(equal(x1, -math.inf), equal(x2, -math.inf))
    return sigmoid(where(nothing, -math.inf, x1 - x2))


@elementwise(
    lambda y, x1, x2: _ahead(x1, x2),
    lambda y, x1, x2: _ahead(x2, x1),
    numpy=np.logaddexp,
    domain=(SMALL, SMALL),
    units=16,
)
def logaddexp(x1, x2):
    """The logarithm of a sum of exponentials, y = ln(eˣ¹ + eˣ²), without overflow.

    >>> ag.logaddexp(ag.Tensor(1000.0), 1000.0)
    Tensor(1000.69314718)
    """
    high = x1 if x1 > x2 else x2
    gap = abs(x1 - x2)
    return (
        x1 + 0.6931471805599453
        if x1 == x2
        else (high + math.log1p(math.exp(-gap)) if gap == gap else x1 + x2)
    )


# ---- roots, lengths and angles ------------------------------------------------------------------


@elementwise(lambda y, x: 1 / (3 * y * y), numpy=np.cbrt, domain=(POSITIVE,))
def cbrt(x):
    """The cube root, y = ∛x.

    >>> ag.cbrt(ag.Tensor([8.0, -27.0]))
    Tensor([ 2., -3.])
    """
    r = abs(x) ** (1.0 / 3.0)
    s = r if (r == 0.0 or r != r or r - r != r - r) else r - (r - abs(x) / (r * r)) / 3.0
    return math.copysign(s, x)


@elementwise(lambda y, x: -0.5 * y / x, numpy=lambda x: 1 / np.sqrt(x), domain=(POSITIVE,))
def rsqrt(x):
    """The reciprocal square root, y = 1 / √x.

    >>> ag.rsqrt(ag.Tensor([1.0, 16.0]))
    Tensor([1.  , 0.25])
    """
    return 1.0 / math.sqrt(x)


def _scaled(x1, x2):  # type: ignore[no-untyped-def]
    # Both by the larger, so that no square overflows or vanishes. Directions do not depend on
    # scale, so the scale is a constant to every derivative.
    m = maximum(absolute(x1), absolute(x2))
    m = stop_gradient(where(logical_and(greater(m, 0), isfinite(m)), m, 1))
    return x1 / m, x2 / m, m


def _cosine(x1, x2):  # type: ignore[no-untyped-def]
    a, b, _ = _scaled(x1, x2)
    return ratio(a, hypot(a, b))


@elementwise(
    lambda y, x1, x2: _cosine(x1, x2),
    lambda y, x1, x2: _cosine(x2, x1),
    numpy=np.hypot,
    domain=(POSITIVE, POSITIVE),
)
def hypot(x1, x2):
    """The hypotenuse, y = √(x₁² + x₂²), without overflow; its derivative at 0, 0 is 0.

    >>> ag.hypot(ag.Tensor(3.0), 4.0)
    Tensor(5.)
    """
    # Not math.hypot: Numba's may raise, and what may raise does not run natively.
    a, b = abs(x1), abs(x2)
    big, small = (a, b) if a > b else (b, a)
    scaled = a + b if big == 0 else big * math.sqrt(1 + (small / big) * (small / big))
    return math.inf if a == math.inf or b == math.inf else scaled


@elementwise(lambda y, x: cos(x), numpy=np.sin, domain=(SMALL,))
def sin(x):
    """The sine of an angle in radians, y = sin x.

    >>> ag.sin(ag.Tensor([0.0, 1.0]))
    Tensor([0.        , 0.84147098])
    """
    return math.sin(x)


@elementwise(lambda y, x: -sin(x), numpy=np.cos, domain=(SMALL,))
def cos(x):
    """The cosine of an angle in radians, y = cos x.

    >>> ag.cos(ag.Tensor([0.0, 1.0]))
    Tensor([1.        , 0.54030231])
    """
    return math.cos(x)


@elementwise(lambda y, x: 1 + y * y, numpy=np.tan, domain=((-1.2, 1.2),))
def tan(x):
    """The tangent of an angle in radians, y = tan x.

    >>> ag.tan(ag.Tensor([0.0, 1.0]))
    Tensor([0.        , 1.55740772])
    """
    return math.tan(x)


@elementwise(lambda y, x: -2 * x, numpy=lambda x: (1 - x) * (1 + x), domain=(UNIT,))
def one_less_square(x):
    """One less the square, y = 1 - x², exact near ±1; and so is its derivative near 0.

    >>> ag.ops.one_less_square(ag.Tensor([0.5, 1.0]))
    Tensor([0.75, 0.  ])
    """
    return (1.0 - x) * (1.0 + x)


@elementwise(lambda y, x: 1 / sqrt(one_less_square(x)), numpy=np.arcsin, domain=(UNIT,))
def arcsin(x):
    """The inverse sine in radians, y = arcsin x.

    >>> ag.arcsin(ag.Tensor([0.0, 1.0]))
    Tensor([0.        , 1.57079633])
    """
    return math.asin(x)


@elementwise(lambda y, x: -1 / sqrt(one_less_square(x)), numpy=np.arccos, domain=(UNIT,))
def arccos(x):
    """The inverse cosine in radians, y = arccos x.

    >>> ag.arccos(ag.Tensor([0.0, 1.0]))
    Tensor([1.57079633, 0.        ])
    """
    return math.acos(x)


@elementwise(lambda y, x: square(1 / hypot(x, 1.0)), numpy=np.arctan, domain=(SMALL,))
def arctan(x):
    """The inverse tangent in radians, y = arctan x.

    >>> ag.arctan(ag.Tensor([0.0, 1.0]))
    Tensor([0.        , 0.78539816])
    """
    return math.atan(x)


def _turn(x1, x2):  # type: ignore[no-untyped-def]
    a, b, m = _scaled(x1, x2)
    return ratio(a, a * a + b * b) / m


@elementwise(
    lambda y, x1, x2: _turn(x2, x1),
    lambda y, x1, x2: -_turn(x1, x2),
    numpy=np.arctan2,
    domain=(POSITIVE, POSITIVE),
)
def arctan2(x1, x2):
    """The angle of the point (x₂, x₁) in radians, y = arctan(x₁ / x₂) in the right quadrant.

    Its derivative at 0, 0 is 0.

    >>> ag.arctan2(ag.Tensor([1.0, 1.0]), ag.Tensor([1.0, -1.0]))
    Tensor([0.78539816, 2.35619449])
    """
    return math.atan2(x1, x2)


@elementwise(lambda y, x: cosh(x), numpy=np.sinh, domain=(SMALL,))
def sinh(x):
    """The hyperbolic sine, y = (eˣ - e⁻ˣ) / 2.

    >>> ag.sinh(ag.Tensor([0.0, 1.0]))
    Tensor([0.        , 1.17520119])
    """
    return math.sinh(x)


@elementwise(lambda y, x: sinh(x), numpy=np.cosh, domain=(SMALL,))
def cosh(x):
    """The hyperbolic cosine, y = (eˣ + e⁻ˣ) / 2.

    >>> ag.cosh(ag.Tensor([0.0, 1.0]))
    Tensor([1.        , 1.54308063])
    """
    return math.cosh(x)


@elementwise(lambda y, x: 4 * sigmoid_slope(2 * x), numpy=np.tanh, domain=(SMALL,))
def tanh(x):
    """The hyperbolic tangent, y = (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ).

    >>> ag.tanh(ag.Tensor([0.0, 1.0]))
    Tensor([0.        , 0.76159416])
    """
    return math.tanh(x)


@elementwise(lambda y, x: 1 / hypot(x, 1.0), numpy=np.arcsinh, domain=(SMALL,))
def arcsinh(x):
    """The inverse hyperbolic sine, y = ln(x + √(x² + 1)).

    >>> ag.arcsinh(ag.Tensor([0.0, 1.0]))
    Tensor([0.        , 0.88137359])
    """
    return math.asinh(x)


@elementwise(
    lambda y, x: rsqrt(x - 1) * rsqrt(x + 1), numpy=np.arccosh, domain=((1.2, 3.0),)
)
def arccosh(x):
    """The inverse hyperbolic cosine, y = ln(x + √(x² - 1)).

    >>> ag.arccosh(ag.Tensor([1.0, 2.0]))
    Tensor([0.       , 1.3169579])
    """
    return math.acosh(x)


@elementwise(lambda y, x: 1 / one_less_square(x), numpy=np.arctanh, domain=(UNIT,))
def arctanh(x):
    """The inverse hyperbolic tangent, y = ½ ln((1 + x) / (1 - x)).

    >>> ag.arctanh(ag.Tensor([0.0, 0.5]))
    Tensor([0.        , 0.54930614])
    """
    return math.atanh(x)


@elementwise(math.pi / 180, numpy=np.deg2rad, domain=(SMALL,))
def deg2rad(x):
    """Degrees to radians, y = πx / 180.

    >>> ag.deg2rad(ag.Tensor([0.0, 180.0]))
    Tensor([0.        , 3.14159265])
    """
    return x * 0.017453292519943295


@elementwise(180 / math.pi, numpy=np.rad2deg, domain=(SMALL,))
def rad2deg(x):
    """Radians to degrees, y = 180x / π.

    >>> ag.rad2deg(ag.Tensor([0.0, 3.0]))
    Tensor([  0.        , 171.88733854])
    """
    return x * 57.29577951308232


# sinc'(x) = Σₖ cₖ x²ᵏ⁻¹: thirteen terms are exact to the last place for |x| < 0.3, to high orders.
_SINC_SERIES = [
    (-1) ** k * 2 * k * math.pi ** (2 * k) / math.factorial(2 * k + 1) for k in range(1, 14)
]


def _sinc_slope(y, x):  # type: ignore[no-untyped-def]
    # The quotient cancels near 0; each side sees harmless numbers where the other is chosen.
    near = abs(x) < 0.3
    u, v = where(near, x, 0), where(near, 1, x)
    series = 0.0
    for c in reversed(_SINC_SERIES):
        series = c + u * u * series
    return where(near, u * series, (cos(math.pi * v) - sinc(v)) / v)


@elementwise(_sinc_slope, numpy=np.sinc, domain=((0.2, 3.0),), units=16)
def sinc(x):
    """The cardinal sine, y = sin(πx) / (πx), 1 at 0.

    >>> ag.sinc(ag.Tensor([0.0, 0.5]))
    Tensor([1.        , 0.63661977])
    """
    u = 3.141592653589793 * x
    return 1.0 if x == 0.0 else math.sin(u) / u


# ---- rounding: piecewise constant ---------------------------------------------------------------


@elementwise(numpy=np.floor, exact=True)
def floor(x):
    """The integer below, y = ⌊x⌋.

    >>> ag.floor(ag.Tensor([1.7, -1.7]))
    Tensor([ 1., -2.])
    """
    return math.floor(x)


@elementwise(numpy=np.ceil, exact=True)
def ceil(x):
    """The integer above, y = ⌈x⌉.

    >>> ag.ceil(ag.Tensor([1.2, -1.2]))
    Tensor([ 2., -1.])
    """
    return math.ceil(x)


@elementwise(numpy=np.trunc, exact=True)
def trunc(x):
    """The integer towards 0.

    >>> ag.trunc(ag.Tensor([1.7, -1.7]))
    Tensor([ 1., -1.])
    """
    return math.floor(x) if x >= 0 else math.ceil(x)


@elementwise(numpy=np.rint, exact=True)
def rint(x):
    """The nearest integer, ties to even.

    >>> ag.rint(ag.Tensor([0.5, 1.5, 2.6]))
    Tensor([0., 2., 3.])
    """
    return round(x)


# ---- the error and gamma families ---------------------------------------------------------------


@elementwise(
    lambda y, x: (2 / math.sqrt(math.pi)) * exp(-x * x), numpy=special("erf"), domain=(SMALL,)
)
def erf(x):
    """The error function, y = (2/√π) ∫₀ˣ e^(-u²) du.

    >>> ag.erf(ag.Tensor([0.0, 1.0]))
    Tensor([0.        , 0.84270079])
    """
    return math.erf(x)


@elementwise(
    lambda y, x: (-2 / math.sqrt(math.pi)) * exp(-x * x), numpy=special("erfc"), domain=(SMALL,),
    units=64,
)
def erfc(x):
    """The complementary error function, y = 1 - erf x, exact for large x.

    >>> ag.erfc(ag.Tensor([0.0, 1.0]))
    Tensor([1.        , 0.15729921])
    """
    return math.erfc(x)


@elementwise(
    lambda y, x: (math.sqrt(math.pi) / 2) * exp(y * y), numpy=special("erfinv"), domain=(UNIT,),
    units=64,
)
def erfinv(x):
    """The inverse error function, erf y = x.

    Source: M. Giles, "Approximating the erfinv function" (2012), then two Newton steps.

    >>> ag.erfinv(ag.Tensor([0.0, 0.5]))
    Tensor([0.        , 0.47693628])
    """
    w = -math.log((1.0 - x) * (1.0 + x))
    a = w - 2.5
    b = math.sqrt(w) - 3.0
    p = (
        1.50140941
        + a * (0.246640727 + a * (-0.00417768164 + a * (-0.00125372503 + a * 0.000218580870)))
        if w < 5.0
        else 2.83297682
        + b * (1.00167406 + b * (0.00943887047 + b * (-0.00764080695 + b * 0.00573950773)))
    )
    # near 1 by the complement, for erf has no digits left there
    z = abs(x)
    tail = -math.log(1.0 - z) if z > 0.5 else 1.0
    y0 = math.sqrt(tail - 0.5 * math.log(3.141592653589793 * tail)) if w > 12.0 else p * z
    e0 = math.erf(y0) - z if z < 0.5 else (1.0 - z) - math.erfc(y0)
    y1 = y0 - e0 * 0.8862269254527580 * math.exp(y0 * y0)
    e1 = math.erf(y1) - z if z < 0.5 else (1.0 - z) - math.erfc(y1)
    y2 = y1 - e1 * 0.8862269254527580 * math.exp(y1 * y1)
    e2 = math.erf(y2) - z if z < 0.5 else (1.0 - z) - math.erfc(y2)
    y3 = y2 - e2 * 0.8862269254527580 * math.exp(y2 * y2)
    y = math.copysign(y3, x)
    return y if z < 1.0 else (x * math.inf if z == 1.0 else math.nan)


@elementwise(lambda y, x: digamma(x), numpy=special("gammaln"), domain=(POSITIVE,), units=256)
def lgamma(x):
    """The logarithm of the gamma function, y = ln |Γ(x)|.

    >>> ag.lgamma(ag.Tensor([1.0, 4.0]))
    Tensor([0.        , 1.79175947])
    """
    return math.lgamma(x)


@elementwise(lambda y, x: y * digamma(x), numpy=special("gamma"), domain=(POSITIVE,), units=64)
def gamma(x):
    """The gamma function, y = Γ(x) = ∫₀^∞ u^(x-1) e^(-u) du.

    >>> ag.gamma(ag.Tensor([1.0, 5.0]))
    Tensor([ 1., 24.])
    """
    return math.gamma(x)


@elementwise(lambda y, x: polygamma(1, x), numpy=special("digamma"), domain=(POSITIVE,), units=512)
def digamma(x):
    """The logarithmic derivative of the gamma function, y = Γ'(x) / Γ(x).

    Source: Abramowitz & Stegun 6.3.5 (recurrence), 6.3.7 (reflection), 6.3.18 (asymptotic series).

    >>> ag.digamma(ag.Tensor([1.0, 2.0]))
    Tensor([-0.57721566,  0.42278434])
    """
    u = 1.0 - x if x <= 0.0 else x
    s = 0.0
    for _ in range(8):
        s = s - 1.0 / u if u < 8.0 else s
        u = u + 1.0 if u < 8.0 else u
    r = 1.0 / (u * u)
    tail = r * (0.08333333333333333 - r * (0.008333333333333333 - r * (
        0.003968253968253968 - r * (0.004166666666666667 - r * (
            0.007575757575757576 - r * (0.021092796092796094 - r * 0.08333333333333333))))))
    v = math.log(u) - 0.5 / u - tail + s
    # the cotangent's period is 1: what is left of x keeps its digits
    g = x if x > -0.5 else x - round(x)
    w = v - 3.141592653589793 / math.tan(3.141592653589793 * g) if x <= 0.0 else v
    return math.nan if x < 0.0 and g == 0.0 else w


@elementwise(
    None,
    lambda y, n, x: polygamma(n + 1, x),
    numpy=special("polygamma"),
    domain=((1.0, 1.0), POSITIVE),
    units=64,
)
def polygamma(n, x):
    """The derivative of digamma of order n (an integer), y = ψ⁽ⁿ⁾(x).

    >>> ag.polygamma(1, ag.Tensor([1.0, 2.0]))
    Tensor([1.64493407, 0.64493407])
    """
    return _polygamma(n, x)


def _polygamma(n: float, x: float) -> float:
    """ψ⁽ⁿ⁾; what lies below 0 by the terms that the recurrence has on both sides of it.

    With f = x - ⌊x⌋ it is ψ⁽ⁿ⁾(f) ± (ψ⁽ⁿ⁾(1 - f) - ψ⁽ⁿ⁾(1 - x)): one loop over these, for
    a helper's text is compiled wherever it is called.
    """
    n, x = n * 1.0, x * 1.0
    if not (n >= 0.0 and n % 1.0 == 0.0 and x == x):
        return math.nan
    f = x % 1.0
    sign = 1.0 if n % 2.0 == 1.0 else -1.0
    if x <= 0.0 and not f > 0.0:  # a pole, or -inf
        if n == 0.0:
            return -math.copysign(math.inf, x) if x == 0.0 else math.nan
        return sign * math.inf
    total = 0.0
    for side in range(3 if x < 0.0 else 1):
        at = x if x > 0.0 else (f if side == 0 else (-x % 1.0 if side == 1 else 1.0 - x))
        total += (1.0 if side == 0 else (sign if side == 1 else -sign)) * _polygamma_above(n, at)
    return total


def _polygamma_above(order: float, x: float) -> float:
    """ψ⁽ⁿ⁾ for x > 0 by recurrence to x ≥ 20 and Abramowitz & Stegun 6.3.18, 6.4.11."""
    total = 0.0
    while x < 20.0:
        total += x ** (-order - 1.0)
        x += 1.0
    bernoulli = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
    power = x**order
    total += (1.0 / (order * power) if order > 0.0 else -math.log(x)) + 0.5 / (power * x)
    c = 0.5 * (order + 1.0) / (power * x * x)  # (n+1)…(n+2k-1) / ((2k)! xⁿ⁺²ᵏ)
    for k, b in enumerate(bernoulli, 1):
        total += b * c
        c *= (order + 2 * k) * (order + 2 * k + 1) / ((2 * k + 1) * (2 * k + 2) * x * x)
    return (-1.0) ** (order + 1) * math.gamma(order + 1) * total


def _digamma_gap(a, b):  # type: ignore[no-untyped-def]
    # ψ(a + b) - ψ(a): the difference cancels where b is small beside a; then Taylor's series there
    near = absolute(b) < 0.01 * absolute(a)
    m, h = a + 0.5 * b, where(near, b, 0)
    series = h * (
        polygamma(1, m) + h * h * (polygamma(3, m) / 24 + h * h * polygamma(5, m) / 1920)
    )
    gap = where(near, series, digamma(a + b) - digamma(a))
    return where(isfinite(gap), gap, stop_gradient(gap))  # at a pole ∞ - ∞ would follow


@elementwise(
    lambda y, a, b: -y * _digamma_gap(a, b),
    lambda y, a, b: -y * _digamma_gap(b, a),
    numpy=special("beta"),
    domain=(POSITIVE, POSITIVE),
    units=2048,
)
def beta(a, b):
    """The beta function, y = Γ(a)Γ(b) / Γ(a + b).

    >>> ag.beta(ag.Tensor(2.0), 4.0)
    Tensor(0.05)
    """
    return _beta(a, b)


def _beta(a: float, b: float) -> float:
    """B(a, b) for all signs; at the poles as SciPy has it (Cephes)."""
    a, b = a * 1.0, b * 1.0
    if not (a <= 0.0 and not a % 1.0 > 0.0) and b <= 0.0 and not b % 1.0 > 0.0:
        a, b = b, a
    sign = 1.0
    if a <= 0.0 and not a % 1.0 > 0.0:  # a pole, but where the other one lifts it
        if not (b % 1.0 == 0.0 and abs(a) < 2.0**31 and abs(b) < 2.0**31 and 1 - a - b > 0):
            return math.inf
        sign = 1.0 if b % 2.0 == 0.0 else -1.0
        if b <= 0.0:
            return sign * math.inf
        a = 1.0 - a - b
    if abs(a) < abs(b):
        a, b = b, a
    for x in (a, b, a + b):
        if x < 0.0 and x % 2.0 > 1.0:  # there Γ(x) < 0
            sign = -sign
    if a > 1e6 and a > 1e6 * abs(b):  # lnΓ(a) - lnΓ(a + b) would lose its digits
        c = b * (1.0 - b)
        y = math.lgamma(b) - b * math.log(a)
        y += c / (2.0 * a) + c * (1.0 - 2.0 * b) / (12.0 * a * a) - c * c / (12.0 * a * a * a)
        return sign * math.exp(y)
    return sign * math.exp(math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b))


@elementwise(
    lambda y, x: (1 / math.sqrt(2 * math.pi)) * exp(-0.5 * x * x),
    numpy=special("ndtr"),
    domain=(SMALL,),
    units=64,
)
def ndtr(x):
    """The standard normal distribution, y = ½(1 + erf(x / √2)).

    >>> ag.ndtr(ag.Tensor([0.0, 1.0]))
    Tensor([0.5       , 0.84134475])
    """
    return 0.5 * math.erfc(-x * 0.7071067811865476)


@elementwise(
    lambda y, x: math.sqrt(2 * math.pi) * exp(0.5 * y * y),
    numpy=special("ndtri"),
    domain=((0.1, 0.9),),
    units=64,
)
def ndtri(x):
    """The standard normal quantile, ndtr(y) = x.

    >>> ag.ndtri(ag.Tensor([0.5, 0.975]))
    Tensor([0.        , 1.95996398])
    """
    return _ndtri(x)


def _ndtri(p: float) -> float:
    """Abramowitz & Stegun 26.2.23, refined by four of Halley's steps, in the lower tail."""
    p = p * 1.0
    if not 0.0 < p < 1.0:
        return -math.inf if p == 0.0 else (math.inf if p == 1.0 else math.nan)
    if p == 0.5:
        return 0.0
    q = p if p < 0.5 else 1.0 - p
    t = math.sqrt(-2.0 * math.log(q))
    x = (2.515517 + 0.802853 * t + 0.010328 * t * t) / (
        1.0 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t
    ) - t
    for _ in range(4):
        error = 0.5 * math.erfc(-x * 0.7071067811865476) - q
        half = math.exp(0.25 * x * x)  # its square may be more than a number can hold
        u = error * half * 2.5066282746310002 * half
        x = x - u / (1.0 + 0.5 * x * u)
    return x if p < 0.5 else -x


# ---- activations whose stable form is not a composition ------------------------------------------


def _sigmoid(x):  # type: ignore[no-untyped-def]
    e = np.exp(-np.abs(x))
    return np.where(np.signbit(x), e, 1) / (1 + e)


@elementwise(lambda y, x: sigmoid_slope(x), numpy=_sigmoid, domain=(SMALL,))
def sigmoid(x):
    """The logistic function, y = 1 / (1 + e⁻ˣ), without overflow.

    >>> ag.sigmoid(ag.Tensor([0.0, 1000.0]))
    Tensor([0.5, 1. ])
    """
    e = math.exp(-abs(x))
    return (e if x < 0 else 1.0) / (1.0 + e)


def _real(x: Any) -> None:
    """Raises for complex numbers, for which a way around an overflow by |x| does not hold."""
    if np.asarray(x).dtype.kind == "c":
        raise DTypeError(f"received dtype {np.asarray(x).dtype}; expected real numbers.")


def _sigmoid_slope(x):  # type: ignore[no-untyped-def]
    _real(x)
    e = np.exp(-np.abs(x))
    return e / np.square(1 + e)


@elementwise(lambda y, x: -y * tanh(0.5 * x), numpy=_sigmoid_slope, domain=(SMALL,))
def sigmoid_slope(x):
    """The derivative of the sigmoid, y = σ(x) (1 - σ(x)), exact where σ has rounded to 1.

    >>> ag.ops.sigmoid_slope(ag.Tensor([0.0, 100.0]))
    Tensor([2.50000000e-01, 3.72007598e-44])
    """
    e = math.exp(-abs(x))
    return e / ((1.0 + e) * (1.0 + e))


def _softplus(x):  # type: ignore[no-untyped-def]
    _real(x)
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


@elementwise(
    lambda y, x: sigmoid(x),
    numpy=_softplus,
    domain=(SMALL,),
)
def softplus(x):
    """The smooth ramp, y = ln(1 + eˣ), without overflow.

    >>> ag.softplus(ag.Tensor([0.0, 1000.0]))
    Tensor([6.93147181e-01, 1.00000000e+03])
    """
    return (x if x > 0 or x != x else 0.0) + math.log1p(math.exp(-abs(x)))


@elementwise(
    lambda y, x: square(reciprocal(1 + absolute(x))),
    numpy=lambda x: x / (1 + np.abs(x)),
    domain=(POSITIVE,),
)
def softsign(x):
    """The ratio that approaches the sign, y = x / (1 + |x|).

    >>> ag.ops.softsign(ag.Tensor([1.0, -3.0]))
    Tensor([ 0.5 , -0.75])
    """
    return x / (1.0 + abs(x))


@elementwise(
    rules=(lambda g, y, x: where(x > 0, g, 0),),
    numpy=lambda x: np.maximum(x, 0),
    domain=((0.1, 2.0),),
    cuts=True,
    exact=True,
)
def relu(x):
    """The ramp, y = max(x, 0); its derivative at 0 is 0.

    Source: the choice at 0 after Bertoin et al., "Numerical influence of ReLU'(0)" (2021).

    >>> ag.relu(ag.Tensor([-1.0, 2.0]))
    Tensor([0., 2.])
    """
    return x if (x > 0 or x != x) else 0.0


__all__ = [name for name, value in globals().items() if hasattr(value, "op")]
