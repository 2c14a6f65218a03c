"""Initializers: what a weight is filled with; a shape and a dtype go in, a tensor comes out.

Read base.py, then constant.py, draws.py (entries drawn by themselves), scaling.py (spread by the
units read and written), orthogonal.py, stft.py. `get` finds one by name.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.initializers.base import Initializer, RandomInitializer
from autograd_nn.nn.initializers.constant import Constant, Identity, Ones, Zeros
from autograd_nn.nn.initializers.draws import RandomNormal, RandomUniform, TruncatedNormal
from autograd_nn.nn.initializers.orthogonal import Orthogonal
from autograd_nn.nn.initializers.scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
    compute_fans,
)
from autograd_nn.nn.initializers.stft import STFT
from autograd_nn.nn.registry import find
from autograd_nn.nn.saving.objects import serialize_keras_object

# the same classes by Keras's other names
IdentityInitializer, OrthogonalInitializer, STFTInitializer = Identity, Orthogonal, STFT
zeros, ones, constant, identity = Zeros, Ones, Constant, Identity
random_normal, random_uniform, truncated_normal = RandomNormal, RandomUniform, TruncatedNormal
normal, uniform = RandomNormal, RandomUniform
variance_scaling, orthogonal, stft = VarianceScaling, Orthogonal, STFT
glorot_normal, glorot_uniform = GlorotNormal, GlorotUniform
he_normal, he_uniform, lecun_normal, lecun_uniform = HeNormal, HeUniform, LecunNormal, LecunUniform


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


def serialize(initializer: Any) -> Any:
    """An initializer as plain data, from which `deserialize` makes another."""
    return serialize_keras_object(initializer)


def deserialize(config: Any) -> Any:
    """An initializer from what `serialize` gave.

    >>> from autograd_nn import nn
    >>> nn.initializers.deserialize(nn.initializers.serialize(nn.initializers.HeNormal(seed=1)))
    HeNormal(seed=1)
    """
    return get(config)


__all__ = [
    "STFT", "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity",
    "IdentityInitializer", "Initializer", "LecunNormal", "LecunUniform", "Ones", "Orthogonal",
    "OrthogonalInitializer", "RandomInitializer", "RandomNormal", "RandomUniform",
    "STFTInitializer", "TruncatedNormal", "VarianceScaling", "Zeros", "compute_fans",
    "constant", "deserialize", "get", "glorot_normal", "glorot_uniform", "he_normal",
    "he_uniform", "identity", "lecun_normal", "lecun_uniform", "normal", "ones", "orthogonal",
    "random_normal", "random_uniform", "serialize", "stft", "truncated_normal", "uniform",
    "variance_scaling", "zeros",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
