"""Every op's batch rule gives what the op gives sample by sample."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine.graph import batch
from autograd_nn.engine.op import REGISTRY, Op
from tests.linear import CASES
from tests.strategies import Sample, samples

OPS = [pytest.param(op, id=name) for name, op in REGISTRY.items()]
N = 3


def subsets(sample: Sample) -> Iterator[tuple[int, ...]]:
    """Which operands are batched: every choice that there is."""
    arrays = [i for i, x in enumerate(sample.operands) if isinstance(x, np.ndarray)]
    return chain.from_iterable(combinations(arrays, k) for k in range(1, len(arrays) + 1))


def rows(x: np.ndarray, n: int, op: Op) -> np.ndarray:
    """Samples of an operand: the same entries in other places, so that each is as good a one.

    Matrices are stretched instead, so as to stay regular.
    """
    if op.name in CASES:
        return np.stack([x * (1 + k / 4) for k in range(max(n, 1))])[:n]
    return np.stack([np.roll(x.ravel(), k).reshape(x.shape) for k in range(max(n, 1))])[:n]


@pytest.mark.parametrize("op", OPS)
def test_a_batch_is_its_samples(op: Op) -> None:
    for sample in samples(op):
        for on in subsets(sample):
            given = [rows(x, N, op) if i in on else x for i, x in enumerate(sample.operands)]
            found = run(op, sample, given, on)
            for k in range(N):
                one = [ag.as_tensor(x[k]) if i in on else x for i, x in enumerate(given)]
                want = results(op.function(*one, **sample.params))
                tell = f"{sample}, batched: {on}"
                for y, w in zip(found, want, strict=True):
                    assert (y.dtype, y.shape[1:]) == (w.dtype, w.shape), tell
                    np.testing.assert_allclose(y[k], w, rtol=1e-12, atol=1e-13, err_msg=tell)


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("n", [0, 1])
def test_none_and_one_are_numbers_of_samples_too(op: Op, n: int) -> None:
    for sample in samples(op):
        for on in subsets(sample):
            given = [rows(x, n, op) if i in on else x for i, x in enumerate(sample.operands)]
            found = run(op, sample, given, on)
            want = results(op.function(*map(ag.as_tensor, sample.operands), **sample.params))
            for y, w in zip(found, want, strict=True):
                assert (y.dtype, y.shape) == (w.dtype, (n, *w.shape)), (sample, on)


def results(found: Any) -> list[Any]:
    return [*found] if isinstance(found, tuple) else [found]


def run(op: Op, sample: Sample, given: list[Any], on: tuple[int, ...]) -> list[Any]:
    axes = tuple(0 if i in on else None for i in range(len(given)))
    return results(ag.vmap(lambda *xs: op.function(*xs, **sample.params), axes)(*given))


def test_few_ops_run_sample_by_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    looped: set[str] = set()
    each = batch._each

    def noted(call: Any, *rest: Any) -> Any:
        looped.add(call.op.name)
        return each(call, *rest)

    monkeypatch.setattr(batch, "_each", noted)
    for op in REGISTRY.values():
        for sample in samples(op):
            for on in subsets(sample):
                given = [rows(x, 2, op) if i in on else x for i, x in enumerate(sample.operands)]
                run(op, sample, given, on)
    # distinct is in no record: a pass writes it into programs, whose samples are batched by then
    assert looped == {
        "random_bits",
        "random_unit",
        "searchsorted",
        "distinct",
        "binomial_quantile",
        "sparse_dot",
    }, (
        "the list only shrinks: give an op batch=, see engine/op.py and graph/batch.py"
    )
