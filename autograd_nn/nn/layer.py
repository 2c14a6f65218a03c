"""Layer: made with its fields, built when its input's shape is known, then called on tensors."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any

import numpy as np

from autograd_nn.engine import ops
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import constraints, initializers, regularizers
from autograd_nn.nn.config import Configurable
from autograd_nn.nn.lookup import renamed, snake_case, unexpected, unique_name
from autograd_nn.nn.variable import Variable

Shape = tuple[int | None, ...]
_SHAPE_OPTIONS = ("input_shape", "input_dim", "batch_input_shape", "batch_shape")


class Layer(Configurable):
    """A function of a tensor that may hold weights; subclass it with ``build`` and ``call``.

    name        a unique one is made from the class's name where none is given.
    trainable   whether training changes its weights.
    dtype       of its weights and of what it computes in.
    Raises ShapeError where an input does not fit, TypeError for an unknown argument.

    >>> from autograd_nn import nn
    >>> class Scale(nn.Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight((input_shape[-1],), "ones", name="factor")
    ...     def call(self, inputs):
    ...         return inputs * self.factor
    >>> Scale()([[1.0, 2.0]])
    Tensor([[1., 2.]], dtype=float32)
    """

    min_ndim = 1  # the least number of dimensions an input has, the batch's included
    _takes_training = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "call" in cls.__dict__:
            cls._takes_training = "training" in inspect.signature(cls.call).parameters
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

    def build(self, input_shape: Shape) -> None:
        """Makes the weights, once the input's shape (None for the batch) is known."""
        self.input_shape = tuple(input_shape)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """The layer's function; it may also take ``training``, True while weights are fitted."""
        raise NotImplementedError(
            f"{type(self).__name__} defines no call(self, inputs); expected one that returns a "
            "tensor."
        )

    def __call__(self, inputs: Any, training: bool | None = None) -> Tensor:
        if not isinstance(inputs, Tensor) or inputs.array.dtype is not self._np_dtype:
            inputs = self._admit(inputs)
        if inputs.array.shape[1:] != self._entered:
            self._enter(inputs.array.shape)
        if self._takes_training:
            return self.call(inputs, training=training)  # type: ignore[call-arg]
        return self.call(inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The result's shape; found by a call on zeros where a subclass does not say it."""
        sizes = tuple(1 if n is None else n for n in input_shape[1:])
        with no_grad():
            out = self(ops.zeros((2, *sizes), self.dtype))
        return (None, *out.shape[1:])

    def _admit(self, inputs: Any) -> Tensor:
        x = as_tensor(inputs)
        return x if x.dtype == self._np_dtype else ops.astype(x, dtype=self._np_dtype)

    def _enter(self, shape: tuple[int, ...]) -> None:
        if len(shape) < self.min_ndim:
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {shape}; expected at least "
                f"{self.min_ndim} dimensions, the first for the batch. For one sample write "
                "x[None]."
            )
        if not self.built:
            with no_grad():
                self.build((None, *shape[1:]))
        self.check_input(shape)
        self._entered = shape[1:]

    def check_input(self, shape: tuple[int, ...]) -> None:
        """Raises ShapeError where an input's shape does not fit what the layer was built for."""
        known = self.input_shape
        if known is None or not self._weights:
            return
        if len(shape) != len(known) or any(
            n is not None and n != m for n, m in zip(known[1:], shape[1:], strict=True)
        ):
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {shape}; it was built for "
                f"{known}. "
                "Reshape the input, or make a new layer for this shape."
            )

    # ---- weights --------------------------------------------------------------------------------

    def add_weight(
        self,
        shape: Sequence[int] | None = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Variable:
        """A new weight of this layer; the initializer is glorot_uniform, or zeros for a vector."""
        shape = () if shape is None else tuple(shape)
        if initializer is None:
            initializer = "glorot_uniform" if len(shape) > 1 else "zeros"
        value = initializers.get(initializer)(shape, dtype or self.dtype)
        variable = Variable(
            value,
            None,
            trainable,
            name or "variable",
            regularizers.get(regularizer),
            constraints.get(constraint),
        )
        variable.path = f"{self.name}/{variable.name}"
        self._weights.append(variable)
        return variable

    def sublayers(self) -> Iterator[Layer]:
        """The layers held in this one's attributes, in the order they were set."""
        seen: set[int] = set()
        for value in list(vars(self).values()):
            for item in value if isinstance(value, list | tuple) else (value,):
                if isinstance(item, Layer) and id(item) not in seen:
                    seen.add(id(item))
                    yield item

    @property
    def weights(self) -> list[Variable]:
        """All weights: this layer's trainable ones, its others, then those of layers inside."""
        own = sorted(self._weights, key=lambda v: not v.trainable)
        return unique([*own, *(v for layer in self.sublayers() for v in layer.weights)])

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes."""
        if not self.trainable:
            return []
        own = [v for v in self._weights if v.trainable]
        return unique([*own, *(v for layer in self.sublayers() for v in layer.trainable_weights)])

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
        self._trainable = bool(value)
        for layer in self.sublayers():
            layer.trainable = value

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, as arrays."""
        return [v.numpy().copy() for v in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replaces all weights; raises ShapeError where number or shapes differ."""
        own = self.weights
        if len(weights) != len(own):
            raise ShapeError(
                f"layer {self.name!r} received {len(weights)} weights; expected {len(own)}, of "
                "shapes "
                f"{[v.shape for v in own]}. Build the layer first, and pass get_weights() of one "
                "alike."
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
    def output_shape(self) -> Shape:
        """The result's shape, None for the batch; raises ValueError before the layer is built."""
        if self.input_shape is None:
            raise ValueError(
                f"layer {self.name!r} was asked for its output_shape before it was built; expected "
                "a known input shape. Call it on data, or build(input_shape)."
            )
        return self.compute_output_shape(self.input_shape)

    @classmethod
    def _known_options(cls) -> list[str]:
        from autograd_nn.nn.config import fields

        return [*fields(cls), *_SHAPE_OPTIONS]


def _marking(build: Callable[..., None]) -> Callable[..., None]:
    """A subclass's ``build`` that also notes the shape and that it was done."""

    @wraps(build)
    def wrapper(self: Layer, input_shape: Shape, *args: Any) -> None:
        input_shape = tuple(input_shape)
        build(self, input_shape, *args)
        self.input_shape, self.built = input_shape, True

    return wrapper


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


def declared_shape(options: dict[str, Any]) -> Shape | None:
    """The input's shape, taken out of a layer's options; None where they do not say it."""
    given = {k: options.pop(k) for k in _SHAPE_OPTIONS if k in options}
    given = {k: v for k, v in given.items() if v is not None}
    if not given:
        return None
    name, value = next(iter(given.items()))
    if name == "input_dim":
        sizes: Any = (None, value)
    else:
        sizes = (value,) if isinstance(value, int) else value
        sizes = (None, *sizes) if name == "input_shape" else tuple(sizes)
    for n in sizes:
        if n is not None and (isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 1):
            raise ShapeError(
                f"received {name}={value!r}; expected positive integers (None where any size will "
                "do)."
            )
    return tuple(n if n is None else int(n) for n in sizes)


def old_name(options: dict[str, Any], old: str, new: str, value: Any, where: str) -> Any:
    """The value under a parameter's old name, with a DeprecationWarning, or else ``value``."""
    if old not in options:
        return value
    renamed(old, new, where)
    return options.pop(old)
