"""Arithmetic: what every other rule is written in. Read this file first."""

from __future__ import annotations

import math

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.declare import elementwise, primitive
from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.halves import as_dtype, kind_of
from autograd_nn.engine.node import in_state
from autograd_nn.engine.ops.choosing import maximum, where
from autograd_nn.engine.ops.comparison import (
    equal,
    greater,
    less,
    logical_and,
)
from autograd_nn.engine.ops.domains import ANY, POSITIVE
from autograd_nn.engine.tensor import is_scalar


def _chain(a, b):  # type: ignore[no-untyped-def]
    product = np.multiply(a, b)
    # Only a NaN can need mending, and a dot product sees every NaN: the common case costs one.
    flat = product.ravel()
    if kind_of(flat.dtype) in "fc":
        check = np.dot(flat, flat) if flat.size < 4096 else flat.sum()
        if check != check:
            off = np.isnan(product) & (np.asarray(a) == 0)
            return np.where(off, product.dtype.type(0), product)
    return product


@elementwise(
    rules=(
        lambda g, y, a, b: chain(g, b),
        lambda g, y, a, b: where(equal(a, 0), 0, chain(g, a)),
    ),
    numpy=_chain,
    domain=(ANY, ANY),
    cuts=True,
    neutral=(1, 1),
)
def chain(a, b):
    """The product of the chain rule, y = a·b where a zero of ``a`` stays 0: 0·∞ = 0·NaN = 0.

    For rules in which a zero cotangent can only have been cut off; see cuts.py for the others.

    >>> ag.ops.chain(ag.Tensor([0.0, 2.0]), ag.Tensor([float('inf'), 3.0]))
    Tensor([0., 6.])
    """
    p = a * b
    return 0.0 if p != p and a == 0.0 else p


@elementwise(1, 1, numpy=np.add, domain=(ANY, ANY), neutral=(0, 0))
def add(x1, x2):
    """The sum, y = x₁ + x₂.

    >>> ag.add(ag.Tensor([1.0, 2.0]), 3.0)
    Tensor([4., 5.])
    """
    return x1 + x2


@elementwise(1, -1, numpy=np.subtract, domain=(ANY, ANY), neutral=(None, 0))
def subtract(x1, x2):
    """The difference, y = x₁ - x₂.

    >>> ag.subtract(ag.Tensor([1.0, 2.0]), 3.0)
    Tensor([-2., -1.])
    """
    return x1 - x2


@elementwise(
    lambda y, x1, x2: x2,
    lambda y, x1, x2: x1,
    numpy=np.multiply,
    domain=(ANY, ANY),
    neutral=(1, 1),
    absorbing=(0, 0),
)
def multiply(x1, x2):
    """The product, y = x₁·x₂.

    >>> ag.multiply(ag.Tensor([1.0, 2.0]), 3.0)
    Tensor([3., 6.])
    """
    return x1 * x2


def _inverse(x):  # type: ignore[no-untyped-def]
    # a Python number stays one, so that its partner keeps its dtype
    if is_scalar(x):
        return 1 / x if x else math.inf
    return reciprocal(x)


@elementwise(
    lambda y, x1, x2: _inverse(x2),
    lambda y, x1, x2: -y / x2,
    numpy=np.true_divide,
    domain=(ANY, POSITIVE),
    neutral=(None, 1),
    absorbing=(0, None),
)
def divide(x1, x2):
    """The quotient, y = x₁ / x₂; a float, for integers too.

    >>> ag.divide(ag.Tensor([1, 2]), 4)
    Tensor([0.25, 0.5 ])
    """
    return x1 / x2


def _ratio(a, b):  # type: ignore[no-untyped-def]
    y = np.true_divide(a, b)
    return np.where(np.logical_and(a == 0, b == 0), y.dtype.type(0), y)


@elementwise(
    lambda y, x1, x2: _inverse(x2),
    lambda y, x1, x2: -y / x2,
    numpy=_ratio,
    domain=(ANY, POSITIVE),
)
def ratio(x1, x2):
    """The quotient of a part and its whole, y = x₁ / x₂ with 0 / 0 = 0.

    For derivatives such as x / |x|, which are given the value 0 at 0. How they change there is not
    hidden: the derivative of this is 1 / x₂ all the same.

    >>> ag.ops.ratio(ag.Tensor([0.0, 3.0]), ag.Tensor([0.0, 5.0]))
    Tensor([0. , 0.6])
    """
    return 0.0 if (x1 == 0 and x2 == 0) else x1 / x2


