"""Adam's kin: running means as Adam has them, another step."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import number, whole
from autograd_nn.nn.optimizers.adam import Moments, mean, moved, unbiased
from autograd_nn.nn.optimizers.base import Optimizer
from autograd_nn.nn.optimizers.slot import Slot, settled
from autograd_nn.nn.registry import named


@named()
class Adamax(Optimizer):
    """m as Adam's, u ← max(β₂u, |g|), w ← w - lr·m / ((1 - β₁ᵗ)(u + ε)).

    beta_1    β₁, how much of the running mean of gradients stays.
    beta_2    β₂, how much of the largest gradient stays.
    epsilon   ε, which keeps the quotient finite.
    Source: Kingma & Ba, "Adam: a method for stochastic optimization" (2014), section 7.

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> w, _ = nn.optimizers.Adamax(0.1).step(ag.Tensor([1.0]), ag.Tensor([2.0]))
    >>> round(float(w[0]), 4)
    0.9
    """

    m = Slot("momentum")
    u = Slot("norm")

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

    def prepare(self, lr: Tensor, step: Tensor, shared: Any) -> Tensor:
        return lr / unbiased(self.beta_1, step)

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Tensor, step: Tensor) -> Tensor:
        s.m = mean(s.m, g, self.beta_1)
        s.u = settled(ops.maximum(s.u * self.beta_2, ops.absolute(g)), self.epsilon)
        return w - lr * s.m / (s.u + self.epsilon)


@named()
class Nadam(Moments):
    """Adam that looks ahead: in m's place stands a mean of the next m and of g itself.

    m̂ = uₜ₊₁·m / (1 - u₁…uₜ₊₁) + (1 - uₜ)·g / (1 - u₁…uₜ), uₜ = β₁(1 - ½·0.96ᵗ),
    w ← w - lr·m̂ / (√(v / (1 - β₂ᵗ)) + ε).
    Source: Dozat, "Incorporating Nesterov momentum into Adam" (2015).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> w, _ = nn.optimizers.Nadam(0.1).step(ag.Tensor([1.0]), ag.Tensor([2.0]))
    >>> float(w[0]) < 0.9
    True
    """

    product = Slot("u_product", initial=1.0, shared=True)

    def prepare(self, lr: Tensor, step: Tensor, shared: Any) -> tuple[Tensor, ...]:
        now = self.beta_1 * (1 - 0.5 * ops.power(0.96, step))
        ahead = self.beta_1 * (1 - 0.5 * ops.power(0.96, step + 1))
        shared.product = shared.product * now
        of_m = ahead / (1 - shared.product * ahead)
        return lr, of_m, (1 - now) / (1 - shared.product), unbiased(self.beta_2, step)

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Any, step: Tensor) -> Tensor:
        rate, of_m, of_g, unbiased_2 = lr
        s.m = mean(s.m, g, self.beta_1)
        s.v = mean(s.v, ops.square(g), self.beta_2, self.epsilon)
        ahead = of_m * s.m + of_g * g
        return w - ahead * rate / (ops.sqrt(s.v / unbiased_2) + self.epsilon)


@named()
class Lamb(Moments):
    """Adam's move d, as long as the weights: w ← w - lr·(|w| / |d|)·d.

    d = m / (1 - β₁ᵗ) / (√(v / (1 - β₂ᵗ)) + ε); the factor is 1 where either norm is 0.
    Source: You et al., "Large batch optimization for deep learning" (2019).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> w, _ = nn.optimizers.Lamb(0.1).step(ag.Tensor([3.0, 4.0]), ag.Tensor([2.0, 0.0]))
    >>> round(float(w[0]), 4)
    2.5
    """

    def prepare(self, lr: Tensor, step: Tensor, shared: Any) -> tuple[Tensor, ...]:
        return lr, unbiased(self.beta_1, step), unbiased(self.beta_2, step)

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Any, step: Tensor) -> Tensor:
        rate, unbiased_1, unbiased_2 = lr
        s.m = mean(s.m, g, self.beta_1)
        s.v = mean(s.v, ops.square(g), self.beta_2, self.epsilon)
        d = s.m / unbiased_1 / (ops.sqrt(s.v / unbiased_2) + self.epsilon)
        of_w, of_d = ops.sum(ops.square(w)), ops.sum(ops.square(d))
        both = ops.logical_and(of_w > 0, of_d > 0)
        # the quotient is put right before the root, whose slope at 0 is infinite
        ratio = ops.sqrt(ops.where(both, of_w / ops.where(both, of_d, 1), 1))
        return w - ratio * rate * d


@named()
class Lion(Optimizer):
    """w ← w - lr·sign(β₁m + (1 - β₁)g), m ← β₂m + (1 - β₂)g.

    beta_1   β₁, how much of the move is the mean of gradients; beta_2: β₂, how much of that stays.
    Source: Chen et al., "Symbolic discovery of optimization algorithms" (2023).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> nn.optimizers.Lion(0.5).step(ag.Tensor([1.0]), ag.Tensor([7.0]))[0]
    Tensor([0.5])
    """

    m = Slot("momentum")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_1, self.beta_2 = beta_1, beta_2

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Tensor, step: Tensor) -> Tensor:
        move = lr * ops.sign(s.m * self.beta_1 + g * (1 - self.beta_1))
        s.m = settled(s.m * self.beta_2 + g * (1 - self.beta_2))
        return w - move


@named(first="radam")
class RAdam(Moments):
    """Adam whose first steps, when v says little yet, are steps of momentum, r = 0.

    ρ = 2 / (1 - β₂) - 1, ρₜ = ρ - 2t·β₂ᵗ / (1 - β₂ᵗ); where ρₜ > 5 the move of Adam is taken times
    r = √((ρₜ - 4)(ρₜ - 2)ρ / ((ρ - 4)(ρ - 2)ρₜ)), else w ← w - lr·m / (1 - β₁ᵗ).
    Source: Liu et al., "On the variance of the adaptive learning rate and beyond" (2019).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> w, _ = nn.optimizers.RAdam(0.1).step(ag.Tensor([1.0]), ag.Tensor([2.0]))
    >>> round(float(w[0]), 4)
    0.8
    """

    def prepare(self, lr: Tensor, step: Tensor, shared: Any) -> tuple[Tensor, ...]:
        # in float64: differences of nearly equal numbers decide between the two steps
        t = ops.astype(step, dtype="float64")
        most = 2 / (1 - self.beta_2) - 1
        left = unbiased(self.beta_2, t)
        now = most - 2 * t * (1 - left) / left
        known = now > 5
        safe = ops.where(known, now, 5.0)
        part = (safe - 4) * (safe - 2) * most / ((most - 4) * (most - 2) * safe)
        rate = ops.astype(lr, dtype="float64") / unbiased(self.beta_1, t)
        alpha = ops.where(known, rate * ops.sqrt(part * left), 0.0)
        plain = ops.where(known, 0.0, rate)
        return ops.astype(alpha, dtype=lr.dtype), ops.astype(plain, dtype=lr.dtype)

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Any, step: Tensor) -> Tensor:
        alpha, plain = lr
        s.m = mean(s.m, g, self.beta_1)
        s.v = mean(s.v, ops.square(g), self.beta_2, self.epsilon)
        return moved(w, s.m, s.v, alpha, self.epsilon) - s.m * plain


@named()
class ScheduleFreeAdamW(Moments):
    """Adam's steps of z, weights between z and z's mean x: no schedule is needed to come to rest.

    z ← z - lr·g / (√(v / (1 - β₂ᵗ)) + ε), x ← x + (z - x) / t, w ← (1 - β₁)z + β₁x.
    beta_1         β₁, above 0: how near the weights are to the mean.
    beta_2         β₂, how much of the running mean of squares stays; epsilon: ε.
    warmup_steps   in which the rate rises in a line.
    Source: Defazio et al., "The road less scheduled" (2024).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> w, _ = nn.optimizers.ScheduleFreeAdamW(0.1).step(ag.Tensor([1.0]), ag.Tensor([2.0]))
    >>> round(float(w[0]), 4)
    0.9
    """

    m = Slot("momentum", lambda optimizer, w: ops.positive(w))  # z

    def __init__(
        self,
        learning_rate: Any = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
        **options: Any,
    ) -> None:
        number(beta_1, "beta_1", "ScheduleFreeAdamW", above=0)
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **options)
        self.warmup_steps = whole(warmup_steps, "warmup_steps", 0)

    def prepare(self, lr: Tensor, step: Tensor, shared: Any) -> tuple[Tensor, Tensor]:
        if self.warmup_steps:
            lr = lr * ops.minimum(step / self.warmup_steps, 1)
        return lr, unbiased(self.beta_2, step)

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Any, step: Tensor) -> Tensor:
        rate, unbiased_2 = lr
        x = (w - (1 - self.beta_1) * s.m) / self.beta_1
        s.v = mean(s.v, ops.square(g), self.beta_2, self.epsilon)
        s.m = s.m - rate * g / (ops.sqrt(s.v / unbiased_2) + self.epsilon)
        x = x + (s.m - x) / step
        return (1 - self.beta_1) * s.m + self.beta_1 * x
