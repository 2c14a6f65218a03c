"""NASNet: two kinds of cells, which a search has found, of separable convolutions and averages."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn import layers
from autograd_nn.nn.applications.assemble import PLACE, assemble
from autograd_nn.nn.applications.imagenet_utils import decode_predictions, preprocessing
from autograd_nn.nn.applications.mobilenet_v2 import halved, head
from autograd_nn.nn.model import Model
from autograd_nn.nn.symbols import Symbol

__all__ = ["NASNetLarge", "NASNetMobile", "decode_predictions", "preprocess_input"]


def relu(x: Symbol, name: str | None = None) -> Symbol:
    return layers.Activation("relu", name=name)(x)


def norm(x: Symbol, name: str) -> Symbol:
    return layers.BatchNormalization(momentum=0.9997, epsilon=1e-3, name=name)(x)


def conv(x: Symbol, filters: int, name: str, size: int = 1, **options: Any) -> Symbol:
    """A convolution without bias."""
    return layers.Conv2D(
        filters, size, use_bias=False, kernel_initializer="he_normal", name=name, **options
    )(x)


def separable(x: Symbol, filters: int, size: int, name: str, half: bool = False) -> Symbol:
    """Two separable convolutions, the first of which may take every other place."""
    for i in (1, 2):
        x, halving = relu(x), half and i == 1
        if halving:
            x = halved(x, size, f"separable_conv_1_pad_{name}")
        x = layers.SeparableConv2D(
            filters, size, strides=2 if halving else 1, padding="valid" if halving else "same",
            use_bias=False, name=f"separable_conv_{i}_{name}",
        )(x)  # fmt: skip
        x = norm(x, f"separable_conv_{i}_bn_{name}")
    return x


def average(x: Symbol, name: str) -> Symbol:
    """The mean over 3×3 places."""
    return layers.AveragePooling2D(3, strides=1, padding="same", name=name)(x)


def adjusted(p: Symbol, x: Symbol, filters: int, name: str) -> Symbol:
    """What came before the last cell, p, in the size of what came of it, x."""
    if p is x:
        return p
    if p.shape[2] != x.shape[2]:  # two grids of every other place, one shifted by one
        p = relu(p, f"adjust_relu_1_{name}")
        shifted = layers.Cropping2D(((1, 0), (1, 0)))(layers.ZeroPadding2D(((0, 1), (0, 1)))(p))
        grids = []
        for i, grid in enumerate((p, shifted), 1):
            grid = layers.AveragePooling2D(1, strides=2, name=f"adjust_avg_pool_{i}_{name}")(grid)
            grids.append(conv(grid, filters // 2, f"adjust_conv_{i}_{name}", padding="same"))
        p = layers.Concatenate()(grids)
    elif p.shape[3] != filters:
        p = conv(relu(p), filters, f"adjust_conv_projection_{name}", padding="same")
    else:
        return p
    return norm(p, f"adjust_bn_{name}")


def added(a: Symbol, b: Symbol, name: str | None = None) -> Symbol:
    return layers.Add(name=name)([a, b])


def squeezed(x: Symbol, filters: int, kind: str, name: str) -> Symbol:
    """A 1×1 convolution, normalised."""
    return norm(conv(relu(x), filters, f"{kind}_conv_1_{name}", padding="same"),
                f"{kind}_bn_1_{name}")  # fmt: skip


def normal(x: Symbol, p: Symbol, filters: int, name: str) -> Symbol:
    """The cell that keeps an image's size."""

    def part(side: str, of: Symbol, size: int = 3) -> Symbol:
        return separable(of, filters, size, f"normal_{side}_{name}")

    p = adjusted(p, x, filters, name)
    h = squeezed(x, filters, "normal", name)
    parts = [
        (part("left1", h, 5), part("right1", p)),
        (part("left2", p, 5), part("right2", p)),
        (average(h, f"normal_left3_{name}"), p),
        (average(p, f"normal_left4_{name}"), average(p, f"normal_right4_{name}")),
        (part("left5", h), h),
    ]
    sums = [added(a, b, f"normal_add_{i}_{name}") for i, (a, b) in enumerate(parts, 1)]
    return layers.Concatenate(name=f"normal_concat_{name}")([p, *sums])


