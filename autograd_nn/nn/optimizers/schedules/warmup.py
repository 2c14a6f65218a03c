"""Rates that rise first: before another schedule, in one cycle, as for Transformers."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import number
from autograd_nn.nn.optimizers.schedules.base import LearningRateSchedule, cosine, exact, line
from autograd_nn.nn.registry import find, named


@named()
class LinearWarmup(LearningRateSchedule):
    """A line from ``initial_learning_rate`` to where ``after`` begins, then ``after`` itself.

    after          a rate or a schedule, whose steps count from the end of the rise.
    warmup_steps   how many steps the rise takes.

    >>> from autograd_nn import nn
    >>> s = nn.optimizers.schedules
    >>> rate = s.LinearWarmup(s.ExponentialDecay(0.5, 10, 0.5), warmup_steps=4)
    >>> float(rate(0)), float(rate(2)), float(rate(4)), float(rate(14))
    (0.0, 0.25, 0.5, 0.25)
    """

    def __init__(
        self, after: Any, warmup_steps: int, initial_learning_rate: float = 0.0,
        name: str = "LinearWarmup",
    ) -> None:  # fmt: skip
        after = find(after, "schedule") if isinstance(after, dict) else after
        if not callable(after):
            number(after, "after", "LinearWarmup", least=0)
        self.after, self.warmup_steps = after, warmup_steps
        self.initial_learning_rate, self.name = initial_learning_rate, name

    def __call__(self, step: Any) -> Tensor:
        at: Any = exact(step)
        warm, after = self.warmup_steps, self.after
        followed = after(ops.maximum(at - warm, 0)) if callable(after) else exact(after)
        if not warm:
            return followed
        return ops.where(at < warm, line(self.initial_learning_rate, followed, at / warm), followed)


@named()
class OneCycle(LearningRateSchedule):
    """Up to ``max_learning_rate`` and down to next to nothing, once in ``total_steps`` steps.

    rising              the share of the steps that go up.
    div_factor          it starts from max_learning_rate / div_factor,
    final_div_factor    and ends with that divided by final_div_factor.
    shape               'cosine' or 'line', of both ways.
    Source: Smith & Topin, "Super-convergence" (2017).

    >>> from autograd_nn import nn
    >>> rate = nn.optimizers.schedules.OneCycle(1.0, 11, rising=0.5, div_factor=10, shape="line")
    >>> float(rate(0)), round(float(rate(4)), 3), round(float(rate(10)), 6)
    (0.1, 0.9, 1e-05)
    """

    def __init__(
        self,
        max_learning_rate: float,
        total_steps: int,
        rising: float = 0.3,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        shape: str = "cosine",
        name: str = "OneCycle",
    ) -> None:
        if shape not in ("cosine", "line"):
            raise ValueError(f"OneCycle received shape={shape!r}; expected 'cosine' or 'line'.")
        if not 0 < number(rising, "rising", "OneCycle") < 1:
            raise ValueError(
                f"OneCycle received rising={rising!r}; expected a share between 0 and 1."
            )
        self.div_factor = number(div_factor, "div_factor", "OneCycle", above=0)
        self.final_div_factor = number(final_div_factor, "final_div_factor", "OneCycle", above=0)
        self.max_learning_rate, self.total_steps = max_learning_rate, total_steps
        self.rising, self.shape, self.name = rising, shape, name

    def __call__(self, step: Any) -> Tensor:
        at: Any = exact(step)
        between = cosine if self.shape == "cosine" else line
        first = self.max_learning_rate / self.div_factor
        top, last = self.rising * self.total_steps - 1, self.total_steps - 1
        up = between(first, self.max_learning_rate, at / top)
        share = ops.minimum((at - top) / (last - top), 1)
        down = between(self.max_learning_rate, first / self.final_div_factor, share)
        return ops.where(at <= top, up, down)


@named()
class Noam(LearningRateSchedule):
    """factor · d^-½ · min(t^-½, t · warmup_steps^-3/2) at step t, which counts from 1.

    Source: Vaswani et al., "Attention is all you need" (2017), 5.3; d is the width of the model.

    >>> from autograd_nn import nn
    >>> rate = nn.optimizers.schedules.Noam(64, warmup_steps=16)
    >>> float(rate(15)), float(rate(63))
    (0.03125, 0.015625)
    """

    def __init__(
        self, d_model: int, warmup_steps: int = 4000, factor: float = 1.0, name: str = "Noam"
    ) -> None:
        self.d_model = number(d_model, "d_model", "Noam", above=0)
        self.warmup_steps, self.factor, self.name = warmup_steps, factor, name

    def __call__(self, step: Any) -> Tensor:
        t = exact(step) + 1
        rise = t * max(self.warmup_steps, 1) ** -1.5
        return self.factor * self.d_model**-0.5 * ops.minimum(t**-0.5, rise)
