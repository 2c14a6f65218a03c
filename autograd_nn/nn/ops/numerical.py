"""NumPy's functions that no op stands for, called as NumPy calls them; they give tensors."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap
from autograd_nn.nn.settings import floatx

# Keras's name, and NumPy's where it is another.
_NAMES = (
    "allclose", "append", "argpartition", "array_split", "average", "bartlett", "bincount",
    "blackman", "corrcoef", "diagflat", "digitize", "dsplit", "dstack", "fabs", "fliplr", "flipud",
    "fmax", "fmin", "fmod", "gcd", "geomspace", "hamming", "hanning", "heaviside", "histogram",
    "hsplit", "hstack", "i0", "isclose", "isin", "isneginf", "isposinf", "isreal", "kaiser", "lcm",
    "ldexp", "logaddexp2", "nan_to_num", "nanargmax", "nanargmin", "nextafter", "nonzero",
    "percentile", "rot90", "signbit", "trapezoid", "tri", "unique", "unravel_index", "vander",
    "vsplit", "vstack",
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
    """Numbers evenly spread from start to stop, with their step where ``retstep``.

    endpoint   False leaves out the stop, as one more number would be.

    >>> linspace(0, 1, 3).tolist()
    [0.0, 0.5, 1.0]
    """
    a, b = as_tensor(start), as_tensor(stop)
    share = np.linspace(0, 1, num, endpoint)
    if not (hasattr(start, "dtype") or hasattr(stop, "dtype")):  # numbers of Python's
        dtype = dtype or floatx()
    rows = share.reshape(-1, *(1,) * max(a.ndim, b.ndim))
    y = ops.moveaxis(a * (1 - rows) + b * rows, 0, axis)
    if dtype is not None:
        y = ops.astype(ops.floor(y) if np.dtype(dtype).kind in "iu" else y, dtype=np.dtype(dtype))
    return (y, (b - a) / max(num - endpoint, 1)) if retstep else y


def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10, dtype: Any = None,
    axis: int = 0,
) -> Tensor:  # fmt: skip
    """Powers of a base, their exponents evenly spread from start to stop.

    >>> logspace(0, 2, 3).tolist()
    [1.0, 10.0, 100.0]
    """
    y = ops.power(base, linspace(start, stop, num, endpoint, axis=axis))
    return y if dtype is None else ops.astype(y, dtype=np.dtype(dtype))


def correlate(x1: Any, x2: Any, mode: str = "valid") -> Tensor:
    """Σᵢ x₁[i + k]·x₂[i] for every shift k, (n,), (m,) → 'valid', 'same' or 'full' of them.

    Raises ValueError for another mode, ShapeError for what is no vector.

    >>> correlate([1.0, 2.0, 3.0], [0.0, 1.0]).tolist()
    [2.0, 3.0]
    """
    a, b = as_tensor(x1), as_tensor(x2)
    if a.ndim != 1 or b.ndim != 1:
        raise ShapeError(f"correlate received shapes {a.shape} and {b.shape}; expected vectors.")
    short, long = sorted((a.size, b.size))
    lost = {"full": 0, "same": short - 1 - short // 2, "valid": short - 1}
    if mode not in lost:
        raise ValueError(f"received mode={mode!r}; expected one of {tuple(lost)}.")
    every = ops.matmul(ops.windows(ops.pad(a, b.size - 1), b.size), b)
    count = {"full": every.size, "same": long, "valid": long - short + 1}[mode]
    first = lost[mode] if a.size >= b.size else every.size - count - lost[mode]
    return every[first : first + count]


def cdist(x: Any, y: Any) -> Tensor:
    """Distances of all rows of x to all rows of y, (…, n, d), (…, m, d) → (…, n, m).

    >>> cdist([[0.0, 0.0]], [[3.0, 4.0]]).tolist()
    [[5.0]]
    """
    a, b = ops.expand_dims(as_tensor(x), -2), ops.expand_dims(as_tensor(y), -3)
    return ops.norm(a - b, axis=-1)


__all__ = [
    *_NAMES, "array", "bitwise_left_shift", "bitwise_not", "bitwise_right_shift", "cdist", "copy",
    "correlate", "divide_no_nan", "linspace", "logspace", "std", "var",
]  # fmt: skip
