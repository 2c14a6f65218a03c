"""Boxes told by how far they lie from anchors, as detectors give them."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.images.boxes.formats import convert_format, floating
from autograd_nn.nn.settings import epsilon

MIDDLES = ("center_xywh", "center_yxhw")


def _options(form: str, variance: Any, image_shape: Any, name: str) -> tuple[Any, Any, Any]:
    """The variance, and the image's height and width; raises ValueError for what is none."""
    if form not in MIDDLES:
        raise ValueError(f"received {name}={form!r}; expected 'center_xywh' or 'center_yxhw'.")
    if variance is not None:
        variance = floating(variance, "float32")
        if variance.shape[-1:] != (4,):
            raise ValueError(f"`variance` must be length 4; received shape {variance.shape}.")
    return variance, *((None, None) if image_shape is None else tuple(image_shape)[:2])


def encode_box_to_deltas(
    anchors: Any, boxes: Any, anchor_format: str, box_format: str,
    encoding_format: str = "center_yxhw", variance: Any = None, image_shape: Any = None,
) -> Tensor:  # fmt: skip
    """How far boxes lie from anchors: their middles apart, in sizes of the anchor, and ln of sizes.

    Shapes (n, 4), (…, n, 4) → (…, n, 4), divided by the ``variance`` (4,) where there is one.
    encoding_format   'center_xywh' or 'center_yxhw': the order of the result.
    Raises ValueError for another, and for a variance of another length.
    Source: Girshick et al., "Rich feature hierarchies" (2014).

    >>> encode_box_to_deltas([[0, 0, 2, 2]], [[1, 0, 3, 2]], "xyxy", "xyxy").tolist()
    [[0.0, 0.5, 0.0, 0.0]]
    """
    variance, h, w = _options(encoding_format, variance, image_shape, "encoding_format")
    a = convert_format(anchors, anchor_format, encoding_format, h, w)
    b = convert_format(boxes, box_format, encoding_format, h, w)
    sizes, own = (ops.maximum(x[..., 2:], epsilon()) for x in (a, b))
    found = ops.concatenate([(b[..., :2] - a[..., :2]) / sizes, ops.log(own / sizes)], axis=-1)
    return found if variance is None else found / variance


def decode_deltas_to_boxes(
    anchors: Any, boxes_delta: Any, anchor_format: str, box_format: str,
    encoded_format: str = "center_yxhw", variance: Any = None, image_shape: Any = None,
) -> Any:  # fmt: skip
    """The boxes that lie so far from anchors: `encode_box_to_deltas`'s inverse.

    Anchors and deltas may be dicts, by level; so is the result then.

    >>> decode_deltas_to_boxes([[0, 0, 2, 2]], [[0.0, 0.5, 0.0, 0.0]], "xyxy", "xyxy").tolist()
    [[1.0, 0.0, 3.0, 2.0]]
    """
    if isinstance(anchors, dict) and isinstance(boxes_delta, dict):
        return {
            level: decode_deltas_to_boxes(
                anchor, boxes_delta[level], anchor_format, box_format, encoded_format, variance,
                image_shape,
            )
            for level, anchor in anchors.items()
        }  # fmt: skip
    variance, h, w = _options(encoded_format, variance, image_shape, "encoded_format")
    a = convert_format(anchors, anchor_format, encoded_format, h, w)
    d = floating(boxes_delta)
    d = d if variance is None else d * variance
    middle, size = d[..., :2] * a[..., 2:] + a[..., :2], ops.exp(d[..., 2:]) * a[..., 2:]
    found = ops.concatenate([middle, size], axis=-1)
    return convert_format(found, encoded_format, box_format, h, w)


__all__ = ["decode_deltas_to_boxes", "encode_box_to_deltas"]
