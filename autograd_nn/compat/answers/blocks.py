"""The two blocks that `ResNet50` was made of in Keras 1 and 2, which scripts took from there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_nn.nn import backend, layers


def identity_block(
    input_tensor: Any, kernel_size: Any, filters: Sequence[int], stage: int, block: str
) -> Any:
    """1×1, k×k and 1×1 windows, three numbers of filters, and what was given added."""
    return _block(input_tensor, kernel_size, filters, f"{stage}{block}_branch", 1, False)


def conv_block(
    input_tensor: Any, kernel_size: Any, filters: Sequence[int], stage: int, block: str,
    strides: Any = (2, 2),
) -> Any:  # fmt: skip
    """The same, what was given through a 1×1 convolution; the first windows lie ``strides`` apart.
    """
    return _block(input_tensor, kernel_size, filters, f"{stage}{block}_branch", strides, True)


def _block(
    x: Any, size: Any, filters: Sequence[int], name: str, strides: Any, through: bool
) -> Any:
    axis = 1 if backend.image_data_format() == "channels_first" else 3

    def turned(x: Any, n: int, size: Any, part: str, **options: Any) -> Any:
        x = layers.Conv2D(n, size, name=f"res{name}{part}", **options)(x)
        return layers.BatchNormalization(axis=axis, name=f"bn{name}{part}")(x)

    given, (a, b, c) = x, filters
    x = layers.Activation("relu")(turned(x, a, 1, "2a", strides=strides))
    x = layers.Activation("relu")(turned(x, b, size, "2b", padding="same"))
    x = turned(x, c, 1, "2c")
    short = turned(given, c, 1, "1", strides=strides) if through else given
    return layers.Activation("relu")(layers.Add()([x, short]))
