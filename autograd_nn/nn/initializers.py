"""Initializers: what a weight is filled with, from its shape; `get` finds them by name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.random import Generator, default_generator
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.checks import number, whole
from autograd_nn.nn.config import Configurable
from autograd_nn.nn.registry import family, find, named


@family("initializer")
class Initializer(Configurable):
    """The base: ``initializer(shape, dtype)`` gives a Tensor.

    >>> from autograd_nn import nn
    >>> nn.initializers.Ones()((2,))
    Tensor([1., 1.], dtype=float32)
    """

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        raise NotImplementedError(f"{type(self).__name__} defines no __call__(shape, dtype).")


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


@named()
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


class RandomInitializer(Initializer):
    """The base of random ones: a seed gives the same values each time, None new ones."""

    def __init__(self, seed: int | None = None) -> None:
        if seed is not None:
            whole(seed, "seed", 0)
        self.seed = seed

    def generator(self) -> Generator:
        return default_generator() if self.seed is None else Generator(self.seed)


@named("uniform")
class RandomUniform(RandomInitializer):
    """Evenly spread over [minval, maxval).

    >>> from autograd_nn import nn
    >>> float(abs(nn.initializers.RandomUniform()((1000,))).max()) <= 0.05
    True
    """

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        self.minval = number(minval, "minval", "RandomUniform")
        self.maxval = number(maxval, "maxval", "RandomUniform", least=minval)

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        return self.generator().uniform(shape, self.minval, self.maxval, dtype)


@named("normal")
class RandomNormal(RandomInitializer):
    """Normal, of the given mean and standard deviation.

    >>> from autograd_nn import nn
    >>> nn.initializers.RandomNormal(stddev=0.1)((2, 3)).shape
    (2, 3)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean = number(mean, "mean", type(self).__name__)
        self.stddev = number(stddev, "stddev", type(self).__name__, least=0)

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        return self.generator().normal(shape, self.mean, self.stddev, dtype)


@named()
class TruncatedNormal(RandomNormal):
    """Normal, restricted to two standard deviations either side of the mean.

    >>> from autograd_nn import nn
    >>> float(abs(nn.initializers.TruncatedNormal()((1000,))).max()) <= 0.1001
    True
    """

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        return self.generator().truncated_normal(shape, self.mean, self.stddev, dtype)


TRUNCATED_STDDEV = 0.87962566103423978  # of a unit normal restricted to [-2, 2]


@named()
class VarianceScaling(RandomInitializer):
    """Random with variance scale / n, so that signals keep their size from layer to layer.

    mode           n is 'fan_in', 'fan_out' or 'fan_avg': units read, units written, their mean.
    distribution   'truncated_normal', 'untruncated_normal' or 'uniform'.
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
        seed: int | None = None,
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

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        fan_in, fan_out = fans(shape)
        n = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance, generator = self.scale / max(1.0, n), self.generator()
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return generator.uniform(shape, -limit, limit, dtype)
        stddev = math.sqrt(variance)
        if self.distribution == "untruncated_normal":
            return generator.normal(shape, 0.0, stddev, dtype)
        return generator.truncated_normal(shape, 0.0, stddev / TRUNCATED_STDDEV, dtype)


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """How many units a weight reads and writes: the last two sizes, times any sizes before.

    >>> fans((8, 12))
    (8, 12)
    """
    if len(shape) < 2:
        n = shape[0] if len(shape) else 1
        return n, n
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


def _scaled(name: str, scale: float, mode: str, distribution: str, source: str) -> type:
    """A variance scaling with its three numbers fixed."""

    class Scaled(VarianceScaling):
        def __init__(self, seed: int | None = None) -> None:
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


@named("orthogonal_initializer")
class Orthogonal(RandomInitializer):
    """A matrix with orthonormal columns (or rows, where these are fewer), times ``gain``.

    seed   makes the draws repeat; sizes before the last count as rows together.
    Raises ShapeError for fewer than two dimensions. Source: Saxe et al., "Exact solutions to the
    nonlinear dynamics of learning in deep linear neural networks" (2014).

    >>> import numpy as np
    >>> from autograd_nn import nn
    >>> w = nn.initializers.Orthogonal(seed=1)((4, 2)).numpy()
    >>> bool(np.allclose(w.T @ w, np.eye(2), atol=1e-6))
    True
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = number(gain, "gain", "Orthogonal")

    def __call__(self, shape: Sequence[int], dtype: Any = "float32") -> Tensor:
        if len(shape) < 2:
            raise ShapeError(
                f"Orthogonal received shape {tuple(shape)}; expected at least two dimensions."
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        drawn = self.generator().normal((max(rows, columns), min(rows, columns)), dtype="float64")
        q, r = np.linalg.qr(drawn.numpy())
        q = q * np.sign(np.diag(r))  # else not every direction would be as likely
        q = q if rows >= columns else q.T
        return Tensor((self.gain * q).reshape(shape), dtype)


def get(identifier: Any) -> Any:
    """The initializer meant by a name, a configuration, a class, an object or a function.

    Raises ValueError for an unknown name, with the nearest one.

    >>> from autograd_nn import nn
    >>> nn.initializers.get("he_normal")
    HeNormal()
    """
    if isinstance(identifier, np.ndarray | np.generic | Tensor):
        return Constant(identifier)
    return find(identifier, "initializer")


__all__ = [
    "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "Initializer",
    "LecunNormal", "LecunUniform", "Ones", "Orthogonal", "RandomInitializer", "RandomNormal",
    "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros", "get",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
