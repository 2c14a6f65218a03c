"""Models that a checkpoint gives weights before they have some."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from autograd_nn.engine.mode import mode, no_grad
from autograd_nn.nn.context import context


class Restored:
    """What `Checkpoint.restore` and `load_weights` give: it was all restored, or an error came."""

    def assert_consumed(self) -> Restored:
        """Itself."""
        return self

    expect_partial = assert_existing_objects_matched = assert_consumed


def _telling(today: Any) -> Any:
    """`Model.load_weights`, which tells how it went, as TensorFlow's did.

    A model that has no weights yet is given them when it gets them.
    """

    @wraps(today)
    def load_weights(self: Any, filepath: Any, *args: Any, **options: Any) -> Restored:
        if not self.built and Path(filepath).exists():  # what is missing is told at once
            path = Path(filepath).resolve()
            self.__dict__["_waiting"] = lambda model: today(model, path, *args, **options)
        else:
            today(self, filepath, *args, **options)
        return Restored()

    return load_weights


def _restored_first(today: Any) -> Any:
    """`Model.__call__`, whose first makes the weights, and gives them what a checkpoint had."""

    @wraps(today)
    def __call__(self: Any, *args: Any, **options: Any) -> Any:
        if "_waiting" in vars(self) and context.lent is None:
            if mode.recorder is not None:
                raise RuntimeError(
                    f"model {self.name!r} was restored before it had weights, and is being "
                    "recorded; expected a call on data before. Call the model once."
                )
            waiting = self.__dict__.pop("_waiting")
            with no_grad():
                today(self, *args, **options)
            waiting(self)
        return today(self, *args, **options)

    return __call__


BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    "autograd_nn.nn.model:Model": {"__call__": _restored_first, "load_weights": _telling}
}
