"""Activations: functions of a tensor, made of ops; `get` finds them by name."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.mode import mode
from autograd_nn.engine.symbolic import noting
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.registry import find, named

_new = object.__new__


class Probabilities(Tensor):
    """What sigmoid or softmax gave, with the logits it was computed from.

    A cross-entropy that receives one starts from the logits: exact where the probability has
    rounded to 0 or 1. Any op on it gives a plain Tensor, so the record cannot outlive its truth.
    """

    __slots__ = ("logits", "of")
    logits: Tensor
    of: str

    def _own(self, array: np.ndarray) -> None:
        super()._own(array)
        self.of = ""  # it was assigned to: no longer what was computed from the logits


def _probabilities(y: Tensor, logits: Tensor, of: str) -> Probabilities:
    p = _new(Probabilities)
    p.array, p.node, p.grad = y.array, y.node, None
    p.logits, p.of = logits, of
    if mode.recorder is not None:
        mode.recorder.alias(p, y)
    return p


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
    above = x if max_value is None else ops.minimum(x, max_value)
    return ops.where(x > threshold, above, negative_slope * (x - threshold))


@named(of="activation")
@noting
def sigmoid(x: Any) -> Tensor:
    """The logistic function, y = 1 / (1 + e⁻ˣ).

    >>> from autograd_nn import nn
    >>> float(nn.activations.sigmoid(0.0))
    0.5
    """
    x = as_tensor(x)
    return _probabilities(ops.sigmoid(x), x, "sigmoid")


@named(of="activation")
@noting
def softmax(x: Any, axis: int = -1) -> Tensor:
    """Exponentials made to sum to one over ``axis``, yᵢ = eˣⁱ / Σⱼ eˣʲ.

    >>> from autograd_nn import nn
    >>> nn.activations.softmax([0.0, 0.0])
    Tensor([0.5, 0.5])
    """
    x = as_tensor(x)
    if axis == -1 and x.array.shape[-1:] == (1,):
        warnings.warn(
            f"softmax of shape {x.shape} over an axis of one entry is 1 whatever x is. Use sigmoid "
            "for one unit, or give the layer a unit for each class.",
            UserWarning,
            stacklevel=2,
        )
    y = ops.softmax(x, axis=axis)
    return _probabilities(y, x, "softmax") if axis in (-1, x.ndim - 1) else y


@named(of="activation")
def log_softmax(x: Any, axis: int = -1) -> Tensor:
    """The logarithm of softmax, yᵢ = xᵢ - ln Σⱼ eˣʲ.

    >>> from autograd_nn import nn
    >>> nn.activations.log_softmax([0.0, 0.0])
    Tensor([-0.69314718, -0.69314718])
    """
    return ops.log_softmax(x, axis=axis)


@named(of="activation")
def tanh(x: Any) -> Tensor:
    """The hyperbolic tangent, y = tanh x.

    >>> from autograd_nn import nn
    >>> nn.activations.tanh([0.0, 1.0])
    Tensor([0.        , 0.76159416])
    """
    return ops.tanh(x)


@named(of="activation")
def softplus(x: Any) -> Tensor:
    """The smooth ramp, y = ln(1 + eˣ).

    >>> from autograd_nn import nn
    >>> nn.activations.softplus([0.0, 100.0])
    Tensor([  0.69314718, 100.        ])
    """
    return ops.softplus(x)


@named(of="activation")
def softsign(x: Any) -> Tensor:
    """y = x / (1 + |x|).

    >>> from autograd_nn import nn
    >>> nn.activations.softsign([1.0, -3.0])
    Tensor([ 0.5 , -0.75])
    """
    return ops.softsign(x)


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
def exponential(x: Any) -> Tensor:
    """y = eˣ.

    >>> from autograd_nn import nn
    >>> nn.activations.exponential([0.0, 1.0])
    Tensor([1.        , 2.71828183])
    """
    return ops.exp(x)


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


@named("swish", of="activation")
def silu(x: Any) -> Tensor:
    """y = x·σ(x); also called swish.

    >>> from autograd_nn import nn
    >>> nn.activations.silu([0.0, 1.0])
    Tensor([0.        , 0.73105858])
    """
    x = as_tensor(x)
    return x * ops.sigmoid(x)


@named(of="activation")
def gelu(x: Any, approximate: bool = False) -> Tensor:
    """y = x·Φ(x), Φ the normal distribution; ``approximate`` by a tanh.

    >>> from autograd_nn import nn
    >>> nn.activations.gelu([0.0, 1.0])
    Tensor([0.        , 0.84134475])
    """
    x = as_tensor(x)
    if approximate:
        u = math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)
        return x * ops.sigmoid(2 * u)  # not ½(1 + tanh u): exact for x far below 0
    return 0.5 * x * ops.erfc(x * -math.sqrt(0.5))  # erfc, not 1 + erf: exact for x far below 0


@named(of="activation")
def mish(x: Any) -> Tensor:
    """y = x·tanh(softplus(x)).

    >>> from autograd_nn import nn
    >>> nn.activations.mish([0.0, 1.0])
    Tensor([0.        , 0.86509839])
    """
    x = as_tensor(x)
    return x * ops.tanh(ops.softplus(x))


@named(of="activation")
def hard_sigmoid(x: Any) -> Tensor:
    """The sigmoid in three straight pieces, y = min(max(x/6 + 1/2, 0), 1).

    >>> from autograd_nn import nn
    >>> nn.activations.hard_sigmoid([-9.0, 0.0, 9.0])
    Tensor([0. , 0.5, 1. ])
    """
    return ops.clip(as_tensor(x) / 6 + 0.5, 0.0, 1.0)


@named("hard_swish", of="activation")
def hard_silu(x: Any) -> Tensor:
    """y = x·hard_sigmoid(x).

    >>> from autograd_nn import nn
    >>> nn.activations.hard_silu([-9.0, 0.0, 9.0])
    Tensor([-0.,  0.,  9.])
    """
    x = as_tensor(x)
    return x * hard_sigmoid(x)


def get(identifier: Any) -> Callable[[Any], Tensor]:
    """The activation meant by a name or a function; None is linear.

    Raises ValueError for an unknown name, with the nearest one.

    >>> from autograd_nn import nn
    >>> nn.activations.get("relu").__name__
    'relu'
    """
    return linear if identifier is None else find(identifier, "activation")


__all__ = [
    "elu", "exponential", "gelu", "get", "hard_sigmoid", "hard_silu", "leaky_relu", "linear",
    "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid", "silu", "softmax", "softplus",
    "softsign", "tanh",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
