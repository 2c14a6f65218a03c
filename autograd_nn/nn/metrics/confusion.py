"""Right and wrong yeses and noes, counted at thresholds; precision and recall made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.checks import whole
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.reduction import alike, fitted, per_value, ratio
from autograd_nn.nn.metrics.base import Metric
from autograd_nn.nn.registry import named

LOWEST = -1e10  # below any prediction: what is not among the top k
FEW = 4  # thresholds up to which each is compared with; beyond, predictions are put in buckets


class Counts(Metric):
    """The base: ``kept`` names the counts that it adds up, one entry a threshold."""

    kept: tuple[str, ...] = ("true_positives", "false_positives", "true_negatives",
                             "false_negatives")  # fmt: skip
    class_id: int | None = None
    top_k: int | None = None

    def cuts(self) -> list[float]:
        """The thresholds, each a number that a prediction must exceed to mean yes."""
        raise NotImplementedError(f"{type(self).__name__} defines no cuts().")

    def build(self) -> None:
        self._cuts = np.asarray(self.cuts(), dtype="float64")
        for name in self.kept:
            setattr(self, name, self.add_variable(self._cuts.shape, name=name))

    def _now(self) -> np.ndarray:
        """The thresholds as they are now; raises ValueError where they are not as many."""
        found = np.asarray(self.cuts(), dtype="float64")
        if len(found) != len(self._cuts):
            raise ValueError(
                f"{self.name} has {len(found)} thresholds, and counts for {len(self._cuts)}, which "
                "it was made with; expected as many. Make another metric."
            )
        return found

    @no_grad()
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        y, p = fitted(y_true, y_pred)
        y = alike(y, p)
        w = None if sample_weight is None else per_value(sample_weight, p)[1]
        if self.top_k is not None:
            p = among_top(p, self.top_k)
        if self.class_id is not None:
            y, p = _column(y, self.class_id), _column(p, self.class_id)
            if w is not None and w.ndim and w.shape[-1] > 1:
                w = _column(w, self.class_id)
        self.count(y, p, w)

    def count(self, y: Tensor, p: Tensor, w: Tensor | None) -> None:
        """Adds targets, predictions and weights of one shape (or None) to the counts."""
        found = counted_at(self._now(), *(flat(y, p, w)))
        self._accumulate(**{name: found[name] for name in self.kept})


def _column(x: Tensor, index: int) -> Tensor:
    if x.ndim < 2 or not 0 <= index < x.shape[-1]:
        raise ShapeError(
            f"received class_id={index} for predictions of shape {x.shape}; expected (n, c) with a "
            "class of that number. Leave class_id out, or give the last layer a unit a class."
        )
    return x[..., index : index + 1]


def among_top(p: Tensor, k: int) -> Tensor:
    """Predictions of the k likeliest classes; the others fall below every threshold."""
    place = ops.top_k(p, k)[1]
    chosen = ops.sum(ops.one_hot(place, p.shape[-1], dtype=p.dtype), axis=-2)
    return ops.where(ops.greater(chosen, 0), p, LOWEST)


def flat(y: Tensor, p: Tensor, w: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
    """All of it as vectors."""
    if w is not None:
        w = ops.reshape(ops.broadcast_to(w, shape=p.shape), shape=(-1,))
    return ops.reshape(y, shape=(-1,)), ops.reshape(p, shape=(-1,)), w


def counted_at(cuts: np.ndarray, y: Tensor, p: Tensor, w: Tensor | None) -> dict[str, Tensor]:
    """The four counts at each threshold: (n, …) → (t, …)."""
    yes = ops.astype(ops.not_equal(y, 0), dtype=np.dtype("float64"))
    no = 1 - yes
    if w is not None:
        yes, no = yes * w, no * w
    (hits, misses), (alarms, rejections) = (
        _compared(cuts, p, (yes, no)) if len(cuts) <= FEW else _by_buckets(cuts, p, (yes, no))
    )
    return {
        "true_positives": hits, "false_positives": alarms,
        "true_negatives": rejections, "false_negatives": misses,
    }  # fmt: skip


def _compared(cuts: np.ndarray, p: Tensor, amounts: Any) -> list[tuple[Tensor, Tensor]]:
    """How much lies above each threshold, and how much does not."""
    above = ops.greater(ops.expand_dims(p, 0), cuts.astype(p.dtype).reshape(-1, *(1,) * p.ndim))
    return [
        (ops.sum(ops.where(above, x, 0), axis=1), ops.sum(ops.where(above, 0, x), axis=1))
        for x in amounts
    ]


def _by_buckets(cuts: np.ndarray, p: Tensor, amounts: Any) -> list[tuple[Tensor, Tensor]]:
    """The same of many thresholds: amounts per gap between them, added up from either end."""
    order = np.argsort(cuts, kind="stable")
    n, rest = len(cuts), p.shape[1:]
    place = ops.searchsorted(as_tensor(cuts[order].astype(p.dtype)), p)  # how many it exceeds
    key: Any = place if not rest else (place, ops.broadcast_to(ops.arange(rest[0]), shape=p.shape))
    found = []
    for x in amounts:
        gaps = ops.add_at(ops.zeros((n + 1, *rest), dtype="float64"), key, x)
        above = ops.flip(ops.cumsum(ops.flip(gaps, 0), axis=0), 0)[1:]
        below = ops.cumsum(gaps, axis=0)[:-1]
        if (order != range(n)).any():
            above, below = above[np.argsort(order)], below[np.argsort(order)]
        found.append((above, below))
    return found


def thresholds_of(given: Any, default: float) -> list[float]:
    """Thresholds as a list; raises ValueError for one outside [0, 1]."""
    if given is None:
        return [default]
    each = list(given) if isinstance(given, list | tuple | np.ndarray) else [given]
    for t in each:
        if isinstance(t, bool) or not isinstance(t, int | float | np.number) or not 0 <= t <= 1:
            raise ValueError(f"received the threshold {t!r}; expected numbers from 0 to 1.")
    return [float(t) for t in each]


@fields
class _At(Counts):
    """Counts at thresholds of the user's, ½ by default; a number where there is one threshold."""

    thresholds: Any = None

    def check(self) -> None:
        thresholds_of(self.thresholds, 0.5)
        if self.top_k is not None:
            whole(self.top_k, "top_k", 1)
        if self.class_id is not None:
            whole(self.class_id, "class_id", 0)

    def cuts(self) -> list[float]:
        return thresholds_of(self.thresholds, 0.5 if self.top_k is None else LOWEST)

    def seen(self, x: Tensor) -> Tensor:
        return x[0] if len(self._cuts) == 1 else ops.positive(x)


