"""Layers, one family a file."""

from __future__ import annotations

from typing import Any

from autograd_nn.nn.layer import Layer
from autograd_nn.nn.layers.activation import Activation
from autograd_nn.nn.layers.dense import Dense
from autograd_nn.nn.layers.dropout import Dropout
from autograd_nn.nn.layers.input import Input, InputLayer
from autograd_nn.nn.layers.reshaping import Flatten, Reshape
from autograd_nn.nn.registry import find


def get(identifier: Any) -> Layer:
    """The layer meant by a class name, a configuration, a class or the layer itself.

    >>> from autograd_nn import nn
    >>> nn.layers.get({"class_name": "Dense", "config": {"units": 3}}).units
    3
    """
    return find(identifier, "layer")


__all__ = ["Activation", "Dense", "Dropout", "Flatten", "Input", "InputLayer", "Layer", "Reshape",
           "get"]  # fmt: skip


def __dir__() -> list[str]:
    return __all__
