"""The error and gamma families: special functions, eagerly SciPy's."""

from __future__ import annotations

import math
from typing import Any

from autograd_nn.engine.declare import elementwise
from autograd_nn.engine.halves import kind_of, result_type
from autograd_nn.engine.ops.arithmetic import absolute, stop_gradient
from autograd_nn.engine.ops.choosing import where
from autograd_nn.engine.ops.comparison import isfinite
from autograd_nn.engine.ops.domains import POSITIVE, SMALL, UNIT
from autograd_nn.engine.ops.exponential import exp


def special(name: str) -> Any:
    """A SciPy special function, imported when it is first called; float32 stays float32."""

    def function(*xs: Any) -> Any:
        import scipy.special

        y = getattr(scipy.special, name)(*xs)
        dtype = result_type(*xs)
        return y if kind_of(dtype) != "f" or y.dtype == dtype else y.astype(dtype)

    return function


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


__all__ = [name for name, value in globals().items() if hasattr(value, "op")]
