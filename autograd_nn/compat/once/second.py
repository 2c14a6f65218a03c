"""Optimizers of one's own as TensorFlow 2 had them: ``_resource_apply_dense`` and slots by names.

``self._set_hyper("beta", 0.9)`` in the constructor, ``self.add_slot(var, "m")`` in
``_create_slots``, then one update of one weight, by ``assign``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from autograd_nn.nn import ops
from autograd_nn.nn.configurable import Configurable
from autograd_nn.nn.optimizers.base import Optimizer
from autograd_nn.nn.optimizers.schedules.base import LearningRateSchedule
from autograd_nn.nn.variable import Variable

APPLIES = "_resource_apply_dense"


def is_second(kind: type) -> bool:
    """Whether a class's updates are made so."""
    return hasattr(kind, APPLIES)


def become(cls: Any) -> None:
    """Gives a class the methods by which our optimizers make their updates."""
    cls.update_step, cls.build, cls.decay_of = _update_step, _build, _decay_of


def _build(self: Any, variables: Any) -> None:
    variables = list(variables)
    if not self.built:
        Optimizer.build(self, variables)
        self._create_slots(variables)


class _Now:
    updating = False  # whether a class's own update runs, which asks for ``var.dtype.base_dtype``


def _update_step(self: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
    apply = getattr(self, APPLIES)
    _Now.updating = True
    try:
        if "apply_state" in inspect.signature(apply).parameters:
            apply(gradient, variable, apply_state=_state_of(self, variable))
        else:
            apply(gradient, variable)
    finally:
        _Now.updating = False


def _with_base(today: Any) -> Any:
    """`Variable.dtype`, which within such an update knows its ``base_dtype``."""

    def dtype(self: Any) -> Any:
        found = today.__get__(self)
        if not _Now.updating:
            return found
        from autograd_nn.compat.tensorflow.values.kinds import as_dtype

        return as_dtype(found)

    return property(dtype)


def _decay_of(self: Any, w: Any) -> float:
    return 0.0  # which the class sees to itself


def _state_of(self: Any, variable: Any) -> dict[Any, Any]:
    place = variable.device, variable.dtype
    state: dict[Any, Any] = {place: {}}
    self._prepare_local(*place, state)
    return state


def _named_first(today: Any) -> Any:
    """`Optimizer.__init__`, whose first argument was the name."""

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        if args and isinstance(args[0], str):
            options["name"], args = args[0], args[1:]
        self.__dict__["_initial_decay"] = options.get("decay", 0.0)
        today(self, *args, **options)

    return __init__


def _set_hyper(self: Any, name: str, value: Any) -> None:
    """Keeps a number that updates are computed by, or the rate."""
    if name in ("lr", "learning_rate"):
        self.learning_rate = value
    else:
        Configurable.__setattr__(self, name, value)


def _get_hyper(self: Any, name: str, dtype: Any = None) -> Any:
    """Such a number, in a dtype where one is given."""
    if name in ("lr", "learning_rate"):
        value = self._rate
    else:
        value = getattr(self, name)
    if isinstance(value, LearningRateSchedule):
        return value
    value = value() if callable(value) else value
    return ops.convert_to_tensor(value) if dtype is None else ops.cast(value, dtype)


def _serialize_hyperparameter(self: Any, hyperparameter_name: str) -> Any:
    """Such a number as a configuration has it."""
    from autograd_nn.nn.optimizers.schedules import serialize

    found = _get_hyper(self, hyperparameter_name)
    if isinstance(found, LearningRateSchedule):
        return serialize(found)
    return ops.convert_to_numpy(found).item()


def add_slot(self: Any, var: Any, slot_name: str, initializer: Any = "zeros", **o: Any) -> Any:
    """A variable that is remembered of a weight, by a name."""
    kept: dict[Any, Variable] = self.__dict__.setdefault("_slots_by_name", {})
    key = id(var), slot_name
    if key not in kept:
        kept[key] = self.add_variable_from_reference(var, slot_name, initializer)
    return kept[key]


def get_slot(self: Any, var: Any, slot_name: str) -> Any:
    """What `add_slot` made."""
    return self.__dict__.get("_slots_by_name", {})[id(var), slot_name]


def _prepare_local(self: Any, var_device: Any, var_dtype: Any, apply_state: Any) -> None:
    """Computes what all weights of a dtype share: here the rate, as ``lr_t``."""
    apply_state[var_device, var_dtype]["lr_t"] = self._decayed_lr(var_dtype)


def _fallback_apply_state(self: Any, var_device: Any, var_dtype: Any) -> Any:
    """What `_prepare_local` computes."""
    state: dict[Any, Any] = {(var_device, var_dtype): {}}
    self._prepare_local(var_device, var_dtype, state)
    return state[var_device, var_dtype]


def _does_nothing(self: Any, *args: Any, **options: Any) -> None:
    """Nothing is to be made."""


_LENT = {f.__name__: f for f in (
    _set_hyper, _get_hyper, _serialize_hyperparameter, add_slot, get_slot, _prepare_local,
    _fallback_apply_state,
)}  # fmt: skip
_LENT |= dict.fromkeys(("_create_slots", "_create_hypers", "_prepare"), _does_nothing)


def _given(value: Any) -> Callable[[Any], Any]:
    return lambda today: value


BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    "autograd_nn.nn.optimizers.base:Optimizer": {
        "__init__": _named_first, "_use_locking": _given(False),
        **{name: _given(method) for name, method in _LENT.items()},
    },
    "autograd_nn.nn.variable:Variable": {"dtype": _with_base},
}
