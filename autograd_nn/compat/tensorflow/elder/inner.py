"""What TensorFlow's own modules, ``tensorflow.python.…``, had beside what stands under ``tf``."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from autograd_nn.compat.functions import values
from autograd_nn.compat.tensorflow.elder.machine import logging
from autograd_nn.compat.tensorflow.elder.sessions import assign_add
from autograd_nn.nn import ops
from autograd_nn.nn.variable import Variable

tf_logging = logging


def _as_it_is(*args: Any, **options: Any) -> Callable[[Any], Any]:
    """A decorator that leaves a function or a class as it is."""
    return lambda decorated: decorated


keras_export = tf_export = deprecated = deprecated_args = deprecated_arg_values = _as_it_is
RegisterGradient = _as_it_is


def executing_eagerly() -> bool:
    """True."""
    return True


context = SimpleNamespace(executing_eagerly=executing_eagerly, num_gpus=lambda: 0)


def smart_cond(pred: Any, true_fn: Any = None, false_fn: Any = None, name: Any = None) -> Any:
    """What one of two functions gives, that alone being called where it is known which.

    >>> smart_cond(True, lambda: 1, lambda: 2)
    1
    """
    if isinstance(pred, bool | int):
        return true_fn() if pred else false_fn()
    return ops.cond(pred, true_fn, false_fn)


def smart_constant_value(pred: Any) -> Any:
    """A truth that is known, or None."""
    return bool(pred) if isinstance(pred, bool | int) else None


class _Debiased:
    """By a variable's id: the average that began at 0, how often it moved, what forgets them."""

    kept: dict[int, tuple[Variable, Variable, Any]] = {}


def assign_moving_average(
    variable: Any, value: Any, decay: Any, zero_debias: bool = True, name: Any = None
) -> Any:
    """variable ← decay·variable + (1 - decay)·value.

    zero_debias   as if that had begun at 0, over 1 - decay^n at the nth time.

    >>> average = Variable([0.0], trainable=False)
    >>> round(assign_moving_average(average, [3.0], 0.5).item(), 5)
    3.0
    """
    value = ops.convert_to_tensor(value)
    if not zero_debias:
        return values.update(variable, variable * decay + value * (1 - decay))
    key = id(variable)
    if key not in _Debiased.kept:
        zeros = np.zeros(variable.shape, variable.dtype)
        made = [Variable(z, trainable=False) for z in (zeros, np.zeros((), variable.dtype))]
        forget = weakref.finalize(variable, _Debiased.kept.pop, key, None)
        _Debiased.kept[key] = made[0], made[1], forget
    biased, count, _ = _Debiased.kept[key]
    biased.assign(biased * decay + value * (1 - decay))
    count.assign(count + 1)
    return values.update(variable, biased / (1 - decay**count))


def assign_sub(ref: Any, value: Any, *args: Any, **options: Any) -> Any:
    """Subtracts from a variable; a symbol, when what this gives is run."""
    return assign_add(ref, ops.negative(value))


def convert_to_tensor_v2(value: Any, dtype: Any = None, *args: Any, **options: Any) -> Any:
    """A value as a tensor."""
    return ops.convert_to_tensor(value, dtype)


def constant_value(tensor: Any, partial: bool = False) -> Any:
    """A tensor's numbers where they are known, None of a symbol."""
    return values.eval(tensor) if not hasattr(tensor, "call") else None
