"""Moving: images turned, shifted and scaled at random, read where their pixels come from."""

from __future__ import annotations

import math
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.images.axes import one_of
from autograd_nn.nn.images.sampling import FILL_MODES, ORDERS, affine_transform
from autograd_nn.nn.layers.image.base import RandomImages, interval
from autograd_nn.nn.registry import named


class _Moving(RandomImages):
    """The base: where (x, y) of the result lies in an image is affine in both.

    fill_mode       what lies outside: 'reflect', 'mirror', 'wrap', 'nearest', or 'constant' for
                    ``fill_value``.
    interpolation   'nearest' or 'bilinear'.
    """

    def __init__(
        self,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(seed, data_format, **options)
        where = type(self).__name__
        self.fill_mode = one_of(fill_mode, FILL_MODES, "fill_mode", where)
        self.interpolation = one_of(interpolation, ORDERS, "interpolation", where)
        self.fill_value = fill_value

    def middle(self, images: Tensor) -> tuple[float, float]:
        """The middle of the images: its column and its row."""
        rows, columns = (images.shape[a] for a in self.axes)
        return (columns - 1) / 2, (rows - 1) / 2

    def moved(self, images: Tensor, *matrix: Any) -> Tensor:
        """Images read at (a₀x + a₁y + a₂, b₀x + b₁y + b₂), numbers or one an image."""
        n = images.shape[0] if images.ndim == 4 else 1
        flat = [ops.reshape(m, shape=(-1, 1)) if isinstance(m, Tensor) else m for m in matrix]
        one = ops.ones((n, 1), images.dtype)
        transform = ops.concatenate([*(m * one for m in flat), 0 * one, 0 * one], axis=1)
        return affine_transform(
            images, transform, self.interpolation, self.fill_mode, self.fill_value,
            self.data_format,
        )  # fmt: skip


@named()
class RandomRotation(_Moving):
    """Every image turned about its middle by an angle of its own.

    factor   the angle in full turns, counted counterclockwise, is drawn between these two, or
             between -factor and factor; from -1 to 1.
    Shapes (n, h, w, c) → the same. Raises ValueError for a factor beyond.

    >>> from autograd_nn import nn
    >>> nn.layers.RandomRotation((0.5, 0.5))([[[[1.0], [2.0], [3.0]]]]).numpy().ravel().round(3)
    array([3., 2., 1.], dtype=float32)
    """

    def __init__(
        self,
        factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **options)
        self.factor = interval(factor, "factor", "RandomRotation", -1)

    def changed(self, images: Tensor) -> Tensor:
        low, high = (2 * math.pi * f for f in self.factor)
        angle = self.uniform(images, low, high)
        c, s = ops.cos(angle), ops.sin(angle)
        x, y = self.middle(images)
        return self.moved(images, c, -s, x - x * c + y * s, s, c, y - x * s - y * c)


@named()
class RandomTranslation(_Moving):
    """Every image moved up or down and to a side by shares of its size.

    height_factor, width_factor   the shares, positive down and to the right, are drawn between
                                  these two, or between -factor and factor; from -1 to 1.
    Shapes (n, h, w, c) → the same. Raises ValueError for factors beyond.

    >>> from autograd_nn import nn
    >>> layer = nn.layers.RandomTranslation(0, (0.25, 0.25), fill_mode="constant")
    >>> layer([[[[1.0], [2.0], [3.0], [4.0]]]]).numpy().ravel().tolist()
    [0.0, 1.0, 2.0, 3.0]
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **options)
        self.height_factor, self.width_factor = height_factor, width_factor
        self._down = interval(height_factor, "height_factor", "RandomTranslation", -1)
        self._right = interval(width_factor, "width_factor", "RandomTranslation", -1)

    def changed(self, images: Tensor) -> Tensor:
        rows, columns = (images.shape[a] for a in self.axes)
        down = self.uniform(images, *self._down) * rows
        right = self.uniform(images, *self._right) * columns
        return self.moved(images, 1, 0, -right, 0, 1, -down)


@named()
class RandomZoom(_Moving):
    """Every image shrunk (factors above 0) or enlarged (below) about its middle.

    height_factor   the result shows 1 + f times the image's rows, f drawn between these two, or
                    between -factor and factor; from above -1 to 1.
    width_factor    the same of columns; None for the rows' draw, which keeps the aspect ratio.
    Shapes (n, h, w, c) → the same. Raises ValueError for factors beyond.

    >>> from autograd_nn import nn
    >>> layer = nn.layers.RandomZoom(0, (-0.5, -0.5), interpolation="nearest")
    >>> layer([[[[1.0], [2.0], [3.0], [4.0]]]]).numpy().ravel().tolist()
    [2.0, 2.0, 3.0, 3.0]
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **options)
        self.height_factor, self.width_factor = height_factor, width_factor
        least = math.nextafter(-1, 0)
        self._rows = interval(height_factor, "height_factor", "RandomZoom", least)
        self._columns = (
            None if width_factor is None
            else interval(width_factor, "width_factor", "RandomZoom", least)
        )  # fmt: skip

    def changed(self, images: Tensor) -> Tensor:
        x, y = self.middle(images)
        rows = self.uniform(images, *(1 + f for f in self._rows))
        columns = rows
        if self._columns is not None:
            columns = self.uniform(images, *(1 + f for f in self._columns))
        return self.moved(images, columns, 0, x - x * columns, 0, rows, y - y * rows)
