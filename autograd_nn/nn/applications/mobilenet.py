"""MobileNet: a convolution by channel and one across them, thirteen times."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn import layers
from autograd_nn.nn.applications.assemble import PLACE, assemble
from autograd_nn.nn.applications.imagenet_utils import decode_predictions, preprocessing
from autograd_nn.nn.model import Model
from autograd_nn.nn.symbols import Symbol

__all__ = ["MobileNet", "decode_predictions", "preprocess_input"]

# (filters, stride) of each block
BLOCKS = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1),
    (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip
ALPHAS = {1.0: "1_0", 0.75: "7_5", 0.5: "5_0", 0.25: "2_5"}  # of which there are weights


def rows(shape: Any, top: bool, sizes: tuple[int, ...]) -> tuple[int | None, int]:
    """An image's height, for the model's name; and the one of which there are weights."""
    height = shape[0] if shape else 224 if top else None
    known = shape and len(shape) == 3 and shape[0] == shape[1] and shape[0] in sizes
    return height, shape[0] if known else 224


def weighed(alpha: float, alphas: Any, weights: Any, title: str) -> None:
    """Raises ValueError for a width of which there are no weights."""
    if not alpha > 0 or (weights == "imagenet" and alpha not in alphas):
        raise ValueError(
            f"{title} received alpha={alpha!r} with weights={weights!r}; expected a number over 0, "
            f"and for 'imagenet' one of {', '.join(map(str, alphas))}."
        )


def conv(x: Symbol, name: str, kind: Any, *args: Any, **options: Any) -> Symbol:
    """A convolution without bias, normalised, and limited to 0…6."""
    x = kind(*args, use_bias=False, name=name, **options)(x)
    x = layers.BatchNormalization(name=f"{name}_bn")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x)


def body(x: Symbol, alpha: float, multiplier: int) -> Symbol:
    """Thirteen blocks (Howard, Zhu and others 2017, arXiv:1704.04861)."""
    x = conv(x, "conv1", layers.Conv2D, int(32 * alpha), 3, strides=2, padding="same")
    for i, (filters, stride) in enumerate(BLOCKS, 1):
        if stride == 2:
            x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"conv_pad_{i}")(x)
        x = conv(
            x, f"conv_dw_{i}", layers.DepthwiseConv2D, 3, strides=stride,
            padding="same" if stride == 1 else "valid", depth_multiplier=multiplier,
        )  # fmt: skip
        x = conv(x, f"conv_pw_{i}", layers.Conv2D, int(filters * alpha), 1, padding="same")
    return x


def MobileNet(
    input_shape: Any = None, alpha: float = 1.0, depth_multiplier: int = 1, dropout: float = 1e-3,
    include_top: bool = True, weights: Any = "imagenet", input_tensor: Any = None,
    pooling: str | None = None, classes: int = 1000, classifier_activation: Any = "softmax",
    name: str | None = None,
) -> Model:  # fmt: skip
    """MobileNet, whose filters alpha multiplies.

    depth_multiplier   how many filters by channel there are for each channel.
    dropout            the rate before the classifier.
    The others are as in `applications.Application`.
    """
    weighed(alpha, ALPHAS, weights, "MobileNet")
    height, size = rows(input_shape, include_top, (128, 160, 192, 224))
    ending = "" if include_top else "_no_top"

    def head(x: Symbol, classes: int, activation: Any) -> Symbol:
        x = layers.GlobalAveragePooling2D(keepdims=True)(x)
        x = layers.Dropout(dropout, name="dropout")(x)
        x = layers.Conv2D(classes, 1, padding="same", name="conv_preds")(x)
        x = layers.Reshape((classes,), name="reshape_2")(x)
        return layers.Activation(activation=activation, name="predictions")(x)

    return assemble(
        lambda x: body(x, alpha, depth_multiplier), name=name or f"mobilenet_{alpha:0.2f}_{height}",
        size=224, least=32, head=head,
        file=f"{PLACE}mobilenet/mobilenet_{ALPHAS.get(alpha)}_{size}_tf{ending}.h5",
        include_top=include_top, weights=weights, input_tensor=input_tensor,
        input_shape=input_shape, pooling=pooling, classes=classes,
        classifier_activation=classifier_activation,
    )  # fmt: skip


preprocess_input = preprocessing("tf")
