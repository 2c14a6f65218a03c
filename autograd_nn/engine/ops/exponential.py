"""Exponentials and logarithms."""

from __future__ import annotations

import math

import numpy as np

from autograd_nn.engine.declare import elementwise
from autograd_nn.engine.ops import activation  # which may be begun before this
from autograd_nn.engine.ops.choosing import where
from autograd_nn.engine.ops.comparison import equal, logical_and
from autograd_nn.engine.ops.domains import POSITIVE, SMALL, UNIT


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
    return activation.sigmoid(where(nothing, -math.inf, x1 - x2))


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


__all__ = [name for name, value in globals().items() if hasattr(value, "op")]
