"""Connectionist temporal classification: a sequence of labels from a longer one of predictions."""

from __future__ import annotations

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.base import Loss, function
from autograd_nn.nn.losses.reduction import as_integers, at_classes
from autograd_nn.nn.registry import named

NEVER = -1e5  # the logarithm of a path that cannot be: far off, and finite, so that slopes are


@named()
@fields
class CTC(Loss):
    """-ln of the probability of all paths that read as the labels, blanks and repeats left out.

    Predictions are logits, class 0 is the blank; labels are from 1, filled up with 0.
    Shapes (n, l), (n, t, c). Raises ShapeError where they do not fit, IndexError for a label
    outside 0 … c - 1.
    Source: Graves et al., "Connectionist temporal classification" (2006).

    >>> from autograd_nn import nn
    >>> round(float(nn.losses.CTC()([[1]], [[[0.0, 0.0], [0.0, 0.0]]])), 4)  # -ln ¾: 11, 01, 10
    0.2877
    """

    sample = "[[1]], [[[0.0, 0.0], [0.0, 0.0]]]"

    def entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        if y_true.ndim != 2 or y_pred.ndim != 3 or len(y_true) != len(y_pred):
            raise ShapeError(
                f"received labels of shape {y_true.shape} for logits of shape {y_pred.shape}; "
                "expected (n, l) and (n, t, c). Fill labels up with 0 to one length."
            )
        labels = as_integers(y_true)
        path = _with_blanks(labels)
        log_p = ops.log_softmax(y_pred, axis=-1)
        n, steps, _ = y_pred.shape
        places = ops.broadcast_to(ops.expand_dims(path, 1), shape=(n, steps, path.shape[1]))
        log_p = at_classes(log_p, places)  # (n, t, 2l + 1)
        forward = ops.where(ops.less(ops.arange(path.shape[1]), 2), log_p[:, 0], NEVER)
        skips = _may_skip(path)
        for t in range(1, steps):
            moved = ops.logaddexp(forward, _later(forward, 1))
            moved = ops.logaddexp(moved, ops.where(skips, _later(forward, 2), NEVER))
            forward = moved + log_p[:, t]
        # a path ends in the last label, or in the blank behind it
        end = 2 * ops.expand_dims(ops.count_nonzero(labels, axis=1), 1)
        ends = ops.take_along_axis(forward, end, axis=1)
        before = ops.take_along_axis(forward, ops.maximum(end - 1, 0), axis=1)
        before = ops.where(ops.greater(end, 0), before, NEVER)
        return -ops.squeeze(ops.logaddexp(ends, before), axis=1)


def _with_blanks(labels: Tensor) -> Tensor:
    """Labels with a blank before, between and behind: (n, l) → (n, 2l + 1)."""
    n, count = labels.shape
    both = ops.stack([ops.zeros_like(labels), labels], axis=2)
    return ops.pad(ops.reshape(both, shape=(n, 2 * count)), ((0, 0), (0, 1)))


def _later(x: Tensor, by: int) -> Tensor:
    """x moved along its last axis, NEVER where nothing comes from."""
    kept = x[:, : x.shape[1] - by] if by < x.shape[1] else x[:, :0]
    width = x.shape[1] - kept.shape[1]
    return ops.pad(kept, ((0, 0), (width, 0)), constant_values=NEVER)


def _may_skip(path: Tensor) -> Tensor:
    """Whether a path may come from two places before: over a blank, between labels that differ."""
    before = ops.pad(path, ((0, 0), (2, 0)))[:, : path.shape[1]]
    label = ops.equal(ops.arange(path.shape[1]) % 2, 1)
    return ops.logical_and(label, ops.not_equal(path, before))


ctc = function(CTC)
