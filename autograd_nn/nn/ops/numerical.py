"""NumPy's functions that no op stands for, called as NumPy calls them; they give tensors."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import as_dtype, kind_of
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap
from autograd_nn.nn.ops.core import convert_to_tensor
from autograd_nn.nn.settings import floatx

# Keras's name, and NumPy's where it is another.
_NAMES = (
    "append", "argpartition", "array_split", "bartlett", "blackman", "corrcoef",
    "diagflat", "digitize", "dsplit", "dstack", "fabs", "fliplr", "flipud", "fmax", "fmin", "fmod",
    "gcd", "geomspace", "hamming", "hanning", "heaviside", "hsplit", "hstack", "i0",
    "isclose", "isin", "isneginf", "isposinf", "isreal", "kaiser", "lcm", "ldexp", "logaddexp2",
    "nan_to_num", "nextafter", "rot90", "signbit", "trapezoid", "unravel_index", "vander",
    "vsplit", "vstack",
)  # fmt: skip


def _tensors(x: Any) -> Any:
    """An array as a tensor, and a list of numbers; in a list of arrays each."""
    if isinstance(x, list) and any(hasattr(v, "shape") for v in tree.flatten(x)[0]):
        return [_tensors(v) for v in x]
    return as_tensor(x) if isinstance(x, np.ndarray | list) else x


def on_tensors(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of NumPy's for which arrays are tensors: it stays on the tape where it can."""

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        found = function(*map(_tensors, args), **kwargs)
        return tree.map(lambda y: wrap(np.asarray(y)) if isinstance(y, np.ndarray | np.generic)
                        else y, found)  # fmt: skip

    called.__doc__ = f"NumPy's ``{function.__name__}``, on tensors."
    called.__module__ = __name__
    return called


for _name in _NAMES:
    globals()[_name] = on_tensors(getattr(np, _name))

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
    """A copy of x as a tensor; Python's floats become float32, its integers int32."""
    return copy(convert_to_tensor(x, dtype))


def copy(x: Any) -> Tensor:
    """A copy of x."""
    x = as_tensor(x)
    return ops.astype(x, dtype=x.dtype) if x.dtype.kind == "b" else ops.positive(x)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:  # noqa: N803
    """Ones on a diagonal and below, zeros elsewhere.

    >>> tri(2).tolist()
    [[1.0, 0.0], [1.0, 1.0]]
    """
    return wrap(np.tri(N, M, k, dtype or floatx()))


def reshape(x: Any, shape: Any) -> Tensor:
    """The same entries, in order, in another shape; one size may be -1.

    Raises ShapeError for sizes that do not fit, or are below -1.

    >>> reshape([[1, 2, 3], [4, 5, 6]], (3, -1)).shape
    (3, 2)
    """
    sizes = shape if isinstance(shape, list | tuple) else (shape,)
    known = [n for n in sizes if isinstance(n, int | np.integer)]
    if any(n < -1 for n in known) or known.count(-1) > 1:
        raise ShapeError(
            "Every size must be a non-negative integer, or -1 for at most one unknown dimension; "
            f"reshape received newshape={shape}, expected as many entries as x has."
        )
    return ops.reshape(convert_to_tensor(x), shape=shape)


