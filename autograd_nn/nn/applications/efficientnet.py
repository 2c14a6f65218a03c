"""EfficientNet: blocks that weigh their channels, in eight sizes by one rule."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd_nn.nn import layers
from autograd_nn.nn.applications.assemble import assemble
from autograd_nn.nn.applications.imagenet_utils import decode_predictions
from autograd_nn.nn.applications.mobilenet_v2 import eights, halved
from autograd_nn.nn.model import Model
from autograd_nn.nn.symbols import Symbol

# (kernel, how many, filters, how much wider, stride of the first) of each group of blocks
GROUPS = ((3, 1, 16, 1, 1), (3, 2, 24, 6, 2), (5, 2, 40, 6, 2), (3, 3, 80, 6, 2), (5, 3, 112, 6, 1),
          (5, 4, 192, 6, 2), (3, 1, 320, 6, 1))  # fmt: skip
# (width, depth, size of the images, dropped before the classifier)
SIZES = ((1.0, 1.0, 224, 0.2), (1.0, 1.1, 240, 0.2), (1.1, 1.2, 260, 0.3), (1.2, 1.4, 300, 0.3),
         (1.4, 1.8, 380, 0.4), (1.6, 2.2, 456, 0.4), (1.8, 2.6, 528, 0.5),
         (2.0, 3.1, 600, 0.5))  # fmt: skip
NAMES = tuple(f"EfficientNetB{i}" for i in range(len(SIZES)))
PLACE = "https://storage.googleapis.com/keras-applications/"
DEVIATIONS = (0.229, 0.224, 0.225)
DROPPED = 0.2  # of the last block's paths
FAN_OUT = {
    "class_name": "VarianceScaling",
    "config": {"scale": 2.0, "mode": "fan_out", "distribution": "truncated_normal"},
}
THIRD = {
    "class_name": "VarianceScaling",
    "config": {"scale": 1 / 3, "mode": "fan_out", "distribution": "uniform"},
}

__all__ = [*NAMES, "decode_predictions", "preprocess_input"]


def conv(x: Symbol, filters: int, name: str, norm: str, act: str | None, **options: Any) -> Symbol:
    """A convolution of one place without bias, if nothing else is said, normalised and bent."""
    options = {"kernel_size": 1, "padding": "same", **options}
    x = layers.Conv2D(filters, use_bias=False, kernel_initializer=FAN_OUT, name=name, **options)(x)
    return normed(x, norm, act)


def normed(x: Symbol, norm: str, act: str | None) -> Symbol:
    x = layers.BatchNormalization(name=norm)(x)
    return layers.Activation("swish", name=act)(x) if act else x


def weighing(x: Symbol, filters: int, name: str) -> Symbol:
    """Each channel by a weight from 0 to 1, which the means of all channels say."""
    of: dict[str, Any] = {"padding": "same", "kernel_initializer": FAN_OUT}
    width: Any = x.shape[-1]
    y = layers.GlobalAveragePooling2D(name=f"{name}se_squeeze")(x)
    y = layers.Reshape((1, 1, width), name=f"{name}se_reshape")(y)
    y = layers.Conv2D(filters, 1, activation="swish", name=f"{name}se_reduce", **of)(y)
    y = layers.Conv2D(width, 1, activation="sigmoid", name=f"{name}se_expand", **of)(y)
    return layers.Multiply(name=f"{name}se_excite")([x, y])


def block(
    x: Symbol, size: int, filters: int, wider: int, stride: int, dropped: float, name: str
) -> Symbol:
    """Wider, a filter by channel, weighed, narrow again; added where it fits, with whole paths
    dropped."""
    short, enters = x, int(x.shape[-1])  # type: ignore[arg-type]
    if wider != 1:
        x = conv(
            x, enters * wider, f"{name}expand_conv", f"{name}expand_bn", f"{name}expand_activation"
        )
    if stride == 2:
        x = halved(x, size, f"{name}dwconv_pad")
    x = layers.DepthwiseConv2D(
        size, strides=stride, padding="same" if stride == 1 else "valid", use_bias=False,
        depthwise_initializer=FAN_OUT, name=f"{name}dwconv",
    )(x)  # fmt: skip
    x = normed(x, f"{name}bn", f"{name}activation")
    x = weighing(x, max(1, enters // 4), name)
    x = conv(x, filters, f"{name}project_conv", f"{name}project_bn", None)
    if stride == 1 and enters == filters:
        if dropped > 0:
            x = layers.Dropout(dropped, noise_shape=(None, 1, 1, 1), name=f"{name}drop")(x)
        x = layers.Add(name=f"{name}add")([x, short])
    return x


def body(x: Symbol, width: float, depth: float, scaled: bool) -> Symbol:
    """Seven groups of blocks (Tan and Le 2019, arXiv:1905.11946), wider and deeper by factors."""
    x = layers.Rescaling(1 / 255)(x)
    x = layers.Normalization(axis=3)(x)
    if scaled:  # the published weights were trained on pixels divided by variances
        x = layers.Rescaling([1 / math.sqrt(d) for d in DEVIATIONS])(x)
    x = halved(x, 3, "stem_conv_pad")
    of: dict[str, Any] = {"kernel_size": 3, "strides": 2, "padding": "valid"}
    x = conv(x, eights(32 * width), "stem_conv", "stem_bn", "stem_activation", **of)
    counts = [math.ceil(depth * n) for _, n, *_ in GROUPS]
    done = 0
    for i, ((size, _, filters, wider, stride), n) in enumerate(zip(GROUPS, counts, strict=True), 1):
        for j in range(n):
            dropped = DROPPED * done / sum(counts)
            name = f"block{i}{chr(ord('a') + j)}_"
            first = stride if j == 0 else 1
            x = block(x, size, eights(filters * width), wider, first, dropped, name)
            done += 1
    return conv(x, eights(1280 * width), "top_conv", "top_bn", "top_activation")


def made(title: str, width: float, depth: float, size: int, dropped: float) -> Callable[..., Model]:
    """The function that makes the network of one size."""

    def head(x: Symbol, classes: int, activation: Any) -> Symbol:
        x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
        x = layers.Dropout(dropped, name="top_dropout")(x)
        return layers.Dense(
            classes, activation=activation, kernel_initializer=THIRD, name="predictions"
        )(x)

    def make(
        include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
        input_shape: Any = None, pooling: str | None = None, classes: int = 1000,
        classifier_activation: Any = "softmax", name: str = title.lower(),
    ) -> Model:  # fmt: skip
        return assemble(
            lambda x: body(x, width, depth, weights == "imagenet"), name=name, size=size, least=32,
            head=head, file=f"{PLACE}{title.lower()}{{top}}.h5", include_top=include_top,
            weights=weights, input_tensor=input_tensor, input_shape=input_shape, pooling=pooling,
            classes=classes, classifier_activation=classifier_activation,
        )  # fmt: skip

    make.__name__ = make.__qualname__ = title
    make.__doc__ = (
        f"{title}, for pixels from 0 to 255, of {size} by {size} at best; see "
        "`applications.Application`."
    )
    return make


(
    EfficientNetB0, EfficientNetB1, EfficientNetB2, EfficientNetB3, EfficientNetB4, EfficientNetB5,
    EfficientNetB6, EfficientNetB7,
) = (made(name, *size) for name, size in zip(NAMES, SIZES, strict=True))  # fmt: skip


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """The pixels as they are: the network has the layers that scale them."""
    return x
