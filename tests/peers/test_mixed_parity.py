"""Half precision beside Keras on the same weights and batches, within float16's rounding."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from autograd_nn import nn  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]


def net(k: Any, policy: str, *, last: str | None) -> Any:
    return k.Sequential([
        k.layers.Input((6,)), k.layers.Dense(16, activation="relu", dtype=policy),
        k.layers.BatchNormalization(dtype=policy), k.layers.LayerNormalization(dtype=policy),
        k.layers.Dense(3, activation=last, dtype=policy),
    ])  # fmt: skip


def trained(seed: int, policy: str, last: str | None, scale: float, growth: int) -> Any:
    """Both models after 16 steps, their scales and the number of updates after each."""
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(64, 6)).astype("float32"), rng.integers(0, 3, 64)
    models = theirs, ours = net(keras, policy, last=last), net(nn, policy, last=last)
    ours.set_weights(theirs.get_weights())
    told: list[list[tuple]] = [[], []]
    for model, k, seen in zip(models, (keras, nn), told, strict=True):
        loss = k.losses.SparseCategoricalCrossentropy(from_logits=last is None)
        inner = k.optimizers.SGD(0.1)
        model.compile(k.optimizers.LossScaleOptimizer(inner, scale, growth), loss)
        for step in range(16):
            rows = np.arange(step * 16, step * 16 + 16) % 64
            model.train_on_batch(x[rows], y[rows])
            o = model.optimizer
            seen.append((float(o.dynamic_scale), int(o.step_counter), int(o.iterations)))
    return theirs, ours, *told


@pytest.mark.parametrize("policy", ["mixed_float16", "float16"])
def test_layers_round_as_those_of_keras(policy: str) -> None:
    x = np.random.default_rng(0).normal(size=(64, 6)).astype("float32")
    theirs, ours = (net(k, policy, last="softmax") for k in (keras, nn))
    ours.set_weights(theirs.get_weights())
    a, b = (np.asarray(m(x), "float32") for m in (theirs, ours))
    np.testing.assert_allclose(a, b, atol=2.0**-10)  # a unit in the last place of 1
    assert [v.dtype for v in theirs.get_weights()] == [v.dtype for v in ours.get_weights()]


@pytest.mark.parametrize("seed", [0, 2])
@pytest.mark.parametrize(("scale", "growth"), [(2.0**15, 2000), (2.0**24, 4)])
def test_the_loss_scale_goes_as_that_of_keras(seed: int, scale: float, growth: int) -> None:
    theirs, ours, a, b = trained(seed, "mixed_float16", None, scale, growth)
    assert a == b  # halved where a gradient overflows, and that step left out; doubled at times
    for v, w in zip(theirs.get_weights(), ours.get_weights(), strict=True):
        np.testing.assert_allclose(v, w, atol=5e-3)


def test_shares_overflow_later_than_those_of_keras() -> None:
    """Keras's derivative of -ln p is 1/p times the scale, beyond float16 where p is small; that of
    the logits here is not, so that no step is lost which Keras leaves out.
    """
    _, _, a, b = trained(0, "mixed_float16", "softmax", 2.0**15, 2000)
    assert a[-1][0] < b[-1][0] == 2.0**15
    assert a[-1][2] < b[-1][2] == 16
