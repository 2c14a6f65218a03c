"""Images read between their pixels: at coordinates, and turned, moved, scaled or warped by them."""

from __future__ import annotations

import itertools
from functools import reduce
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap
from autograd_nn.nn.images.axes import one_of, opened
from autograd_nn.nn.images.filters import gaussian_blur
from autograd_nn.nn.random import generator_of

FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")
ORDERS = {"nearest": 0, "bilinear": 1}
INDEX = np.dtype("int64")


def _rounded(x: Tensor) -> Tensor:
    """The nearest whole numbers, halves away from zero."""
    return ops.sign(x) * ops.floor(ops.absolute(x) + 0.5)


def _folded(i: Tensor, n: int, fill_mode: str) -> Tensor:
    """Whole coordinates brought to 0 … n - 1."""
    if fill_mode == "wrap":
        return ops.remainder(i, n)
    if fill_mode == "mirror":  # d c b | a b c d | c b a
        back = ops.remainder(i + (n - 1), max(2 * n - 2, 1))
        return ops.absolute(back - (n - 1))
    if fill_mode == "reflect":  # c b a | a b c d | d c b
        i = ops.remainder(i, 2 * n)
        return ops.minimum(i, (2 * n - 1) - i)
    return ops.clip(i, 0, n - 1)


def _read(
    rows: Tensor, sizes: tuple[int, ...], places: Any, order: int, mode: str, fill: float
) -> Tensor:
    """Entries (n, Πsizes, c) at coordinates, one (n, p) for each of the sizes → (n, p, c)."""
    sides: list[Any] = []
    for place in places:
        low = ops.floor(place) if order else _rounded(place)
        i, far = ops.astype(low, dtype=INDEX), place - low
        sides.append([(i, 1 - far), (i + 1, far)] if order else [(i, None)])
    sample, parts = wrap(np.arange(rows.shape[0])[:, None]), []
    for corner in itertools.product(*sides):
        at: Any = None
        weight, inside = None, None
        for (i, share), n in zip(corner, sizes, strict=True):
            kept = _folded(i, n, mode)
            at = kept if at is None else at * n + kept
            if mode == "constant":
                within = ops.equal(i, kept)
                inside = within if inside is None else ops.logical_and(inside, within)
            if share is not None:
                weight = share if weight is None else weight * share
        value = rows[sample, at]
        if inside is not None:
            value = ops.where(ops.expand_dims(inside, -1), value, fill)
        if weight is not None:
            value = value * ops.expand_dims(weight, -1)
        parts.append(value)
    return reduce(ops.add, parts)


def _like(y: Tensor, x: Tensor) -> Tensor:
    """In x's dtype, rounded where that is of whole numbers."""
    if y.dtype == x.dtype:
        return y
    return ops.astype(ops.round(y) if x.dtype.kind in "iu" else y, dtype=x.dtype)


def map_coordinates(
    inputs: Any, coordinates: Any, order: int, fill_mode: str = "constant", fill_value: float = 0.0
) -> Tensor:
    """x at coordinates between its entries, (d, …) for d axes.

    order       0 for the nearest entry, 1 for a weighted mean of the 2ᵈ around.
    fill_mode   what lies outside: ``fill_value`` ('constant'), the border ('nearest'), x again
                ('wrap'), x mirrored at its last entry ('mirror') or behind it ('reflect').
    Differentiable in x and, with order 1, in the coordinates.
    Raises ValueError for other orders and modes, ShapeError for coordinates of other axes.

    >>> map_coordinates([0.0, 10.0, 20.0], [[0.5, 1.75]], 1).tolist()
    [5.0, 17.5]
    """
    x, places = as_tensor(inputs), as_tensor(coordinates)
    one_of(order, (0, 1), "order", "map_coordinates")
    one_of(fill_mode, FILL_MODES, "fill_mode", "map_coordinates")
    if places.ndim < 2 or places.shape[0] != x.ndim or not x.size:
        raise ShapeError(
            "The first dim of `coordinates` must be the same as the rank of `inputs`, expected at "
            f"least rank 2: ({x.ndim}, …), a row for each axis of some entries. map_coordinates "
            f"received coordinates of shape {places.shape} for inputs of shape {x.shape}."
        )
    each = [ops.reshape(places[i], shape=(1, -1)) for i in range(x.ndim)]
    rows = ops.reshape(x, shape=(1, -1, 1))
    y = _read(rows, x.shape, each, order, fill_mode, fill_value)
    return _like(ops.reshape(y, shape=places.shape[1:]), x)


def _at(x: Tensor, xs: Tensor, ys: Tensor, order: int, mode: str, fill: float) -> Tensor:
    """Images (n, h, w, c) read at (n, h·w) or (1, h·w) columns and rows."""
    n, h, w, c = x.shape
    each = [ops.broadcast_to(p, shape=(n, h * w)) for p in (ys, xs)]
    rows = ops.reshape(x, shape=(n, h * w, c))
    return _like(ops.reshape(_read(rows, (h, w), each, order, mode, fill), shape=x.shape), x)


