"""Attention natively, of several blocks of queries and keys: results and cotangents as eagerly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine import ops


@pytest.mark.parametrize(("causal", "masked", "groups"), [(True, False, 1), (True, True, 2)])
@pytest.mark.native
def test_blocks_agree_with_whole_matrices(causal: bool, masked: bool, groups: int) -> None:
    rng = np.random.default_rng(4)
    t, s, h = 200, 270, 2
    xs = [ag.Tensor(rng.normal(size=(2, n, m, 3))) for n, m in ((t, h), (s, groups), (s, groups))]
    u = ag.Tensor(rng.normal(size=(2, t, h, 3)))
    kept = rng.random((2, 1, t, s)) < 0.7
    kept[0, 0, 3] = False
    mask = ag.Tensor(kept) if masked else None

    def step(*xs: Any) -> Any:
        y = ops.attention(*xs, mask, causal=causal)
        found = ag.grad(lambda *xs: ops.sum(ops.attention(*xs, mask, causal=causal) * u), (0, 1, 2))
        return (y, *found(*xs))

    native = ag.jit(step)
    program = native.program(*xs)
    assert program.ready(wait=True) and "(2 native, 0 by Python)" in str(program)
    for a, b in zip(native(*xs), step(*xs), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-12 * np.abs(b.numpy()).max())
