"""L-BFGS: steps by a curvature that the last gradients tell, of all weights together."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.optimizers.base import Optimizer
from autograd_nn.nn.optimizers.slot import Slot
from autograd_nn.nn.registry import named

STRAIGHT = 1e-8  # a pair whose change is along the step less than this tells no curvature


def _pairs(optimizer: Any, w: Tensor) -> Tensor:
    return ops.zeros((optimizer.history, w.size), w.dtype)


@named(first="lbfgs")
class LBFGS(Optimizer):
    """w ← w - lr·H·g, H ≈ the inverse Hessian by the last ``history`` steps s and changes y of g.

    The two-loop recursion begins with H₀ = (sᵀy / yᵀy)·I of the newest pair; a pair with sᵀy ≤ 0
    is left out. The first step is min(1, 1 / Σ|g|)·lr·g long.

    It is of the full batch: `fit` gives it one step for each batch, and gradients of different
    batches say nothing of curvature, so train with ``batch_size=len(x)`` and without dropout; an
    epoch is then a step. There is no search along the line: each step costs one gradient. Where
    the loss jumps about, take a smaller learning_rate.
    Source: Liu & Nocedal, "On the limited memory BFGS method" (1989).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> a, w, state = ag.Tensor([1.0, 10.0]), ag.Tensor([3.0, 1.0]), None
    >>> lbfgs = nn.optimizers.LBFGS()
    >>> for _ in range(12):
    ...     w, state = lbfgs.step(w, a * w, state)  # of the loss (a·w²).sum() / 2
    >>> bool((abs(w) < 1e-6).all())
    True
    """

    joint = True

    steps = Slot("steps", _pairs)
    changes = Slot("changes", _pairs)
    w = Slot("last_weights")
    g = Slot("last_gradient")

    def __init__(self, learning_rate: Any = 1.0, history: int = 10, **options: Any) -> None:
        super().__init__(learning_rate, **options)
        self.history = history

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Tensor, step: Tensor) -> Tensor:
        first = ops.equal(step, 1)
        moved = ops.where(first, 0, w - s.w)
        changed = ops.where(first, 0, g - s.g)
        along = _dot(moved, changed)
        bent = ops.square(along) > STRAIGHT**2 * _dot(moved, moved) * _dot(changed, changed)
        told = ops.logical_and(along > 0, bent)
        s.steps = ops.where(told, _pushed(s.steps, moved), s.steps)
        s.changes = ops.where(told, _pushed(s.changes, changed), s.changes)
        s.w, s.g = w, g
        length = ops.where(first, ops.minimum(1, 1 / (ops.sum(ops.absolute(g)) + 1e-30)), 1)
        return w - lr * length * self._direction(g, s.steps, s.changes)

    def _direction(self, g: Tensor, steps: Tensor, changes: Tensor) -> Tensor:
        """H·g, by the pairs from newest to oldest and back; a pair of zeros does nothing."""
        d, done = g, []
        for i in reversed(range(self.history)):
            s, y = steps[i], changes[i]
            along = _dot(s, y)
            share = ops.where(along > 0, 1 / ops.where(along > 0, along, 1), 0)
            a = share * _dot(s, d)
            d = d - a * y
            done.append((s, y, share, a))
        newest, change = steps[-1], changes[-1]
        square = _dot(change, change)
        some = square > 0
        d = d * ops.where(some, _dot(newest, change) / ops.where(some, square, 1), 1)
        for s, y, share, a in reversed(done):
            d = d + s * (a - share * _dot(y, d))
        return d


def _dot(a: Tensor, b: Tensor) -> Tensor:
    return ops.sum(a * b)


def _pushed(pairs: Tensor, new: Tensor) -> Tensor:
    """The rows without the oldest, and a new one behind them."""
    return ops.concatenate([pairs[1:], ops.expand_dims(new, 0)])
