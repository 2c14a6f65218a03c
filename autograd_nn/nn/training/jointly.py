"""Calls that all processes of a job make together, where several share a model's devices."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from autograd_nn.engine.alone import ALONE, Alone
from autograd_nn.nn.callbacks import CallbackList
from autograd_nn.nn.training.finite import states

F = TypeVar("F", bound=Callable[..., Any])
NOWHERE = (None, None)  # what `compile` notes where nobody named a device


def team(model: Any) -> Alone:
    """The processes that train a model together."""
    if model._placed == NOWHERE:
        return ALONE
    from autograd_nn.engine.program.make import target

    return target(*model._placed).team


def led(model: Any, callbacks: list[Any], **params: Any) -> CallbackList:
    """A model's callbacks, called by the first of the processes that train it together."""
    hooks = CallbackList(callbacks, model=model, **params)
    hooks.lead(team(model), lambda: states(model)[0])
    return hooks


def jointly(method: F) -> F:
    """A method of a model that all processes call; an error in one ends it in all."""

    @wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self._placed == NOWHERE:
            return method(self, *args, **kwargs)
        with team(self).together():
            return method(self, *args, **kwargs)

    return call  # type: ignore[return-value]
