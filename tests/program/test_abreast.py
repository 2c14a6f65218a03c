"""Narrow products of one matrix, and short ones that are added, are one; numbers stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_nn as ag
from autograd_nn.engine import tree
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.program.passes.joining.abreast import abreast
from autograd_nn.engine.program.passes.simplify import simplify
from autograd_nn.engine.program.run.program import NativeProgram
from tests.program.test_random_programs import many

N, K = 64, 128


def matrix(n: int, m: int, dtype: str = "float64") -> ag.Tensor:
    return ag.Tensor(np.random.default_rng(n + m).normal(size=(n, m)).astype(dtype))


def heads(h: Any, u: Any, v: Any) -> Any:
    return ag.tanh(h @ u), ag.exp(-((h @ v) ** 2))


def slopes(h: Any, u: Any, v: Any) -> Any:
    return ag.grad(lambda *xs: sum(y.sum() for y in heads(*xs)), argnums=(0, 1, 2))(h, u, v)


def one_of_the_other(h: Any, u: Any, v: Any) -> Any:
    first = h @ u
    return first, h @ (v + first.sum())


def added(h: Any, u: Any, v: Any) -> Any:
    return h[:, :5] @ u + ag.sin(h) + h[:, 5:9] @ v


def products(graph: Any) -> int:
    return sum(call.op.name == "matmul" for call in graph.calls)


@pytest.mark.parametrize(
    ("f", "shapes", "before", "after"),
    [
        (heads, [(K, 8), (K, 8)], 2, 1),
        (heads, [(K, 5), (K, 3)], 2, 1),
        (heads, [(K, 16), (K, 32)], 2, 2),  # which fill their vectors
        (heads, [(K, 9), (K, 16)], 2, 2),  # which fill as many together
        (slopes, [(K, 8), (K, 8)], 6, 3),
        (slopes, [(K, 5), (K, 2)], 6, 3),
        (one_of_the_other, [(K, 8), (K, 8)], 2, 2),
        (added, [(5, K), (4, K)], 2, 1),
    ],
)
def test_joined_where_it_pays(
    f: Callable[..., Any], shapes: list[tuple[int, int]], before: int, after: int
) -> None:
    args = [matrix(N, K), *(matrix(*s) for s in shapes)]
    _, graph, _ = record(f, args)
    plain = simplify(graph)
    assert products(plain) == before
    assert products(abreast(plain)) == after


CLOSE = {"float32": 1e-5, "float64": 1e-13}  # of the largest entry
WIDTHS = st.lists(st.integers(1, 20), min_size=2, max_size=4)


@many(4)
@given(WIDTHS, st.sampled_from(list(CLOSE)), st.booleans())
@pytest.mark.native
def test_same_numbers(widths: list[int], dtype: str, turned: bool) -> None:
    """Heads of any widths, weighed and added up again, there and back."""

    def f(h: Any, *ws: Any) -> Any:
        first = [h @ w for w in ws]
        back = [y @ (ag.sin(w) + 0).T for y, w in zip(first, ws, strict=True)]
        return ag.tanh(sum(back[1:], back[0] + h) / 64).sum() + sum(ag.tanh(y).sum() for y in first)

    def whole(h: Any, *ws: Any) -> Any:
        own = [w.T for w in ws] if turned else ws
        return f(h, *own), ag.grad(f, argnums=tuple(range(len(ws) + 1)))(h, *own)

    def laid(m: int) -> np.ndarray:
        w = matrix(K, m, dtype).numpy()
        return np.ascontiguousarray(w.T) if turned else w

    arrays = [matrix(N, K, dtype).numpy(), *map(laid, widths)]
    result, graph, _ = record(whole, [ag.Tensor(a) for a in arrays])
    program = NativeProgram(graph)
    assert program.ready(wait=True) and not program.failed
    found = program.run(arrays)
    for native, y in zip(found, tree.flatten(result)[0], strict=True):
        top = np.abs(y.numpy()).max()
        np.testing.assert_allclose(native, y.numpy(), rtol=0, atol=CLOSE[dtype] * top)
