"""Layers of windows and images to second order, against differences of the first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn.nn import layers

RNG = np.random.default_rng(6)


class Training(layers.TimeDistributed):
    """A layer as it is while weights are fitted, all steps at once."""

    def call(self, inputs: Any) -> Any:
        return self.layer(inputs, training=True)


class Itself(layers.Wrapper):
    """Attention of a sequence to itself; the weights multiply what is found."""

    def __init__(self, layer: Any, dtype: Any, **told: Any) -> None:
        super().__init__(layer, dtype=dtype)
        self.told = told

    def call(self, inputs: Any) -> Any:
        y = self.layer(inputs, inputs, **self.told)
        return y[0] * y[1].mean(axis=(1, 2))[:, :, None] if isinstance(y, tuple) else y


LAYERS: dict[str, tuple[Any, tuple[int, ...]]] = {
    "conv1": (lambda **o: layers.Conv1D(2, 2, padding="causal", dilation_rate=2, **o), (4, 2)),
    "conv2": (lambda **o: layers.Conv2D(2, 2, strides=(1, 2), padding="same", groups=2, **o),
              (3, 3, 2)),
    "conv3": (lambda **o: layers.Conv3D(1, 2, data_format="channels_first", **o),
              (1, 2, 2, 3)),
    "transposed1": (lambda **o: layers.Conv1DTranspose(2, 3, strides=2, output_padding=1, **o),
                    (2, 2)),
    "transposed2": (lambda **o: layers.Conv2DTranspose(1, 2, padding="same", dilation_rate=2,
                                                       **o), (2, 2, 1)),
    "transposed3": (lambda **o: layers.Conv3DTranspose(1, 2, strides=2, **o), (1, 2, 1, 1)),
    "depthwise": (lambda **o: layers.DepthwiseConv2D(2, depth_multiplier=2, **o), (3, 2, 2)),
    "separable": (lambda **o: layers.SeparableConv1D(2, 2, dilation_rate=2, **o), (4, 2)),
    "local": (lambda **o: layers.LocallyConnected1D(2, 2, **o), (3, 2)),
    "max": (lambda **o: layers.MaxPooling2D(2, strides=1, padding="same", **o), (3, 2, 1)),
    "average": (lambda **o: layers.AveragePooling1D(3, strides=2, padding="same", **o), (4, 2)),
    "adaptive": (lambda **o: layers.AdaptiveMaxPooling1D(2, **o), (5, 1)),
    "conv lstm": (lambda **o: layers.ConvLSTM1D(1, 1, padding="same", **o), (2, 2, 1)),
    "lstm": (lambda **o: layers.LSTM(1, go_backwards=True, **o), (2, 1)),
    "gru": (lambda **o: layers.GRU(1, reset_after=False, return_sequences=True, **o), (2, 1)),
    "both ways": (lambda **o: layers.Bidirectional(layers.SimpleRNN(1, **o), "mul", **o), (2, 1)),
    "batch norm": (lambda **o: Training(layers.BatchNormalization(**o), **o), (3, 2)),
    "layer norm": (lambda **o: layers.LayerNormalization(**o), (3,)),
    "attention": (lambda **o: Itself(layers.MultiHeadAttention(1, 2, **o), **o), (3, 2)),
    "causal": (lambda **o: Itself(layers.MultiHeadAttention(1, 2, **o), use_causal_mask=True, **o),
               (3, 2)),
    "scores": (lambda **o: Itself(layers.MultiHeadAttention(1, 2, **o),
                                  return_attention_scores=True, **o), (3, 2)),
    "upsampling": (lambda **o: layers.UpSampling2D(2, interpolation="bicubic", **o), (2, 3, 1)),
    "resizing": (lambda **o: layers.Resizing(2, 4, "lanczos3", antialias=True, **o), (3, 2, 1)),
    "rotation": (lambda **o: layers.RandomRotation((0.1, 0.1), **o), (3, 3, 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_second_derivatives_in_inputs_and_weights(name: str) -> None:
    make, shape = LAYERS[name]
    layer = make(dtype="float64")
    x = RNG.normal(size=(1, *shape))
    layer(x)
    assert all(w.dtype == "float64" for w in layer.weights)
    layer.set_weights([RNG.normal(size=w.shape) for w in layer.get_weights()])
    # what a layer holds is looked for, and examined, with it
    assert ag.check_gradients(lambda x: ag.ops.tanh(layer(x)), x, order=2)
