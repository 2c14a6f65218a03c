"""Activations with weights that Keras 1 had."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import initializers
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.layers.fields import known
from autograd_nn.nn.registry import named


class _Learned(Layer):
    """The base: weights of one entry's shape, each begun by an initializer of its own.

    begun         what the weights are called and begin as.
    shared_axes   axes, counted from 1, along which one weight serves all entries.
    """

    supports_masking = True
    begun: dict[str, Any] = {}

    def __init__(self, shared_axes: Any = None, **options: Any) -> None:
        own = {name: options.pop(f"{name}_init", start) for name, start in self.begun.items()}
        options.pop("weights", None)
        super().__init__(**options)
        self.shared_axes = shared_axes
        for name, start in own.items():
            constant = isinstance(start, int | float)
            found = initializers.Constant(start) if constant else initializers.get(start)
            setattr(self, f"{name}_init", found)

    def build(self, input_shape: Any) -> None:
        shared = self.shared_axes or ()
        sizes = [
            1 if i in shared else known(self, input_shape, i) for i in range(1, len(input_shape))
        ]
        for name in self.begun:
            setattr(self, name, self.add_weight(sizes, getattr(self, f"{name}_init"), name=name))

    def get_config(self) -> dict[str, Any]:
        starts = {f"{name}_init": getattr(self, f"{name}_init") for name in self.begun}
        return {**super().get_config(), **{k: {"class_name": type(v).__name__,
                "config": v.get_config()} for k, v in starts.items()}}  # fmt: skip


@named()
class ParametricSoftplus(_Learned):
    """y = α log(1 + exp(βx)), α and β learned. Source: McFarland et al. (2013).

    >>> ParametricSoftplus()([[0.0]])
    Tensor([[0.13862944]], dtype=float32)
    """

    begun = {"alpha": 0.2, "beta": 5.0}

    def call(self, inputs: Tensor) -> Tensor:
        return self.alpha * ops.softplus(self.beta * inputs)


@named()
class SReLU(_Learned):
    """A ramp with learned bends: y = tr + ar(x - tr) from tr on, tl + al(x - tl) up to tl, else x.

    Source: Jin et al., "Deep learning with S-shaped rectified linear activation units" (2015).

    >>> SReLU()([[-1.0, 0.5, 3.0]]).shape
    (1, 3)
    """

    begun = {"t_left": "zeros", "a_left": "glorot_uniform", "t_right": "glorot_uniform",
             "a_right": "ones"}  # fmt: skip

    def call(self, inputs: Tensor) -> Tensor:
        right = self.t_left + ops.abs(self.t_right)  # from where the left bend is on
        low = self.t_left + self.a_left * (inputs - self.t_left)
        high = right + self.a_right * (inputs - right)
        y = ops.where(inputs >= right, high, inputs)
        return ops.where(inputs <= self.t_left, low, y)


__all__ = ["ParametricSoftplus", "SReLU"]
