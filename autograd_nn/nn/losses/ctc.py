"""Connectionist temporal classification: a sequence of labels from a longer one of predictions."""

from __future__ import annotations

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.fields import fields
from autograd_nn.nn.losses.alignment import path_cost
from autograd_nn.nn.losses.base import Loss, function
from autograd_nn.nn.losses.reduction import as_integers
from autograd_nn.nn.registry import named


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

    def _entries(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        if y_true.ndim != 2 or y_pred.ndim != 3 or len(y_true) != len(y_pred):
            raise ShapeError(
                f"received labels of shape {y_true.shape} for logits of shape {y_pred.shape}; "
                "expected (n, l) and (n, t, c). Fill labels up with 0 to one length."
            )
        labels = as_integers(y_true)
        log_p = ops.log_softmax(y_pred, axis=-1)
        return path_cost(labels, log_p, ops.count_nonzero(labels, axis=1))


ctc = function(CTC)
