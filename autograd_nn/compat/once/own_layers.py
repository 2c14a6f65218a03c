"""Layers of users' own: shapes that they are told answer as TensorFlow's, and metrics they add."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import wraps
from inspect import signature
from types import FunctionType
from typing import Any

from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.shapes import is_shape
from autograd_nn.nn.weights import unique


def _as_shapes(x: Any) -> Any:
    from autograd_nn.compat.tensorflow.values.shapes import TensorShape

    if is_shape(x):
        return TensorShape(x)
    if isinstance(x, dict):
        return {k: _as_shapes(v) for k, v in x.items()}
    return type(x)(map(_as_shapes, x)) if type(x) in (tuple, list) else x


def _of_shapes(function: Any) -> Any:
    """A method that is told shapes which have ``as_list()``."""

    @wraps(function)
    def method(self: Any, *args: Any, **options: Any) -> Any:
        named = {k: _as_shapes(v) for k, v in options.items()}
        return function(self, *map(_as_shapes, args), **named)

    return method


def _telling(today: Any) -> Any:
    """What makes a class a layer: those of users are told shapes so."""

    def __init_subclass__(cls: Any, **options: Any) -> None:
        if not cls.__module__.startswith("autograd_nn."):
            for name in ("build", "compute_output_shape"):
                if isinstance(own := cls.__dict__.get(name), FunctionType):
                    setattr(cls, name, _of_shapes(own))
        today.__get__(None, cls)(**options)

    return classmethod(__init_subclass__)


_RESULTS: dict[int, weakref.ref[Tensor]] = {}  # what metrics gave that were called, by ids


def _noting(today: Any) -> Any:
    """`Metric.__call__`, whose result is known for one."""

    @wraps(today)
    def __call__(self: Any, *args: Any, **options: Any) -> Any:
        found = today(self, *args, **options)
        if isinstance(found, Tensor):
            key = id(found)
            _RESULTS[key] = weakref.ref(found, lambda _: _RESULTS.pop(key, None))
        return found

    return __call__


def _adding(today: Any) -> Any:
    """`add_metric`, of what a metric gave, too: that has its name, and is in the logs already."""

    @wraps(today)
    def add_metric(self: Any, value: Any, name: Any = None, *args: Any, **options: Any) -> None:
        held = _RESULTS.get(id(value))
        if name is None and held is not None and held() is value:
            return
        today(self, value, name, *args, **options)

    return add_metric


def _called_once(today: Any) -> Any:
    """`Sequential._add` of a layer whose own ``__call__`` puts others together, as their model.

    It is called once, on a symbol, as Keras 2 called what it was given; where no sizes are known
    yet, or the method takes ``training`` as ours does, the layer stays what it is.
    """

    @wraps(today)
    def add(self: Any, layer: Any, *args: Any, **options: Any) -> Any:
        if _puts_together(type(layer)) and is_shape(getattr(self, "_output_sizes", None)):
            from autograd_nn.nn import Input, Model

            entry = Input(batch_shape=self._output_sizes)
            layer = Model(entry, layer(entry), name=layer.name)
        return today(self, layer, *args, **options)

    return add


def _puts_together(kind: type) -> bool:
    own = next(k for k in kind.__mro__ if "__call__" in vars(k) or k is object)
    if own is object or own.__module__.startswith("autograd_nn."):
        return False
    taken = signature(vars(own)["__call__"]).parameters.values()
    return not any(p.name == "training" or p.kind is p.VAR_KEYWORD for p in taken)


class _Chosen(list[Any]):
    """A layer's own weights that move, or do not: what is added to them does as they do."""

    def __init__(self, layer: Any, moves: bool) -> None:
        super().__init__(v for v in layer._own_weights if v.trainable is moves)
        self._layer, self._moves = layer, moves

    def append(self, weight: Any) -> None:
        """Has a variable among them."""
        self.extend([weight])

    def extend(self, weights: Any) -> None:
        """Has variables among them."""
        chosen = list(weights)
        super().extend(chosen)
        self._layer._made_weights = unique([*self._layer._made_weights, *chosen])
        for v in chosen:
            v.trainable = self._moves

    def __iadd__(self, weights: Any) -> Any:  # type: ignore[misc]
        self.extend(weights)
        return self


def _choosing(moves: bool) -> Callable[[Any], Any]:
    """``self._trainable_weights``, to which layers of Keras 2 appended what they made."""

    def put(self: Any, weights: Any) -> None:
        if not isinstance(weights, _Chosen):
            _Chosen(self, moves).extend(weights)

    return lambda today: property(lambda self: _Chosen(self, moves), put)


BENT: dict[str, dict[str, Callable[[Any], Any]]] = {
    "autograd_nn.nn.layer:Layer": {
        "__init_subclass__": _telling, "_trainable_weights": _choosing(True),
        "_non_trainable_weights": _choosing(False),
    },
    "autograd_nn.nn.updates:Updated": {"add_metric": _adding},
    "autograd_nn.nn.training.earlier:Earlier": {"add_metric": _adding},
    "autograd_nn.nn.metrics:Metric": {"__call__": _noting},
    "autograd_nn.nn.models:Sequential": {"_add": _called_once},
}
