"""Moving: images turned, shifted, scaled and sheared, read where their pixels come from."""

from __future__ import annotations

import math
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.images.axes import one_of
from autograd_nn.nn.images.boxes.formats import floating, parts_of
from autograd_nn.nn.images.boxes.moving import around
from autograd_nn.nn.images.sampling import FILL_MODES, ORDERS, affine_transform
from autograd_nn.nn.layers.image.base import Drawing, Placing, interval
from autograd_nn.nn.registry import named


class _Moving(Drawing, Placing):
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

    def matrix(self, drawn: Any, height: int, width: int) -> tuple[Any, ...]:
        """(a₀, a₁, a₂, b₀, b₁, b₂), numbers or (n, 1) tensors.

        The pixel (x, y) of the result is read at (a₀x + a₁y + a₂, b₀x + b₁y + b₂).
        """
        raise NotImplementedError

    def _matrix_for(self, drawn: Any, sizes: Any) -> tuple[Any, ...]:
        height, width = (sizes[axis] for axis in self.axes)
        return self.matrix(drawn, height, width)

    def placed(self, images: Tensor, drawn: Any, interpolation: str | None = None) -> Tensor:
        n = images.shape[0] if images.ndim == 4 else 1
        one = ops.ones((n, 1), images.dtype)
        found = self._matrix_for(drawn, images.shape)
        transform = ops.concatenate([*(m * one for m in found), 0 * one, 0 * one], axis=1)
        return affine_transform(
            images, transform, interpolation or self.interpolation, self.fill_mode,
            self.fill_value, self.data_format,
        )  # fmt: skip

    def boxes_placed(self, boxes: Tensor, drawn: Any) -> Tensor:
        a0, a1, a2, b0, b1, b2 = (
            ops.expand_dims(m, -1) if isinstance(m, Tensor) else m  # (n, 1, 1), for (n, k, 1)
            for m in self._matrix_for(drawn, drawn["input_shape"])
        )
        x0, y0, x1, y1 = parts_of(boxes)
        det = a0 * b1 - a1 * b0

        def moved(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
            x, y = x - a2, y - b2
            return (b1 * x - a1 * y) / det, (a0 * y - b0 * x) / det

        return around([moved(x, y) for x in (x0, x1) for y in (y0, y1)])

    def _rows(self, value: Any) -> Tensor:
        """A number for each image, however given, (n, 1)."""
        return ops.reshape(floating(value, self.compute_dtype), shape=(-1, 1))


def middle(height: int, width: int) -> tuple[float, float]:
    """The middle of the images: its column and its row."""
    return (width - 1) / 2, (height - 1) / 2


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

    _between = {"factor": {"low": -1}}

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
        self.factor = factor

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        low, high = (360 * f for f in self.factor)
        return {"angle": self.number(sizes, draws, low, high)}

    def matrix(self, drawn: Any, height: int, width: int) -> tuple[Any, ...]:
        angle = self._rows(drawn["angle"]) * (math.pi / 180)
        c, s = ops.cos(angle), ops.sin(angle)
        x, y = middle(height, width)
        return c, -s, x - x * c + y * s, s, c, y - x * s - y * c


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
        self._shares()

    def _shares(self) -> list[tuple[float, float]]:
        """What shares of an image are drawn between; the factors stay as they were given."""
        given = (self.height_factor, "height_factor"), (self.width_factor, "width_factor")
        return [interval(value, name, type(self).__name__, -1) for value, name in given]

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        rows, columns = (sizes[axis] for axis in self.axes)
        below, beside = self._shares()
        down = self.number(sizes, draws, *below) * rows
        right = self.number(sizes, draws, *beside) * columns
        pair = [ops.reshape(shift, shape=(-1, 1)) for shift in (right, down)]
        return {"translations": ops.concatenate(pair, axis=1)}

    def matrix(self, drawn: Any, height: int, width: int) -> tuple[Any, ...]:
        shift = floating(drawn["translations"], self.compute_dtype)
        return 1, 0, -shift[:, :1], 0, 1, -shift[:, 1:]


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
        self._shares()

    def _shares(self) -> list[tuple[float, float]]:
        """What is drawn for rows and, of their own, for columns; the factors stay as given."""
        given = (self.height_factor, "height_factor"), (self.width_factor, "width_factor")
        least = math.nextafter(-1, 0)
        return [
            interval(value, name, type(self).__name__, least)
            for value, name in given
            if value is not None or name == "height_factor"
        ]

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        zooms = [self.number(sizes, draws, *(1 + f for f in pair)) for pair in self._shares()]
        return {"height_zoom": zooms[0], "width_zoom": zooms[-1]}

    def matrix(self, drawn: Any, height: int, width: int) -> tuple[Any, ...]:
        columns, rows = (self._rows(drawn[f"{side}_zoom"]) for side in ("width", "height"))
        x, y = middle(height, width)
        return columns, 0, x - x * columns, 0, rows, y - y * rows


@named()
class RandomShear(_Moving):
    """Every image sheared: its rows pushed aside the further down, or its columns the further on.

    x_factor, y_factor   how far, in pixels a pixel, is drawn between these two, or between -factor
                         and factor, and to either side; from 0 to 1.
    Shapes (n, h, w, c) → the same. Raises ValueError for factors beyond.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> x = np.tile(np.arange(4.0), (3, 1))[None, :, :, None]
    >>> y = nn.layers.RandomShear((1.0, 1.0), fill_mode="nearest")(x).numpy()[0, :, :, 0]
    >>> y[0].tolist(), y[1].tolist() in ([1.0, 2.0, 3.0, 3.0], [0.0, 0.0, 1.0, 2.0])
    ([0.0, 1.0, 2.0, 3.0], True)
    """

    _between = {"x_factor": {"low": 0, "even": True}, "y_factor": {"low": 0, "even": True}}

    def __init__(
        self,
        x_factor: Any = 0.0,
        y_factor: Any = 0.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        data_format: str | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, data_format, **options)
        self.x_factor, self.y_factor = x_factor, y_factor

    def get_config(self) -> dict[str, Any]:
        pairs = {"x_factor": self.x_factor, "y_factor": self.y_factor}
        told = {k: b if a == -b else [a, b] for k, (a, b) in pairs.items()}
        return {**super().get_config(), **told}

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        side = ops.where(self.chosen(sizes, draws, 0.5, 0.5), 1.0, -1.0)
        pair = [self.number(sizes, draws, *f) * side for f in (self.x_factor, self.y_factor)]
        pair = [ops.reshape(amount, shape=(-1, 1)) for amount in pair]
        return {"shear_factor": ops.concatenate(pair, axis=1)}

    def matrix(self, drawn: Any, height: int, width: int) -> tuple[Any, ...]:
        amount = floating(drawn["shear_factor"], self.compute_dtype)
        return 1, amount[:, :1], 0, amount[:, 1:], 1, 0
