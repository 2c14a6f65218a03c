"""Data that are not finite: refused at the door, unless a callback is there to end training."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from autograd_nn.nn.callbacks.nan import sees_to_it

F = TypeVar("F", bound=Callable[..., Any])

_admitted: ContextVar[bool] = ContextVar("admitted", default=False)


def admitted() -> bool:
    """Whether data may hold NaN and infinities: what these do to the loss is seen to."""
    return _admitted.get()


def ended_by_callback(fit: F) -> F:
    """A `fit` that takes data as they are where `TerminateOnNaN` is among its callbacks."""

    @wraps(fit)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not sees_to_it(kwargs.get("callbacks", args[5] if len(args) > 5 else None)):
            return fit(self, *args, **kwargs)
        before = _admitted.set(True)
        try:
            return fit(self, *args, **kwargs)
        finally:
            _admitted.reset(before)

    return call  # type: ignore[return-value]
