"""ResNet with 50, 101 and 152 layers: bottlenecks, each added to what it was given."""

from __future__ import annotations

from functools import partial

from autograd_nn.nn import layers
from autograd_nn.nn.applications.assemble import PLACE, Application
from autograd_nn.nn.applications.imagenet_utils import decode_predictions, preprocessing
from autograd_nn.nn.symbols import Symbol

__all__ = ["ResNet50", "ResNet101", "ResNet152", "decode_predictions", "preprocess_input"]

DEPTHS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}  # blocks of the four stacks


def normalized(x: Symbol, name: str, relu: bool = True) -> Symbol:
    """Batch normalisation, and a relu unless it is not wanted."""
    x = layers.BatchNormalization(epsilon=1.001e-5, name=f"{name}_bn")(x)
    return layers.Activation("relu", name=f"{name}_relu")(x) if relu else x


def stem(x: Symbol) -> Symbol:
    """The first convolution."""
    x = layers.ZeroPadding2D(3, name="conv1_pad")(x)
    return layers.Conv2D(64, 7, strides=2, name="conv1_conv")(x)


def pooled(x: Symbol) -> Symbol:
    """The maximum over 3×3 pixels, every other one."""
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    return layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)


def block(x: Symbol, filters: int, stride: int, first: bool, name: str) -> Symbol:
    """1×1, 3×3, 1×1, and what was given, itself or through a 1×1 convolution, added."""
    short = x
    if first:
        short = layers.Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(x)
        short = normalized(short, f"{name}_0", relu=False)
    x = layers.Conv2D(filters, 1, strides=stride, name=f"{name}_1_conv")(x)
    x = normalized(x, f"{name}_1")
    x = layers.Conv2D(filters, 3, padding="same", name=f"{name}_2_conv")(x)
    x = normalized(x, f"{name}_2")
    x = layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    x = normalized(x, f"{name}_3", relu=False)
    x = layers.Add(name=f"{name}_add")([short, x])
    return layers.Activation("relu", name=f"{name}_out")(x)


def body(x: Symbol, depths: tuple[int, ...]) -> Symbol:
    """Four stacks (He, Zhang, Ren and Sun 2015, arXiv:1512.03385)."""
    x = pooled(normalized(stem(x), "conv1"))
    for i, n in enumerate(depths):
        for j in range(n):
            stride = 2 if i and not j else 1
            x = block(x, 64 << i, stride, not j, f"conv{i + 2}_block{j + 1}")
    return x


def resnet(layers_: int) -> Application:
    title = f"resnet{layers_}"
    file = f"{PLACE}resnet/{title}_weights_tf_dim_ordering_tf_kernels{{top}}.h5"
    return Application(partial(body, depths=DEPTHS[layers_]), title, 224, 32, file)


ResNet50, ResNet101, ResNet152 = map(resnet, DEPTHS)
preprocess_input = preprocessing("caffe")
