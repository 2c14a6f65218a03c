"""RMSprop: gradients divided by a running root mean square of themselves."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.optimizers.base import Optimizer
from autograd_nn.nn.optimizers.slot import Slot, settled
from autograd_nn.nn.registry import named


@named(first="rmsprop")
class RMSprop(Optimizer):
    """v ← ρv + (1 - ρ)g², w ← w - lr·g / √(v + ε).

    rho        ρ, how much of the running mean of squares stays.
    epsilon    ε, which keeps the quotient finite.
    momentum   the moves are added up, m ← μm + move.
    centered   the running mean of g is taken off: √(v - mean² + ε).
    Source: Tieleman & Hinton, "Lecture 6.5: RMSprop" (2012).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> w, _ = nn.optimizers.RMSprop(0.1, rho=0.0).step(ag.Tensor([1.0]), ag.Tensor([2.0]))
    >>> round(float(w[0]), 4)
    0.9
    """

    v = Slot("velocity")
    m = Slot("momentum", only="momentum")
    mean = Slot("average_gradient", only="centered")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.rho, self.momentum = rho, momentum
        self.epsilon, self.centered = epsilon, centered

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Tensor, step: Tensor) -> Tensor:
        s.v = v = settled(self.rho * s.v + (1 - self.rho) * ops.square(g), self.epsilon)
        if self.centered:
            s.mean = settled(self.rho * s.mean + (1 - self.rho) * g)
            v = v - ops.square(s.mean)
        move = lr * g / ops.sqrt(v + self.epsilon)
        if self.momentum:
            s.m = move = settled(self.momentum * s.m + move)
        return w - move
