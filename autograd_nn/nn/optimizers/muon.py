"""Muon: the moves of matrices are made orthogonal; what is no matrix is moved by Adam."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.optimizers.adam import corrected, mean, moved
from autograd_nn.nn.optimizers.base import Optimizer
from autograd_nn.nn.optimizers.slot import Slot, settled
from autograd_nn.nn.registry import named


def _by_adam(optimizer: Any, w: Tensor) -> bool:
    return optimizer.by_adam(w)


@named()
class Muon(Optimizer):
    """m ← μm + g, w ← w - lr·k·√max(n, p)·O(g + μm) for a matrix, (n, p).

    O takes a matrix M = UΣVᵀ near to UVᵀ: X = M / |M|, then ``ns_steps`` times
    X ← aX + (bA + cA²)X with A = XXᵀ.
    momentum             μ; nesterov: O is taken of m itself where it is False.
    muon_a               a; muon_b: b; muon_c: c.
    rms_rate             k, with which rates are those of Adam; None leaves it and the root out.
    exclude_layers       patterns of paths of matrices that Adam is to move, as the last layer's.
    exclude_embeddings   Adam moves those whose path names an embedding.
    adam_beta_1          Adam's β₁; adam_beta_2: its β₂; epsilon: its ε; adam_weight_decay: the
                         decay of what it moves; its rate is lr·adam_lr_ratio.
    Source: Jordan et al., "Muon: an optimizer for hidden layers" (2024); Liu et al. (2025).

    >>> import autograd_nn as ag
    >>> from autograd_nn import nn
    >>> muon = nn.optimizers.Muon(0.1, weight_decay=None, rms_rate=None)
    >>> w, _ = muon.step(ag.zeros((2, 2)), ag.Tensor([[3.0, 0.0], [0.0, 0.0]]))
    >>> abs(float(w[0, 0]) + 0.1) < 0.04  # one singular value, brought near to 1
    True
    """

    m = Slot("momentum")
    v = Slot("velocity", only=_by_adam)

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.7750,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **options: Any,
    ) -> None:
        super().__init__(learning_rate, weight_decay=weight_decay, **options)
        self.adam_beta_1, self.adam_beta_2, self.epsilon = adam_beta_1, adam_beta_2, epsilon
        self.adam_weight_decay, self.adam_lr_ratio = adam_weight_decay, adam_lr_ratio
        self.exclude_layers, self.exclude_embeddings = exclude_layers, exclude_embeddings
        self.muon_a, self.muon_b, self.muon_c = muon_a, muon_b, muon_c
        self.momentum, self.ns_steps, self.nesterov = momentum, ns_steps, nesterov
        self.rms_rate = rms_rate

    def by_adam(self, w: Tensor) -> bool:
        """Whether Adam moves a weight."""
        path = getattr(w, "path", "")
        if w.ndim != 2 or (self.exclude_embeddings and "embedding" in path.lower()):
            return True
        return any(re.search(pattern, path) for pattern in self.exclude_layers or ())

    def decay_of(self, w: Tensor) -> float:
        spared = self.weight_decay and not super().decay_of(w)
        decay = self.adam_weight_decay if self.by_adam(w) else self.weight_decay
        return 0.0 if spared else decay or 0.0

    def prepare(self, lr: Tensor, step: Tensor, shared: Any) -> tuple[Tensor, Tensor]:
        adam = ops.multiply(lr, self.adam_lr_ratio)
        return lr, corrected(adam, step, self.adam_beta_1, self.adam_beta_2)

    def update(self, g: Tensor, w: Tensor, s: Any, lr: Any, step: Tensor) -> Tensor:
        rate, alpha = lr
        if "v" in vars(s):
            s.m = mean(s.m, g, self.adam_beta_1)
            s.v = mean(s.v, ops.square(g), self.adam_beta_2, self.epsilon)
            return moved(w, s.m, s.v, alpha, self.epsilon)
        s.m = settled(s.m * self.momentum + g)
        towards = g + self.momentum * s.m if self.nesterov else s.m
        return w - self.lr_adjust(rate * self.zeropower_via_newtonschulz5(towards, self.ns_steps))

    def lr_adjust(self, x: Tensor) -> Tensor:
        """A move (n, p) times k·√max(n, p), where there is a k."""
        return x if self.rms_rate is None else x * (max(x.shape) ** 0.5 * self.rms_rate)

    def zeropower_via_newtonschulz5(self, x: Tensor, steps: int) -> Tensor:
        """A matrix (n, p) with its singular values brought near to 1, in so many steps."""
        tall = x.shape[0] > x.shape[1]
        if tall:
            x = ops.transpose(x)
        x = x / (ops.sqrt(ops.sum(ops.square(x))) + 1e-7)
        for _ in range(steps):
            a = x @ ops.transpose(x)
            x = self.muon_a * x + (self.muon_b * a + self.muon_c * (a @ a)) @ x
        return ops.transpose(x) if tall else x
