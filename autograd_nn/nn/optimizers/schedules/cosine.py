"""Rates that fall along half a wave, once or again and again."""

from __future__ import annotations

import math
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import number
from autograd_nn.nn.optimizers.schedules.base import LearningRateSchedule, cosine, exact, line
from autograd_nn.nn.registry import named


@named()
class CosineDecay(LearningRateSchedule):
    """From the first rate to ``alpha`` times it along half a cosine, in ``decay_steps`` steps.

    warmup_target   where given, the rate first rises to it in a line, in ``warmup_steps`` steps,
                    and falls from there.
    Source: Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts" (2016).

    >>> from autograd_nn import nn
    >>> rate = nn.optimizers.schedules.CosineDecay(0.0, 10, warmup_target=0.5, warmup_steps=4)
    >>> float(rate(2)), float(rate(4)), round(float(rate(9)), 12)
    (0.25, 0.5, 0.25)
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        if warmup_target is not None:
            number(warmup_target, "warmup_target", "CosineDecay", least=0)
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.alpha, self.name = alpha, name
        self.warmup_target, self.warmup_steps = warmup_target, warmup_steps

    def __call__(self, step: Any) -> Tensor:
        at: Any = exact(step)
        first, top = self.initial_learning_rate, self.warmup_target
        warm = self.warmup_steps if top is not None else 0
        top = first if top is None else top
        share = ops.clip((at - warm) / self.decay_steps, 0, 1)
        fallen = cosine(top, top * self.alpha, share)
        return ops.where(at < warm, line(first, top, at / warm), fallen) if warm else fallen


@named()
class CosineDecayRestarts(LearningRateSchedule):
    """Half a cosine again and again, each ``t_mul`` times as long, from ``m_mul`` times the rate.

    first_decay_steps   how long the first is; alpha: what share of the first rate each ends with.
    Source: Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts" (2016).

    >>> from autograd_nn import nn
    >>> rate = nn.optimizers.schedules.CosineDecayRestarts(0.5, 10, m_mul=0.5)
    >>> float(rate(0)), float(rate(10)), float(rate(30))
    (0.5, 0.25, 0.125)
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = number(t_mul, "t_mul", "CosineDecayRestarts", least=1)
        self.m_mul, self.alpha, self.name = m_mul, alpha, name

    def __call__(self, step: Any) -> Tensor:
        at = exact(step) / self.first_decay_steps
        if self.t_mul == 1:
            nth = ops.floor(at)
            share = at - nth
        else:
            # The small number keeps a logarithm's last digit from putting a restart off a step.
            nth = ops.floor(ops.log(1 + at * (self.t_mul - 1)) / math.log(self.t_mul) + 1e-9)
            length = ops.power(self.t_mul, nth)
            share = (at - (length - 1) / (self.t_mul - 1)) / length
        first = self.initial_learning_rate
        end = first * self.alpha
        return cosine(end + (first - end) * ops.power(self.m_mul, nth), end, share)
