"""Where metrics meet targets and results: what counts something else than its name says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd_nn.nn import metrics
from autograd_nn.nn.advice import chain
from autograd_nn.nn.advice.remark import Remark
from autograd_nn.nn.metrics.confusion import Counts

MANY = 20  # whole-numbered targets with more distinct values are no classes
DISTANCES = (
    metrics.MeanAbsoluteError, metrics.MeanSquaredError, metrics.RootMeanSquaredError,
    metrics.MeanAbsolutePercentageError, metrics.MeanSquaredLogarithmicError,
)  # fmt: skip
BY_NUMBER = (metrics.SparseCategoricalAccuracy, metrics.SparseTopKCategoricalAccuracy)
BY_SHARES = (metrics.CategoricalAccuracy, metrics.TopKCategoricalAccuracy)


def remarks(watched: Any, loss: Any, act: str, units: Any, y: Any) -> Iterator[Remark]:
    """Of the metrics of one output, its loss, last activation and targets (None: not at hand)."""
    kind = getattr(loss, "_targets", None)
    for metric in watched:
        yes = isinstance(metric, metrics.BinaryAccuracy | Counts)  # counts yes and no
        if kind == "distribution" and units and units > 2 and (
            isinstance(metric, metrics.BinaryAccuracy)
        ):
            yield Remark(
                f"the metric {metric.name!r} counts every unit by itself, so that it is "
                f"{1 - 2 / units:.0%} or more whatever the model says. Use 'accuracy'."
            )
        elif kind == "classes" and isinstance(metric, DISTANCES):
            yield Remark(
                f"the metric {metric.name!r} takes class numbers from shares of classes, which "
                "means nothing. Use 'accuracy'."
            )
        elif kind == "classes" and isinstance(metric, BY_SHARES):
            yield Remark(
                f"the metric {metric.name!r} compares with one-hot targets, and they are class "
                "numbers. Use 'accuracy'."
            )
        elif kind == "distribution" and isinstance(metric, BY_NUMBER):
            yield Remark(
                f"the metric {metric.name!r} compares with class numbers, and targets are one-hot. "
                "Use 'accuracy'."
            )
        elif kind == "classes" and units and units > 2 and isinstance(metric, Counts):
            yield Remark(
                f"the metric {metric.name!r} counts yes and no, and targets are numbers of {units} "
                "classes. Make y one-hot, or use 'accuracy'."
            )
        elif kind == "binary" and getattr(loss, "from_logits", False) and (
            (yes or isinstance(metric, metrics.ShapeAccuracy))
            and not getattr(metric, "from_logits", False) and not _bounded(act)
        ):
            yield Remark(
                f"the metric {metric.name!r} says yes above a half of a probability, and results "
                f"are logits, as the loss {loss.name!r} takes them. Use activation='sigmoid' and a "
                "loss without from_logits, or AUC(from_logits=True)."
            )
        elif kind == "values" and y is not None:
            yield from _of_numbers(metric, y, yes)


def _bounded(act: str) -> bool:
    reach = chain.reach(act)
    return reach is not None and reach[0] >= 0 and reach[1] <= 1


def _of_numbers(metric: Any, y: Any, yes: bool) -> Iterator[Remark]:
    if "acc" in metric.name and ((y != np.floor(y)).any() or len(np.unique(y)) > MANY):
        yield Remark(
            f"the metric {metric.name!r} counts equal classes, and the targets are numbers. Use "
            "metrics=['mae'], say."
        )
    elif yes and ((y < 0) | (y > 1)).any():
        yield Remark(
            f"the metric {metric.name!r} counts yes and no, and the targets are numbers from "
            f"{y.min():g} to {y.max():g}. Use metrics=['mae'], say."
        )
