"""Initializers whose spread is by the units that a weight reads and writes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.checks import number
from autograd_nn.nn.initializers.base import RandomInitializer
from autograd_nn.nn.registry import named

TRUNCATED_STDDEV = 0.87962566103423978  # of a unit normal restricted to [-2, 2]


@named()
class VarianceScaling(RandomInitializer):
    """Random with variance scale / n, so that signals keep their size from layer to layer.

    mode           n is 'fan_in', 'fan_out' or 'fan_avg': units read, units written, their mean.
    distribution   'truncated_normal', 'untruncated_normal' or 'uniform'.
    input_axes     the axes of the units read; output_axes: of those written; None: as in a product.
    Raises ValueError for a scale that is not positive, or an unknown mode or distribution.

    >>> from autograd_nn import nn
    >>> w = nn.initializers.VarianceScaling(2.0)((100, 100))
    >>> abs(float(w.std()) - (2 / 100) ** 0.5) < 0.01
    True
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: Any = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        number(scale, "scale", "VarianceScaling", above=0)
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(
                f"received mode={mode!r}; expected 'fan_in', 'fan_out' or 'fan_avg'."
            )
        known = ("truncated_normal", "untruncated_normal", "uniform")
        if not isinstance(distribution, str) or distribution.lower() not in known:
            raise ValueError(f"received distribution={distribution!r}; expected one of {known}.")
        super().__init__(seed)
        self.scale, self.mode, self.distribution = scale, mode, distribution.lower()
        self.input_axes = None if input_axes is None else tuple(input_axes)
        self.output_axes = None if output_axes is None else tuple(output_axes)

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        fan_in, fan_out = compute_fans(shape, self.input_axes, self.output_axes)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance, generator = self.scale / max(1.0, n), self.generator()
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return generator.uniform(shape, -limit, limit, dtype)
        stddev = math.sqrt(variance)
        if self.distribution == "untruncated_normal":
            return generator.normal(shape, 0.0, stddev, dtype)
        return generator.truncated_normal(shape, 0.0, stddev / TRUNCATED_STDDEV, dtype)


def compute_fans(
    shape: Sequence[int],
    input_axes: Sequence[int] | None = None,
    output_axes: Sequence[int] | None = None,
) -> tuple[int, int]:
    """How many units a weight reads and writes: the last two sizes, times any sizes before.

    input_axes, output_axes   the axes of these units, where they are others.

    >>> compute_fans((8, 12)), compute_fans((8, 3, 4), (0,), (1, 2))
    ((8, 12), (8, 12))
    """
    if input_axes is not None and output_axes is not None:
        fan_in = math.prod(shape[axis] for axis in input_axes)
        return fan_in, math.prod(shape[axis] for axis in output_axes)
    if len(shape) < 2:
        n = shape[0] if len(shape) else 1
        return n, n
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


def _scaled(name: str, scale: float, mode: str, distribution: str, source: str) -> type:
    """A variance scaling with its three numbers fixed."""

    class Scaled(VarianceScaling):
        def __init__(self, seed: Any = None) -> None:
            VarianceScaling.__init__(self, scale, mode, distribution, seed)

    Scaled.__name__ = Scaled.__qualname__ = name
    Scaled.__doc__ = (
        f"Variance scaling: scale {scale:g}, {mode}, {distribution}.\n\n    Source: {source}.\n\n"
        f"    >>> from autograd_nn import nn\n    >>> nn.initializers.{name}()((2, 3)).shape\n"
        "    (2, 3)\n"
    )
    return named()(Scaled)


_GLOROT = "Glorot & Bengio, 'Understanding the difficulty of training deep feedforward nets' (2010)"
_HE = "He et al., 'Delving deep into rectifiers' (2015)"
_LECUN = "LeCun et al., 'Efficient backprop' (1998)"
GlorotUniform = _scaled("GlorotUniform", 1.0, "fan_avg", "uniform", _GLOROT)
GlorotNormal = _scaled("GlorotNormal", 1.0, "fan_avg", "truncated_normal", _GLOROT)
HeUniform = _scaled("HeUniform", 2.0, "fan_in", "uniform", _HE)
HeNormal = _scaled("HeNormal", 2.0, "fan_in", "truncated_normal", _HE)
LecunUniform = _scaled("LecunUniform", 1.0, "fan_in", "uniform", _LECUN)
LecunNormal = _scaled("LecunNormal", 1.0, "fan_in", "truncated_normal", _LECUN)
