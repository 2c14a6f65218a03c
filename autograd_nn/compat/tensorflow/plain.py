"""Our ops by TensorFlow's names: as they are, but that a ``name`` may be told them."""

from __future__ import annotations

import inspect
from functools import cache, wraps
from typing import Any

from autograd_nn.nn import ops

# A name there: ours.
OURS = {
    "concat": "concatenate", "tensor_scatter_nd_update": "scatter_update", "multiply": "multiply",
    "pow": "power", "reverse": "flip", "floormod": "mod", "matrix_determinant": "det",
    "is_nan": "isnan", "is_inf": "isinf", "is_finite": "isfinite", "unsorted_segment_sum":
    "segment_sum", "log_sigmoid": "log_sigmoid", "sigmoid_cross_entropy": "binary_crossentropy",
    "floordiv": "floor_divide", "truediv": "true_divide", "realdiv": "true_divide",
    "matrix_inverse": "inv", "rank": "ndim",
}  # fmt: skip


@cache
def _nameless(function: Any) -> Any:
    try:
        named = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return function
    if isinstance(function, type) or "name" in named:
        return function

    @wraps(function)
    def called(*args: Any, name: Any = None, **options: Any) -> Any:
        return function(*args, **options)

    return called


def __getattr__(name: str) -> Any:
    ours = OURS.get(name, name)
    if name.startswith("_") or not hasattr(ops, ours):
        raise AttributeError(name)
    found = getattr(ops, ours)
    return _nameless(found) if callable(found) else found


def __dir__() -> list[str]:
    return sorted({*(n for n in dir(ops) if not n.startswith("_")), *OURS})
