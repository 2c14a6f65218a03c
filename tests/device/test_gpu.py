"""On a GPU, where there is one: the numbers of this processor, at full precision.

The models that ``benchmarks/devices.py`` times are tried here, too, on JAX's processor.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("jax")

import autograd_nn as ag  # noqa: E402
from autograd_nn.engine.program.target.xla.device import there  # noqa: E402
from benchmarks.devices import MODELS, ours, samples  # noqa: E402
from tests.device.models import small, states, trained  # noqa: E402

on_gpu = [pytest.mark.gpu, pytest.mark.skipif(not there("gpu"), reason="no GPU")]
PLACES = [pytest.param("xla", id="xla"), pytest.param("gpu", id="gpu", marks=on_gpu)]


def same(found: Any, told: Any, share: float) -> None:
    """Equal to a share of each array's largest entry."""
    for a, b in zip(states(found), states(told), strict=True):
        room = share * float(np.max(np.abs(b), initial=0.0))
        np.testing.assert_allclose(a, b, rtol=0, atol=max(room, share * 1e-2))


@pytest.mark.parametrize("device", PLACES)
@pytest.mark.parametrize("name", MODELS)
def test_windows_recurrence_and_attention(name: str, device: str) -> None:
    """In float64, three steps of SGD; the first of them runs op by op on both."""
    both = []
    for place in (device, "cpu"):
        model = ours(name, place, "float64", optimizer="sgd", deterministic=True,
                     run_eagerly=place == "cpu", check=False)  # fmt: skip
        x, y = samples(model, 12, "float64")
        model.fit(x, y, batch_size=4, verbose=0, shuffle=False)
        both.append(model)
    same(*both, share=1e-12)


@pytest.mark.parametrize("device", [pytest.param("gpu", marks=on_gpu)])
@pytest.mark.parametrize("name", MODELS)
def test_steps_in_single_precision(name: str, device: str) -> None:
    both = []
    for place in (device, "cpu"):
        model = ours(name, place, optimizer="sgd", deterministic=True)
        x, y = samples(model, 64, "float32")
        model.fit(x, y, batch_size=32, verbose=0, shuffle=False)
        both.append(model)
    same(*both, share=1e-5)


@pytest.mark.parametrize("device", [pytest.param("gpu", marks=on_gpu)])
def test_a_training(device: str) -> None:
    for one, two in (
        (small("cpu"), small(device)), (trained("cpu")[0], trained(device)[0])
    ):  # fmt: skip
        same(two, one, 1e-12)


@pytest.mark.parametrize("device", [pytest.param("gpu", marks=on_gpu)])
def test_products_at_full_precision(device: str) -> None:
    x = np.random.default_rng(0).normal(size=(256, 256)).astype("float32")
    f = ag.jit(lambda a: a @ a, device=device)
    f(ag.Tensor(x))
    told = x.astype("float64") @ x.astype("float64")
    np.testing.assert_allclose(f.wait()(ag.Tensor(x)).numpy(), told, atol=1e-4)
