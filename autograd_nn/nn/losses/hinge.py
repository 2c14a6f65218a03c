"""Hinge losses: nothing is lost where a prediction is right by a margin of one."""

from __future__ import annotations

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.base import Loss, function
from autograd_nn.nn.losses.reduction import alike
from autograd_nn.nn.registry import named


@named()
@fields
class Hinge(Loss):
    """The mean of what a prediction lacks to the margin, mean(max(1 - y·p, 0)).

    Targets are -1 or 1; where all are 0 or 1, a 0 means -1.

    >>> from autograd_nn import nn
    >>> float(nn.losses.Hinge()([[1.0, -1.0]], [[0.5, 0.5]]))
    1.0
    """

    _targets = "values"
    _elementwise = True

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y = alike(y_true, y_pred)
        binary = ops.all(ops.logical_or(ops.equal(y, 0), ops.equal(y, 1)))
        return ops.maximum(1 - ops.where(binary, 2 * y - 1, y) * y_pred, 0)


@named()
@fields
class SquaredHinge(Hinge):
    """The mean of squares of what a prediction lacks to the margin, mean(max(1 - y·p, 0)²).

    Targets are -1 or 1; where all are 0 or 1, a 0 means -1.

    >>> from autograd_nn import nn
    >>> float(nn.losses.SquaredHinge()([[1.0, -1.0]], [[0.5, 0.5]]))
    1.25
    """

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return ops.square(super()._entries(y_true, y_pred))


@named()
@fields
class CategoricalHinge(Loss):
    """What the right class lacks to be above the best wrong one by one, max(p₋ - p₊ + 1, 0).

    p₊ = Σⱼ yⱼ pⱼ and p₋ = maxⱼ (1 - yⱼ) pⱼ, targets one-hot.

    >>> from autograd_nn import nn
    >>> float(nn.losses.CategoricalHinge()([[0.0, 1.0]], [[0.25, 0.75]]))
    0.5
    """

    _targets = "values"

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y = alike(y_true, y_pred)
        right = ops.sum(y * y_pred, axis=-1)
        wrong = ops.max((1 - y) * y_pred, axis=-1)
        return ops.maximum(wrong - right + 1, 0)


hinge = function(Hinge)
squared_hinge = function(SquaredHinge)
categorical_hinge = function(CategoricalHinge)
