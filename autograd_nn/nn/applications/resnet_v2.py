"""ResNet V2 with 50, 101 and 152 layers: blocks that normalise first, and add last."""

from __future__ import annotations

from functools import partial

from autograd_nn.nn import layers
from autograd_nn.nn.applications.assemble import PLACE, Application
from autograd_nn.nn.applications.imagenet_utils import decode_predictions, preprocessing
from autograd_nn.nn.applications.resnet import DEPTHS, normalized, pooled, stem
from autograd_nn.nn.symbols import Symbol

__all__ = ["ResNet50V2", "ResNet101V2", "ResNet152V2", "decode_predictions", "preprocess_input"]


def block(x: Symbol, filters: int, stride: int, first: bool, name: str) -> Symbol:
    """A bottleneck whose first normalisation stands before it; its last block halves the image."""
    before = normalized(x, f"{name}_preact")
    short = x
    if first:
        short = layers.Conv2D(4 * filters, 1, strides=stride, name=f"{name}_0_conv")(before)
    elif stride > 1:
        short = layers.MaxPooling2D(1, strides=stride)(x)
    x = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_1_conv")(before)
    x = normalized(x, f"{name}_1")
    x = layers.ZeroPadding2D(1, name=f"{name}_2_pad")(x)
    x = layers.Conv2D(filters, 3, strides=stride, use_bias=False, name=f"{name}_2_conv")(x)
    x = normalized(x, f"{name}_2")
    x = layers.Conv2D(4 * filters, 1, name=f"{name}_3_conv")(x)
    return layers.Add(name=f"{name}_out")([short, x])


def body(x: Symbol, depths: tuple[int, ...]) -> Symbol:
    """Four stacks (He, Zhang, Ren and Sun 2016, arXiv:1603.05027)."""
    x = pooled(stem(x))
    for i, n in enumerate(depths):
        for j in range(n):
            stride = 2 if j == n - 1 and i < len(depths) - 1 else 1
            x = block(x, 64 << i, stride, not j, f"conv{i + 2}_block{j + 1}")
    return normalized(x, "post")


def resnet(layers_: int) -> Application:
    title = f"resnet{layers_}v2"
    file = f"{PLACE}resnet/{title}_weights_tf_dim_ordering_tf_kernels{{top}}.h5"
    return Application(partial(body, depths=DEPTHS[layers_]), title, 224, 32, file)


ResNet50V2, ResNet101V2, ResNet152V2 = map(resnet, DEPTHS)
preprocess_input = preprocessing("tf")
