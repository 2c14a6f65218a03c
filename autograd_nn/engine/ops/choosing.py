"""Choices between operands, entry by entry: what is not chosen is cut off."""

from __future__ import annotations

import numpy as np

from autograd_nn.engine.declare import elementwise
from autograd_nn.engine.ops.comparison import greater, less
from autograd_nn.engine.ops.domains import ANY


def _ties(g, above, below):  # type: ignore[no-untyped-def]
    # all where the operand wins, half where both are equal (the derivatives then add up to 1)
    return where(above, g, where(below, 0, 0.5 * g))


@elementwise(
    rules=(
        lambda g, y, x1, x2: _ties(g, greater(x1, x2), less(x1, x2)),
        lambda g, y, x1, x2: _ties(g, greater(x2, x1), less(x2, x1)),
    ),
    numpy=np.maximum,
    domain=(ANY, ANY),
    cuts=True,
    exact=True,
)
def maximum(x1, x2):
    """The larger, y = max(x₁, x₂); NaN if either is; where equal, each takes half the derivative.

    >>> ag.maximum(ag.Tensor([1.0, 5.0]), 3.0)
    Tensor([3., 5.])
    """
    return x1 if (x1 >= x2 or x1 != x1) else x2


@elementwise(
    rules=(
        lambda g, y, x1, x2: _ties(g, less(x1, x2), greater(x1, x2)),
        lambda g, y, x1, x2: _ties(g, less(x2, x1), greater(x2, x1)),
    ),
    numpy=np.minimum,
    domain=(ANY, ANY),
    cuts=True,
    exact=True,
)
def minimum(x1, x2):
    """The smaller, y = min(x₁, x₂); NaN if either is; where equal, each takes half the derivative.

    >>> ag.minimum(ag.Tensor([1.0, 5.0]), 3.0)
    Tensor([1., 3.])
    """
    return x1 if (x1 <= x2 or x1 != x1) else x2


@elementwise(
    rules=(
        None,
        lambda g, y, condition, x1, x2: where(condition, g, 0),
        lambda g, y, condition, x1, x2: where(condition, 0, g),
    ),
    numpy=np.where,
    domain=((0.0, 1.0), ANY, ANY),
    cuts=True,
    exact=True,
    conditions=(0,),
)
def where(condition, x1, x2):
    """A choice, y = x₁ where the condition holds, else x₂; what was not chosen has derivative 0.

    >>> ag.where(ag.Tensor([True, False]), ag.Tensor([1.0, 2.0]), 0.0)
    Tensor([1., 0.])
    """
    return x1 if condition else x2


__all__ = [name for name, value in globals().items() if hasattr(value, "op")]
