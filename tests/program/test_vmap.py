"""Gradients of every sample run natively, and are those of the loop."""

from __future__ import annotations

import pytest

import autograd_nn as ag
from tests.test_vmap import FUNCTIONS, batch_of, loop, same


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_gradient_of_each_sample_runs_natively(name: str) -> None:
    f, samples = FUNCTIONS[name]
    xs = [batch_of(s) for s in samples]
    native = ag.jit(ag.vmap(ag.grad(f)))
    same(native(*xs), loop(ag.grad(f), *xs))
    native.wait()
    program = native.program(*xs)
    assert program.ready() and " 0 by Python" in str(program), str(program)
    again = [batch_of(s) for s in samples]
    same(native(*again), loop(ag.grad(f), *again), rtol=1e-8)
