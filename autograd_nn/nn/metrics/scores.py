"""F-scores: precision and recall of several labels in one number."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import settings
from autograd_nn.nn.checks import number
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.reduction import alike, fitted, per_value
from autograd_nn.nn.metrics.base import Metric
from autograd_nn.nn.registry import named


@named("fbeta_score")
@fields
class FBetaScore(Metric):
    """The weighted harmonic mean of precision and recall, (1 + β²)·P·R / (β²·P + R).

    average     over labels: 'micro' (of all entries together), 'macro' (the mean), 'weighted' (by
                how often each label is there) or None, a score each.
    beta        β, how much more recall weighs than precision.
    threshold   above it a prediction means yes; None: a sample's largest does.
    Shapes (n, d), (n, d). Raises ShapeError for others.

    >>> from autograd_nn import nn
    >>> score = nn.metrics.FBetaScore(beta=2.0, threshold=0.5)
    >>> score([[1, 1], [1, 0]], [[0.9, 0.2], [0.8, 0.1]]).round(4)
    Tensor([1., 0.])
    """

    direction = "up"
    average: str | None = None
    beta: float = 1.0
    threshold: float | None = None
    name: str | None = "fbeta_score"

    def check(self) -> None:
        known = (None, "micro", "macro", "weighted")
        if self.average not in known:
            raise ValueError(f"received average={self.average!r}; expected one of {known}.")
        number(self.beta, "beta", type(self).__name__, above=0)
        if self.threshold is not None:
            number(self.threshold, "threshold", type(self).__name__, above=0)
            if self.threshold > 1:
                raise ValueError(f"received threshold={self.threshold!r}; expected one up to 1.")

    kept = ("true_positives", "false_positives", "false_negatives", "intermediate_weights")
    _width = None  # how many labels, once known

    def _wide(self, labels: int) -> None:
        self._width = labels  # type: ignore[assignment]
        for name in self.kept:
            shape = () if self.average == "micro" else (labels,)
            setattr(self, name, self.add_variable(shape, name=name))

    @no_grad()
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y, p = fitted(y_true, y_pred)
        y = alike(y, p)
        if p.ndim != 2 or self._width not in (None, p.shape[1]):
            raise ShapeError(
                f"{type(self).__name__} received predictions of shape {p.shape}; expected "
                f"(n, {self._width or 'labels'}), a row a sample. Reshape them."
            )
        if self._width is None:
            self._wide(p.shape[1])
        if self.threshold is None:
            largest = ops.greater_equal(p, ops.max(p, axis=-1, keepdims=True))
            said = ops.logical_and(largest, ops.greater(ops.absolute(p), 1e-9))
        else:
            said = ops.greater(p, self.threshold)
        said = ops.astype(said, dtype=p.dtype)
        w = None if sample_weight is None else per_value(sample_weight, p)[1]
        axis = None if self.average == "micro" else 0

        def total(x: Tensor) -> Tensor:
            return ops.sum(x if w is None else x * w, axis=axis)

        self._accumulate(
            true_positives=total(said * y), false_positives=total(said * (1 - y)),
            false_negatives=total((1 - said) * y), intermediate_weights=total(y),
        )  # fmt: skip

    def result(self) -> Tensor:
        if self._width is None:
            return as_tensor(0.0, self.dtype)
        right, little = self.true_positives, settings.epsilon()
        precision = right / (right + self.false_positives + little)
        recall = right / (right + self.false_negatives + little)
        square = self.beta**2
        score = (1 + square) * precision * recall / (square * precision + recall + little)
        if self.average == "weighted":
            share = self.intermediate_weights
            return ops.sum(score * (share / (ops.sum(share) + little)))
        return score if self.average is None else ops.mean(score)


@named()
class F1Score(FBetaScore):
    """The harmonic mean of precision and recall, 2·P·R / (P + R).

    average, threshold   as for `FBetaScore`.

    >>> from autograd_nn import nn
    >>> score = nn.metrics.F1Score(threshold=0.5)([[1, 1], [1, 0]], [[0.9, 0.2], [0.8, 0.1]])
    >>> score.round(4)
    Tensor([1., 0.])
    """

    def __init__(
        self, average: str | None = None, threshold: float | None = None,
        name: str | None = "f1_score", dtype: Any = "float64",
    ) -> None:  # fmt: skip
        super().__init__(average=average, threshold=threshold, name=name, dtype=dtype)
