"""Inception-ResNet V2: convolutions side by side, a part of which is added to what they took."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn import layers
from autograd_nn.nn.applications.assemble import PLACE, Application
from autograd_nn.nn.applications.imagenet_utils import decode_predictions, preprocessing
from autograd_nn.nn.applications.inception_v3 import Step, conv, halved, joined, pooled, way
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.symbols import Symbol

__all__ = ["CustomScaleLayer", "InceptionResNetV2", "decode_predictions", "preprocess_input"]

Ways = tuple[tuple[Step, ...], ...]

# name, how many, what part is added, and the ways of each kind of block
BLOCKS: tuple[tuple[str, int, float, Ways], ...] = (
    (
        "block35", 10, 0.17,
        (((32, 1, 1),), ((32, 1, 1), (32, 3, 3)), ((32, 1, 1), (48, 3, 3), (64, 3, 3))),
    ),
    ("block17", 20, 0.1, (((192, 1, 1),), ((128, 1, 1), (160, 1, 7), (192, 7, 1)))),
    ("block8", 10, 0.2, (((192, 1, 1),), ((192, 1, 1), (224, 1, 3), (256, 3, 1)))),
)  # fmt: skip

# the ways that halve an image before the second and the third kind, beside a maximum
HALVING: tuple[tuple[str, Ways], ...] = (
    ("mixed_6a", (((384, 3, 3, "half"),), ((256, 1, 1), (256, 3, 3), (384, 3, 3, "half")))),
    (
        "mixed_7a",
        (
            ((256, 1, 1), (384, 3, 3, "half")),
            ((256, 1, 1), (288, 3, 3, "half")),
            ((256, 1, 1), (288, 3, 3), (320, 3, 3, "half")),
        ),
    ),
)


class CustomScaleLayer(Layer):
    """x + s y of two tensors of one shape; named as in Keras, whose files have it.

    scale   what the second is multiplied by.

    >>> from autograd_nn.nn.applications.inception_resnet_v2 import CustomScaleLayer
    >>> CustomScaleLayer(0.5)([[1.0, 2.0], [4.0, 4.0]])
    Tensor([3., 4.], dtype=float32)
    """

    _stateless = True

    def __init__(self, scale: float, **options: Any) -> None:
        super().__init__(**options)
        self.scale = scale

    def call(self, inputs: Any) -> Any:
        return inputs[0] + inputs[1] * self.scale


def block(x: Symbol, ways: Ways, scale: float, name: str, act: bool = True) -> Symbol:
    """Ways side by side, brought to as many channels as there were, and added by a part."""
    mixed = joined([way(x, *steps) for steps in ways], f"{name}_mixed")
    channels: Any = x.shape[-1]
    up = layers.Conv2D(channels, 1, padding="same", name=f"{name}_conv")(mixed)
    x = CustomScaleLayer(scale)([x, up])
    return layers.Activation("relu", name=f"{name}_ac")(x) if act else x


def body(x: Symbol) -> Symbol:
    """Forty blocks of three kinds (Szegedy, Ioffe and others 2016, arXiv:1602.07261)."""
    x = halved(way(x, (32, 3, 3, "half"), (32, 3, 3, "valid"), (64, 3, 3)))
    x = halved(way(x, (80, 1, 1, "valid"), (192, 3, 3, "valid")))
    ways: Ways = (((96, 1, 1),), ((48, 1, 1), (64, 5, 5)), ((64, 1, 1), (96, 3, 3), (96, 3, 3)))
    x = joined([*(way(x, *steps) for steps in ways), pooled(x, 64)], "mixed_5b")
    for kind, (name, n, scale, ways) in enumerate(BLOCKS):
        if kind:
            mixed, halving = HALVING[kind - 1]
            x = joined([*(way(x, *steps) for steps in halving), halved(x)], mixed)
        for i in range(1, n + 1):
            last = name == "block8" and i == n  # is added whole
            x = block(x, ways, 1.0 if last else scale, f"{name}_{i}", act=not last)
    return conv(x, 1536, 1, 1, name="conv_7b")


FILE = f"{PLACE}inception_resnet_v2/inception_resnet_v2_weights_tf_dim_ordering_tf_kernels"
InceptionResNetV2 = Application(body, "inception_resnet_v2", 299, 75, f"{FILE}{{top}}.h5")
preprocess_input = preprocessing("tf")
