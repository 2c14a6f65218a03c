"""Our ops by TensorFlow's names: as they are, but that a ``name`` may be told them."""

from __future__ import annotations

import inspect
from functools import cache, wraps
from typing import Any

import numpy as np

from autograd_nn.compat.tensorflow.values.texts import texts, textual
from autograd_nn.nn import ops

# A name there: ours.
OURS = {
    "concat": "concatenate", "tensor_scatter_nd_update": "scatter_update", "multiply": "multiply",
    "pow": "power", "reverse": "flip", "floormod": "mod", "matrix_determinant": "det",
    "is_nan": "isnan", "is_inf": "isinf", "is_finite": "isfinite", "unsorted_segment_sum":
    "segment_sum", "unsorted_segment_max": "segment_max", "log_sigmoid": "log_sigmoid",
    "sigmoid_cross_entropy": "binary_crossentropy",
    "floordiv": "floor_divide", "truediv": "true_divide", "realdiv": "true_divide",
    "matrix_inverse": "inv",
}  # fmt: skip


# What its arguments are called there, in the order of ours; several names are parted by a bar.
SAID = {
    "reshape": "tensor shape", "broadcast_to": "input shape", "expand_dims": "input axis|dim",
    "squeeze": "input axis|squeeze_dims", "concat": "values axis", "stack": "values axis",
    "unstack": "value num axis", "reverse": "tensor axis", "repeat": "input repeats axis",
    "tensor_scatter_nd_update": "tensor indices updates", "leaky_relu": "features alpha",
    "zeros_like": "input|tensor dtype", "ones_like": "input|tensor dtype", "solve": "matrix rhs",
    "matrix_solve": "matrix rhs", "tensordot": "a b axes", "cross": "a b",
}  # fmt: skip
OPERANDS = "x|input|features|tensor|value|logits y"


# What NumPy does with texts, too, by the same arguments.
TEXTUAL = ("expand_dims", "reshape", "squeeze", "concatenate", "stack", "equal", "not_equal")


def _array(x: Any) -> Any:
    """A text, or several, as an array; anything else as it is."""
    return np.array(x, object) if textual(x) and not isinstance(x, list | tuple) else x


@cache
def _nameless(function: Any, there: str) -> Any:
    try:
        named = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return function
    if isinstance(function, type) or "name" in named:
        return function

    of_texts = getattr(np, function.__name__) if function.__name__ in TEXTUAL else None
    ours = [n for n, p in named.items() if p.kind is not p.VAR_POSITIONAL]
    free = {n for n, p in named.items() if p.kind is p.POSITIONAL_ONLY}
    places = {
        n: i for i, names in enumerate(SAID.get(there, OPERANDS).split())
        for n in names.split("|") if n in free or n not in named or ours[i : i + 1] == [n]
    }  # fmt: skip

    @wraps(function)
    def called(*args: Any, name: Any = None, **options: Any) -> Any:
        for n in sorted(places.keys() & options.keys(), key=places.__getitem__):
            if places[n] == len(args):
                args = (*args, options.pop(n))
            else:
                options[ours[places[n]]] = options.pop(n)
        if of_texts is not None and args and textual(args[0]):
            found = of_texts(*map(_array, args), **options)
            return ops.convert_to_tensor(found) if found.dtype == bool else texts(found)
        return function(*args, **options)

    return called


def __getattr__(name: str) -> Any:
    ours = OURS.get(name, name)
    if name.startswith("_") or not hasattr(ops, ours):
        raise AttributeError(name)
    found = getattr(ops, ours)
    return _nameless(found, name) if callable(found) else found


def __dir__() -> list[str]:
    return sorted({*(n for n in dir(ops) if not n.startswith("_")), *OURS})
