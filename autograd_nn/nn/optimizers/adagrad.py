"""Steps divided by what gradients were: Adagrad by all of them, Adadelta by recent ones."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.optimizers.base import Optimizer
from autograd_nn.nn.optimizers.slot import Slot, settled
from autograd_nn.nn.registry import named


@named()
class Adagrad(Optimizer):
    """a ← a + g², w ← w - lr·g / √(a + ε).

    initial_accumulator_value   what a starts from.
    epsilon                     ε, which keeps the quotient finite.
    Source: Duchi et al., "Adaptive subgradient methods" (2011).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> adagrad = nn.optimizers.Adagrad(0.5, initial_accumulator_value=0.0)
    >>> w, _ = adagrad.step(ag.Tensor([1.0]), ag.Tensor([4.0]))
    >>> round(float(w[0]), 4)
    0.5
    """

    a = Slot("accumulator", "initial_accumulator_value")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Tensor, step: Tensor) -> Tensor:
        s.a = s.a + ops.square(g)
        return w - lr * g / ops.sqrt(s.a + self.epsilon)


@named()
class Adadelta(Optimizer):
    """a ← ρa + (1 - ρ)g², d = g·√(b + ε) / √(a + ε), b ← ρb + (1 - ρ)d², w ← w - lr·d.

    rho       ρ, how much of the running means of squares stays.
    epsilon   ε, which starts the moves and keeps the quotient finite.
    Source: Zeiler, "ADADELTA: an adaptive learning rate method" (2012).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> adadelta = nn.optimizers.Adadelta(1.0, rho=0.0, epsilon=0.0625)
    >>> w, _ = adadelta.step(ag.Tensor([1.0]), ag.Tensor([100.0]))
    >>> round(float(w[0]), 4)
    0.75
    """

    a = Slot("accumulated_grad")
    b = Slot("accumulated_delta_var")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.rho, self.epsilon = rho, epsilon

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Tensor, step: Tensor) -> Tensor:
        s.a = settled(self.rho * s.a + (1 - self.rho) * ops.square(g), self.epsilon)
        d = g * ops.sqrt(s.b + self.epsilon) / ops.sqrt(s.a + self.epsilon)
        s.b = settled(self.rho * s.b + (1 - self.rho) * ops.square(d), self.epsilon)
        return w - lr * d
