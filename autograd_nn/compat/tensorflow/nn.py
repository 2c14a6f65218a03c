"""``tf.nn``: losses of logits by its names; the rest are our ops."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn import ops


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


softmax_cross_entropy_with_logits_v2 = softmax_cross_entropy_with_logits


def sparse_softmax_cross_entropy_with_logits(labels: Any, logits: Any, name: Any = None) -> Any:
    """-ln softmax(x) of the class that is meant."""
    return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)
