"""MobileNet V2: blocks that widen, filter by channel and narrow, added where they fit."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn import layers
from autograd_nn.nn.applications.assemble import PLACE, assemble
from autograd_nn.nn.applications.imagenet_utils import decode_predictions, preprocessing
from autograd_nn.nn.applications.mobilenet import rows, weighed
from autograd_nn.nn.model import Model
from autograd_nn.nn.symbols import Symbol

__all__ = ["MobileNetV2", "decode_predictions", "preprocess_input"]

# (filters, stride of the first, how many) of each group of blocks
GROUPS = ((16, 1, 1), (24, 2, 2), (32, 2, 3), (64, 2, 4), (96, 1, 3), (160, 2, 3), (320, 1, 1))
ALPHAS = (0.35, 0.5, 0.75, 1.0, 1.3, 1.4)  # of which there are weights


def eights(n: float) -> int:
    """A multiple of 8 near n, at least 8, and not less than 0.9 n."""
    near = max(8, int(n + 4) // 8 * 8)
    return near + 8 if near < 0.9 * n else near


def halved(x: Symbol, size: int, name: str) -> Symbol:
    """Zeros around an image, of which a convolution takes every other place, centred as 'same'."""
    before = [size // 2 - (1 if n is None else 1 - n % 2) for n in x.shape[1:3]]
    return layers.ZeroPadding2D([(n, size // 2) for n in before], name=name)(x)


def conv(x: Symbol, layer: Any, norm: str, act: str | None = None) -> Symbol:
    """A layer, normalised, and limited to 0…6 where a name for that is given."""
    x = layers.BatchNormalization(epsilon=1e-3, momentum=0.999, name=norm)(layer(x))
    return layers.ReLU(6.0, name=act)(x) if act else x


def wide(filters: int, size: int, name: str, **options: Any) -> Any:
    return layers.Conv2D(filters, size, padding="same", use_bias=False, name=name, **options)


def block(x: Symbol, filters: int, stride: int, i: int) -> Symbol:
    """Six times as wide (the first block is not), a filter by channel, and narrow again."""
    name, short = (f"block_{i}" if i else "expanded_conv"), x
    if i:
        layer = wide(6 * x.shape[-1], 1, f"{name}_expand")  # type: ignore[operator]
        x = conv(x, layer, f"{name}_expand_BN", f"{name}_expand_relu")
    if stride == 2:
        x = halved(x, 3, f"{name}_pad")
    layer = layers.DepthwiseConv2D(
        3, strides=stride, padding="same" if stride == 1 else "valid", use_bias=False,
        name=f"{name}_depthwise",
    )  # fmt: skip
    x = conv(x, layer, f"{name}_depthwise_BN", f"{name}_depthwise_relu")
    x = conv(x, wide(filters, 1, f"{name}_project"), f"{name}_project_BN")
    fits = stride == 1 and short.shape[-1] == filters
    return layers.Add(name=f"{name}_add")([short, x]) if fits else x


def body(x: Symbol, alpha: float) -> Symbol:
    """Seventeen blocks (Sandler, Howard and others 2018, arXiv:1801.04381)."""
    x = conv(x, wide(eights(32 * alpha), 3, "Conv1", strides=2), "bn_Conv1", "Conv1_relu")
    i = 0
    for filters, stride, n in GROUPS:
        for j in range(n):
            x = block(x, eights(filters * alpha), 1 if j else stride, i)
            i += 1
    last = eights(1280 * alpha) if alpha > 1 else 1280
    layer = layers.Conv2D(last, 1, use_bias=False, name="Conv_1")
    return conv(x, layer, "Conv_1_bn", "out_relu")


def head(x: Symbol, classes: int, activation: Any) -> Symbol:
    """The mean over all places, and the classifier."""
    x = layers.GlobalAveragePooling2D()(x)
    return layers.Dense(classes, activation=activation, name="predictions")(x)


def MobileNetV2(
    input_shape: Any = None, alpha: float = 1.0, include_top: bool = True,
    weights: Any = "imagenet", input_tensor: Any = None, pooling: str | None = None,
    classes: int = 1000, classifier_activation: Any = "softmax", name: str | None = None,
) -> Model:  # fmt: skip
    """MobileNet V2, whose filters alpha multiplies; see `applications.Application`."""
    weighed(alpha, ALPHAS, weights, "MobileNetV2")
    height, size = rows(input_shape, include_top, (96, 128, 160, 192, 224))
    ending = "" if include_top else "_no_top"
    kind = f"{float(alpha)}_{size}{ending}"
    file = f"mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{kind}.h5"
    return assemble(
        lambda x: body(x, alpha), name=name or f"mobilenetv2_{alpha:0.2f}_{height}", size=224,
        least=32, head=head, file=f"{PLACE}mobilenet_v2/{file}", include_top=include_top,
        weights=weights, input_tensor=input_tensor, input_shape=input_shape, pooling=pooling,
        classes=classes, classifier_activation=classifier_activation,
    )  # fmt: skip


preprocess_input = preprocessing("tf")
