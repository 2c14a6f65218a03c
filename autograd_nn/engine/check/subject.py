"""What is checked, in one form: named float leaves, a value, a pullback, a pushforward.

A function, a layer, a loss or a model becomes a `Subject` whose inputs are one flat vector and
whose results are another. It is evaluated in float64 whatever its own dtype ("high"), and in its
own dtype where that is lower, so that float32 gradients are judged against exact ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

import numpy as np

from autograd_nn.engine.check.arithmetic import of_functional
from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.halves import finfo, kind_of
from autograd_nn.engine.mode import enable_grad, no_grad
from autograd_nn.engine.node import Leaf as Start
from autograd_nn.engine.node import Node, Whole
from autograd_nn.engine.tape import pullback, pushforward, sort
from autograd_nn.engine.tensor import Tensor, wrap

TOWARDS = (1.0, 0.9, 0.5, 0.1, 0.0)
Taped = tuple[list[Tensor], list[Tensor]]  # results, and the leaves they depend on


class Leaf:
    """A named float input; ``tensor`` is the model's own weight, or None for an argument."""

    def __init__(self, name: str, array: np.ndarray, tensor: Tensor | None = None) -> None:
        if array.dtype.kind == "c":
            raise DTypeError(
                f"check_gradients received {name!r} of dtype {array.dtype}; expected real numbers. "
                "Check a function of the real and the imaginary part."
            )
        self.name = name
        self.array = array.copy()
        self.tensor = tensor


