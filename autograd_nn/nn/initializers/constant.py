"""Initializers without chance: zeros, ones, one value, the identity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.checks import number
from autograd_nn.nn.initializers.base import Initializer
from autograd_nn.nn.registry import named


@named("zero")
class Zeros(Initializer):
    """Zeros.

    >>> from autograd_nn import nn
    >>> nn.initializers.Zeros()((2,))
    Tensor([0., 0.], dtype=float32)
    """

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        return ops.zeros(shape, dtype)


@named("one")
class Ones(Initializer):
    """Ones.

    >>> from autograd_nn import nn
    >>> nn.initializers.Ones()((2,))
    Tensor([1., 1.], dtype=float32)
    """

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        return ops.ones(shape, dtype)


@named()
class Constant(Initializer):
    """One value everywhere (or an array that broadcasts).

    >>> from autograd_nn import nn
    >>> nn.initializers.Constant(3.0)((2,))
    Tensor([3., 3.], dtype=float32)
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        return ops.broadcast_to(as_tensor(self.value, dtype), shape=tuple(shape))


@named("identity_initializer")
class Identity(Initializer):
    """``gain`` on the diagonal of a matrix, zeros elsewhere.

    >>> from autograd_nn import nn
    >>> nn.initializers.Identity()((2, 2))
    Tensor([[1., 0.],
            [0., 1.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = number(gain, "gain", "Identity")

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        if len(shape) != 2:
            raise ShapeError(
                f"the identity initializer received shape {tuple(shape)}; expected two sizes. "
                "Choose another initializer for this weight."
            )
        return ops.multiply(ops.eye(shape[0], shape[1], dtype=dtype), self.gain)
