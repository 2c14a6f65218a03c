"""What is set on a layer that has been made: what its constructor would have made of it.

The constructors check arguments, bring them into one form and keep what follows from them. So that
they alone say it, an argument that is set later goes through the constructor again: two twins of
the layer are made, as it is and as it would be, and built without numbers where it is built. Where
they differ, the layer takes what the second has; where their weights do, the change is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.random import Generator, default_generator
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn.alike import alike as made_again
from autograd_nn.nn.configurable import Configurable, fields
from autograd_nn.nn.context import context
from autograd_nn.nn.lookup import names_apart
from autograd_nn.nn.module import Module
from autograd_nn.nn.variable import Variable

# what each object has of its own, and what all layers take, which acts when it is set
_OWN = frozenset(("name", "path", "_place", "_was_given", "_made_weights", "_walks", "_calls"))
_COMMON = frozenset(("name", "trainable", "dtype", "autocast", "activity_regularizer", "weights"))
_NOTHING: Any = object()


class Unfilled:
    """Room for any number of weights, whose numbers nobody reads."""

    def empty(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """Zeros, of which the system keeps none."""
        return np.zeros(shape, dtype)

    def take(self, *_: Any) -> None:
        """Counts nothing."""

    check = part = take


class _Arguments(dict[type, frozenset[str]]):
    """The arguments of layers' classes that act through their constructors."""

    def __missing__(self, kind: type) -> frozenset[str]:
        ours = kind.__module__.startswith("autograd_nn.nn.layers.") and kind.__name__[0] != "_"
        found = self[kind] = frozenset(fields(kind)) - _COMMON if ours else frozenset()
        return found


_arguments_of = _Arguments()


def arguments_of(layer: Any) -> frozenset[str]:
    """The arguments of a layer that act through its constructor."""
    return _arguments_of[type(layer)]


def through_constructor(layer: Any, name: str, value: Any) -> bool:
    """Whether what is set is an argument that the constructor can be asked about.

    Not where numbers are to be read anew in each call, as a rate that is a Variable, nor where one
    layer that is held takes another's place.
    """
    if name not in arguments_of(layer) or isinstance(value, Tensor):
        return False
    return not _of_layers(value)


def _of_layers(value: Any) -> bool:
    if isinstance(value, list | tuple | dict):
        return any(map(_of_layers, value.values() if isinstance(value, dict) else value))
    return isinstance(value, Module)


def given(kind: type, args: Any, options: dict[str, Any]) -> frozenset[str]:
    """The names of the arguments that a constructor was given, None aside."""
    named = {**dict(zip(fields(kind), args, strict=False)), **options}
    return frozenset(name for name, value in named.items() if value is not None)


def set_argument(layer: Any, name: str, value: Any) -> None:
    """Sets a constructor's argument on a layer that has been made.

    What was left to follow from others (the strides of a pooling from its ``pool_size``) follows.
    Raises what the constructor does, and ValueError where the weights would be others.
    """
    known = layer._was_given
    now = _arguments(layer)
    streams = default_generator()
    spawned = streams.spawned
    with _apart():
        try:
            before = _twin(layer, now)
        except (TypeError, ValueError, NotImplementedError):  # what it was made with is unknown
            return Configurable.__setattr__(layer, name, value)
        streams.spawned = spawned  # both draw the same
        after = _twin(layer, {**now, name: value})
    if _sizes(before) != _sizes(after):
        raise ValueError(
            f"{type(layer).__name__} {layer.name!r} received {name}={value!r} after it was built; "
            f"expected {now[name]!r}, for which its weights were made. Make another layer, or set "
            f"{name} before the first call."
        )
    if not _take(layer, before, after, name):
        streams.spawned = spawned
    layer.__dict__["_was_given"] = known - {name} if value is None else known | {name}


@contextmanager
def _apart() -> Iterator[None]:
    """Within ``with``, what is made takes no numbers and no names from others."""
    before, context.room = context.room, Unfilled()
    try:
        with names_apart(), no_grad():
            yield
    finally:
        context.room = before


def _arguments(layer: Any) -> dict[str, Any]:
    """What a constructor is to be given for such a layer: None for what follows from others."""
    return {
        name: layer._field(name) if default is not None or name in layer._was_given else None
        for name, default in fields(type(layer)).items()
        if name not in ("weights", "name")
    }


def _twin(layer: Any, options: dict[str, Any]) -> Any:
    twin = type(layer)(**{k: _copied(v) for k, v in options.items()}, name=layer.name)
    config = layer.get_build_config() if layer.built else None
    if config is not None:
        twin.build_from_config(config)
    return twin


def _copied(value: Any) -> Any:
    """A constructor's argument with copies of the layers that it holds, for a twin of its own."""
    if isinstance(value, dict):
        return {k: _copied(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_copied, value))
    return made_again(value) if isinstance(value, Module) else value


def _sizes(layer: Any) -> list[tuple[Any, ...]]:
    return [(w.name, w.shape, w.array.dtype) for w in layer.weights]


def _take(own: Any, before: Any, after: Any, name: str = "") -> bool:
    """Gives an object what ``after`` has and ``before`` has not; whether generators are in it."""
    drawing = False
    old, new, mine = vars(before), vars(after), vars(own)
    for key in [k for k in old if k not in new and k in mine]:
        delattr(own, key)
    for key, value in new.items():
        if key in _OWN or (key != name and alike(old.get(key, _NOTHING), value)):
            continue
        here = mine.get(key)
        held = key != name and key in arguments_of(own) and _of_layers(here)
        if held and not isinstance(here, Module):  # a list of layers, which stay
            continue
        if isinstance(here, Variable) and isinstance(value, Variable):
            here.regularizer, here.constraint = value.regularizer, value.constraint
        elif isinstance(here, Module) and type(here) is type(value) and (held or here.variables):
            drawing |= _take(here, old[key], value)
        else:
            Configurable.__setattr__(own, key, value)
            drawing |= isinstance(value, Generator | Module | list | dict)
    return drawing


def alike(a: Any, b: Any, within: tuple[int, ...] = ()) -> bool:
    """Whether two things, made in the same way, say the same.

    >>> from autograd_nn import nn
    >>> alike([nn.Dropout(0.5, seed=1)], [nn.Dropout(0.5, seed=1)]), alike(1, 1.0)
    (True, False)
    """
    if a is b or id(a) in within:
        return True
    if type(a) is not type(b):
        return False
    within = (*within, id(a))
    if isinstance(a, Variable):
        x, y = ((v.array, v.regularizer, v.constraint, v.name) for v in (a, b))
        return alike(x, y, within)
    if isinstance(a, Tensor):
        return alike(a.array, b.array)
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(alike(x, y, within) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(
            alike(x, b[key], within) for key, x in a.items() if key not in _OWN
        )
    if isinstance(a, Configurable | Generator):
        return alike(vars(a), vars(b), within)
    return bool(a == b)
