"""Layers of windows and steps on bad arguments and inputs: a clear error, and nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.nn import layers

X = {n: np.ones((2, 4, 3, 2, 2)[: n - 1] + (2,), "float32") for n in range(2, 7)}
CONVS: list[tuple[Any, int]] = [
    (layers.Conv1D, 1), (layers.Conv2D, 2), (layers.Conv3D, 3), (layers.Conv1DTranspose, 1),
    (layers.Conv2DTranspose, 2), (layers.Conv3DTranspose, 3), (layers.SeparableConv1D, 1),
    (layers.SeparableConv2D, 2), (layers.ConvLSTM1D, 1), (layers.ConvLSTM2D, 2),
    (layers.ConvLSTM3D, 3), (layers.LocallyConnected1D, 1), (layers.LocallyConnected2D, 2),
]  # fmt: skip
POOLS: list[tuple[Any, int]] = [
    (layers.MaxPooling1D, 1), (layers.MaxPooling2D, 2), (layers.MaxPooling3D, 3),
    (layers.AveragePooling1D, 1), (layers.AveragePooling2D, 2), (layers.AveragePooling3D, 3),
]  # fmt: skip
ADAPTIVE: list[tuple[Any, int]] = [
    (layers.AdaptiveMaxPooling1D, 1), (layers.AdaptiveAveragePooling2D, 2),
    (layers.AdaptiveMaxPooling3D, 3),
]  # fmt: skip
NO_SIZE: list[Any] = [0, -1, 1.5, "x", None, (1,) * 4, True]

# Arguments that each of these refuses, by the name that the error gives.
REFUSED = [
    *((kind, {"filters": 2, "kernel_size": 2, name: v}, name) for kind, _ in CONVS
      for name, values in {"filters": (0, -1, 1.5, None), "kernel_size": NO_SIZE,
                           "strides": [v for v in NO_SIZE if v is not None]}.items()
      for v in values),
    *((kind, {"filters": 2, "kernel_size": 2, "padding": v}, "padding")
      for kind, _ in CONVS for v in ("full", None, 1)),
    *((kind, {"filters": 2, "kernel_size": 2, "data_format": "last"}, "data_format")
      for kind, _ in CONVS),
    *((kind, {"filters": 2, "kernel_size": 2, "dilation_rate": v}, "dilation_rate")
      for kind, _ in CONVS[:9] for v in (0, -1, 1.5)),
    *((kind, {"filters": 2, "kernel_size": 2, "padding": "causal"}, "padding")
      for kind, rank in CONVS[:6] if rank > 1 or "Transpose" in kind.__name__),
    *((kind, {"filters": 2, "kernel_size": 2, "groups": v}, "groups")
      for kind, _ in CONVS[:3] for v in (0, -1, 1.5)),
    (layers.Conv2D, {"filters": 3, "kernel_size": 2, "groups": 2}, "groups"),
    *((kind, {"filters": 2, "kernel_size": 2, "strides": 2, "output_padding": v}, "output_padding")
      for kind, _ in CONVS[3:6] for v in (2, -1, 1.5, "x")),
    *((kind, {"kernel_size": 2, "depth_multiplier": v}, "depth_multiplier")
      for kind in (layers.DepthwiseConv1D, layers.DepthwiseConv2D) for v in (0, -1, 1.5, None)),
    *((kind, {"pool_size": v}, "pool_size") for kind, _ in POOLS for v in NO_SIZE),
    *((kind, {"pool_size": 2, "strides": v}, "strides")
      for kind, _ in POOLS for v in (0, -1, 1.5, "x")),
    *((kind, {"pool_size": 2, "padding": v}, "padding") for kind, _ in POOLS
      for v in ("full", "causal", 0)),
    *((kind, {"output_size": v}, "output_size") for kind, _ in ADAPTIVE for v in NO_SIZE),
    *((kind, {"units": v}, "units") for kind in (layers.SimpleRNN, layers.LSTM, layers.GRU)
      for v in (0, -1, 1.5, "x", None)),
    *((kind, {"units": 2, name: v}, name) for kind in (layers.SimpleRNN, layers.LSTM, layers.GRU)
      for name in ("dropout", "recurrent_dropout") for v in (-0.1, 1.5, "x")),
    (layers.Bidirectional, {"layer": layers.Dense(2)}, "layer"),
    (layers.Bidirectional, {"layer": layers.LSTM(2), "merge_mode": "min"}, "merge_mode"),
    (layers.RNN, {"cell": layers.Dense(2)}, "cell"),
    (layers.RNN, {"cell": layers.LSTMCell}, "cell"),
    (layers.StackedRNNCells, {"cells": []}, "cells"),
]  # fmt: skip


@pytest.mark.parametrize(
    "kind, options, word", REFUSED, ids=lambda v: getattr(v, "__name__", str(v))
)
def test_a_constructor_says_what_it_expected(kind: Any, options: dict[str, Any], word: str) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        kind(**options)
    assert word in str(caught.value) and "expected" in str(caught.value)


def lstm(**options: Any) -> layers.LSTM:
    return layers.LSTM(2, **options)


def told(layer: Any) -> dict[str, bool]:
    """What makes a layer look at its mask."""
    return {"training": True} if isinstance(layer, layers.BatchNormalization) else {}


S = np.ones((2, 3), "float32")
# A layer, how it is called, and words of the error.
CALLS: list[tuple[Any, Callable[[Any], Any], str]] = [
    *((kind(2, 1), lambda layer, n=rank: layer(X[n + 1 + ("LSTM" in layer.name)]), "dimensions")
      for kind, rank in CONVS),
    *((kind(1), lambda layer, n=rank: layer(X[n + 3]), "dimensions") for kind, rank in POOLS[:2]),
    *((kind(2, 5), lambda layer, n=rank: layer(X[n + 2]), "do not fit")
      for kind, rank in (*CONVS[:3], *CONVS[6:8])),
    *((kind(2, 5), lambda layer, n=rank: layer(X[n + 2]), "at least 5")
      for kind, rank in CONVS[11:]),
    (layers.Conv2D(2, 2, dilation_rate=3), lambda f: f(X[4]), "do not fit"),
    *((kind(2, 2, padding="same", output_padding=0), lambda layer, n=rank: layer(X[n + 2][:, :1]),
       "are left") for kind, rank in CONVS[3:6]),
    (layers.Conv1DTranspose(2, 2), lambda f: f(X[3][:, :0]), "are left"),
    (layers.ConvLSTM2D(2, 5), lambda f: f(X[5]), "at least 5"),
    *((kind(5), lambda layer, n=rank: layer(X[n + 2]), "do not fit") for kind, rank in POOLS),
    (layers.Conv1D(3, 2, groups=3), lambda f: f(X[3]), "groups"),
    (layers.Conv2D(2, 2), lambda f: (f(X[4]), f(X[4][..., :1])), "was built for"),
    (layers.DepthwiseConv2D(2), lambda f: (f(X[4]), f(X[4][..., :1])), "was built for"),
    *((layer, lambda f, n=n: f(X[n]), "dimensions")
      for layer in (lstm(), layers.GRU(1), layers.SimpleRNN(1)) for n in (2, 4)),
    (lstm(), lambda f: (f(X[3]), f(X[3][..., :1])), "was built for"),
    *((lstm(), lambda f, m=m: f(X[3], mask=m), "mask of shape")
      for m in (np.ones((2, 3)), np.ones((4, 2)), np.ones(4), np.ones((2, 4, 2)))),
    (layers.Bidirectional(lstm()), lambda f: f(X[3], mask=np.ones((2, 3))), "mask of shape"),
    (layers.ConvLSTM1D(1, 1), lambda f: f(X[4], mask=np.ones((2, 3))), "mask of shape"),
    *((layer, lambda f, m=m: f(X[3], mask=m, **told(f)), "mask of shape")
      for layer in (layers.GlobalAveragePooling1D(), layers.BatchNormalization())
      for m in (np.ones((2, 3), bool), np.ones(4, bool), np.ones((2, 1, 1), bool))),
    (layers.GlobalAveragePooling1D(), lambda f: f(X[3], mask=np.ones((2, 1), bool)), "mask of sh"),
    *((layers.MultiHeadAttention(1, 2, attention_axes=axes), lambda f: f(X[3], X[3]), words)
      for axes, words in (((3,), "out of bounds"), (-1, "before the last"))),
    (lstm(), lambda f: f(X[3], initial_state=[S[:, :2]]), "initial states"),
    (lstm(), lambda f: f(X[3], initial_state=[S, S]), "initial states"),
    (layers.GRU(2), lambda f: f(X[3], initial_state=[S[:1, :2]]), "initial states"),
]  # fmt: skip


@pytest.mark.parametrize("layer, call, words", CALLS, ids=lambda v: getattr(v, "name", None))
def test_a_call_says_what_it_expected_and_changes_nothing(
    layer: Any, call: Any, words: str
) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        call(layer)
    text = str(caught.value)
    assert words in text and ("expected" in text or "Reshape the input" in text)
    before = layer.get_weights()
    with pytest.raises((ValueError, TypeError)):
        call(layer)
    for a, b in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_stateful_layer_keeps_its_state_when_a_call_fails() -> None:
    layer, twin = (layers.GRU(2, stateful=True) for _ in range(2))
    layer(X[3]), twin(X[3])
    twin.set_weights(layer.get_weights())
    layer.reset_states(), twin.reset_states()
    layer(X[3]), twin(X[3])
    for wrong in (
        lambda: layer(X[3][:1]),  # the layer's batches have two samples
        lambda: layer(X[3], mask=np.ones((2, 9))),
        lambda: layer(X[3], initial_state=[S]),
    ):
        with pytest.raises(ValueError):
            wrong()
    np.testing.assert_array_equal(layer(X[3]), twin(X[3]))


SEQUENCES = [layers.SimpleRNN, layers.LSTM, layers.GRU]


@pytest.mark.parametrize("kind", SEQUENCES)
def test_sequences_of_no_step_and_of_one(kind: Any) -> None:
    layer = kind(3, return_sequences=True, return_state=True)
    one, *states = layer(X[3][:, :1])
    assert one.shape == (2, 1, 3) and np.abs(one.numpy()).min() > 0
    np.testing.assert_array_equal(states[0], one[:, 0])
    none, *states = layer(X[3][:, :0])
    assert none.shape == (2, 0, 3) and not any(s.numpy().any() for s in states)
    masked = kind(3)(X[3], mask=np.zeros((2, 4), bool))
    np.testing.assert_array_equal(masked, np.zeros((2, 3)))
    both = layers.Bidirectional(kind(3))
    assert both(X[3][:, :1]).shape == (2, 6)


@pytest.mark.parametrize("kind", SEQUENCES)
def test_rows_that_are_masked_entirely_have_no_gradient(kind: Any) -> None:
    layer = kind(3)
    x = ag.Tensor(X[3], requires_grad=True)
    mask = np.array([[True] * 4, [False] * 4])
    ag.ops.sum(layer(x, mask=mask) ** 2).backward()
    assert np.abs(x.grad[0].numpy()).min() > 0 and not x.grad[1].numpy().any()


def test_a_batch_of_no_samples() -> None:
    for layer, x in (
        (layers.Conv2D(3, 2), X[4]), (layers.MaxPooling2D(2), X[4]), (lstm(), X[3]),
        (layers.Conv1DTranspose(3, 2), X[3]), (layers.DepthwiseConv2D(2), X[4]),
        (layers.UpSampling2D(2), X[4]), (layers.AveragePooling1D(2), X[3]),
    ):  # fmt: skip
        assert layer(x[:0]).shape == (0, *layer(x).shape[1:])
