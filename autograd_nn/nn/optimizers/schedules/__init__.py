"""Schedules: learning rates as functions of the step count, made of ops.

A count goes in, a rate comes out; an optimizer takes one as its ``learning_rate``. Start reading
at `LearningRateSchedule` in base.py.
"""

from __future__ import annotations

from typing import Any

from autograd_nn.nn.optimizers.schedules.base import LearningRateSchedule
from autograd_nn.nn.optimizers.schedules.cosine import CosineDecay, CosineDecayRestarts
from autograd_nn.nn.optimizers.schedules.decay import (
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)
from autograd_nn.nn.optimizers.schedules.warmup import LinearWarmup, Noam, OneCycle
from autograd_nn.nn.registry import find
from autograd_nn.nn.saving.objects import serialize_keras_object


def serialize(learning_rate_schedule: LearningRateSchedule) -> Any:
    """A schedule as plain data, from which `deserialize` makes another.

    >>> from autograd_nn import nn
    >>> s = nn.optimizers.schedules
    >>> s.deserialize(s.serialize(s.Noam(64)))
    Noam(d_model=64)
    """
    return serialize_keras_object(learning_rate_schedule)


def deserialize(config: Any) -> Any:
    """A schedule from what `serialize` gave."""
    return find(config, "schedule")


__all__ = [
    "CosineDecay", "CosineDecayRestarts", "ExponentialDecay", "InverseTimeDecay",
    "LearningRateSchedule", "LinearWarmup", "Noam", "OneCycle", "PiecewiseConstantDecay",
    "PolynomialDecay", "deserialize", "serialize",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
