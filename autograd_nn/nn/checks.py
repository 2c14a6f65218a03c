"""Checks of numbers that users pass: each gives the number back, or says what was expected."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine.errors import DTypeError


def whole(value: Any, name: str, least: int) -> int:
    """A whole number from ``least``; raises TypeError or ValueError.

    >>> whole(3, "epochs", 1)
    3
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise TypeError(f"received {name}={value!r}; expected a whole number from {least}.")
    if value < least:
        raise ValueError(f"received {name}={value}; expected a whole number from {least}.")
    return int(value)


def batches(value: Any, name: str) -> int:
    """How many batches are meant: a whole number from 1, or the next above a division's result.

    ``len(x) / 32`` is how scripts of Keras 2 told steps, and a loop ran while fewer were done.

    >>> batches(3.0, "steps"), batches(3.125, "steps")
    (3, 4)
    """
    if isinstance(value, float | np.floating) and math.isfinite(value) and value > 0:
        return math.ceil(value)
    return whole(value, name, 1)


def number(
    value: Any, name: str, where: str, least: float = -math.inf, above: float = -math.inf
) -> float:
    """A finite number in range; raises DTypeError or ValueError.

    >>> number(0.5, "rate", "Dropout", least=0)
    0.5
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        raise DTypeError(f"{where} received {name}={value!r}; expected a number.")
    if not math.isfinite(value) or value < least or value <= above:
        bound = f" above {above:g}" if above > -math.inf else ""
        bound = f" from {least:g}" if least > -math.inf else bound
        raise ValueError(f"{where} received {name}={value!r}; expected a finite number{bound}.")
    return value  # type: ignore[return-value]


def share(value: Any, name: str, where: str) -> float:
    """A number from 0 up to, not including, 1; raises DTypeError or ValueError."""
    number(value, name, where, least=0)
    if value >= 1:
        raise ValueError(
            f"{where} received {name}={value!r}; expected a number from 0 up to, but not, 1."
        )
    return value


def called(function: Any, name: str, where: str) -> Callable[..., Any]:
    """``function``, if it can be called; raises TypeError where not."""
    if not callable(function):
        raise TypeError(
            f"{where} received {name}={function!r}; expected a function. Pass it without calling "
            "it, as in on_epoch_end=lambda epoch, logs: print(epoch)."
        )
    return function


def takes(function: Callable[..., Any], count: int) -> bool:
    """Whether a function takes so many arguments by position; assumed where it does not say.

    >>> takes(lambda epoch: 0.1, 2)
    False
    """
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:
        return True
    return True


def by_order(names: list[str]) -> None:
    """Raises ValueError where a list cannot stand for a dict: whose names are not in order."""
    if names != sorted(names):
        raise ValueError(
            f"received inputs as a list; expected a dict by the names {', '.join(names)}: a list "
            "would go by the order in which they were written, and in Keras by that of the "
            "alphabet. Pass a dict."
        )


def integers(value: Any) -> Any:
    """A value whose whole numbers are Python's, where they were NumPy's, within lists, too.

    >>> integers([np.int64(3), (np.int32(1), 0.5)])
    [3, (1, 0.5)]
    """
    if isinstance(value, np.integer):
        return int(value)
    if type(value) is list or type(value) is tuple:
        found = [integers(v) for v in value]
        if any(a is not b for a, b in zip(found, value, strict=True)):
            return type(value)(found)
    return value
