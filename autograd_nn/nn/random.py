"""Random draws under Keras's names and arguments, over the engine's counter-based generator.

``seed`` is an integer (the same draw at every call), a `SeedGenerator` (the next draw of its
stream), or None (the next of this thread's default generator).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import as_dtype
from autograd_nn.engine.random import Generator, default_generator
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn.registry import family, named
from autograd_nn.nn.settings import floatx

__all__ = [
    "SeedGenerator", "beta", "binomial", "categorical", "dropout", "gamma", "normal", "randint",
    "shuffle", "truncated_normal", "uniform",
]  # fmt: skip


@named()
@family("seed_generator", by_class=True)
class SeedGenerator(Generator):
    """A stream of draws that an object may hold: each moves its state on.

    seed   an integer from 0; None goes by `set_random_seed`, a stream of its own for each.
    Raises ValueError for anything else.

    >>> a, b = SeedGenerator(7), SeedGenerator(7)
    >>> bool((uniform((3,), seed=a) == uniform((3,), seed=b)).all())
    True
    """

    def __init__(self, seed: int | None = None, name: str | None = None) -> None:
        whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool) and seed >= 0
        if seed is not None and not whole:
            raise ValueError(
                f"SeedGenerator received seed={seed!r}; expected an integer from 0, or None."
            )
        super().__init__(0 if seed is None else int(seed))
        if seed is None:
            self.state = default_generator().spawn().state
        self.given, self.name = seed, name or "seed_generator"

    def next(self, ordered: bool = True) -> Tensor:
        """A fresh seed, (2,) unsigned integers."""
        return self.bits((2,), "uint32")

    def get_config(self) -> dict[str, Any]:
        """The seed it began with."""
        return {"seed": self.given, "name": self.name}

    def _as_data(self) -> dict[str, Any]:
        """What stands for it among another object's arguments."""
        return {"class_name": "SeedGenerator", "config": self.get_config()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> SeedGenerator:
        """A generator at the beginning of its stream."""
        return cls(**config)


def generator_of(seed: Any) -> Generator:
    """The generator that a ``seed`` argument means; raises ValueError for what is none."""
    if seed is None:
        return default_generator()
    if isinstance(seed, Generator):
        return seed
    if isinstance(seed, int | np.integer) and not isinstance(seed, bool) and seed >= 0:
        return Generator(int(seed))
    raise ValueError(
        f"received seed={seed!r}; expected an integer from 0, a SeedGenerator, or None."
    )


def normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None,
    seed: Any = None,
) -> Tensor:  # fmt: skip
    """Normal draws of mean and standard deviation, float32 unless said otherwise.

    >>> normal((2, 3), seed=1).shape
    (2, 3)
    """
    return generator_of(seed).normal(tuple(shape), mean, stddev, dtype or floatx())


def truncated_normal(
    shape: Sequence[int], mean: float = 0.0, stddev: float = 1.0, dtype: Any = None,
    seed: Any = None,
) -> Tensor:  # fmt: skip
    """Normal draws within two standard deviations of the mean."""
    return generator_of(seed).truncated_normal(tuple(shape), mean, stddev, dtype or floatx())


def uniform(
    shape: Sequence[int], minval: float = 0.0, maxval: float = 1.0, dtype: Any = None,
    seed: Any = None,
) -> Tensor:  # fmt: skip
    """Draws evenly spread over [minval, maxval); of integers where the dtype is of integers."""
    dtype = as_dtype(dtype or floatx())
    if dtype.kind in "iu":
        return randint(shape, int(minval), int(maxval), dtype, seed)
    return generator_of(seed).uniform(tuple(shape), minval, maxval, dtype)


def randint(
    shape: Sequence[int], minval: int, maxval: int, dtype: Any = "int32", seed: Any = None
) -> Tensor:
    """Integers from minval to maxval - 1; raises ValueError for a dtype that is not of integers."""
    if as_dtype(dtype).kind not in "iu":
        raise ValueError(f"randint received dtype={dtype!r}; expected one of integers.")
    return generator_of(seed).randint(minval, maxval, tuple(shape), dtype)


def gamma(
    shape: Sequence[int], alpha: Any, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Gamma draws of shape ``alpha`` and scale 1; no derivative in alpha.

    Raises RangeError for an alpha that is not above 0.

    >>> gamma((2, 3), [1.0, 2.0, 0.1], seed=1).shape
    (2, 3)
    """
    return generator_of(seed).gamma(tuple(shape), alpha, dtype or floatx())


def beta(
    shape: Sequence[int], alpha: Any, beta: Any, dtype: Any = None, seed: Any = None
) -> Tensor:
    """Beta draws, between 0 and 1, of mean alpha/(alpha + beta); no derivative in the two.

    Raises RangeError for an alpha or beta that is not above 0.

    >>> beta((2,), 1.0, 3.0, seed=1).shape
    (2,)
    """
    return generator_of(seed).beta(tuple(shape), alpha, beta, dtype or floatx())


def binomial(
    shape: Sequence[int], counts: Any, probabilities: Any, dtype: Any = None, seed: Any = None
) -> Tensor:
    """How many of ``counts`` events come, each with a probability.

    Raises RangeError for counts below 0, or probabilities outside [0, 1].

    >>> binomial((3,), 10, [0.0, 0.5, 1.0], seed=1)[::2].tolist()
    [0.0, 10.0]
    """
    return generator_of(seed).binomial(tuple(shape), counts, probabilities, dtype or floatx())


def categorical(
    logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None
) -> Tensor:
    """Classes drawn with probabilities softmax(logits), (b, n) → (b, num_samples).

    >>> categorical([[0.0, 100.0]], 4, seed=1).tolist()
    [[1, 1, 1, 1]]
    """
    logits = as_tensor(logits)
    if logits.ndim != 2:
        raise ShapeError(f"categorical received logits of shape {logits.shape}; expected (b, n).")
    drawn = generator_of(seed).categorical(logits, (num_samples,))
    return ops.astype(ops.transpose(drawn), dtype=as_dtype(dtype))


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> Tensor:
    """The entries of x in a random order along one axis."""
    x = as_tensor(x)
    return ops.take(x, generator_of(seed).permutation(x.shape[axis]), axis=axis)


def dropout(
    inputs: Any, rate: float, noise_shape: Sequence[int | None] | None = None, seed: Any = None
) -> Tensor:
    """Entries set to zero with probability ``rate``, the others divided by 1 - rate.

    noise_shape   where it has a 1, one draw serves the whole axis; None: the input's own size.
    Raises ValueError for a rate outside [0, 1].
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"dropout received rate={rate!r}; expected a number from 0 to 1.")
    x = as_tensor(inputs)
    if rate == 1:
        return ops.zeros_like(x)
    sizes = x.shape if noise_shape is None else tuple(
        m if n is None else n for n, m in zip(noise_shape, x.shape, strict=True)
    )  # fmt: skip
    kept = ops.greater_equal(generator_of(seed).unit(sizes, "float32"), rate)
    return ops.where(kept, x / (1 - rate), ops.zeros_like(x))
