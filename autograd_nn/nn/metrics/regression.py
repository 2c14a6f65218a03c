"""Metrics of numbers: similarity, correlation, explained variance."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import finfo
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import settings
from autograd_nn.nn.checks import whole
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.base import function
from autograd_nn.nn.losses.reduction import alike, fitted, per_value, ratio
from autograd_nn.nn.losses.regression import cosine
from autograd_nn.nn.metrics.accuracy import Matches
from autograd_nn.nn.metrics.base import Metric
from autograd_nn.nn.registry import named


@named()
@fields
class CosineSimilarity(Matches):
    """The mean cosine of the angle between target and prediction, along ``axis``.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.CosineSimilarity()([[0.0, 2.0]], [[0.0, 3.0]]))
    1.0
    """

    _targets = "values"
    name: str | None = None
    dtype: Any = "float64"
    axis: int = -1

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return cosine(alike(y_true, y_pred), y_pred, self.axis)


@named()
@fields
class PearsonCorrelation(Matches):
    """The mean correlation of a sample's targets and predictions, cov(y, p) / (σ_y σ_p).

    axis   along which they are compared.

    >>> from autograd_nn import nn
    >>> round(float(nn.metrics.PearsonCorrelation()([[0, 1, 2]], [[1.0, 3.0, 5.0]])), 6)
    1.0
    """

    _targets = "values"
    name: str | None = None
    dtype: Any = "float64"
    axis: int = -1

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y, p = _centred(alike(y_true, y_pred), self.axis), _centred(y_pred, self.axis)
        both = ops.mean(y * y, axis=self.axis) * ops.mean(p * p, axis=self.axis)
        return ops.mean(y * p, axis=self.axis) / ops.sqrt(both)


@named()
@fields
class ConcordanceCorrelation(Matches):
    """The mean agreement of a sample's targets and predictions, 2cov / (σ_y² + σ_p² + (ȳ - p̄)²).

    axis   along which they are compared.
    Source: Lin, "A concordance correlation coefficient to evaluate reproducibility" (1989).

    >>> from autograd_nn import nn
    >>> round(float(nn.metrics.ConcordanceCorrelation()([[0, 1, 2]], [[0.0, 1.0, 2.0]])), 6)
    1.0
    """

    _targets = "values"
    name: str | None = None
    dtype: Any = "float64"
    axis: int = -1

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y_true, axis = alike(y_true, y_pred), self.axis
        y, p = _centred(y_true, axis), _centred(y_pred, axis)
        apart = ops.square(ops.mean(y_true, axis=axis) - ops.mean(y_pred, axis=axis))
        spread = ops.mean(y * y, axis=axis) + ops.mean(p * p, axis=axis) + apart
        return 2 * ops.mean(y * p, axis=axis) / (spread + settings.epsilon())


def _centred(x: Tensor, axis: int) -> Tensor:
    return x - ops.mean(x, axis=axis, keepdims=True)


@named()
@fields
class R2Score(Metric):
    """The share of the targets' variance that predictions explain, 1 - Σ(y - p)² / Σ(y - ȳ)².

    class_aggregation   of several outputs: 'uniform_average' (the mean),
                        'variance_weighted_average' or None, a score each.
    num_regressors      how many inputs there are, for the adjusted score; 0: not adjusted. Where
                        there are no more samples than that, it is not adjusted either.
    Where targets are all equal, a score is 1 if predictions are exact, else 0.
    Shapes (n, d), (n, d), or vectors. Raises ShapeError for others.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.R2Score()([[1.0], [2.0], [3.0]], [[1.0], [2.0], [2.0]]))
    0.5
    """

    direction = "up"
    class_aggregation: str | None = "uniform_average"
    num_regressors: int = 0
    name: str | None = None

    def check(self) -> None:
        known = (None, "uniform_average", "variance_weighted_average")
        if self.class_aggregation not in known:
            raise ValueError(
                f"R2Score received class_aggregation={self.class_aggregation!r}; expected one of "
                f"{known}."
            )
        whole(self.num_regressors, "num_regressors", 0)

    def build(self) -> None:
        self.num_samples = self.add_variable(name="num_samples")
        self._width: int | None = None

    def _wide(self, width: int) -> None:
        self._width = width
        for name in ("squared_sum", "sum", "residual", "count"):
            setattr(self, name, self.add_variable((width,), name=name))

    @no_grad()
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y, p = fitted(y_true, y_pred)
        if y.ndim == 1:
            y, p = ops.expand_dims(y, -1), ops.expand_dims(p, -1)
        y = alike(y, p)
        if y.ndim != 2 or self._width not in (None, y.shape[1]):
            raise ShapeError(
                f"R2Score received predictions of shape {y.shape}; expected "
                f"(n, {self._width or 'd'}), a row a sample. Reshape them."
            )
        if self._width is None:
            self._wide(y.shape[1])
        # squares of float32 are exact in float64: their spread is what is left of two large sums
        y, p = (ops.astype(a, dtype=self.sum.dtype) for a in (y, p))
        w = ops.ones_like(y)
        if sample_weight is not None:
            w = w * per_value(sample_weight, y)[1]
        self._accumulate(
            sum=ops.sum(y * w, axis=0),
            squared_sum=ops.sum(y * y * w, axis=0),
            residual=ops.sum(ops.square(y - p) * w, axis=0),
            count=ops.sum(w, axis=0),
            num_samples=y.size,
        )

    def result(self) -> Tensor:
        if self._width is None:
            return ops.zeros_like(self.num_samples)
        total = self.squared_sum - self.sum * ratio(self.sum, self.count)
        rounded = 4 * float(finfo(total.dtype).eps) * self.squared_sum  # where targets are equal
        total = ops.where(ops.less(total, rounded), 0, total)
        exact = ops.logical_and(ops.equal(self.residual, 0), ops.greater(self.count, 0))
        score = ops.where(ops.equal(total, 0), exact, 1 - ratio(self.residual, total))
        if self.class_aggregation == "uniform_average":
            score = ops.mean(score)
        elif self.class_aggregation == "variance_weighted_average":
            score = ratio(ops.sum(total * score), ops.sum(total))
        if self.num_regressors:
            free: Any = self.num_samples - self.num_regressors - 1
            lost = ratio((1 - score) * (self.num_samples - 1), free)
            score = ops.where(ops.greater(free, 0), 1 - lost, score)
        return score


pearson_correlation = function(PearsonCorrelation)
concordance_correlation = function(ConcordanceCorrelation)
