"""Cross-entropies that heed what is still wrong (focal), or labels that are (generalized)."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import number
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.base import Loss, function
from autograd_nn.nn.losses.crossentropy import BinaryCrossentropy, CrossEntropy
from autograd_nn.nn.losses.reduction import alike, as_classes, at_classes
from autograd_nn.nn.registry import named


@named()
@fields
class BinaryFocalCrossentropy(BinaryCrossentropy):
    """The binary cross-entropy, weighed by how wrong it is: (1 - q)^γ · -ln q.

    q is the probability given to the target.

    apply_class_balancing   weighs targets 1 by α and targets 0 by 1 - α.
    alpha, gamma            α and γ.
    from_logits, label_smoothing, axis   as for `BinaryCrossentropy`.
    Source: Lin et al., "Focal loss for dense object detection" (2017).

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.BinaryFocalCrossentropy()([[1.0]], [[0.5]])), 4)
    0.1733
    """

    apply_class_balancing: bool = False
    alpha: Any = 0.25
    gamma: Any = 2.0

    def check(self) -> None:
        super().check()
        number(self.alpha, "alpha", type(self).__name__)
        number(self.gamma, "gamma", type(self).__name__)

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y = self.smoothed(alike(y_true, y_pred), 2)
        p = ops.sigmoid(y_pred) if self.from_logits else y_pred
        wrong = y * (1 - p) + (1 - y) * p
        value = ops.power(wrong, self.gamma) * self.of_smoothed(y, y_pred)
        if self.apply_class_balancing:
            value = (y * self.alpha + (1 - y) * (1 - self.alpha)) * value
        return value


@named()
@fields
class CategoricalFocalCrossentropy(CrossEntropy):
    """The cross-entropy over classes, weighed by how wrong it is: -Σⱼ αⱼ (1 - pⱼ)^γ yⱼ ln pⱼ.

    alpha, gamma   α, one number or one a class, and γ.
    from_logits, label_smoothing, axis   as for `CategoricalCrossentropy`.
    Source: Lin et al., "Focal loss for dense object detection" (2017).

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.0433
    """

    _targets = "distribution"
    alpha: Any = 0.25
    gamma: Any = 2.0
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: Any = -1

    def check(self) -> None:
        super().check()
        number(self.gamma, "gamma", type(self).__name__)

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y = self.last(alike(y_true, y_pred))
        y = self.smoothed(y, y.shape[-1])
        log_p = self.log_shares(y_pred)
        weight = ops.power(-ops.expm1(log_p), self.gamma) * self.alpha
        return -ops.sum(weight * y * log_p, axis=-1)


@named()
@fields
class CategoricalGeneralizedCrossEntropy(Loss):
    """Between the cross-entropy (q → 0) and the absolute error (q → 1): (1 - p_y^q) / q.

    It gives way where labels are wrong. Shapes (n, …), (n, …, c). Raises IndexError for a
    class outside 0 … c - 1.
    Source: Zhang & Sabuncu, "Generalized cross entropy loss for training deep neural networks with
    noisy labels" (2018).

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]])), 4)
    1.0
    """

    _targets = "classes"
    q: float = 0.5

    def check(self) -> None:
        number(self.q, "q", type(self).__name__, above=0)
        if self.q >= 1:
            raise ValueError(f"received q={self.q!r}; expected a number between 0 and 1.")

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        labels = as_classes(y_true, y_pred)
        p = at_classes(y_pred, ops.expand_dims(labels, -1))
        return (1 - ops.power(ops.squeeze(p, axis=-1), self.q)) / self.q


binary_focal_crossentropy = function(BinaryFocalCrossentropy)
categorical_focal_crossentropy = function(CategoricalFocalCrossentropy)
categorical_generalized_cross_entropy = function(CategoricalGeneralizedCrossEntropy)
