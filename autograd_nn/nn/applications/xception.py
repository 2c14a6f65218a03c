"""Xception: separable convolutions, each group of them added to what it was given."""

from __future__ import annotations

from autograd_nn.nn import layers
from autograd_nn.nn.applications.assemble import PLACE, Application
from autograd_nn.nn.applications.imagenet_utils import decode_predictions, preprocessing
from autograd_nn.nn.symbols import Symbol

__all__ = ["Xception", "decode_predictions", "preprocess_input"]


def relu(x: Symbol, name: str) -> Symbol:
    return layers.Activation("relu", name=f"{name}_act")(x)


def separable(x: Symbol, filters: int, name: str) -> Symbol:
    x = layers.SeparableConv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    return layers.BatchNormalization(name=f"{name}_bn")(x)


def halving(x: Symbol, filters: tuple[int, int], name: str, act: bool = True) -> Symbol:
    """Two separable convolutions and a maximum, beside a 1×1 convolution."""
    short = layers.Conv2D(filters[1], 1, strides=2, padding="same", use_bias=False)(x)
    short = layers.BatchNormalization()(short)
    for j, f in enumerate(filters, 1):
        x = relu(x, f"{name}_sepconv{j}") if act or j > 1 else x
        x = separable(x, f, f"{name}_sepconv{j}")
    x = layers.MaxPooling2D(3, strides=2, padding="same", name=f"{name}_pool")(x)
    return layers.Add()([x, short])


def body(x: Symbol) -> Symbol:
    """Entry, middle and exit flow (Chollet 2016, arXiv:1610.02357)."""
    for j, (filters, stride) in enumerate(((32, 2), (64, 1)), 1):
        name = f"block1_conv{j}"
        x = layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=name)(x)
        x = relu(layers.BatchNormalization(name=f"{name}_bn")(x), name)
    for i, f in enumerate((128, 256, 728), 2):
        x = halving(x, (f, f), f"block{i}", act=i > 2)
    for i in range(5, 13):
        short = x
        for j in range(1, 4):
            name = f"block{i}_sepconv{j}"
            x = separable(relu(x, name), 728, name)
        x = layers.Add()([x, short])
    x = halving(x, (728, 1024), "block13")
    for j, f in enumerate((1536, 2048), 1):
        name = f"block14_sepconv{j}"
        x = relu(separable(x, f, name), name)
    return x


FILE = f"{PLACE}xception/xception_weights_tf_dim_ordering_tf_kernels{{top}}.h5"
Xception = Application(body, "xception", 299, 71, FILE)
preprocess_input = preprocessing("tf")
