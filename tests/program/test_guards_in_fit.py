"""Python values that losses, metrics, layers and activations read are followed in fit, evaluate
and predict: what a callback changes counts from the next batch on, as it does eagerly."""

from __future__ import annotations

import gc
import warnings
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.errors import RecordWarning
from autograd_nn.nn import callbacks
from autograd_nn.nn.utils import set_random_seed

RNG = np.random.default_rng(4)
X = RNG.normal(size=(96, 5)).astype("float32")
Y = (X @ RNG.normal(size=5)).astype("float32")
SCALE = 1.0


class Schedule:
    """An annealed weight: a plain object, as people write them."""

    weight = 1.0


class Penalised(nn.Layer):
    """Adds its schedule's part of the input, and what the class says."""

    shift = 0.0

    def __init__(self, schedule: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.schedule = schedule

    def call(self, inputs: Any) -> Any:
        return inputs * self.schedule.weight + type(self).shift


def built(loss: Any = "mse", activation: Any = None, extra: Any = (), **compile_: Any) -> Any:
    model = nn.Sequential([nn.Dense(4, activation=activation, input_dim=5), *extra, nn.Dense(1)])
    model.compile(loss=loss, optimizer="sgd", **compile_)
    return model


def in_a_dictionary() -> tuple:
    box = {"w": 1.0}
    model = built(loss=lambda a, b: box["w"] * ag.mean(ag.square(a - b), axis=-1))
    return model, lambda v: box.__setitem__("w", v)


def in_a_cell() -> tuple:
    w = 1.0

    def change(v: float) -> None:
        nonlocal w
        w = v

    return built(loss=lambda a, b: w * ag.mean(ag.square(a - b), axis=-1)), change


def in_a_global() -> tuple:
    def change(v: float) -> None:
        global SCALE
        SCALE = v

    change(1.0)
    return built(activation=lambda x: ag.tanh(x) * SCALE), change


def in_a_plain_object_of_a_layer() -> tuple:
    schedule = Schedule()
    return built(extra=[Penalised(schedule)]), lambda v: setattr(schedule, "weight", v)


def in_the_class_of_a_layer() -> tuple:
    cls = type("Shifted", (Penalised,), {})
    return built(extra=[cls(Schedule())]), lambda v: setattr(cls, "shift", v)


def in_a_list_that_a_metric_reads() -> tuple:
    held = [1.0]

    def scaled(a: Any, b: Any) -> Any:
        return ag.mean(ag.absolute(a - b), axis=-1) * held[0]

    return built(metrics=[scaled]), lambda v: held.__setitem__(0, v)


def in_an_object_that_a_loss_holds() -> tuple:
    class Annealed(nn.losses.Loss):
        def __init__(self, schedule: Any) -> None:
            super().__init__()
            self.schedule = schedule

        def call(self, y_true: Any, y_pred: Any) -> Any:
            return ag.mean(ag.square(y_true - y_pred), axis=-1) * self.schedule.weight

    schedule = Schedule()
    return built(loss=Annealed(schedule)), lambda v: setattr(schedule, "weight", v)


def in_a_regularizers_closure() -> tuple:
    box = [0.1]
    model = nn.Sequential(
        [nn.Dense(1, input_dim=5, kernel_regularizer=lambda w: box[0] * ag.sum(ag.square(w)))]
    )
    model.compile(loss="mse", optimizer="sgd")
    return model, lambda v: box.__setitem__(0, v)


def in_a_method_replaced() -> tuple:
    cls = type("Own", (Penalised,), {})
    return built(extra=[cls(Schedule())]), lambda v: setattr(
        cls, "call", lambda self, inputs: inputs * v
    )


def in_a_model_of_ones_own() -> tuple:
    class Own(nn.Model):
        def __init__(self) -> None:
            super().__init__()
            self.dense, self.schedule = nn.Dense(1), Schedule()

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs) * self.schedule.weight

    model = Own()
    model.compile(loss="mse", optimizer="sgd")
    return model, lambda v: setattr(model.schedule, "weight", v)


PLACES = [
    in_a_dictionary, in_a_cell, in_a_global, in_a_plain_object_of_a_layer, in_the_class_of_a_layer,
    in_a_list_that_a_metric_reads, in_an_object_that_a_loss_holds, in_a_regularizers_closure,
    in_a_method_replaced, in_a_model_of_ones_own,
]  # fmt: skip


class Change(callbacks.Callback):
    """Changes the value now and then, and waits for the kernels at the first epoch's end."""

    def __init__(self, change: Callable[[float], None]) -> None:
        super().__init__()
        self.change = change

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        for stepper in self.model._steppers.values():
            for program in stepper.programs.values():
                program.ready(wait=True)
        self.change(1.0 + 0.5 * (epoch % 3))


