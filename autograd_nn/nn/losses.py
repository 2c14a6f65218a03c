"""Losses: how far predictions are from targets. A loss is its ``entries``; the rest is shared.

``entries`` gives one number per prediction (or per sample), ``call`` averages them over a sample,
and calling the loss weighs and reduces the samples to one number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.activations import Probabilities
from autograd_nn.nn.checks import number
from autograd_nn.nn.config import Configurable
from autograd_nn.nn.lookup import snake_case
from autograd_nn.nn.registry import family, find, named

EPSILON = 1e-7  # probabilities are kept this far from 0 and 1 where no logits are known
REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None)


@family("loss")
class Loss(Configurable):
    """The base of losses: subclass it with ``call(y_true, y_pred)``, one number per sample.

    reduction   'sum_over_batch_size' (the mean), 'sum', 'mean_with_sample_weight' or None.
    targets     what it accepts as targets, checked at ``fit``: 'values', 'binary',
                'distribution', 'classes' or 'any'.
    Raises ValueError for an unknown reduction, ShapeError where targets do not fit.

    >>> from autograd_nn import nn
    >>> float(nn.losses.MeanSquaredError()([[1.0], [2.0]], [[1.0], [4.0]]))
    2.0
    """

    targets = "any"
    elementwise = False  # whether ``entries`` has the predictions' shape, to be averaged per sample

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size"
    ) -> None:
        if reduction not in REDUCTIONS:
            raise ValueError(f"received reduction={reduction!r}; expected one of {REDUCTIONS}.")
        self.name = name or snake_case(type(self).__name__)
        self.reduction = reduction

    def entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The loss before any average; by default `call`, which already is per sample."""
        return self.call(y_true, y_pred)

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One number per sample: the mean of its entries."""
        return self._samples(self.entries(*fitted(y_true, y_pred)))

    def _samples(self, values: Tensor) -> Tensor:
        return per_sample(values) if self.elementwise else values

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        y_true, y_pred = fitted(y_true, y_pred)
        values = self.entries(y_true, y_pred)
        if sample_weight is None:
            if self.reduction in ("sum_over_batch_size", "mean", "mean_with_sample_weight"):
                return ops.mean(values)
            values = self._samples(values)
            return ops.sum(values) if self.reduction == "sum" else values
        values = self._samples(values)
        weight = per_value(sample_weight, values)
        values = ops.multiply(values, weight)
        if self.reduction == "mean_with_sample_weight":
            return ops.sum(values) / ops.sum(weight)
        if self.reduction in ("sum_over_batch_size", "mean"):
            return ops.mean(values)
        return ops.sum(values) if self.reduction == "sum" else values


def fitted(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Targets and predictions as tensors, a column and a vector meaning the same."""
    y_true = y_true if isinstance(y_true, Tensor) else as_tensor(y_true)
    y_pred = y_pred if isinstance(y_pred, Tensor) else as_tensor(y_pred)
    shape, wanted = y_true.array.shape, y_pred.array.shape
    if shape != wanted and y_true.array.size == y_pred.array.size:
        one = 1  # a last axis of size one more or less is the same data
        if wanted == (*shape, one) or shape == (*wanted, one):
            y_true = ops.reshape(y_true, shape=wanted)
    return y_true, y_pred


def alike(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """The targets in the predictions' dtype; raises ShapeError where the shapes differ."""
    if y_true.array.shape != y_pred.array.shape:
        raise ShapeError(
            f"received targets of shape {y_true.shape} for predictions of shape {y_pred.shape}; "
            "expected equal shapes, for a loss never broadcasts. Reshape the targets, or change "
            "the last layer's size."
        )
    if y_true.array.dtype is y_pred.array.dtype:
        return y_true
    return ops.astype(y_true, dtype=y_pred.dtype)


def per_sample(values: Tensor) -> Tensor:
    """The mean over the last axis, where there is one beside the batch's."""
    return ops.mean(values, axis=-1) if values.ndim > 1 else values


def per_value(weight: Any, values: Tensor) -> Tensor:
    """Sample weights as they multiply per-sample values: in their dtype, of a shape that fits.

    A column of weights counts as a vector; a loss that is one number already takes any weights.
    """
    w = as_tensor(weight)
    if w.ndim == values.ndim + 1 and w.shape[-1] == 1:
        w = ops.reshape(w, shape=w.shape[:-1])
    alike = zip(w.shape, values.shape, strict=False)
    if values.ndim and (w.ndim > values.ndim or any(n not in (1, m) for n, m in alike)):
        raise ShapeError(
            f"received sample_weight of shape {w.shape} for losses of shape {values.shape}; "
            "expected one weight per sample. Pass as many weights as there are samples."
        )
    if w.ndim < values.ndim:
        w = ops.reshape(w, shape=(*w.shape, *(1,) * (values.ndim - w.ndim)))
    return w if w.dtype == values.dtype else ops.astype(w, dtype=values.dtype)


@named("mse")
class MeanSquaredError(Loss):
    """The mean of squared differences, mean((p - y)²).

    >>> from autograd_nn import nn
    >>> float(nn.losses.MeanSquaredError()([[0.0, 0.0]], [[1.0, 3.0]]))
    5.0
    """

    targets = "values"
    elementwise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
    ) -> None:
        super().__init__(name, reduction)

    def entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return ops.square(ops.subtract(y_pred, alike(y_true, y_pred)))


