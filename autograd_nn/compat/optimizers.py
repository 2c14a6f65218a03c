"""Optimizers as in Keras 1 and 2: names in small letters, and arguments in the order of then."""

from __future__ import annotations

from functools import wraps
from typing import Any

from autograd_nn.nn import optimizers
from autograd_nn.nn.settings import epsilon

sgd, rmsprop, nadam = optimizers.SGD, optimizers.RMSprop, optimizers.Nadam
adam, adamax, adagrad = optimizers.Adam, optimizers.Adamax, optimizers.Adagrad
adadelta = optimizers.Adadelta

# Those by place that had ``decay`` where a flag is today.
_ORDER = {
    "SGD": ("learning_rate", "momentum", "decay", "nesterov"),
    "Adam": ("learning_rate", "beta_1", "beta_2", "epsilon", "decay", "amsgrad"),
}
_SCHEDULE_DECAY = 0.004  # of Nadam's, which nobody can tell it any more


def _told(today: Any) -> Any:
    """A constructor: an ``epsilon`` of None is that of all, and ``decay`` has its place of then."""

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        order = _ORDER.get(type(self).__name__, ())
        at = order.index("decay") if order else len(args)
        if len(args) > at and not isinstance(args[at], bool):
            args, options = (), {**dict(zip(order, args, strict=False)), **options}
        if "epsilon" in options and options["epsilon"] is None:
            options["epsilon"] = epsilon()
        if options.get("schedule_decay") == _SCHEDULE_DECAY:
            del options["schedule_decay"]
        today(self, *args, **options)

    return __init__


_SAYING = [  # the classes whose constructors these are
    next(base for base in kind.__mro__ if "__init__" in vars(base))
    for kind in (sgd, rmsprop, adagrad, adadelta, adam, adamax, nadam)
]
BENT = {f"{kind.__module__}:{kind.__qualname__}": {"__init__": _told} for kind in _SAYING}
