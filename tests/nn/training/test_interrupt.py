"""Ctrl-C during training: between steps, with a consistent model, history and optimizer."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.training.interrupt import Interrupts

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
Y = (X[:, :1] > 0).astype("float32")


@pytest.fixture(autouse=True)
def as_in_a_terminal() -> Iterator[None]:
    """Python's own handler of Ctrl-C, which a job in the background begins without."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def made(**options: object) -> nn.Sequential:
    model = nn.Sequential([nn.Dense(3, input_dim=4), nn.Dense(1, activation="sigmoid")])
    model.compile("adam", "binary_crossentropy", **options)
    return model


class Press(nn.callbacks.Callback):
    """Ctrl-C, once, in the middle of the second epoch."""

    def on_train_batch_begin(self, batch: int, logs: object = None) -> None:
        if len(self.model.history.epoch) == 1 and batch == 2:
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("native", [False, True])
def test_an_interrupt_waits_for_the_step_it_falls_into(
    native: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if native:
        monkeypatch.setenv("AUTOGRAD_NN_JIT", "1")
        monkeypatch.setenv("AUTOGRAD_NN_COMPILE", "inline")
    model = made(deterministic=native)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, batch_size=8, epochs=5, verbose=0, callbacks=[Press()])
    assert model.history.epoch == [0]
    steps = 8 + 3  # the first epoch, then the third step of the second was finished
    assert int(model.optimizer.iterations) == steps
    assert all(np.isfinite(w).all() for w in model.get_weights())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    model.fit(X, Y, batch_size=8, epochs=1, verbose=0)
    assert int(model.optimizer.iterations) == steps + 8


def test_a_second_interrupt_does_not_wait() -> None:
    class Twice(nn.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            raise AssertionError("the second one is not held back")

    with pytest.raises(KeyboardInterrupt):
        made().fit(X, Y, verbose=0, callbacks=[Twice()])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_ones_own_is_left_alone() -> None:
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append(True))
    try:
        made().fit(X, Y, batch_size=8, epochs=2, verbose=0, callbacks=[Press()])
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [True]


def test_where_it_is_ignored_it_stays_ignored() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    made().fit(X, Y, batch_size=8, epochs=2, verbose=0, callbacks=[Press()])
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_what_was_left_in_its_first_line_holds_nothing_back() -> None:
    """As by an exception of a handler for another signal, which may come anywhere."""
    Interrupts().__enter__()
    gc.collect()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    Interrupts().__enter__()
    gc.collect()
    with pytest.raises(KeyboardInterrupt):
        made().fit(X, Y, batch_size=8, epochs=5, verbose=0, callbacks=[Press()])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
