"""Losses of embeddings: samples of one class shall lie together, others apart."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.checks import number
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.base import Loss, function
from autograd_nn.nn.losses.reduction import as_integers, fitted
from autograd_nn.nn.registry import beside, named

FAR = float("inf")


def _labels(y_true: Tensor, n: int) -> Tensor:
    if y_true.array.size != n:
        raise ShapeError(
            f"received labels of shape {y_true.shape} for {n} embeddings; expected one class "
            "number a sample. Pass integers of shape (n,)."
        )
    return ops.reshape(as_integers(y_true), shape=(n, 1))


def _same(labels: Tensor, others: Tensor) -> Tensor:
    """Whether sample i is of the class of sample j, at [i, j]."""
    return ops.equal(labels, ops.transpose(others))


def _others(same: Tensor) -> Tensor:
    return ops.logical_and(
        same, ops.logical_not(ops.eye(same.shape[0], same.shape[1], dtype="bool"))
    )


@named()
@fields
class Circle(Loss):
    """ln(1 + Σⱼ exp(γ αⱼ(dⱼ - m)) · Σₖ exp(-γ αₖ(dₖ - 1 + m))), j of the class and k of others.

    d = 1 - cos are distances of embeddings of length one, αⱼ = m + dⱼ,
    αₖ = max(1 + m - dₖ, 0). Samples without loss do not count in the mean.

    gamma             γ, how steep.
    margin            m, how near classes shall be, and how far apart.
    remove_diagonal   whether a sample is no neighbour of its own.
    Shapes (n,), (n, d). Source: Sun et al., "Circle loss" (2020).

    >>> from autograd_nn import nn
    >>> near, far = [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
    >>> float(nn.losses.Circle()([0, 0, 1], near)) < float(nn.losses.Circle()([0, 0, 1], far))
    True
    """

    gamma: float = 80.0
    margin: float = 0.4
    remove_diagonal: bool = True

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return self.among(y_true, y_pred, y_true, y_pred)

    def _valid(self, y_true: Tensor, y_pred: Tensor, values: Tensor) -> Tensor | None:
        return ops.greater(values, 0)

    def among(self, y_true: Tensor, y_pred: Tensor, labels: Tensor, others: Tensor) -> Tensor:
        """The loss of samples among others, which need not be the same."""
        same = _same(_labels(y_true, len(y_pred)), _labels(labels, len(others)))
        near = _others(same) if self.remove_diagonal else same
        d = ops.maximum(1 - ops.matmul(y_pred, ops.transpose(others)), 0)
        m = self.margin
        pull = self.gamma * ops.maximum(m + d, 0) * (d - m)
        push = self.gamma * ops.maximum(1 + m - d, 0) * (1 - m - d)
        both = ops.logsumexp(ops.where(near, pull, -FAR), axis=1) + ops.logsumexp(
            ops.where(same, -FAR, push), axis=1
        )
        return ops.softplus(both)


@named()
@fields
class Triplet(Loss):
    """What a sample's class lacks to be nearer than others by a margin, max(d₊ - d₋ + m, 0).

    d are Euclidean distances of embeddings; d₊ is the farthest of the class, d₋ the nearest of
    another. Samples that lack either do not count in the mean.

    margin   m.
    Shapes (n,), (n, d). Source: Hermans et al., "In defense of the triplet loss" (2017).

    >>> from autograd_nn import nn
    >>> float(nn.losses.Triplet()([0, 0, 1], [[0.0], [3.0], [1.0]]))
    2.5
    """

    margin: float = 1.0
    sample = "[0, 0, 1], [[0.0], [3.0], [1.0]]"

    def check(self) -> None:
        number(self.margin, "margin", "Triplet", least=0)

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        same = _same(*(_labels(y_true, len(y_pred)),) * 2)
        d = ops.norm(ops.expand_dims(y_pred, 1) - ops.expand_dims(y_pred, 0), axis=-1)
        farthest = ops.max(ops.where(_others(same), d, 0), axis=1)
        nearest = ops.min(ops.where(same, FAR, d), axis=1)
        return ops.maximum(farthest - nearest + self.margin, 0)

    def _valid(self, y_true: Tensor, y_pred: Tensor, values: Tensor) -> Tensor | None:
        same = _same(*(_labels(y_true, len(y_pred)),) * 2)
        lonely = ops.logical_not(ops.any(_others(same), axis=1))
        return ops.logical_not(ops.logical_or(lonely, ops.all(same, axis=1)))


triplet = function(Triplet)


def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Tensor:
    """The circle loss of each sample, among themselves or among given others.

    ref_labels, ref_embeddings   the others; None: the samples.

    >>> from autograd_nn import nn
    >>> nn.losses.circle([0, 0, 1], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]).shape
    (3,)
    """
    y_true, y_pred = fitted(y_true, y_pred)
    labels = y_true if ref_labels is None else as_tensor(ref_labels)
    others = y_pred if ref_embeddings is None else as_tensor(ref_embeddings)
    loss = Circle(gamma=gamma, margin=margin, remove_diagonal=remove_diagonal)
    return loss.among(y_true, y_pred, labels, others)


circle.loss = Circle  # type: ignore[attr-defined]
beside(circle)
