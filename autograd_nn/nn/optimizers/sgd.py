"""Gradient descent, plain and with momentum."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.optimizers.base import Optimizer
from autograd_nn.nn.optimizers.slot import Slot, settled
from autograd_nn.nn.registry import named


@named()
class SGD(Optimizer):
    """Gradient descent, w ← w - lr·g; with momentum m ← βm - lr·g, w ← w + m.

    momentum   β, how much of the last move stays.
    nesterov   looks ahead: w ← w + βm - lr·g.
    Source: Sutskever et al., "On the importance of initialization and momentum" (2013).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> nn.optimizers.SGD(0.5).step(ag.Tensor([1.0]), ag.Tensor([1.0]))[0]
    Tensor([0.5])
    """

    m = Slot("momentum", only="momentum")

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.momentum, self.nesterov = momentum, nesterov

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Tensor, step: Tensor) -> Tensor:
        move = ops.multiply(g, lr)
        if not self.momentum:
            return ops.subtract(w, move)
        s.m = settled(ops.subtract(ops.multiply(s.m, self.momentum), move))
        if self.nesterov:
            return ops.add(w, ops.subtract(ops.multiply(s.m, self.momentum), move))
        return ops.add(w, s.m)
