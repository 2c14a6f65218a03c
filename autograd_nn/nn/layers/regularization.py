"""A penalty on what passes through."""

from __future__ import annotations

from typing import Any, ClassVar

from autograd_nn.nn import regularizers
from autograd_nn.nn.layers.reshaping import Identity
from autograd_nn.nn.registry import named


@named()
class ActivityRegularization(Identity):
    """The input as it is; the loss grows by (l1·Σ|x| + l2·Σx²) / n for a batch of n samples.

    >>> from autograd_nn import nn
    >>> layer = nn.layers.ActivityRegularization(l1=0.5)
    >>> layer([[1.0, -3.0]])
    Tensor([[ 1., -3.]], dtype=float32)
    >>> float(layer.losses[0])
    2.0
    """

    _kept_as: ClassVar[dict[str, str]] = {"activity_regularizer": "_told_by_l1_and_l2"}
    _told_by_l1_and_l2 = None
    _beyond_keras: ClassVar = {"activity_regularizer": None}

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **options: Any) -> None:
        options.pop("activity_regularizer", None)
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **options)
        self.l1, self.l2 = l1, l2
