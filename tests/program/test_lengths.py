"""Batches of several lengths and sizes: each is recorded once, and runs natively ever after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine.mode import Settings
from autograd_nn.engine.program.records import Records
from autograd_nn.nn import layers

LENGTHS = (3, 5, 4)


class Own(nn.Model):
    def __init__(self) -> None:
        super().__init__()
        self.cell, self.end = layers.GRU(3), layers.Dense(1)

    def call(self, inputs: Any) -> Any:
        return self.end(self.cell(inputs))


def stack() -> Any:
    return nn.Sequential([layers.GRU(3), layers.Dense(1)])


def declared() -> Any:
    stack = [layers.Conv1D(2, 2), layers.GlobalMaxPooling1D(), layers.Dense(1)]
    return nn.Sequential([nn.Input((None, 2)), *stack])


def functional() -> Any:
    x = nn.Input((None, 2))
    attended = layers.MultiHeadAttention(1, 2)(x, x)
    pooled = layers.GlobalAveragePooling1D()(layers.Masking()(x + attended))
    return nn.Model(x, layers.Dense(1)(pooled))


@pytest.mark.parametrize("make", [stack, declared, functional, Own])
def test_a_length_is_recorded_once(
    make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Training, by itself or in fit, and predictions: no length makes the others' records vain."""
    monkeypatch.setattr(Settings, "deterministic", False)  # which records what comes but once, too
    rng = np.random.default_rng(0)
    batches = [(rng.normal(size=(4, n, 2)).astype("float32"), np.ones((4, 1))) for n in LENGTHS]
    model = make()
    model.compile("adam", "mse", metrics=["mae"])
    for x, y in batches:
        model.train_on_batch(x, y)  # makes what a first step makes
    taken: Counter[Any] = Counter()
    take = Records.take

    def counted(self: Records, key: Any, *args: Any, **kwargs: Any) -> Any:
        taken[self.door, key] += 1
        return take(self, key, *args, **kwargs)

    with patch.object(Records, "take", counted):
        for _ in range(4):
            for x, y in batches:
                model.train_on_batch(x, y)
                model.predict(x, verbose=0)
            model.fit(iter(batches), steps_per_epoch=len(batches), verbose=0)
    assert set(taken.values()) == {1}
    assert Counter(door for door, _ in taken) == {"fit": len(LENGTHS), "predict": len(LENGTHS)}


def test_states_that_begin_anew_leave_records_as_they_are() -> None:
    x = np.random.default_rng(0).normal(size=(8, 3, 2)).astype("float32")
    model = nn.Sequential([layers.LSTM(2, stateful=True), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, x[:, 0, :1], batch_size=4, shuffle=False, verbose=0)
    model.predict(x, batch_size=4, verbose=0)
    with patch.object(Records, "take", side_effect=AssertionError):
        for _ in range(2):
            model.reset_states()
            model.fit(x, x[:, 0, :1], batch_size=4, shuffle=False, verbose=0)
            model.reset_states()
            first = model.predict(x, batch_size=4, verbose=0)
    model.reset_states()
    np.testing.assert_array_equal(first, model.predict(x, batch_size=4, verbose=0))
    with pytest.raises(ValueError, match="stateful and received a batch of 2"):
        model.predict(x[:2], verbose=0)
    model.reset_states()
    assert model.predict(x[:2], verbose=0).shape == (2, 1)
