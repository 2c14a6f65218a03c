"""Layer: made with its fields, built when its input's shape is known, then called on tensors."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.engine.forks import Gate
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import constraints, initializers, regularizers
from autograd_nn.nn.config import Configurable
from autograd_nn.nn.lookup import renamed, snake_case, unexpected, unique_name
from autograd_nn.nn.module import held
from autograd_nn.nn.registry import family
from autograd_nn.nn.shapes import (
    SHAPE_OPTIONS,
    Shape,
    declared_shape,
    fitting,
    frozen_shape,
    is_shape,
    map_shapes,
)
from autograd_nn.nn.variable import Variable

building = Gate(rank=8)  # one layer is built at a time, whichever threads call it first


class _Context(threading.local):
    """What holds for all layers that a call reaches: the ``training`` that somebody gave."""

    training: bool | None = None


_context = _Context()


class UnbuiltError(AttributeError, ValueError):
    """Something was asked that a layer knows only once it is built."""


@family("layer", by_class=True)
class Layer(Configurable):
    """A function of tensors that may hold weights; subclass it with ``build`` and ``call``.

    name        a unique one is made from the class's name where none is given.
    trainable   whether training changes its weights.
    dtype       of its weights and of what it computes in: floating inputs are cast to it.
    Layers and variables in its attributes, also inside lists, dicts and sets, are part of it. It is
    called on a tensor, or on lists, tuples and dicts of tensors; ``training`` reaches every layer
    inside. Raises ShapeError where an input does not fit, TypeError for an unknown argument.

    >>> from autograd_nn import nn
    >>> class Scale(nn.Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")
    ...     def call(self, inputs):
    ...         return inputs * self.factor
    >>> Scale()([[1.0, 2.0]])
    Tensor([[1., 2.]], dtype=float32)
    """

    min_ndim = 0  # the least number of dimensions an input has, the batch's included
    ndim: int | None = None  # how many it has, where that is settled
    supports_masking = False  # whether it knows what to do with a mask, or passes it on
    samplewise = False  # whether each sample's result follows from that sample alone
    casts_integers = False  # whether integers are cast like floating numbers, or stay as they are
    _takes: tuple[str, ...] = ("inputs",)  # what its call takes, by name
    _takes_training = False
    _np_dtype: Any = None
    built = False
    _locked = False  # whether its weights are settled

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "call" in cls.__dict__:
            cls._takes = tuple(inspect.signature(cls.call).parameters)[1:]
            cls._takes_training = "training" in cls._takes
        if "build" in cls.__dict__:
            cls.build = _marking(cls.build)  # type: ignore[method-assign]

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        **shape_options: Any,
    ) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"received name={name!r}; expected text. Write name=str(...).")
        if trainable not in (True, False):
            raise ValueError(f"received trainable={trainable!r}; expected True or False.")
        self.name = name or unique_name(snake_case(type(self).__name__))
        self.dtype = floating(dtype)
        self._np_dtype = np.dtype(self.dtype)
        self.built = False
        self._trainable = bool(trainable)
        self._weights: list[Variable] = []
        self._entered: Any = None  # the sizes, without the batch's, that were checked last
        self.input_shape = declared_shape(shape_options)
        if shape_options:
            unexpected(shape_options, self._known_options(), type(self).__name__)

    # ---- the life cycle -------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Makes the weights, once the input's shape (None for the batch) is known."""
        self.input_shape = frozen_shape(input_shape)
        self.built = True

    def call(self, inputs: Any) -> Any:
        """The layer's function; it may also take ``training``, True while weights are fitted."""
        raise NotImplementedError(
            f"{type(self).__name__} defines no call(self, inputs); expected one that returns a "
            "tensor."
        )

    def __call__(
        self, inputs: Any, *args: Any, training: bool | None = None, **kwargs: Any
    ) -> Any:
        if isinstance(inputs, Tensor) and inputs.array.dtype is self._np_dtype:
            shape = inputs.array.shape
            if shape[1:] != self._entered or not shape:
                self._enter(shape)
        else:
            inputs = self._admit(inputs)
            self._enter(tree.map(lambda x: x.array.shape, inputs))
        if args or kwargs:
            training = self._others(args, kwargs, training)
        before = _context.training
        if training is None:
            training = before
        if self._takes_training:
            kwargs["training"] = training
        if training is before:
            y = self.call(inputs, **kwargs) if kwargs else self.call(inputs)
        else:
            _context.training = training
            try:
                y = self.call(inputs, **kwargs)
            finally:
                _context.training = before
        if y is None:
            raise TypeError(
                f"the call of layer {self.name!r} returned None; expected a tensor, or a list, "
                "tuple or dict of tensors. Does it end with return?"
            )
        return y

    def _others(self, args: tuple, kwargs: dict[str, Any], training: Any) -> Any:
        """Puts what came beside the first input into ``kwargs``; returns ``training``."""
        names = self._takes[1:]
        if len(args) > len(names):
            raise TypeError(
                f"layer {self.name!r} received {1 + len(args)} arguments by position; expected "
                f"at most {len(self._takes)}: {', '.join(self._takes)}."
            )
        kwargs.update(zip(names, args, strict=False))
        for key, value in kwargs.items():
            if isinstance(value, Tensor | np.ndarray) or _holds_tensors(value):
                kwargs[key] = self._admit(value)
        given = kwargs.pop("training", None)
        return given if training is None else training

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The result's shape; found by a call on zeros where a subclass does not say it."""

        def zeros(dtype: str) -> Any:
            def one(shape: Shape) -> Tensor:
                sizes = tuple(1 if n is None else n for n in shape[1:])
                return ops.zeros((2, *sizes) if shape else (), dtype)

            return map_shapes(one, input_shape)

        with no_grad():
            try:
                out = self(zeros(self.dtype), training=False)
            except DTypeError:  # a layer that looks entries up by their numbers
                out = self(zeros("int64"), training=False)
        return tree.map(lambda y: (None, *y.shape[1:]) if y.ndim else (), out)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The result's mask, where one is known: the input's, unless a subclass says otherwise."""
        return mask if self.supports_masking else None

    def _admit(self, inputs: Any) -> Any:
        """Inputs as tensors, in the layer's dtype where they are floating; structure is kept."""
        if self._np_dtype is None:
            raise RuntimeError(
                f"{type(self).__name__} was called before Layer.__init__ had run; expected "
                "super().__init__() as the first line of its __init__."
            )
        if _holds_tensors(inputs):
            return tree.map(self._admit, inputs)
        x = as_tensor(inputs)
        if x.dtype == self._np_dtype or (x.dtype.kind not in "fc" and not self.casts_integers):
            return x
        return ops.astype(x, dtype=self._np_dtype)

    def _enter(self, shape: Any) -> None:
        self.check_rank(shape)
        if not self.built:
            with building.lock, no_grad():
                if not self.built:
                    sizes = map_shapes(lambda sizes: (None, *sizes[1:]) if sizes else (), shape)
                    self.build(sizes)
            self._locked = True
        self.check_input(shape)
        if is_shape(shape) and shape:
            self._entered = shape[1:]

    def check_rank(self, shape: Any) -> None:
        """Raises ShapeError for a number of dimensions that the layer has no use for."""
        if not is_shape(shape):
            return
        few = len(shape) < self.min_ndim
        if few or (self.ndim is not None and len(shape) != self.ndim):
            wanted = f"at least {self.min_ndim}" if few else str(self.ndim)
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {shape}; expected {wanted} "
                "dimensions, the first for the batch. For one sample write x[None]; put a Reshape "
                "before it for others."
            )

    def check_input(self, shape: Any) -> None:
        """Raises ShapeError where an input's shape does not fit what the layer was built for."""
        known = self.input_shape
        if known is None or not self._weights:
            return
        if not fitting(shape, known):
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {shape}; it was built for "
                f"{known}. Reshape the input, or make a new layer for this shape."
            )

    # ---- weights --------------------------------------------------------------------------------

    def add_weight(
        self,
        shape: Any = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Variable:
        """A new weight; without initializer glorot_uniform, zeros for vectors and integers.

        Raises RuntimeError once the layer is built: weights are made in __init__ or build.
        """
        if "_weights" not in vars(self):
            raise RuntimeError(
                f"{type(self).__name__} added a weight before Layer.__init__ had run; expected "
                "super().__init__() as the first line of its __init__."
            )
        if self._locked:
            raise RuntimeError(
                f"layer {self.name!r} was to get a new weight ({name!r}) after it was built; "
                "expected all of them by then. Make weights in __init__ or build."
            )
        if isinstance(shape, str):  # Keras 2's order: the name came first
            shape, initializer, name = initializer, None if dtype is None else dtype, shape
            dtype = None
        shape = () if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
        dtype = np.dtype(dtype or self.dtype)
        if initializer is None:
            floats = dtype.kind == "f" and len(shape) > 1
            initializer = "glorot_uniform" if floats else "zeros"
        value = initializers.get(initializer)(shape, dtype)
        variable = Variable(
            value,
            None,
            trainable and dtype.kind == "f",
            name or "variable",
            regularizers.get(regularizer),
            constraints.get(constraint),
        )
        variable.path = f"{self.name}/{variable.name}"
        self._weights.append(variable)
        return variable

    def sublayers(self) -> list[Layer]:
        """The layers held in this one's attributes, in the order they were set, each once."""
        return list(held(self, Layer))

    def flattened(self) -> list[Layer]:
        """This layer and all layers inside it, however deep, each once."""
        found: dict[int, Layer] = {}
        waiting: list[Layer] = [self]
        while waiting:
            layer = waiting.pop()
            if id(layer) not in found:
                found[id(layer)] = layer
                waiting += reversed(layer.sublayers())
        return list(found.values())

    @property
    def own_weights(self) -> list[Variable]:
        """The weights of this layer itself: added, or set as attributes; trainable ones first."""
        return self._inside()[0]

    def _inside(self) -> tuple[list[Variable], list[Layer]]:
        """The weights of this layer itself, trainable ones first, and the layers in it."""
        own, layers = list(self._weights), []
        for part in held(self, PARTS):
            if isinstance(part, Variable):
                own.append(part)
            else:
                layers.append(part)
        return sorted(unique(own), key=lambda v: not v.trainable), layers

    @property
    def weights(self) -> list[Variable]:
        """All weights: this layer's trainable ones, its others, then those of layers inside."""
        return unique([v for layer in self.flattened() for v in layer.own_weights])

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes."""
        found: list[Variable] = []
        seen: set[int] = set()
        waiting: list[Layer] = [self]
        while waiting:  # like `flattened`, but nothing inside a frozen layer moves
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
        for layer in self.flattened():
            layer._trainable = bool(value)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, as arrays."""
        return [v.numpy().copy() for v in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replaces all weights; raises ShapeError where number or shapes differ."""
        own = self.weights
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

    # ---- configuration --------------------------------------------------------------------------

    @property
    def output_shape(self) -> Any:
        """The result's shape, None for the batch; raises UnbuiltError before the layer is built."""
        if self.input_shape is None:
            raise UnbuiltError(
                f"layer {self.name!r} was asked for its output_shape before it was built; expected "
                "a known input shape. Call it on data, or build(input_shape)."
            )
        return self.compute_output_shape(self.input_shape)

    @classmethod
    def _known_options(cls) -> list[str]:
        from autograd_nn.nn.config import fields

        return [*fields(cls), *SHAPE_OPTIONS]


def _marking(build: Callable[..., None]) -> Callable[..., None]:
    """A subclass's ``build`` that also notes the shape and that it was done."""
    signature = inspect.signature(build)

    @wraps(build)
    def wrapper(self: Layer, input_shape: Any = None, *args: Any) -> None:
        try:
            signature.bind(self, input_shape, *args)
        except TypeError as error:
            raise TypeError(
                f"the build of layer {self.name!r} cannot be called with the input's shape "
                f"({error}); expected build(self, input_shape)."
            ) from None
        input_shape = frozen_shape(input_shape)
        build(self, input_shape, *args)
        self.input_shape, self.built = input_shape, True
        if wrapper is type(self).build:  # not by the super().build() at the start of another
            self._locked = True

    return wrapper


def _holds_tensors(value: Any) -> bool:
    """Whether this is a structure of inputs, and not one input in nested lists of numbers."""
    if isinstance(value, dict):
        return True
    return isinstance(value, list | tuple) and any(
        isinstance(v, Tensor | np.ndarray | dict) or _holds_tensors(v) for v in value
    )


PARTS: Any = (Layer, Variable)


def unique(variables: Sequence[Variable]) -> list[Variable]:
    """Without repetition: a layer used twice has its weights once."""
    return list({id(v): v for v in variables}.values())


def floating(dtype: Any) -> str:
    """A layer's dtype by name; raises DTypeError for any but float32 and float64."""
    try:
        name = np.dtype(dtype or "float32").name
    except TypeError:
        name = str(dtype)
    if name not in ("float32", "float64"):
        raise DTypeError(f"received dtype={dtype!r} for a layer; expected 'float32' or 'float64'.")
    return name


def old_name(options: dict[str, Any], old: str, new: str, value: Any, where: str) -> Any:
    """The value under a parameter's old name, with a DeprecationWarning, or else ``value``."""
    if old not in options:
        return value
    renamed(old, new, where)
    return options.pop(old)
