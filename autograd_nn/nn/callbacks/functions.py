"""Hooks given as functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_nn.nn.callbacks.base import HOOKS, Callback
from autograd_nn.nn.checks import called
from autograd_nn.nn.lookup import unexpected


class LambdaCallback(Callback):
    """Hooks given as functions: LambdaCallback(on_epoch_end=lambda epoch, logs: …).

    What else is given by name becomes an attribute. Raises TypeError for a name that begins with
    ``on_`` and is no hook, and for a hook that is no function.

    >>> from autograd_nn import nn
    >>> stop = nn.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch))
    >>> stop.on_epoch_end(3, {})
    3
    """

    def __init__(self, **hooks: Callable[..., Any] | None) -> None:
        known = (*HOOKS, "on_batch_begin", "on_batch_end")
        meant = {k: v for k, v in hooks.items() if k.startswith("on_")}
        unexpected({k: v for k, v in meant.items() if k not in known}, known, "LambdaCallback")
        for name, function in hooks.items():
            if name not in meant:
                setattr(self, name, function)
            elif function is not None:
                setattr(self, name, called(function, name, "LambdaCallback"))
