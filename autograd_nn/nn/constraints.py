"""Constraints: projections applied to weights after each update."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.checks import number
from autograd_nn.nn.configurable import Configurable
from autograd_nn.nn.registry import family, find, named
from autograd_nn.nn.saving.objects import serialize_keras_object

TINY = 1e-7


@family("constraint")
class Constraint(Configurable):
    """The base: ``constraint(w)`` gives the nearest allowed w; of the base itself, w."""

    def __call__(self, w: Any) -> Tensor:
        return as_tensor(w)


def axes(axis: Any) -> Any:
    """One axis, several or None (all), as whole numbers; raises TypeError for anything else."""
    if axis is None:
        return None
    for n in axis if isinstance(axis, list | tuple) else (axis,):
        if isinstance(n, bool) or not isinstance(n, int | np.integer):
            raise TypeError(f"received axis={axis!r}; expected a whole number, several, or None.")
    return axis


def _norm(w: Tensor, axis: Any) -> Tensor:
    return ops.sqrt(ops.sum(ops.square(w), axis=axis, keepdims=True))


@named()
class NonNeg(Constraint):
    """Entries below 0 become 0.

    >>> from autograd_nn import nn
    >>> nn.constraints.NonNeg()([-1.0, 2.0])
    Tensor([0., 2.])
    """

    def __call__(self, w: Any) -> Tensor:
        return ops.maximum(as_tensor(w), 0)


@named()
class MaxNorm(Constraint):
    """Norms over ``axis`` (None: over all axes) limited to ``max_value``.

    >>> from autograd_nn import nn
    >>> nn.constraints.MaxNorm(1.0)([[3.0], [4.0]])
    Tensor([[0.59999999],
            [0.79999998]])
    """

    def __init__(self, max_value: float = 2.0, axis: Any = 0) -> None:
        self.max_value = number(max_value, "max_value", "MaxNorm", least=0)
        self.axis = axes(axis)

    def __call__(self, w: Any) -> Tensor:
        w = as_tensor(w)
        norm = _norm(w, self.axis)
        return w * (ops.clip(norm, 0, self.max_value) / (TINY + norm))


@named()
class UnitNorm(Constraint):
    """Norms over ``axis`` (None: over all axes) made 1.

    >>> from autograd_nn import nn
    >>> nn.constraints.UnitNorm()([[3.0], [4.0]])
    Tensor([[0.59999999],
            [0.79999998]])
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axes(axis)

    def __call__(self, w: Any) -> Tensor:
        w = as_tensor(w)
        return w / (TINY + _norm(w, self.axis))


@named()
class MinMaxNorm(Constraint):
    """Norms over ``axis`` moved towards [min_value, max_value], all the way at ``rate`` 1.

    >>> from autograd_nn import nn
    >>> nn.constraints.MinMaxNorm(0.0, 10.0)([[3.0], [4.0]])
    Tensor([[2.99999994],
            [3.99999992]])
    """

    def __init__(
        self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0
    ) -> None:
        self.min_value = number(min_value, "min_value", "MinMaxNorm", least=0)
        self.max_value = number(max_value, "max_value", "MinMaxNorm", least=min_value)
        self.rate = number(rate, "rate", "MinMaxNorm", least=0)
        if rate > 1:
            raise ValueError(f"MinMaxNorm received rate={rate!r}; expected a number from 0 to 1.")
        self.axis = axes(axis)

    def __call__(self, w: Any) -> Tensor:
        w = as_tensor(w)
        norm = _norm(w, self.axis)
        desired = self.rate * ops.clip(norm, self.min_value, self.max_value)
        return w * ((desired + (1 - self.rate) * norm) / (TINY + norm))


# the same classes by Keras's other names, old ones too
max_norm, non_neg, unit_norm, min_max_norm = MaxNorm, NonNeg, UnitNorm, MinMaxNorm
maxnorm, nonneg, unitnorm = MaxNorm, NonNeg, UnitNorm


def get(identifier: Any) -> Any:
    """The constraint meant by a name, a configuration, an object or a function; None is none.

    >>> from autograd_nn import nn
    >>> nn.constraints.get("non_neg")
    NonNeg()
    """
    return find(identifier, "constraint")


def serialize(constraint: Any) -> Any:
    """A constraint as plain data, from which `deserialize` makes another."""
    return serialize_keras_object(constraint)


def deserialize(config: Any) -> Any:
    """A constraint from what `serialize` gave.

    >>> from autograd_nn import nn
    >>> nn.constraints.deserialize(nn.constraints.serialize(nn.constraints.MaxNorm(3.0)))
    MaxNorm(max_value=3.0)
    """
    return get(config)


__all__ = [
    "Constraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "deserialize", "get", "max_norm",
    "maxnorm", "min_max_norm", "non_neg", "nonneg", "serialize", "unit_norm", "unitnorm",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
