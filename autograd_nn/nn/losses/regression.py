"""Losses of numbers: how far predictions are off, by value, share, logarithm or direction."""

from __future__ import annotations

import math

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import settings
from autograd_nn.nn.checks import number
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.base import Loss, function
from autograd_nn.nn.losses.reduction import alike
from autograd_nn.nn.registry import named


@named("mse")
@fields
class MeanSquaredError(Loss):
    """The mean of squared differences, mean((p - y)²).

    >>> from autograd_nn import nn
    >>> float(nn.losses.MeanSquaredError()([[0.0, 0.0]], [[1.0, 3.0]]))
    5.0
    """

    _targets = "values"
    _elementwise = True

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return ops.square(ops.subtract(y_pred, alike(y_true, y_pred)))


@named("mae")
@fields
class MeanAbsoluteError(Loss):
    """The mean of absolute differences, mean(|p - y|).

    >>> from autograd_nn import nn
    >>> float(nn.losses.MeanAbsoluteError()([[0.0, 0.0]], [[1.0, 3.0]]))
    2.0
    """

    _targets = "values"
    _elementwise = True

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return ops.absolute(ops.subtract(y_pred, alike(y_true, y_pred)))


@named("mape")
@fields
class MeanAbsolutePercentageError(Loss):
    """The mean of differences in percent of the target, 100·mean(|(y - p) / y|).

    A target nearer to 0 than 1e-7 counts as 1e-7.

    >>> from autograd_nn import nn
    >>> float(nn.losses.MeanAbsolutePercentageError()([[2.0, 4.0]], [[1.0, 3.0]]))
    37.5
    """

    _targets = "values"
    _elementwise = True

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y = alike(y_true, y_pred)
        return ops.absolute((y - y_pred) / ops.maximum(ops.absolute(y), settings.epsilon())) * 100


@named("msle")
@fields
class MeanSquaredLogarithmicError(Loss):
    """The mean of squared differences of logarithms, mean((ln(1 + y) - ln(1 + p))²).

    Targets and predictions below 1e-7 count as 1e-7.

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.MeanSquaredLogarithmicError()([[0.0]], [[1.0]])), 4)
    0.4805
    """

    _targets = "values"
    _elementwise = True

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y = alike(y_true, y_pred)
        return ops.square(_log(y_pred) - _log(y))


def _log(x: Tensor) -> Tensor:
    return ops.log1p(ops.maximum(x, settings.epsilon()))


@named("logcosh")
@fields
class LogCosh(Loss):
    """The logarithm of the hyperbolic cosine of differences, mean(ln cosh(p - y)).

    Nearly e²/2 for a small difference e, |e| - ln 2 for a large one.

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.LogCosh()([[0.0]], [[1.0]])), 4)
    0.4338
    """

    _targets = "values"
    _elementwise = True

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        e = ops.subtract(y_pred, alike(y_true, y_pred))
        return e + ops.softplus(e * -2.0) - math.log(2)


@named("huber_loss")
@fields
class Huber(Loss):
    """Squared near 0 and straight beyond ``delta``: ½e² where |e| ≤ δ, else δ|e| - ½δ².

    >>> from autograd_nn import nn
    >>> float(nn.losses.Huber()([[0.0, 0.0]], [[1.0, 3.0]]))
    1.5
    """

    _targets = "values"
    _elementwise = True
    delta: float = 1.0
    name: str | None = "huber_loss"

    def check(self) -> None:
        number(self.delta, "delta", "Huber", above=0)

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        e = ops.absolute(ops.subtract(y_pred, alike(y_true, y_pred)))
        d = self.delta
        return ops.where(e <= d, 0.5 * ops.square(e), d * e - 0.5 * d * d)


@named("pinball")
@fields
class Quantile(Loss):
    """The loss that a quantile minimises, mean(max(q·e, (q - 1)·e)) with e = y - p.

    quantile   q, the share of targets that shall lie below the prediction; ½ gives the median.
    Source: Koenker & Bassett, "Regression quantiles" (1978).

    >>> from autograd_nn import nn
    >>> float(nn.losses.Quantile(0.75)([[1.0, 0.0]], [[0.0, 1.0]]))
    0.5
    """

    _targets = "values"
    _elementwise = True
    quantile: float = 0.5

    def check(self) -> None:
        number(self.quantile, "quantile", "Quantile", above=0)
        if self.quantile >= 1:
            raise ValueError(
                f"Quantile received quantile={self.quantile!r}; expected a number between 0 and 1."
            )

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        e = ops.subtract(alike(y_true, y_pred), y_pred)
        return ops.maximum(self.quantile * e, (self.quantile - 1) * e)


@named()
@fields
class CosineSimilarity(Loss):
    """The cosine of the angle between target and prediction, negated: -Σ ŷ p̂ over ``axis``.

    From -1, the same direction, to 1, opposite ones; 0 where either is nought.

    >>> from autograd_nn import nn
    >>> float(nn.losses.CosineSimilarity()([[0.0, 2.0]], [[0.0, 3.0]]))
    -1.0
    """

    _targets = "values"
    axis: int = -1

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return -cosine(alike(y_true, y_pred), y_pred, self.axis)


def cosine(a: Tensor, b: Tensor, axis: int) -> Tensor:
    """The cosine of the angle between two tensors' vectors along an axis."""
    return ops.sum(_unit(a, axis) * _unit(b, axis), axis=axis)


def _unit(x: Tensor, axis: int) -> Tensor:
    return x / ops.maximum(ops.norm(x, axis=axis, keepdims=True), settings.epsilon())


mean_squared_error = function(MeanSquaredError)
mean_absolute_error = function(MeanAbsoluteError)
mean_absolute_percentage_error = function(MeanAbsolutePercentageError)
mean_squared_logarithmic_error = function(MeanSquaredLogarithmicError)
log_cosh = function(LogCosh)
huber = function(Huber)
quantile = function(Quantile)
cosine_similarity = function(CosineSimilarity)
