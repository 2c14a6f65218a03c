"""Regularizers: penalties on weights, added to the loss."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.checks import number
from autograd_nn.nn.config import Configurable
from autograd_nn.nn.registry import family, find, named


@family("regularizer")
class Regularizer(Configurable):
    """The base: ``regularizer(w)`` gives a penalty, one number."""

    def __call__(self, x: Any) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} defines no __call__(x).")


@named("l1_l2")
class L1L2(Regularizer):
    """The penalty l1·Σ|w| + l2·Σw².

    >>> from autograd_nn import nn
    >>> float(nn.regularizers.L1L2(l1=1.0, l2=1.0)([3.0, -1.0]))
    14.0
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        where = type(self).__name__
        self.l1, self.l2 = number(l1, "l1", where, least=0), number(l2, "l2", where, least=0)

    def __call__(self, x: Any) -> Tensor:
        x = as_tensor(x)
        squared = ops.multiply(ops.sum(ops.square(x)), self.l2)
        if not self.l1:
            return squared
        absolute = ops.multiply(ops.sum(ops.absolute(x)), self.l1)
        return ops.add(absolute, squared) if self.l2 else absolute


@named()
class L1(L1L2):
    """The penalty l1·Σ|w|.

    >>> from autograd_nn import nn
    >>> float(nn.regularizers.L1(0.5)([3.0, -1.0]))
    2.0
    """

    def __init__(self, l1: float = 0.01) -> None:
        super().__init__(l1=l1)


@named()
class L2(L1L2):
    """The penalty l2·Σw².

    >>> from autograd_nn import nn
    >>> float(nn.regularizers.L2(0.5)([3.0, -1.0]))
    5.0
    """

    def __init__(self, l2: float = 0.01) -> None:
        super().__init__(l2=l2)


def get(identifier: Any) -> Any:
    """The regularizer meant by a name, a configuration, an object or a function; None is none.

    >>> from autograd_nn import nn
    >>> nn.regularizers.get("l2")
    L2()
    """
    return find(identifier, "regularizer")


__all__ = [
    "L1", "L1L2", "L2", "Regularizer", "get",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
