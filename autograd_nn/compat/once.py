"""What our own layers and models once took, or did, and do while Keras's names are ours.

Sizes of in and out (Keras 0), layers' names counted from 1 (Keras 1 and 2), an `Embedding` that
comes first and takes any length (Keras 1 and 2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn.renamed import warn_user

Bent = dict[str, dict[str, Callable[[Any], Any]]]


def _sized(today: Any) -> Any:
    """A constructor that also takes the sizes of in and out: ``Dense(784, 128, init=…)``."""

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        sizes = args[:2]
        if len(sizes) == 2 and all(type(n) is int for n in sizes):
            size_in, size_out = sizes
            kind = type(self).__name__
            warn_user(
                f"{kind}: received the sizes {size_in} and {size_out}; write "
                f"{kind}({size_out}, input_dim={size_in}) in its place."
            )
            args = size_out, *args[2:]
            options = {"input_dim": size_in, **options}
        today(self, *args, **options)

    return __init__


def _shaped(today: Any) -> Any:
    """A constructor that also takes the shape of a sample first, and does without."""

    @wraps(today)
    def __init__(self: Any, *args: Any, **options: Any) -> None:
        if args and isinstance(args[0], tuple):
            kind = type(self).__name__
            warn_user(f"{kind}: received a shape, {args[0]}, which is not needed any more.")
            args = args[1:]
        today(self, *args, **options)

    return __init__


def _any_length(today: Any) -> Any:
    """`Sequential.add`, after which a model that begins with an `Embedding` has its weights."""

    @wraps(today)
    def add(self: Any, layer: Any, *args: Any, **options: Any) -> Any:
        from autograd_nn.nn.layers import Embedding

        if isinstance(layer, Embedding) and layer.input_shape is None and not self.layers:
            layer.input_shape = (None, None)
        try:
            return today(self, layer, *args, **options)
        except ShapeError:  # of another length than any, as after Flatten: data will tell it
            if not self.layers or self.input_shape != (None, None):
                raise
            self.input_shape = self._output_sizes = self.layers[0].input_shape = None
            self._declared = self.built = False
            return today(self, layer, *args, **options)

    return add


def _by_name_of_then(today: Any) -> Any:
    """`Model.get_layer`, by a name of Keras 1 or 2 as well where there is none of today's."""

    @wraps(today)
    def get_layer(self: Any, name: Any = None, index: Any = None) -> Any:
        if isinstance(name, str) and index is None:
            layers = self.layers
            found = None if name in [s.name for s in layers] else meant(name, layers)
            if found is not None:
                warn_user(f"get_layer: received {name!r}; write {found.name!r} in its place.")
                return found
        return today(self, name, index)

    return get_layer


def meant(name: str, layers: Sequence[Any]) -> Any:
    """The layer of a name that was made of its class and a number from 1; None where none is.

    >>> from autograd_nn import nn
    >>> layers = [nn.layers.MaxPooling2D(name="max_pooling2d"),
    ...           nn.layers.MaxPooling2D(name="max_pooling2d_1")]
    >>> meant("maxpooling2d_2", layers).name
    'max_pooling2d_1'
    """
    kind, number = _parts(name)
    return next((s for s in layers if number and _parts(s.name) == (kind, number - 1)), None)


def _parts(name: str) -> tuple[str, int]:
    parts = re.fullmatch(r"(.*?)(?:_(\d+))?", name)
    kind, number = (parts[1], parts[2]) if parts else (name, None)
    return kind.replace("_", "").replace("convolution", "conv"), int(number or 0)


_LAYERS = "autograd_nn.nn.layers"
BENT: Bent = {
    **{f"{_LAYERS}:{name}": {"__init__": _sized} for name in ("Dense", "LSTM", "GRU", "SimpleRNN")},
    **{f"{_LAYERS}:{name}": {"__init__": _shaped} for name in ("BatchNormalization", "PReLU")},
    "autograd_nn.nn.models:Sequential": {"add": _any_length},
    "autograd_nn.nn.models:Model": {"get_layer": _by_name_of_then},
}
