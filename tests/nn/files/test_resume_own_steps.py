"""Training by a step of one's own goes on from a checkpoint as if nothing had been: bit for bit."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.errors import RecordWarning
from tests.nn.files.runs import SIZE, STEPS, X, Y


class Regression(nn.Model):
    """Gradients by a transform; its weights are made when it is first called."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.norm = nn.Dense(4, activation="tanh"), nn.BatchNormalization()
        self.drop, self.last = nn.Dropout(0.3), nn.Dense(1)

    def call(self, x: Any, training: bool = False) -> Any:
        return self.last(self.drop(self.norm(self.hidden(x), training=training), training=training))

    def loss_of(self, data: Any) -> Any:
        x, y = data
        return self.compute_loss(x=x, y=y, y_pred=self(x, training=True))

    def train_step(self, data: Any) -> dict[str, Any]:
        loss, grads = ag.value_and_grad(lambda ws: self.loss_of(data))(self.trainable_weights)
        self.optimizer.apply(grads, self.trainable_weights)
        return {"loss": loss}


class Leaving(Regression):
    """Gradients stay in the weights, so that no record holds: after some it runs op by op."""

    def train_step(self, data: Any) -> dict[str, Any]:
        for w in self.trainable_weights:
            w.grad = None
        loss = self.loss_of(data)
        loss.backward()
        self.optimizer.apply([w.grad for w in self.trainable_weights], self.trainable_weights)
        return {"loss": loss}


class Looking(Regression):
    """A value is looked at: it runs op by op from the first batch on."""

    def train_step(self, data: Any) -> dict[str, Any]:
        found = super().train_step(data)
        return found if float(found["loss"].detach()) > 0 else {"loss": 0.0}


class Adversaries(nn.Model):
    """Two nets and two optimizers, which nobody builds before the first step."""

    def __init__(self) -> None:
        super().__init__()
        self.maker = nn.Sequential([nn.Input((2,)), nn.Dense(4, activation="tanh"), nn.Dense(3)])
        self.judge = nn.Sequential([nn.Input((3,)), nn.Dense(4, activation="tanh"), nn.Dense(1)])
        self.makers, self.judges = nn.Adam(0.01), nn.Adam(0.02)
        self.mean = nn.metrics.Mean(name="made")

    def train_step(self, data: Any) -> dict[str, Any]:
        x = data[0] if isinstance(data, tuple) else data
        noise, cross = nn.random.normal((x.shape[0], 2)), nn.losses.BinaryCrossentropy(True)
        yes, no = np.ones((x.shape[0], 1), "f4"), np.zeros((x.shape[0], 1), "f4")

        def judged(ws: Any) -> Any:
            return cross(yes, self.judge(x)) + cross(no, self.judge(self.maker(noise)))

        told, grads = ag.value_and_grad(judged)(self.judge.trainable_weights)
        self.judges.apply(grads, self.judge.trainable_weights)
        made, grads = ag.value_and_grad(lambda ws: cross(yes, self.judge(self.maker(noise))))(
            self.maker.trainable_weights
        )
        self.makers.apply(grads, self.maker.trainable_weights)
        self.mean.update_state(made)
        return {"told": told, "made": self.mean.result()}


def _fitted(kind: type, seed: int, epochs: int, eager: bool = False, **given: Any) -> Any:
    ag.random.set_seed(seed)
    model = kind()
    model.compile("adam", None if kind is Adversaries else "mse", ["mae"] * (kind is Regression),
                  deterministic=True, run_eagerly=eager)  # fmt: skip
    data = (X,) if kind is Adversaries else (X, Y)
    if kind is Regression:
        given["validation_data"] = X[:8], Y[:8]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordWarning)  # of those that run op by op
        model.fit(*data, epochs=epochs, batch_size=SIZE, verbose=0, **given)
    return model


@pytest.mark.parametrize("eager", [False, True])
@pytest.mark.parametrize("kind", [Regression, Leaving, Looking, Adversaries])
def test_a_step_of_ones_own_goes_on_bit_for_bit(kind: type, eager: bool, tmp_path: Path) -> None:
    whole = _fitted(kind, 1, 5, eager)
    for freq in ("epoch", STEPS + 2):
        path = tmp_path / f"{freq}.agn"
        _fitted(kind, 1, 2, eager, callbacks=[nn.callbacks.ModelCheckpoint(path, save_freq=freq)])
        found = _fitted(kind, 2, 5, eager, resume=path)
        assert found.history.history == whole.history.history
        for a, b in zip(whole.variables, found.variables, strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_a_refused_checkpoint_leaves_what_the_step_would_have_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.agn"
    _fitted(Adversaries, 1, 1, callbacks=[nn.callbacks.ModelCheckpoint(path)])
    model = Adversaries()
    model.compile("adam", deterministic=True)
    before = [w.numpy() for w in model.weights]
    with pytest.raises(ValueError, match="8 samples"):
        model.fit(X[:8], batch_size=SIZE, verbose=0, resume=path)
    for w, array in zip(model.weights, before, strict=False):
        np.testing.assert_array_equal(w.numpy(), array)
