"""A model built by its first data takes other sizes where its weights allow, as with None sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine.errors import ShapeError

L = nn.layers


def ones(*shape: int) -> np.ndarray:
    return np.linspace(0, 1, int(np.prod(shape)), dtype="float32").reshape(shape)


class Own(nn.Model):
    def __init__(self) -> None:
        super().__init__()
        self.dense = nn.Dense(2)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)


FREE: list[tuple[Callable[[], list[Any]], tuple[int, ...], tuple[int, ...], tuple[int, ...]]] = [
    (lambda: [L.Conv2D(2, 3), L.BatchNormalization(), L.GlobalAveragePooling2D(), L.Dense(1)],
     (8, 8, 1), (5, 9, 1), (8, 8, 2)),
    (lambda: [L.DepthwiseConv1D(2), L.LayerNormalization(), L.GlobalMaxPooling1D()],
     (6, 2), (4, 2), (6, 3)),
    (lambda: [L.LSTM(2), L.Dense(1)], (8, 1), (3, 1), (8, 2)),
    (lambda: [L.Bidirectional(L.GRU(2))], (4, 2), (5, 2), (4, 1)),
    (lambda: [L.RNN([L.SimpleRNNCell(2), L.LSTMCell(1)])], (4, 2), (5, 2), (4, 1)),
    (lambda: [nn.Sequential([L.Dense(2)]), L.SimpleRNN(1)], (4, 2), (5, 2), (4, 1)),
    (lambda: [L.TimeDistributed(L.Dense(2)), L.GlobalAveragePooling1D()], (4, 2), (5, 2), (4, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "first", "other", "wrong"), FREE)
def test_other_sizes_pass_and_wrong_ones_change_nothing(
    layers: Callable[[], list[Any]], first: tuple, other: tuple, wrong: tuple
) -> None:
    model = nn.Sequential(layers())
    model.compile("sgd", "mse", run_eagerly=True)
    model.predict(ones(2, *first), verbose=0)
    with pytest.raises(ShapeError, match="built for"):
        model.predict(ones(2, *wrong), verbose=0)
    assert model.input_shape == (None, *first)
    expected = model(ones(3, *other)).numpy()
    np.testing.assert_array_equal(model.predict(ones(3, *other), verbose=0), expected)
    model.fit(ones(3, *other), np.zeros_like(expected), verbose=0)
    wide = tuple(n if n == m else None for n, m in zip(first, other, strict=True))
    assert model.input_shape == (None, *wide)
    assert model.output_shape == (None, *expected.shape[1:])
    before = model.input_shape
    with pytest.raises(ShapeError, match="built for"):
        model.evaluate(ones(2, *wrong), np.zeros((2, *expected.shape[1:])), verbose=0)
    assert model.input_shape == before


def test_sizes_that_differ_in_the_result_are_any_size_there() -> None:
    model = nn.Sequential([L.Embedding(5, 2), L.LSTM(2, return_sequences=True)])
    model.compile("sgd", "mse")
    for n in (8, 9, 7):
        assert model.predict(np.ones((2, n), int), verbose=0).shape == (2, n, 2)
        model.fit(np.ones((2, n), int), ones(2, n, 2), verbose=0)
    assert model.output_shape == (None, None, 2)
    with pytest.raises(ShapeError, match="targets"):
        model.fit(np.ones((2, 6), int), ones(2, 7, 2), verbose=0)


def test_batches_of_a_stream_may_have_different_lengths() -> None:
    def batches() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for n in (3, 4, 5, 3):
            yield ones(2, n, 1), ones(2, 1)

    model = nn.Sequential([L.SimpleRNN(2), L.Dense(1)])
    model.compile("sgd", "mse")
    assert len(model.fit(batches(), verbose=0).history["loss"]) == 1
    assert model.input_shape == (None, None, 1)


def test_a_model_with_its_own_call_takes_what_its_layers_take() -> None:
    model = Own()
    model.compile("sgd", "mse", run_eagerly=True)
    assert model.predict(ones(2, 4, 3), verbose=0).shape == (2, 4, 2)
    assert model.predict(ones(2, 5, 3), verbose=0).shape == (2, 5, 2)
    with pytest.raises(ShapeError, match="built for"):
        model.predict(ones(2, 5, 4), verbose=0)


@pytest.mark.parametrize(
    "layers",
    [lambda: [nn.Input((8, 1)), L.LSTM(2)], lambda: [L.LSTM(2, input_shape=(8, 1))],
     lambda: [L.Dense(2), L.Flatten(), L.Dense(1)],
     lambda: [nn.Sequential([L.Dense(2), L.Flatten()]), L.Dense(1)]],
)  # fmt: skip
def test_sizes_that_were_said_or_that_weights_hang_on_stay(layers: Callable[[], Any]) -> None:
    model = nn.Sequential(layers())
    model.predict(ones(2, 8, 1), verbose=0)
    with pytest.raises(ShapeError, match="built for"):
        model.predict(ones(2, 9, 1), verbose=0)
    assert model.input_shape == (None, 8, 1)