@named()
@fields
class TruePositives(_At):
    """How many targets 1 lie above the threshold (or each of several), weights added up.

    thresholds   one number or a list; ½ by default.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.TruePositives()([0, 1, 1], [0.9, 0.2, 0.8]))
    1.0
    """

    kept = ("true_positives",)

    def result(self) -> Tensor:
        return self.seen(getattr(self, self.kept[0]))


@named()
@fields
class FalsePositives(TruePositives):
    """How many targets 0 lie above the threshold (or each of several), weights added up.

    thresholds   one number or a list; ½ by default.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.FalsePositives()([0, 1, 1], [0.9, 0.2, 0.8]))
    1.0
    """

    kept = ("false_positives",)


@named()
@fields
class TrueNegatives(TruePositives):
    """How many targets 0 lie at or below the threshold (or each of several), weights added up.

    thresholds   one number or a list; ½ by default.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.TrueNegatives()([0, 1, 0], [0.9, 0.2, 0.1]))
    1.0
    """

    kept = ("true_negatives",)


@named()
@fields
class FalseNegatives(TruePositives):
    """How many targets 1 lie at or below the threshold (or each of several), weights added up.

    thresholds   one number or a list; ½ by default.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.FalseNegatives()([0, 1, 1], [0.9, 0.2, 0.8]))
    1.0
    """

    kept = ("false_negatives",)


@named()
@fields
class Precision(_At):
    """The share of what lies above the threshold that is right, TP / (TP + FP).

    thresholds   one number or a list; ½ by default.
    top_k        only a sample's k likeliest classes count as predicted.
    class_id     only this class counts.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.Precision()([0, 1, 1, 1], [1, 0, 1, 1.0]).round(4))
    0.6667
    """

    direction = "up"
    kept = ("true_positives", "false_positives")
    thresholds: Any = None
    top_k: int | None = None
    class_id: int | None = None

    def result(self) -> Tensor:
        right, other = (getattr(self, name) for name in self.kept)
        return self.seen(ratio(right, right + other))


@named()
@fields
class Recall(Precision):
    """The share of what is right that lies above the threshold, TP / (TP + FN).

    thresholds   one number or a list; ½ by default.
    top_k        only a sample's k likeliest classes count as predicted.
    class_id     only this class counts.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.Recall()([0, 1, 1, 1], [1, 0, 1, 1.0]).round(4))
    0.6667
    """

    kept = ("true_positives", "false_negatives")
