"""What a user computes of windows runs as pooling does, over vectors of channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.graph.record import record
from autograd_nn.engine.program.lower import lowering_of
from autograd_nn.engine.program.passes.expand import expand
from autograd_nn.engine.program.passes.simplify import simplify
from autograd_nn.engine.program.passes.turned import turned
from autograd_nn.engine.program.plan.build import build
from tests.program.compare import interpret

rng = np.random.default_rng(0)
X = rng.normal(size=(2, 7, 6, 5))
EACH, ENTRIES = rng.normal(size=(5, 3, 2)), rng.normal(size=(3, 2))


def shown(x: Any, **how: Any) -> Any:
    return ag.windows(x, (3, 2), axis=(1, 2), **how)


def grown(x: Any, w: Any) -> Any:
    return ag.max(shown(x) + w, axis=(-2, -1))


FUNCTIONS: dict[str, tuple[Callable[..., Any], Any]] = {
    "dilation": (grown, EACH),
    "one weight an entry": (grown, ENTRIES),
    "erosion, windows apart": (
        lambda x, w: ag.min(shown(x, stride=2) - w, axis=(4, 5), keepdims=True), EACH,
    ),
    "sums over a part": (lambda x, w: ag.sum(ag.exp(shown(x)) * w, axis=(0, 4)), EACH),
    "the entries themselves": (lambda x, w: (shown(x) * w, ag.sum(shown(x), axis=3)), EACH),
    "spread": (
        lambda x, w: ag.var(shown(x), axis=(4, 5)) + ag.sum(w), EACH,
    ),
    "shares": (
        lambda x, w: ag.sum(ag.softmax(shown(x), axis=-1) * w, axis=(4, 5)), EACH,
    ),
    "one axis": (lambda x, w: ag.prod(ag.windows(x, 3, axis=1), axis=-1) * ag.sum(w), EACH),
    "windows of channels": (
        lambda x, w: ag.max(ag.windows(x, 2, axis=3), axis=-1) * ag.sum(w), EACH,
    ),
    "sorted": (lambda x, w: ag.sort(shown(x) + w, axis=-1), EACH),
}  # fmt: skip


def graph_of(f: Callable[..., Any], *arrays: np.ndarray) -> Any:
    return simplify(expand(record(f, [ag.Tensor(a) for a in arrays])[1]))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_turned_graphs_give_the_same(name: str) -> None:
    f, w = FUNCTIONS[name]

    def total(x: Any, w: Any) -> Any:
        y = f(x, w)
        return sum(ag.sum(ag.sin(v)) for v in (y if isinstance(y, tuple) else (y,)))

    for g in (f, ag.value_and_grad(total, argnums=(0, 1))):
        graph = graph_of(g, X, w)
        contents = dict(zip([v.index for v in graph.inputs], (X, w), strict=True))
        told = interpret(graph, contents, None)[0]
        other = turned(graph)
        assert (other is graph) == (name == "windows of channels")
        found = interpret(other, contents, None)[0]
        for a, b in zip(found, told, strict=True):
            assert a.shape == b.shape
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def loops(f: Callable[..., Any], *arrays: np.ndarray) -> list[Any]:
    return [s.loop for s in build(graph_of(f, *arrays), lowering_of).steps if s.loop is not None]


def test_a_maximum_of_sums_has_the_loops_of_pooling() -> None:
    x, w = np.zeros((4, 20, 20, 16), "float32"), np.zeros((16, 3, 2), "float32")
    ours = loops(grown, x, w)[-1]
    pooling = loops(lambda x: ag.max_pool(x, (3, 2), strides=1), x)[-1]
    assert ours.sizes == pooling.sizes
    assert list(ours.window()) == list(pooling.window()) != []
    assert all(s[-1] == 1 for s in ours.strides), "vectors of channels, of the weights too"
    back = loops(ag.grad(lambda x, w: ag.sum(grown(x, w) ** 2)), x, w)
    assert all(m.strides[k][-1] < 2 for m in back[1:] for k in range(len(m.strides)))


def test_a_program_agrees() -> None:
    x, w = X.astype("float32"), EACH.astype("float32")
    program = ag.jit(grown).program(x, w)
    assert program.ready(wait=True) and not program.failed
    np.testing.assert_array_equal(program.run([x, w])[0], grown(x, w).array)