class Subject:
    """A differentiable function of flat vectors: value y(x), pullback vᵀJ, pushforward J·u."""

    leaves: list[Leaf]
    forward = True  # whether there is a pushforward

    def taped(self, arrays: list[np.ndarray], high: bool) -> AbstractContextManager[Taped]:
        """The floating results and the leaves, with the tape between them, while it is open."""
        raise NotImplementedError

    @cached_property
    def bounds(self) -> list[tuple[int, int]]:
        """Where each leaf lies in the flat input."""
        ends = np.cumsum([leaf.array.size for leaf in self.leaves]).tolist()
        return list(zip([0, *ends[:-1]], ends, strict=True))

    @property
    def point(self) -> np.ndarray:
        return joined([leaf.array for leaf in self.leaves])

    @property
    def low(self) -> bool:
        """Whether any input is of lower precision than float64."""
        return any(leaf.array.dtype.itemsize < 8 for leaf in self.leaves)

    def split(self, x: np.ndarray, high: bool = True) -> list[np.ndarray]:
        """The flat input as one array a leaf, fresh, in float64 or in the leaf's own dtype."""
        return [
            x[a:b].reshape(leaf.array.shape).astype(np.float64 if high else leaf.array.dtype)
            for leaf, (a, b) in zip(self.leaves, self.bounds, strict=True)
        ]

    def value(self, x: np.ndarray) -> np.ndarray:
        """All results in one vector, computed in float64."""
        with no_grad(), self.taped(self.split(x), True) as (outs, _):
            return joined([y.array for y in outs])

    def precision(self) -> float:
        """The coarsest epsilon of what is computed from float64 inputs: casts inside raise it."""
        with enable_grad(), self.taped(self.split(self.point), True) as (outs, _):
            read = [a for node in sort(outs) for s, a in zip(node.sources, node.arrays, strict=True)
                    if isinstance(s, Node)]  # fmt: skip
            floats = [a for a in [*outs, *read] if kind_of(a.dtype) in "fc"]  # indices are exact
            return max(float(finfo(a.dtype).eps) for a in floats)

    def pull(self, x: np.ndarray, v: np.ndarray, high: bool = True) -> np.ndarray:
        """The rows vᵀJ for the rows of v."""
        with enable_grad(), self.taped(self.split(x, high), high) as (outs, xs):
            rows = [joined([g.array for g in gradients(outs, xs, row)]) for row in v]
        return np.array(rows).reshape(len(v), x.size)

    def push(self, x: np.ndarray, us: Sequence[np.ndarray]) -> np.ndarray:
        """The rows J·u for the vectors u."""
        found = []
        with enable_grad(), self.taped(self.split(x), True) as (outs, xs):
            nodes: list[Node] = [x.node for x in xs]  # type: ignore[misc]  # they are leaves
            for u in us:
                with no_grad():
                    moved = pushforward(outs, nodes, [wrap(t) for t in self.split(u)])
                ts = [None if y.node is None else moved.get(y.node.serial) for y in outs]
                found.append(
                    joined([np.zeros(y.shape) if t is None else t.array
                            for t, y in zip(ts, outs, strict=True)])
                )  # fmt: skip
        return np.array(found)

    def rounding(
        self, x: np.ndarray, v: np.ndarray, us: Sequence[np.ndarray]
    ) -> list[tuple[float, float]]:
        """What roundings do to the derivatives (vᵀJ)u, for the vectors u, in units of eps.

        First by the arithmetic done (see arithmetic.py), then by what an op may hide.
        """
        with enable_grad(), self.taped(self.split(x), True) as (outs, xs):
            gs = gradients(outs, xs, v, taping=True, traced=True)
            known = [of_functional(gs, self.split(u)) for u in us]
        return list(zip(known, self.hidden(x, v, us), strict=True))

    def hidden(self, x: np.ndarray, v: np.ndarray, us: Sequence[np.ndarray]) -> list[float]:
        """The largest of the derivatives (vᵀJ)u between x and 0.

        Where a derivative has become small, what an op made it small from was larger on the way.
        """
        slopes = np.zeros((len(TOWARDS), x.size))
        for row, c in zip(slopes, TOWARDS, strict=True):
            try:
                slope = np.abs(self.pull(x * c, v[None])[0])
            except (ValueError, ArithmeticError):  # there is none there, as of a singular matrix
                continue
            row[:] = np.where(np.isfinite(slope), slope, 0.0)
        return [float(np.max(slopes @ np.abs(u))) for u in us]

    def place(self, i: int) -> tuple[str, tuple[int, ...]]:
        """The input's name and the entry's index in it, of an entry of the flat input."""
        leaf, start = next(
            (leaf, a) for leaf, (a, b) in zip(self.leaves, self.bounds, strict=True) if i < b
        )
        return leaf.name, tuple(int(j) for j in np.unravel_index(i - start, leaf.array.shape))

    def one_rule(self) -> bool:
        """Whether a single rule, applied to the inputs themselves, is all that is not linear."""
        with enable_grad(), self.taped(self.split(self.point), True) as (outs, _):
            bent = [
                n for n in sort(outs)
                if not (isinstance(n, Start) or n.op.linear or isinstance(n.sources[0], Whole))
            ]  # fmt: skip
            return len(bent) == 1 and all(isinstance(s, Start) for s in bent[0].parents)


def joined(arrays: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0), *(np.ravel(a).astype(np.float64) for a in arrays)])


def gradients(
    outs: list[Tensor],
    xs: list[Tensor],
    v: np.ndarray,
    taping: bool = False,
    traced: bool = False,
) -> list[Tensor]:
    """vᵀJ as tensors, one a leaf; ``traced``: also what is made of v alone is on the tape."""
    roots, cotangents, start = [], [], 0
    for y in outs:
        g = v[start : start + y.size].reshape(y.shape).astype(y.dtype)
        start += y.size
        if y.node is not None:
            roots.append(y)
            cotangents.append(wrap(g))
            if traced:
                cotangents[-1].node = Start()
    nodes: list[Node] = [x.node for x in xs]  # type: ignore[misc]  # they are leaves
    found = pullback(roots, cotangents, nodes, taping=taping) if roots else {}
    return [
        found[node.serial] if node.serial in found else wrap(np.zeros_like(x.array))
        for node, x in zip(nodes, xs, strict=True)
    ]


def floats(value: Any) -> np.ndarray | None:
    """A leaf's array if it is differentiable: floating (or complex, which is refused later)."""
    if isinstance(value, str | bytes) or callable(value):
        return None
    try:
        array = np.asarray(getattr(value, "array", value))
    except (TypeError, ValueError):
        return None
    return array if kind_of(array.dtype) in "fc" else None
