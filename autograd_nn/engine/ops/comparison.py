"""Comparison, logic and bits: what is equal, less, true, set or finite. None has a derivative."""

from __future__ import annotations

import numpy as np

from autograd_nn.engine.declare import elementwise


@elementwise(numpy=np.equal)
def equal(x1, x2):
    """Equality, y = (x₁ = x₂).

    >>> ag.equal(ag.Tensor([1, 2]), 2)
    Tensor([False,  True])
    """
    return x1 == x2


@elementwise(numpy=np.not_equal)
def not_equal(x1, x2):
    """Inequality, y = (x₁ ≠ x₂).

    >>> ag.not_equal(ag.Tensor([1, 2]), 2)
    Tensor([ True, False])
    """
    return x1 != x2


@elementwise(numpy=np.less)
def less(x1, x2):
    """Order, y = (x₁ < x₂).

    >>> ag.less(ag.Tensor([1, 2, 3]), 2)
    Tensor([ True, False, False])
    """
    return x1 < x2


@elementwise(numpy=np.less_equal)
def less_equal(x1, x2):
    """Order, y = (x₁ ≤ x₂).

    >>> ag.less_equal(ag.Tensor([1, 2, 3]), 2)
    Tensor([ True,  True, False])
    """
    return x1 <= x2


@elementwise(numpy=np.greater)
def greater(x1, x2):
    """Order, y = (x₁ > x₂).

    >>> ag.greater(ag.Tensor([1, 2, 3]), 2)
    Tensor([False, False,  True])
    """
    return x1 > x2


@elementwise(numpy=np.greater_equal)
def greater_equal(x1, x2):
    """Order, y = (x₁ ≥ x₂).

    >>> ag.greater_equal(ag.Tensor([1, 2, 3]), 2)
    Tensor([False,  True,  True])
    """
    return x1 >= x2


@elementwise(numpy=np.logical_and, absorbing=(False, False))
def logical_and(x1, x2):
    """Conjunction, y = x₁ ∧ x₂; any non-zero number counts as true.

    >>> ag.logical_and(ag.Tensor([0.0, 1.0]), True)
    Tensor([False,  True])
    """
    return (x1 != 0) and (x2 != 0)


@elementwise(numpy=np.logical_or)
def logical_or(x1, x2):
    """Disjunction, y = x₁ ∨ x₂; any non-zero number counts as true.

    >>> ag.logical_or(ag.Tensor([0.0, 1.0]), False)
    Tensor([False,  True])
    """
    return (x1 != 0) or (x2 != 0)


@elementwise(numpy=np.logical_xor)
def logical_xor(x1, x2):
    """Exclusive or, y = x₁ ⊕ x₂; any non-zero number counts as true.

    >>> ag.logical_xor(ag.Tensor([0.0, 1.0]), True)
    Tensor([ True, False])
    """
    return (x1 != 0) != (x2 != 0)


@elementwise(numpy=np.logical_not)
def logical_not(x):
    """Negation, y = ¬x; any non-zero number counts as true.

    >>> ag.logical_not(ag.Tensor([0.0, 1.0]))
    Tensor([ True, False])
    """
    return x == 0


@elementwise(numpy=np.bitwise_and, domain=((0, 7), (0, 7)), takes="biu")
def bitwise_and(x1, x2):
    """Bit by bit, y = x₁ & x₂ (integers and booleans).

    >>> ag.bitwise_and(ag.Tensor([6, 5]), 3)
    Tensor([2, 1])
    """
    return x1 & x2


@elementwise(numpy=np.bitwise_or, domain=((0, 7), (0, 7)), takes="biu")
def bitwise_or(x1, x2):
    """Bit by bit, y = x₁ | x₂ (integers and booleans).

    >>> ag.bitwise_or(ag.Tensor([6, 5]), 3)
    Tensor([7, 7])
    """
    return x1 | x2


@elementwise(numpy=np.bitwise_xor, domain=((0, 7), (0, 7)), takes="biu")
def bitwise_xor(x1, x2):
    """Bit by bit, y = x₁ ^ x₂ (integers and booleans).

    >>> ag.bitwise_xor(ag.Tensor([6, 5]), 3)
    Tensor([5, 6])
    """
    return x1 ^ x2


@elementwise(numpy=np.invert, domain=((0, 7),), takes="biu")
def bitwise_invert(x):
    """Bit by bit, y = ~x (integers and booleans).

    >>> ag.bitwise_invert(ag.Tensor([0, 5]))
    Tensor([-1, -6])
    """
    return ~x


@elementwise(numpy=np.left_shift, domain=((0, 7), (0, 7)), takes="biu")
def left_shift(x1, x2):
    """Shift, y = x₁·2^x₂ (integers).

    >>> ag.left_shift(ag.Tensor([1, 3]), 2)
    Tensor([ 4, 12])
    """
    return x1 << x2 if 0 <= x2 < 64 else 0


@elementwise(numpy=np.right_shift, domain=((0, 7), (0, 7)), takes="biu")
def right_shift(x1, x2):
    """Shift, y = ⌊x₁ / 2^x₂⌋ (integers).

    >>> ag.right_shift(ag.Tensor([4, 13]), 2)
    Tensor([1, 3])
    """
    return x1 >> x2 if 0 <= x2 < 64 else (-1 if x1 < 0 else 0)


@elementwise(numpy=np.isnan)
def isnan(x):
    """Whether x is NaN.

    >>> ag.isnan(ag.Tensor([float('nan'), 1.0]))
    Tensor([ True, False])
    """
    return x != x


@elementwise(numpy=np.isfinite)
def isfinite(x):
    """Whether x is neither infinite nor NaN.

    >>> ag.isfinite(ag.Tensor([float('inf'), 1.0]))
    Tensor([False,  True])
    """
    return (x - x) == 0


@elementwise(numpy=np.isinf)
def isinf(x):
    """Whether x is infinite.

    >>> ag.isinf(ag.Tensor([float('inf'), 1.0]))
    Tensor([ True, False])
    """
    return (x == x) and ((x - x) != (x - x))


__all__ = [name for name, value in globals().items() if hasattr(value, "op")]
