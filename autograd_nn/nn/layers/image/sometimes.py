"""Changes that come to some images, and not to others: inverted, blurred, erased in part."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.halves import as_dtype
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import whole
from autograd_nn.nn.images.boxes.formats import floating
from autograd_nn.nn.images.filters import gaussian_blur
from autograd_nn.nn.layers.image.base import Ranged, per_image
from autograd_nn.nn.layers.image.rectangles import inside, rectangles
from autograd_nn.nn.registry import named


class Sometimes(Ranged):
    """The base: a change that comes to each image with a probability ``factor``."""

    _between = {"factor": {"low": 0}}

    def __init__(
        self, factor: Any = 1.0, value_range: Any = (0, 255), seed: int | None = None,
        data_format: str | None = None, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **options)
        self.factor = factor


@named()
class RandomInvert(Sometimes):
    """Some images the other way round, high - x.

    factor        the probability is drawn between these two, or between 0 and factor.
    value_range   (low, high) of the images' numbers.
    Shapes (n, h, w, c) → the same. Raises ValueError for a factor outside [0, 1].

    >>> from autograd_nn import nn
    >>> nn.layers.RandomInvert((1.0, 1.0), value_range=(0, 1))([[[[0.25], [1.0]]]]).tolist()
    [[[[0.75], [0.0]]]]
    """

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        return {"apply_inversion": self.chosen(sizes, draws, *self.factor)}

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        other = self.value_range[1] - images
        return ops.where(per_image(drawn["apply_inversion"]), other, images)


@named()
class RandomGaussianBlur(Sometimes):
    """Some images blurred with a normal density around each pixel.

    factor        the probability is drawn between these two, or between 0 and factor.
    kernel_size   how many pixels are weighed, one number or (columns, rows).
    sigma         the density's deviation, of columns and of rows, is drawn between these two for
                  the batch, or between 0 and sigma; from 0 to 1.
    value_range   (low, high) of the images' numbers, to which the result is clipped.
    Shapes (n, h, w, c) → the same. Raises ValueError for a factor or sigma outside [0, 1].

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.RandomGaussianBlur()(np.ones((1, 4, 4, 3))).shape
    (1, 4, 4, 3)
    """

    _between = {"factor": {"low": 0}, "sigma": {"low": 0}}

    def __init__(
        self, factor: Any = 1.0, kernel_size: Any = 3, sigma: Any = 1.0,
        value_range: Any = (0, 255), data_format: str | None = None, seed: int | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(factor, value_range, seed, data_format, **options)
        pair = kernel_size if isinstance(kernel_size, list | tuple) else (kernel_size,) * 2
        if len(pair) != 2:
            raise ValueError(
                f"RandomGaussianBlur received kernel_size={kernel_size!r}; expected one whole "
                "number or two of them."
            )
        self.kernel_size = tuple(whole(n, "kernel_size", 1) for n in pair)
        self.sigma = sigma

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        return {
            "should_apply_blur": self.chosen(sizes, draws, *self.factor),
            "blur_factor": draws.uniform((2,), *self.sigma, as_dtype(self.compute_dtype)) + 1e-6,
        }

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        spread = drawn["blur_factor"]
        y = gaussian_blur(images, self.kernel_size, (spread[0], spread[1]), self.data_format)
        y = ops.where(per_image(drawn["should_apply_blur"]), y, images)
        return ops.clip(y, *self.value_range)


@named()
class RandomErasing(Sometimes):
    """Some images with a rectangle put out.

    factor        the probability is drawn between these two, or between 0 and factor.
    scale         the rectangle's share of the image, of the rows' square root times that of the
                  columns, is drawn between these two, or between 0 and scale; from 0 to 1.
    fill_value    what stands there: a number, three of them, one a channel, or None for noise.
    value_range   (low, high) of the images' numbers, to which what stands there is clipped.
    Shapes (n, h, w, c) → the same. Raises ValueError for a factor or scale outside [0, 1].

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> layer = nn.layers.RandomErasing((1.0, 1.0), scale=(0.25, 0.25), fill_value=0)
    >>> float(layer(np.ones((1, 8, 8, 3))).sum())
    144.0
    """

    _between = {"factor": {"low": 0}, "scale": {"low": 0}}

    def __init__(
        self, factor: Any = 1.0, scale: Any = (0.02, 0.33), fill_value: Any = None,
        value_range: Any = (0, 255), seed: int | None = None, data_format: str | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(factor, value_range, seed, data_format, **options)
        self.scale = scale
        several = isinstance(fill_value, list | tuple)
        numbers = fill_value if several else (fill_value,) * 3
        if fill_value is not None and not (
            len(numbers) == 3 and all(isinstance(v, int | float) for v in numbers)
        ):
            raise ValueError(
                "The `fill_value` argument should be a number (or a list of three numbers); "
                f"RandomErasing received {fill_value!r}."
            )
        self.fill_value = fill_value

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        side = [ops.sqrt(self.number(sizes, draws, *self.scale)) for _ in self.axes]
        corners = rectangles(sizes, self.axes, draws, *side)
        found = {
            "apply_erasing": self.chosen(sizes, draws, *self.factor),
            "batch_masks": inside(sizes, self.axes, corners),
        }
        fill = self.fill_value
        if fill is None:
            fill = self.noise(sizes, draws) * self.value_range[1]
        elif isinstance(fill, list | tuple):
            fill = np.asarray(fill, self.compute_dtype)
            fill = fill if self.data_format == "channels_last" else fill[:, None, None]
        return {**found, "fill_value": ops.clip(fill, *self.value_range)}

    def noise(self, sizes: tuple[int, ...], draws: Any) -> Tensor:
        """A normal draw for every number of the images, whichever way their axes stand."""
        last = self.data_format == "channels_last"
        shape = sizes if last else (sizes[0], *sizes[2:], sizes[1])
        found = draws.normal(shape, 0.0, 1.0, as_dtype(self.compute_dtype))
        return found if last else ops.moveaxis(found, -1, 1)

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        there = ops.logical_and(per_image(drawn["apply_erasing"]), drawn["batch_masks"])
        return ops.where(there, floating(drawn["fill_value"], images.dtype), images)
