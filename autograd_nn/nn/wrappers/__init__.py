"""Models as scikit-learn's estimators: for its pipelines, searches and scores.

A model, or a function that makes one, goes in; an estimator with fit, predict and score comes out.
Start with estimator.py, which has what all of them do; labels.py turns classes into targets and
back; current.py has Keras 3's names, scikit_learn.py Keras 2's; packed.py is what pickles hold.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd_nn.nn.wrappers.current import (
        SKLearnClassifier,
        SKLearnRegressor,
        SKLearnTransformer,
    )
    from autograd_nn.nn.wrappers.scikit_learn import KerasClassifier, KerasRegressor

__all__ = [
    "KerasClassifier", "KerasRegressor", "SKLearnClassifier", "SKLearnRegressor",
    "SKLearnTransformer",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'autograd_nn.nn.wrappers' has no attribute {name!r}")
    file = "current" if name.startswith("SK") else "scikit_learn"
    try:
        return getattr(import_module(f"autograd_nn.nn.wrappers.{file}"), name)
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("sklearn"):
            raise
        raise ImportError(
            f"{name} is an estimator of scikit-learn, which is not installed; expected it beside "
            "this library. Run: pip install scikit-learn"
        ) from None


def __dir__() -> list[str]:
    return __all__
