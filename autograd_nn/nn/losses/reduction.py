"""From targets and predictions as they come to tensors that fit; from values to one number."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.engine.halves import as_dtype, is_half, kind_of
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.activations import Probabilities, sigmoid, softmax
from autograd_nn.nn.settings import floatx

MEANS = ("sum_over_batch_size", "mean")
REDUCTIONS = (*MEANS, "sum", "mean_with_sample_weight", "none", None)


def fitted(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Targets and predictions as tensors of the same rank, predictions as floating numbers.

    Predictions of 16 bits are read in `floatx`: a mean of many, or a square, leaves its range soon.
    A last axis of size one more or less is the same data: vectors become columns, and what has
    more axes loses it.
    """
    y_true = y_true if isinstance(y_true, Tensor) else as_tensor(y_true)
    y_pred = y_pred if isinstance(y_pred, Tensor) else as_tensor(y_pred)
    if y_pred.array.dtype.kind in "iub":
        y_pred = ops.astype(y_pred, dtype=np.dtype("float64"))
    elif is_half(y_pred.array.dtype):
        y_pred = cast(y_pred, as_dtype(floatx()))
    shape, wanted = y_true.array.shape, y_pred.array.shape
    if shape == (*wanted, 1):
        if len(wanted) == 1:
            return y_true, column(y_pred)
        return ops.reshape(y_true, shape=wanted), y_pred
    if wanted == (*shape, 1):
        if len(shape) == 1:
            return ops.reshape(y_true, shape=wanted), y_pred
        return y_true, _reshaped(y_pred, shape)
    return y_true, y_pred


def cast(p: Tensor, dtype: np.dtype) -> Tensor:
    """Predictions in another dtype; of shares whose logits are known these stay so."""
    if p.array.dtype == dtype:
        return p
    if isinstance(p, Probabilities) and p.of:
        again = sigmoid if p.of == "sigmoid" else softmax
        return again(ops.astype(p.logits, dtype=dtype))
    return ops.astype(p, dtype=dtype)


def column(x: Tensor) -> Tensor:
    """A vector as a column."""
    return _reshaped(x, (*x.array.shape, 1))


def _reshaped(p: Tensor, shape: tuple[int, ...]) -> Tensor:
    if isinstance(p, Probabilities) and p.of == "sigmoid":  # the logits stay known
        return sigmoid(ops.reshape(p.logits, shape=shape))
    return ops.reshape(p, shape=shape)


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


def as_classes(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """Class numbers as integers, without a last axis of size one."""
    shape = y_pred.array.shape[:-1]
    if y_true.array.shape != shape and y_true.array.shape == (*shape, 1):
        y_true = ops.reshape(y_true, shape=shape)
    return as_integers(y_true)


def as_integers(y_true: Tensor) -> Tensor:
    """Class numbers or labels as integers; raises DTypeError where they are no numbers."""
    if y_true.array.dtype.kind in "iu":
        return y_true
    if kind_of(y_true.array.dtype) in "bf":
        return ops.astype(y_true, dtype=np.dtype("int64"))
    raise DTypeError(f"received classes of dtype {y_true.dtype}; expected integers.")


def at_classes(x: Tensor, classes: Tensor) -> Tensor:
    """The entries along the last axis at class numbers, which have as many axes as x.

    Raises IndexError for a class outside 0 … c - 1, also below 0.
    """
    return ops.take_along_axis(x, ops.where(classes < 0, x.shape[-1], classes), axis=-1)


def per_sample(values: Tensor, axis: int = -1) -> Tensor:
    """The mean over an axis, where there is one beside the batch's."""
    return ops.mean(values, axis=axis) if values.ndim > 1 else values


def per_value(weight: Any, values: Tensor) -> tuple[Tensor, Tensor]:
    """Values and sample weights as they are multiplied: in one dtype, axes in line from the first.

    A column of weights for a vector makes it a column; a loss that is one number takes any weights.
    """
    w = as_tensor(weight)
    if w.ndim == values.ndim + 1 and w.array.shape[-1] == 1:
        if values.ndim == 1:
            values = ops.expand_dims(values, -1)
        else:
            w = ops.reshape(w, shape=w.shape[:-1])
    near = zip(w.shape, values.shape, strict=False)
    if values.ndim and (w.ndim > values.ndim or any(n != m and 1 not in (n, m) for n, m in near)):
        raise ShapeError(
            f"received sample_weight of shape {w.shape} for losses of shape {values.shape}; "
            "expected one weight per sample. Pass as many weights as there are samples."
        )
    if w.ndim < values.ndim:
        w = ops.reshape(w, shape=(*w.shape, *(1,) * (values.ndim - w.ndim)))
    return values, w if w.dtype == values.dtype else ops.astype(w, dtype=values.dtype)


def ratio(total: Tensor, count: Tensor) -> Tensor:
    """total / count, and 0 where nothing was counted."""
    empty = ops.equal(count, 0)
    return ops.where(empty, 0, ops.divide(total, ops.where(empty, 1, count)))


def masked_weight(weight: Any, mask: Any, dtype: Any, reduction: str | None) -> Tensor:
    """Sample weights that leave out what a mask leaves out, so that a mean is of what counts."""
    counts = ops.astype(as_tensor(mask), dtype=dtype)
    if reduction in MEANS:
        counts = ops.multiply(counts, ratio(as_tensor(counts.array.size, dtype), ops.sum(counts)))
    if weight is None:
        return counts
    counts, w = per_value(weight, counts)
    return ops.multiply(counts, w)


def reduced(values: Tensor, weight: Any, mask: Any, reduction: str | None) -> Tensor:
    """Values weighed and summed, averaged or left as they are."""
    if mask is not None:
        weight = masked_weight(weight, mask, values.dtype, reduction)
    if weight is not None:
        values, weight = per_value(weight, values)
        values = ops.multiply(values, weight)
    if reduction == "mean_with_sample_weight" and weight is not None:
        return ratio(ops.sum(values), ops.sum(weight))
    if reduction in MEANS or reduction == "mean_with_sample_weight":
        return ops.mean(values)
    return ops.sum(values) if reduction == "sum" else values
