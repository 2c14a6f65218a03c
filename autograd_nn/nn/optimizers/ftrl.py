"""Ftrl: weights as the minimum of all gradients so far, with penalties that make them sparse."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.optimizers.base import Optimizer
from autograd_nn.nn.optimizers.slot import Slot
from autograd_nn.nn.registry import named


@named()
class Ftrl(Optimizer):
    """z ← z + g + 2·s·w - (n′ᵖ - nᵖ)·w / lr with n′ = n + g², w ← (clip(z, ±l₁) - z) / q.

    q = n′ᵖ / lr + 2·l₂ + beta / lr, p = -learning_rate_power.
    initial_accumulator_value              what n starts from.
    l1_regularization_strength             l₁: weights of small |z| are 0.
    l2_regularization_strength             l₂.
    l2_shrinkage_regularization_strength   s, which shrinks by the gradient.
    Source: McMahan et al., "Ad click prediction: a view from the trenches" (2013).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> ftrl = nn.optimizers.Ftrl(0.5, l1_regularization_strength=10.0)
    >>> ftrl.step(ag.Tensor([1.0]), ag.Tensor([1.0]))[0]
    Tensor([0.])
    """

    n = Slot("accumulator", "initial_accumulator_value")
    z = Slot("linear")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Tensor, step: Tensor) -> Tensor:
        power, l1 = -self.learning_rate_power, self.l1_regularization_strength
        total = s.n + ops.square(g)
        root = ops.power(total, power)
        shrunk = g + 2 * self.l2_shrinkage_regularization_strength * w
        s.z = s.z + shrunk - (root - ops.power(s.n, power)) / lr * w
        s.n = total
        quadratic = root / lr + 2 * self.l2_regularization_strength + self.beta / lr
        return (ops.clip(s.z, -l1, l1) - s.z) / quadratic
