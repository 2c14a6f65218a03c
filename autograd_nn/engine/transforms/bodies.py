"""What branches and loops share: bodies are recorded, compared, and seen as functions of less."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.engine.graph.record import trace
from autograd_nn.engine.graph.replay import on_tensors
from autograd_nn.engine.graph.values import Graph
from autograd_nn.engine.tensor import Tensor, as_tensor

Function = Callable[..., Any]


class Given(tuple):
    """The cotangents of an op's results, and those of its operands once they are known."""

    found: list[Tensor | None] | None = None


def leaves_of(value: Any) -> tuple[list[Tensor], Any]:
    leaves, shape = tree.flatten(value)
    return [as_tensor(x) for x in leaves], shape


def single(x: Any, what: str) -> Tensor:
    if x.size != 1:
        raise ShapeError(
            f"{what}: received a condition of shape {x.shape}; expected one entry. Reduce it with "
            ".all() or .any(), choose entry by entry with where, or use vmap."
        )
    return ops.reshape(x, shape=())


def recorded(
    functions: Sequence[Function], leaves: list[Tensor], shape: Any, what: str, whole: bool = False
) -> tuple[list[Graph], list[Any]]:
    """Each function's record and the structure of its result.

    whole   it takes the tree itself, not its entries one by one.
    """
    graphs, structures = [], []
    for f in functions:

        def flat(*xs: Tensor, f: Function = f) -> list[Tensor]:
            given = tree.unflatten(shape, list(xs))
            found, made = leaves_of(f(given) if whole else f(*given))
            structures.append(made)
            return [ops.positive(y) if y.dtype.kind != "b" else y for y in found]

        with np.errstate(all="ignore"):  # what is not taken does not warn
            graph, _ = trace(flat, list(leaves))
        graphs.append(graph)
    return graphs, structures


def structured(what: str, made: Any, expected: Any) -> None:
    if made != expected:
        raise ShapeError(
            f"{what}: received a result of the structure {made} in the place of {expected}; "
            "expected the same."
        )


def same(what: str, k: int, old: Any, v: Any) -> None:
    if old.shape != v.shape:
        raise ShapeError(
            f"{what}: received a result whose leaf {k} has shape {v.shape} in the place of "
            f"{old.shape}; expected the same."
        )
    if old.dtype != v.dtype:
        raise DTypeError(
            f"{what}: received a result whose leaf {k} has dtype {v.dtype} in the place of "
            f"{old.dtype}; expected the same. Cast it with .astype('{old.dtype}')."
        )


def restricted(
    graph: Graph, xs: Sequence[Tensor], moving: Sequence[int], ends: Sequence[int]
) -> Function:
    """A record as a function of some of its inputs, of which some outputs are looked at."""

    def f(*some: Tensor) -> list[Tensor]:
        full = list(xs)
        for k, x in zip(moving, some, strict=True):
            full[k] = x
        found = on_tensors(graph, full)
        return [found[k] for k in ends]

    return f


def beside(on: Tensor, x: Tensor) -> Tensor:
    """A truth value for each sample, as it stands beside an array of them."""
    return ops.reshape(on, shape=(-1, *(1,) * (x.ndim - 1)))
