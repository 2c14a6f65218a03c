"""Layers that are computed again on the way back: the same numbers, less kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine.transforms import checkpoint as module

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")


def made(scope: Any, wide: int = 5) -> Any:
    nn.set_random_seed(1)
    with scope:
        return nn.Sequential([
            nn.Input((3,)), nn.Dense(wide, activation="tanh", activity_regularizer="l2", name="a"),
            nn.layers.BatchNormalization(name="b"), nn.Dropout(0.3, name="c"),
            nn.Dense(1, name="d"),
        ])  # fmt: skip


SCOPES: list[tuple[dict[str, Any], str]] = [
    ({"mode": "full"}, "abcd"), ({"mode": "activations"}, "a"),
    ({"mode": "larger_than", "output_size_threshold": 39}, "abc"),
    ({"mode": "larger_than", "output_size_threshold": 40}, ""),
    ({"mode": "list_of_layers", "layer_names": ["b", "d"]}, "bd"), ({"mode": None}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("options", "covered"), SCOPES, ids=str)
@pytest.mark.parametrize("eagerly", [False, True])
def test_training_is_the_same(
    options: dict[str, Any], covered: str, eagerly: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    own = nn.RematScope.covers

    def covers(self: Any, layer: Any, inputs: Any) -> bool:
        found = own(self, layer, inputs)
        seen.extend([layer.name] * found)
        return found

    monkeypatch.setattr(nn.RematScope, "covers", covers)
    results = []
    for scope in (nn.RematScope(**options), nn.RematScope(None)):
        model = made(scope)
        model.compile(nn.SGD(0.1, momentum=0.9), "mse", run_eagerly=eagerly)
        model.fit(X, X[:, :1], epochs=3, batch_size=8, shuffle=False, verbose=0)
        results.append(model.get_weights())
    assert {name for name in seen if len(name) == 1} == set(covered)
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_a_covered_call_is_one_op_on_the_tape(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def noting(f: Any) -> Any:
        calls.append(f)
        return own(f)

    own = module.checkpoint
    monkeypatch.setattr(module, "checkpoint", noting)

    class Scaled(nn.Layer):
        def call(self, inputs: Any) -> Any:
            self.add_loss(inputs.sum() * 2.0)
            return nn.ops.exp(inputs) * inputs

    with nn.RematScope():
        layer = Scaled()
        with nn.RematScope(None):
            other = Scaled()
    x, y = nn.Variable(X), nn.Variable(X)
    (layer(x).sum() + layer.losses[0]).backward()
    (other(y).sum() + other.losses[0]).backward()
    assert len(calls) == 1
    np.testing.assert_allclose(x.grad, y.grad, rtol=1e-6)


def test_another_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="mode='some'; expected one of"):
        nn.RematScope("some")