@elementwise(-1, numpy=np.negative, domain=(ANY,), exact=True)
def negative(x):
    """The negation, y = -x.

    >>> ag.negative(ag.Tensor([1.0, -2.0]))
    Tensor([-1.,  2.])
    """
    return -x


@elementwise(1, numpy=np.positive, domain=(ANY,), kind="copy")
def positive(x):
    """A copy, y = x.

    >>> ag.positive(ag.Tensor([1.0, -2.0]))
    Tensor([ 1., -2.])
    """
    return x


@elementwise(lambda y, x: -y * y, numpy=lambda x: 1 / x, domain=(POSITIVE,))
def reciprocal(x):
    """The reciprocal, y = 1 / x; a float, for integers too.

    >>> ag.reciprocal(ag.Tensor([1.0, 4.0]))
    Tensor([1.  , 0.25])
    """
    return 1.0 / x


def _power_base(y, x1, x2):  # type: ignore[no-untyped-def]
    # x2·x1^(x2-1), but 0 for x⁰ = 1, where it would be 0·0⁻¹ at 0
    if is_scalar(x2):
        return x2 * power(x1, x2 - 1) if x2 else 0.0
    if x2.node is not None:  # no derivative in the exponent there, so none of this one either
        x2 = where(greater(x1, 0), x2, stop_gradient(x2))
    constant = logical_and(equal(x1, 0), equal(x2, 0))
    return where(constant, 0, x2 * power(x1, x2 - 1))


def _power_exponent(y, x1, x2):  # type: ignore[no-untyped-def]
    # log of a base that is not positive is cut off: there x1^x2 is constant (0) or not real.
    if is_scalar(x1):
        return y * math.log(x1) if x1 > 0 else 0.0
    positive_base = greater(x1, 0)
    return where(positive_base, y * exponential.log(where(positive_base, x1, 1)), 0)


def _float_power(a, b):  # type: ignore[no-untyped-def]
    if type(b) is int and b < 0 and getattr(a, "dtype", np.dtype(float)).kind in "iu":
        return np.power(a.astype(np.float64), b)
    return np.power(a, b)


@elementwise(
    _power_base, _power_exponent, numpy=_float_power, domain=(POSITIVE, (-2.0, 2.0)), inlines="f"
)
def power(x1, x2):
    """The power, y = x₁^x₂.

    >>> ag.power(ag.Tensor([1.0, 2.0, 3.0]), 2)
    Tensor([1., 4., 9.])
    """
    return x1**x2


@elementwise(lambda y, x: 2 * x, numpy=np.square, domain=(ANY,))
def square(x):
    """The square, y = x².

    >>> ag.square(ag.Tensor([1.0, -3.0]))
    Tensor([1., 9.])
    """
    return x * x


@elementwise(lambda y, x: 0.5 / y, numpy=np.sqrt, domain=(POSITIVE,))
def sqrt(x):
    """The square root, y = √x.

    >>> ag.sqrt(ag.Tensor([1.0, 9.0]))
    Tensor([1., 3.])
    """
    return math.sqrt(x)


@elementwise(lambda y, x: sign(x), numpy=np.absolute, domain=(POSITIVE,), exact=True)
def absolute(x):
    """The absolute value, y = |x|; its derivative at 0 is 0.

    >>> ag.absolute(ag.Tensor([-1.0, 0.0, 2.0]))
    Tensor([1., 0., 2.])
    """
    return abs(x)


@elementwise(1, numpy=np.conjugate, domain=(ANY,), exact=True)
def conjugate(x):
    """The complex conjugate; real numbers are their own.

    >>> ag.conjugate(ag.Tensor([1.0, 2.0]))
    Tensor([1., 2.])
    """
    return x


@elementwise(numpy=np.sign, domain=(ANY,), exact=True)
def sign(x):
    """The sign, y = -1, 0 or 1; its derivative is 0 everywhere.

    >>> ag.sign(ag.Tensor([-3.0, 0.0, 2.0]))
    Tensor([-1.,  0.,  1.])
    """
    return x if x != x else (1.0 if x > 0 else (-1.0 if x < 0 else 0.0))


