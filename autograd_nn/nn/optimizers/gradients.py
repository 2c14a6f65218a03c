"""What is asked of gradients before an update sees them: shapes, limits, rows that have some."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import GradientError, ShapeError
from autograd_nn.engine.tensor import Tensor

shape_of: Any = attrgetter("array.shape")


class NoGradientError(GradientError, ValueError):
    """No weight of a step has a gradient."""


def limited(gs: Sequence[Tensor], limit: float) -> list[Tensor]:
    """Gradients scaled alike, so that their norm together is at most ``limit``."""
    if not gs:
        return []
    total = ops.sum(ops.square(gs[0]))
    for g in gs[1:]:
        total = total + ops.sum(ops.square(g))
    # The root's slope is infinite at 0, so a norm of 0 is stepped over.
    norm = ops.where(total > 0, ops.sqrt(ops.where(total > 0, total, 1)), total)
    scale = limit / ops.maximum(norm, limit)
    return [g * scale for g in gs]


def touched(g: Tensor, due: Tensor | None) -> Tensor:
    """Whether a row of a weight, (n, …), has a gradient, (n, 1, …), and a step is due."""
    size = ops.sum(ops.absolute(g), axis=tuple(range(1, g.ndim)), keepdims=True)
    rows = ops.not_equal(size, 0)  # NaN is not 0 either
    return rows if due is None else ops.logical_and(rows, due)


def fitting(gs: Sequence[Tensor], ws: Sequence[Tensor]) -> None:
    """Raises ShapeError where a gradient has not its weight's shape."""
    for w, g in zip(ws, gs, strict=True):
        if w.shape != g.shape:
            raise ShapeError(
                f"received a gradient of shape {g.shape} for a weight of shape {w.shape}; "
                "expected the same shape."
            )
