"""How many bounding boxes a sample has."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import as_tensor
from autograd_nn.nn.checks import whole
from autograd_nn.nn.layers.image.base import Images
from autograd_nn.nn.registry import named


@named()
class MaxNumBoundingBoxes(Images):
    """As many boxes for every image: the first of them, or ``fill_value`` after the last.

    max_number   how many. Images and the rest of samples stay.

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> layer = nn.layers.MaxNumBoundingBoxes(2, bounding_box_format="xyxy")
    >>> boxes = {"boxes": np.ones((1, 1, 4)), "labels": np.zeros((1, 1))}
    >>> sample = layer({"images": np.ones((1, 4, 4, 3)), "bounding_boxes": boxes})
    >>> sample["bounding_boxes"]["labels"]
    Tensor([[ 0., -1.]], dtype=float32)
    """

    still = _casts_integers = False

    def __init__(self, max_number: int, fill_value: int = -1, **options: Any) -> None:
        super().__init__(**options)
        self.max_number, self.fill_value = whole(max_number, "max_number", 0), int(fill_value)

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        return images

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        found = dict(bounding_boxes)
        for key in ("boxes", "labels"):
            x = as_tensor(found[key])[:, : self.max_number]
            missing = [(0, 0), (0, self.max_number - x.shape[1]), *[(0, 0)] * (x.ndim - 2)]
            found[key] = ops.pad(x, missing, constant_values=self.fill_value)
        return found
