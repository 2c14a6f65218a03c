"""Models of every shape train natively, and as they do op by op."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine import ops

rng = np.random.default_rng(3)
A, B = rng.normal(size=(40, 3)).astype("float32"), rng.normal(size=(40, 2)).astype("float32")
P = rng.normal(size=(40, 2)).astype("float32")
Q = (rng.random((40, 1)) > 0.3).astype("float32")


def functional() -> nn.Model:
    """Two inputs, two outputs, a shared layer and a nested model."""
    a, b = nn.Input((3,), name="a"), nn.Input((2,), name="b")
    inner = nn.Sequential([nn.Input((4,)), nn.Dense(4, activation="tanh")])
    shared = nn.Dense(4)
    h = inner(shared(a)) + shared(ops.concatenate([b, b[:, :1]], axis=1))
    return nn.Model([a, b], {"p": nn.Dense(2)(h), "q": nn.Dense(1, "sigmoid")(h)})


class Own(nn.Model):
    """The like in a call, with a loss of its own and a penalty of a result."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Dense(4, activation="tanh", activity_regularizer="l2")
        self.p, self.q = nn.Dense(2), nn.Dense(1, activation="sigmoid")

    def call(self, inputs: Any) -> Any:
        h = self.hidden(ops.concatenate([inputs["a"], inputs["b"]], axis=1))
        self.add_loss(ops.mean(ops.square(h)))
        return {"p": self.p(h), "q": self.q(h)}


@pytest.mark.parametrize("make", [functional, Own])
def test_natively_as_op_by_op(make: Callable[[], nn.Model]) -> None:
    x = {"a": A, "b": B}
    ends = []
    start: Any = None
    for native in (False, True):
        model = make()
        model.predict(x, verbose=0)  # which builds it
        start = start or model.get_weights()
        model.set_weights(start)
        model.compile("adam", {"p": "mse", "q": "mae"}, metrics={"q": ["mse"]},
                      jit_compile=native, deterministic=True)  # fmt: skip
        logs = model.fit(x, {"p": P, "q": Q}, epochs=3, batch_size=16, shuffle=False, verbose=0,
                         sample_weight={"q": np.arange(40.0)}).history  # fmt: skip
        ends.append([*model.get_weights(), *model.predict(x, verbose=0).values(), *logs.values()])
        assert any(s.programs for s in model._steppers.values()) == native
    for eager, program in zip(*ends, strict=True):
        np.testing.assert_allclose(program, eager, rtol=2e-5, atol=1e-6)
