"""Probabilities and shares: sigmoid, softmax and its kin, and gates by the other half."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from autograd_nn.engine import ops, shapes
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.mode import mode
from autograd_nn.engine.symbolic import noting
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.activations.floats import floats
from autograd_nn.nn.registry import named

_new = object.__new__


class Probabilities(Tensor):
    """What sigmoid or softmax gave, with the logits it was computed from.

    A cross-entropy that receives one starts from the logits: exact where the probability has
    rounded to 0 or 1. Any op on it gives a plain Tensor, so the record cannot outlive its truth.
    """

    __slots__ = ("logits", "of")
    logits: Tensor
    of: str

    def _own(self, array: np.ndarray) -> None:
        super()._own(array)
        self.of = ""  # it was assigned to: no longer what was computed from the logits


def _probabilities(y: Tensor, logits: Tensor, of: str) -> Probabilities:
    p = _new(Probabilities)
    p.array, p.node, p.grad = y.array, y.node, None
    p.logits, p.of = logits, of
    if mode.recorder is not None:
        mode.recorder.alias(p, y)
    return p


@named(of="activation")
@noting
def sigmoid(x: Any) -> Tensor:
    """The logistic function, y = 1 / (1 + e⁻ˣ).

    >>> from autograd_nn import nn
    >>> float(nn.activations.sigmoid(0.0))
    0.5
    """
    x = as_tensor(x)
    return _probabilities(ops.sigmoid(x), x, "sigmoid")


@named(of="activation")
@noting
def softmax(x: Any, axis: Any = -1) -> Tensor:
    """Exponentials made to sum to one over ``axis``, yᵢ = eˣⁱ / Σⱼ eˣʲ.

    >>> from autograd_nn import nn
    >>> nn.activations.softmax([0.0, 0.0])
    Tensor([0.5, 0.5])
    """
    x = as_tensor(x)
    if axis == -1 and x.array.shape[-1:] == (1,):
        warnings.warn(
            f"softmax of shape {x.shape} over an axis of one entry is 1 whatever x is. Use sigmoid "
            "for one unit, or give the layer a unit for each class.",
            UserWarning,
            stacklevel=2,
        )
    y = ops.softmax(x, axis=axis)
    return _probabilities(y, x, "softmax") if axis in (-1, x.ndim - 1) else y


@named(of="activation")
@noting
def log_softmax(x: Any, axis: int = -1) -> Tensor:
    """The logarithm of softmax, yᵢ = xᵢ - ln Σⱼ eˣʲ.

    >>> from autograd_nn import nn
    >>> nn.activations.log_softmax([0.0, 0.0])
    Tensor([-0.69314718, -0.69314718])
    """
    return ops.log_softmax(x, axis=axis)


@named(of="activation")
@noting
def sparsemax(x: Any, axis: int = -1) -> Tensor:
    """The nearest shares to x over ``axis``, y = max(x - τ, 0) with τ such that they sum to one.

    Source: Martins & Astudillo, "From softmax to sparsemax" (2016).

    >>> from autograd_nn import nn
    >>> nn.activations.sparsemax([1.0, 1.5, -1.0])
    Tensor([0.25, 0.75, 0.  ])
    """
    x = floats(x)
    axis = shapes.axis_index(axis, x.ndim)
    n = x.shape[axis]
    falling = -ops.sort(-ops.stop_gradient(x), axis=axis)
    counts = ops.reshape(
        ops.arange(1, n + 1, dtype=x.dtype), shape=(n,) + (1,) * (x.ndim - axis - 1)
    )
    inside = counts * falling > ops.cumsum(falling, axis=axis) - 1
    least = ops.min(ops.where(inside, falling, np.inf), axis=axis, keepdims=True)
    kept = x >= least  # those with a share: τ follows from them, in their order
    k = ops.sum(ops.astype(kept, dtype=x.dtype), axis=axis, keepdims=True)
    tau = (ops.sum(ops.where(kept, x, 0), axis=axis, keepdims=True) - 1) / k
    return ops.where(kept, x - tau, 0)


@named(of="activation")
@noting
def glu(x: Any, axis: int = -1) -> Tensor:
    """The gated linear unit, y = a·σ(b) of the two halves a, b of x along ``axis``.

    Raises ShapeError where there are no halves. Source: Dauphin et al., "Language modeling with
    gated convolutional networks" (2017).

    >>> from autograd_nn import nn
    >>> nn.activations.glu([2.0, 4.0, 0.0, 0.0])
    Tensor([1., 2.])
    """
    x = as_tensor(x)
    if x.shape[axis] % 2:
        raise ShapeError(
            f"glu received shape {x.shape}; expected an even size along axis {axis}, for it is cut "
            "into halves there."
        )
    a, b = ops.split(x, 2, axis)
    return a * ops.sigmoid(b)
