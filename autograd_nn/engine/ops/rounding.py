"""Rounding to whole numbers: piecewise constant."""

from __future__ import annotations

import math

import numpy as np

from autograd_nn.engine.declare import elementwise


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


__all__ = [name for name, value in globals().items() if hasattr(value, "op")]
