"""VGG, here with 16 layers: blocks of 3×3 convolutions, and three dense layers."""

from __future__ import annotations

from functools import partial
from typing import Any

from autograd_nn.nn import layers
from autograd_nn.nn.applications.assemble import PLACE, Application
from autograd_nn.nn.applications.imagenet_utils import decode_predictions, preprocessing
from autograd_nn.nn.symbols import Symbol

__all__ = ["VGG16", "decode_predictions", "preprocess_input"]


def body(x: Symbol, repeats: tuple[int, ...]) -> Symbol:
    """Five blocks, each halving the image (Simonyan and Zisserman 2014, arXiv:1409.1556)."""
    filters = (64, 128, 256, 512, 512)
    for i, (n, f) in enumerate(zip(repeats, filters, strict=True), 1):
        for j in range(1, n + 1):
            name = f"block{i}_conv{j}"
            x = layers.Conv2D(f, 3, padding="same", activation="relu", name=name)(x)
        x = layers.MaxPooling2D(2, strides=2, name=f"block{i}_pool")(x)
    return x


def head(x: Symbol, classes: int, activation: Any) -> Symbol:
    """Two wide layers and the classifier."""
    x = layers.Flatten(name="flatten")(x)
    for name in ("fc1", "fc2"):
        x = layers.Dense(4096, activation="relu", name=name)(x)
    return layers.Dense(classes, activation=activation, name="predictions")(x)


def vgg(repeats: tuple[int, ...], title: str) -> Application:
    """The builder of the architecture with so many convolutions a block."""
    file = f"{PLACE}{title}/{title}_weights_tf_dim_ordering_tf_kernels{{top}}.h5"
    return Application(partial(body, repeats=repeats), title, 224, 32, file, head)


VGG16 = vgg((2, 2, 3, 3, 3), "vgg16")
preprocess_input = preprocessing("caffe")
