"""``tf.nn``'s losses over many classes, of which each batch is shown some: drawn by their ranks."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.nn import ops, random


def _shares(count: int) -> Any:
    """How likely each class is drawn, those of small numbers most: ln((c + 2) / (c + 1))."""
    c = np.arange(count)
    return np.log((c + 2) / (c + 1)) / np.log(count + 1)


def _expected(shares: Any, drawn: int) -> Any:
    """How often each class is among so many different ones: 1 - (1 - p)^t, ``drawn`` in all."""
    low, high = 0.0, 1.0
    never = np.log1p(-shares)
    while -np.expm1(high * never).sum() < drawn and high < 1e15:
        high *= 2
    for _ in range(80):
        tries = (low + high) / 2
        enough = -np.expm1(tries * never).sum() >= drawn
        low, high = (low, tries) if enough else (tries, high)
    return -np.expm1(high * never)


def _logits(
    weights: Any, biases: Any, labels: Any, inputs: Any, num_sampled: int, num_classes: int,
    num_true: int, hits: bool,
) -> tuple[Any, Any]:  # fmt: skip
    """Logits of the classes that are meant, (b, t), and of those that are drawn, (b, k).

    From each its logarithm of how often it is expected is subtracted. Source: Jean et al. (2015).
    """
    shares = _shares(num_classes)
    odds = ops.cast(np.log(_expected(shares, num_sampled)), "float32")
    ranks = ops.cast(np.log(shares), "float32")
    noise = -ops.log(-ops.log(random.uniform((num_classes,), 1e-20, 1.0)))
    drawn = ops.top_k(ranks + noise, num_sampled)[1]
    meant = ops.reshape(ops.cast(labels, "int32"), (-1, num_true))
    w, b = (ops.take(x, meant, axis=0) for x in (weights, biases))
    true = ops.sum(ops.expand_dims(inputs, 1) * w, axis=-1) + b - ops.take(odds, meant, axis=0)
    others = ops.matmul(inputs, ops.transpose(ops.take(weights, drawn, axis=0)))
    others = others + ops.take(biases, drawn, axis=0) - ops.take(odds, drawn, axis=0)
    if hits:  # a class that is meant is no example of another
        same = ops.any(ops.expand_dims(meant, -1) == ops.reshape(drawn, (1, 1, -1)), axis=1)
        others = ops.where(same, -1e30, others)
    return true, others


def nce_loss(
    weights: Any, biases: Any, labels: Any, inputs: Any, num_sampled: int, num_classes: int,
    num_true: int = 1, sampled_values: Any = None, remove_accidental_hits: bool = False,
    name: Any = None,
) -> Any:  # fmt: skip
    """The cross-entropy of telling the classes that are meant from drawn ones, for each sample.

    weights, biases   (classes, d), (classes); inputs: (b, d); labels: (b, num_true).
    Source: Gutmann, Hyvärinen (2010).

    >>> nce_loss(ops.zeros((9, 2)), ops.zeros((9,)), [[1], [2]], ops.ones((2, 2)), 4, 9).shape
    (2,)
    """
    true, others = _logits(weights, biases, labels, inputs, int(num_sampled), int(num_classes),
                           int(num_true), remove_accidental_hits)  # fmt: skip
    share = 1 / num_true
    meant = ops.binary_crossentropy(share * ops.ones_like(true), true, from_logits=True)
    drawn = ops.binary_crossentropy(ops.zeros_like(others), others, from_logits=True)
    return ops.sum(meant, axis=-1) + ops.sum(drawn, axis=-1)


def sampled_softmax_loss(
    weights: Any, biases: Any, labels: Any, inputs: Any, num_sampled: int, num_classes: int,
    num_true: int = 1, sampled_values: Any = None, remove_accidental_hits: bool = True,
    seed: Any = None, name: Any = None,
) -> Any:  # fmt: skip
    """-ln of the softmax at the classes that are meant, among these and drawn ones."""
    true, others = _logits(weights, biases, labels, inputs, int(num_sampled), int(num_classes),
                           int(num_true), remove_accidental_hits)  # fmt: skip
    logits = ops.concatenate([true, others], axis=-1)
    targets = ops.concatenate(
        [ops.ones_like(true) / num_true, ops.zeros_like(others)], axis=-1
    )
    return ops.categorical_crossentropy(targets, logits, from_logits=True)


__all__ = ["nce_loss", "sampled_softmax_loss"]