def allclose(
    x1: Any, x2: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    """Whether all entries are close to one another, |x₁ - x₂| ≤ atol + rtol·|x₂|.

    >>> bool(allclose([1.0], [1.0 + 1e-9]))
    True
    """
    return ops.all(_isclose(x1, x2, rtol, atol, equal_nan))


_isclose = on_tensors(np.isclose)


def histogram(x: Any, bins: int = 10, range: Any = None) -> Any:
    """How many entries lie in each of so many equal bins from least to largest, and their edges.

    range   (from, to) in place of these. Raises ValueError for what is no vector or no such range.

    >>> [t.tolist() for t in histogram([0.0, 1.0, 4.0], bins=2)]
    [[2, 1], [0.0, 2.0, 4.0]]
    """
    x = convert_to_tensor(x)
    if x.ndim > 1:
        raise ShapeError(
            f"Input tensor must be 1-dimensional. Received: input.shape={x.shape}; expected (n,)."
        )
    if range and (not isinstance(range, tuple) or len(range) != 2 or range[1] < range[0]):
        raise ValueError(
            "Argument `range` must be a tuple of two elements, the second not less than the first. "
            f"Received: range={range}."
        )
    return _histogram(x, bins, range or None)


_histogram = on_tensors(np.histogram)


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
        y = ops.astype(ops.floor(y) if as_dtype(dtype).kind in "iu" else y, dtype=as_dtype(dtype))
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
    return y if dtype is None else ops.astype(y, dtype=as_dtype(dtype))


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


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """The sum of a diagonal of two axes.

    >>> trace([[1.0, 2.0], [3.0, 4.0]], offset=1).item()
    2.0
    """
    return ops.sum(ops.diagonal(convert_to_tensor(x), offset, axis1, axis2), axis=-1)


def cross(
    x1: Any, x2: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Tensor:
    """The vector product of 3-vectors; a 2-vector has a third entry of 0, and two of them give it.

    axisa, axisb, axisc   where the vectors' entries are in x₁, x₂ and the result; ``axis``: in all.
    Raises ShapeError for other sizes than 2 and 3.

    >>> cross([1.0, 0.0], [0.0, 1.0]).item()
    1.0
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = (
        ops.moveaxis(convert_to_tensor(x1), axisa, -1),
        ops.moveaxis(convert_to_tensor(x2), axisb, -1),
    )
    sizes = a.shape[-1], b.shape[-1]
    if sizes == (2, 2):
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    if not {*sizes} <= {2, 3}:
        raise ShapeError(
            f"Both `x1` and `x2` are vectors of 2 or 3 entries along their axis: cross received "
            f"{sizes[0]} and {sizes[1]}; expected 2 or 3."
        )
    a, b = (ops.pad(v, [(0, 0)] * (v.ndim - 1) + [(0, 3 - v.shape[-1])]) for v in (a, b))
    return ops.moveaxis(ops.cross(a, b), -1, axisc)


def average(x: Any, axis: Any = None, weights: Any = None) -> Tensor:
    """The mean over some axes, or Σ w x / Σ w with weights: in x's shape, or along one axis.

    Raises ShapeError for weights of another shape.

    >>> average([1.0, 3.0], weights=[3.0, 1.0]).item()
    1.5
    """
    x = convert_to_tensor(x)
    if weights is None:
        return ops.mean(x, axis=axis)
    w = convert_to_tensor(weights)
    if w.shape != x.shape:
        if w.ndim != 1 or not isinstance(axis, int) or w.shape[0] != x.shape[axis]:
            raise ShapeError(
                f"average received x of shape {x.shape}, weights of shape {w.shape} and "
                f"axis={axis!r}; expected weights of x's shape, or as many as there are along one "
                "axis."
            )
        w = ops.reshape(w, shape=tuple([-1 if i == axis % x.ndim else 1 for i in range(x.ndim)]))
    w = ops.astype(w, dtype=x.dtype) if kind_of(x.dtype) == "f" else w
    total = ops.sum(ops.broadcast_to(w, shape=x.shape), axis=axis)
    return ops.sum(x * w, axis=axis) / total


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None) -> Tensor:
    """A border around x: ``pad_width`` is n, (before, after), or one such pair per axis.

    mode              'constant', 'edge', 'reflect', 'symmetric' or 'wrap', as in NumPy.
    constant_values   what the border holds in the first of these, 0 by default.
    Raises ValueError for a value in another mode, or another mode than these.

    >>> pad([1.0], 1).tolist()
    [0.0, 1.0, 0.0]
    """
    if mode != "constant" and constant_values is not None:
        raise ValueError(
            "Argument `constant_values` can only be provided when `mode == 'constant'`. Received: "
            f"mode={mode!r}."
        )
    value = 0 if constant_values is None else constant_values
    return ops.pad(convert_to_tensor(x), pad_width, mode, value)


def vectorize(pyfunc: Callable[..., Any], *, excluded: Any = None, signature: Any = None) -> Any:
    """A function of arrays that applies ``pyfunc`` entry by entry, as ``np.vectorize`` does.

    excluded    the arguments, by place or name, that are handed over as they are.
    signature   such as "(m,n),(n)->(m)": the axes of which ``pyfunc`` sees one part.
    All parts are computed at once: see ``ag.vmap``. Raises ValueError for what cannot be called.

    >>> vectorize(lambda a, b: a + b)([1, 2, 3], 2).tolist()
    [3, 4, 5]
    """
    if not callable(pyfunc):
        raise ValueError(
            f"Expected argument `pyfunc` to be a callable. Received: pyfunc={pyfunc!r}."
        )
    from autograd_nn.engine.transforms.vmap import vmap

    left = frozenset(excluded or ())
    sides = (signature or "->").replace(" ", "").split("->")
    cores = [part.strip("()").split(",") for part in sides[0].split("),(")] if sides[0] else []

    @wraps(pyfunc)
    def called(*args: Any, **kwargs: Any) -> Any:
        at = [i for i in range(len(args)) if i not in left]
        given = [convert_to_tensor(args[i]) for i in at]
        ranks = [len([n for n in cores[j] if n]) if cores else 0 for j in range(len(given))]
        loops = [x.shape[: x.ndim - r] for x, r in zip(given, ranks, strict=True)]
        shape = np.broadcast_shapes(*loops)
        given = [ops.broadcast_to(x, shape=(*shape, *x.shape[x.ndim - r :]))
                 for x, r in zip(given, ranks, strict=True)]  # fmt: skip

        def part(*parts: Any) -> Any:
            filled = [*args]
            for i, x in zip(at, parts, strict=True):
                filled[i] = x
            return pyfunc(*filled, **kwargs)

        function = part
        for _ in shape:
            function = vmap(function)
        return function(*given)

    return called


__all__ = [
    *_NAMES, "allclose", "array", "average", "bitwise_left_shift", "bitwise_not",
    "bitwise_right_shift", "cdist", "copy", "correlate", "cross", "divide_no_nan", "histogram",
    "linspace", "logspace", "pad", "reshape", "std", "trace", "tri", "var", "vectorize",
]  # fmt: skip
