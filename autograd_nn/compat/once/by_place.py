"""Arguments by their places in Keras 1, where the next places are others today.

``Dense(64, "uniform", "relu")`` told how weights start before the activation,
``BatchNormalization(1e-6)`` what is added to variances.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd_nn.nn.registry import look_up
from autograd_nn.nn.renamed import warn_user

_STARTS = ("kernel_initializer", "recurrent_initializer")
_CELLS = ("activation", "recurrent_activation")
# What came after the units, the embeddings or the windows.
_AFTER_SIZES: dict[str, tuple[int, tuple[str, ...]]] = {
    "Dense": (1, ("kernel_initializer", "activation", "weights")),
    "SimpleRNN": (1, (*_STARTS, "activation")),
    "GRU": (1, (*_STARTS, *_CELLS)),
    "LSTM": (1, (*_STARTS, "forget_bias_init", *_CELLS)),
    "Conv1D": (2, ("kernel_initializer", "activation", "weights", "padding", "strides")),
}
_NORMALIZED = ("epsilon", "mode", "axis", "momentum")


def _starts(value: Any) -> bool:
    """Whether a text names how weights start, and no activation."""
    known = isinstance(value, str) and look_up(value, "initializer") is not None
    return known and look_up(value, "activation", function=True) is None


def _by_names(kind: str, sizes: tuple[Any, ...], given: dict[str, Any]) -> None:
    told = ", ".join([*map(repr, sizes), *(f"{k}={v!r}" for k, v in given.items())])
    warn_user(
        f"{kind}: received arguments in Keras 1's order, taken for {kind}({told}). Write them by "
        "their names of today."
    )


def _in_order(today: Any) -> Any:
    """A constructor that takes what came after sizes in the order of then."""

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        kind = type(self).__name__
        if kind in _AFTER_SIZES:
            count, names = _AFTER_SIZES[kind]
            while count < len(args) and isinstance(args[count], int | np.integer):
                count += 1  # the sizes of in and out
            if len(args) > count and _starts(args[count]):
                given = dict(zip(names, args[count:], strict=False))
                _by_names(kind, args[:count], given)
                args, options = args[:count], {**given, **options}
        today(self, *args, **options)

    return __init__


def _normalizing(today: Any) -> Any:
    """`BatchNormalization`, whose first argument was the one that is no axis: a small number."""

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        if args and isinstance(args[0], float):
            given = dict(zip(_NORMALIZED, args, strict=False))
            _by_names(type(self).__name__, (), given)
            args, options = args[len(given) :], {**given, **options}
        today(self, *args, **options)

    return __init__


_OF_LAYERS = ("trainable", "name", "dtype")


def _as_options(today: Any) -> Any:
    """`Layer`, whose options were told by their places in TensorFlow: of what has no others."""

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        given = dict(zip(_OF_LAYERS, args, strict=False))
        size = options.get("input_dim")
        if isinstance(size, tuple) and len(size) == 1:  # which a call on symbols did not look at
            warn_user(f"{type(self).__name__}: received input_dim={size}; write {size[0]}.")
            options["input_dim"] = size[0]
        if given:
            given["trainable"] = bool(given["trainable"])
        today(self, **given, **options)

    return __init__


_LAYERS = "autograd_nn.nn.layers"
BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    **{f"{_LAYERS}:{name}": {"__init__": _in_order} for name in _AFTER_SIZES if name != "Conv1D"},
    f"{_LAYERS}.convolution:_Conv": {"__init__": _in_order},
    "autograd_nn.nn.layer:Layer": {"__init__": _as_options},
    f"{_LAYERS}:BatchNormalization": {"__init__": _normalizing},
}
