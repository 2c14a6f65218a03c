"""Resizing: a function known at n places, read at others, one axis at a time."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from autograd_nn.engine import shapes
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.ops.indexing import take
from autograd_nn.engine.ops.products import matmul
from autograd_nn.engine.ops.shaping import moveaxis
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap


def _triangle(d: np.ndarray) -> np.ndarray:
    return np.maximum(0, 1 - d)


def _cubic(d: np.ndarray) -> np.ndarray:
    near = (1.5 * d - 2.5) * d * d + 1
    far = ((-0.5 * d + 2.5) * d - 4) * d + 2
    return np.where(d >= 2, 0, np.where(d >= 1, far, near))


def _lanczos(radius: int) -> Any:
    def weights(d: np.ndarray) -> np.ndarray:
        return np.where(d <= radius, np.sinc(d) * np.sinc(d / radius), 0)

    return weights


# The weight of an entry at a distance d ≥ 0 from where the function is read.
METHODS = {
    "bilinear": _triangle,
    "bicubic": _cubic,
    "lanczos3": _lanczos(3),
    "lanczos5": _lanczos(5),
}


@lru_cache(64)
def _weights(n: int, size: int, method: str, wide: bool, dtype: str) -> Tensor:
    """(n, size): column i holds the weights of the entries for place i; each sums to one."""
    places = (np.arange(size) + 0.5) * n / size - 0.5
    reach = max(n / size, 1) if wide else 1
    w = METHODS[method](np.abs(places - np.arange(n)[:, None]) / reach)
    return wrap((w / w.sum(0)).astype(dtype))


@lru_cache(64)
def _nearest(n: int, size: int) -> Tensor:
    """(size,): the entry that lies nearest to each place, the later of two."""
    return wrap((2 * np.arange(size) + 1) * n // (2 * size))


def resize(
    x: Any, size: int, axis: int = -1, method: str = "bilinear", antialias: bool = False
) -> Tensor:
    """x read at ``size`` places spread evenly over an axis of n, yᵢ = Σⱼ w(|pᵢ - j|) xⱼ.

    pᵢ = (i + ½) · n / size - ½, the weights of each sum made to add up to one.
    method      w: 'bilinear' (linear between neighbours), 'bicubic', 'lanczos3' or 'lanczos5';
                'nearest' takes the entry at ⌊pᵢ + ½⌋.
    antialias   where the places are fewer than the entries, w reaches n / size times as far.
    Raises ValueError for another method, ShapeError for an axis of no entries.
    Source: Keys, "Cubic convolution interpolation" (1981).

    >>> import autograd_nn as ag
    >>> ag.ops.resize(ag.Tensor([0.0, 4.0]), 4)
    Tensor([0., 1., 3., 4.])
    """
    x = as_tensor(x)
    if method != "nearest" and method not in METHODS:
        known = ", ".join(map(repr, ("nearest", *METHODS)))
        raise ValueError(f"resize received method={method!r}; expected one of {known}.")
    axis = shapes.axis_index(axis, x.ndim)
    n = x.shape[axis]
    if not n:
        raise ShapeError(
            f"resize received an array of shape {x.shape}; expected entries along axis {axis}."
        )
    if method == "nearest":
        return take(x, _nearest(n, size), axis=axis)
    dtype = x.dtype.name if kind_of(x.dtype) == "f" else "float64"
    w = _weights(n, size, method, antialias, dtype)
    if axis == x.ndim - 1:
        return matmul(x, w)
    return moveaxis(matmul(moveaxis(x, axis, -1), w), -1, axis)


__all__ = ["resize"]
