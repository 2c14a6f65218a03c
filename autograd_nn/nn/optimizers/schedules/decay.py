"""Rates that fall by a rule: by powers, by 1/t, along a polynomial, in stairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import number
from autograd_nn.nn.optimizers.schedules.base import LearningRateSchedule, exact
from autograd_nn.nn.registry import named


class _Decay(LearningRateSchedule):
    """A rate by ``decay_rate`` and p = step / decay_steps; in stairs, p is rounded down."""

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.decay_rate, self.staircase = decay_rate, staircase
        self.name = name or type(self).__name__

    def _periods(self, step: Any) -> Tensor:
        p = ops.divide(exact(step), self.decay_steps)
        return ops.floor(p) if self.staircase else p


@named()
class ExponentialDecay(_Decay):
    """initial_learning_rate · decay_rate ^ (step / decay_steps).

    staircase   step / decay_steps is rounded down.

    >>> from autograd_nn import nn
    >>> float(nn.optimizers.schedules.ExponentialDecay(0.8, 10, 0.5)(20))
    0.2
    """

    def __call__(self, step: Any) -> Tensor:
        return self.initial_learning_rate * ops.power(self.decay_rate, self._periods(step))


@named()
class InverseTimeDecay(_Decay):
    """initial_learning_rate / (1 + decay_rate · step / decay_steps).

    staircase   step / decay_steps is rounded down.

    >>> from autograd_nn import nn
    >>> float(nn.optimizers.schedules.InverseTimeDecay(0.8, 1, 1.0)(3))
    0.2
    """

    def __call__(self, step: Any) -> Tensor:
        divisor = ops.add(ops.multiply(self._periods(step), self.decay_rate), 1)
        return ops.divide(self.initial_learning_rate, divisor)


@named()
class PolynomialDecay(LearningRateSchedule):
    """(initial - end) · (1 - step / decay_steps) ^ power + end, and end from decay_steps on.

    cycle   in place of staying at the end, decay_steps becomes its next multiple.

    >>> from autograd_nn import nn
    >>> float(nn.optimizers.schedules.PolynomialDecay(0.5, 10, 0.25)(5))
    0.375
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, decay_steps
        self.end_learning_rate, self.power = end_learning_rate, power
        self.cycle, self.name = cycle, name

    def __call__(self, step: Any) -> Tensor:
        at: Any = exact(step)
        length: Any = self.decay_steps
        if self.cycle:
            length = length * ops.maximum(ops.ceil(at / length), 1)
        else:
            at = ops.minimum(at, length)
        left = ops.power(1 - at / length, self.power)
        end = self.end_learning_rate
        return (self.initial_learning_rate - end) * left + end


@named()
class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] up to and with step boundaries[0], values[1] up to boundaries[1], and so on.

    Raises ValueError unless there is one value more than boundaries, and these rise.

    >>> from autograd_nn import nn
    >>> rate = nn.optimizers.schedules.PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.1])
    >>> float(rate(10)), float(rate(11)), float(rate(99))
    (1.0, 0.5, 0.1)
    """

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str = "PiecewiseConstant"
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                f"PiecewiseConstantDecay received {len(boundaries)} boundaries and {len(values)} "
                "values; expected one value more than boundaries, that of the time after the last."
            )
        for value in values:
            number(value, "values", "PiecewiseConstantDecay", least=0)
        if any(a >= b for a, b in zip(boundaries[:-1], boundaries[1:], strict=True)):
            raise ValueError(
                f"PiecewiseConstantDecay received boundaries={list(boundaries)}; expected counts "
                "of steps that rise."
            )
        self.boundaries, self.values, self.name = list(boundaries), list(values), name

    def __call__(self, step: Any) -> Tensor:
        at = exact(step)
        found = exact(self.values[0])
        for boundary, value in zip(self.boundaries, self.values[1:], strict=True):
            found = ops.where(at > boundary, value, found)
        return found