class ChangeByBatch(Change):
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if batch % 4 == 2:
            self.change(1.0 + 0.25 * (batch % 8))


@pytest.mark.parametrize("hook", [Change, ChangeByBatch])
@pytest.mark.parametrize("place", PLACES)
def test_what_a_callback_changes_is_followed(place: Any, hook: Any) -> None:
    found = []
    for eagerly in (True, False):
        set_random_seed(3)
        model, change = place()
        model.run_eagerly = eagerly
        fit = {"epochs": 5, "batch_size": 16, "verbose": 0}
        history = model.fit(X, Y, callbacks=[hook(change)], validation_data=(X, Y), **fit)
        weights = [np.array(w) for w in model.weights]
        told = [model.evaluate(X, Y, verbose=0), model.predict(X, verbose=0)]
        change(7.0)
        told += [model.evaluate(X, Y, verbose=0), model.predict(X, verbose=0)]
        change(1.0)
        told += [model.evaluate(X, Y, verbose=0), model.predict(X, verbose=0)]
        found.append((history.history, weights, told))
        if not eagerly:
            assert any(s.programs for s in model._steppers.values()), "nothing was recorded"
    for a, b in zip(*found, strict=True):
        one, two = (list(v.values()) if isinstance(v, dict) else v for v in (a, b))
        for p, q in zip(one, two, strict=True):
            np.testing.assert_allclose(q, p, rtol=2e-4, atol=2e-6)


class Pair(NamedTuple):
    first: Any
    factor: float


def test_a_named_tuple_is_read_by_its_fields() -> None:
    class Paired(nn.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.pair = Pair(None, 2.0)

        def call(self, inputs: Any) -> Any:
            made = Pair(inputs * self.pair.factor, 3.0)
            return made.first * made.factor

    layer = Paired()
    model = built(extra=[layer])
    with warnings.catch_warnings():
        warnings.simplefilter("error", RecordWarning)
        model.fit(X, Y, epochs=2, verbose=0)
    for factor in (2.0, 4.0):
        layer.pair = Pair(None, factor)
        np.testing.assert_allclose(model.predict(X, verbose=0), model(X).numpy(), 1e-5, 1e-5)


def test_a_step_that_leaves_its_gradients_says_that_it_runs_op_by_op() -> None:
    class Zeroes(nn.Sequential):
        def train_step(self, data: Any) -> Any:
            x, y = data
            for w in self.trainable_weights:
                w.grad = None
            loss = ag.mean(ag.square(self(x)[:, 0] - y))
            loss.backward()
            self.optimizer.apply([w.grad for w in self.trainable_weights], self.trainable_weights)
            return {"loss": loss}

    model = Zeroes([nn.Input((5,)), nn.Dense(1)])
    model.compile("sgd", deterministic=True)  # its kernels are waited for
    with pytest.warns(ag.RecordWarning, match=r"Zeroes\.train_step runs op by op.*w\.grad = None"):
        model.fit(X, Y, batch_size=4, epochs=2, verbose=0)


def test_a_counter_that_a_loss_keeps_trains_op_by_op_and_says_so_once() -> None:
    n = 0

    def loss(a: Any, b: Any) -> Any:
        nonlocal n
        n += 1
        return ag.mean(ag.square(a - b), axis=-1) / n

    found = []
    for eagerly in (True, False):
        n = 0
        set_random_seed(3)
        model = built(loss=loss)
        model.run_eagerly = eagerly
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always", RecordWarning)
            history = model.fit(X, Y, epochs=6, batch_size=8, verbose=0)
        found.append(history.history["loss"])
        assert len(told) == (0 if eagerly else 1)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-5)


def test_a_loss_that_draws_by_numpy_is_not_frozen() -> None:
    rng, drawn = np.random.default_rng(4), []

    def loss(a: Any, b: Any) -> Any:
        drawn.append(rng.random())
        return ag.mean(ag.square(a - b), axis=-1) * drawn[-1]

    model = built(loss=loss)
    with pytest.warns(RecordWarning, match="fit"):
        model.fit(X, Y, epochs=3, batch_size=32, verbose=0)
    assert len(set(drawn)) == 9


def test_guards_keep_no_model_alive() -> None:
    model, change = in_a_plain_object_of_a_layer()
    model.fit(X, Y, epochs=2, verbose=0)
    box = {"model": model}
    f = ag.jit(lambda x: box["model"](x))
    for _ in range(4):
        f(ag.Tensor(X))
        f.wait()
    gone = [weakref.ref(o) for o in (model, model.layers[1], model.layers[1].schedule)]
    box["model"] = None
    del model, change
    gc.collect()
    assert [r() for r in gone] == [None] * 3
