"""Smooth activations: bends, bounded ones, and gates that are their own argument."""

from __future__ import annotations

import math
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.activations.floats import floats
from autograd_nn.nn.registry import named


@named(of="activation")
def tanh(x: Any) -> Tensor:
    """The hyperbolic tangent, y = tanh x.

    >>> from autograd_nn import nn
    >>> nn.activations.tanh([0.0, 1.0])
    Tensor([0.        , 0.76159416])
    """
    return ops.tanh(x)


@named(of="activation")
def tanh_shrink(x: Any) -> Tensor:
    """y = x - tanh x.

    >>> from autograd_nn import nn
    >>> nn.activations.tanh_shrink([0.0, 1.0])
    Tensor([0.        , 0.23840584])
    """
    x = as_tensor(x)
    return x - ops.tanh(x)


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
def squareplus(x: Any, b: float = 4) -> Tensor:
    """The ramp bent by a root, y = (x + √(x² + b)) / 2.

    >>> from autograd_nn import nn
    >>> nn.activations.squareplus([0.0, 1.5])
    Tensor([1., 2.])
    """
    x = floats(x)
    return (x + ops.sqrt(ops.square(x) + b)) / 2


@named(of="activation")
def exponential(x: Any) -> Tensor:
    """y = eˣ.

    >>> from autograd_nn import nn
    >>> nn.activations.exponential([0.0, 1.0])
    Tensor([1.        , 2.71828183])
    """
    return ops.exp(x)


@named(of="activation")
def log_sigmoid(x: Any) -> Tensor:
    """The logarithm of the sigmoid, y = -ln(1 + e⁻ˣ).

    >>> from autograd_nn import nn
    >>> nn.activations.log_sigmoid([0.0, -100.0])
    Tensor([  -0.69314718, -100.        ])
    """
    return -ops.softplus(-floats(x))


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
