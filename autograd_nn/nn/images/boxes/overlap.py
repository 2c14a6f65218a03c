"""How much boxes share: intersection over union, alone and with where they lie."""

from __future__ import annotations

import math
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.images.boxes.formats import convert_format, form_of, parts_of
from autograd_nn.nn.settings import epsilon


def _both(boxes1: Any, boxes2: Any, form: str, image_shape: Any, where: str) -> list[Tensor]:
    """Both as corners; raises ValueError for a relative form without the image's shape."""
    if form_of(form)[1] and image_shape is None:
        raise ValueError(
            f"{where} received bounding_box_format={form!r}; with relative forms the `image_shape` "
            "argument must be provided, (height, width, channels)."
        )
    h, w = (None, None) if image_shape is None else tuple(image_shape)[:2]
    return [convert_format(boxes, form, "xyxy", h, w) for boxes in (boxes1, boxes2)]


def _shared(a: Any, b: Any) -> Tensor:
    """The area that boxes of these corners share."""
    wide = ops.minimum(a[2], b[2]) - ops.maximum(a[0], b[0])
    high = ops.minimum(a[3], b[3]) - ops.maximum(a[1], b[1])
    return ops.maximum(wide, 0) * ops.maximum(high, 0)


def compute_iou(
    boxes1: Any, boxes2: Any, bounding_box_format: str, use_masking: bool = False,
    mask_val: float = -1, image_shape: Any = None,
) -> Tensor:  # fmt: skip
    """The area that two boxes share by that which they cover, of all pairs.

    Shapes (b, m, 4), (b, n, 4) → (b, m, n); either may have no batch.
    use_masking   whether ``mask_val`` stands for boxes of which all numbers are below 0.
    Raises ShapeError for other numbers of dimensions, ValueError for a relative form without
    ``image_shape``.

    >>> compute_iou([[0, 0, 2, 2]], [[1, 0, 3, 2], [5, 5, 6, 6]], "xyxy").numpy().round(4)
    array([[0.3333, 0.    ]], dtype=float32)
    """
    pair = _both(boxes1, boxes2, bounding_box_format, image_shape, "compute_iou")
    if not all(x.ndim in (2, 3) for x in pair):
        raise ShapeError(
            f"compute_iou received boxes of shapes {pair[0].shape} and {pair[1].shape}; expected "
            "(n, 4) or (b, n, 4) each."
        )
    a = parts_of(pair[0])
    b = [ops.swapaxes(p, -1, -2) for p in parts_of(pair[1])]
    shared = _shared(a, b)
    areas = [(p[2] - p[0]) * (p[3] - p[1]) for p in (a, b)]
    found = shared / (areas[0] + areas[1] - shared + epsilon())
    if not use_masking:
        return found
    none = [ops.less(ops.max(x, axis=-1, keepdims=True), 0) for x in pair]
    absent = ops.logical_or(none[0], ops.swapaxes(none[1], -1, -2))
    return ops.where(absent, ops.full((), mask_val, found.dtype), found)


def compute_ciou(
    boxes1: Any, boxes2: Any, bounding_box_format: str, image_shape: Any = None
) -> Tensor:
    """IoU - d²/c² - αv of each box with that of its place, (…, 4) twice → (…).

    d is the distance of the middles, c the diagonal around both, v = 4/π² (∠₂ - ∠₁)² how much
    their aspects differ, α = v / (1 - IoU + v).
    Source: Zheng et al., "Distance-IoU loss" (2020).

    >>> compute_ciou([[0.0, 0.0, 2.0, 2.0]], [[1.0, 0.0, 3.0, 2.0]], "xyxy").numpy().round(4)
    array([0.2564], dtype=float32)
    """
    pair = _both(boxes1, boxes2, bounding_box_format, image_shape, "compute_ciou")
    a, b = (tuple(p[..., 0] for p in parts_of(x)) for x in pair)
    (w1, h1), (w2, h2) = ((p[2] - p[0], p[3] - p[1] + epsilon()) for p in (a, b))
    shared = _shared(a, b)
    iou = shared / (w1 * h1 + w2 * h2 - shared + 2 * epsilon())
    wide = ops.maximum(a[2], b[2]) - ops.minimum(a[0], b[0])
    high = ops.maximum(a[3], b[3]) - ops.minimum(a[1], b[1])
    across = (a[0] + a[2] - b[0] - b[2]) / 2
    down = (a[1] + a[3] - b[1] - b[3]) / 2
    apart = (ops.square(across) + ops.square(down)) / (
        ops.square(wide) + ops.square(high) + epsilon()
    )
    v = 4 / math.pi**2 * ops.square(ops.arctan(w2 / h2) - ops.arctan(w1 / h1))
    return iou - apart - v * v / (1 - iou + v + epsilon())


__all__ = ["compute_ciou", "compute_iou"]
