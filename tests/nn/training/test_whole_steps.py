"""Signal handlers that raise in the middle of a step leave the model in the state of a whole one.

AUTOGRAD_NN_TEST_SIGNALS is how many signals are sent (12 by default).
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine import forks
from autograd_nn.engine.mode import mode
from autograd_nn.engine.whole import whole
from autograd_nn.nn.kept import passed

COUNT = int(os.environ.get("AUTOGRAD_NN_TEST_SIGNALS", "12"))
X = np.random.default_rng(0).normal(size=(96, 6))
Y = (X[:, :1] > 0).astype("float64")
needs_timer = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer here")


class Raised(BaseException):
    """What the handler raises; nothing catches it by accident."""


class Normalized(nn.Layer):
    """A layer of a user's, with states of its own that each step assigns."""

    def build(self, input_shape: Any) -> None:
        n = input_shape[-1]
        self.mean = self.add_weight((n,), "zeros", trainable=False, name="mean")
        self.steps = self.add_weight((), "zeros", trainable=False, name="steps")

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        if training:
            with ag.no_grad():
                self.mean.assign(0.9 * self.mean + 0.1 * ag.mean(inputs, axis=0))
                self.steps.assign(self.steps + 1)
        return inputs - self.mean


def made(optimizer: Any, **options: Any) -> nn.Sequential:
    ag.random.set_seed(5)
    model = nn.Sequential(
        [nn.Input((6,), dtype="float64"), Normalized(dtype="float64"),
         nn.Dense(5, activation="tanh", dtype="float64"), nn.Dropout(0.2, dtype="float64"),
         nn.Dense(1, activation="sigmoid", dtype="float64")]
    )  # fmt: skip
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"], **options)
    return model


def state(model: nn.Sequential) -> list[np.ndarray]:
    tensors = [*model.weights, *model.optimizer.variables]
    tensors += [v for m in model.metrics for v in m.variables]
    return [np.array(t.array) for t in tensors]


def history(optimizer: Any, steps: int) -> list[list[np.ndarray]]:
    """The state before the first step, and after each."""
    model = made(optimizer, jit_compile=False)
    found = []

    class Note(nn.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            found.append(state(model))

    model.fit(X, Y, batch_size=16, epochs=-(-steps // 6), shuffle=False, verbose=0,
              callbacks=[Note()])  # fmt: skip
    return found


@pytest.fixture
def alarm() -> Iterator[None]:
    def handler(*_: Any) -> None:
        raise Raised

    before = signal.signal(signal.SIGALRM, handler)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def interrupted(model: nn.Sequential, after: float, epochs: int) -> None:
    try:
        signal.setitimer(signal.ITIMER_REAL, after)
        model.fit(X, Y, batch_size=16, epochs=epochs, shuffle=False, verbose=0)
    except Raised:
        return
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@needs_timer
@pytest.mark.filterwarnings("ignore:(?s).*gc_callback")  # of Hypothesis: a raise in it is lost
@pytest.mark.parametrize("optimizer", ["adam", "sgd_of_ones_own"])
def test_a_raising_handler_leaves_a_whole_step(optimizer: str, alarm: None) -> None:
    """Anywhere in an eager fit: weights, slots, a layer's states and the counter agree."""

    class Own(nn.optimizers.SGD):
        def update(self, *args: Any) -> Any:  # an update that is not known to be entry by entry
            return super().update(*args)

    kind = "adam" if optimizer == "adam" else Own
    new = (lambda: Own(0.1, momentum=0.9)) if kind is Own else (lambda: "adam")
    began = time.perf_counter()
    told = history(new(), 60)
    usual = time.perf_counter() - began  # so that signals come in the middle on a busy machine too
    chance = random.Random(3)
    n = 0
    for _ in range(COUNT // 2):
        model = made(new(), jit_compile=False)
        interrupted(model, usual * chance.uniform(0.1, 0.9), 10)
        steps = int(model.optimizer.iterations)
        if not steps or steps > len(told):
            continue
        n += 1
        found = state(model)
        for k, (a, b) in enumerate(zip(found[: -2 * 2], told[steps - 1][: -2 * 2], strict=True)):
            np.testing.assert_array_equal(a, b, err_msg=f"{k} after {steps} steps")
        losses, count, _, seen = found[-4:]
        assert count == seen, f"metrics of different steps: {found[-4:]}"
        assert model.history is None or len(model.history.epoch) == len(
            model.history.history.get("loss", [])
        )
        model.fit(X, Y, batch_size=16, epochs=1, verbose=0)  # and it goes on
        assert int(model.optimizer.iterations) == steps + 6
    assert n


def test_every_moment_of_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception between any two lines of Python: all of the step's assignments, or none."""
    model = made("adam", jit_compile=False)
    model.train_on_batch(X[:16], Y[:16])
    moments = 0
    while True:
        before = state(model)
        left = moments

        def trace(frame: Any, event: str, arg: Any) -> Any:
            nonlocal left
            if event != "line":
                return trace
            left -= 1
            if left < 0 and "autograd_nn" in frame.f_code.co_filename:
                raise Raised
            return trace

        stepped = int(model.optimizer.iterations)
        try:
            sys.settrace(trace)
            model.optimizer.apply([ag.ones_like(w) for w in model.trainable_weights],
                                  model.trainable_weights)  # fmt: skip
        except Raised:
            pass
        else:
            break
        finally:
            sys.settrace(None)
        same = [np.array_equal(a, b) for a, b in zip(before, state(model), strict=True)]
        changed = int(model.optimizer.iterations) - stepped
        k = len(model.weights)
        weights = [s for s, w in zip(same[:k], model.weights, strict=True) if w.trainable]
        assert all(weights) == (not changed) and any(weights) == (not changed), moments
        assert mode.taping and passed.containers is None, moments
        moments += 7
    assert moments > 50


def test_a_step_within_a_step_is_part_of_it() -> None:
    a, b = ag.Tensor([1.0]), ag.Tensor([2.0])

    def outer() -> None:
        whole(a.assign, [5.0])
        b.assign([6.0])
        b.assign([7.0])
        raise ValueError

    with pytest.raises(ValueError):
        whole(outer)
    assert float(a[0]) == 1 and float(b[0]) == 2
    whole(a.assign, [5.0])
    assert float(a[0]) == 5


def test_an_error_in_a_step_changes_nothing() -> None:
    """Siblings of a signal: a metric that fails after the weights were assigned."""

    def broken(y_true: Any, y_pred: Any) -> Any:
        raise OSError("no metric")

    model = made("adam", jit_compile=False)
    model.build((None, 6))
    model.compile("adam", "binary_crossentropy", metrics=[broken], jit_compile=False)
    before = model.get_weights()
    with pytest.raises(OSError, match="no metric"):
        model.fit(X, Y, verbose=0)
    for p, q in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(p, q)
    assert int(model.optimizer.iterations) == 0


def test_what_a_fork_knows_goes_without_a_line_of_python() -> None:
    """For a handler could raise there, and Python drops what is raised in a callback."""
    generator, known = ag.random.Generator(0), len(forks._guarded)
    ran: list[str] = []

    def note(frame: Any, event: str, _: Any) -> None:
        if event == "call":
            ran.append(frame.f_code.co_qualname)

    before = sys.getprofile()
    sys.setprofile(note)
    del generator
    sys.setprofile(before)
    assert not ran
    assert len(forks._guarded) == known - 1
