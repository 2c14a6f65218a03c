"""Rectangles drawn somewhere in images."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor, wrap

Sides = list[tuple[Tensor, Tensor]]


def rectangles(sizes: Any, axes: tuple[int, int], draws: Any, *shares: Tensor) -> Sides:
    """Where rectangles begin and end, in rows and in columns, (n, 1, 1, 1) each.

    shares   of the rows and the columns that they take, (n, 1, 1, 1).
    """
    found = []
    for axis, share in zip(axes, shares, strict=True):
        length = share * sizes[axis]
        start = draws.uniform((sizes[0], 1, 1, 1), 0, 1, share.dtype) * (sizes[axis] - length)
        found.append((start, start + length))
    return found


def inside(sizes: Any, axes: tuple[int, int], corners: Sides) -> Tensor:
    """Which pixels lie in these, (n, h, w, 1) or, with the channels first, (n, 1, h, w)."""
    within: Any = True
    for axis, (start, end) in zip(axes, corners, strict=True):
        shape = [1] * 4
        shape[axis] = sizes[axis]
        place = wrap(np.arange(sizes[axis], dtype=start.dtype).reshape(shape))
        here = ops.logical_and(ops.greater_equal(place, start), ops.less(place, end))
        within = ops.logical_and(within, here)
    return within  # type: ignore[no-any-return]
