"""MobileNet V3: blocks as V2's, of which some weigh their channels, with an activation of lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_nn.nn import layers
from autograd_nn.nn.applications.assemble import PLACE, assemble
from autograd_nn.nn.applications.imagenet_utils import decode_predictions
from autograd_nn.nn.applications.mobilenet import weighed
from autograd_nn.nn.applications.mobilenet_v2 import eights, halved
from autograd_nn.nn.model import Model
from autograd_nn.nn.symbols import Symbol

__all__ = ["MobileNetV3Large", "MobileNetV3Small", "decode_predictions", "preprocess_input"]

# (how much wider, filters, kernel, stride, channels weighed, bent) of each block. A kernel of 5,
# weighing and bending are what 'minimalistic' leaves out.
Rows = tuple[tuple[float, int, int, int, bool, bool], ...]
SMALL: Rows = (
    (1, 16, 3, 2, True, False), (72 / 16, 24, 3, 2, False, False),
    (88 / 24, 24, 3, 1, False, False), (4, 40, 5, 2, True, True), (6, 40, 5, 1, True, True),
    (6, 40, 5, 1, True, True), (3, 48, 5, 1, True, True), (3, 48, 5, 1, True, True),
    (6, 96, 5, 2, True, True), (6, 96, 5, 1, True, True), (6, 96, 5, 1, True, True),
)  # fmt: skip
LARGE: Rows = (
    (1, 16, 3, 1, False, False), (4, 24, 3, 2, False, False), (3, 24, 3, 1, False, False),
    (3, 40, 5, 2, True, False), (3, 40, 5, 1, True, False), (3, 40, 5, 1, True, False),
    (6, 80, 3, 2, False, True), (2.5, 80, 3, 1, False, True), (2.3, 80, 3, 1, False, True),
    (2.3, 80, 3, 1, False, True), (6, 112, 3, 1, True, True), (6, 112, 3, 1, True, True),
    (6, 160, 5, 2, True, True), (6, 160, 5, 1, True, True), (6, 160, 5, 1, True, True),
)  # fmt: skip
Act = Callable[[Symbol], Symbol]


def plain(x: Symbol) -> Symbol:
    return layers.ReLU()(x)


def bent(x: Symbol) -> Symbol:
    return layers.Activation("hard_swish")(x)


def conv(x: Symbol, filters: int, name: str, act: Act | None, **options: Any) -> Symbol:
    """A convolution of one place without bias, if nothing else is said, normalised and bent."""
    options = {"kernel_size": 1, "padding": "same", "use_bias": False, **options}
    return normed(layers.Conv2D(filters, name=name, **options)(x), f"{name}_bn", act)


def normed(x: Symbol, name: str, act: Act | None) -> Symbol:
    x = layers.BatchNormalization(epsilon=1e-3, momentum=0.999, name=name)(x)
    return act(x) if act else x


def weighing(x: Symbol, filters: int, name: str) -> Symbol:
    """Each channel by a weight from 0 to 1, which the means of all channels say."""
    y = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_avg_pool")(x)
    y = layers.Conv2D(eights(filters * 0.25), 1, padding="same", name=f"{name}_conv")(y)
    y = layers.ReLU(name=f"{name}_relu")(y)
    y = layers.Conv2D(filters, 1, padding="same", name=f"{name}_conv_1")(y)
    y = layers.ReLU(6.0)(y + 3.0) * (1.0 / 6.0)
    return layers.Multiply(name=f"{name}_mul")([x, y])


def block(x: Symbol, row: tuple[float, int, int, int, bool, bool], act: Act, i: int) -> Symbol:
    """Wider (the first block is not), a filter by channel, weighed, and narrow again."""
    wider, filters, size, stride, weighs, _ = row
    name, short = f"expanded_conv_{i}" if i else "expanded_conv", x
    width = eights(x.shape[-1] * wider)  # type: ignore[operator]
    if i:
        x = conv(x, width, f"{name}_expand", act)
    if stride == 2:
        x = halved(x, size, f"{name}_depthwise_pad")
    x = layers.DepthwiseConv2D(
        size, strides=stride, padding="same" if stride == 1 else "valid", use_bias=False,
        name=f"{name}_depthwise",
    )(x)  # fmt: skip
    x = normed(x, f"{name}_depthwise_bn", act)
    if weighs:
        x = weighing(x, width, f"{name}_squeeze_excite")
    x = conv(x, filters, f"{name}_project", None)
    fits = stride == 1 and short.shape[-1] == filters
    return layers.Add(name=f"{name}_add")([short, x]) if fits else x


def assembled(
    kind: str, rows: Rows, last: int, alpha: float, minimalistic: bool, dropout_rate: float,
    include_preprocessing: bool, include_top: bool, weights: Any, name: str, **options: Any,
) -> Model:  # fmt: skip
    """A network of such blocks (Howard and others 2019, arXiv:1905.02244)."""
    weighed(alpha, (1.0,) if minimalistic else (0.75, 1.0), weights, name)
    act = plain if minimalistic else bent
    last = eights(last * alpha) if alpha > 1 else last

    def body(x: Symbol) -> Symbol:
        if include_preprocessing:
            x = layers.Rescaling(1 / 127.5, offset=-1.0)(x)
        x = conv(x, 16, "conv", act, kernel_size=3, strides=2)
        for i, (wider, filters, size, stride, weighs, bends) in enumerate(rows):
            row = (wider, eights(filters * alpha), 3 if minimalistic else size, stride,
                   weighs and not minimalistic, bends)  # fmt: skip
            x = block(x, row, act if bends else plain, i)
        return conv(x, eights(x.shape[-1] * 6), "conv_1", act)  # type: ignore[operator]

    def head(x: Symbol, classes: int, activation: Any) -> Symbol:
        x = layers.GlobalAveragePooling2D(keepdims=True)(x)
        x = act(layers.Conv2D(last, 1, padding="same", name="conv_2")(x))
        if dropout_rate > 0:
            x = layers.Dropout(dropout_rate)(x)
        x = layers.Flatten()(layers.Conv2D(classes, 1, padding="same", name="logits")(x))
        return layers.Activation(activation, name="predictions")(x)

    which = f"{kind}{'_minimalistic' if minimalistic else ''}_224_{float(alpha)}_float"
    file = f"weights_mobilenet_v3_{which}{'' if include_top else '_no_top_v2'}.h5"
    return assemble(
        body, name=name, size=224, least=32, head=head, file=f"{PLACE}mobilenet_v3/{file}",
        include_top=include_top, weights=weights, **options,
    )  # fmt: skip


def MobileNetV3Small(
    input_shape: Any = None, alpha: float = 1.0, minimalistic: bool = False,
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    classes: int = 1000, pooling: str | None = None, dropout_rate: float = 0.2,
    classifier_activation: Any = "softmax", include_preprocessing: bool = True,
    name: str = "MobileNetV3Small",
) -> Model:  # fmt: skip
    """MobileNet V3 of eleven blocks; see `MobileNetV3Large` and `applications.Application`."""
    return assembled(
        "small", SMALL, 1024, alpha, minimalistic, dropout_rate, include_preprocessing, include_top,
        weights, name, input_tensor=input_tensor, input_shape=input_shape, pooling=pooling,
        classes=classes, classifier_activation=classifier_activation,
    )  # fmt: skip


def MobileNetV3Large(
    input_shape: Any = None, alpha: float = 1.0, minimalistic: bool = False,
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    classes: int = 1000, pooling: str | None = None, dropout_rate: float = 0.2,
    classifier_activation: Any = "softmax", include_preprocessing: bool = True,
    name: str = "MobileNetV3Large",
) -> Model:  # fmt: skip
    """MobileNet V3 of fifteen blocks, whose filters alpha multiplies.

    minimalistic            kernels of 3 and ReLU alone, and no channel is weighed.
    dropout_rate            of what enters the classifier.
    include_preprocessing   pixels from 0 to 255 enter; False: from −1 to 1.
    The others: see `applications.Application`.
    """
    return assembled(
        "large", LARGE, 1280, alpha, minimalistic, dropout_rate, include_preprocessing, include_top,
        weights, name, input_tensor=input_tensor, input_shape=input_shape, pooling=pooling,
        classes=classes, classifier_activation=classifier_activation,
    )  # fmt: skip


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """The pixels as they are: the network has the layer that scales them."""
    return x
