"""A layer's weights: made by ``add_weight``, found by one walk of what it holds."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from types import FunctionType
from typing import Any, TypeVar

import numpy as np

from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.halves import as_dtype, kind_of
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import activations, constraints, initializers, regularizers
from autograd_nn.nn.configurable import Configurable, derived
from autograd_nn.nn.context import context, placed, scoped
from autograd_nn.nn.kept import kept, recalled
from autograd_nn.nn.module import Module
from autograd_nn.nn.registry import family_of
from autograd_nn.nn.setting import arguments_of, given, set_argument, through_constructor
from autograd_nn.nn.shapes import frozen_shape
from autograd_nn.nn.symbols import lasting
from autograd_nn.nn.typed import Typed
from autograd_nn.nn.variable import Carried, Variable

F = TypeVar("F", bound=Callable[..., Any])


_ONCE = ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint")


def _name_first(add: F) -> F:
    """Lets the name come first, as in Keras 2."""

    @wraps(add)
    def add_weight(self: Any, *args: Any, **options: Any) -> Any:
        if args and isinstance(args[0], str):
            order = _ONCE if len(args) < 3 or _dtype(args[2]) else (*_ONCE[:2], "initializer")
            args, options = (), {**dict(zip(order, args, strict=False)), **options}
        return add(self, *args, **options)

    return add_weight  # type: ignore[return-value]


def _dtype(x: Any) -> bool:
    try:
        return x is None or as_dtype(x) is not None
    except TypeError:
        return False


_SORTS: dict[str, Any] = {  # whose `get` is not there yet where one of them is imported first
    "activation": activations,
    "_initializer": initializers,
    "_regularizer": regularizers,
    "_constraint": constraints,
}


def sort_of(name: str) -> Callable[[Any], Any] | None:
    """What finds the object that a field of this name may name; None for other fields."""
    return next((of.get for ending, of in _SORTS.items() if name.endswith(ending)), None)


class Weighted(Typed):
    """What holds weights, its own and those of layers inside; `Layer` is one."""

    _locked = False  # whether its weights are settled
    _trainable = True
    _made_weights: list[Variable]
    _was_given: frozenset[str] | None = None  # what a layer of ours was made with, once it is made

    def __setattr__(self, name: str, value: Any) -> None:
        if type(value) in (str, dict) and (find := sort_of(name)) is not None:
            # where an object stands, its name means one, too; a user's layer may keep a text
            if callable(self.__dict__.get(name)) or name == "activity_regularizer":
                value = find(value)
        if self._was_given is not None and through_constructor(self, name, value):
            set_argument(self, name, value)
        else:
            super().__setattr__(name, value)

    def _keep(self, **found: Any) -> None:
        """Sets what the layer itself has found under the names of its constructor's arguments."""
        for name, value in found.items():
            Configurable.__setattr__(self, name, value)

    def _has_been_made(self, args: Any, options: dict[str, Any]) -> None:
        if arguments_of(self):
            self.__dict__["_was_given"] = given(type(self), args, options)

    @_name_first
    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
        autocast: bool = True,
    ) -> Variable:
        """A new weight; without initializer glorot_uniform, zeros for vectors and integers.

        autocast   whether it is read in the layer's compute_dtype where that is another.
        Raises RuntimeError once the layer is built: weights are made in __init__ or build.
        """
        if "_made_weights" not in vars(self):
            raise RuntimeError(
                f"{type(self).__name__} added a weight before Layer.__init__ had run; expected "
                "super().__init__() as the first line of its __init__."
            )
        if self._locked:
            raise RuntimeError(
                f"layer {self.name!r} was to get a new weight ({name!r}) after it was built; "
                "expected all of them by then. Make weights in __init__ or build."
            )
        shape = () if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
        dtype = as_dtype(dtype or self.variable_dtype)
        if initializer is None:
            floats = kind_of(dtype) == "f" and len(shape) > 1
            initializer = "glorot_uniform" if floats else "zeros"
        room, start = context.room, initializers.get(initializer)
        value = _drawn(start, shape, dtype) if room is None else room.empty(shape, dtype)
        variable = Variable(
            value,
            None,
            trainable and kind_of(dtype) == "f",
            name or "variable",
            regularizers.get(regularizer),
            constraints.get(constraint),
            autocast and not self._wide,
        )
        variable.path = f"{self.__dict__.get('_place') or scoped(self.name)}/{variable._name}"
        self._made_weights.append(variable)
        return variable

    add_variable = add_weight  # as Keras calls it, too

    def _sublayers(self) -> list[Any]:
        """The layers held in this one's attributes, in the order they were set, each once."""
        return list(self._holds(Weighted))

    def _flattened(self) -> list[Any]:
        """This layer and all layers inside it, however deep, each once."""
        return [self, *recalled(self, "_flattened", self._all_inside, "held")]

    def _all_inside(self) -> list[Any]:
        found: dict[int, Any] = {id(self): self}
        waiting = self._sublayers()[::-1]
        while waiting:
            layer = waiting.pop()
            if id(layer) not in found:
                found[id(layer)] = layer
                waiting += reversed(layer._sublayers())
        return list(found.values())[1:]  # to remember itself would be a circle

    @property
    def _own_weights(self) -> list[Variable]:
        """The weights of this layer itself: added, or set as attributes; trainable ones first."""
        return self._inside()[0]

    def _merged_weights(self) -> list[tuple[Variable, np.ndarray]]:
        """The weights of this layer itself that Keras's files have, with what they hold there."""
        return [(v, v.array) for v in self._own_weights if not isinstance(v, Carried)]

    def _unmerged(self) -> dict[int, np.ndarray]:
        """What its other weights are when those have been read from such a file, by their id."""
        return {}

    def _inside(self) -> tuple[list[Variable], list[Any]]:
        """The weights of this layer itself, trainable ones first, and the layers in it."""
        own, layers = list(self._made_weights), []
        for part in self._holds(PARTS):
            if isinstance(part, Variable):
                own.append(part)
            else:
                layers.append(part)
        return sorted(unique(own), key=lambda v: not v.trainable), layers

    @property
    def weights(self) -> list[Variable]:
        """All weights: this layer's trainable ones, its others, then those of layers inside."""
        return [*self._found_weights()]

    @kept
    def _found_weights(self) -> list[Variable]:
        found = [v for layer in self._flattened() for v in layer._own_weights]
        return unique([v for v in found if not isinstance(v, Carried)])

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes."""
        return [*self._found_trainable()]

    @trainable_weights.setter
    def trainable_weights(self, weights: Sequence[Variable]) -> None:
        """Says, as layers of Keras 1 and 2 did in ``build``, which of its own weights move."""
        chosen = list(weights)
        for v in chosen:
            if not isinstance(v, Variable):
                raise TypeError(
                    f"layer {self.name!r} was to have {v!r} as a trainable weight; expected "
                    "variables, as add_weight and nn.Variable make them."
                )
        self._made_weights = unique([*self._made_weights, *chosen])
        for v in self._made_weights + self._own_weights:
            v.trainable = any(v is c for c in chosen)

    @kept
    def _found_trainable(self) -> list[Variable]:
        found: list[Variable] = []
        seen: set[int] = set()
        waiting: list[Any] = [self]
        while waiting:  # like `_flattened`, but nothing inside a frozen layer moves
            layer = waiting.pop()
            if id(layer) in seen or not layer.trainable:
                continue
            seen.add(id(layer))
            own, inside = layer._inside()
            found += [v for v in own if v.trainable]
            waiting += reversed(inside)
        return unique(found)

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training leaves alone, or changes by other means."""
        moving = {id(v) for v in self.trainable_weights}
        return [v for v in self.weights if id(v) not in moving]

    @derived
    def metrics(self) -> list[Any]:
        """The metrics that it and the layers inside hold, each once."""
        inside = (m for layer in self._flattened() for m in layer._holds(Module))
        return list({id(m): m for m in inside if family_of(type(m)) == "metric"}.values())

    @derived
    def metrics_variables(self) -> list[Variable]:
        """What these metrics keep from batch to batch."""
        return [v for m in self.metrics for v in m.variables]

    variables = weights
    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    @property
    def trainable(self) -> bool:
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        if value not in (True, False):
            raise ValueError(f"received trainable={value!r}; expected True or False.")
        for layer in self._flattened():
            layer._trainable = bool(value)

    def _of_one_dtype(self) -> bool:
        """Whether layers right inside compute in what this one computes in."""
        return all(s.compute_dtype == self.compute_dtype for s in self._sublayers())

    def save_own_variables(self, store: Any) -> None:
        """Puts the weights of this layer itself into a dict of arrays, by '0', '1', …

        A layer that puts in more, or other names, defines `load_own_variables` too: files have what
        it put in.

        >>> from autograd_nn import nn
        >>> store = {}
        >>> nn.Sequential([nn.Input((2,)), nn.Dense(3)]).layers[0].save_own_variables(store)
        >>> {name: array.shape for name, array in store.items()}
        {'0': (2, 3), '1': (3,)}
        """
        store.update({str(i): a for i, (_, a) in enumerate(self._merged_weights())})

    def load_own_variables(self, store: Any) -> None:
        """Takes what `save_own_variables` put into a dict; raises ValueError where it differs."""
        own = [v for v, _ in self._merged_weights()]
        names = [str(i) for i in range(len(own))]
        if set(store.keys()) != set(names):
            raise ValueError(
                f"layer {self.name!r} received the variables {', '.join(store.keys()) or 'none'}; "
                f"expected {len(own)} of them, called '0', '1' and so on. Build the layer first, "
                "as the one that was saved."
            )
        new = [np.asarray(store[name]) for name in names]
        for v, array in zip(own, new, strict=True):
            if v.shape != array.shape:
                raise ShapeError(
                    f"layer {self.name!r} received {v.name!r} of shape {array.shape}; expected "
                    f"{v.shape}. Build the layer as the one that was saved."
                )
        beside = self._unmerged()
        for v, array in zip(own, new, strict=True):
            v.assign(array)
        for v in self._own_weights:
            if id(v) in beside:
                v.assign(beside[id(v)])

    @property
    def _stores_by_itself(self) -> bool:
        """Whether its class says what files have of it."""
        own, base = type(self), Weighted
        return (own.save_own_variables, own.load_own_variables) != (
            base.save_own_variables, base.load_own_variables
        )  # fmt: skip

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, as arrays."""
        return [v.numpy().copy() for v in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replaces all weights; raises ShapeError where number or shapes differ."""
        own = self.weights
        if not isinstance(weights, Sequence | np.ndarray) or isinstance(weights, str):
            raise TypeError(
                f"layer {self.name!r} received weights={weights!r}; expected a list of arrays, as "
                "get_weights() gives it."
            )
        if len(weights) != len(own):
            raise ShapeError(
                f"layer {self.name!r} received {len(weights)} weights; expected {len(own)}, of "
                f"shapes {[v.shape for v in own]}. Build the layer first, and pass get_weights() "
                "of one alike."
            )
        values = [Tensor(w, v.dtype) for w, v in zip(weights, own, strict=True)]
        for v, value in zip(own, values, strict=True):
            if v.shape != value.shape:
                raise ShapeError(
                    f"received shape {value.shape} for weight {v.path!r}; expected {v.shape}. "
                    "Pass the weights in the order of get_weights()."
                )
        for v, value in zip(own, values, strict=True):
            v.assign(value)

    def count_params(self) -> int:
        """How many numbers the weights hold."""
        return sum(v.size for v in self.weights)