@named("mae")
class MeanAbsoluteError(Loss):
    """The mean of absolute differences, mean(|p - y|).

    >>> from autograd_nn import nn
    >>> float(nn.losses.MeanAbsoluteError()([[0.0, 0.0]], [[1.0, 3.0]]))
    2.0
    """

    targets = "values"
    elementwise = True

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_absolute_error",
    ) -> None:
        super().__init__(name, reduction)

    def entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return ops.absolute(ops.subtract(y_pred, alike(y_true, y_pred)))


@named("huber_loss")
class Huber(Loss):
    """Squared near 0 and straight beyond ``delta``: ½e² where |e| ≤ δ, else δ|e| - ½δ².

    >>> from autograd_nn import nn
    >>> float(nn.losses.Huber()([[0.0, 0.0]], [[1.0, 3.0]]))
    1.5
    """

    targets = "values"
    elementwise = True

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
    ) -> None:
        number(delta, "delta", "Huber", above=0)
        super().__init__(name, reduction)
        self.delta = delta

    def entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        e = ops.absolute(ops.subtract(y_pred, alike(y_true, y_pred)))
        d = self.delta
        return ops.where(e <= d, 0.5 * ops.square(e), d * e - 0.5 * d * d)


class _CrossEntropy(Loss):
    """What the cross-entropies share: where logits come from."""

    def __init__(
        self, from_logits: bool, label_smoothing: float, reduction: str | None, name: str | None
    ) -> None:
        super().__init__(name, reduction)
        number(label_smoothing, "label_smoothing", type(self).__name__)
        if not 0 <= label_smoothing <= 1:
            raise ValueError(
                f"received label_smoothing={label_smoothing!r}; expected a number from 0 to 1."
            )
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing

    def logits(self, y_pred: Tensor, of: str) -> Tensor | None:
        """The logits behind the predictions, where they are known; None for bare probabilities."""
        if self.from_logits:
            return y_pred
        if isinstance(y_pred, Probabilities) and y_pred.of == of:
            return y_pred.logits
        return None


def _kept_inside(p: Tensor) -> Tensor:
    return ops.clip(p, EPSILON, 1 - EPSILON)


def _log_of_shares(p: Tensor) -> Tensor:
    """ln of probabilities over the last axis, made to sum to one and kept away from 0."""
    return ops.log(_kept_inside(p / ops.sum(p, axis=-1, keepdims=True)))


@named("bce")
class BinaryCrossentropy(_CrossEntropy):
    """The cross-entropy of yes-or-no targets, -mean(y ln p + (1 - y) ln(1 - p)).

    from_logits       predictions are logits x, with p = σ(x).
    label_smoothing   moves targets this far towards ½.
    Shapes (n, …), (n, …). Raises ShapeError where they differ.

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.BinaryCrossentropy(from_logits=True)([[1.0]], [[0.0]])), 4)
    0.6931
    """

    targets = "binary"
    elementwise = True

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
    ) -> None:
        super().__init__(from_logits, label_smoothing, reduction, name)

    def entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y = alike(y_true, y_pred)
        if self.label_smoothing:
            y = ops.add(y * (1 - self.label_smoothing), 0.5 * self.label_smoothing)
        logits = self.logits(y_pred, "sigmoid")
        if logits is not None:
            return ops.sigmoid_cross_entropy(logits, y)
        p = _kept_inside(y_pred)
        return -(y * ops.log(p) + (1 - y) * ops.log(1 - p))


@named("cce")
class CategoricalCrossentropy(_CrossEntropy):
    """The cross-entropy of targets that are distributions over classes, -Σⱼ yⱼ ln pⱼ.

    from_logits       predictions are logits x, with p = softmax(x).
    label_smoothing   moves targets this far towards equal shares.
    Shapes (n, …, c), (n, …, c). Raises ShapeError where they differ.

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.6931
    """

    targets = "distribution"

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
    ) -> None:
        super().__init__(from_logits, label_smoothing, reduction, name)

    def entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        y = alike(y_true, y_pred)
        if self.label_smoothing:
            share = self.label_smoothing / y.shape[-1]
            y = ops.add(y * (1 - self.label_smoothing), share)
        logits = self.logits(y_pred, "softmax")
        log_p = ops.log_softmax(logits, axis=-1) if logits is not None else _log_of_shares(y_pred)
        return -ops.sum(y * log_p, axis=-1)


@named("scce")
class SparseCategoricalCrossentropy(_CrossEntropy):
    """The cross-entropy of targets that are class numbers, -ln p_y.

    from_logits   predictions are logits x, with p = softmax(x).
    Shapes (n, …) or (n, …, 1), (n, …, c). Raises ShapeError where they do not fit, RangeError for
    a class outside 0 … c - 1.

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
    0.6931
    """

    targets = "classes"

    def __init__(
        self,
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "sparse_categorical_crossentropy",
    ) -> None:
        super().__init__(from_logits, 0.0, reduction, name)

    def entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        labels = as_classes(y_true, y_pred)
        logits = self.logits(y_pred, "softmax")
        # ln p of shares is a fixed point of log_softmax, so both ways end in the same op.
        return ops.softmax_cross_entropy(
            logits if logits is not None else _log_of_shares(y_pred), labels
        )


