"""Data that are not finite: refused at the door, unless a callback is there to end training."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from autograd_nn.nn.callbacks import TerminateOnNaN

F = TypeVar("F", bound=Callable[..., Any])

_admitted: ContextVar[bool] = ContextVar("admitted", default=False)


def admitted() -> bool:
    """Whether data may hold NaN and infinities: what these do to the loss is seen to."""
    return _admitted.get()


def ended_by_callback(fit: F) -> F:
    """A `fit` that takes data as they are where `TerminateOnNaN` is among its callbacks."""

    @wraps(fit)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = kwargs.get("callbacks", args[5] if len(args) > 5 else None)
        listed = given if isinstance(given, list | tuple) else [given]
        if not any(isinstance(c, TerminateOnNaN) for c in listed):
            return fit(self, *args, **kwargs)
        before = _admitted.set(True)
        try:
            return fit(self, *args, **kwargs)
        finally:
            _admitted.reset(before)

    return call  # type: ignore[return-value]
