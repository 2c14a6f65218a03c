"""What other libraries had in those years and have no longer, lent while Keras's names are.

Names that NumPy, SciPy and Python dropped come back; modules that scikit-learn moved, and ``six``,
are found where they stand today.
"""

from __future__ import annotations

import collections
import collections.abc
import importlib
import inspect
import time
from typing import Any

import numpy as np

_COMPAT = "autograd_nn.compat"

# A module that is gone, and those that answer for it.
SUCCESSORS: dict[str, tuple[str, ...]] = {
    "sklearn.cross_validation": (f"{_COMPAT}.folds", "sklearn.model_selection"),
    "sklearn.grid_search": ("sklearn.model_selection",),
    "sklearn.externals.joblib": ("joblib",),
    "six": (f"{_COMPAT}.six",),
    "six.moves": (f"{_COMPAT}.six", "builtins"),
    "six.moves.urllib": ("urllib",),
    "six.moves.urllib.request": ("urllib.request",),
    "six.moves.urllib.parse": ("urllib.parse",),
    "six.moves.urllib.error": ("urllib.error",),
}

# A module that is there, and what it had.
_HAD: dict[str, dict[str, Any]] = {
    "numpy": {
        "float": float, "int": int, "object": object, "str": str, "complex": complex,
        "unicode": str, "float_": np.float64, "string_": np.bytes_, "unicode_": np.str_,
        "Inf": np.inf, "infty": np.inf, "NaN": np.nan, "product": np.prod,
        "asscalar": lambda a: np.asarray(a).item(),
    },
    "time": {"clock": time.perf_counter},
    "inspect": {"getargspec": inspect.getfullargspec},
    "collections": {name: getattr(collections.abc, name) for name in collections.abc.__all__},
}  # fmt: skip


def lend() -> list[tuple[Any, str]]:
    """Gives modules what they had, where they have it no longer; returns what was given."""
    given: list[tuple[Any, str]] = []
    for place, names in _HAD.items():
        module = importlib.import_module(place)
        for name, value in names.items():
            if name not in vars(module) and name not in getattr(module, "__all__", ()):
                setattr(module, name, value)
                given.append((module, name))
    return given


def take_back(given: list[tuple[Any, str]]) -> None:
    """Undoes `lend`."""
    for module, name in given:
        vars(module).pop(name, None)
