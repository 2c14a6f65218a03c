"""Every metric's update runs natively, in one program, and leaves the state that eager ones do."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd_nn as ag
from tests.nn.scores.test_metrics import CASES, N


def test_all_run_natively_as_op_by_op() -> None:
    w = np.linspace(0.5, 2, N)
    told, found = ([k(**o) for k, (o, *_) in CASES.items()] for _ in range(2))
    given = [(y, p) for _, y, p, _ in CASES.values()]

    @ag.jit
    def update(pairs: Any, w: Any) -> None:
        for metric, (y, p) in zip(found, pairs, strict=True):
            metric.update_state(y, p, w)

    for _ in range(3):
        for metric, (y, p) in zip(told, given, strict=True):
            metric.update_state(y, p, w)
        update(given, w)
        update.wait()
    program = update.program(given, w)
    assert program.ready(wait=True) and not program.failed
    for a, b in zip(told, found, strict=True):
        assert len(a.variables) == len(b.variables) > 0
        for v, u in zip(a.variables, b.variables, strict=True):
            np.testing.assert_allclose(u, v, rtol=1e-12, atol=1e-12, err_msg=a.name)
