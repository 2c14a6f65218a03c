"""Metrics: numbers to watch. State is tensors, changed by ``assign`` of what ops computed.

A metric over samples is its ``entries`` (one number per prediction); `Mean` adds them up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import doors, ops
from autograd_nn.engine.mode import mode, no_grad
from autograd_nn.engine.node import StateBuffer, in_state
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import initializers, losses
from autograd_nn.nn.checks import number
from autograd_nn.nn.config import Configurable
from autograd_nn.nn.lookup import snake_case
from autograd_nn.nn.losses.reduction import alike, as_classes, fitted, per_sample, per_value
from autograd_nn.nn.registry import family, find, named
from autograd_nn.nn.variable import Variable

Entries = Callable[[Tensor, Tensor], Tensor]


@family("metric")
class Metric(Configurable):
    """The base of metrics: subclass it with ``update_state`` and ``result``.

    name    what logs call it; left out, made from the class's name.
    dtype   of its state, float64 by default.

    >>> from autograd_nn import nn
    >>> m = nn.metrics.BinaryAccuracy()
    >>> m.update_state([[1.0], [0.0]], [[0.9], [0.8]])
    >>> float(m.result())
    0.5
    """

    direction: str | None = None  # 'up' or 'down', where it is known which is better

    def __init__(self, name: str | None = None, dtype: Any = None) -> None:
        self.name = name or snake_case(type(self).__name__)
        self.dtype = np.dtype(dtype or "float64").name
        self._states: list[Variable] = []
        self._starts: list[Tensor] = []

    def add_weight(
        self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: str | None = None
    ) -> Variable:
        """A state, zeros if no initializer says otherwise, to which `reset_state` returns it.

        It has the metric's dtype, float64 if none was given: it adds up many numbers.
        """
        if isinstance(shape, str):  # Keras 2's order: the name came first
            shape, name = (), shape
        initializer = initializers.get(initializer or "zeros")
        start = initializer(shape, dtype or self.dtype)
        variable = Variable(start, trainable=False, name=name or "state")
        self._states.append(variable)
        self._starts.append(start)
        return variable

    add_variable = add_weight

    @property
    def variables(self) -> list[Variable]:
        """All state."""
        return list(self._states)

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Takes one batch into account."""
        raise NotImplementedError(f"{type(self).__name__} defines no update_state.")

    def result(self) -> Tensor:
        """The metric over all batches since the last `reset_state`."""
        raise NotImplementedError(f"{type(self).__name__} defines no result.")

    def reset_state(self) -> None:
        """Forgets all batches."""
        if not written_back([self]):
            for v, start in zip(self._states, self._starts, strict=True):
                v.assign(start)

    def value(self) -> float:
        """The result as a number."""
        return float(self.result())

    def __call__(self, *args: Any, **kwargs: Any) -> Tensor:
        for value in (*args, *kwargs.values()):
            if isinstance(value, Tensor):
                doors.number(value, "a metric's result, which is made of its state,")
        self.update_state(*args, **kwargs)
        return self.result()


def written_back(metrics: Sequence[Metric]) -> bool:
    """Resets metrics in the memory that programs write, all at one moment, where they lie there.

    One call of C, which no signal handler comes into: no half of it is reset.
    """
    if mode.recorder is not None or mode.changes is not None:
        return False
    arrays = [v.array for m in metrics for v in m._states]
    for a in arrays:
        if type(a.base) is not StateBuffer and not in_state(a):
            return False
    starts = [start.array for m in metrics for start in m._starts]
    deque(map(np.copyto, arrays, starts), maxlen=0)
    return True


