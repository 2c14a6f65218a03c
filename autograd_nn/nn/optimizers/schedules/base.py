"""Schedule: a learning rate as a function of how many steps were made."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.checks import number, whole
from autograd_nn.nn.configurable import Configurable
from autograd_nn.nn.registry import family


@family("schedule", by_class=True)
class LearningRateSchedule(Configurable):
    """The base of schedules: ``schedule(step)`` gives the rate of the step after ``step`` others.

    A schedule is made of ops, so a recorded step computes its own rate. One of your own defines
    ``__call__(self, step)``, where ``step`` is a whole number, mostly a tensor.
    A number set is checked: rates and factors are finite and from 0, counts of steps whole.

    >>> from autograd_nn import nn
    >>> class Root(nn.optimizers.schedules.LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.1 / (1.0 + step) ** 0.5
    >>> float(nn.SGD(Root()).learning_rate)
    0.1
    """

    def __call__(self, step: Any) -> Any:
        raise NotImplementedError(
            f"{type(self).__name__} defines no __call__(step); expected one that gives the rate."
        )

    def __setattr__(self, name: str, value: Any) -> None:
        where = type(self).__name__
        if name.endswith("steps"):
            steps(value, name, where)
        elif name in RATES and not isinstance(value, Tensor):
            number(value, name, where, least=0)
        super().__setattr__(name, value)


RATES = (
    "initial_learning_rate", "end_learning_rate", "max_learning_rate", "decay_rate", "power",
    "alpha", "m_mul", "factor",
)  # fmt: skip


def steps(value: Any, name: str, where: str) -> None:
    """Checks a count of steps: a number above 0, or from 0 where it is of warming up."""
    if name == "warmup_steps":
        whole(value, f"{name} of {where}", 0)
    else:
        number(value, name, where, above=0)


def exact(step: Any) -> Tensor:
    """A count of steps as a float64, in which a rate is computed."""
    return ops.astype(as_tensor(step), dtype="float64")


def line(start: Any, end: Any, share: Tensor) -> Tensor:
    """From start to end as ``share`` goes from 0 to 1."""
    return start + (end - start) * share


def cosine(start: Any, end: Any, share: Tensor) -> Tensor:
    """From start to end along half a wave."""
    return end + (start - end) * (0.5 * (1 + ops.cos(share * PI)))


PI = 3.141592653589793
