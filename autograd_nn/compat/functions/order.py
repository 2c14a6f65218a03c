"""Keras 1's order of a cross-entropy: ``K.binary_crossentropy(y_pred, y_true)``.

From Keras 2 on the targets come first. Within a loss it is known which of its arguments they are.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from autograd_nn.nn.renamed import warn_user


class _Sides(threading.local):
    """(y_true, y_pred) of the loss that is being computed in this thread."""

    now: tuple[Any, Any] | None = None


_sides = _Sides()


def _knowing(today: Any) -> Any:
    """What a loss calls its function by; so long it is known which of the two is which."""

    @wraps(today)
    def computed(self: Any, y_true: Any, y_pred: Any, *args: Any, **options: Any) -> Any:
        before, _sides.now = _sides.now, (y_true, y_pred)
        try:
            return today(self, y_true, y_pred, *args, **options)
        finally:
            _sides.now = before

    return computed


def in_order(target: Any, output: Any, name: str) -> tuple[Any, Any]:
    """The two, the other way round where a loss gave its ``y_pred`` first, with a warning."""
    if _sides.now is None or target is not _sides.now[1] or output is not _sides.now[0]:
        return target, output
    warn_user(f"{name}: received y_pred first, as in Keras 1; write {name}(y_true, y_pred).")
    return output, target


BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    "autograd_nn.nn.losses.of_function:FunctionLoss": {"_computed": _knowing},
    "autograd_nn.nn.training.reading:Reading": {"_computed": _knowing},
}
