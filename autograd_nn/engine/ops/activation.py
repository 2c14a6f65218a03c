"""Activations whose stable form is not a composition."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd_nn.engine.declare import elementwise
from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.numeric import floated
from autograd_nn.engine.ops.arithmetic import absolute, reciprocal, square
from autograd_nn.engine.ops.choosing import where
from autograd_nn.engine.ops.domains import POSITIVE, SMALL
from autograd_nn.engine.ops.trigonometry import tanh


def _sigmoid(x):  # type: ignore[no-untyped-def]
    x = floated(x)
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


def _real(x: Any) -> Any:
    """Floats; raises for complex numbers, for a way around an overflow by |x| is none of theirs."""
    x = floated(x)
    if x.dtype.kind == "c":
        raise DTypeError(f"received dtype {x.dtype}; expected real numbers.")
    return x


def _sigmoid_slope(x):  # type: ignore[no-untyped-def]
    x = _real(x)
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
    x = _real(x)
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
    numpy=lambda x: x / (1.0 + np.abs(np.divide(x, 1))),
    domain=(POSITIVE,),
)
def softsign(x):
    """The ratio that approaches the sign, y = x / (1 + |x|).

    >>> ag.ops.softsign(ag.Tensor([1.0, -3.0]))
    Tensor([ 0.5 , -0.75])
    """
    return x / (1.0 + abs(x))


@elementwise(
    rules=(lambda g, y, x: where(y > 0, g, 0),),
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
