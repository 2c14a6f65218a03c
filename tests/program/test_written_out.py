"""Loops that gather over a few entries before the last axis, which are written out one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine import ops
from autograd_nn.engine.program.plan.loops import loop
from tests.program.test_tabled import in_parts, program_of

X = np.random.default_rng(0).normal(size=(5, 2, 3, 9)).astype("float32")
X[1, 0, 1, 2] = X[2, 1, 2, 3] = np.nan
X[3, :, :, 4] = -1e3
AXES = (1, 2)
GATHERED: dict[str, Any] = {
    "max": lambda x: ag.max(x, axis=AXES),
    "min, and what it is the least of": lambda x: (ag.min(y := x * 2.0, axis=AXES), y),
    "sums of several": lambda x: (ag.sum(x, axis=AXES), ag.sum(ag.absolute(x), axis=AXES)),
    "prod": lambda x: ag.prod(x, axis=1),
    "any": lambda x: ops.any(x > 1.0, axis=AXES),
    "all, and the truths": lambda x: (ops.all(y := x < 2.0, axis=AXES), y),
    "what stays": lambda x: ag.sum(x[0, 0] + x, axis=AXES),
    "rows of numbers": lambda x: ag.sum(x + x[:, :, :, :1], axis=AXES),
    "whole numbers": lambda x: ag.max(ag.astype(x > 0.5, dtype=np.int32) * 3, axis=2),
}


@pytest.mark.parametrize("name", GATHERED)
def test_they_gather_what_numpy_does(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "WORTH", 0)
    expected, program = program_of(GATHERED[name], [X])
    found = program.run([X])
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert any(getattr(s.kernel, "window", ()) for s in program.plan.steps)
    for many in (1, 3):
        for one, other in zip(in_parts(program, many), found, strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: ag.sum(x, axis=(2, 3)),  # the last axis is gathered over as well
        lambda x: (ag.sum(x, axis=AXES), ag.sum(x, axis=1)),  # not all of them gather alike
        lambda x: ag.sum(ag.reshape(x, shape=(1, 30, 9)), axis=1),  # too many entries
    ],
)
def test_others_are_walked(f: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "WORTH", 0)
    expected, program = program_of(f, [X])
    for a, b in zip(program.run([X]), expected, strict=False):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    gathering = [s.kernel for s in program.plan.steps if getattr(s.kernel, "reductions", ())]
    assert gathering and not all(kernel.window for kernel in gathering)
