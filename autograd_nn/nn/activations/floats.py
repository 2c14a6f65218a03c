"""Whole numbers as floats, for activations that are made of several ops."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.numeric import float_dtype
from autograd_nn.engine.tensor import Tensor, as_tensor


def floats(x: Any) -> Tensor:
    """A tensor of floats; whole numbers in the dtype of their exponential.

    In their own dtype -x and x + 1 may be other numbers.

    >>> floats([1, 2]).dtype
    dtype('float64')
    """
    x = as_tensor(x)
    if kind_of(x.dtype) not in "biu":
        return x
    return ops.astype(x, dtype=float_dtype(x.dtype))
