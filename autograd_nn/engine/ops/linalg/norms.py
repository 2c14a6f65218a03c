"""Norms of vectors and of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.declare import primitive
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import gathering, kind_of
from autograd_nn.engine.ops.arithmetic import absolute, astype, chain, power, ratio
from autograd_nn.engine.ops.choosing import where
from autograd_nn.engine.ops.comparison import equal, not_equal
from autograd_nn.engine.ops.reductions import all as every
from autograd_nn.engine.ops.reductions import any as some
from autograd_nn.engine.ops.reductions import max as amax
from autograd_nn.engine.ops.reductions import min as amin
from autograd_nn.engine.ops.reductions import spread
from autograd_nn.engine.ops.reductions import sum as total
from autograd_nn.engine.ops.shaping import expand_dims, moveaxis, reshape, squeeze
from autograd_nn.engine.tensor import Tensor, as_tensor

Axis = int | tuple[int, ...] | None


def _unit(y: Tensor, x: Tensor, axis: Any, keepdims: bool) -> Tensor:
    # x / |x|, and 0 where |x| is 0: the smallest of the subgradients
    return ratio(x, spread(y, x, axis, keepdims))


@primitive(
    lambda g, y, x, axis, keepdims: chain(
        spread(g, x, axis, keepdims), _unit(y, x, axis, keepdims)
    ),
    jvps=(
        lambda t, y, x, axis, keepdims: total(
            chain(t, _unit(y, x, axis, keepdims)), axis=axis, keepdims=keepdims
        ),
    ),
    shape=shapes.reduced,
    domain=((0.2, 2.0),),
    name="norm",
)
@gathering
def _norm(x, *, axis=None, keepdims=False):
    """The Euclidean length over ``axis``, y = √Σ xᵢ²; its derivative at 0 is 0."""
    top = np.maximum.reduce(np.abs(x), axis=axis, keepdims=True, initial=0)
    scale = np.where((top > 0) & np.isfinite(top), top, 1).astype(top.dtype)
    y = np.sqrt(np.add.reduce(np.square(x / scale), axis=axis, keepdims=True)) * scale
    return y if keepdims else y.reshape(shapes.reduced(x.shape, axis=axis))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Tensor:
    """A vector norm over ``axis`` (None: all entries), y = (Σ |xᵢ|^p)^(1/p); Euclidean by default.

    ord   None, 2 or 'fro': Euclidean; 1; inf, -inf; 0 (the count of non-zeros); any other p.
    Where it is 0, its derivative is; where p < 1, that by an entry of 0 is.

    >>> import autograd_nn as ag
    >>> ag.norm(ag.Tensor([3.0, 4.0]))
    Tensor(5.)
    """
    x = as_tensor(x)
    if x.dtype.kind == "c":
        x = absolute(x)
    elif kind_of(x.dtype) != "f":
        x = astype(x, dtype=np.dtype(float))
    axis = tuple(axis) if isinstance(axis, list) else axis
    if axis is not None and not shapes.axes(axis, x.ndim):
        raise ShapeError("norm received axis=(); expected at least one axis (None: all).")
    if ord in (None, 2, "fro"):
        return _norm(x, axis=axis, keepdims=keepdims)
    if ord == np.inf:
        return amax(absolute(x), axis=axis, keepdims=keepdims)
    if ord == -np.inf:
        return amin(absolute(x), axis=axis, keepdims=keepdims)
    if ord == 0:
        return total(astype(not_equal(x, 0), dtype=x.dtype), axis=axis, keepdims=keepdims)
    if ord == 1:
        return total(absolute(x), axis=axis, keepdims=keepdims)
    if not isinstance(ord, int | float):
        raise ValueError(f"norm received ord={ord!r}; expected None, 'fro', a number, inf or -inf.")
    zero = equal(x, 0)
    if ord < 1:  # a cusp: no slope of one side is better than that of the other
        powers = where(zero, 0.0, power(where(zero, 1.0, absolute(x)), ord))
    else:
        powers = power(absolute(x), ord)
    bound = (every if ord > 0 else some)(zero, axis=axis, keepdims=keepdims)  # it is 0 there
    least = _norm(x, axis=axis, keepdims=keepdims) if ord > 0 else 0.0  # by its own rule at 0
    sums = where(bound, 1.0, total(powers, axis=axis, keepdims=keepdims))
    return where(bound, least, power(sums, 1.0 / ord))


def vector_norm(x: Any, axis: Axis = None, keepdims: bool = False, ord: Any = 2) -> Tensor:
    """The norm of vectors along ``axis`` (None: of all entries); ``ord`` as in `norm`.

    >>> import autograd_nn as ag
    >>> ag.linalg.vector_norm(ag.Tensor([[3.0, 4.0], [0.0, 1.0]]), axis=-1)
    Tensor([5., 1.])
    """
    x = as_tensor(x)
    if isinstance(ord, str):
        raise ValueError(f"received ord={ord!r} for a vector; expected a number, inf or -inf.")
    return norm(x, ord, axis, keepdims)


def matrix_norm(x: Any, ord: Any = "fro", keepdims: bool = False) -> Tensor:
    """A norm of the matrices in the last two axes, (…, m, n) → (…).

    ord   'fro': √Σ xᵢⱼ²; 'nuc': the sum of the singular values; 2, -2: the largest, the smallest of
          them; 1, -1: the largest, smallest sum of magnitudes of a column; inf, -inf: of a row.

    >>> import autograd_nn as ag
    >>> ag.linalg.matrix_norm(ag.Tensor([[3.0, 0.0], [0.0, -4.0]]), 2)
    Tensor(4.)
    """
    x = as_tensor(x)
    if x.ndim < 2:
        raise np.exceptions.AxisError(
            f"matrix_norm received shape {x.shape}; expected a matrix or a stack."
        )
    if ord in (None, "fro", "f"):
        return norm(x, axis=(-2, -1), keepdims=keepdims)
    if ord in (1, -1, np.inf, -np.inf):
        over, left = (-2, -1) if abs(ord) == 1 else (-1, -2)
        sums = total(absolute(x), axis=over, keepdims=True)
        best = (amax if ord > 0 else amin)(sums, axis=left, keepdims=True)
        return best if keepdims else squeeze(best, (-2, -1))
    if ord not in (2, -2, "nuc"):
        raise ValueError(
            f"received ord={ord!r} for a matrix; expected 'fro', 'nuc', 1, -1, 2, -2, inf or -inf."
        )
    from autograd_nn.engine.ops.linalg.factors import svdvals

    values = svdvals(x)
    y = total(values, axis=-1) if ord == "nuc" else values[..., 0 if ord > 0 else -1]
    return expand_dims(y, (-2, -1)) if keepdims else y


def numpy_norm(x: Any, ord: Any = None, axis: Axis = None, keepdims: bool = False) -> Tensor:
    """NumPy's linalg.norm: of all entries, of vectors along an axis, or of matrices over two.

    >>> import autograd_nn as ag
    >>> ag.linalg.norm(ag.Tensor([[3.0, 0.0], [0.0, -4.0]]), 2)
    Tensor(4.)
    """
    x = as_tensor(x)
    if axis is None:
        if ord is None or (ord in ("f", "fro") and x.ndim == 2) or (ord == 2 and x.ndim == 1):
            return norm(x, axis=None, keepdims=keepdims)
        axis = tuple(range(x.ndim))
    listed = shapes.axes(axis, x.ndim)
    if len(listed) == 1:
        return vector_norm(x, listed[0], keepdims, 2 if ord is None else ord)
    if len(listed) != 2:
        raise ShapeError(f"received axis={axis!r}; expected one axis or two (or ord=None).")
    order = (axis,) if isinstance(axis, int) else tuple(a % x.ndim for a in axis)
    y = matrix_norm(moveaxis(x, order, (-2, -1)), ord, False)
    if keepdims:
        y = reshape(y, shape=tuple(1 if i in listed else n for i, n in enumerate(x.shape)))
    return y


__all__ = ["matrix_norm", "vector_norm"]
