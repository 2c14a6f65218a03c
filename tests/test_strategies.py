"""The samples themselves: do they reach what the registry's tests say they cover?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd_nn.engine.op import REGISTRY, Op
from tests.numerical import derivative, gradient
from tests.strategies import (
    DOMAINS,
    LAYOUTS,
    NEVER_0D,
    NUMBER,
    broadcast_shapes,
    cases,
    fill,
    laid_out,
    op_samples,
    samples,
)

OPS = [pytest.param(op, id=name) for name, op in REGISTRY.items()]


def _arrays(op: Op) -> list[np.ndarray]:
    return [x for s in samples(op) for x in s.operands if isinstance(x, np.ndarray)]


@pytest.mark.parametrize("op", [p for p in OPS if p.values[0].kind != "random"])
def test_sizes_reached(op: Op) -> None:
    arrays = _arrays(op)
    assert any(not x.size for x in arrays)
    assert any(x.size == 1 and x.ndim for x in arrays)
    assert any(x.size > 2 for x in arrays)
    assert any(not x.ndim for x in arrays) or op.name in NEVER_0D


@pytest.mark.parametrize("op", [p for p in OPS if p.values[0].body and p.values[0].arity > 1])
def test_broadcasting_and_numbers_reached(op: Op) -> None:
    shapes = [tuple(np.shape(x) for x in s.operands) for s in samples(op)]
    assert any(len({*each}) > 1 for each in shapes)
    assert any(np.broadcast_shapes(*each) not in each for each in shapes) or op.name == "_clip"
    assert any(o is NUMBER for c in cases(op) for o in c.operands)


@pytest.mark.parametrize("op", [p for p in OPS if p.values[0].differentiable])
def test_both_signs_reached_unless_the_domain_forbids(op: Op) -> None:
    domains = DOMAINS.get(op.name, op.domain)
    for i in {i for s in samples(op) for i in s.smooth}:
        low, high = domains[min(i, len(domains) - 1)]
        entries = np.concatenate([s.operands[i].ravel() for s in samples(op) if i in s.smooth])
        assert (entries > 0).any() or high <= 0
        assert (entries < 0).any() or low >= 0


@pytest.mark.parametrize("op", [p for p in OPS if "f" not in p.values[0].takes])
def test_integer_ops_get_integers(op: Op) -> None:
    assert all(x.dtype == np.int64 for x in _arrays(op))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(), (1,), (0, 3), (2, 3), (2, 3, 4)])
def test_layouts_keep_the_entries(layout: str, shape: tuple[int, ...]) -> None:
    x = np.arange(np.prod(shape, dtype=int), dtype=float).reshape(shape)
    y = laid_out(x, layout)
    assert y.shape == x.shape and y.dtype == x.dtype and np.array_equal(x, y)
    assert not np.may_share_memory(x, y)


def test_layouts_are_what_their_names_say() -> None:
    x = np.arange(24.0).reshape(2, 3, 4)
    strides = {layout: laid_out(x, layout).strides for layout in LAYOUTS}
    assert strides["transposed"] == (8, 16, 48)
    assert all(s < 0 for s in strides["reversed"])
    assert strides["sliced"] == tuple(2 * s for s in strides["contiguous"])
    assert not laid_out(x, "read-only").flags.writeable
    assert laid_out(x, "contiguous").flags.writeable


@given(st.integers(0, 10**6), st.lists(st.integers(0, 4), max_size=2))
def test_fill_stays_in_the_domain_apart_from_ties_and_zero(seed: int, shape: list[int]) -> None:
    rng = np.random.default_rng(seed)
    spans = [(-2.0, 2.0), (0.2, 3.0), (-2.0, 2.0)]
    a, b, c = fill(rng, [tuple(shape)] * 3, spans)
    for x, (low, high) in zip((a, b, c), spans, strict=True):
        assert x.shape == tuple(shape)
        assert ((x >= low) & (x <= high)).all()
    assert (np.abs(a) >= 0.05).all()
    alike = np.sort(np.concatenate([a.ravel(), c.ravel()]))
    assert (np.diff(alike) > 0.02).all()


@given(st.data())
def test_broadcast_shapes_broadcast(data: st.DataObject) -> None:
    np.broadcast_shapes(*data.draw(broadcast_shapes(3)))


@given(op_samples())
def test_random_samples_can_be_called(drawn: tuple) -> None:
    op, sample = drawn
    found = op.function(*sample.operands, **sample.params)
    assert len(found if op.results > 1 else (found,)) == op.results


def test_differences_are_as_exact_as_they_say() -> None:
    x, t = np.array([0.3, 1.0, -2.0]), np.array([1.0, -0.5, 0.25])
    found = derivative(lambda x: [np.exp(x), np.sin(x)], [x], [t])
    assert np.allclose(found[0], np.exp(x) * t, rtol=1e-11, atol=0)
    assert np.allclose(found[1], np.cos(x) * t, rtol=1e-11, atol=0)
    assert np.allclose(gradient(lambda x: (x**3).sum(), x), 3 * x**2, rtol=1e-11, atol=0)
