"""Dropout: entries set to zero at random while training, one by one or whole channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.layers.random import RandomLayer, fraction, mask_shape, noise_shape_of
from autograd_nn.nn.layers.spatial import data_format_of
from autograd_nn.nn.registry import named

# Source: Klambauer et al., "Self-normalizing neural networks" (2017): the limit -λα of selu.
FLOOR = -1.0507009873554805 * 1.6732632423543772


class _Dropping(RandomLayer):
    """The base: a mask of entries kept with probability 1 - rate.

    rate          the share of entries that is dropped.
    noise_shape   the mask's shape, None where it follows the input's.
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(seed, **options)
        where = type(self).__name__
        self.rate = fraction(rate, "rate", where)
        self.noise_shape = noise_shape_of(noise_shape, where)

    @property
    def amount(self) -> float:
        return self.rate

    def mask(self, inputs: Tensor) -> Tensor:
        """True for what is kept."""
        shape = mask_shape(self.noise_shape, inputs.shape, self.name)
        return self.seed_generator.bernoulli(shape, 1 - self.rate, "bool")


@named()
class Dropout(_Dropping):
    """Zeroes each entry with probability ``rate`` while training, y = m·x / (1 - rate).

    noise_shape   the mask's shape, None where it follows the input's.
    seed          makes this layer's masks repeat from run to run.
    Shapes (n, …) → (n, …). Raises ValueError for a rate outside [0, 1].
    Source: Srivastava et al., "Dropout: a simple way to prevent overfitting" (2014).

    >>> from autograd_nn import nn
    >>> nn.layers.Dropout(0.5)([[1.0, 2.0]])
    Tensor([[1., 2.]], dtype=float32)
    """

    def disturbed(self, inputs: Tensor) -> Tensor:
        keep = 1 - self.rate
        return ops.where(self.mask(inputs), inputs / keep if keep else inputs, 0)


@named()
class AlphaDropout(_Dropping):
    """Dropout that keeps mean 0 and variance 1, y = a·(m·x - λα·(1 - m)) + b.

    What is dropped becomes selu's limit -λα; a and b restore the mean and the variance.
    Shapes (n, …) → (n, …). Raises ValueError for a rate outside [0, 1].
    Source: Klambauer et al., "Self-normalizing neural networks" (2017).

    >>> from autograd_nn import nn
    >>> nn.layers.AlphaDropout(0.5)([[1.0, 2.0]])
    Tensor([[1., 2.]], dtype=float32)
    """

    def disturbed(self, inputs: Tensor) -> Tensor:
        if self.rate == 1:
            return ops.multiply(inputs, 0)
        a = ((1 - self.rate) * (1 + self.rate * FLOOR**2)) ** -0.5
        return ops.where(self.mask(inputs), inputs, FLOOR) * a - a * FLOOR * self.rate


class _SpatialDropout(Dropout):
    """The base: one draw for all places of a channel.

    rate          the share of channels that is dropped.
    data_format   'channels_last' for (n, …, c), 'channels_first' for (n, c, …).
    """

    _settled: tuple[str, ...] = ("noise_shape",)
    # Keras's, which come without these
    _beyond_keras: ClassVar[dict[str, Any]] = {"activity_regularizer": None, "trainable": True}

    def __init__(
        self,
        rate: float,
        seed: int | None = None,
        data_format: str | None = None,
        name: str | None = None,
        dtype: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(rate, seed=seed, name=name, dtype=dtype, **options)
        self.data_format = data_format_of(data_format, type(self).__name__)
        n: int = self._ndim or 0
        channel = n - 1 if self.data_format == "channels_last" else 1
        self.noise_shape = tuple(None if i in (0, channel) else 1 for i in range(n))


@named()
class SpatialDropout1D(_SpatialDropout):
    """Zeroes whole channels of sequences (n, t, c) while training, the others x / (1 - rate).

    Source: Tompson et al., "Efficient object localization using convolutional networks" (2015).

    >>> from autograd_nn import nn
    >>> nn.layers.SpatialDropout1D(0.5)([[[1.0, 2.0]]])
    Tensor([[[1., 2.]]], dtype=float32)
    """

    _ndim = 3
    _settled = ("noise_shape", "data_format")

    def __init__(
        self, rate: float, seed: int | None = None, name: str | None = None, dtype: Any = None,
        **options: Any,
    ) -> None:  # fmt: skip
        super().__init__(rate, seed, name=name, dtype=dtype, **options)


@named()
class SpatialDropout2D(_SpatialDropout):
    """Zeroes whole channels of images (n, h, w, c) while training, the others x / (1 - rate).

    >>> from autograd_nn import nn
    >>> nn.layers.SpatialDropout2D(0.5)([[[[1.0, 2.0]]]])
    Tensor([[[[1., 2.]]]], dtype=float32)
    """

    _ndim = 4

    def __init__(
        self,
        rate: float,
        data_format: str | None = None,
        seed: int | None = None,
        name: str | None = None,
        dtype: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(rate, seed, data_format, name, dtype, **options)


@named()
class SpatialDropout3D(SpatialDropout2D):
    """Zeroes whole channels of volumes (n, d, h, w, c) while training, the others x / (1 - rate).

    >>> from autograd_nn import nn
    >>> nn.layers.SpatialDropout3D(0.5)([[[[[1.0, 2.0]]]]])
    Tensor([[[[[1., 2.]]]]], dtype=float32)
    """

    _ndim = 5
