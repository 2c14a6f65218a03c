"""On a GPU, where there is one: the numbers of this processor, and products at full precision."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("jax")

import autograd_nn as ag  # noqa: E402
from autograd_nn.engine.program.target.xla.device import there  # noqa: E402
from tests.device.models import small, states, trained  # noqa: E402

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not there("gpu"), reason="no GPU")]


def test_a_training() -> None:
    for one, two in ((small("cpu"), small("gpu")), (trained("cpu")[0], trained("gpu")[0])):
        for a, b in zip(states(two), states(one), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


def test_products_at_full_precision() -> None:
    x = np.random.default_rng(0).normal(size=(256, 256)).astype("float32")
    f = ag.jit(lambda a: a @ a, device="gpu")
    f(ag.Tensor(x))
    told = x.astype("float64") @ x.astype("float64")
    np.testing.assert_allclose(f.wait()(ag.Tensor(x)).numpy(), told, atol=1e-4)
