"""Estimators of Keras 2, whose first argument was ``build_fn``: ``model`` is what was trained."""

from __future__ import annotations

from functools import cache
from typing import Any

from autograd_nn.nn import wrappers


def __getattr__(name: str) -> Any:
    if name not in ("KerasClassifier", "KerasRegressor"):
        raise AttributeError(name)
    return _of_then(name)


@cache
def _of_then(name: str) -> type:
    """Ours, a function that is passed by its place taken for ``build_fn``."""
    base: Any = getattr(wrappers, name)

    def init(
        self: Any, build_fn: Any = None, model: Any = None, epochs: int = 1,
        batch_size: int | None = None, verbose: Any = "auto", warm_start: bool = False,
        random_state: Any = None, **sk_params: Any,
    ) -> None:  # fmt: skip
        base.__init__(
            self, model, build_fn, epochs, batch_size, verbose, warm_start, random_state,
            **sk_params,
        )  # fmt: skip

    parts = {"__init__": init, "__module__": __name__, "__doc__": base.__doc__}
    return type(name, (base,), parts)
