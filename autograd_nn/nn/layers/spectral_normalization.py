"""Spectral normalization: a layer whose kernel is divided by its largest singular value."""

from __future__ import annotations

from typing import Any

from autograd_nn.engine import ops
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import initializers
from autograd_nn.nn.checks import whole
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.layers.wrapper import Wrapper
from autograd_nn.nn.registry import named


@named()
class SpectralNormalization(Wrapper):
    """A layer whose kernel W is set to W / σ at each training step, σ its largest singular value.

    layer              has a ``kernel`` or ``embeddings``.
    power_iterations   how many steps v ← uWᵀ, u ← vW (each made to be of length one) are taken for
                       σ = vWuᵀ, from where the step before left u.
    Raises ValueError for power_iterations below 1 and for a layer without either weight.
    Source: Miyato et al., "Spectral normalization for generative adversarial networks" (2018).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> layer = nn.layers.SpectralNormalization(nn.Dense(1), power_iterations=5)
    >>> _ = layer(np.ones((2, 1)), training=True)
    >>> round(float(abs(layer.kernel[0, 0])), 3)
    1.0
    """

    _wide = True  # kernel and vectors are read as they are

    def __init__(self, layer: Layer, power_iterations: int = 1, **options: Any) -> None:
        super().__init__(layer, **options)
        self.power_iterations = whole(power_iterations, "power_iterations", 1)

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        kernel = getattr(self.layer, "kernel", None)
        kernel = getattr(self.layer, "embeddings", None) if kernel is None else kernel
        if kernel is None:
            raise ValueError(
                f"layer {self.name!r} wraps a {type(self.layer).__name__}, which has neither "
                "kernel nor embeddings; expected a layer with one of these weights."
            )
        self.kernel = kernel
        self.vector_u = self.add_weight(
            (1, kernel.shape[-1]),
            initializers.TruncatedNormal(stddev=0.02),
            trainable=False,
            name="vector_u",
        )

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        if training:
            with no_grad():
                self.divide()
        return self._narrowed(self.layer(inputs))

    def divide(self) -> None:
        """Sets the kernel to W / σ; a kernel of zeros stays."""
        w = ops.reshape(self.kernel, shape=(-1, self.kernel.shape[-1]))
        u: Any = self.vector_u
        for _ in range(self.power_iterations):
            v = ops.normalize(u @ ops.swapaxes(w, 0, 1), None)
            u = ops.normalize(v @ w, None)
        sigma = (v @ w) @ ops.swapaxes(u, 0, 1)
        zero = ops.all(ops.equal(self.kernel, 0))
        self.vector_u.assign(ops.where(zero, self.vector_u, u))
        self.kernel.assign(
            ops.where(zero, self.kernel, self.kernel / ops.where(zero, 1, sigma[0, 0]))
        )

    def _check_input(self, shape: Any) -> None:
        self.layer._check_input(shape)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return self.layer.compute_output_shape(input_shape)