@named()
class Mean(Metric):
    """The weighted mean of what it is given, Σwv / Σw.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.Mean()([1.0, 2.0, 6.0]))
    3.0
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(name, dtype)
        self.total = self.add_weight(name="total")
        self.count = self.add_weight(name="count")

    def add(self, total: Any, count: Any) -> None:
        """Adds a sum and the weight it stands for."""
        self.total.assign(ops.add(self.total, total))
        self.count.assign(ops.add(self.count, count))

    @no_grad()
    def update_state(self, values: Any, sample_weight: Any = None) -> None:
        values = as_tensor(values)
        if sample_weight is None:
            self.add(ops.sum(values), values.size)
            return
        if values.dtype.kind != "f":
            values = ops.astype(values, dtype=np.dtype("float64"))
        w = as_tensor(sample_weight)
        if w.ndim < values.ndim:  # one weight a sample: its entries count as their mean
            values = ops.mean(values, axis=tuple(range(w.ndim, values.ndim)))
        self._add_weighted(*per_value(w, values))

    def _add_weighted(self, values: Tensor, w: Tensor) -> None:
        weighted = ops.multiply(values, w)
        self.add(ops.sum(weighted), ops.sum(ops.broadcast_to(w, shape=weighted.shape)))

    def result(self) -> Tensor:
        return ops.divide(self.total, ops.maximum(self.count, 1e-300))

    def value(self) -> float:
        """The result as a number; without an op, for `fit` reads it in every epoch."""
        if type(self).result is not Mean.result:
            return super().value()
        return self.total.array.item() / max(self.count.array.item(), 1e-300)


class MeanMetricWrapper(Mean):
    """The mean over samples of a function of (y_true, y_pred).

    fn   gives one number per sample, or several, which are averaged.

    >>> from autograd_nn import nn
    >>> gap = nn.metrics.MeanMetricWrapper(lambda y_true, y_pred: y_pred - y_true, "gap")
    >>> float(gap([1.0, 2.0], [2.0, 5.0]))
    2.0
    """

    def __init__(self, fn: Entries, name: str | None = None) -> None:
        super().__init__(name or getattr(fn, "__name__", "metric"))
        self.fn = fn

    def entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The numbers whose mean over samples is the metric."""
        return as_tensor(self.fn(y_true, y_pred))

    @no_grad()
    def update_state(  # type: ignore[override]
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> None:
        self.update(*fitted(y_true, y_pred), sample_weight)

    def update(self, y_true: Tensor, y_pred: Tensor, weight: Any = None) -> None:
        """`update_state` of tensors already checked, for the training step."""
        values = self.entries(y_true, y_pred)
        if weight is None:
            self.add(ops.sum(values), values.array.size)
            return
        if values.dtype.kind != "f":
            values = ops.astype(values, dtype=np.dtype("float64"))
        values = per_sample(values)
        self._add_weighted(*per_value(weight, values))


def _equal_entries(y_true: Tensor, y_pred: Tensor) -> Tensor:
    return ops.equal(alike(y_true, y_pred), y_pred)


def _classes_match(y_true: Tensor, y_pred: Tensor) -> Tensor:
    alike(y_true, y_pred)
    return ops.equal(ops.argmax(y_true, axis=-1), ops.argmax(y_pred, axis=-1))


def _class_numbers_match(y_true: Tensor, y_pred: Tensor) -> Tensor:
    labels = as_classes(y_true, y_pred)
    best = ops.argmax(y_pred, axis=-1)
    if labels.shape != best.shape:
        alike(labels, best)
    return ops.equal(labels, best)


def _thresholded(y_true: Tensor, y_pred: Tensor, threshold: float) -> Tensor:
    return ops.equal(alike(y_true, y_pred), ops.greater(y_pred, threshold))


@named(by_class=True)
class Accuracy(MeanMetricWrapper):
    """The share of predictions that equal their targets.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.Accuracy()([1, 2], [1, 3]))
    0.5
    """

    def __init__(self, name: str | None = "accuracy") -> None:
        super().__init__(_equal_entries, name)


@named()
class BinaryAccuracy(MeanMetricWrapper):
    """The share of targets, 0 or 1, that predictions fall on the right side of ``threshold``.

    threshold   above it a prediction means 1.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.BinaryAccuracy()([[1.0], [0.0]], [[0.9], [0.8]]))
    0.5
    """

    def __init__(self, name: str | None = "binary_accuracy", threshold: float = 0.5) -> None:
        number(threshold, "threshold", "BinaryAccuracy")
        if not 0 < threshold < 1:
            raise ValueError(f"received threshold={threshold!r}; expected one between 0 and 1.")
        super().__init__(binary_accuracy, name)
        self.threshold = threshold

    def entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return _thresholded(y_true, y_pred, self.threshold)


@named()
class CategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose likeliest class is the target's (targets one-hot).

    >>> from autograd_nn import nn
    >>> float(nn.metrics.CategoricalAccuracy()([[0, 1]], [[0.2, 0.8]]))
    1.0
    """

    def __init__(self, name: str | None = "categorical_accuracy") -> None:
        super().__init__(_classes_match, name)


@named()
class SparseCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose likeliest class is the target (targets class numbers).

    >>> from autograd_nn import nn
    >>> float(nn.metrics.SparseCategoricalAccuracy()([1], [[0.2, 0.8]]))
    1.0
    """

    def __init__(self, name: str | None = "sparse_categorical_accuracy") -> None:
        super().__init__(_class_numbers_match, name)


@named("accuracy", "acc")
class ShapeAccuracy(MeanMetricWrapper):
    """What 'accuracy' means: binary, categorical or sparse, as the shapes say.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.get("accuracy")([1], [[0.2, 0.8]]))
    1.0
    """

    def __init__(self, name: str | None = "accuracy") -> None:
        super().__init__(accuracy_by_shape, name)


def accuracy_by_shape(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Matches by the accuracy that fits the shapes: binary, of class numbers or one-hot rows."""
    shape, wanted = y_true.array.shape, y_pred.array.shape
    if len(wanted) < 2 or wanted[-1] == 1:
        return _thresholded(y_true, y_pred, 0.5)
    if len(shape) < len(wanted) or shape[-1] == 1:
        return _class_numbers_match(y_true, y_pred)
    return _classes_match(y_true, y_pred)


class _LossMetric(MeanMetricWrapper):
    """The mean of a loss over samples.

    from_logits       whether predictions are logits, where the loss takes probabilities.
    label_smoothing   how far targets are moved towards equal shares.
    """

    loss: losses.Loss

    def __init__(self, loss: losses.Loss, name: str | None) -> None:
        super().__init__(loss.entries, name)
        self.loss = loss


@named("mse")
class MeanSquaredError(_LossMetric):
    """The mean of squared differences.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.MeanSquaredError()([[0.0, 0.0]], [[1.0, 3.0]]))
    5.0
    """

    def __init__(self, name: str | None = "mean_squared_error") -> None:
        super().__init__(losses.MeanSquaredError(), name)


@named("mae")
class MeanAbsoluteError(_LossMetric):
    """The mean of absolute differences.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.MeanAbsoluteError()([[0.0, 0.0]], [[1.0, 3.0]]))
    2.0
    """

    def __init__(self, name: str | None = "mean_absolute_error") -> None:
        super().__init__(losses.MeanAbsoluteError(), name)


@named()
class RootMeanSquaredError(MeanSquaredError):
    """The root of the mean of squared differences.

    >>> from autograd_nn import nn
    >>> float(nn.metrics.RootMeanSquaredError()([[0.0]], [[3.0]]))
    3.0
    """

    def __init__(self, name: str | None = "root_mean_squared_error") -> None:
        super().__init__(name)

    def result(self) -> Tensor:
        return ops.sqrt(super().result())


@named("bce")
class BinaryCrossentropy(_LossMetric):
    """The mean binary cross-entropy.

    >>> from autograd_nn import nn
    >>> round(float(nn.metrics.BinaryCrossentropy()([[1.0]], [[0.5]])), 4)
    0.6931
    """

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(
            losses.BinaryCrossentropy(from_logits=from_logits, label_smoothing=label_smoothing),
            name,
        )
        self.from_logits, self.label_smoothing = from_logits, label_smoothing


@named()
class CategoricalCrossentropy(_LossMetric):
    """The mean cross-entropy of one-hot targets.

    >>> from autograd_nn import nn
    >>> round(float(nn.metrics.CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.6931
    """

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(
            losses.CategoricalCrossentropy(
                from_logits=from_logits, label_smoothing=label_smoothing
            ),
            name,
        )
        self.from_logits, self.label_smoothing = from_logits, label_smoothing


@named()
class SparseCategoricalCrossentropy(_LossMetric):
    """The mean cross-entropy of class numbers.

    >>> from autograd_nn import nn
    >>> round(float(nn.metrics.SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
    0.6931
    """

    def __init__(
        self, name: str | None = "sparse_categorical_crossentropy", from_logits: bool = False
    ) -> None:
        super().__init__(losses.SparseCategoricalCrossentropy(from_logits=from_logits), name)
        self.from_logits = from_logits


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Tensor:
    """Per sample, the share of entries on the right side of ``threshold``.

    >>> from autograd_nn import nn
    >>> nn.metrics.binary_accuracy([[1.0, 0.0]], [[0.9, 0.8]])
    Tensor([0.5])
    """
    return per_sample(_thresholded(*fitted(y_true, y_pred), threshold))


def categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """Per sample, whether the likeliest class is the target's.

    >>> from autograd_nn import nn
    >>> nn.metrics.categorical_accuracy([[0, 1]], [[0.2, 0.8]])
    Tensor([ True])
    """
    return _classes_match(*fitted(y_true, y_pred))


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Tensor:
    """Per sample, whether the likeliest class is the target.

    >>> from autograd_nn import nn
    >>> nn.metrics.sparse_categorical_accuracy([1], [[0.2, 0.8]])
    Tensor([ True])
    """
    return _class_numbers_match(*fitted(y_true, y_pred))


def get(identifier: Any) -> Metric | None:
    """The metric meant by a name, a configuration, a class, an object or a function.

    Raises ValueError for an unknown name, with the nearest one.

    >>> from autograd_nn import nn
    >>> nn.metrics.get("acc").name
    'acc'
    """
    found = find(identifier, "metric")
    if isinstance(found, losses.Loss):
        found = _LossMetric(found, found.name)
    elif isinstance(getattr(found, "loss", None), type):  # a loss's function
        found = _LossMetric(found.loss(), found.__name__)
    elif found is not None and not isinstance(found, Metric):
        found = MeanMetricWrapper(found)
    if isinstance(identifier, str):
        found.name = identifier  # as the logs are asked for
    return found


__all__ = [
    "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "CategoricalAccuracy",
    "CategoricalCrossentropy", "Mean", "MeanAbsoluteError", "MeanMetricWrapper", "MeanSquaredError",
    "Metric", "RootMeanSquaredError", "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy",
    "binary_accuracy", "categorical_accuracy", "get", "sparse_categorical_accuracy",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
