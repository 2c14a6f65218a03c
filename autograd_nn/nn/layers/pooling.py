"""Pooling: the largest entry of every window, or its mean, channel by channel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.convolution import Windowed
from autograd_nn.nn.registry import named


class _Pooling(Windowed):
    """The base: windows, and what is made of each.

    pool_size     entries of a window along each axis.
    strides       how far windows are apart; None: pool_size.
    padding       'valid', or 'same', whose border counts for nothing.
    data_format   where the channels stand.
    Raises ValueError for numbers that are no sizes, ShapeError for inputs smaller than a window.
    """

    window_name = "pool_size"
    pool: Callable[..., Tensor]

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(data_format, **options)
        self.windowed(pool_size, pool_size if strides is None else strides, padding)

    def call(self, inputs: Tensor) -> Tensor:
        size = getattr(self, self.window_name)
        return type(self).pool(inputs, size, self.strides, self.padding, self.data_format)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return self.sized(input_shape, self.counts(input_shape), input_shape[self.channel_axis])


class _MaxPooling(_Pooling):
    pool = staticmethod(ops.max_pool)
    _casts_integers = False


class _AveragePooling(_Pooling):
    pool = staticmethod(ops.average_pool)


@named()
class MaxPooling1D(_MaxPooling):
    """The largest entry of every window of steps, (n, t, c) → (n, t', c).

    >>> from autograd_nn import nn
    >>> nn.layers.MaxPooling1D(2)([[[1.0], [3.0], [2.0], [0.0]]]).numpy().ravel().tolist()
    [3.0, 2.0]
    """

    rank = 1


@named()
class MaxPooling2D(_MaxPooling):
    """The largest entry of every window of an image, (n, h, w, c) → (n, h', w', c).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.MaxPooling2D()(np.ones((1, 5, 4, 3))).shape
    (1, 2, 2, 3)
    """

    rank = 2


@named()
class MaxPooling3D(_MaxPooling):
    """The largest entry of every window of a volume, (n, d, h, w, c) → (n, d', h', w', c).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.MaxPooling3D()(np.ones((1, 4, 4, 4, 3))).shape
    (1, 2, 2, 2, 3)
    """

    rank = 3


@named()
class AveragePooling1D(_AveragePooling):
    """The mean of every window of steps, (n, t, c) → (n, t', c).

    >>> from autograd_nn import nn
    >>> nn.layers.AveragePooling1D(2)([[[1.0], [3.0], [2.0], [0.0]]]).numpy().ravel().tolist()
    [2.0, 1.0]
    """

    rank = 1


@named()
class AveragePooling2D(_AveragePooling):
    """The mean of every window of an image, (n, h, w, c) → (n, h', w', c).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.AveragePooling2D(padding="same")(np.ones((1, 5, 4, 3))).shape
    (1, 3, 2, 3)
    """

    rank = 2


@named()
class AveragePooling3D(_AveragePooling):
    """The mean of every window of a volume, (n, d, h, w, c) → (n, d', h', w', c).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.AveragePooling3D()(np.ones((1, 4, 4, 4, 3))).shape
    (1, 2, 2, 2, 3)
    """

    rank = 3


MaxPool1D, MaxPool2D, MaxPool3D = MaxPooling1D, MaxPooling2D, MaxPooling3D
AvgPool1D, AvgPool2D, AvgPool3D = AveragePooling1D, AveragePooling2D, AveragePooling3D
