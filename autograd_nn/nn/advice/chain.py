"""The layers that an output comes of, from it back to the inputs, as far as they form a chain."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

from autograd_nn.nn import activations, layers
from autograd_nn.nn.layer import Layer

PASSING = (
    layers.InputLayer, layers.Flatten, layers.Reshape, layers.Dropout,
    layers.ActivityRegularization,
)  # fmt: skip
WEIGHING = (layers.Dense, layers.EinsumDense, layers.Conv1D, layers.Conv2D, layers.Conv3D)


def backwards(model: Any, i: int = 0) -> Iterator[Layer]:
    """The layers before the output ``i``, the last first; models inside are walked through."""
    network = getattr(model, "_own_layer_graph", None)
    if network is None:
        stack = reversed(model.layers) if hasattr(model, "_chain") else []
    else:
        stack = _calls(network.results[i])
    for layer in stack:
        if hasattr(layer, "_chain") or getattr(layer, "_own_layer_graph", None) is not None:
            yield from backwards(layer)
        elif isinstance(layer, Layer):
            yield layer
        else:
            return  # an op, of which nothing is known


def _calls(symbol: Any) -> Iterator[Any]:
    while True:
        call = symbol.call
        if not isinstance(call.function, layers.InputLayer):
            yield call.function
        if len(call.inputs) != 1:
            return
        (symbol,) = call.inputs


def activation(layer: Any) -> str | None:
    """The name of what a layer applies at its end, 'linear' for nothing; None: not known."""
    if isinstance(layer, layers.Softmax):
        return "softmax"
    if isinstance(layer, layers.ReLU):
        return "relu"
    if isinstance(layer, layers.LeakyReLU | layers.PReLU):
        return "leaky_relu"
    if isinstance(layer, layers.ELU):
        return "elu"
    if isinstance(layer, (*WEIGHING, layers.Activation)):
        function: Any = vars(layer).get("activation")
        return "linear" if function is None else getattr(function, "__name__", None)
    return None


def last(model: Any, i: int = 0) -> tuple[Layer | None, str | None]:
    """The layer that makes the output ``i``, and its activation's name."""
    for layer in backwards(model, i):
        if not isinstance(layer, PASSING):
            return layer, _end(layer)
    return None, None


def _end(layer: Layer) -> str | None:
    """What results have been through, were this the last layer."""
    if isinstance(layer, layers.BatchNormalization | layers.LayerNormalization):
        return "linear"
    if isinstance(layer, layers.LSTM | layers.GRU | layers.SimpleRNN):
        return getattr(layer.cell.activation, "__name__", None)
    return activation(layer)


@cache
def reach(act: str) -> tuple[float, float] | None:
    """Between what an activation's results lie; None where it is no function of one number.

    >>> reach("sigmoid"), reach("relu"), reach("log_softmax")
    ((0.0, 1.0), (0.0, inf), None)
    """
    if act == "softmax":
        return 0.0, 1.0
    far = np.concatenate([np.linspace(0, 9, 999), np.logspace(1, 30, 99)])
    x = np.concatenate([-far, far])
    try:
        with np.errstate(all="ignore"):
            y, part = (np.asarray(activations.get(act)(v)) for v in (x, x[::7].copy()))
    except (ValueError, TypeError):
        return None
    if y.shape != x.shape or not np.allclose(y[::7], part, equal_nan=True):
        return None
    low, high = np.nanmin(y), np.nanmax(y)
    return float(low if low > -1e3 else -np.inf), float(high if high < 1e3 else np.inf)
