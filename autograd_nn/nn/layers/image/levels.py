"""Levels: the numbers of images spread out, turned back, made fewer, or evened out."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.checks import whole
from autograd_nn.nn.images.levels import equalize
from autograd_nn.nn.images.tiles import equalize_tiles
from autograd_nn.nn.layers.image.base import Ranged, per_image
from autograd_nn.nn.layers.spatial import sizes
from autograd_nn.nn.registry import named


@named()
class AutoContrast(Ranged):
    """Every channel of an image spread over the value range, from its least number to its largest.

    value_range   (low, high) of the images' numbers.
    Shapes (n, h, w, c) → the same; a channel of one number stays as it is.

    >>> from autograd_nn import nn
    >>> nn.layers.AutoContrast(value_range=(0, 1))([[[[0.25], [0.5], [0.75]]]]).tolist()
    [[[[0.0], [0.5], [1.0]]]]
    """

    still = False
    _settled = ("seed",)  # nothing is drawn

    def __init__(self, value_range: Any = (0, 255), **options: Any) -> None:
        super().__init__(value_range, **options)

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        least, most = self.value_range
        low, high = (f(images, axis=self.axes, keepdims=True) for f in (ops.min, ops.max))
        flat = ops.equal(low, high)
        y = (images - low) * ((most - least) / ops.where(flat, 1, high - low)) + least
        return ops.where(flat, images, ops.clip(y, least, most))


@named()
class Solarization(Ranged):
    """Every image with numbers above a threshold turned back from the top, high - x.

    addition_factor    what is added before, a share of the range; threshold_factor: the threshold;
                       drawn between these two, or between 0 and factor, each from 0 to 1.
    value_range        (low, high) of the images' numbers.
    Shapes (n, h, w, c) → the same. Raises ValueError for a factor outside [0, 1].

    >>> from autograd_nn import nn
    >>> layer = nn.layers.Solarization(threshold_factor=(0.5, 0.5), value_range=(0, 1))
    >>> layer([[[[0.25], [0.75]]]]).tolist()
    [[[[0.25], [0.25]]]]
    """

    _between = {"addition_factor": {"low": 0}, "threshold_factor": {"low": 0}}

    def __init__(
        self, addition_factor: Any = 0.0, threshold_factor: Any = 0.0, value_range: Any = (0, 255),
        seed: int | None = None, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, **options)
        self.addition_factor, self.threshold_factor = addition_factor, threshold_factor

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        both = (("additions", self.addition_factor), ("thresholds", self.threshold_factor))
        return {name: self.number(sizes, draws, *f) * 255 for name, f in both}

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        more, edge = (per_image(drawn[k], images.dtype) for k in ("additions", "thresholds"))
        y = ops.clip(self.leveled(images) + more, 0, 255)
        return self.ranged(ops.where(ops.less(y, edge), y, 255 - y))


@named()
class RandomPosterization(Ranged):
    """Every image in fewer colors: its numbers, of 0 … 255, keep their first few bits.

    factor        how many bits is drawn between these two, or between 1 and factor; from 1 to 8.
    value_range   (low, high) of the images' numbers.
    Shapes (n, h, w, c) → the same. Raises ValueError for a factor outside [1, 8].

    >>> from autograd_nn import nn
    >>> nn.layers.RandomPosterization((1, 1))([[[[100.0], [200.0]]]]).tolist()
    [[[[0.0], [128.0]]]]
    """

    _between = {"factor": {"low": 1, "high": 8}}

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), data_format: str | None = None,
        seed: int | None = None, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **options)
        self.factor = factor

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        low, high = (int(f) for f in self.factor)
        return {"shift_factor": 8 - draws.randint(low, high + 1, (sizes[0],))}

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        step = ops.power(2.0, per_image(drawn["shift_factor"], images.dtype))
        return self.ranged(ops.floor(self.leveled(images) / step) * step)


@named()
class RandomSharpness(Ranged):
    """Every image sharper or smoother: x + (1 - 2f)·(smooth - x).

    factor        f is drawn between these two, or between 0 and factor; from 0 (smooth) over 0.5
                  (as it is) to 1 (sharp).
    value_range   (low, high) of the images' numbers, to which the result is clipped.
    Shapes (n, h, w, c) → the same. Raises ValueError for a factor outside [0, 1].

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.RandomSharpness((0.5, 0.5))(np.eye(3)[None, :, :, None])[0, :, :, 0].tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """

    _between = {"factor": {"low": 0}}

    def __init__(
        self, factor: Any, value_range: Any = (0, 255), data_format: str | None = None,
        seed: int | None = None, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **options)
        self.factor = factor

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        return {"factor": self.number(sizes, draws, *self.factor)}

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        last = self.data_format == "channels_last"
        x = images if last else ops.moveaxis(images, 1, -1)
        weights = np.full((3, 3, x.shape[-1], 1), 1 / 13, x.dtype)
        weights[1, 1] = 5 / 13
        far = ops.depthwise_conv(x, wrap(weights), padding="same") - x
        y = x + (1 - 2 * per_image(drawn["factor"], x.dtype)) * far
        y = ops.clip(y, *self.value_range)
        return y if last else ops.moveaxis(y, -1, 1)


@named()
class Equalization(Ranged):
    """Every channel of an image with its numbers spread so that all levels are as frequent.

    value_range   (low, high) of the images' numbers.
    bins          how many levels are told apart.
    Shapes (n, h, w, c) → the same; a channel of one level stays as it is.

    >>> from autograd_nn import nn
    >>> nn.layers.Equalization()([[[[10.0], [20.0], [30.0]]]]).tolist()
    [[[[0.0], [128.0], [255.0]]]]
    """

    _settled = ("seed",)  # nothing is drawn

    def __init__(
        self, value_range: Any = (0, 255), bins: int = 256, data_format: str | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, None, data_format, **options)
        self.bins = whole(bins, "bins", 1)

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        return self.ranged(equalize(self.leveled(images), self.bins, self.data_format))


@named()
class ContrastLimitedAdaptiveHistogramEqualization(Ranged):
    """Every channel of an image equalized tile by tile, in between as its four nearest tiles say.

    value_range      (low, high) of the images' numbers.
    clip_limit       how many times its even share a level counts at most; what it has more is for
                     all levels. 0: no limit.
    tile_grid_size   how many tiles there are, (rows, columns).
    Shapes (n, h, w, c) → the same.
    Source: Zuiderveld, "Contrast limited adaptive histogram equalization" (1994).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> layer = nn.layers.ContrastLimitedAdaptiveHistogramEqualization(tile_grid_size=(2, 2))
    >>> layer(np.ones((1, 8, 8, 3))).shape
    (1, 8, 8, 3)
    """

    still = False
    _settled = ("seed",)  # nothing is drawn

    def __init__(
        self, value_range: Any = (0, 255), clip_limit: float = 4.0, tile_grid_size: Any = (8, 8),
        data_format: str | None = None, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, None, data_format, **options)
        self.clip_limit = clip_limit
        self.tile_grid_size: Any = sizes(tile_grid_size, 2, "tile_grid_size", type(self).__name__)

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        levels = self.leveled(images)
        found = equalize_tiles(levels, self.clip_limit, self.tile_grid_size, self.data_format)
        return self.ranged(found)
