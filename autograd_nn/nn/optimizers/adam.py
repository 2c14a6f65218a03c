"""Adam, and AdamW, which decays weights apart from the gradient."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.optimizers.base import Optimizer
from autograd_nn.nn.optimizers.slot import Slot, settled
from autograd_nn.nn.registry import named


class Moments(Optimizer):
    """What optimizers share that keep running means of gradients, m, and of their squares, v.

    beta_1    β₁, how much of the running mean of gradients stays; beta_2: β₂, of their squares.
    epsilon   ε, which keeps a quotient finite.
    """

    m = Slot("momentum")
    v = Slot("velocity")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon


def mean(old: Tensor, new: Tensor, beta: Any, epsilon: float = 1.0) -> Tensor:
    """The running mean old + (1 - β)(new - old); epsilon: as for `settled`."""
    return settled(ops.add(old, ops.multiply(ops.subtract(new, old), 1 - beta)), epsilon)


def unbiased(beta: float, step: Tensor) -> Tensor:
    """1 - βᵗ, the share of a running mean that is not from its start at 0."""
    return ops.subtract(1, ops.power(beta, step))


def corrected(lr: Tensor, step: Tensor, beta_1: float, beta_2: float) -> Tensor:
    """α = lr·√(1 - β₂ᵗ) / (1 - β₁ᵗ), by which both means of Adam are set right at once."""
    return lr * ops.sqrt(unbiased(beta_2, step)) / unbiased(beta_1, step)


def moved(w: Tensor, m: Tensor, v: Tensor, alpha: Tensor, epsilon: float) -> Tensor:
    """w - α·m / (√v + ε)."""
    return ops.subtract(w, ops.divide(ops.multiply(m, alpha), ops.add(ops.sqrt(v), epsilon)))


@named()
class Adam(Moments):
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

    top = Slot("velocity_hat", only="amsgrad")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **options)
        self.amsgrad = amsgrad

    def prepare(self, lr: Tensor, step: Tensor, shared: Any) -> Tensor:
        return corrected(lr, step, self.beta_1, self.beta_2)

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Tensor, step: Tensor) -> Tensor:
        s.m = mean(s.m, g, self.beta_1)
        s.v = v = mean(s.v, ops.square(g), self.beta_2, self.epsilon)
        if self.amsgrad:
            s.top = v = ops.maximum(s.top, v)
        return moved(w, s.m, v, lr, self.epsilon)


@named(first="adamw")
class AdamW(Adam):
    """Adam after w ← w - lr·weight_decay·w.

    Source: Loshchilov & Hutter, "Decoupled weight decay regularization" (2017).
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **options
        )
