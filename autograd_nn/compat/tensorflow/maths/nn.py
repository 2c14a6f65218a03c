"""``tf.nn``: losses of logits by its names; the rest are our ops."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.compat.tensorflow.maths import plain
from autograd_nn.compat.tensorflow.maths.sampled import *  # noqa: F403
from autograd_nn.compat.tensorflow.maths.spelled import l2_normalize as l2_normalize
from autograd_nn.compat.tensorflow.maths.windows import *  # noqa: F403
from autograd_nn.nn import ops


def __getattr__(name: str) -> Any:
    return getattr(plain, name)


def sigmoid_cross_entropy_with_logits(labels: Any, logits: Any, name: Any = None) -> Any:
    """-(t ln σ(x) + (1 - t) ln (1 - σ(x))), entry by entry.

    >>> float(sigmoid_cross_entropy_with_logits(labels=[1.0], logits=[0.0])[0]) - 0.693147 < 1e-6
    True
    """
    return ops.binary_crossentropy(labels, logits, from_logits=True)


def softmax_cross_entropy_with_logits(
    labels: Any, logits: Any, axis: int = -1, name: Any = None
) -> Any:
    """-Σ t ln softmax(x) along an axis."""
    return ops.categorical_crossentropy(labels, logits, from_logits=True, axis=axis)


def batch_normalization(
    x: Any, mean: Any, variance: Any, offset: Any, scale: Any, variance_epsilon: Any,
    name: Any = None,
) -> Any:  # fmt: skip
    """scale (x - mean) / √(variance + ε) + offset, broadcast as they are.

    >>> batch_normalization([[1.0, 3.0]], 2.0, 1.0, None, 2.0, 0.0).tolist()
    [[-2.0, 2.0]]
    """
    by = ops.rsqrt(ops.add(variance, variance_epsilon))
    y = ops.multiply(ops.subtract(x, mean), by if scale is None else ops.multiply(by, scale))
    return y if offset is None else y + offset


def gelu(features: Any, approximate: bool = False, name: Any = None) -> Any:
    """x Φ(x), which Keras's own function approximates unless it is told not to.

    >>> round(float(gelu(1.0)), 6)
    0.841345
    """
    return ops.gelu(features, approximate=approximate)


def moments(
    x: Any, axes: Any, shift: Any = None, keepdims: bool = False, name: Any = None, *,
    keep_dims: bool = False,
) -> Any:  # fmt: skip
    """The mean and the variance over axes; ``shift`` is of no consequence."""
    axes = tuple(int(a) for a in np.ravel(axes))
    return ops.moments(x, axes, keepdims=keepdims or keep_dims)


def softmax(logits: Any, axis: Any = None, name: Any = None, dim: Any = None) -> Any:
    """eˣ over its sum along an axis, the last where none is told."""
    return ops.softmax(logits, axis=_along(axis, dim))


def log_softmax(logits: Any, axis: Any = None, name: Any = None, dim: Any = None) -> Any:
    """The logarithm of `softmax`.

    >>> [round(x, 3) for [x] in log_softmax([[0.0], [0.0]], dim=0).tolist()]
    [-0.693, -0.693]
    """
    return ops.log_softmax(logits, axis=_along(axis, dim))


def _along(axis: Any, dim: Any) -> Any:
    return next((a for a in (axis, dim) if a is not None), -1)


def compute_average_loss(
    per_example_loss: Any, sample_weight: Any = None, global_batch_size: int | None = None, **o: Any
) -> Any:
    """The sum of samples' losses over the batch's size."""
    if sample_weight is not None:
        per_example_loss = per_example_loss * sample_weight
    return ops.sum(per_example_loss) / (global_batch_size or ops.shape(per_example_loss)[0])


def scale_regularization_loss(regularization_loss: Any) -> Any:
    """The sum of penalties: there is one machine."""
    return ops.sum(regularization_loss)


def top_k(input: Any, k: int = 1, sorted: bool = True, name: Any = None) -> Any:
    """The k largest along the last axis, and their places."""
    return ops.top_k(input, int(k))


def in_top_k(predictions: Any, targets: Any, k: int, name: Any = None) -> Any:
    """Whether the class that is meant is among the k likeliest; in TensorFlow 2 it comes first.

    >>> in_top_k([[0.1, 0.9]], [1], 1).tolist(), in_top_k([1], [[0.1, 0.9]], 1).tolist()
    ([True], [True])
    """
    if ops.ndim(predictions) < ops.ndim(targets):
        predictions, targets = targets, predictions
    return ops.in_top_k(ops.cast(targets, "int32"), predictions, k)


softmax_cross_entropy_with_logits_v2 = softmax_cross_entropy_with_logits


def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any, name: Any = None) -> Any:
    """-ln softmax(x) of the class that is meant."""
    return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)
