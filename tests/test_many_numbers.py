"""Sums of very many numbers, whose errors may not grow as the numbers do; and counts of 16 bits."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn

MANY = 70000  # more than float16 holds


def natively(f, *xs):
    """What native code gives, and the ops one by one."""
    jitted = ag.jit(f)
    eager = jitted(*xs)
    jitted.wait()
    assert jitted.program(*xs).ready()
    return np.asarray(jitted(*xs)), np.asarray(eager)


@pytest.mark.parametrize("columns", [1, 20])
def test_products_of_great_depth_are_as_exact_as_their_parts(columns):
    # Each of the rows was rounded at the size of the sum so far, a thousandth of it in the end.
    x = np.random.default_rng(0).random((1_000_000, 1), dtype=np.float32)
    expected = float((x.astype(np.float64) ** 2).sum())
    wide = np.repeat(x, columns, axis=1)
    for y in natively(lambda a, b: a.T @ b, wide, wide):
        np.testing.assert_allclose(y, expected, rtol=5e-6)


HALVES = {
    "softmax": (lambda x: ag.softmax(x)[0], 1 / MANY),
    "log_softmax": (lambda x: ag.log_softmax(x)[0], -np.log(MANY)),
    "logsumexp": (ag.logsumexp, np.log(MANY) + 1),
    "cross_entropy": (lambda x: ag.softmax_cross_entropy(x, np.array(0)), np.log(MANY)),
    "norm": (ag.norm, np.sqrt(MANY)),
    "cumsum": (lambda x: ag.cumsum(x[:60000])[-1], 60000),
    "masked_mean": (lambda x: ag.masked_mean(x, x > 0), 1),
    "nanmean": (ag.nanmean, 1),
    "average_pool": (lambda x: ag.average_pool(x.reshape(1, -1, 1) * 300, 300)[0, 0, 0], 300),
    "normalize": (lambda x: nn.ops.normalize(x[:4] * 300)[0], 0.5),
    "scattered": (
        lambda x: ag.add_at(ag.zeros(2, x.dtype), np.zeros(60000, int), x[:60000])[0], 60000
    ),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", HALVES)
def test_what_adds_up_numbers_of_16_bits_adds_them_up_in_float32(name, dtype):
    if dtype == "bfloat16":
        pytest.importorskip("ml_dtypes")
    f, expected = HALVES[name]
    y = f(ag.ones(MANY, dtype))
    assert y.dtype == ag.as_dtype(dtype)
    np.testing.assert_allclose(float(y), expected, rtol=3e-3 if dtype == "float16" else 1e-2)


@pytest.mark.parametrize("weights", [None, np.ones(MANY, "float16")])
def test_metrics_of_numbers_of_16_bits_count_beyond_them(weights):
    mean, total = nn.metrics.Mean(), nn.metrics.Sum()
    for metric in (mean, total):
        metric.update_state(np.ones(MANY, "float16"), sample_weight=weights)
    assert float(mean.result()) == 1 and float(total.result()) == MANY
