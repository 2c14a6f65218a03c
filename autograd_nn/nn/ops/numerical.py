"""NumPy's functions that no op stands for, called as NumPy calls them; they give tensors."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap

# Keras's name, and NumPy's where it is another.
_NAMES = (
    "allclose", "append", "argpartition", "array_split", "average", "bartlett", "bincount",
    "blackman", "corrcoef", "correlate", "diagflat", "digitize", "dsplit", "dstack", "fabs",
    "fliplr", "flipud", "fmax", "fmin", "fmod", "gcd", "geomspace", "hamming", "hanning",
    "heaviside", "histogram", "hsplit", "hstack", "i0", "isclose", "isin", "isneginf", "isposinf",
    "isreal", "kaiser", "lcm", "ldexp", "logaddexp2", "logspace", "nan_to_num", "nanargmax",
    "nanargmin", "nancumprod", "nancumsum", "nanmax", "nanmedian", "nanmin", "nanpercentile",
    "nanprod", "nanquantile", "nanstd", "nanvar", "nextafter", "nonzero", "percentile", "rot90",
    "signbit", "trapezoid", "tri", "unique", "unravel_index", "vander", "vsplit", "vstack",
)  # fmt: skip


def _on_tensors(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of NumPy's for which arrays are tensors: it stays on the tape where it can."""

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        found = function(*[as_tensor(a) if isinstance(a, np.ndarray | list) else a for a in args],
                         **kwargs)  # fmt: skip
        return tree.map(lambda y: wrap(np.asarray(y)) if isinstance(y, np.ndarray | np.generic)
                        else y, found)  # fmt: skip

    called.__doc__ = f"NumPy's ``{function.__name__}``, on tensors."
    called.__module__ = __name__
    return called


for _name in _NAMES:
    globals()[_name] = _on_tensors(getattr(np, _name))

bitwise_not = ops.bitwise_invert
bitwise_left_shift, bitwise_right_shift = ops.left_shift, ops.right_shift


def std(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The standard deviation, √(mean of (x - mean)²)."""
    return ops.std(x, axis=axis, keepdims=keepdims)


def var(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """The variance, the mean of (x - mean)²."""
    return ops.var(x, axis=axis, keepdims=keepdims)


def divide_no_nan(x1: Any, x2: Any) -> Tensor:
    """x₁/x₂, and 0 where x₂ is.

    >>> divide_no_nan([1.0, 2.0], [0.0, 4.0]).tolist()
    [0.0, 0.5]
    """
    x1, x2 = as_tensor(x1), as_tensor(x2)
    zero = ops.equal(x2, 0)
    return ops.where(zero, 0, x1 / ops.where(zero, 1, x2))


def array(x: Any, dtype: Any = None) -> Tensor:
    """A copy of x as a tensor."""
    return Tensor(np.array(as_tensor(x).array), dtype)


def copy(x: Any) -> Tensor:
    """A copy of x."""
    return ops.positive(as_tensor(x))


def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False,
    dtype: Any = None, axis: int = 0,
) -> Any:  # fmt: skip
    """Numbers evenly spread from start to stop.

    >>> linspace(0, 1, 3).tolist()
    [0.0, 0.5, 1.0]
    """
    values, step = np.linspace(
        np.asarray(start), np.asarray(stop), num, endpoint, retstep=True, axis=axis
    )
    y = Tensor(values, dtype or "float32")
    return (y, step) if retstep else y


def cdist(x: Any, y: Any) -> Tensor:
    """Distances of all rows of x to all rows of y, (…, n, d), (…, m, d) → (…, n, m).

    >>> cdist([[0.0, 0.0]], [[3.0, 4.0]]).tolist()
    [[5.0]]
    """
    a, b = ops.expand_dims(as_tensor(x), -2), ops.expand_dims(as_tensor(y), -3)
    return ops.norm(a - b, axis=-1)


__all__ = [
    *_NAMES, "array", "bitwise_left_shift", "bitwise_not", "bitwise_right_shift", "cdist", "copy",
    "divide_no_nan", "linspace", "std", "var",
]  # fmt: skip
