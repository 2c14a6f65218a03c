"""What layers of images share: images alone or in batches, where the rows stand, random changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.layers.spatial import data_format_of
from autograd_nn.nn.random import SeedGenerator


def interval(
    value: Any, name: str, where: str, low: float, high: float = 1.0, both: bool = False
) -> tuple[float, float]:
    """Two numbers from ``low`` to ``high`` in order; one number v stands for -v and v.

    both   one number stands for itself twice. Raises ValueError for anything else.

    >>> interval(0.2, "factor", "RandomRotation", -1)
    (-0.2, 0.2)
    """
    pair = value if isinstance(value, list | tuple) else (value, value)
    fits = len(pair) == 2 and all(
        isinstance(v, int | float | np.number) and not isinstance(v, bool) and low <= v <= high
        for v in pair
    )
    if not fits:
        raise ValueError(
            f"{where} received {name}={value!r}; expected a number from {low:g} to {high:g}, or "
            "two of them."
        )
    if pair is not value and not both:
        pair = (max(-abs(value), low), abs(value))
    a, b = sorted(float(v) for v in pair)
    return a, b


class Images(Layer):
    """The base: a batch of images (n, h, w, c), or one image (h, w, c).

    data_format   'channels_last', or 'channels_first' for (n, c, h, w) and (c, h, w).
    Raises ShapeError for other numbers of dimensions.
    """

    stateless = True
    casts_integers = True

    def __init__(self, data_format: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.data_format = data_format_of(data_format, type(self).__name__)

    @property
    def axes(self) -> tuple[int, int]:
        """The rows' and the columns' axis, counted from the end."""
        return (-3, -2) if self.data_format == "channels_last" else (-2, -1)

    def check_rank(self, shape: Any) -> None:
        if not isinstance(shape, tuple) or len(shape) not in (3, 4) or isinstance(shape[0], tuple):
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {shape}; expected images "
                "(n, h, w, c) or one image (h, w, c). Put an axis of size 1 where there is one "
                "channel."
            )

    def resized(self, shape: Shape, height: int, width: int) -> Shape:
        """A shape with other rows and columns."""
        found = list(shape)
        for axis, n in zip(self.axes, (height, width), strict=True):
            found[axis] = n
        return tuple(found)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)


class RandomImages(Images):
    """The base of random changes: each image is changed by draws of its own.

    seed   makes this layer's draws repeat from run to run.
    Nothing changes with ``training=False``, as in `predict` and `evaluate`; a call that does not
    say draws, so that the layer shows what it does.
    """

    def __init__(
        self, seed: int | None = None, data_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(data_format, **options)
        self.seed = seed
        self.seed_generator = SeedGenerator(seed)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        return inputs if training is False else self.changed(inputs)

    def changed(self, images: Tensor) -> Tensor:
        """The images with what was drawn."""
        raise NotImplementedError

    def uniform(self, images: Tensor, low: float, high: float) -> Tensor:
        """A number for each image, of a shape that goes with them."""
        shape = (images.shape[0], 1, 1, 1) if images.ndim == 4 else (1, 1, 1)
        return self.seed_generator.uniform(shape, low, high, images.dtype)
