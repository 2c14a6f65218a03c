"""Roots, lengths and angles: trigonometric and hyperbolic functions and their inverses."""

from __future__ import annotations

import math

import numpy as np

from autograd_nn.engine.declare import elementwise
from autograd_nn.engine.ops import activation  # which may be begun before this
from autograd_nn.engine.ops.arithmetic import (
    absolute,
    ratio,
    sqrt,
    square,
    stop_gradient,
)
from autograd_nn.engine.ops.choosing import maximum, where
from autograd_nn.engine.ops.comparison import greater, isfinite, logical_and
from autograd_nn.engine.ops.domains import POSITIVE, SMALL, UNIT


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


@elementwise(lambda y, x: 4 * activation.sigmoid_slope(2 * x), numpy=np.tanh, domain=(SMALL,))
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


__all__ = [name for name, value in globals().items() if hasattr(value, "op")]
