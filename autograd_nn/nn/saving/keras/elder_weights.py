"""Weights as Keras 1, Theano and layers for CuDNN kept them, turned into those of today's layers.

Keras 1 had an array for each gate of a recurrent layer, and kernels of windows with the filters
first where the channels were. Theano turned kernels round. CuDNN's layers have two biases, and
their kernels with the units first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

# Gates in today's order, by their places in that of Keras 1: it had i, c, f, o; today i, f, c, o.
_GATES = {"LSTM": (0, 2, 1, 3), "ConvLSTM2D": (0, 2, 1, 3), "GRU": (0, 1, 2)}
_WINDOWS = ("Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "ConvLSTM2D")


def as_today(
    layer: Any, arrays: list[np.ndarray], version: str | None = None, backend: str | None = None
) -> list[np.ndarray]:
    """What a file holds for a layer that has its weights, in the order and the shapes of these.

    version   of the Keras that wrote it, backend: the one it ran on; None: as today's.
    What fits as it is stays as it is.

    >>> from autograd_nn import nn
    >>> layer = nn.layers.Conv1D(2, 3)
    >>> layer.build((None, 5, 1))
    >>> kernel = np.arange(6.0).reshape(3, 1, 2)
    >>> as_today(layer, [kernel, np.zeros(2)], backend="theano")[0][:, 0, 0].tolist()
    [4.0, 2.0, 0.0]
    """
    first, second = (getattr(layer, f"{way}_layer", None) for way in ("forward", "backward"))
    if first is not None and second is not None:
        half = len(arrays) // 2
        ways = [(first, arrays[:half]), (second, arrays[half:])]
        return [a for one, own in ways for a in as_today(one, own, version, backend)]
    inner = getattr(layer, "layer", None)
    if inner is not None:
        return as_today(inner, arrays, version, backend)
    if hasattr(layer, "layers"):
        return _of_each(layer, arrays, version, backend)
    kinds = [cls.__name__ for cls in type(layer).__mro__]
    then = (version or "").startswith(("0", "1"))
    order = next((_GATES[k] for k in kinds if k in _GATES), ())
    if order and len(arrays) == 3 * len(order):
        arrays = _gates_joined(layer, arrays, order, then)
    elif then and arrays and any(k in _WINDOWS for k in kinds):
        arrays = [_kernel_of_keras_1(layer, arrays[0], layer.weights[0].shape), *arrays[1:]]
    if backend == "theano" and any(k in _WINDOWS for k in kinds):
        arrays = [turned(a) if a.ndim > 2 else a for a in arrays]
    if order and len(arrays) == 3 and arrays[2].shape == (2 * len(order) * arrays[1].shape[0],):
        arrays = _of_cudnn(layer, arrays, len(order))
    return arrays


def turned(kernel: np.ndarray) -> np.ndarray:
    """A kernel turned round along its windows' axes."""
    return np.copy(kernel[(slice(None, None, -1),) * (kernel.ndim - 2)])


def _of_each(
    model: Any, arrays: list[np.ndarray], version: str | None, backend: str | None
) -> list[np.ndarray]:
    """The layers' of a model one after the other: what is trained first, then the rest."""
    rest, found = list(arrays), []
    for trained in (True, False):
        for layer in model.layers:
            n = len([w for w in layer.weights if w.trainable == trained])
            own, rest = rest[:n], rest[n:]
            found += as_today(layer, own, version, backend) if n else []
    return [*found, *rest]


def _gates_joined(
    layer: Any, arrays: list[np.ndarray], order: tuple[int, ...], then: bool
) -> list[np.ndarray]:
    """Kernel, recurrent kernel and bias, each of every gate's side by side."""
    found = []
    for kind, whole in zip(range(3), layer.weights, strict=False):
        shape = (*whole.shape[:-1], whole.shape[-1] // len(order))
        each = [arrays[3 * gate + kind] for gate in order]
        windows = then and len(shape) > 2
        each = [_kernel_of_keras_1(layer, a, shape) if windows else a for a in each]
        found.append(np.concatenate(each, axis=-1))
    return found


def _kernel_of_keras_1(layer: Any, kernel: np.ndarray, shape: Any) -> np.ndarray:
    """(filters, in, …) where channels came first, else (…, filters, in) of a transposed one."""
    if kernel.ndim == 4 and len(shape) == 3:  # windows of one axis had a second of size 1
        kernel = kernel if kernel.shape[1] == 1 else kernel.transpose(2, 3, 1, 0)
        return kernel[:, 0]
    axes = list(range(kernel.ndim))
    if getattr(layer, "data_format", None) == "channels_first":
        back = type(layer).__name__.endswith("Transpose")
        axes = [*axes[2:], 0, 1] if back else [*axes[2:], 1, 0]
    elif type(layer).__name__.endswith("Transpose"):
        axes = [*axes[:-2], axes[-1], axes[-2]]
    found = kernel.transpose(axes)
    return found if found.shape == tuple(shape) or kernel.shape != tuple(shape) else kernel


def _of_cudnn(layer: Any, arrays: list[np.ndarray], gates: int) -> list[np.ndarray]:
    """A recurrent layer's for CuDNN: kernels with the units first, a bias for each kernel."""
    kernel, recurrent, bias = arrays
    width, units = kernel.shape[0], recurrent.shape[0]
    each = [k.reshape(units, width).T for k in np.split(kernel, gates, axis=1)]
    own = [k.T for k in np.split(recurrent, gates, axis=1)]
    both = bias.reshape(2, -1)
    biases = both if tuple(layer.weights[2].shape) == both.shape else both.sum(axis=0)
    return [np.concatenate(each, axis=1), np.concatenate(own, axis=1), biases]