def reduction(x: Symbol, p: Symbol, filters: int, name: str) -> Symbol:
    """The cell that halves an image."""

    def part(side: str, of: Symbol, size: int, half: bool = True) -> Symbol:
        return separable(of, filters, size, f"reduction_{side}_{name}", half)

    p = adjusted(p, x, filters, name)
    h = squeezed(x, filters, "reduction", name)
    padded = halved(h, 3, f"reduction_pad_1_{name}")
    one = added(part("left1", h, 5), part("right1", p, 7), f"reduction_add_1_{name}")
    most = layers.MaxPooling2D(3, strides=2, name=f"reduction_left2_{name}")(padded)
    two = added(most, part("right2", p, 7), f"reduction_add_2_{name}")
    mean = layers.AveragePooling2D(3, strides=2, name=f"reduction_left3_{name}")(padded)
    three = added(mean, part("right3", p, 5), f"reduction_add3_{name}")
    four = added(two, average(one, f"reduction_left4_{name}"))
    deep = part("left4", one, 3, half=False)
    most = layers.MaxPooling2D(3, strides=2, name=f"reduction_right5_{name}")(padded)
    five = added(deep, most, f"reduction_add4_{name}")
    return layers.Concatenate(name=f"reduction_concat_{name}")([two, three, four, five])


def body(x: Symbol, stem: int, filters: int, blocks: int, skip: bool) -> Symbol:
    """Three groups of normal cells, halved in between (Zoph, Vasudevan and others 2017).

    See arXiv:1707.07012.
    stem      filters of the first convolution.
    filters   of each cell's parts in the first group, twice as many in each next one.
    blocks    normal cells in a group.
    skip      whether the first cell of a group skips the reduction before it, too.
    """
    if None in x.shape[1:3]:
        raise ValueError(
            f"NASNet received images of shape {x.shape}; expected known sizes, for its cells fit "
            "sizes to each other. Give them in input_shape."
        )
    x = conv(x, stem, "stem_conv1", 3, strides=2)
    x = p = norm(x, "stem_bn1")
    for name, n in (("stem_1", filters // 4), ("stem_2", filters // 2)):
        x, p = reduction(x, p, n, name), x
    for group in range(3):
        n, first = filters * 2**group, group * (blocks + 1)
        if group:
            before = x
            x = reduction(x, p, n, f"reduce_{group * blocks}")
            p = p if skip else before
        for i in range(blocks):
            x, p = normal(x, p, n, str(first + i)), x
    return relu(x)


def NASNetMobile(
    input_shape: Any = None, include_top: bool = True, weights: Any = "imagenet",
    input_tensor: Any = None, pooling: str | None = None, classes: int = 1000,
    classifier_activation: Any = "softmax", name: str = "nasnet_mobile",
) -> Model:  # fmt: skip
    """NASNet of 4 cells a group; see `applications.Application`."""
    return _made(
        (32, 44, 4, False), "mobile", 224, input_shape, include_top=include_top, weights=weights,
        input_tensor=input_tensor, pooling=pooling, classes=classes,
        classifier_activation=classifier_activation, name=name,
    )  # fmt: skip


def NASNetLarge(
    input_shape: Any = None, include_top: bool = True, weights: Any = "imagenet",
    input_tensor: Any = None, pooling: str | None = None, classes: int = 1000,
    classifier_activation: Any = "softmax", name: str = "nasnet_large",
) -> Model:  # fmt: skip
    """NASNet of 6 cells a group; see `applications.Application`."""
    return _made(
        (96, 168, 6, True), "large", 331, input_shape, include_top=include_top, weights=weights,
        input_tensor=input_tensor, pooling=pooling, classes=classes,
        classifier_activation=classifier_activation, name=name,
    )  # fmt: skip


def _made(sizes: Any, kind: str, size: int, shape: Any, **options: Any) -> Model:
    ending = "" if options["include_top"] else "-no-top"
    kept_as = f"nasnet_{kind}{ending}.h5".replace("-", "_")
    if shape is None and options["input_tensor"] is None:
        shape = (size, size, 3)
    return assemble(
        lambda x: body(x, *sizes), size=size, least=32, head=head, input_shape=shape,
        file=f"{PLACE}nasnet/NASNet-{kind}{ending}.h5", kept_as=kept_as,
        **options,
    )  # fmt: skip


preprocess_input = preprocessing("tf")