@elementwise(numpy=np.floor_divide, domain=(ANY, POSITIVE))
def floor_divide(x1, x2):
    """The quotient rounded down, y = ⌊x₁ / x₂⌋; piecewise constant.

    >>> ag.floor_divide(ag.Tensor([7.0, -7.0]), 2)
    Tensor([ 3., -4.])
    """
    # The least whole number over -1 wraps, as NumPy has it; compiled code would make 0 of it.
    return x1 // x2 if x2 != -1 else -x1 // 1


@elementwise(
    1,
    lambda y, x1, x2: -floor_divide(x1, x2),
    numpy=np.remainder,
    domain=((6.2, 6.8), (2.3, 2.9)),
)
def remainder(x1, x2):
    """The remainder with the divisor's sign, y = x₁ - x₂⌊x₁ / x₂⌋.

    >>> ag.remainder(ag.Tensor([7.0, -7.0]), 4)
    Tensor([3., 1.])
    """
    return x1 % x2


@elementwise(
    rules=(
        lambda g, y, x, low, high: where(logical_and(x >= low, x <= high), g, 0),
        lambda g, y, x, low, high: where(logical_and(x < low, low <= high), g, 0),
        lambda g, y, x, low, high: where(maximum(x, low) > high, g, 0),
    ),
    numpy=lambda x, low, high: np.minimum(np.maximum(x, low), high),
    domain=((-3.0, 3.0), (-1.0, -0.5), (0.5, 1.0)),
    cuts=True,
    exact=True,
)
def _clip(x, low, high):
    """x limited to [low, high]; on a limit the derivative is that of x; high wins over low."""
    y = low if (x < low or low != low) else x
    return high if (y > high or high != high) else y


def clip(x, min=None, max=None):  # type: ignore[no-untyped-def]
    """Limits, y = min(max(x, min), max); on a limit the derivative is that of x.

    Either limit may be None, or a tensor that broadcasts.

    >>> import autograd_nn as ag
    >>> ag.clip(ag.Tensor([-2.0, 0.5, 2.0]), -1, 1)
    Tensor([-1. ,  0.5,  1. ])
    """
    if min is None and max is None:
        return positive(x)
    if min is None:
        return where(greater(x, max), max, x)
    if max is None:
        return where(less(x, min), min, x)
    return _clip(x, min, max)


@primitive(
    lambda g, y, x, dtype: g if kind_of(y.dtype) in "fc" else None,  # whole numbers: a staircase
    jvps=(lambda t, y, x, dtype: astype(t, dtype=dtype) if kind_of(y.dtype) in "fc" else None,),
    shape=lambda x, *, dtype: x,
    domain=(ANY,),
    kind="copy",
)
def astype(x, *, dtype):
    """x in another dtype; differentiable between floating dtypes.

    Raises DTypeError for complex to real: which part is meant must be said.

    >>> ag.astype(ag.Tensor([1.5, 2.5]), dtype='float32')
    Tensor([1.5, 2.5], dtype=float32)
    """
    x, dtype = np.asarray(x), as_dtype(dtype)
    if x.dtype.kind == "c" and kind_of(dtype) in "fiu":
        raise DTypeError(
            f"received complex numbers to be cast to {dtype}; expected real ones. Say which number "
            "is meant: absolute(x), or x.numpy().real."
        )
    return x.astype(dtype if dtype.isnative else dtype.newbyteorder("="))


@primitive(shape=shapes.broadcast, domain=(ANY,), kind="copy", shows=True)
def stop_gradient(x):
    """x itself as a constant: no derivative flows through.

    >>> import autograd_nn as ag
    >>> ag.grad(lambda x: x * ag.stop_gradient(x))(ag.Tensor(3.0))
    Tensor(3.)
    """
    if not isinstance(x, np.ndarray):
        return x
    return x.view() if x.base is None or not in_state(x) else x.copy()


from autograd_nn.engine.ops import exponential  # noqa: E402  (built on this; power needs it)

__all__ = [
    name for name, value in globals().items() if hasattr(value, "op") or name in ("clip", "Tensor")
]
