"""Adafactor: Adam's squares as a row and a column of a matrix, in place of all its entries."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.optimizers.base import Optimizer
from autograd_nn.nn.optimizers.slot import Slot
from autograd_nn.nn.registry import named


def _without(axis: int) -> Any:
    def made(optimizer: Any, w: Tensor) -> Tensor:
        sizes = list(w.shape)
        if len(sizes) < 2:
            return ops.zeros((), w.dtype)  # not used: it holds the place in the list of state
        del sizes[axis]
        return ops.zeros(sizes, w.dtype)

    return made


@named()
class Adafactor(Optimizer):
    """w ← w - ρ·max(ε₂, rms(w))·u / max(1, rms(u) / d), u = g / √v.

    v = r·cᵀ / mean(r), where r and c are running means of g² + ε₁ over columns and over rows, of
    which 1 - tᵏ stays; of a weight of one axis v is itself such a mean. ρ = min(lr, 1 / √t).
    beta_2_decay     k, from -1 to 0.
    epsilon_1        ε₁; epsilon_2: ε₂.
    clip_threshold   d, above which an update's root mean square is brought down to it.
    relative_step    the rate is at most 1 / √t (which ρ is anyway).
    Source: Shazeer & Stern, "Adafactor" (2018).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> w, _ = nn.optimizers.Adafactor(0.5).step(ag.Tensor([[1.0]]), ag.Tensor([[4.0]]))
    >>> round(float(w[0, 0]), 4)
    0.5
    """

    r = Slot("", _without(-1))
    c = Slot("", _without(-2))
    v = Slot("velocity")

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_2_decay, self.relative_step = beta_2_decay, relative_step
        self.epsilon_1, self.epsilon_2 = epsilon_1, epsilon_2
        self.clip_threshold = clip_threshold

    def prepare(self, lr: Tensor, step: Tensor, shared: Any) -> tuple[Tensor, Tensor]:
        return ops.minimum(lr, 1 / ops.sqrt(step)), 1 - ops.power(step, self.beta_2_decay)

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Any, step: Tensor) -> Tensor:
        rate, beta = lr
        squares = ops.square(g) + self.epsilon_1
        if w.ndim < 2:
            s.v = beta * s.v + (1 - beta) * squares
        else:
            s.r = beta * s.r + (1 - beta) * ops.mean(squares, axis=-1)
            s.c = beta * s.c + (1 - beta) * ops.mean(squares, axis=-2)
            rows = s.r / ops.mean(s.r, axis=-1, keepdims=True)
            s.v = ops.expand_dims(rows, -1) * ops.expand_dims(s.c, -2)
        u = g / ops.sqrt(s.v)
        u = u / ops.maximum(_rms(u) / self.clip_threshold, 1)
        return w - ops.maximum(_rms(w), self.epsilon_2) * rate * u


def _rms(x: Tensor) -> Tensor:
    return ops.sqrt(ops.mean(ops.square(x)))
