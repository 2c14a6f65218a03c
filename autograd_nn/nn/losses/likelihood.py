"""Losses from distributions: divergence, counts, numbers with their own spread."""

from __future__ import annotations

import math

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import settings
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.base import Loss, function
from autograd_nn.nn.losses.reduction import alike, fitted
from autograd_nn.nn.registry import named


@named("kld", "kullback_leibler_divergence")
@fields
class KLDivergence(Loss):
    """The divergence of predictions from targets, Σⱼ yⱼ ln(yⱼ / pⱼ), both kept in [1e-7, 1].

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]])), 4)
    0.1438
    """

    _targets = "distribution"

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y = ops.clip(alike(y_true, y_pred), settings.epsilon(), 1)
        return ops.sum(y * ops.log(y / ops.clip(y_pred, settings.epsilon(), 1)), axis=-1)


@named()
@fields
class Poisson(Loss):
    """The loss of counts whose mean is predicted, mean(p - y ln p).

    >>> from autograd_nn import nn
    >>> float(nn.losses.Poisson()([[3.0]], [[1.0]])) < float(nn.losses.Poisson()([[3.0]], [[9.0]]))
    True
    """

    _targets = "values"
    _elementwise = True

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return y_pred - alike(y_true, y_pred) * ops.log(y_pred + settings.epsilon())


@named("gaussian_nll")
@fields
class GaussianNegativeLogLikelihood(Loss):
    """The loss of a normal distribution whose spread is predicted, mean(½(s + (y - μ)² e⁻ˢ)).

    The first half of the predictions' last axis is μ, the second s = ln σ².

    full   whether the constant ½ ln 2π is added.
    Shapes (n, …, d), (n, …, 2d). Raises ShapeError where they do not fit.
    Source: Nix & Weigend, "Estimating the mean and variance of the target" (1994).

    >>> from autograd_nn import nn
    >>> float(nn.losses.GaussianNegativeLogLikelihood()([[1.0]], [[3.0, 0.0]]))
    2.0
    """

    _elementwise = True
    full: bool = False
    sample = "[[0.0]], [[0.5, 0.75]]"

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        *rest, n = y_pred.shape or (1,)
        if n % 2 or not y_pred.ndim:
            raise ShapeError(
                f"received predictions of shape {y_pred.shape}; expected a last axis of two "
                "halves, means and logarithms of variances. Give the last layer two units a target."
            )
        mean, s = y_pred[..., : n // 2], y_pred[..., n // 2 :]
        y, mean = fitted(y_true, mean)
        value = 0.5 * (s + ops.square(alike(y, mean) - mean) * ops.exp(-s))
        return value + 0.5 * math.log(2 * math.pi) if self.full else value


kl_divergence = function(KLDivergence)
poisson = function(Poisson)
gaussian_negative_log_likelihood = function(GaussianNegativeLogLikelihood)
