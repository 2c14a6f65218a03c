"""Levels of images: how often each comes, and all of them made as frequent."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.images.axes import opened

WHOLE = np.dtype("int64")


def counts(levels: Tensor, bins: int) -> Tensor:
    """How often each level comes in every row, (rows, n) → (rows, bins)."""
    one = ops.astype(levels, dtype=np.dtype("float32")) * 0 + 1
    none = ops.broadcast_to(one[:, :1] - 1, shape=(levels.shape[0], bins))
    row = ops.cumsum(ops.astype(one[:, :1], dtype=WHOLE), axis=0) - 1
    return ops.add_at(none, (ops.broadcast_to(row, shape=levels.shape), levels), one)


def by_level(table: Tensor, levels: Tensor) -> Tensor:
    """The entry of each row's table at its levels, (rows, bins), (rows, n) → (rows, n)."""
    return ops.take_along_axis(table, levels, axis=1)


def equalize(images: Any, bins: int = 256, data_format: str | None = None) -> Tensor:
    """Channels of images of 0 … 255 with their levels as frequent as they can be.

    y = 255·(F(x) - F₀)/(1 - F₀), F the share of levels up to x and F₀ that of the least.
    Shapes (…, h, w, c) → the same.
    """
    x, closed = opened(images, data_format, "equalize")
    n, h, w, c = x.shape
    rows = ops.reshape(ops.moveaxis(x, -1, 1), shape=(n * c, h * w))
    levels = ops.astype(ops.clip(rows * ((bins - 1) / 255), 0, bins - 1), dtype=WHOLE)
    often = counts(levels, bins)
    upto = ops.cumsum(often, axis=1)
    first = ops.min(ops.where(ops.greater(upto, 0), upto, np.inf), axis=1, keepdims=True)
    rest = h * w - first
    one = ops.equal(rest, 0)
    table = ops.clip(ops.round((upto - first) * 255 / ops.where(one, 1, rest)), 0, 255)
    y = ops.where(one, rows, by_level(ops.astype(table, dtype=x.dtype), levels))
    return closed(ops.moveaxis(ops.reshape(y, shape=(n, c, h, w)), 1, -1))


__all__ = ["by_level", "counts", "equalize"]
