"""Several devices are as one: losses, draws, statistics and errors are those of the whole batch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

jax = pytest.importorskip("jax")

import autograd_nn as ag  # noqa: E402
from autograd_nn import nn  # noqa: E402
from autograd_nn.engine.errors import RangeError  # noqa: E402
from autograd_nn.engine.program.make import target  # noqa: E402
from tests.device.models import SIZE, X, Y, trained  # noqa: E402

if len(jax.local_devices()) < 8:
    pytest.skip("needs eight devices (see conftest.py)", allow_module_level=True)

RNG = np.random.default_rng(1)


def same(one: Any, two: Any) -> None:
    for a, b in zip(one[0].weights + one[0].optimizer.variables,
                    two[0].weights + two[0].optimizer.variables, strict=True):  # fmt: skip
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-12, atol=1e-13)
    for name, values in one[1].items():
        np.testing.assert_allclose(two[1][name], values, rtol=1e-12, err_msg=name)


@pytest.fixture(scope="module")
def alone() -> Any:
    return trained("cpu")


def test_eight_devices_are_as_one(alone: Any) -> None:
    found = trained("xla", 8)
    same(alone, found)
    np.testing.assert_allclose(
        found[0].predict(X, verbose=0), alone[0].predict(X, verbose=0), rtol=1e-11
    )
    (program,) = [p for s in found[0]._steppers.values() for k, p in s.programs.items()
                  if k[-1] == SIZE]  # fmt: skip
    text = next(iter(program._made.values())).result().as_text()
    assert "all-reduce" in text, "the rows are to be spread"


def test_a_distribution_is_where_models_are_compiled(alone: Any) -> None:
    names = nn.distribution.list_devices()
    assert names[:2] == ["xla:0", "xla:1"] and len(names) == len(jax.local_devices())
    with nn.distribution.DataParallel(devices=names[1:4]).scope():
        found = trained()
    assert nn.distribution.distribution() is None
    assert found[0]._placed[0] == ("xla:1", "xla:2", "xla:3")
    same(alone, found)


def test_old_names_lead_there(alone: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograd_nn.compat.tensorflow.elder.machine import Strategy

    monkeypatch.setenv("AUTOGRAD_NN_DEVICE", "xla")
    model = nn.Sequential([nn.Dense(1, input_dim=2)])
    nn.utils.multi_gpu_model(model, gpus=4).compile("sgd", "mse")
    assert model._placed == (None, 4)
    with pytest.raises(ValueError, match="from 2"):
        nn.utils.multi_gpu_model(model, gpus=1)
    strategy = Strategy(["/gpu:0", "/device:GPU:1"])
    assert strategy.num_replicas_in_sync == 2 and Strategy().num_replicas_in_sync == 1
    with strategy.scope(), pytest.raises(ValueError, match="received device='gpu:1'"):
        model = nn.Sequential([nn.Dense(1, input_dim=2)])
        model.compile("sgd", "mse")
    with Strategy().scope():
        model.compile("sgd", "mse")


def test_an_error_on_several_devices() -> None:
    bad = Y.copy()
    bad[50] = 7
    told = []
    for device, devices in (("cpu", None), ("xla", 8)):
        with pytest.raises((RangeError, ValueError)) as caught:
            trained(device, devices, bad)
        told.append(str(caught.value))
    assert told[0] == told[1]


def test_functions_on_several_devices() -> None:
    f = ag.jit(lambda x: ag.softmax(x @ x.T, axis=0), device=("xla:0", "xla:3"))
    x = ag.Tensor(RNG.normal(size=(5, 3)))
    told = f(x)
    f.wait()
    np.testing.assert_allclose(f(x).numpy(), told.numpy(), rtol=1e-13)


@pytest.mark.parametrize("device, devices", [
    ("xla", 0), ("xla", 2.0), ("xla", "some"), ("xla:1", 2), ("xla", 999),
    (("xla:0", "gpu:1"), None),
])  # fmt: skip
def test_devices_that_are_not_there(device: Any, devices: Any) -> None:
    with pytest.raises(ValueError, match="received device"):
        target(device, devices)


def test_a_mesh_of_two_axes_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one axis"):
        nn.distribution.DeviceMesh((4, 2), ["batch", "model"])
    with pytest.raises(ValueError, match="received 1 devices"):
        nn.distribution.DeviceMesh((2,), ["batch"], ["xla:0"])
