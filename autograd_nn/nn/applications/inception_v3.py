"""Inception V3: convolutions of several shapes side by side."""

from __future__ import annotations

from autograd_nn.nn import layers
from autograd_nn.nn.applications.assemble import PLACE, Application
from autograd_nn.nn.applications.imagenet_utils import decode_predictions, preprocessing
from autograd_nn.nn.symbols import Symbol

__all__ = ["InceptionV3", "decode_predictions", "preprocess_input"]

# A convolution: filters, height, width; 'half': every other pixel, no edges. A way is some in turn.
Step = tuple[int, int, int] | tuple[int, int, int, str]


def conv(
    x: Symbol, filters: int, height: int, width: int, how: str = "same", name: str | None = None
) -> Symbol:
    """A convolution without bias, normalised, and a relu."""
    strides, padding = (2, "valid") if how == "half" else (1, how)
    norm, act = (f"{name}_bn", f"{name}_ac") if name else (None, None)
    x = layers.Conv2D(
        filters, (height, width), strides=strides, padding=padding, use_bias=False, name=name
    )(x)
    return layers.Activation("relu", name=act)(layers.BatchNormalization(scale=False, name=norm)(x))


def way(x: Symbol, *steps: Step) -> Symbol:
    """Convolutions one after the other."""
    for step in steps:
        x = conv(x, *step)
    return x


def pooled(x: Symbol, filters: int) -> Symbol:
    """The mean over 3×3 pixels, and a 1×1 convolution."""
    return conv(layers.AveragePooling2D(3, strides=1, padding="same")(x), filters, 1, 1)


def joined(parts: list[Symbol], name: str | None = None) -> Symbol:
    return layers.Concatenate(name=name)(parts)


def halved(x: Symbol) -> Symbol:
    """The maximum over 3×3 pixels, every other one."""
    return layers.MaxPooling2D(3, strides=2)(x)


def forked(x: Symbol, name: str | None) -> Symbol:
    """A row and a column side by side."""
    return joined([conv(x, 384, 1, 3), conv(x, 384, 3, 1)], name)


def body(x: Symbol) -> Symbol:
    """Eleven groups (Szegedy, Vanhoucke and others 2015, arXiv:1512.00567)."""
    x = halved(way(x, (32, 3, 3, "half"), (32, 3, 3, "valid"), (64, 3, 3)))
    x = halved(way(x, (80, 1, 1, "valid"), (192, 3, 3, "valid")))
    for i, n in enumerate((32, 64, 64)):
        ways: list[tuple[Step, ...]] = [
            ((64, 1, 1),),
            ((48, 1, 1), (64, 5, 5)),
            ((64, 1, 1), (96, 3, 3), (96, 3, 3)),
        ]
        x = joined([*(way(x, *steps) for steps in ways), pooled(x, n)], f"mixed{i}")
    ways = [((384, 3, 3, "half"),), ((64, 1, 1), (96, 3, 3), (96, 3, 3, "half"))]
    x = joined([*(way(x, *steps) for steps in ways), halved(x)], "mixed3")
    for i, n in enumerate((128, 160, 160, 192), 4):
        ways = [
            ((192, 1, 1),),
            ((n, 1, 1), (n, 1, 7), (192, 7, 1)),
            ((n, 1, 1), (n, 7, 1), (n, 1, 7), (n, 7, 1), (192, 1, 7)),
        ]
        x = joined([*(way(x, *steps) for steps in ways), pooled(x, 192)], f"mixed{i}")
    ways = [
        ((192, 1, 1), (320, 3, 3, "half")),
        ((192, 1, 1), (192, 1, 7), (192, 7, 1), (192, 3, 3, "half")),
    ]
    x = joined([*(way(x, *steps) for steps in ways), halved(x)], "mixed8")
    for i in range(2):
        parts = [
            conv(x, 320, 1, 1),
            forked(conv(x, 384, 1, 1), f"mixed9_{i}"),
            forked(way(x, (448, 1, 1), (384, 3, 3)), None),
        ]
        x = joined([*parts, pooled(x, 192)], f"mixed{9 + i}")
    return x


FILE = f"{PLACE}inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels{{top}}.h5"
InceptionV3 = Application(body, "inception_v3", 299, 75, FILE)
preprocess_input = preprocessing("tf")
