"""Optimizers: each is its slots and one ``update`` of one weight, in ops; the base does the rest.

Gradients and weights go in, `apply` changes the weights in place. Read sgd.py, then base.py (the
pure step, and all that stands around an update), placed.py (the step in place, and the state),
group.py (weights joined to be updated at once), schedules/ (learning rates).
"""

from __future__ import annotations

from typing import Any

from autograd_nn.engine.errors import did_you_mean
from autograd_nn.nn.optimizers import schedules
from autograd_nn.nn.optimizers.adafactor import Adafactor
from autograd_nn.nn.optimizers.adagrad import Adadelta, Adagrad
from autograd_nn.nn.optimizers.adam import Adam, AdamW
from autograd_nn.nn.optimizers.adam_kin import (
    Adamax,
    Lamb,
    Lion,
    Nadam,
    RAdam,
    ScheduleFreeAdamW,
)
from autograd_nn.nn.optimizers.base import Optimizer
from autograd_nn.nn.optimizers.ftrl import Ftrl
from autograd_nn.nn.optimizers.lbfgs import LBFGS
from autograd_nn.nn.optimizers.multi import MultiOptimizer, OptimizerMap
from autograd_nn.nn.optimizers.muon import Muon
from autograd_nn.nn.optimizers.rmsprop import RMSprop
from autograd_nn.nn.optimizers.sgd import SGD
from autograd_nn.nn.optimizers.slot import Slot
from autograd_nn.nn.optimizers.wrappers import Lookahead, LossScaleOptimizer
from autograd_nn.nn.registry import find, names
from autograd_nn.nn.saving.objects import serialize_keras_object


def get(identifier: Any) -> Any:
    """The optimizer meant by a name, a configuration, a class or an object; None is none.

    Raises ValueError for an unknown name, with the nearest one.

    >>> from autograd_nn import nn
    >>> nn.optimizers.get(nn.Adam(0.01, name="adam"))
    Adam(learning_rate=0.01, name='adam')
    """
    found = find(identifier, "optimizer")
    if found is not None and not isinstance(found, Optimizer):
        raise TypeError(
            f"received {identifier!r} as optimizer; expected a name or an Optimizer. "
            + did_you_mean(identifier, names("optimizer"))
        )
    return found


def serialize(optimizer: Optimizer) -> Any:
    """An optimizer as plain data, from which `deserialize` makes another, without state.

    >>> from autograd_nn import nn
    >>> nn.optimizers.deserialize(nn.optimizers.serialize(nn.SGD(0.5, name="mine")))
    SGD(learning_rate=0.5, name='mine')
    """
    return serialize_keras_object(optimizer)


def deserialize(config: Any) -> Optimizer:
    """An optimizer from what `serialize` gave."""
    return get(config)


__all__ = [
    "LBFGS", "SGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb",
    "Lion", "Lookahead", "LossScaleOptimizer", "MultiOptimizer", "Muon", "Nadam", "Optimizer",
    "OptimizerMap", "RAdam", "RMSprop", "ScheduleFreeAdamW", "Slot", "deserialize", "get",
    "schedules", "serialize",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
