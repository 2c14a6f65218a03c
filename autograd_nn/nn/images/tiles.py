"""Tiles of images: each equalized for itself, in between as its neighbours say."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.images.axes import opened
from autograd_nn.nn.images.levels import WHOLE, by_level, counts


def _near(n: int, tile: int, tiles: int) -> tuple[list[np.ndarray], np.ndarray]:
    """The two tiles whose middles enclose each of n places, and how much the later one counts."""
    at = (np.arange(n) - tile / 2) / tile
    low = np.floor(at)
    return [np.clip(low + i, 0, tiles - 1).astype(int) for i in (0, 1)], at - low


def equalize_tiles(
    images: Any, clip_limit: float = 4.0, tile_grid_size: tuple[int, int] = (8, 8),
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Channels of images of 0 … 255 equalized by tiles, no level counting above a limit.

    clip_limit       how many times its even share a level counts at most, 0 for no limit.
    tile_grid_size   how many tiles, (rows, columns); the image is mirrored at its end to fill them.
    Shapes (…, h, w, c) → the same.
    """
    x, closed = opened(images, data_format, "equalize_tiles")
    n, h, w, c = x.shape
    (gh, gw), bins = tile_grid_size, 256
    th, tw = -(-h // gh), -(-w // gw)
    levels = ops.astype(ops.clip(x, 0, 255), dtype=WHOLE)
    edges = [(0, 0), (0, gh * th - h), (0, gw * tw - w), (0, 0)]
    filled = ops.pad(levels, edges, mode="symmetric") if any(b for _, b in edges) else levels
    tiles = ops.transpose(ops.reshape(filled, shape=(n, gh, th, gw, tw, c)), (0, 1, 3, 5, 2, 4))
    often = counts(ops.reshape(tiles, shape=(-1, th * tw)), bins)
    if clip_limit > 0:
        kept = ops.clip(often, 0, clip_limit * th * tw / bins)
        often = kept + ops.sum(often - kept, axis=1, keepdims=True) / bins
    upto = ops.cumsum(often, axis=1)
    least = ops.min(upto, axis=1, keepdims=True)
    rest = th * tw - least
    table = (upto - least) * 255 / ops.where(ops.equal(rest, 0), 1, rest)
    flat = ops.reshape(ops.clip(table, 0, 255), shape=(n, gh * gw * c * bins))
    (rows, down), (columns, right) = _near(h, th, gh), _near(w, tw, gw)

    def read(row: np.ndarray, column: np.ndarray) -> Tensor:
        """What the tiles of these rows and columns make of every pixel."""
        tile = (row[:, None, None] * gw + column[:, None]) * c + np.arange(c)
        places = ops.reshape(levels + wrap(tile * bins), shape=(n, h * w * c))
        return ops.reshape(by_level(flat, places), shape=(n, h, w, c))

    right, down = (v.astype("float32") for v in (right[:, None], down[:, None, None]))
    above, below = ([read(row, column) for column in columns] for row in rows)
    upper, lower = (one + (two - one) * right for one, two in (above, below))
    return closed(ops.astype(upper + (lower - upper) * down, dtype=x.dtype))


__all__ = ["equalize_tiles"]
