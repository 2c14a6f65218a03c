"""Cross-entropies: of yes-or-no targets, of distributions, of class numbers, of what fits."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import settings
from autograd_nn.nn.activations import Probabilities
from autograd_nn.nn.checks import number
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.base import Loss, function
from autograd_nn.nn.losses.reduction import alike, as_classes
from autograd_nn.nn.registry import named


class CrossEntropy(Loss):
    """What the cross-entropies share: where logits come from, how far targets are smoothed."""

    from_logits: bool = False
    label_smoothing: float = 0.0

    def check(self) -> None:
        where = type(self).__name__
        if isinstance(self.axis, bool) or not isinstance(self.axis, int | tuple | list):
            raise TypeError(f"{where} received axis={self.axis!r}; expected a whole number.")
        if self.from_logits not in (True, False):
            raise TypeError(f"{where} received from_logits={self.from_logits!r}; expected a bool.")
        number(self.label_smoothing, "label_smoothing", where)
        if not 0 <= self.label_smoothing <= 1:
            raise ValueError(
                f"received label_smoothing={self.label_smoothing!r}; expected a number from 0 to 1."
            )

    def logits(self, y_pred: Tensor, of: str) -> Tensor | None:
        """The logits behind the predictions, where they are known; None for bare probabilities."""
        if self.from_logits:
            return y_pred
        if isinstance(y_pred, Probabilities) and y_pred.of == of:
            return y_pred.logits
        return None

    def smoothed(self, y: Tensor, classes: int) -> Tensor:
        """Targets moved towards equal shares of the classes."""
        if not self.label_smoothing:
            return y
        return ops.add(y * (1 - self.label_smoothing), self.label_smoothing / classes)

    def last(self, x: Tensor) -> Tensor:
        """x with its classes along the last axis."""
        axis = self.axis
        return x if axis in (-1, x.ndim - 1) else ops.moveaxis(x, axis, -1)

    def log_shares(self, y_pred: Tensor) -> Tensor:
        """ln p of predictions over classes, along the last axis."""
        logits = self.logits(y_pred, "softmax")
        if logits is not None:
            return ops.log_softmax(self.last(logits), axis=-1)
        return log_of_shares(self.last(y_pred))


def kept_inside(p: Tensor) -> Tensor:
    return ops.clip(p, settings.epsilon(), 1 - settings.epsilon())


def log_of_shares(p: Tensor) -> Tensor:
    """ln of probabilities over the last axis, made to sum to one and kept away from 0."""
    return ops.log(kept_inside(p / ops.sum(p, axis=-1, keepdims=True)))


@named("bce")
@fields
class BinaryCrossentropy(CrossEntropy):
    """The cross-entropy of yes-or-no targets, -mean(y ln p + (1 - y) ln(1 - p)).

    from_logits       predictions are logits x, with p = σ(x).
    label_smoothing   moves targets this far towards ½.
    axis              over which the mean of a sample is taken.
    Shapes (n, …), (n, …). Raises ShapeError where they differ.

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.BinaryCrossentropy(from_logits=True)([[1.0]], [[0.0]])), 4)
    0.6931
    """

    _targets = "binary"
    _elementwise = True
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: Any = -1

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return self.of_smoothed(self.smoothed(alike(y_true, y_pred), 2), y_pred)

    def of_smoothed(self, y: Tensor, y_pred: Tensor) -> Tensor:
        """The cross-entropy of targets as they are."""
        logits = self.logits(y_pred, "sigmoid")
        if logits is not None:
            return ops.sigmoid_cross_entropy(logits, y)
        p = kept_inside(y_pred)
        return -(y * ops.log(p) + (1 - y) * ops.log(1 - p))


@named("cce")
@fields
class CategoricalCrossentropy(CrossEntropy):
    """The cross-entropy of targets that are distributions over classes, -Σⱼ yⱼ ln pⱼ.

    from_logits       predictions are logits x, with p = softmax(x).
    label_smoothing   moves targets this far towards equal shares.
    axis              along which the classes lie.
    Shapes (n, …, c), (n, …, c). Raises ShapeError where they differ.

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.6931
    """

    _targets = "distribution"
    from_logits: bool = False
    label_smoothing: float = 0.0
    axis: Any = -1

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y = self.last(alike(y_true, y_pred))
        return -ops.sum(self.smoothed(y, y.shape[-1]) * self.log_shares(y_pred), axis=-1)


@named("scce")
@fields
class SparseCategoricalCrossentropy(CrossEntropy):
    """The cross-entropy of targets that are class numbers, -ln p_y.

    from_logits    predictions are logits x, with p = softmax(x).
    ignore_class   the class number of targets that do not count; None: all count.
    axis           along which the predictions' classes lie.
    Shapes (n, …) or (n, …, 1), (n, …, c). Raises ShapeError where they do not fit, RangeError for
    a class outside 0 … c - 1.

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
    0.6931
    """

    _targets = "classes"
    from_logits: bool = False
    ignore_class: int | None = None
    reduction: str | None = "sum_over_batch_size"
    axis: Any = -1

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        logits = self.logits(y_pred, "softmax")
        # ln p of shares is a fixed point of log_softmax, so both ways end in the same op.
        x = self.last(logits) if logits is not None else log_of_shares(self.last(y_pred))
        labels = as_classes(y_true, x)
        if self.ignore_class is None:
            return ops.softmax_cross_entropy(x, labels)
        counts = ops.not_equal(labels, self.ignore_class)
        return ops.where(counts, ops.softmax_cross_entropy(x, ops.where(counts, labels, 0)), 0)

    def _valid(self, y_true: Tensor, y_pred: Tensor, values: Tensor) -> Tensor | None:
        if self.ignore_class is None:
            return None
        return ops.not_equal(ops.reshape(y_true, shape=values.shape), self.ignore_class)


@named("ce")
@fields
class Crossentropy(Loss):
    """The cross-entropy that fits the shapes: binary, of class numbers, or of distributions.

    from_logits   predictions are logits.

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.get("crossentropy")([1], [[0.5, 0.5]])), 4)
    0.6931
    """

    from_logits: bool = False

    def fitting(self, y_true: Tensor, y_pred: Tensor) -> Loss:
        """The loss for targets and predictions of these shapes."""
        kind = by_shape(y_true.array.shape, y_pred.array.shape)
        made: Any = {
            "binary": BinaryCrossentropy, "classes": SparseCategoricalCrossentropy,
            "distribution": CategoricalCrossentropy,
        }[kind]  # fmt: skip
        return made(from_logits=self.from_logits)

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return self.fitting(y_true, y_pred).call(y_true, y_pred)


def by_shape(shape: tuple[int, ...], wanted: tuple[int, ...]) -> str:
    """What targets of a shape are for predictions of another: binary, classes, distribution.

    >>> by_shape((8,), (8, 3))
    'classes'
    """
    if len(wanted) < 2 or wanted[-1] == 1:
        return "binary"
    return "classes" if len(shape) < len(wanted) or shape[-1] == 1 else "distribution"


binary_crossentropy = function(BinaryCrossentropy)
categorical_crossentropy = function(CategoricalCrossentropy)
sparse_categorical_crossentropy = function(SparseCategoricalCrossentropy)
