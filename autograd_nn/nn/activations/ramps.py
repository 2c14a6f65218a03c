"""Ramps: activations of straight pieces, and those with an exponential or square foot."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.activations.floats import floats
from autograd_nn.nn.registry import named


@named(of="activation")
def linear(x: Any) -> Tensor:
    """The identity, y = x.

    >>> from autograd_nn import nn
    >>> nn.activations.linear([1.0])
    Tensor([1.])
    """
    return as_tensor(x)


@named(of="activation")
def relu(
    x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Tensor:
    """The ramp, y = max(x, 0); negative_slope·(x - threshold) below ``threshold``.

    >>> from autograd_nn import nn
    >>> nn.activations.relu([-1.0, 2.0])
    Tensor([0., 2.])
    """
    if negative_slope == 0.0 and max_value is None and threshold == 0.0:
        return ops.relu(x)
    x = as_tensor(x)
    above = x if max_value is None else ops.clip(x, 0.0, max_value)
    below = negative_slope * (x - threshold) if negative_slope else 0
    return ops.where(x > threshold, above, below)


@named(of="activation")
def leaky_relu(x: Any, negative_slope: float = 0.2) -> Tensor:
    """y = x where x > 0, else negative_slope·x.

    >>> from autograd_nn import nn
    >>> nn.activations.leaky_relu([-1.0, 2.0])
    Tensor([-0.2,  2. ])
    """
    return relu(x, negative_slope)


@named(of="activation")
def relu6(x: Any) -> Tensor:
    """y = min(max(x, 0), 6).

    >>> from autograd_nn import nn
    >>> nn.activations.relu6([-1.0, 3.0, 9.0])
    Tensor([0., 3., 6.])
    """
    return ops.clip(x, 0.0, 6.0)


@named(of="activation")
def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """y = x where x > 0, else α(eˣ - 1).

    >>> from autograd_nn import nn
    >>> nn.activations.elu([-1.0, 2.0])
    Tensor([-0.63212056,  2.        ])
    """
    x = as_tensor(x)
    return ops.where(x > 0, x, alpha * ops.expm1(ops.where(x > 0, 0, x)))


@named(of="activation")
def selu(x: Any) -> Tensor:
    """The self-normalising elu, y = λ·elu(x, α).

    Source: Klambauer et al., "Self-normalizing neural networks" (2017), for λ and α.

    >>> from autograd_nn import nn
    >>> nn.activations.selu([0.0, 1.0])
    Tensor([0.        , 1.05070099])
    """
    return ops.multiply(elu(x, 1.6732632423543772), 1.0507009873554805)


@named(of="activation")
def celu(x: Any, alpha: float = 1.0) -> Tensor:
    """The smooth elu, y = x where x > 0, else α(eˣ⁄ᵅ - 1).

    >>> from autograd_nn import nn
    >>> nn.activations.celu([-1.0, 2.0])
    Tensor([-0.63212056,  2.        ])
    """
    x = as_tensor(x)
    return ops.where(x > 0, x, alpha * ops.expm1(ops.where(x > 0, 0, x) / alpha))


@named(of="activation")
def threshold(x: Any, threshold: float, default_value: float) -> Tensor:
    """y = x above ``threshold``, else ``default_value``.

    >>> from autograd_nn import nn
    >>> nn.activations.threshold([-1.0, 2.0], 0.0, -5.0)
    Tensor([-5.,  2.])
    """
    x = as_tensor(x)
    return ops.where(x > threshold, x, default_value)


@named(of="activation")
def hard_sigmoid(x: Any) -> Tensor:
    """The sigmoid in three straight pieces, y = min(max(x/6 + 1/2, 0), 1).

    >>> from autograd_nn import nn
    >>> nn.activations.hard_sigmoid([-9.0, 0.0, 9.0])
    Tensor([0. , 0.5, 1. ])
    """
    return ops.clip(as_tensor(x) / 6 + 0.5, 0.0, 1.0)


@named(of="activation")
def hard_sigmoid_of_keras_2(x: Any) -> Tensor:
    """What Keras up to 2 called hard_sigmoid, y = min(max(x/5 + 1/2, 0), 1): its files mean it.

    >>> from autograd_nn import nn
    >>> nn.activations.get("hard_sigmoid_of_keras_2")([-3.0, 1.0])
    Tensor([0. , 0.7])
    """
    return ops.clip(0.2 * as_tensor(x) + 0.5, 0.0, 1.0)


@named("hard_swish", of="activation")
def hard_silu(x: Any) -> Tensor:
    """y = x·hard_sigmoid(x).

    >>> from autograd_nn import nn
    >>> nn.activations.hard_silu([-9.0, 0.0, 9.0])
    Tensor([-0.,  0.,  9.])
    """
    x = as_tensor(x)
    return x * hard_sigmoid(x)


@named(of="activation")
def hard_tanh(x: Any) -> Tensor:
    """y = min(max(x, -1), 1).

    >>> from autograd_nn import nn
    >>> nn.activations.hard_tanh([-9.0, 0.5, 9.0])
    Tensor([-1. ,  0.5,  1. ])
    """
    return ops.clip(x, -1.0, 1.0)


@named(of="activation")
def hard_shrink(x: Any, threshold: float = 0.5) -> Tensor:
    """y = x where |x| > ``threshold``, else 0.

    >>> from autograd_nn import nn
    >>> nn.activations.hard_shrink([-2.0, 0.5, 1.0])
    Tensor([-2.,  0.,  1.])
    """
    x = as_tensor(x)
    return ops.where(ops.absolute(x) > threshold, x, 0)


@named(of="activation")
def soft_shrink(x: Any, threshold: float = 0.5) -> Tensor:
    """y = x drawn towards 0 by ``threshold``, and 0 where |x| is no more than that.

    >>> from autograd_nn import nn
    >>> nn.activations.soft_shrink([-2.0, 0.5, 1.0])
    Tensor([-1.5,  0. ,  0.5])
    """
    x = as_tensor(x)
    return ops.where(x > threshold, x - threshold, ops.where(x < -threshold, x + threshold, 0))


@named(of="activation")
def sparse_plus(x: Any) -> Tensor:
    """The ramp with a square foot, y = 0 below -1, x above 1, (x + 1)² / 4 between.

    >>> from autograd_nn import nn
    >>> nn.activations.sparse_plus([-2.0, 0.0, 2.0])
    Tensor([0.  , 0.25, 2.  ])
    """
    x = floats(x)
    foot = ops.square(ops.maximum(x, -1) + 1) / 4
    return ops.where(x >= 1, x, foot)


@named(of="activation")
def sparse_sigmoid(x: Any) -> Tensor:
    """The derivative of sparse_plus, y = min(max((x + 1) / 2, 0), 1).

    >>> from autograd_nn import nn
    >>> nn.activations.sparse_sigmoid([-2.0, 0.0, 2.0])
    Tensor([0. , 0.5, 1. ])
    """
    return 0.5 * ops.clip(floats(x) + 1, 0.0, 2.0)
