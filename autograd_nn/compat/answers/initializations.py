"""Keras 1's ``initializations``: functions of a shape that give a variable, drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from autograd_nn.nn import initializers, ops
from autograd_nn.nn.initializers import get as get
from autograd_nn.nn.variable import Variable


def _of_as_many(today: Any) -> Any:
    """`Constant`, of as many entries as there are to begin, in whichever shape they came."""

    @wraps(today)
    def __call__(self: Any, shape: Any, dtype: Any = "float32", **options: Any) -> Any:
        if np.ndim(self.value) and np.size(self.value) == np.prod(shape, dtype=int):
            return ops.reshape(ops.convert_to_tensor(np.asarray(self.value), dtype), tuple(shape))
        return today(self, shape, dtype, **options)

    return __call__


BENT = {"autograd_nn.nn.initializers:Constant": {"__call__": _of_as_many}}


def _named(value: Any, name: Any) -> Variable:
    """A variable; a name may be a dtype, which initializers of Keras 1 are given by place."""
    return Variable(value, name=name if isinstance(name, str) and name else "variable")


def _made(initializer: Any, shape: Any, name: Any) -> Variable:
    return _named(initializer(tuple(shape)), name)


def normal(
    shape: Any, scale: float = 0.05, dim_ordering: Any = None, name: str | None = None
) -> Variable:
    """Normal draws; scale: their standard deviation.

    >>> normal((2, 3)).shape
    (2, 3)
    """
    return _made(initializers.RandomNormal(0.0, scale), shape, name)


def uniform(
    shape: Any, scale: float = 0.05, dim_ordering: Any = None, name: str | None = None
) -> Variable:
    """Uniform draws from -scale to scale."""
    return _made(initializers.RandomUniform(-scale, scale), shape, name)


def identity(
    shape: Any, scale: float = 1.0, dim_ordering: Any = None, name: str | None = None
) -> Variable:
    """Ones on the diagonal, times a scale."""
    value = scale * np.eye(shape[0], shape[1])
    return _named(value.astype("float32"), name)


def orthogonal(
    shape: Any, scale: float = 1.1, dim_ordering: Any = None, name: str | None = None
) -> Variable:
    """Columns at right angles, of a length."""
    return _made(initializers.Orthogonal(scale), shape, name)


def _like(initializer: Any) -> Callable[..., Variable]:
    def made(shape: Any, dim_ordering: Any = None, name: str | None = None) -> Variable:
        return _made(initializer(), shape, name)

    made.__name__, made.__doc__ = initializer.__name__, f"As `{initializer.__name__}` draws."
    return made


zero, one = _like(initializers.Zeros), _like(initializers.Ones)
lecun_uniform = _like(initializers.LecunUniform)
glorot_normal, glorot_uniform = map(_like, (initializers.GlorotNormal, initializers.GlorotUniform))
he_normal, he_uniform = map(_like, (initializers.HeNormal, initializers.HeUniform))
