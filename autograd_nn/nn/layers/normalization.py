"""Normalization within a sample: over features, groups of channels, or to length one."""

from __future__ import annotations

import warnings
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import number
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.layers.fields import axes_of, known, settle, weight
from autograd_nn.nn.registry import named


class AlongAxes(Layer):
    """The base of what treats one axis or several, whose sizes are settled once it is built.

    axis   which, the last one by default.
    """

    _casts_integers = True
    _wide = True  # a sum of squares leaves the range of float16 soon
    axis: int | list[int]

    def places(self, rank: int) -> list[int]:
        """The axes, in the order in which the weights have them, counted from the front."""
        listed = [self.axis] if isinstance(self.axis, int) else sorted(self.axis)
        return [i % rank for i in listed]

    def sizes(self, input_shape: Shape) -> list[int]:
        """The input's sizes along the axes; raises ShapeError where one is not known."""
        listed = [self.axis] if isinstance(self.axis, int) else sorted(self.axis)
        return [known(self, input_shape, i) for i in listed]

    def laid(self, weight: Tensor | None, rank: int) -> Tensor | None:
        """A weight in as many axes as the input has."""
        places = self.places(rank)
        if weight is None or places == list(range(rank - len(places), rank)):
            return weight
        sizes = iter(weight.shape if places == sorted(places) else sorted_like(weight, places))
        shape = [next(sizes) if i in places else 1 for i in range(rank)]
        return ops.reshape(weight, shape=tuple(shape))

    def _check_input(self, shape: Any) -> None:
        was = self.input_shape
        if was is not None and self.sizes(shape) != self.sizes(was):
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {shape}; expected the sizes it "
                f"was built for along axis {self.axis}, as in {was}."
            )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        self.sizes(input_shape)
        return tuple(input_shape)


def sorted_like(weight: Tensor, places: list[int]) -> list[int]:
    """The sizes of a weight in the order of the input's axes."""
    return [n for _, n in sorted(zip(places, weight.shape, strict=True))]


class Scaled(AlongAxes):
    """The base of layers with a learned scale γ (gamma) and offset β (beta).

    epsilon             ε, added to the variance.
    center, scale       whether there is a β, and a γ.
    beta_initializer    what β starts as; beta_regularizer, beta_constraint as for any weight.
    gamma_initializer   the same for γ; gamma_regularizer, gamma_constraint.
    """

    supports_masking = True
    gamma: Any = None
    beta: Any = None

    def __init__(
        self,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.epsilon = number(epsilon, "epsilon", type(self).__name__, least=0)
        self.center, self.scale = bool(center), bool(scale)
        settle(
            self,
            beta_initializer=beta_initializer,
            gamma_initializer=gamma_initializer,
            beta_regularizer=beta_regularizer,
            gamma_regularizer=gamma_regularizer,
            beta_constraint=beta_constraint,
            gamma_constraint=gamma_constraint,
        )

    def build(self, input_shape: Shape) -> None:
        sizes = self.sizes(input_shape)
        self.gamma = weight(self, "gamma", sizes) if self.scale else None
        self.beta = weight(self, "beta", sizes) if self.center else None


@named()
class LayerNormalization(Scaled):
    """Every sample's features made to have mean 0 and variance 1, y = γ·(x - m) / √(v + ε) + β.

    axis          the features' axis, or several: m and v are over these.
    rms_scaling   divides by √(v + ε) alone, without m and β; `RMSNormalization` does it right.
    Shapes (n, …) → (n, …), γ and β the sizes along axis. Raises TypeError for other axes.
    Source: Ba, Kiros & Hinton, "Layer normalization" (2016).

    >>> from autograd_nn import nn
    >>> nn.layers.LayerNormalization(epsilon=0.0)([[1.0, 3.0]])
    Tensor([[-1.,  1.]], dtype=float32)
    """

    _samplewise = True

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        rms_scaling: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(epsilon, center and not rms_scaling, scale or rms_scaling, **options)
        self.axis = axes_of(axis, "LayerNormalization")
        self.rms_scaling = bool(rms_scaling)
        if rms_scaling:
            warnings.warn(
                "LayerNormalization(rms_scaling=True) divides by the deviation, not by the root "
                "mean square; expected RMSNormalization for that.",
                UserWarning,
                stacklevel=2,
            )

    def call(self, inputs: Tensor) -> Tensor:
        rank = inputs.ndim
        mean, variance = ops.moments(inputs, self.places(rank), keepdims=True)
        centre = None if self.rms_scaling else mean
        gamma, beta = self.laid(self.gamma, rank), self.laid(self.beta, rank)
        y = ops.standardize(inputs, centre, variance, gamma, beta, self.epsilon)
        return self._narrowed(y)


@named()
class RMSNormalization(AlongAxes):
    """Every sample's features made to have mean square 1, y = s·x / √(Σ xᵢ² / d + ε).

    axis      the features' axis, or several.
    epsilon   ε, added to the mean square.
    Shapes (n, …) → (n, …), the scale s the sizes along axis.
    Source: Zhang & Sennrich, "Root mean square layer normalization" (2019).

    >>> from autograd_nn import nn
    >>> nn.layers.RMSNormalization(epsilon=0.0)([[3.0, 3.0]])
    Tensor([[1., 1.]], dtype=float32)
    """

    _samplewise = True

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **options: Any) -> None:
        super().__init__(**options)
        self.axis = axes_of(axis, "RMSNormalization")
        self.epsilon = number(epsilon, "epsilon", "RMSNormalization", least=0)

    def build(self, input_shape: Shape) -> None:
        self.scale = self.add_weight(self.sizes(input_shape), "ones", name="scale")

    def call(self, inputs: Tensor) -> Tensor:
        axis = tuple(self.places(inputs.ndim))
        square = ops.mean(ops.square(inputs), axis=axis, keepdims=True)
        scale = self.laid(self.scale, inputs.ndim)
        return self._narrowed(ops.standardize(inputs, None, square, scale, None, self.epsilon))


