"""Bounding boxes, (…, k, 4): ``nn.utils.bounding_boxes``.

`formats` has the forms they come in, `moving` boxes cut, padded and turned with their images,
`overlap` how much two of them share, `deltas` boxes told by how far they lie from anchors. Boxes
come alone, or in a dict with the classes that they hold, ``{"boxes": …, "labels": …}``. Start with
``formats.py``.
"""

from __future__ import annotations

from autograd_nn.nn.images.boxes.deltas import decode_deltas_to_boxes, encode_box_to_deltas
from autograd_nn.nn.images.boxes.formats import convert_format
from autograd_nn.nn.images.boxes.moving import affine_transform, clip_to_image_size, crop, pad
from autograd_nn.nn.images.boxes.overlap import compute_ciou, compute_iou

__all__ = [
    "affine_transform", "clip_to_image_size", "compute_ciou", "compute_iou", "convert_format",
    "crop", "decode_deltas_to_boxes", "encode_box_to_deltas", "pad",
]  # fmt: skip
