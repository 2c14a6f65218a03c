"""Curves over many thresholds: the area under one, and the best of one number given another."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import settings
from autograd_nn.nn.checks import number, whole
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.reduction import ratio
from autograd_nn.nn.metrics.confusion import Counts, counted_at, flat, thresholds_of
from autograd_nn.nn.registry import named

CURVES, SUMS = ("ROC", "PR", "PRGAIN"), ("interpolation", "majoring", "minoring")


def even(n: int) -> list[float]:
    """n numbers evenly from 0 to 1; ½ where it is one."""
    return [i / (n - 1) for i in range(n)] if n > 1 else [0.5]


@named()
@fields
class AUC(Counts):
    """The area under a curve of thresholds: true over false positives, or precision over recall.

    num_thresholds       how many thresholds approximate it, spread evenly from 0 to 1.
    curve                'ROC', 'PR' or 'PRGAIN'.
    summation_method     'interpolation' (trapezes; between points of 'PR' as Davis & Goadrich),
                         'majoring' (upper sums) or 'minoring'.
    thresholds           one's own thresholds, in place of num_thresholds; 0 and 1 are added.
    multi_label          whether each label has an area of its own; the result is their mean.
    num_labels           how many labels there are; left out, known from the first batch.
    label_weights        the labels' weights.
    from_logits          predictions are logits.
    Source: Davis & Goadrich, "The relationship between precision-recall and ROC curves" (2006).

    >>> from autograd_nn import nn
    >>> float(nn.metrics.AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]))
    0.75
    """

    direction = "up"
    _kept_as: ClassVar[dict[str, str]] = {"thresholds": "_inner"}  # without those added
    num_thresholds: int = 200
    curve: str = "ROC"
    summation_method: str = "interpolation"
    name: str | None = None
    dtype: Any = "float64"
    thresholds: Any = None
    multi_label: bool = False
    num_labels: int | None = None
    label_weights: Any = None
    from_logits: bool = False

    def check(self) -> None:
        self.curve, self.summation_method = (
            str(self.curve).upper(),
            str(self.summation_method).lower(),
        )
        for name, known in (("curve", CURVES), ("summation_method", SUMS)):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"AUC received {name}={getattr(self, name)!r}; expected one of {known}."
                )
        self._inner = None
        if self.thresholds is not None:
            self._inner = sorted(thresholds_of(self.thresholds, 0.5))
            self.num_thresholds = len(self._inner) + 2
        whole(self.num_thresholds, "num_thresholds", 2)
        self.thresholds = self.cuts()
        if self.num_labels and not self.multi_label:
            raise ValueError(
                f"AUC received num_labels={self.num_labels} without multi_label; expected it with "
                "multi_label=True alone. Pass that too, or leave it out."
            )

    def cuts(self) -> list[float]:
        inner = even(self.num_thresholds)[1:-1] if self._inner is None else self._inner
        little = settings.epsilon()  # all lies above the first, nothing above the last
        return [-little, *inner, 1 + little]

    def build(self) -> None:
        if not self.multi_label:
            super().build()
        elif self.num_labels:
            self._wide(self.num_labels)

    def _wide(self, labels: int) -> None:
        self._cuts = np.asarray(self.cuts())
        for name in self.kept:
            setattr(self, name, self.add_variable((len(self._cuts), labels), name=name))

    def count(self, y: Tensor, p: Tensor, w: Tensor | None) -> None:
        if self.from_logits:
            p = ops.sigmoid(p)
        if self.multi_label:
            if p.ndim != 2:
                raise ShapeError(
                    f"AUC received predictions of shape {p.shape} with multi_label; expected "
                    "(n, labels). Leave multi_label out for one label."
                )
            if not self._states:
                self._wide(p.shape[1])
            w = None if w is None else ops.broadcast_to(w, shape=p.shape)
        else:
            if self.label_weights is not None:
                w = self._labels() if w is None else w * self._labels()
            y, p, w = flat(y, p, w)
        found = counted_at(self._now(), y, ops.clip(p, 0, 1), w)
        known, shape = (counts[self.kept[0]].shape for counts in (self.__dict__, found))
        if known != shape:
            raise ShapeError(
                f"{self.name} has counts of shape {known}, (thresholds, labels) with multi_label "
                f"alone, and received a batch whose counts have shape {shape}, "
                f"multi_label={self.multi_label}; expected as many labels as before. Make another "
                "metric."
            )
        self._accumulate(**{name: found[name] for name in self.kept})

    def _labels(self) -> Tensor:
        return as_tensor(self.label_weights, self.dtype)

    def result(self) -> Tensor:
        if not self._states:
            return as_tensor(0.0, self.dtype)
        tp, fp = self.true_positives, self.false_positives
        tn, fn = self.true_negatives, self.false_negatives
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._over_labels(_between_points(tp, fp, fn))
        recall, precision = ratio(tp, tp + fn), ratio(tp, tp + fp)
        if self.curve == "ROC":
            x, y = ratio(fp, fp + tn), recall
        elif self.curve == "PR":
            x, y = recall, precision
        else:
            odds, none = ratio(tp + fn, tn + fp), ops.equal(tp, 0)
            x = ops.maximum(ops.where(none, 0, 1 - odds * ratio(fn, tp)), 0)
            y = ops.where(none, 1, 1 - odds * ratio(fp, tp))
        heights = {
            "interpolation": lambda a, b: (a + b) / 2, "majoring": ops.maximum,
            "minoring": ops.minimum,
        }[self.summation_method](y[:-1], y[1:])  # fmt: skip
        return self._over_labels((x[:-1] - x[1:]) * heights)

    def _over_labels(self, parts: Tensor) -> Tensor:
        areas = ops.sum(parts, axis=0)
        if not self.multi_label:
            return areas
        if self.label_weights is None:
            return ops.mean(areas)
        return ratio(ops.sum(areas * self._labels()), ops.sum(self._labels()))


def _between_points(tp: Tensor, fp: Tensor, fn: Tensor) -> Tensor:
    """Areas under precision over recall where true positives grow with all positives in a line."""
    p = tp + fp
    gained, more = tp[:-1] - tp[1:], p[:-1] - p[1:]
    slope = ratio(gained, ops.maximum(more, 0))
    start = tp[1:] - slope * p[1:]
    both = ops.logical_and(ops.greater(p[:-1], 0), ops.greater(p[1:], 0))
    grown = ops.where(both, ratio(p[:-1], ops.maximum(p[1:], 0)), 1)
    return ratio(slope * (gained + start * ops.log(grown)), ops.maximum(tp[1:] + fn[1:], 0))


class _BestAt(Counts):
    """The most of one number over thresholds at which another is at least ``given()``."""

    direction = "up"
    num_thresholds: int = 200
    class_id: int | None = None

    def check(self) -> None:
        whole(self.num_thresholds, "num_thresholds", 1)
        name, value = self.asked()
        if not 0 <= number(value, name, type(self).__name__) <= 1:
            raise ValueError(
                f"{type(self).__name__} received {name}={value!r}; expected a number from 0 to 1."
            )

    def asked(self) -> tuple[str, float]:
        """The name and value of what must be reached."""
        name = type(self).__name__.split("At")[1].lower()
        return name, getattr(self, name)

    def cuts(self) -> list[float]:
        return even(self.num_thresholds)

    def rates(self) -> dict[str, Tensor]:
        tp, fp = self.true_positives, self.false_positives
        tn, fn = self.true_negatives, self.false_negatives
        recall = ratio(tp, tp + fn)
        return {
            "recall": recall, "sensitivity": recall, "specificity": ratio(tn, tn + fp),
            "precision": ratio(tp, tp + fp),
        }  # fmt: skip

    def result(self) -> Tensor:
        name, least = self.asked()
        rates = self.rates()
        wanted = rates[type(self).__name__.split("At")[0].lower()]
        return ops.max(ops.where(ops.greater_equal(rates[name], least), wanted, 0))


@named()
@fields
class SensitivityAtSpecificity(_BestAt):
    """The most sensitivity TP / (TP + FN) at a specificity TN / (TN + FP) of at least so much.

    specificity      what must be reached, 0 to 1.
    num_thresholds   how many thresholds are tried, evenly from 0 to 1.
    class_id         only this class counts.

    >>> from autograd_nn import nn
    >>> m = nn.metrics.SensitivityAtSpecificity(0.5)
    >>> float(m([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    specificity: float  # type: ignore[misc]
    num_thresholds: int = 200
    class_id: int | None = None


@named()
@fields
class SpecificityAtSensitivity(_BestAt):
    """The most specificity TN / (TN + FP) at a sensitivity TP / (TP + FN) of at least so much.

    sensitivity      what must be reached, 0 to 1.
    num_thresholds   how many thresholds are tried, evenly from 0 to 1.
    class_id         only this class counts.

    >>> from autograd_nn import nn
    >>> m = nn.metrics.SpecificityAtSensitivity(0.5)
    >>> round(float(m([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])), 4)
    0.6667
    """

    sensitivity: float  # type: ignore[misc]
    num_thresholds: int = 200
    class_id: int | None = None


@named()
@fields
class PrecisionAtRecall(_BestAt):
    """The most precision TP / (TP + FP) at a recall TP / (TP + FN) of at least so much.

    recall           what must be reached, 0 to 1.
    num_thresholds   how many thresholds are tried, evenly from 0 to 1.
    class_id         only this class counts.

    >>> from autograd_nn import nn
    >>> m = nn.metrics.PrecisionAtRecall(0.5)
    >>> float(m([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    recall: float  # type: ignore[misc]
    num_thresholds: int = 200
    class_id: int | None = None


@named()
@fields
class RecallAtPrecision(_BestAt):
    """The most recall TP / (TP + FN) at a precision TP / (TP + FP) of at least so much.

    precision        what must be reached, 0 to 1.
    num_thresholds   how many thresholds are tried, evenly from 0 to 1.
    class_id         only this class counts.

    >>> from autograd_nn import nn
    >>> m = nn.metrics.RecallAtPrecision(0.8)
    >>> float(m([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]))
    0.5
    """

    precision: float  # type: ignore[misc]
    num_thresholds: int = 200
    class_id: int | None = None
