"""``tf.layers``: functions that make a layer and apply it at once; classes are our layers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from autograd_nn.nn import layers, ops
from autograd_nn.nn.symbols import Symbol

_NAMED: WeakValueDictionary[str, Any] = WeakValueDictionary()  # those that ``reuse`` finds again


def _applying(kind: str) -> Callable[..., Any]:
    make = getattr(layers, kind)

    def apply(
        inputs: Any, *args: Any, name: str | None = None, reuse: Any = None, **options: Any
    ) -> Any:
        layer = _NAMED.get(f"{kind} {name}") if reuse and name else None
        if layer is None:
            layer = make(*args, **options) if name is None else make(*args, name=name, **options)
        if name is not None:
            _NAMED[f"{kind} {name}"] = layer
        return layer(inputs)

    apply.__doc__ = f"`{kind}` of inputs; ``reuse``: the layer that has the name already."
    return apply


dense, flatten = _applying("Dense"), _applying("Flatten")
conv1d, conv2d, conv3d = _applying("Conv1D"), _applying("Conv2D"), _applying("Conv3D")
conv2d_transpose, conv3d_transpose = _applying("Conv2DTranspose"), _applying("Conv3DTranspose")
separable_conv1d, separable_conv2d = _applying("SeparableConv1D"), _applying("SeparableConv2D")
max_pooling1d, max_pooling2d = _applying("MaxPooling1D"), _applying("MaxPooling2D")
max_pooling3d, average_pooling3d = _applying("MaxPooling3D"), _applying("AveragePooling3D")
average_pooling1d, average_pooling2d = _applying("AveragePooling1D"), _applying("AveragePooling2D")


def dropout(
    inputs: Any, rate: float = 0.5, noise_shape: Any = None, seed: Any = None,
    training: Any = False, name: Any = None,
) -> Any:  # fmt: skip
    """Some entries 0 where it is training; a symbol is told what when it is fed."""
    if not isinstance(training, Symbol) and not training:
        return inputs
    dropped = layers.Dropout(rate, noise_shape, seed)(inputs, training=True)
    return ops.where(training, dropped, inputs) if isinstance(training, Symbol) else dropped


def batch_normalization(
    inputs: Any, *args: Any, training: Any = False, name: Any = None, reuse: Any = None, **o: Any
) -> Any:
    """`BatchNormalization` of inputs, by the batch's mean where it is training.

    Raises TypeError for a symbol as ``training``: the means that move are no operation of their
    own here, that is run beside.
    """
    if isinstance(training, Symbol):
        raise TypeError(
            f"batch_normalization received training={training!r}; expected True or False. Make "
            "the graph once for each, with reuse=True, or use keras.layers.BatchNormalization."
        )
    layer = _NAMED.get(f"batch {name}") if reuse and name else None
    layer = layers.BatchNormalization(*args, **o) if layer is None else layer
    if name is not None:
        _NAMED[f"batch {name}"] = layer
    return layer(inputs, training=bool(training))
