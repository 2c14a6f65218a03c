"""Boxes that go where their images go: cut, padded, moved, and kept within."""

from __future__ import annotations

import math
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.images.boxes.formats import convert_format, floating, form_of, joined, parts_of


def _corners(name: str, bounding_box_format: str) -> None:
    if bounding_box_format != "xyxy":
        raise NotImplementedError(
            f"{name} received bounding_box_format={bounding_box_format!r}; expected 'xyxy'. Use "
            "convert_format before."
        )


def within(boxes: Tensor, height: Any, width: Any) -> Tensor:
    """Corners no further out than the image's, 'xyxy' in pixels."""
    x0, y0, x1, y1 = parts_of(boxes)
    return joined([ops.clip(x0, 0, width), ops.clip(y0, 0, height),
                   ops.clip(x1, 0, width), ops.clip(y1, 0, height)])  # fmt: skip


def clip_to_image_size(
    bounding_boxes: Any, height: Any = None, width: Any = None, bounding_box_format: str = "xyxy"
) -> dict[str, Any]:
    """A dict of boxes, cut off where the image ends; the labels of those that are empty are -1.

    Raises ValueError without the image's size, unless the form is relative.

    >>> boxes = {"boxes": [[0.0, 2.0, 12.0, 4.0], [9.0, 9.0, 11.0, 11.0]], "labels": [3, 5]}
    >>> found = clip_to_image_size(boxes, 8, 8)
    >>> found["boxes"].tolist(), found["labels"].tolist()
    ([[0.0, 2.0, 8.0, 4.0], [8.0, 8.0, 8.0, 8.0]], [3, -1])
    """
    if form_of(bounding_box_format)[1]:
        height, width = (1, 1) if height is None or width is None else (height, width)
    elif height is None or width is None:
        raise ValueError(
            "clip_to_image_size must receive `height` and `width` of the image for "
            f"bounding_box_format={bounding_box_format!r}; received {height!r} and {width!r}."
        )
    boxes = floating(bounding_boxes["boxes"])
    corners = convert_format(boxes, bounding_box_format, "xyxy", height, width, boxes.dtype)
    kept = within(corners, height, width)
    x0, y0, x1, y1 = parts_of(kept)
    labels = as_tensor(bounding_boxes["labels"])
    there = ops.greater((x1 - x0) * (y1 - y0), 0)[..., 0]
    if there.shape == labels.shape:  # else one label is for many boxes
        labels = ops.where(there, labels, ops.full(labels.shape, -1, labels.dtype))
    kept = convert_format(kept, "xyxy", bounding_box_format, height, width, boxes.dtype)
    return {**bounding_boxes, "boxes": kept, "labels": labels}


def crop(
    boxes: Any, top: Any, left: Any, height: Any, width: Any, bounding_box_format: str = "xyxy"
) -> Tensor:
    """Boxes of a window of the image: what of them lies in it, told from its corner.

    >>> crop([[10.0, 20.0, 50.0, 60.0]], 10, 20, 40, 30).tolist()
    [[0.0, 10.0, 30.0, 40.0]]
    """
    _corners("crop", bounding_box_format)
    x0, y0, x1, y1 = parts_of(floating(boxes))
    return within(joined([x0 - left, y0 - top, x1 - left, y1 - top]), height, width)


def pad(
    boxes: Any, top: Any, left: Any, height: Any = None, width: Any = None,
    bounding_box_format: str = "xyxy",
) -> Tensor:  # fmt: skip
    """Boxes of an image that has got a border: ``top`` rows above and ``left`` columns before it.

    >>> pad([[10.0, 20.0, 50.0, 60.0]], 1, 2).tolist()
    [[12.0, 21.0, 52.0, 61.0]]
    """
    _corners("pad", bounding_box_format)
    x0, y0, x1, y1 = parts_of(floating(boxes))
    return joined([x0 + left, y0 + top, x1 + left, y1 + top])


def around(points: Any) -> Tensor:
    """The least boxes around points (x, y): 'xyxy' of pairs of (…, 1) tensors."""
    xs, ys = (ops.concatenate(list(side), axis=-1) for side in zip(*points, strict=True))
    ends = [f(side, axis=-1, keepdims=True) for f in (ops.min, ops.max) for side in (xs, ys)]
    return joined(ends)


def affine_transform(
    boxes: Any, angle: Any, translate_x: Any, translate_y: Any, scale: Any, shear_x: Any,
    shear_y: Any, height: Any, width: Any, center_x: Any = None, center_y: Any = None,
    bounding_box_format: str = "xyxy",
) -> Tensor:  # fmt: skip
    """The least boxes around those that are moved, turned, sheared and scaled, in this order.

    Shapes (b, k, 4) → the same, (k, 4) for one image; the arguments (b,), or numbers.
    translate_x, translate_y   shares of the image's width and height, to the right and down.
    angle                      in degrees, counted counterclockwise; shear_x, shear_y: in degrees.
    scale                      how many times as large the boxes become.
    height, width              of the image; center_x, center_y: shares of these, the middle.

    >>> turned = affine_transform([[[1.0, 1.0, 2.0, 3.0]]], [90.0], [0], [0], [1], [0], [0], 5, 5)
    >>> turned.numpy().round(4).tolist()
    [[[1.0, 2.0, 3.0, 3.0]]]
    """
    _corners("affine_transform", bounding_box_format)
    x0, y0, x1, y1 = parts_of(floating(boxes))

    def each(value: Any) -> Tensor:
        """An argument, of a shape that goes with (b, k, 1)."""
        value = floating(value, x0.dtype)
        return ops.reshape(value, shape=(-1, *(1,) * (x0.ndim - 1))) if value.ndim else value

    degree = math.pi / 180
    turn, kx, ky = (each(v) * degree for v in (angle, shear_x, shear_y))
    w: Any = each(width) - 1
    h: Any = each(height) - 1
    size = each(scale)
    cx = w * (0.5 if center_x is None else each(center_x))
    cy = h * (0.5 if center_y is None else each(center_y))
    left, top = cx - each(translate_x) * w, cy - each(translate_y) * h
    c, s, kx, ky = ops.cos(turn), ops.sin(turn), ops.tan(kx), ops.tan(ky)
    b0: Any = ky * c - s
    b1: Any = ky * s + c
    a0, a1 = c + kx * b0, s + kx * b1

    def moved(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        x, y = x - left, y - top
        return (a0 * x + a1 * y) * size + cx, (b0 * x + b1 * y) * size + cy

    return around([moved(x, y) for x in (x0, x1) for y in (y0, y1)])


__all__ = ["affine_transform", "clip_to_image_size", "crop", "pad"]
