"""Linear algebra on a device: what it cannot do is told in the op's own words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax")

import autograd_nn as ag  # noqa: E402

SINGULAR = np.array([[0.0, 0.0], [0.0, 2.0]])


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (ag.linalg.inv, "inv.*Singular"),
        (lambda x: ag.linalg.solve(x, np.ones(2)), "solve.*Singular"),
        (lambda x: ag.linalg.solve_triangular(x, np.ones(2)), "singular"),
        (lambda x: ag.linalg.cholesky(x - 1), "cholesky.*positive definite"),
    ],
)
def test_errors_are_the_op_s_own(f: Any, words: str) -> None:
    native = ag.jit(lambda x: f(x).sum(), device="xla")
    native.program(np.eye(2) * 3)
    assert np.isfinite(native(np.eye(2) * 3).item())
    with pytest.raises(np.linalg.LinAlgError, match=words):
        native(SINGULAR)
