"""How uncertain a derivative is by its own rounding, derived from the arithmetic that made it.

A gradient that was taped is itself a graph of ops. Each rounds its result by about eps, and the
graph's own derivative says what that does to the gradient: Σ |∂g/∂z · z| · eps over all values z in
it, those of the forward pass too, since the backward pass reads them.

Source: M. Iri, "Simultaneous computation of functions, partial derivatives and estimates of
rounding errors", Japan Journal of Applied Mathematics 1 (1984).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograd_nn.engine.errors import GradientError
from autograd_nn.engine.node import Node
from autograd_nn.engine.tape import pullback, sort
from autograd_nn.engine.tensor import Tensor, wrap

EACH = 8  # roundings an op may cost, of its result's size
DEPTH = 16  # ops that a rule without a trace is taken to be made of


def of_functional(gs: Sequence[Tensor], weights: Sequence[np.ndarray]) -> float:
    """Σ|∂(Σ w·g)/∂z · z|·√terms over all values z that the taped gradients g are made of."""
    pairs = list(zip(gs, weights, strict=True))
    own = sum(float(np.abs(w * g.array).sum()) for g, w in pairs)
    roots = [(g, wrap(w.astype(g.dtype))) for g, w in pairs if g.node is not None]
    parts = sort([g for g, _ in roots])
    values = {g.node.serial: g.array for g, _ in roots if g.node is not None}
    for node in parts:
        for source, array in zip(node.sources, node.arrays, strict=True):
            if isinstance(source, Node):
                values[source.serial] = array
    try:
        pulled = pullback([g for g, _ in roots], [w for _, w in roots], parts)
    except GradientError:  # a rule that can be used once only: it leaves no trace
        return own * DEPTH
    with np.errstate(all="ignore"):
        return own + sum(
            _mass(node, values[node.serial], pulled[node.serial].array)
            for node in parts
            if node.serial in pulled and node.serial in values
        )


def _mass(node: Node, value: np.ndarray, cotangent: np.ndarray) -> float:
    """Σ|z̄z| of one value, times the root of how many terms its op sums up for an entry."""
    terms = max([*map(np.size, node.arrays), 1]) / max(np.size(value), 1)
    mass = float(np.abs(np.asarray(cotangent) * np.asarray(value)).sum())
    return mass * float(np.sqrt(max(1.0, terms))) if np.isfinite(mass) else 0.0