def _grid(x: Tensor) -> tuple[Tensor, Tensor]:
    """The columns and rows of the pixels, each (1, h·w)."""
    h, w = x.shape[1:3]
    dtype = x.dtype if kind_of(x.dtype) == "f" else np.dtype("float32")
    ys, xs = np.indices((h, w)).reshape(2, 1, -1).astype(dtype)
    return wrap(xs), wrap(ys)


def affine_transform(
    images: Any, transform: Any, interpolation: str = "bilinear", fill_mode: str = "constant",
    fill_value: float = 0, data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Images read where a projection takes each pixel (x, y) of the result.

    x' = (a₀x + a₁y + a₂) / k, y' = (b₀x + b₁y + b₂) / k, k = c₀x + c₁y + 1.
    transform       [a₀, a₁, a₂, b₀, b₁, b₂, c₀, c₁], (8,) for all images or (n, 8).
    interpolation   'nearest' or 'bilinear'; fill_mode: as in `map_coordinates`.
    Shapes (…, h, w, c) → the same. Raises ShapeError for other shapes, ValueError for other modes.

    >>> import numpy as np
    >>> x = np.arange(4.0).reshape(1, 4, 1)
    >>> affine_transform(x, [1, 0, 1, 0, 1, 0, 0, 0]).numpy().ravel().tolist()
    [1.0, 2.0, 3.0, 0.0]
    """
    one_of(interpolation, ORDERS, "interpolation", "affine_transform")
    one_of(fill_mode, FILL_MODES, "fill_mode", "affine_transform")
    x, closed = opened(images, data_format, "affine_transform")
    t = as_tensor(transform)
    if t.ndim not in (1, 2):
        raise ShapeError(
            "Invalid transform rank: expected rank 1 (single transform) or rank 2 (batch of "
            f"transforms); affine_transform received shape {t.shape}."
        )
    if t.ndim == 1:
        t = ops.expand_dims(t, 0)
    if t.ndim != 2 or t.shape[1] != 8 or t.shape[0] not in (1, x.shape[0]):
        raise ShapeError(
            f"affine_transform received a transform of shape {as_tensor(transform).shape} for "
            f"{x.shape[0]} images; expected (8,) or ({x.shape[0]}, 8)."
        )
    xs, ys = _grid(x)
    t = ops.astype(t, dtype=xs.dtype)
    a0, a1, a2, b0, b1, b2, c0, c1 = (t[:, i : i + 1] for i in range(8))
    k = c0 * xs + c1 * ys + 1
    order = ORDERS[interpolation]
    columns, rows = (a0 * xs + a1 * ys + a2) / k, (b0 * xs + b1 * ys + b2) / k
    return closed(_at(x, columns, rows, order, fill_mode, fill_value))


def elastic_transform(
    images: Any, alpha: float = 20.0, sigma: float = 5.0, interpolation: str = "bilinear",
    fill_mode: str = "reflect", fill_value: float = 0.0, seed: Any = None,
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Images warped by a smooth random field: normal noise, blurred, then ``alpha`` times as large.

    sigma   the noise's deviation, and that of the blur in pixels.
    Shapes (…, h, w, c) → the same. Source: Simard et al., "Best practices for convolutional neural
    networks applied to visual document analysis" (2003).

    >>> import numpy as np
    >>> elastic_transform(np.ones((8, 8, 1)), seed=0).shape
    (8, 8, 1)
    """
    one_of(interpolation, ORDERS, "interpolation", "elastic_transform")
    one_of(fill_mode, FILL_MODES, "fill_mode", "elastic_transform")
    x, closed = opened(images, data_format, "elastic_transform")
    noise = generator_of(seed).normal((*x.shape[:3], 2), 0.0, 1.0, _grid(x)[0].dtype)
    width = int(6 * sigma) | 1
    return closed(warped(x, noise, alpha, sigma, width, interpolation, fill_mode, fill_value))


def warped(
    x: Tensor, noise: Tensor, alpha: Any, sigma: Any, width: int, interpolation: str,
    fill_mode: str, fill_value: float,
) -> Tensor:  # fmt: skip
    """Images (n, h, w, c) read off their places by noise (n, h, w, 2) of columns and of rows.

    width   of the window that the noise, times ``sigma``, is blurred in; then times ``alpha``.
    """
    xs, ys = _grid(x)
    blurred = gaussian_blur(noise * sigma, (width, width), (sigma, sigma), "channels_last")
    field = ops.reshape(alpha * blurred, shape=(x.shape[0], -1, 2))
    columns, rows = xs + field[..., 0], ys + field[..., 1]
    return _at(x, columns, rows, ORDERS[interpolation], fill_mode, fill_value)


__all__ = ["affine_transform", "elastic_transform", "map_coordinates"]
