"""Activations: functions of a tensor, made of ops; `get` finds them by name.

A tensor goes in, one of the same shape comes out. Start with `relu` in ramps.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.activations.ramps import (
    celu,
    elu,
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    linear,
    relu,
    relu6,
    selu,
    soft_shrink,
    sparse_plus,
    sparse_sigmoid,
    threshold,
)
from autograd_nn.nn.activations.shares import (
    Probabilities,  # noqa: F401  (losses look for it)
    glu,
    log_softmax,
    sigmoid,
    softmax,
    sparsemax,
)
from autograd_nn.nn.activations.smooth import (
    exponential,
    gelu,
    log_sigmoid,
    mish,
    silu,
    softplus,
    softsign,
    squareplus,
    tanh,
    tanh_shrink,
)
from autograd_nn.nn.registry import find, scope
from autograd_nn.nn.saving.objects import deserialize_keras_object, serialize_keras_object

swish, hard_swish = silu, hard_silu


def get(identifier: Any) -> Callable[[Any], Tensor]:
    """The activation meant by a name, a function or a layer; None is linear.

    Raises ValueError for an unknown name, with the nearest one.

    >>> from autograd_nn import nn
    >>> nn.activations.get("relu").__name__
    'relu'
    """
    if isinstance(identifier, Mapping) and identifier.get("module") not in (None, "builtins"):
        identifier = deserialize_keras_object(dict(identifier))  # a layer, of a function's name
    return linear if identifier is None else find(identifier, "activation")


def serialize(activation: Any) -> Any:
    """An activation's name, from which `deserialize` finds it; raises TypeError for a lambda."""
    found = serialize_keras_object(activation)
    return found["config"] if found["class_name"] == "function" else found


def deserialize(config: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """An activation from what `serialize` gave; ``custom_objects`` are a user's own by name.

    >>> from autograd_nn import nn
    >>> nn.activations.deserialize(nn.activations.serialize(nn.activations.relu)).__name__
    'relu'
    """
    with scope(custom_objects or {}):
        return get(config)


__all__ = [
    "celu", "deserialize", "elu", "exponential", "gelu", "get", "glu", "hard_shrink",
    "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "leaky_relu", "linear", "log_sigmoid",
    "log_softmax", "mish", "relu", "relu6", "selu", "serialize", "sigmoid", "silu", "soft_shrink",
    "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "sparsemax", "squareplus",
    "swish", "tanh", "tanh_shrink", "threshold",
]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
