"""What counts steps in ``tf.compat.v1.train``, and its losses of logits: means over a batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.compat.after import AFTER
from autograd_nn.nn import losses, ops
from autograd_nn.nn.variable import Variable

_COUNTED: list[Any] = []


def get_or_create_global_step(graph: Any = None) -> Any:
    """The variable that counts steps, 0 at first; one for as long as Keras's names are ours."""
    if not _COUNTED:
        _COUNTED.append(Variable(np.zeros((), "int64"), trainable=False, name="global_step"))
        AFTER.append(_COUNTED.clear)
    return _COUNTED[0]


def get_global_step(graph: Any = None) -> Any:
    """`get_or_create_global_step`, or None where nobody asked for it before."""
    return _COUNTED[0] if _COUNTED else None


create_global_step = get_or_create_global_step


def _mean(values: Any, weights: Any) -> Any:
    """Σ w v over the count of weights that are not 0."""
    weights = ops.multiply(ops.cast(weights, values.dtype), ops.ones_like(values))
    count = ops.sum(ops.cast(ops.not_equal(weights, 0), values.dtype))
    return ops.sum(values * weights) / ops.maximum(count, 1)


def sparse_softmax_cross_entropy(
    labels: Any, logits: Any, weights: Any = 1.0, scope: Any = None, **options: Any
) -> Any:
    """-ln of the softmax at the class that is meant.

    >>> round(float(sparse_softmax_cross_entropy([0], [[0.0, 0.0]])), 4)
    0.6931
    """
    labels = ops.cast(labels, "int32")
    return _mean(ops.sparse_categorical_crossentropy(labels, logits, from_logits=True), weights)


def softmax_cross_entropy(
    onehot_labels: Any, logits: Any, weights: Any = 1.0, label_smoothing: float = 0,
    scope: Any = None, **options: Any,
) -> Any:  # fmt: skip
    """-Σ t ln softmax(x), the targets smoothed.

    >>> round(float(softmax_cross_entropy([[1.0, 0.0]], [[0.0, 0.0]])), 4)
    0.6931
    """
    classes = ops.shape(logits)[-1]
    targets = ops.cast(onehot_labels, logits.dtype if hasattr(logits, "dtype") else "float32")
    targets = targets * (1 - label_smoothing) + label_smoothing / classes
    return _mean(ops.categorical_crossentropy(targets, logits, from_logits=True), weights)


def sigmoid_cross_entropy(
    multi_class_labels: Any, logits: Any, weights: Any = 1.0, label_smoothing: float = 0,
    scope: Any = None, **options: Any,
) -> Any:  # fmt: skip
    """-(t ln σ(x) + (1 - t) ln (1 - σ(x))), the targets smoothed towards one half.

    >>> round(float(sigmoid_cross_entropy([[1.0]], [[0.0]])), 4)
    0.6931
    """
    targets = ops.cast(multi_class_labels, logits.dtype if hasattr(logits, "dtype") else "float32")
    targets = targets * (1 - label_smoothing) + 0.5 * label_smoothing
    return _mean(ops.binary_crossentropy(targets, logits, from_logits=True), weights)


def mean_squared_error(
    *of_keras: Any, labels: Any = None, predictions: Any = None, weights: Any = 1.0, **options: Any
) -> Any:
    """The mean of (t - y)² of all that are told by name; of Keras's arguments, of each sample.

    >>> float(mean_squared_error(labels=[[1.0, 2.0]], predictions=[[3.0, 2.0]]))
    2.0
    """
    if of_keras or predictions is None:
        return losses.mean_squared_error(*of_keras, **options)
    return _mean(ops.square(ops.subtract(labels, predictions)), weights)


def absolute_difference(
    labels: Any, predictions: Any, weights: Any = 1.0, **options: Any
) -> Any:
    """The mean of |t - y|."""
    return _mean(ops.absolute(ops.subtract(labels, predictions)), weights)


def huber_loss(
    labels: Any, predictions: Any, weights: Any = 1.0, delta: float = 1.0, **options: Any
) -> Any:
    """The mean of d² / 2 where |d| is at most δ, of δ |d| - δ² / 2 elsewhere.

    >>> float(huber_loss([0.0, 0.0], [1.0, 3.0]))
    1.5
    """
    far = ops.absolute(ops.subtract(labels, predictions))
    near = ops.minimum(far, delta)
    return _mean(ops.square(near) / 2 + delta * (far - near), weights)