PARTS: Any = (Weighted, Variable)


def unique(variables: Sequence[Variable]) -> list[Variable]:
    """Without repetition: a layer used twice has its weights once."""
    return list({id(v): v for v in variables}.values())


def _drawn(start: Callable[..., Any], shape: tuple[int, ...], dtype: np.dtype) -> Any:
    """What an initializer gives; a function may be one of the shape alone, as in Keras 1."""
    if isinstance(start, FunctionType):
        named = inspect.signature(start).parameters.values()
        if sum(p.kind is not p.KEYWORD_ONLY for p in named) == 1 and not any(
            p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in named
        ):
            return start(shape)
    return start(shape, dtype)


def marking(build: Callable[..., None]) -> Callable[..., None]:
    """A subclass's ``build`` that also notes the shape and that it was done."""
    signature = inspect.signature(build)

    @wraps(build)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            given = signature.bind(self, *(args if args or kwargs else (None,)), **kwargs)
        except TypeError as error:
            raise TypeError(
                f"the build of layer {self.name!r} cannot be called with the input's shape "
                f"({error}); expected build(self, input_shape)."
            ) from None
        _, first, *others = given.arguments
        for name in (first, *[name for name in others if name.endswith("_shape")]):
            given.arguments[name] = frozen_shape(given.arguments[name])
        with placed(self):
            lasting(build, *given.args, **given.kwargs)
        self.input_shape, self.built = given.arguments[first], True
        if wrapper is type(self).build:  # not by the super().build() at the start of another
            self._is_built()

    return wrapper
