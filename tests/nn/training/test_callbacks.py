"""Callbacks: every hook in its place, early stopping, schedules."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from tests.nn.training.classifier import X, Y, made


class Recorder(nn.Callback):
    """Writes down every hook that is called."""

    def __init__(self) -> None:
        self.calls: list[str] = []


def _noting(hook: str) -> Any:
    def method(self: Recorder, *args: Any) -> None:
        self.calls.append(f"{hook}:{args[0]}" if args and not isinstance(args[0], dict) else hook)

    return method


for _hook in nn.callbacks.HOOKS:
    setattr(Recorder, _hook, _noting(_hook))


@pytest.mark.parametrize("eager", [True, False])
def test_every_hook_in_its_place(eager: bool) -> None:
    seen = Recorder()
    model = made(eager=eager)
    x, y, held = X[:40], Y[:40], (X[:5], Y[:5])
    model.fit(x, y, batch_size=32, verbose=0, callbacks=[seen], validation_data=held)
    assert seen.model is model and seen.params["steps"] == 2
    assert seen.calls == [
        "on_train_begin", "on_epoch_begin:0", "on_train_batch_begin:0", "on_train_batch_end:0",
        "on_train_batch_begin:1", "on_train_batch_end:1", "on_test_begin", "on_test_batch_begin:0",
        "on_test_batch_end:0", "on_test_end", "on_epoch_end:0", "on_train_end",
    ]  # fmt: skip
    seen.calls.clear()
    model.predict(X[:3], verbose=0, callbacks=[seen])
    assert seen.calls == [
        "on_predict_begin", "on_predict_batch_begin:0", "on_predict_batch_end:0", "on_predict_end",
    ]  # fmt: skip


def test_batch_logs_and_stopping_inside_an_epoch() -> None:
    model, losses = made(), []

    def end(batch: int, logs: dict[str, float]) -> None:
        losses.append(logs["loss"])
        model.stop_training = batch == 1

    model.fit(X, Y, epochs=9, verbose=0, callbacks=[nn.LambdaCallback(on_train_batch_end=end)])
    assert len(losses) == 2 and int(model.optimizer.iterations) == 2


def test_early_stopping_and_the_best_weights() -> None:
    model = made()
    # Learning backwards: each epoch is worse than the one before.
    stop = nn.EarlyStopping("loss", patience=2, mode="max", restore_best_weights=True)
    weights = []
    keep = nn.LambdaCallback(on_epoch_end=lambda e, logs: weights.append(model.get_weights()))
    history = model.fit(X, Y, epochs=20, verbose=0, callbacks=[stop, keep])
    assert history.epoch == [0, 1, 2] and stop.stopped_epoch == 2 and stop.best_epoch == 0
    for a, b in zip(model.get_weights(), weights[0], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("values, options, epochs", [
    ([3, 2, 1, 1, 1, 1], {"patience": 2}, 5),
    ([3, 2, 1, 0.95, 0.9, 0.85], {"patience": 1, "min_delta": 0.5}, 4),
    ([1, 2, 2, 2, 2, 2], {"patience": 1, "start_from_epoch": 3}, 5),
    ([3, 2.9, 2.8, 2.7, 2.6, 2.5], {"patience": 2, "baseline": 1}, 6),
    ([3, 4, 2.8, 4, 2.6, 2.5], {"patience": 2, "baseline": 1}, 2),
    ([0.9, 0.95, 0.95, 0.95], {"patience": 2, "baseline": 1}, 3),
    ([0.1, 0.2, 0.1, 0.1, 0.1, 0.1], {"patience": 1, "monitor": "val_acc"}, 3),
])  # fmt: skip
def test_early_stopping_rules(values: list[float], options: Any, epochs: int) -> None:
    stop = nn.EarlyStopping(**{"monitor": "loss", **options})
    model = made()
    stop.set_model(model)
    stop.on_train_begin()
    done = 0
    for epoch, value in enumerate(values):
        if model.stop_training:
            break
        name = "val_accuracy" if "monitor" in options else "loss"
        stop.on_epoch_end(epoch, {name: value})
        done += 1
    assert done == epochs


def test_early_stopping_tells_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    for verbose, text in ((0, ""), (1, "Epoch 2: early stopping\nRestoring model weights")):
        stop = nn.EarlyStopping("loss", mode="max", verbose=verbose, restore_best_weights=True)
        made().fit(X, Y, epochs=5, verbose=0, callbacks=stop)
        out = capsys.readouterr().out
        assert out.startswith(text) and bool(out) == bool(verbose)
        assert not verbose or out.endswith("best epoch: 1.\n")


def test_early_stopping_warns_of_a_name_that_is_not_there() -> None:
    with pytest.warns(UserWarning, match="val_loss.*expected one of loss, accuracy"):
        made().fit(X, Y, verbose=0, callbacks=[nn.EarlyStopping()])


def test_learning_rate_scheduler_and_nan(capsys: pytest.CaptureFixture[str]) -> None:
    model = made()
    halve = nn.LearningRateScheduler(lambda epoch, rate: rate / 2)
    history = model.fit(X, Y, epochs=2, verbose=0, callbacks=[halve])
    assert history.history["learning_rate"] == [0.0005, 0.00025]
    halve.verbose = 1
    model.fit(X, Y, epochs=1, verbose=0, callbacks=[halve])
    assert "Epoch 1: LearningRateScheduler setting learning rate to 0.000125." in (
        capsys.readouterr().out
    )
    model = nn.Sequential([nn.Dense(1, input_dim=8)])
    model.compile(loss="mse", optimizer=nn.SGD(1e30), run_eagerly=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = model.fit(X, Y, epochs=50, verbose=0, callbacks=[nn.TerminateOnNaN()])
    assert len(history.epoch) < 5
