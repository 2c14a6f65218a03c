"""``tf.random``: draws of a shape that a seed tells, the next of a stream's, or a generator's."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.nn import ops
from autograd_nn.nn import random as draws
from autograd_nn.nn.utils import set_random_seed

set_seed = set_random_seed


def _sizes(shape: Any) -> tuple[int, ...]:
    return tuple(int(n) for n in np.ravel(ops.convert_to_numpy(shape)))


def normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None,
    name: Any = None,
) -> Any:  # fmt: skip
    """Normal draws."""
    return draws.normal(_sizes(shape), mean, stddev, dtype, seed)


def uniform(
    shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = None, seed: Any = None,
    name: Any = None,
) -> Any:  # fmt: skip
    """Draws from ``minval`` to below ``maxval``, which is 1 where it is not told."""
    return draws.uniform(_sizes(shape), minval, 1.0 if maxval is None else maxval, dtype, seed)


def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, seed: Any = None,
    name: Any = None,
) -> Any:  # fmt: skip
    """Normal draws within two standard deviations."""
    return draws.truncated_normal(_sizes(shape), mean, stddev, dtype, seed)


def gamma(
    shape: Any, alpha: Any, beta: Any = None, dtype: Any = "float32", seed: Any = None,
    name: str | None = None,
) -> Any:  # fmt: skip
    """Gamma draws of shape alpha and rate beta, so many for each of their entries."""
    rate = np.asarray(1.0 if beta is None else beta)
    size = tuple(np.atleast_1d(shape)) + np.broadcast_shapes(np.shape(alpha), rate.shape)
    return draws.gamma(size, alpha, dtype, seed) / ops.cast(rate, dtype)


def shuffle(value: Any, seed: Any = None, name: Any = None) -> Any:
    """The entries along the first axis in another order."""
    return draws.shuffle(value, seed=seed)


def categorical(
    logits: Any, num_samples: int, dtype: Any = "int64", seed: Any = None, name: Any = None
) -> Any:
    """So many classes for each row of logits."""
    return draws.categorical(logits, int(num_samples), dtype or "int64", seed)


def _one(seed: Any) -> int:
    """A seed of two numbers as one."""
    high, low = (int(n) & 0xFFFFFFFF for n in np.ravel(ops.convert_to_numpy(seed)))
    return high << 32 | low


def stateless_normal(
    shape: Any, seed: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, name: Any = None
) -> Any:
    """Normal draws, the same for the same two numbers.

    >>> stateless_normal([2], [1, 2]).tolist() == stateless_normal([2], [1, 2]).tolist()
    True
    """
    return normal(shape, mean, stddev, dtype, _one(seed))


def stateless_uniform(
    shape: Any, seed: Any, minval: Any = 0, maxval: Any = None, dtype: Any = None, name: Any = None
) -> Any:
    """Draws from ``minval`` to below ``maxval``, the same for the same two numbers."""
    return uniform(shape, minval, maxval, dtype, _one(seed))


class Generator:
    """A stream of draws.

    >>> a, b = Generator.from_seed(3), Generator.from_seed(3)
    >>> a.normal([2]).tolist() == b.normal([2]).tolist() != a.normal([2]).tolist()
    True
    """

    def __init__(self, seed: Any = None) -> None:
        self._stream = draws.SeedGenerator(seed)

    @classmethod
    def from_seed(cls, seed: int, alg: Any = None) -> Generator:
        """The stream of a seed."""
        return cls(int(seed))

    @classmethod
    def from_non_deterministic_state(cls, alg: Any = None) -> Generator:
        """Any stream."""
        return cls(int(np.random.SeedSequence().generate_state(1)[0]))

    def normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, name: Any = None
    ) -> Any:
        """Normal draws."""
        return normal(shape, mean, stddev, dtype, self._stream)

    def uniform(
        self, shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = None, name: Any = None
    ) -> Any:
        """Draws from ``minval`` to below ``maxval``."""
        return uniform(shape, minval, maxval, dtype, self._stream)

    def truncated_normal(
        self, shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = None, name: Any = None
    ) -> Any:
        """Normal draws within two standard deviations."""
        return truncated_normal(shape, mean, stddev, dtype, self._stream)

    def make_seeds(self, count: int = 1) -> Any:
        """Seeds of two numbers, side by side: (2, count)."""
        return self.uniform((2, count), 0, 2**31 - 1, "int64")
