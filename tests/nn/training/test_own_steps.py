"""Steps of one's own: train_step, test_step, compute_loss and metrics that a model overrides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn

RNG = np.random.default_rng(2)
X = RNG.normal(size=(32, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


class Own(nn.Sequential):
    def train_step(self, data: Any) -> dict[str, Any]:
        x, y, weight = nn.utils.unpack_x_y_sample_weight(data)
        y_pred = self(x, training=True)
        loss = self.compute_loss(x, y, y_pred, weight)
        for v in self.trainable_weights:
            v.zero_grad()
        loss.backward()
        self.optimizer.apply_gradients([(v.grad, v) for v in self.trainable_weights])
        return {"mine": loss, **self.compute_metrics(x, y, y_pred, weight)}


def test_a_train_step_of_ones_own_is_run() -> None:
    nn.set_random_seed(0)
    made = []
    for kind in (Own, nn.Sequential):
        model = kind([nn.Input((3,)), nn.Dense(1, kernel_initializer="ones")])
        model.compile(loss="mse", optimizer=nn.SGD(0.1), metrics=["mae"])
        made.append((model.fit(X, Y + 1, epochs=2, shuffle=False, verbose=0).history, model))
    (ours, a), (theirs, b) = made
    assert "mine" in ours and ours["mae"] == pytest.approx(theirs["mae"], rel=1e-5)
    np.testing.assert_allclose(a.get_weights()[0], b.get_weights()[0], rtol=1e-5)


def test_super_train_step_and_test_step() -> None:
    class Counts(nn.Sequential):
        trained = tested = 0

        def train_step(self, data: Any) -> dict[str, Any]:
            self.trained += 1
            return super().train_step(data)

        def test_step(self, data: Any) -> dict[str, Any]:
            self.tested += 1
            return {**super().test_step(data), "extra": 5.0}

        def predict_step(self, data: Any) -> Any:
            return super().predict_step(data) * 0 + 7.0

    model = Counts([nn.Input((3,)), nn.Dense(1)])
    model.compile(loss="mse", optimizer="sgd", metrics=["mae"])
    history = model.fit(X, Y, batch_size=8, validation_data=(X, Y), verbose=0).history
    assert (model.trained, model.tested) == (4, 4)
    assert history["val_extra"] == [5.0] and set(history) >= {"loss", "mae", "val_loss"}
    assert (model.predict(X, verbose=0) == 7.0).all()


@pytest.mark.parametrize("eager", [True, False])
def test_a_loss_that_the_model_computes(eager: bool) -> None:
    class Auto(nn.Sequential):
        def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None,
                         sample_weight: Any = None) -> Any:  # fmt: skip
            return ag.mean(ag.square(y_pred - 3.0))

    model = Auto([nn.Input((3,)), nn.Dense(1, kernel_initializer="zeros")])
    model.compile(optimizer=nn.SGD(0.5), run_eagerly=eager)
    history = model.fit(X, Y, epochs=3, verbose=0).history["loss"]
    assert history[0] == pytest.approx(9.0) and history[-1] < history[0] / 5


def test_a_step_without_targets() -> None:
    class Auto(nn.Sequential):
        def train_step(self, data: Any) -> dict[str, Any]:
            assert isinstance(data, ag.Tensor)
            return {"size": data.shape[0]}

    model = Auto([nn.Input((3,)), nn.Dense(3)])
    model.compile()
    assert model.fit(X, verbose=0).history == {"size": [32.0]}


def test_a_step_that_returns_no_logs_is_an_error() -> None:
    class Bare(nn.Sequential):
        def train_step(self, data: Any) -> Any:
            return 3.0

    model = Bare([nn.Input((3,)), nn.Dense(1)])
    model.compile(loss="mse")
    with pytest.raises(TypeError, match="expected a dict of logs"):
        model.fit(X, Y, verbose=0)


@pytest.mark.parametrize("eager", [True, False])
def test_metrics_held_as_attributes_are_reset_and_reported(eager: bool) -> None:
    class Watched(nn.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense = nn.Dense(1)
            self.size = nn.metrics.Mean("size")

        def call(self, inputs: Any) -> Any:
            self.size.update_state(ag.mean(ag.absolute(inputs)))
            return self.dense(inputs)

    model = Watched()
    model.compile(loss="mse", optimizer="sgd", metrics=["mae"], run_eagerly=eager)
    history = model.fit(X, Y, batch_size=32, epochs=3, verbose=0).history
    assert model.metrics_names == ["loss", "mae", "size"]
    np.testing.assert_allclose(history["size"], np.abs(X).mean(), rtol=1e-5)


def test_a_model_inside_another_keeps_what_it_was_compiled_with() -> None:
    inner = nn.Sequential([nn.Input((3,)), nn.Dense(1)])
    inner.compile(loss="mse", optimizer="sgd", metrics=["mae"])
    outer = nn.Sequential([nn.Input((3,)), nn.Dense(3), inner])
    outer.compile(loss="mse", optimizer="sgd")
    assert outer.metrics_names == ["loss"] and isinstance(outer.train_on_batch(X, Y), float)
    assert inner.metrics_names == ["loss", "mae"]
    inner.trainable = False
    kept = inner.get_weights()
    outer.fit(X, Y, verbose=0)
    for a, b in zip(kept, inner.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_compute_metrics_of_ones_own_is_called() -> None:
    class Told(nn.Sequential):
        def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            return {**super().compute_metrics(x, y, y_pred, sample_weight), "most": ag.max(y_pred)}

    model = Told([nn.Input((3,)), nn.Dense(1, kernel_initializer="ones")])
    model.compile(loss="mse", optimizer=nn.SGD(0.0), metrics=["mae"])
    history = model.fit(X, Y, batch_size=len(X), verbose=0).history
    assert set(history) == {"loss", "mae", "most"}
    assert history["most"][0] == pytest.approx(float(X.sum(1).max()), rel=1e-5)
    plain = model.evaluate(X, Y, batch_size=len(X), verbose=0, return_dict=True)
    assert plain["mae"] == pytest.approx(history["mae"][0], rel=1e-6)


def test_names_of_ones_own_are_not_ours() -> None:
    """What a user calls a method or an attribute, training does not."""

    class Named(nn.Model):
        deterministic = "mine"
        check_finite = "mine"

        def __init__(self) -> None:
            super().__init__()
            self.dense, self.watched = nn.Dense(1), "mine"

        def objective(self) -> str:
            return "mine"

        output_ends = settled_ends = ready_for = metrics_needed = overridden = objective

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs)

    model = Named()
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(X, Y, verbose=0)
    model.predict(X, verbose=0)
    assert model.objective() == model.overridden() == model.watched == "mine"
    assert model.deterministic == model.check_finite == "mine"


def test_a_model_without_a_call_or_targets_whose_step_uses_the_compiled_loss() -> None:
    class Mirror(nn.Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Sequential([nn.Input((3,)), nn.Dense(3)])

        def train_step(self, x: Any) -> dict[str, Any]:
            loss = self.loss(x, self.inner(x))
            for v in self.inner.trainable_weights:
                v.zero_grad()
            loss.backward()
            self.optimizer.apply([v.grad for v in self.inner.trainable_weights],
                                 self.inner.trainable_weights)
            return {"loss": loss}

    model = Mirror()
    model.compile(nn.Adam(0.1), loss=nn.losses.MeanSquaredError())
    losses = model.fit(X, epochs=5, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 2


@pytest.mark.parametrize("eagerly", [True, False])
def test_batches_of_a_step_of_ones_own_have_whatever_parts(eagerly: bool) -> None:
    """Three pictures, as for triplets: the third is no weight, nor the first what call takes."""
    inner = nn.Sequential([nn.Input((2,)), nn.Dense(3)])

    class Triplets(nn.Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner, self.seen = inner, nn.metrics.Mean("loss")

        def call(self, inputs: Any) -> Any:
            a, b, c = map(self.inner, inputs)
            return ((a - b) ** 2 - (a - c) ** 2).sum(axis=-1)

        def train_step(self, data: Any) -> dict[str, Any]:
            ws = self.trainable_weights
            value, slopes = ag.value_and_grad(lambda ws: self(data).mean())(ws)
            self.optimizer.apply_gradients(zip(slopes, ws, strict=True))
            return self.test_step(data)

        def test_step(self, data: Any) -> dict[str, Any]:
            self.seen.update_state(self(data))
            return {"loss": self.seen.result()}

    batches = [tuple(RNG.normal(size=(3, 4, 2)).astype("float32")) for _ in range(3)]
    model = Triplets()
    model.compile("sgd", run_eagerly=eagerly)
    history = model.fit(iter(batches), validation_data=iter(batches), verbose=0).history
    assert np.isfinite(history["loss"] + history["val_loss"]).all()


def test_a_call_may_be_right_for_its_own_batch_alone() -> None:
    class OfFive(nn.Model):
        def __init__(self) -> None:
            super().__init__()
            self.cell, self.last = nn.layers.LSTMCell(3), nn.Dense(1)

        def call(self, x: Any) -> Any:
            states = self.cell.get_initial_state(batch_size=5)
            for t in range(2):
                y, states = self.cell(x[:, t], states)
            return self.last(y)

    model = OfFive()
    assert model(np.ones((5, 2, 4), "float32")).shape == (5, 1)
    assert len(model.trainable_variables) == 5
    with pytest.raises(ag.ShapeError, match=r"\(2, 12\)"):
        OfFive()(np.ones((2, 2, 4), "float32"))
    with pytest.raises(ag.ShapeError):
        OfFive().build((None, 2, 4))
