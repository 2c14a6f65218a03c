"""Adam, and AdamW, which decays weights apart from the gradient."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import number, share
from autograd_nn.nn.optimizers.base import Optimizer, Slots
from autograd_nn.nn.registry import named


@named()
class Adam(Optimizer):
    """m ← m + (1 - β₁)(g - m), v ← v + (1 - β₂)(g² - v), w ← w - α·m / (√v + ε).

    α = lr·√(1 - β₂ᵗ) / (1 - β₁ᵗ) at step t.
    beta_1    β₁, how much of the running mean of gradients stays; beta_2: β₂, of their squares.
    epsilon   ε, which keeps the quotient finite.
    amsgrad   v's largest value so far takes its place.
    Source: Kingma & Ba, "Adam: a method for stochastic optimization" (2014); Reddi et al. (2018).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> w, _ = nn.optimizers.Adam(0.1).step(ag.Tensor([1.0]), ag.Tensor([2.0]))
    >>> round(float(w[0]), 4)
    0.9
    """

    elementwise = True

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        share(beta_1, "beta_1", type(self).__name__)
        share(beta_2, "beta_2", type(self).__name__)
        number(epsilon, "epsilon", type(self).__name__, above=0)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad

    def init(self, w: Tensor) -> Slots:
        return (ops.zeros_like(w),) * (3 if self.amsgrad else 2)

    def prepare(self, lr: Tensor, step: Tensor) -> Tensor:
        unbiased_1 = 1 - ops.power(self.beta_1, step)
        unbiased_2 = 1 - ops.power(self.beta_2, step)
        return lr * ops.sqrt(unbiased_2) / unbiased_1

    def update(
        self, g: Tensor, w: Tensor, slots: Slots, lr: Tensor, step: Tensor
    ) -> tuple[Tensor, Slots]:
        m = ops.add(slots[0], ops.multiply(ops.subtract(g, slots[0]), 1 - self.beta_1))
        v = ops.add(slots[1], ops.multiply(ops.subtract(ops.square(g), slots[1]), 1 - self.beta_2))
        top = ops.maximum(slots[2], v) if self.amsgrad else v
        move = ops.divide(ops.multiply(m, lr), ops.add(ops.sqrt(top), self.epsilon))
        return ops.subtract(w, move), (m, v, top) if self.amsgrad else (m, v)


@named(first="adamw")
class AdamW(Adam):
    """Adam after w ← w - lr·weight_decay·w.

    Source: Loshchilov & Hutter, "Decoupled weight decay regularization" (2017).
    """

    def __init__(
        self, learning_rate: Any = 0.001, weight_decay: float | None = 0.004, **options: Any
    ) -> None:
        super().__init__(learning_rate, weight_decay=weight_decay, **options)
