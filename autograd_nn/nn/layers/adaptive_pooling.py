"""Adaptive pooling: as many windows as are asked for, of equal lengths as far as that goes."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor, wrap
from autograd_nn.nn.layer import Shape
from autograd_nn.nn.layers.spatial import Spatial, sizes
from autograd_nn.nn.registry import named


class _AdaptivePooling(Spatial):
    """The base: window i of m over n entries is from ⌊in/m⌋ to ⌈(i + 1)n/m⌉.

    output_size   how many windows there are along each axis.
    data_format   where the channels stand.
    Raises ValueError for numbers that are no sizes.
    """

    _casts_integers = True

    def __init__(
        self, output_size: Any, data_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(data_format, **options)
        self.output_size = sizes(output_size, self.rank, "output_size", type(self).__name__)

    def call(self, inputs: Tensor) -> Tensor:
        y = inputs
        for axis, count in zip(self.axes, self.output_size, strict=True):
            n = y.shape[axis]
            starts = np.arange(count) * n // count
            ends = -(-(np.arange(count) + 1) * n // count)
            places = starts[:, None] + np.arange(int(np.max(ends - starts)))
            inside = places < ends[:, None]
            parts = ops.take(y, np.where(inside, places, ends[:, None] - 1), axis=axis)
            y = self.reduced(parts, inside, axis)
        return y

    def reduced(self, parts: Tensor, inside: np.ndarray, axis: int) -> Tensor:
        """One axis's windows, (…, m, k, …) → (…, m, …); not all k entries are a window's own."""
        raise NotImplementedError

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        found = list(input_shape)
        for axis, count in zip(self.axes, self.output_size, strict=True):
            found[axis] = count
        return tuple(found)


class _AdaptiveMaxPooling(_AdaptivePooling):
    def reduced(self, parts: Tensor, inside: np.ndarray, axis: int) -> Tensor:
        return ops.max(parts, axis=axis + 1)  # what is not its own repeats its last entry


class _AdaptiveAveragePooling(_AdaptivePooling):
    def reduced(self, parts: Tensor, inside: np.ndarray, axis: int) -> Tensor:
        share = (inside / inside.sum(axis=1, keepdims=True)).astype(parts.dtype)
        weights = share.reshape(*share.shape, *(1,) * (parts.ndim - axis - 2))
        return ops.sum(ops.multiply(parts, wrap(weights)), axis=axis + 1)


@named()
class AdaptiveMaxPooling1D(_AdaptiveMaxPooling):
    """The largest entry of each of ``output_size`` windows of steps, (n, t, c) → (n, m, c).

    >>> from autograd_nn import nn
    >>> nn.layers.AdaptiveMaxPooling1D(2)([[[1.0], [3.0], [2.0]]]).numpy().ravel().tolist()
    [3.0, 3.0]
    """

    rank = 1


@named()
class AdaptiveMaxPooling2D(_AdaptiveMaxPooling):
    """The largest entry of each window of an image, (n, h, w, c) → (n, m₁, m₂, c).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.AdaptiveMaxPooling2D((2, 3))(np.ones((1, 5, 4, 3))).shape
    (1, 2, 3, 3)
    """

    rank = 2


@named()
class AdaptiveMaxPooling3D(_AdaptiveMaxPooling):
    """The largest entry of each window of a volume, (n, d, h, w, c) → (n, m₁, m₂, m₃, c).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.AdaptiveMaxPooling3D(2)(np.ones((1, 3, 4, 5, 2))).shape
    (1, 2, 2, 2, 2)
    """

    rank = 3


@named()
class AdaptiveAveragePooling1D(_AdaptiveAveragePooling):
    """The mean of each of ``output_size`` windows of steps, (n, t, c) → (n, m, c).

    >>> from autograd_nn import nn
    >>> nn.layers.AdaptiveAveragePooling1D(2)([[[1.0], [3.0], [2.0]]]).numpy().ravel().tolist()
    [2.0, 2.5]
    """

    rank = 1


@named()
class AdaptiveAveragePooling2D(_AdaptiveAveragePooling):
    """The mean of each window of an image, (n, h, w, c) → (n, m₁, m₂, c).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.AdaptiveAveragePooling2D((2, 3))(np.ones((1, 5, 4, 3))).shape
    (1, 2, 3, 3)
    """

    rank = 2


@named()
class AdaptiveAveragePooling3D(_AdaptiveAveragePooling):
    """The mean of each window of a volume, (n, d, h, w, c) → (n, m₁, m₂, m₃, c).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> nn.layers.AdaptiveAveragePooling3D(2)(np.ones((1, 3, 4, 5, 2))).shape
    (1, 2, 2, 2, 2)
    """

    rank = 3