def as_classes(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Class numbers as integers, without a last axis of size one."""
    shape = y_pred.array.shape[:-1]
    if y_true.array.shape != shape and y_true.array.shape == (*shape, 1):
        y_true = ops.reshape(y_true, shape=shape)
    if y_true.array.dtype.kind in "iu":
        return y_true
    if y_true.array.dtype.kind == "b" or y_true.array.dtype.kind == "f":
        return ops.astype(y_true, dtype=np.dtype("int64"))
    raise DTypeError(f"received classes of dtype {y_true.dtype}; expected integers.")


class FunctionLoss(Loss):
    """A function of (y_true, y_pred) as a loss.

    >>> from autograd_nn import nn
    >>> double = nn.losses.FunctionLoss(lambda y_true, y_pred: 2 * (y_pred - y_true))
    >>> float(double([1.0], [3.0]))
    4.0
    """

    def __init__(
        self,
        function: Callable[[Tensor, Tensor], Any],
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        super().__init__(name or getattr(function, "__name__", "loss"), reduction)
        self.function = function

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        y_true, y_pred = fitted(y_true, y_pred)
        if y_true.dtype != y_pred.dtype:
            y_true = ops.astype(y_true, dtype=y_pred.dtype)
        values = as_tensor(self.function(y_true, y_pred))
        if values.dtype.kind not in "fc":
            raise DTypeError(
                f"the loss {self.name!r} returned dtype {values.dtype}; expected floating numbers, "
                "for it is differentiated."
            )
        return values


def mean_squared_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of squared differences over the last axis, mean((p - y)²).

    >>> from autograd_nn import nn
    >>> nn.losses.mean_squared_error([[1.0, 2.0]], [[1.0, 4.0]])
    Tensor([2.])
    """
    return MeanSquaredError().call(y_true, y_pred)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Tensor:
    """The mean of absolute differences over the last axis, mean(|p - y|).

    >>> from autograd_nn import nn
    >>> nn.losses.mean_absolute_error([[0.0, 0.0]], [[1.0, 3.0]])
    Tensor([2.])
    """
    return MeanAbsoluteError().call(y_true, y_pred)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Tensor:
    """Squared near 0 and straight beyond ``delta``, averaged over the last axis.

    >>> from autograd_nn import nn
    >>> nn.losses.huber([[0.0, 0.0]], [[1.0, 3.0]])
    Tensor([1.5])
    """
    return Huber(delta).call(y_true, y_pred)


def binary_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0
) -> Tensor:
    """The cross-entropy of yes-or-no targets, averaged over the last axis.

    >>> from autograd_nn import nn
    >>> nn.losses.binary_crossentropy([[1.0]], [[0.5]])
    Tensor([0.69314718])
    """
    return BinaryCrossentropy(from_logits, label_smoothing).call(y_true, y_pred)


def categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False, label_smoothing: float = 0.0
) -> Tensor:
    """The cross-entropy of targets that are distributions over the last axis.

    >>> from autograd_nn import nn
    >>> nn.losses.categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    Tensor([0.69314718])
    """
    return CategoricalCrossentropy(from_logits, label_smoothing).call(y_true, y_pred)


def sparse_categorical_crossentropy(
    y_true: Any, y_pred: Any, from_logits: bool = False
) -> Tensor:
    """The cross-entropy of targets that are class numbers.

    >>> from autograd_nn import nn
    >>> nn.losses.sparse_categorical_crossentropy([1], [[0.5, 0.5]])
    Tensor([0.69314718])
    """
    return SparseCategoricalCrossentropy(from_logits).call(y_true, y_pred)


FUNCTIONS = {
    mean_squared_error: MeanSquaredError, mean_absolute_error: MeanAbsoluteError, huber: Huber,
    binary_crossentropy: BinaryCrossentropy, categorical_crossentropy: CategoricalCrossentropy,
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
}  # fmt: skip


def get(identifier: Any) -> Loss | None:
    """The loss meant by a name, a configuration, a class, an object or a function.

    Raises ValueError for an unknown name, with the nearest one.

    >>> from autograd_nn import nn
    >>> nn.losses.get("mse").name
    'mean_squared_error'
    """
    found = find(identifier, "loss")
    if found is None or isinstance(found, Loss):
        return found
    return FUNCTIONS[found]() if found in FUNCTIONS else FunctionLoss(found)


__all__ = [
    "BinaryCrossentropy", "CategoricalCrossentropy", "FunctionLoss", "Huber", "Loss",
    "MeanAbsoluteError", "MeanSquaredError", "SparseCategoricalCrossentropy", "binary_crossentropy",
    "categorical_crossentropy", "get", "huber", "mean_absolute_error", "mean_squared_error",
    "sparse_categorical_crossentropy",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
