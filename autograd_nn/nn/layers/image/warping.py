"""Warping: images seen from elsewhere, or with smooth waves in them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.halves import as_dtype
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.images.axes import one_of, opened
from autograd_nn.nn.images.boxes.formats import parts_of
from autograd_nn.nn.images.boxes.moving import around
from autograd_nn.nn.images.projection import compute_homography_matrix, perspective_transform
from autograd_nn.nn.images.sampling import FILL_MODES, ORDERS, warped
from autograd_nn.nn.layers.image.base import Drawing, Placing, Ranged, interval, per_image
from autograd_nn.nn.random import generator_of
from autograd_nn.nn.registry import named


@named()
class RandomPerspective(Drawing, Placing):
    """Some images seen from elsewhere: each corner moved by a share of its place.

    factor          the probability is drawn between these two, or between 0 and factor.
    scale           shares are drawn from -scale/2 to scale/2; from 0 to 1.
    interpolation   'nearest' or 'bilinear'; what lies outside is ``fill_value``.
    Shapes (n, h, w, c) → the same. Raises ValueError for a factor or scale outside [0, 1].

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.RandomPerspective(scale=0.5)(np.ones((1, 4, 4, 3))).shape
    (1, 4, 4, 3)
    """

    _between = {"factor": {"low": 0}}

    def __init__(
        self, factor: Any = 1.0, scale: float = 1.0, interpolation: str = "bilinear",
        fill_value: float = 0.0, seed: int | None = None, data_format: str | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(seed, data_format, **options)
        self.factor = factor
        interval(scale, "scale", "RandomPerspective", 0)
        self.scale, self.fill_value = scale, fill_value
        self.interpolation = one_of(interpolation, ORDERS, "interpolation", "RandomPerspective")

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        dtype = as_dtype(self.compute_dtype)
        bottom, right = (sizes[axis] - 1 for axis in self.axes)
        corners = np.array([[0, 0], [right, 0], [0, bottom], [right, bottom]], dtype)
        start = ops.broadcast_to(corners[None], shape=(sizes[0], 4, 2))
        half = self.scale / 2
        share = draws.uniform((sizes[0], 4, 2), -half, half, dtype)
        return {
            "apply_perspective": self.chosen(sizes, draws, *self.factor),
            "start_points": start,
            "end_points": start + start * share,
        }

    def placed(self, images: Tensor, drawn: Any, interpolation: str | None = None) -> Tensor:
        y = perspective_transform(
            images, drawn["start_points"], drawn["end_points"],
            interpolation or self.interpolation, self.fill_value, self.data_format,
        )  # fmt: skip
        turn = per_image(drawn["apply_perspective"])
        return ops.where(turn if images.ndim == 4 else turn[0], y, images)

    def boxes_placed(self, boxes: Tensor, drawn: Any) -> Tensor:
        found = compute_homography_matrix(drawn["end_points"], drawn["start_points"])
        a0, a1, a2, b0, b1, b2, c0, c1 = (found[:, i : i + 1, None] for i in range(8))
        x0, y0, x1, y1 = parts_of(boxes)

        def moved(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
            k = c0 * x + c1 * y + 1
            return (a0 * x + a1 * y + a2) / k, (b0 * x + b1 * y + b2) / k

        y = around([moved(x, y) for x in (x0, x1) for y in (y0, y1)])
        return ops.where(per_image(drawn["apply_perspective"])[:, :, 0], y, boxes)


@named()
class RandomElasticTransform(Ranged, Placing):
    """Some images warped by a smooth random field.

    factor          the probability is drawn between these two, or between 0 and factor.
    scale           how much is drawn between these two, or between 0 and scale, for the batch: the
                    field's size is a tenth of it of the longer side, its smoothness a twentieth of
                    the shorter; from 0 to 1.
    interpolation   'nearest' or 'bilinear'; fill_mode, fill_value: as in `map_coordinates`.
    value_range     (low, high) of the images' numbers, to which the result is clipped.
    Shapes (n, h, w, c) → the same; bounding boxes stay.
    Raises ValueError for a factor or scale outside [0, 1].

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.RandomElasticTransform()(np.ones((1, 8, 8, 3))).shape
    (1, 8, 8, 3)
    """

    _between = {"factor": {"low": 0}, "scale": {"low": 0}}

    def __init__(
        self, factor: Any = 1.0, scale: Any = 1.0, interpolation: str = "bilinear",
        fill_mode: str = "reflect", fill_value: float = 0.0, value_range: Any = (0, 255),
        seed: int | None = None, data_format: str | None = None, **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(value_range, seed, data_format, **options)
        where = "RandomElasticTransform"
        self.factor = factor
        self.scale = scale
        self.interpolation = one_of(interpolation, ORDERS, "interpolation", where)
        self.fill_mode = one_of(fill_mode, FILL_MODES, "fill_mode", where)
        self.fill_value = fill_value

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        rows, columns = (sizes[axis] for axis in self.axes)
        return {
            "apply_transform": self.chosen(sizes, draws, *self.factor),
            "distortion_factor": draws.uniform((), *self.scale, as_dtype(self.compute_dtype)),
            "noise": draws.normal((sizes[0], rows, columns, 2), 0, 1, "float32"),
        }

    def placed(self, images: Tensor, drawn: Any, interpolation: str | None = None) -> Tensor:
        x, closed = opened(images, self.data_format, "RandomElasticTransform")
        height, width = x.shape[1:3]
        noise = drawn.get("noise")
        if noise is None:  # a sample's transformation may tell the seed alone
            noise = generator_of(drawn.get("seed")).normal((*x.shape[:3], 2), 0, 1, "float32")
        much = as_tensor(drawn["distortion_factor"])
        smooth = 0.05 * min(height, width)
        y = closed(warped(
            x, noise, max(height, width) * 0.1 * much, smooth * much + 1e-6,
            int(6 * smooth * self.scale[1]) | 1, interpolation or self.interpolation,
            self.fill_mode, self.fill_value,
        ))  # fmt: skip
        turn = per_image(drawn["apply_transform"])
        y = ops.where(turn if y.ndim == 4 else turn[0], y, images)
        return y if interpolation else ops.clip(y, *self.value_range)
