"""DenseNet with 121, 169 and 201 layers: every layer of a block sees all before it."""

from __future__ import annotations

from functools import partial

from autograd_nn.nn import layers
from autograd_nn.nn.applications.assemble import PLACE, Application
from autograd_nn.nn.applications.imagenet_utils import decode_predictions, preprocessing
from autograd_nn.nn.applications.resnet import normalized
from autograd_nn.nn.symbols import Symbol

__all__ = ["DenseNet121", "DenseNet169", "DenseNet201", "decode_predictions", "preprocess_input"]

GROWTH = 32  # filters that a layer adds


def conv(x: Symbol, filters: int, size: int, name: str, **options: object) -> Symbol:
    return layers.Conv2D(filters, size, use_bias=False, name=name, **options)(x)  # type: ignore[arg-type]


def block(x: Symbol, name: str) -> Symbol:
    """What it is given, with `GROWTH` filters made of it behind."""
    y = normalized(x, f"{name}_0")
    y = normalized(conv(y, 4 * GROWTH, 1, f"{name}_1_conv"), f"{name}_1")
    y = conv(y, GROWTH, 3, f"{name}_2_conv", padding="same")
    return layers.Concatenate(name=f"{name}_concat")([x, y])


def body(x: Symbol, depths: tuple[int, ...]) -> Symbol:
    """Blocks with transitions between (Huang, Liu and others 2016, arXiv:1608.06993)."""
    x = layers.ZeroPadding2D(3)(x)
    x = normalized(conv(x, 64, 7, "conv1_conv", strides=2), "conv1")
    x = layers.ZeroPadding2D(1)(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)
    for i, n in enumerate(depths, 2):
        for j in range(1, n + 1):
            x = block(x, f"conv{i}_block{j}")
        if i <= len(depths):
            x = normalized(x, f"pool{i}")
            x = conv(x, x.shape[-1] // 2, 1, f"pool{i}_conv")  # type: ignore[operator]
            x = layers.AveragePooling2D(2, strides=2, name=f"pool{i}_pool")(x)
    x = layers.BatchNormalization(epsilon=1.001e-5, name="bn")(x)
    return layers.Activation("relu", name="relu")(x)


def densenet(depths: tuple[int, ...], title: str) -> Application:
    file = f"{PLACE}densenet/{title}_weights_tf_dim_ordering_tf_kernels{{top}}.h5"
    return Application(partial(body, depths=depths), title, 224, 32, file)


DenseNet121 = densenet((6, 12, 24, 16), "densenet121")
DenseNet169 = densenet((6, 12, 32, 32), "densenet169")
DenseNet201 = densenet((6, 12, 48, 32), "densenet201")
preprocess_input = preprocessing("torch")
