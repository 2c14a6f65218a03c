"""Activations as layers: any function by name, and the ramps that have arguments or weights."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import activations
from autograd_nn.nn.checks import number, whole
from autograd_nn.nn.layer import Layer, Shape
from autograd_nn.nn.layers.fields import axes_of, known, settle, weight
from autograd_nn.nn.registry import named


class _Entrywise(Layer):
    """The base: a function of a tensor that keeps its shape."""

    _casts_integers = supports_masking = _samplewise = _stateless = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return tuple(input_shape)


@named()
class Activation(_Entrywise):
    """Applies an activation, y = f(x).

    Shapes (n, …) → (n, …). Raises ValueError for an unknown name.

    >>> from autograd_nn import nn
    >>> nn.layers.Activation("relu")([[-1.0, 2.0]])
    Tensor([[0., 2.]], dtype=float32)
    """

    def __init__(self, activation: Any, **options: Any) -> None:
        super().__init__(**options)
        self.activation = activations.get(activation)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs if self.activation is None else self.activation(inputs)


@named()
class ReLU(_Entrywise):
    """The ramp, y = min(x, max_value) above ``threshold``, else negative_slope·(x - threshold).

    Shapes (n, …) → (n, …). Raises ValueError for negative numbers.

    >>> from autograd_nn import nn
    >>> nn.layers.ReLU(max_value=1.0)([[-1.0, 2.0]])
    Tensor([[0., 1.]], dtype=float32)
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if max_value is not None:
            number(max_value, "max_value", "ReLU", least=0)
        self.max_value = max_value
        self.negative_slope = _slope(negative_slope, "negative_slope", "ReLU")
        self.threshold = _slope(threshold, "threshold", "ReLU")

    def call(self, inputs: Tensor) -> Tensor:
        return activations.relu(inputs, self.negative_slope, self.max_value, self.threshold)


@named()
class LeakyReLU(_Entrywise):
    """The ramp that also rises below 0, y = x where x > 0, else negative_slope·x.

    Shapes (n, …) → (n, …). Raises ValueError for a negative slope.

    >>> from autograd_nn import nn
    >>> nn.layers.LeakyReLU(0.5)([[-1.0, 2.0]])
    Tensor([[-0.5,  2. ]], dtype=float32)
    """

    def __init__(self, negative_slope: float = 0.3, **options: Any) -> None:
        super().__init__(**options)
        self.negative_slope = _slope(negative_slope, "negative_slope", "LeakyReLU")

    def call(self, inputs: Tensor) -> Tensor:
        return activations.leaky_relu(inputs, self.negative_slope)


@named()
class PReLU(_Entrywise):
    """The ramp that learns how it rises below 0, y = x where x > 0, else α·x.

    alpha_initializer   what α starts as; alpha_regularizer, alpha_constraint as for any weight.
    shared_axes         the axes, counted from 1, along which one α serves all entries.
    Shapes (n, a, b, …) → the same, α (a, b, …) with 1 for each shared axis.
    Source: He et al., "Delving deep into rectifiers" (2015).

    >>> from autograd_nn import nn
    >>> nn.layers.PReLU("ones")([[-1.0, 2.0]])
    Tensor([[-1.,  2.]], dtype=float32)
    """

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        settle(
            self,
            alpha_initializer=alpha_initializer,
            alpha_regularizer=alpha_regularizer,
            alpha_constraint=alpha_constraint,
        )
        listed = [shared_axes] if isinstance(shared_axes, int) else shared_axes
        self.shared_axes = None if listed is None else [whole(i, "shared_axes", 1) for i in listed]

    def build(self, input_shape: Shape) -> None:
        shared = self.shared_axes or []
        if any(i >= len(input_shape) for i in shared):
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {input_shape}; expected as many "
                f"axes as shared_axes={shared} speaks of."
            )
        axes = range(1, len(input_shape))
        sizes = [1 if i in shared else known(self, input_shape, i) for i in axes]
        self.alpha = weight(self, "alpha", sizes)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.where(inputs > 0, inputs, self.alpha * inputs)

    def _check_input(self, shape: Any) -> None:
        shared = self.shared_axes or []
        pairs = enumerate(zip(shape[1:], self.alpha.shape, strict=False), 1)
        if len(shape) != self.alpha.ndim + 1 or any(
            n != m for i, (n, m) in pairs if i not in shared
        ):
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {shape}; expected samples that "
                f"fit its weight, of shape {self.alpha.shape}."
            )


@named()
class ELU(_Entrywise):
    """The ramp with an exponential foot, y = x where x > 0, else α(eˣ - 1).

    alpha   α: what is approached far below 0 is -α.
    Shapes (n, …) → (n, …).

    >>> from autograd_nn import nn
    >>> nn.layers.ELU()([[-1.0, 2.0]])
    Tensor([[-0.63212055,  2.        ]], dtype=float32)
    """

    def __init__(self, alpha: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.alpha = number(alpha, "alpha", "ELU")

    def call(self, inputs: Tensor) -> Tensor:
        return activations.elu(inputs, self.alpha)


@named()
class Softmax(_Entrywise):
    """Exponentials made to sum to one, yᵢ = eˣⁱ / Σⱼ eˣʲ, over ``axis`` or several axes.

    ``call`` takes a mask that broadcasts to x: where it is 0, y is 0 and the others share.
    Shapes (n, …) → (n, …). Raises ShapeError for a mask that does not fit.

    >>> from autograd_nn import nn
    >>> nn.layers.Softmax()([[1.0, 1.0, 5.0]], mask=[[True, True, False]])
    Tensor([[0.5, 0.5, 0. ]], dtype=float32)
    """

    def __init__(self, axis: Any = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = axes_of(axis, "Softmax")

    def call(self, inputs: Tensor, mask: Any = None) -> Tensor:
        axis = self.axis if isinstance(self.axis, int) else tuple(self.axis)
        if mask is None:
            return activations.softmax(inputs, axis)
        kept = as_tensor(mask)
        kept = kept if kept.dtype.kind == "b" else ops.greater(kept, 0.5)
        fits = zip(reversed(kept.shape), reversed(inputs.shape), strict=False)
        if kept.ndim > inputs.ndim or any(m not in (1, n) for m, n in fits):
            raise ShapeError(
                f"layer {self.name!r} received a mask of shape {kept.shape}; expected one that "
                f"broadcasts to the input's shape {inputs.shape}."
            )
        y = activations.softmax(ops.where(kept, inputs, -1e9), axis)
        return ops.where(kept, y, 0)


def _slope(value: Any, name: str, where: str) -> float:
    """A number from 0; raises ValueError for None too."""
    if value is None:
        raise ValueError(f"{where} received {name}=None; expected a number from 0.")
    return number(value, name, where, least=0)
