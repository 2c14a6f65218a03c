"""Global pooling: each channel's largest entry, or its mean, over all places of a sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.spatial import Spatial
from autograd_nn.nn.masks import checked_mask
from autograd_nn.nn.registry import named


class _GlobalPooling(Spatial):
    """The base: one reduction over the axes between batch and channels.

    keepdims   whether these axes stay, with one entry each.
    """

    reduce: Callable[..., Tensor]

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **options: Any
    ) -> None:
        super().__init__(data_format, **options)
        self.keepdims = bool(keepdims)

    def call(self, inputs: Tensor) -> Tensor:
        return type(self).reduce(inputs, axis=self.axes, keepdims=self.keepdims)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        kept = [(i, n) for i, n in enumerate(input_shape) if self.keepdims or i not in self.axes]
        return tuple(1 if i in self.axes else n for i, n in kept)


class _GlobalMaxPooling(_GlobalPooling):
    reduce = staticmethod(ops.max)


class _GlobalAveragePooling(_GlobalPooling):
    _casts_integers = True
    reduce = staticmethod(ops.mean)


@named()
class GlobalMaxPooling1D(_GlobalMaxPooling):
    """Each channel's largest entry over the steps, (n, t, c) → (n, c).

    >>> from autograd_nn import nn
    >>> nn.layers.GlobalMaxPooling1D()([[[1.0, 5.0], [2.0, 3.0]]])
    Tensor([[2., 5.]], dtype=float32)
    """

    rank = 1


@named()
class GlobalMaxPooling2D(_GlobalMaxPooling):
    """Each channel's largest entry over an image, (n, h, w, c) → (n, c).

    >>> from autograd_nn import nn
    >>> nn.layers.GlobalMaxPooling2D()([[[[1.0], [2.0]], [[4.0], [3.0]]]])
    Tensor([[4.]], dtype=float32)
    """

    rank = 2


@named()
class GlobalMaxPooling3D(_GlobalMaxPooling):
    """Each channel's largest entry over a volume, (n, d, h, w, c) → (n, c).

    >>> from autograd_nn import nn
    >>> nn.layers.GlobalMaxPooling3D()([[[[[1.0], [2.0]]]]])
    Tensor([[2.]], dtype=float32)
    """

    rank = 3


@named()
class GlobalAveragePooling1D(_GlobalAveragePooling):
    """Each channel's mean over the steps, those alone that a mask keeps, (n, t, c) → (n, c).

    The mean of a sample of which no step is kept is 0.

    >>> from autograd_nn import nn
    >>> nn.layers.GlobalAveragePooling1D()([[[1.0, 5.0], [2.0, 3.0]]])
    Tensor([[1.5, 4. ]], dtype=float32)
    """

    rank = 1
    supports_masking = True

    def call(self, inputs: Tensor, mask: Tensor | None = None) -> Tensor:
        if mask is None:
            return super().call(inputs)
        (steps,) = self.axes
        kept = checked_mask(mask, (inputs.shape[0], inputs.shape[steps]), self)
        kept = ops.expand_dims(ops.not_equal(kept, 0), 2 if steps == 1 else 1)
        over = {"axis": self.axes, "keepdims": self.keepdims}
        n = ops.maximum(ops.sum(ops.astype(kept, dtype=inputs.dtype), **over), 1)
        return ops.divide(ops.sum(ops.where(kept, inputs, 0), **over), n)

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """None: the steps are gone."""


@named()
class GlobalAveragePooling2D(_GlobalAveragePooling):
    """Each channel's mean over an image, (n, h, w, c) → (n, c).

    >>> from autograd_nn import nn
    >>> nn.layers.GlobalAveragePooling2D()([[[[1.0], [2.0]], [[4.0], [3.0]]]])
    Tensor([[2.5]], dtype=float32)
    """

    rank = 2


@named()
class GlobalAveragePooling3D(_GlobalAveragePooling):
    """Each channel's mean over a volume, (n, d, h, w, c) → (n, c).

    >>> from autograd_nn import nn
    >>> nn.layers.GlobalAveragePooling3D()([[[[[1.0], [2.0]]]]])
    Tensor([[1.5]], dtype=float32)
    """

    rank = 3
