"""Loops that gather over their first axis: in parts, the same bits by any number of threads."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.engine import ops
from autograd_nn.engine.program.plan.loops.parts import LEAST, PARTS
from tests.program.test_tabled import in_parts, program_of

rng = np.random.default_rng(0)
TALL = rng.normal(size=(LEAST // 16 + 3, 4, 5))
GATHERED = {
    "sum": lambda x: ag.sum(ag.sin(x), axis=0),
    "rows of rows": lambda x: (ag.sum(x, axis=(0, 2)), x * 2.0),
    "all": lambda x: ag.mean(x * x),
    "largest": lambda x: (ag.max(x, axis=0), ag.min(x)),
    "prod": lambda x: ag.prod(1.0 + x * 1e-3, axis=0),
    "truths": lambda x: (ops.any(x > 3.0, axis=0), ops.all(x > -3.0, axis=(0, 1))),
    "moments": lambda x: (ag.sum(x, axis=0), ag.sum(x * x, axis=0), ag.sum(x, axis=(0, 1))),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", GATHERED)
def test_parts_are_joined_whoever_makes_them(name: str, dtype: str) -> None:
    x = TALL.astype(dtype)
    expected, program = program_of(GATHERED[name], [x])
    found = program.run([x])
    near = 1e-5 if dtype == "float32" else 1e-12
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=near, atol=near * np.sqrt(len(x)))
    cut = [s for s in program.plan.steps if s.loop is not None and s.loop.parted]
    assert cut and all(s.parts == PARTS for s in cut)
    for many in (1, 3, PARTS):
        for one, other in zip(in_parts(program, many), found, strict=True):
            np.testing.assert_array_equal(one, other)


def test_a_long_axis_that_is_kept_is_shared_itself() -> None:
    x = rng.normal(size=(8, LEAST))
    _, program = program_of(lambda x: ag.sum(x, axis=0), [x])
    assert not any(s.loop is not None and s.loop.parted for s in program.plan.steps)
