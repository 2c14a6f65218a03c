"""Metrics and losses of Keras 1 and 2 that went: ``cosine_proximity``, ``fmeasure`` and its kin.

Scores of Keras 1 are those of a batch, and an epoch's is their mean.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from autograd_nn.nn import losses, ops
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.metrics import Metric
from autograd_nn.nn.registry import own
from autograd_nn.nn.settings import epsilon


def cosine_proximity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The cosine of the angle between target and prediction, negated.

    >>> cosine_proximity([[1.0, 0.0]], [[3.0, 4.0]]).round(4).tolist()
    [-0.6]
    """
    return losses.cosine_similarity(y_true, y_pred, axis)


def _rounded(x: Any) -> Any:
    return ops.round(ops.clip(x, 0, 1))


def precision(y_true: Any, y_pred: Any) -> Any:
    """The share of positives that are rightly so.

    >>> round(float(precision([1.0, 0.0, 1.0], [0.9, 0.8, 0.1])), 4)
    0.5
    """
    right = ops.sum(_rounded(ops.multiply(y_true, y_pred)))
    return right / (ops.sum(_rounded(y_pred)) + epsilon())


def recall(y_true: Any, y_pred: Any) -> Any:
    """The share of those meant that are found.

    >>> round(float(recall([1.0, 0.0, 1.0], [0.9, 0.8, 0.1])), 4)
    0.5
    """
    right = ops.sum(_rounded(ops.multiply(y_true, y_pred)))
    return right / (ops.sum(_rounded(y_true)) + epsilon())


def fbeta_score(y_true: Any, y_pred: Any, beta: float = 1) -> Any:
    """The weighted harmonic mean of `precision` and `recall`; raises ValueError for a beta < 0."""
    if beta < 0:
        raise ValueError(f"fbeta_score received beta={beta!r}; expected a number from 0.")
    p, r = precision(y_true, y_pred), recall(y_true, y_pred)
    return (1 + beta**2) * p * r / (beta**2 * p + r + epsilon())


def fmeasure(y_true: Any, y_pred: Any) -> Any:
    """The harmonic mean of `precision` and `recall`.

    >>> round(float(fmeasure([1.0, 0.0, 1.0], [0.9, 0.8, 0.1])), 4)
    0.5
    """
    return fbeta_score(y_true, y_pred)


def matthews_correlation(y_true: Any, y_pred: Any) -> Any:
    """The correlation of two classes, from -1 to 1.

    >>> round(float(matthews_correlation([1.0, 0.0], [0.9, 0.2])), 4)
    1.0
    """
    found, meant = _rounded(y_pred), _rounded(y_true)
    tp, tn = ops.sum(meant * found), ops.sum((1 - meant) * (1 - found))
    fp, fn = ops.sum((1 - meant) * found), ops.sum(meant * (1 - found))
    scale = ops.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    return (tp * tn - fp * fn) / (scale + epsilon())


cosine = cosine_proximity
fscore = f1score = fmeasure

_LOSSES = {"cosine_proximity": cosine_proximity, "cosine": cosine_proximity}
_METRICS = _LOSSES | {
    "fmeasure": fmeasure, "fscore": fmeasure, "f1score": fmeasure, "fbeta_score": fbeta_score,
    "matthews_correlation": matthews_correlation,
}  # fmt: skip


def _also(then: dict[str, Callable[..., Any]]) -> Callable[[Any], Any]:
    """What finds an object by its name, by names of then as well."""

    def make(today: Any) -> Any:
        @wraps(today)
        def find(what: Any, kind: str) -> Any:
            if isinstance(what, str) and what in then and own(what) is None:
                return then[what]
            return today(what, kind)

        return find

    return make


class LastOf(Metric):
    """What a stateful layer gave last: in Keras 2.2 one was a metric that counts itself."""

    def __init__(self, layer: Any) -> None:
        super().__init__(name=layer.name)
        self.layer = layer
        self.last = self.add_weight(shape=(), initializer="zeros", name="last")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Lets the layer count a batch; it knew of no weights."""
        self.last.assign(ops.mean(ops.cast(self.layer(y_true, y_pred), self.last.dtype)))

    def result(self) -> Any:
        """What it gave of all batches since it began anew."""
        return self.last + 0

    def reset_state(self) -> None:
        """Begins anew."""
        self.layer.reset_states()
        super().reset_state()


def _or_layers(today: Any) -> Any:
    """`metrics.get`, also of a stateful layer."""

    @wraps(today)
    def get(identifier: Any) -> Any:
        counts = isinstance(identifier, Layer) and not isinstance(identifier, Metric)
        if counts and getattr(identifier, "stateful", False):
            return LastOf(identifier)
        return today(identifier)

    return get


BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    "autograd_nn.nn.losses.of_function": {"find": _also(_LOSSES)},
    "autograd_nn.nn.losses": {"find": _also(_LOSSES)},
    "autograd_nn.nn.metrics": {"find": _also(_METRICS), "get": _or_layers},
}
