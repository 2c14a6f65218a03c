"""Losses of regions: how little two masks overlap, over all samples or over given axes."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import settings
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.base import Loss, function
from autograd_nn.nn.losses.reduction import alike
from autograd_nn.nn.registry import named


@named()
@fields
class Dice(Loss):
    """One less the overlap's share of both masks, 1 - 2Σyp / (Σy + Σp).

    axis   over which is summed; None: over all, the samples included.
    Source: Milletari et al., "V-Net" (2016).

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.Dice()([[1.0, 0.0]], [[0.5, 0.5]])), 4)
    0.5
    """

    _targets = "values"
    reduction: str | None = "sum_over_batch_size"
    name: str | None = "dice"
    axis: Any = None

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y, axis = alike(y_true, y_pred), _axes(self.axis)
        both = ops.sum(y * y_pred, axis=axis)
        all_ = ops.sum(y, axis=axis) + ops.sum(y_pred, axis=axis)
        return 1 - 2 * both / (all_ + settings.epsilon())


@named()
@fields
class Tversky(Loss):
    """One less the overlap's share, misses weighed: 1 - Σyp / (Σyp + αΣy(1 - p) + βΣ(1 - y)p).

    alpha, beta   α weighs what the prediction leaves out, β what it adds; ½ and ½ give `Dice`.
    axis          over which is summed; None: over all, the samples included.
    Source: Salehi et al., "Tversky loss function for image segmentation" (2017).

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.Tversky()([[1.0, 0.0]], [[0.5, 0.5]])), 4)
    0.5
    """

    _targets = "values"
    alpha: float = 0.5
    beta: float = 0.5
    reduction: str | None = "sum_over_batch_size"
    name: str | None = "tversky"
    axis: Any = None

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y, axis = alike(y_true, y_pred), _axes(self.axis)
        both = ops.sum(y * y_pred, axis=axis)
        left_out = ops.sum(y * (1 - y_pred), axis=axis)
        added = ops.sum((1 - y) * y_pred, axis=axis)
        parts = both + left_out * self.alpha + added * self.beta
        return ops.subtract(1, both / (parts + settings.epsilon()))


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


dice = function(Dice)
tversky = function(Tversky)
