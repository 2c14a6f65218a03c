"""Accuracies: the share of predictions that are right, by value, threshold or class."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import number, whole
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.base import function
from autograd_nn.nn.losses.crossentropy import by_shape
from autograd_nn.nn.losses.reduction import alike, as_classes, at_classes
from autograd_nn.nn.metrics.mean import Mean, MeanMetricWrapper
from autograd_nn.nn.registry import named


@fields
class Matches(MeanMetricWrapper):
    """What accuracies share: their entries say which predictions match."""

    direction = "up"
    _targets = "classes"

    def __init__(self, name: str | None = None, dtype: Any = "float64") -> None:
        Mean.__init__(self, name=name, dtype=dtype)

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} defines no _entries(y_true, y_pred).")


@named(by_class=True)
@fields
class Accuracy(Matches):
    """The share of predictions that equal their targets.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.Accuracy()([1, 2], [1, 3]))
    0.5
    """

    _targets = "values"

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return ops.equal(alike(y_true, y_pred), y_pred)


@named()
@fields
class BinaryAccuracy(Matches):
    """The share of targets, 0 or 1, that predictions fall on the right side of ``threshold``.

    threshold   above it a prediction means 1.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.BinaryAccuracy()([[1.0], [0.0]], [[0.9], [0.8]]))
    0.5
    """

    _targets = "binary"
    name: str | None = None
    dtype: Any = "float64"
    threshold: float = 0.5

    def check(self) -> None:
        number(self.threshold, "threshold", "BinaryAccuracy")
        if not 0 < self.threshold < 1:
            raise ValueError(
                f"received threshold={self.threshold!r}; expected one between 0 and 1."
            )

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return _right_side(y_true, y_pred, self.threshold)


@named()
@fields
class CategoricalAccuracy(Matches):
    """The share of samples whose likeliest class is the target's (targets one-hot).

    >>> from autograd_nn import nn
    >>> float(nn.metrics.CategoricalAccuracy()([[0, 1]], [[0.2, 0.8]]))
    1.0
    """

    _targets = "distribution"

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return _right_place(y_true, y_pred)


@named()
@fields
class SparseCategoricalAccuracy(Matches):
    """The share of samples whose likeliest class is the target (targets class numbers).

    >>> from autograd_nn import nn
    >>> float(nn.metrics.SparseCategoricalAccuracy()([1], [[0.2, 0.8]]))
    1.0
    """

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return _right_number(y_true, y_pred)


@named("accuracy", "acc")
@fields
class ShapeAccuracy(Matches):
    """What 'accuracy' means: binary, categorical or sparse, as the shapes say.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.get("accuracy")([1], [[0.2, 0.8]]))
    1.0
    """

    name: str | None = "accuracy"

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        match by_shape(y_true.array.shape, y_pred.array.shape):
            case "binary":
                return _right_side(y_true, y_pred, 0.5)
            case "classes":
                return _right_number(y_true, y_pred)
            case _:
                return _right_place(y_true, y_pred)


@named()
@fields
class TopKCategoricalAccuracy(Matches):
    """The share of samples whose target is among the ``k`` likeliest classes (targets one-hot).

    >>> from autograd_nn import nn
    >>> float(nn.metrics.TopKCategoricalAccuracy(2)([[1, 0, 0]], [[0.3, 0.1, 0.6]]))
    1.0
    """

    _targets = "distribution"
    k: int = 5
    name: str | None = None
    dtype: Any = "float64"

    def check(self) -> None:
        whole(self.k, "k", 1)

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        alike(y_true, y_pred)
        return _among(ops.argmax(y_true, axis=-1), y_pred, self.k)


@named()
@fields
class SparseTopKCategoricalAccuracy(Matches):
    """The share of samples whose target is among the ``k`` likeliest classes.

    from_sorted_ids   predictions are class numbers, the likeliest first.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.SparseTopKCategoricalAccuracy(2)([0], [[0.3, 0.1, 0.6]]))
    1.0
    """

    k: int = 5
    name: str | None = None
    dtype: Any = "float64"
    from_sorted_ids: bool = False

    def check(self) -> None:
        whole(self.k, "k", 1)

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        labels = as_classes(y_true, y_pred)
        if self.from_sorted_ids:
            first = y_pred[..., : self.k]
            return ops.any(ops.equal(ops.expand_dims(labels, -1), first), axis=-1)
        return _among(labels, y_pred, self.k)


def _right_side(y_true: Tensor, y_pred: Tensor, threshold: float) -> Tensor:
    return ops.equal(alike(y_true, y_pred), ops.greater(y_pred, threshold))


def _right_place(y_true: Tensor, y_pred: Tensor) -> Tensor:
    alike(y_true, y_pred)
    return ops.equal(ops.argmax(y_true, axis=-1), ops.argmax(y_pred, axis=-1))


def _right_number(y_true: Tensor, y_pred: Tensor) -> Tensor:
    labels, best = as_classes(y_true, y_pred), ops.argmax(y_pred, axis=-1)
    if labels.shape != best.shape:
        alike(labels, best)
    return ops.equal(labels, best)


def _among(labels: Tensor, y_pred: Tensor, k: int) -> Tensor:
    """Whether fewer than k classes are likelier than the label; NaN is never likely."""
    own = at_classes(y_pred, ops.expand_dims(labels, -1))
    own = ops.where(ops.isnan(own), -float("inf"), own)
    return ops.less(ops.count_nonzero(ops.greater(y_pred, own), axis=-1), k)


binary_accuracy = function(BinaryAccuracy)
categorical_accuracy = function(CategoricalAccuracy)
sparse_categorical_accuracy = function(SparseCategoricalAccuracy)
top_k_categorical_accuracy = function(TopKCategoricalAccuracy, "top_k_categorical_accuracy")
sparse_top_k_categorical_accuracy = function(
    SparseTopKCategoricalAccuracy, "sparse_top_k_categorical_accuracy"
)
