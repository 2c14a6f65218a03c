"""Optimizers as in Keras 1 and 2: names in small letters, and arguments in the order of then."""

from __future__ import annotations

import sys
from functools import wraps
from typing import Any

from autograd_nn.nn import ops, optimizers
from autograd_nn.nn.renamed import warn_user
from autograd_nn.nn.saving import custom_object_scope
from autograd_nn.nn.settings import epsilon
from autograd_nn.nn.symbols import Symbol

sgd, rmsprop, nadam = optimizers.SGD, optimizers.RMSprop, optimizers.Nadam
adam, adamax, adagrad = optimizers.Adam, optimizers.Adamax, optimizers.Adagrad
adadelta = optimizers.Adadelta
OptimizerV2 = optimizers.Optimizer

# Those by place that had ``decay`` where a flag is today.
_ORDER = {
    "SGD": ("learning_rate", "momentum", "decay", "nesterov"),
    "Adam": ("learning_rate", "beta_1", "beta_2", "epsilon", "decay", "amsgrad"),
    "Adamax": ("learning_rate", "beta_1", "beta_2", "epsilon", "decay"),
    "Adadelta": ("learning_rate", "rho", "epsilon", "decay"),
}
# Those of Keras itself whose place for epsilon is that of another today.
_ORDER_THEN = {
    "RMSprop": ("learning_rate", "rho", "epsilon", "decay"),
    "Adagrad": ("learning_rate", "epsilon", "decay"),
}
# What those had as Keras itself, up to 2.3, whose defaults are others today.
_THEN: dict[str, dict[str, float]] = {
    "Adagrad": {"learning_rate": 0.01, "initial_accumulator_value": 0.0},
    "Adadelta": {"learning_rate": 1.0},
    "Adamax": {"learning_rate": 0.002},
    "Nadam": {"learning_rate": 0.002},
}
_SCHEDULE_DECAY = 0.004  # of Nadam's, which nobody can tell it any more


def _told(today: Any) -> Any:
    """A constructor: ``epsilon`` may be None, ``decay`` has its place of then, defaults are then's.

    Which defaults are meant no script says; those that import ``keras`` were written for its own,
    those that import ``tensorflow.keras`` alone for TensorFlow's, which are today's.
    """

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        order = _ORDER.get(type(self).__name__, ())
        at = order.index("decay") if order else len(args)
        if len(args) > at and not isinstance(args[at], bool):
            args, options = (), {**dict(zip(order, args, strict=False)), **options}
        order = _ORDER_THEN.get(type(self).__name__, ()) if "keras" in sys.modules else ()
        if order and len(args) > order.index("epsilon"):
            args, options = (), {**dict(zip(order, args, strict=False)), **options}
            told = ", ".join(f"{k}={v!r}" for k, v in options.items())
            warn_user(
                f"{type(self).__name__}: received arguments in the order of Keras 1 and 2, taken "
                f"for {told}. Write them by their names."
            )
        if "epsilon" in options and options["epsilon"] is None:
            options["epsilon"] = epsilon()
        if options.get("schedule_decay") == _SCHEDULE_DECAY:
            del options["schedule_decay"]
        if "keras" in sys.modules:
            _as_then(type(self).__name__, bool(args), options)
        today(self, *args, **options)

    return __init__


def _as_then(name: str, told: bool, options: dict[str, Any]) -> None:
    """Adds the defaults of then to what a constructor is given, with a warning."""
    told = told or not options.keys().isdisjoint(("learning_rate", "lr"))
    missing = {
        k: v for k, v in _THEN.get(name, {}).items()
        if k not in options and not (told and k == "learning_rate")
    }  # fmt: skip
    if missing:
        said = ", ".join(f"{k}={v:g}" for k, v in missing.items())
        warn_user(
            f"{name} was taken with its defaults of Keras 1 and 2, {said}; say so, or another "
            "number, for Keras 3 has others."
        )
        options.update(missing)


def deserialize(config: Any, custom_objects: Any = None) -> Any:
    """`optimizers.deserialize`, with classes of one's own by name.

    As in Keras 2, ``config`` names a known class in small letters afterwards.
    """
    with custom_object_scope(custom_objects or {}):
        found = optimizers.deserialize(config)
    if isinstance(config, dict) and hasattr(optimizers, str(config.get("class_name"))):
        config["class_name"] = config["class_name"].lower()
    return found


def _counting(today: Any) -> Any:
    """`Optimizer.apply_gradients`, of what counts its steps besides, and of words of then.

    Of symbols it gives what makes the step when a session runs it.
    """

    @wraps(today)
    def apply_gradients(
        self: Any, grads_and_vars: Any, global_step: Any = None, name: Any = None,
        experimental_aggregate_gradients: bool = True, skip_gradients_aggregation: bool = False,
    ) -> Any:  # fmt: skip
        pairs = list(grads_and_vars)
        if any(isinstance(g, Symbol) for g, _ in pairs):
            from autograd_nn.compat.tensorflow.elder.sessions import stepping

            return stepping(self, [(g, v) for g, v in pairs if g is not None])
        found = today(self, pairs)
        if hasattr(global_step, "assign_add"):
            global_step.assign_add(1)
        return found

    return apply_gradients


def _rate_now(today: Any) -> Any:
    """``optimizer._decayed_lr(dtype)``: the rate of the next step, as scripts watched it by."""

    def _decayed_lr(self: Any, var_dtype: Any = "float32") -> Any:
        return ops.cast(self.rate_at(self.iterations), var_dtype)

    return _decayed_lr


_SAYING = [  # the classes whose constructors these are
    next(base for base in kind.__mro__ if "__init__" in vars(base))
    for kind in (sgd, rmsprop, adagrad, adadelta, adam, adamax, nadam)
]
_APPLYING = next(k for k in optimizers.Optimizer.__mro__ if "apply_gradients" in vars(k))
BENT = {
    **{f"{kind.__module__}:{kind.__qualname__}": {"__init__": _told} for kind in _SAYING},
    f"{_APPLYING.__module__}:{_APPLYING.__qualname__}": {
        "apply_gradients": _counting, "_decayed_lr": _rate_now,
    },
}
