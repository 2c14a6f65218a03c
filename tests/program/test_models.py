"""Models of every shape train natively, and as they do op by op."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine import ops
from autograd_nn.engine.errors import RecordWarning

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


class Stepped(nn.Model):
    """A step of its own: a loss of two parts, its gradients and metrics by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Dense(2, activation="tanh")
        self.seen = nn.metrics.Mean("seen")
        self.ran = 0

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data

        def objective(kernel: Any, bias: Any) -> Any:
            out = ops.tanh(x @ kernel + bias)
            return ops.mean(ops.square(out - y)) + 0.1 * ops.mean(ops.square(out))

        weights = self.trainable_weights
        loss, grads = ag.value_and_grad(objective, argnums=(0, 1))(*weights)
        self.optimizer.apply_gradients(zip(grads, weights, strict=True))
        self.seen.update_state(loss)
        return {"now": loss, "seen": self.seen.result()}


class Backward(Stepped):
    """The same by backward, with the gradients read where a comprehension is code of its own."""

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        out = self(x, training=True)
        loss = ops.mean(ops.square(out - y)) + 0.1 * ops.mean(ops.square(out))
        loss.backward()
        self.optimizer.apply_gradients([(w.grad, w) for w in self.trainable_weights])
        for w in self.trainable_weights:
            w.zero_grad()
        self.seen.update_state(loss)
        return {"now": loss, "seen": self.seen.result()}


class Looks(Stepped):
    def train_step(self, data: Any) -> dict[str, Any]:
        logs = super().train_step(data)
        return {"now": float(logs["now"]), "seen": logs["seen"]}


class Counts(Stepped):
    def train_step(self, data: Any) -> dict[str, Any]:
        self.ran += 1
        return super().train_step(data)


@pytest.mark.parametrize("make", [Stepped, Backward, Looks, Counts])
def test_a_step_of_ones_own_is_replayed_unless_it_looks_at_values(
    make: Callable[[], Stepped]
) -> None:
    ends = []
    start: Any = None
    for eager in (True, False):
        model = make()
        model.predict(A, verbose=0)
        start = start or model.get_weights()
        model.set_weights(start)
        model.compile("adam", run_eagerly=eager, deterministic=True)
        looks = make in (Looks, Counts) and not eager
        with pytest.warns(RecordWarning, match="op by op") if looks else nullcontext():
            logs = model.fit(A, P, epochs=3, batch_size=16, shuffle=False, verbose=0).history
        ends.append([*model.get_weights(), *logs.values()])
        assert any(s.programs for s in model._steppers.values()) == (
            make in (Stepped, Backward) and not eager
        )
        # Where bits are to be the same a trial, undone but for Python's own, goes ahead.
        assert make is not Counts or model.ran == 9 + (not eager)
    for one, other in zip(*ends, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=1e-6)


def test_weights_of_two_programs_are_assigned() -> None:
    """Programs of two sizes of batch share memory; an assigned weight parts them again."""
    ends = []
    for native in (False, True):
        model = nn.Sequential([nn.Input((3,)), nn.Dense(4, kernel_initializer="ones"), nn.Dense(2)])
        model.layers[1].set_weights([np.ones((4, 2)), np.zeros(2)])
        model.compile("sgd", "mse", jit_compile=native, deterministic=True)
        for size in (1, 4, 4):
            model.fit(A[:8], P[:8], batch_size=size, shuffle=False, verbose=0)
            if size == 4:
                model.weights[0].assign(ag.Tensor(model.weights[0].numpy() * 1.5))
        ends.append([*model.get_weights(), model.predict(A, verbose=0)])
    for eager, program in zip(*ends, strict=True):
        np.testing.assert_allclose(program, eager, rtol=1e-5, atol=1e-6)
