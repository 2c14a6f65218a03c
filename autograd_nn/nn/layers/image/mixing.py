"""Mixing: each image of a batch with another, and their labels alike."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.halves import as_dtype
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.images.boxes.formats import floating
from autograd_nn.nn.layers.image.base import Drawing
from autograd_nn.nn.layers.image.rectangles import inside, rectangles
from autograd_nn.nn.registry import named


class _Mixing(Drawing):
    """The base: a partner for each image, whose labels count 1 - mix_weight."""

    def partners(self, x: Any, drawn: Any) -> Tensor:
        """What belongs to each image's partner."""
        return ops.take(as_tensor(x), as_tensor(drawn["permutation_order"]), axis=0)

    def mixed(self, x: Any, drawn: Any, ndim: int = 4) -> Tensor:
        """The mean of each with its partner's, of so many dimensions."""
        x = floating(x)
        w = ops.reshape(floating(drawn["mix_weight"], x.dtype), shape=(-1, *(1,) * (ndim - 1)))
        return w * x + (1 - w) * self.partners(x, drawn)

    def transform_labels(
        self, labels: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        return self.mixed(labels, transformation, 2) if training and transformation else labels


@named()
class MixUp(_Mixing):
    """Every image the mean of itself and another of its batch, λx + (1 - λ)x', labels alike.

    alpha   λ is drawn from Beta(alpha, alpha), one an image.
    Shapes (n, h, w, c) → the same. Labels are those of `one_hot`.
    Source: Zhang et al., "mixup: beyond empirical risk minimization" (2018).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> x = {"images": np.ones((2, 4, 4, 3)), "labels": np.eye(2)}
    >>> bool((nn.layers.MixUp()(x)["labels"].sum(-1) == 1).all())
    True
    """

    def __init__(
        self, alpha: float = 0.2, data_format: str | None = None, seed: int | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(seed, data_format, **options)
        if isinstance(alpha, bool) or not isinstance(alpha, int | float) or not alpha > 0:
            raise ValueError(f"MixUp received alpha={alpha!r}; expected a number above 0.")
        self.alpha = alpha

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        return {
            "mix_weight": draws.beta((sizes[0],), self.alpha, self.alpha),
            "permutation_order": draws.permutation(sizes[0]),
        }

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        return self.mixed(images, drawn)

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        on = training and transformation
        return self.mixed(segmentation_masks, transformation) if on else segmentation_masks

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        if not training or not transformation:
            return bounding_boxes
        own = {key: as_tensor(x) for key, x in bounding_boxes.items()}
        return {
            key: ops.concatenate([x, self.partners(x, transformation)], axis=min(1, x.ndim - 1))
            for key, x in own.items()
        }


@named()
class CutMix(_Mixing):
    """Every image with a rectangle of another of its batch, the labels mixed by their areas.

    factor   the rectangle's share is drawn from Beta(a, a), a between these two, or between 0 and
             factor; from 0 to 1.
    Shapes (n, h, w, c) → the same. Labels are those of `one_hot`.
    Raises ValueError for a factor outside [0, 1]; NotImplementedError for bounding boxes.
    Source: Yun et al., "CutMix" (2019).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> x = {"images": np.ones((2, 4, 4, 3)), "labels": np.eye(2)}
    >>> nn.layers.CutMix()(x)["labels"].shape
    (2, 2)
    """

    _between = {"factor": {"low": 0}}

    def __init__(
        self, factor: Any = 1.0, seed: int | None = None, data_format: str | None = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(seed, data_format, **options)
        self.factor = factor

    def drawn(self, sizes: tuple[int, ...], draws: Any) -> dict[str, Any]:
        dtype = as_dtype(self.compute_dtype)
        a = draws.uniform((), *self.factor, dtype) + 1e-6
        share = ops.sqrt(1 - draws.beta((sizes[0], 1, 1, 1), a, a, dtype))
        corners = rectangles(sizes, self.axes, draws, share, share)
        (y0, y1), (x0, x1) = corners
        height, width = (sizes[axis] for axis in self.axes)
        return {
            "permutation_order": draws.permutation(sizes[0]),
            "batch_masks": inside(sizes, self.axes, corners),
            "mix_weight": 1 - (x1 - x0) * (y1 - y0) / (height * width),
        }

    def changed(self, images: Tensor, drawn: Any) -> Tensor:
        return ops.where(as_tensor(drawn["batch_masks"]), self.partners(images, drawn), images)

    def transform_segmentation_masks(
        self, segmentation_masks: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        masks = as_tensor(segmentation_masks)
        return self.changed(masks, transformation) if training and transformation else masks

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        raise NotImplementedError(
            "CutMix received bounding boxes; expected none, for a rectangle may cut them into "
            "pieces. Use MixUp."
        )
