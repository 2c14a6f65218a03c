"""What counts steps in ``tf.compat.v1.train``, and its losses of logits: means over a batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.compat.after import AFTER
from autograd_nn.nn import ops
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
