"""Overlap of classes: the intersection over the union of what is there and what is predicted."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import settings
from autograd_nn.nn.checks import number, whole
from autograd_nn.nn.losses.reduction import as_integers
from autograd_nn.nn.metrics.base import Metric
from autograd_nn.nn.registry import named


class _Confusion(Metric):
    """What intersections over unions share: a matrix of true classes over predicted ones."""

    direction = "up"

    def __init__(
        self, num_classes: int, target_class_ids: Any, name: str | None = None,
        dtype: Any = "float64",
        ignore_class: int | None = None, sparse_y_true: bool = True, sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(name, dtype)
        self.num_classes = whole(num_classes, "num_classes", 1)
        self.target_class_ids = [whole(int(i), "target_class_ids", 0) for i in target_class_ids]
        if max(self.target_class_ids) >= num_classes:
            raise ValueError(
                f"received target_class_ids={self.target_class_ids}; expected classes from 0 to "
                f"{num_classes - 1}, for num_classes is {num_classes}."
            )
        self.ignore_class, self.axis = ignore_class, axis
        self.sparse_y_true, self.sparse_y_pred = sparse_y_true, sparse_y_pred
        shape = (num_classes, num_classes)
        self.total_cm = self.add_variable(shape, name="total_confusion_matrix")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.add_classes(as_tensor(y_true), as_tensor(y_pred), sample_weight)

    @no_grad()
    def add_classes(self, y: Tensor, p: Tensor, weight: Any) -> None:
        """Adds a batch to the matrix."""
        y = y if self.sparse_y_true else ops.argmax(y, axis=self.axis)
        p = p if self.sparse_y_pred else ops.argmax(p, axis=self.axis)
        y, p = (ops.reshape(as_integers(x), shape=(-1,)) for x in (y, p))
        w = as_tensor(1.0 if weight is None else weight, self.dtype)
        w = ops.broadcast_to(ops.reshape(w, shape=(-1,)) if w.ndim > 1 else w, shape=y.shape)
        skipped = None if self.ignore_class is None else ops.not_equal(y, self.ignore_class)
        self._accumulate(total_cm=confusion(y, p, self.num_classes, w, skipped))

    def result(self) -> Tensor:
        ids = np.asarray(self.target_class_ids)
        both = ops.diagonal(self.total_cm)[ids]
        sizes = ops.sum(self.total_cm, axis=0) + ops.sum(self.total_cm, axis=1)
        union = sizes[ids] - both
        there = ops.greater(union, 1e-9)
        share = ops.where(there, both / (union + settings.epsilon()), 0)
        return ops.sum(share) / (ops.count_nonzero(there) + settings.epsilon())


def confusion(
    y: Tensor, p: Tensor, classes: int, weight: Tensor, counts: Tensor | None = None
) -> Tensor:
    """Weights added up at [true class, predicted class]; classes out of range do not count."""
    inside = ops.ones_like(weight) if counts is None else ops.astype(counts, dtype=weight.dtype)
    for x in (y, p):
        inside = inside * ops.logical_and(ops.greater_equal(x, 0), ops.less(x, classes))
    y, p = (ops.clip(x, 0, classes - 1) for x in (y, p))
    empty = ops.zeros((classes, classes), dtype=weight.dtype)
    return ops.add_at(empty, (y, p), weight * inside)


@named("iou")
class IoU(_Confusion):
    """The intersection over the union of true and predicted entries, TP / (TP + FP + FN).

    num_classes        how many classes there are.
    target_class_ids   whose shares are averaged.
    ignore_class       the class number of targets that do not count.
    sparse_y_true, sparse_y_pred   whether they are class numbers; if not, the largest along
                       ``axis`` is meant.

    >>> from autograd_nn import nn
    >>> m = nn.metrics.IoU(num_classes=2, target_class_ids=[0])
    >>> round(float(m([0, 0, 1, 1], [0, 1, 0, 1])), 4)
    0.3333
    """


@named("binary_iou")
class BinaryIoU(IoU):
    """The intersection over union of yeses and noes, predictions from ``threshold`` on being yes.

    target_class_ids   whose shares are averaged: 0 (noes), 1 (yeses) or both.

    >>> from autograd_nn import nn
    >>> m = nn.metrics.BinaryIoU(target_class_ids=[0, 1], threshold=0.3)
    >>> round(float(m([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])), 4)
    0.3333
    """

    def __init__(
        self, target_class_ids: Any = (0, 1), threshold: float = 0.5, name: str | None = None,
        dtype: Any = "float64",
    ) -> None:  # fmt: skip
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = number(threshold, "threshold", "BinaryIoU")

    def add_classes(self, y: Tensor, p: Tensor, weight: Any) -> None:
        super().add_classes(y, ops.greater_equal(p, self.threshold), weight)


@named("mean_iou")
class MeanIoU(IoU):
    """The mean intersection over union of all classes.

    num_classes, ignore_class, sparse_y_true, sparse_y_pred, axis   as for `IoU`.

    >>> from autograd_nn import nn
    >>> m = nn.metrics.MeanIoU(num_classes=2)
    >>> round(float(m([0, 0, 1, 1], [0, 1, 0, 1])), 4)
    0.3333
    """

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: Any = "float64",
        ignore_class: int | None = None, sparse_y_true: bool = True, sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:  # fmt: skip
        ids = range(whole(num_classes, "num_classes", 1))
        super().__init__(
            num_classes, ids, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis
        )


@named("one_hot_iou")
class OneHotIoU(IoU):
    """The intersection over union of chosen classes, targets one-hot.

    num_classes, target_class_ids, ignore_class, sparse_y_pred, axis   as for `IoU`.

    >>> from autograd_nn import nn
    >>> m = nn.metrics.OneHotIoU(num_classes=2, target_class_ids=[0])
    >>> float(m([[1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8]]).round(4))
    1.0
    """

    def __init__(
        self, num_classes: int, target_class_ids: Any, name: str | None = None,
        dtype: Any = "float64",
        ignore_class: int | None = None, sparse_y_pred: bool = False, axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(
            num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis
        )


@named("one_hot_mean_iou")
class OneHotMeanIoU(MeanIoU):
    """The mean intersection over union of all classes, targets one-hot.

    num_classes, ignore_class, sparse_y_pred, axis   as for `IoU`.

    >>> from autograd_nn import nn
    >>> m = nn.metrics.OneHotMeanIoU(num_classes=2)
    >>> float(m([[1, 0], [0, 1]], [[0.9, 0.1], [0.2, 0.8]]).round(4))
    1.0
    """

    def __init__(
        self, num_classes: int, name: str | None = None, dtype: Any = "float64",
        ignore_class: int | None = None, sparse_y_pred: bool = False, axis: int = -1,
    ) -> None:  # fmt: skip
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)
