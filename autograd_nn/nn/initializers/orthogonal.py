"""Orthogonal: rows or columns that are at right angles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import number
from autograd_nn.nn.initializers.base import RandomInitializer
from autograd_nn.nn.registry import named


@named("orthogonal_initializer")
class Orthogonal(RandomInitializer):
    """``gain`` times a matrix with QᵀQ = 1 (or QQᵀ = 1, where it is wide), drawn evenly.

    A weight of more axes is such a matrix of all but its last axis by its last.
    Raises ShapeError for fewer than two axes.
    Source: Saxe et al., "Exact solutions to the nonlinear dynamics of learning" (2013).

    >>> from autograd_nn import nn
    >>> q = nn.initializers.Orthogonal(seed=1)((4, 2))
    >>> (q.T @ q).round(5).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    def __init__(self, gain: float = 1.0, seed: Any = None) -> None:
        super().__init__(seed)
        self.gain = number(gain, "gain", "Orthogonal")

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        if len(shape) < 2:
            raise ShapeError(
                f"the orthogonal initializer received shape {tuple(shape)}; expected two sizes or "
                "more. Choose another initializer for this weight."
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        q = self.generator().orthogonal(max(rows, columns), min(rows, columns), dtype)
        q = ops.transpose(q) if rows < columns else q
        return ops.multiply(ops.reshape(q, shape=tuple(shape)), self.gain)