@named()
class UnitNormalization(AlongAxes):
    """Every sample's features made to be of length one, y = x / √(Σ xᵢ²).

    axis   the features' axis, or several.
    Shapes (n, …) → (n, …). Raises TypeError for other axes.

    >>> from autograd_nn import nn
    >>> nn.layers.UnitNormalization()([[3.0, 4.0]])
    Tensor([[0.6, 0.8]], dtype=float32)
    """

    supports_masking = _samplewise = _stateless = True

    def __init__(self, axis: Any = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = axes_of(axis, "UnitNormalization")

    def call(self, inputs: Tensor) -> Tensor:
        axis = tuple(self.places(inputs.ndim))
        return self._narrowed(ops.normalize(inputs, axis, epsilon=1e-12))

    def _check_input(self, shape: Any) -> None:
        self.sizes(shape)


@named()
class GroupNormalization(Scaled):
    """Groups of channels made to have mean 0 and variance 1, y = γ·(x - m) / √(v + ε) + β.

    groups   how many; -1 for one a channel.
    axis     the channels' axis.
    m and v are those of a sample's entries in a group, over all places. Shapes (n, …, c) → the
    same, γ and β (c,). Raises ShapeError where the channels cannot be cut into so many groups.
    Source: Wu & He, "Group normalization" (2018).

    >>> from autograd_nn import nn
    >>> nn.layers.GroupNormalization(2, epsilon=0.0)([[1.0, 3.0, 5.0, 9.0]])
    Tensor([[-1.,  1., -1.,  1.]], dtype=float32)
    """

    _samplewise = True

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(epsilon, center, scale, **options)
        if not isinstance(groups, int) or isinstance(groups, bool) or (groups < 1 and groups != -1):
            raise ValueError(
                f"GroupNormalization received groups={groups!r}; expected a whole number from 1, "
                "or -1 for a group of each channel."
            )
        self.groups = groups
        (self.axis,) = axes_of([axis], "GroupNormalization")  # type: ignore[misc]

    def build(self, input_shape: Shape) -> None:
        (channels,) = self.sizes(input_shape)
        if channels % self.groups or channels < self.groups:
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {input_shape}, {channels} "
                f"channels; expected a multiple of groups={self.groups}."
            )
        super().build(input_shape)

    def call(self, inputs: Tensor) -> Tensor:
        (at,) = self.places(inputs.ndim)
        shape = inputs.shape
        groups = shape[at] if self.groups == -1 else self.groups

        def grouped(sizes: tuple[int, ...]) -> tuple[int, ...]:
            return (*sizes[:at], groups, shape[at] // groups, *sizes[at + 1 :])

        def laid(weight: Tensor | None) -> Tensor | None:
            ones = (1,) * inputs.ndim
            return None if weight is None else ops.reshape(weight, shape=grouped(ones))

        x = ops.reshape(inputs, shape=grouped(shape))
        axes = [i for i in range(1, x.ndim) if i != at]
        mean, variance = ops.moments(x, axes, keepdims=True)
        y = ops.standardize(x, mean, variance, laid(self.gamma), laid(self.beta), self.epsilon)
        return self._narrowed(ops.reshape(y, shape=shape))
