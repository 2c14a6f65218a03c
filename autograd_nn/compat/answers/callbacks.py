"""Callbacks that Keras 1 and 2 had beside today's."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn.callbacks import Callback


class BaseLogger(Callback):
    """A callback whose logs of an epoch are means over its batches, as all callbacks' are here.

    >>> sorted(BaseLogger(["lr"]).stateful_metrics)
    ['lr']
    """

    def __init__(self, stateful_metrics: Any = None) -> None:
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or [])


__all__ = ["BaseLogger"]
