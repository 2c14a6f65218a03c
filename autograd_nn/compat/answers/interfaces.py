"""``keras.legacy.interfaces``: what let layers of users take the arguments of Keras 1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_nn.nn.renamed import renames


def generate_legacy_interface(*args: Any, **options: Any) -> Callable[..., Any]:
    """A decorator of functions, which then take arguments by their names in Keras 1.

    The table is the one of this library, whichever is given.

    >>> f = generate_legacy_interface(conversions=[("output_dim", "units")])(lambda units: units)
    >>> f(units=3)
    3
    """
    return renames


def __getattr__(name: str) -> Any:
    if name.startswith("legacy_") and name.endswith("_support"):
        return renames
    raise AttributeError(name)
