"""Layers of Keras 1 and 2 that are others today: sizes given one by one, `Merge`, `Highway` …"""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograd_nn.compat import asked as asked
from autograd_nn.compat.once.sizes import gathered
from autograd_nn.engine import ops
from autograd_nn.engine.errors import ShapeError
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import layers
from autograd_nn.nn.checks import number
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.layers.convolution import Windowed
from autograd_nn.nn.layers.fields import known, settle, weight
from autograd_nn.nn.models import Model
from autograd_nn.nn.registry import named
from autograd_nn.nn.renamed import warn_user

CuDNNLSTM, CuDNNGRU, Recurrent = layers.LSTM, layers.GRU, layers.RNN


# What modules of layers imported themselves, and so gave on.
_BESIDE = {n: f"autograd_nn.nn.{n}" for n in
           ("activations", "constraints", "initializers", "regularizers")}  # fmt: skip
_BESIDE |= {
    "K": "autograd_nn.compat.functions.backend",
    "initializations": "autograd_nn.compat.answers.initializations",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "DenseFeatures":  # of TensorFlow's columns
        from autograd_nn.compat.tensorflow.training.columns import DenseFeatures

        return DenseFeatures
    if name in _BESIDE:
        return importlib.import_module(_BESIDE[name])
    raise AttributeError(name)


_LATER = ("init", "activation", "weights", "border_mode", "subsample")  # what came after sizes


class _Full(Windowed):
    """The base: zeros on all sides, so that every window that meets the input counts."""

    def _margin(self) -> list[int]:
        return [(k - 1) * d for k, d in zip(self._reach, self._dilation, strict=True)]

    def counts(self, shape: Any) -> list[int | None]:
        wide = list(shape)
        for axis, n in zip(self.axes, self._margin(), strict=True):
            wide[axis] = None if wide[axis] is None else wide[axis] + 2 * n
        return super().counts(tuple(wide))

    def call(self, inputs: Tensor) -> Tensor:
        margin = dict(zip([axis % inputs.ndim for axis in self.axes], self._margin(), strict=True))
        pads = [(margin.get(axis, 0),) * 2 for axis in range(inputs.ndim)]
        return super().call(ops.pad(inputs, pads))


@named()
class FullConv1D(_Full, layers.Conv1D):
    """`layers.Conv1D` of ``border_mode="full"``, (n, t, c) → (n, t + k - 1, filters).

    >>> FullConv1D(4, 3)(ops.ones((2, 5, 3))).shape
    (2, 7, 4)
    """


@named()
class FullConv2D(_Full, layers.Conv2D):
    """`layers.Conv2D` of ``border_mode="full"``, (n, h, w, c) → (n, h + k - 1, w + k - 1, filters).

    >>> FullConv2D(4, 3)(ops.ones((2, 5, 6, 3))).shape
    (2, 7, 8, 4)
    """


FULL: dict[type, type] = {layers.Conv1D: FullConv1D, layers.Conv2D: FullConv2D}


class Then:
    """A layer by its name of then: called, asked whether something is one, or derived from.

    >>> isinstance(layers.Conv1D(2, 3), Convolution1D), issubclass(layers.Conv2D, Convolution1D)
    (True, False)
    >>> class Own(Convolution1D):
    ...     "Of windows."
    >>> Own.__mro__[1].__name__
    'Conv1D'
    """

    def __init__(self, today: type, make: Callable[..., Any]) -> None:
        self._today, self._make = today, make
        self.__name__, self.__doc__ = make.__name__, make.__doc__

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._make(*args, **options)

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (self._today,)

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, self._today)

    def __subclasscheck__(self, subclass: type) -> bool:
        return issubclass(subclass, self._today)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._today, name)


def _sized(
    cls: type, rank: int, old: str, later: tuple[str, ...] = _LATER
) -> Callable[..., Any]:
    """A class whose windows' sizes may come one by one: ``(32, 3, 3)``."""

    def make(*args: Any, **options: Any) -> Any:
        if rank == 2 and len(args) > 3 and isinstance(args[3], int | np.integer):
            asked.channels_first(f"{old}: received the channels of what comes in, {args[1]}")
            args = args[0], *args[2:]  # of Keras 0, which had Theano alone
        found = gathered(rank, args, options)
        if found is not None:
            filters, sizes, *rest = found
            today = f"{cls.__name__}({filters}, {sizes})"
            warn_user(f"{old}: received sizes one by one; write {today} in its place.")
            options |= dict(zip(later, rest, strict=False))
            args = filters, sizes
        told = options.pop("output_shape", None)
        full = "full" in (options.get("border_mode"), options.get("padding"))
        if full:  # of Theano: wherever a window meets the image
            options = {k: v for k, v in options.items() if k not in ("border_mode", "padding")}
        layer = (FULL.get(cls, cls) if full else cls)(*args, **options)
        if told is not None:
            _make_so_large(layer, tuple(told))
        return layer

    make.__name__, make.__doc__ = old, f"`{cls.__name__}`, its windows' sizes one by one."
    return Then(cls, make)


def _make_so_large(layer: Any, told: tuple[Any, ...]) -> None:
    """Lets a transposed convolution give a result of a shape, where it could be several."""
    told = told if len(told) > len(layer.axes) + 1 else (None, *told)  # without the batch's
    own, wanted = layer.build, [told[axis] for axis in layer.axes]

    def fits(more: Any, shape: Any) -> bool:
        layer.output_padding = more
        found = layer.compute_output_shape(shape)
        sizes = zip((found[axis] for axis in layer.axes), wanted, strict=True)
        return all(n in (size, None) or size is None for size, n in sizes)

    def build(input_shape: Any) -> None:
        several = itertools.product(*map(range, layer.strides))
        if not any(fits(more, input_shape) for more in (None, *several)):
            raise ShapeError(
                f"layer {layer.name!r} was told output_shape={told} for an input of shape "
                f"{input_shape}; expected one that its windows and strides can give, such as "
                f"{layer.compute_output_shape(input_shape)}."
            )
        own(input_shape)

    layer.build = build


Convolution1D = _sized(layers.Conv1D, 1, "Convolution1D")
Convolution2D = _sized(layers.Conv2D, 2, "Convolution2D")
Convolution3D = _sized(layers.Conv3D, 3, "Convolution3D")
AtrousConvolution1D = _sized(layers.Conv1D, 1, "AtrousConvolution1D")
AtrousConvolution2D = _sized(layers.Conv2D, 2, "AtrousConvolution2D")
SeparableConvolution2D = _sized(layers.SeparableConv2D, 2, "SeparableConvolution2D")
Deconvolution2D = _sized(
    layers.Conv2DTranspose, 2, "Deconvolution2D", ("output_shape", *_LATER)
)
Deconvolution3D = _sized(
    layers.Conv3DTranspose, 3, "Deconvolution3D", ("output_shape", *_LATER)
)
Deconv2D, Deconv3D = layers.Conv2DTranspose, layers.Conv3DTranspose


def TimeDistributedDense(output_dim: int, *args: Any, **options: Any) -> Any:  # noqa: N802
    """`Dense`, which takes every step by itself; of Keras 0 after the size of what comes in."""
    warn_user("TimeDistributedDense: an old layer; write Dense in its place.")
    if args:
        options, output_dim = {"input_dim": output_dim, **options}, args[0]
    if "input_dim" in options:
        width, length = options.pop("input_dim"), options.pop("input_length", None)
        options["input_shape"] = (length, width)
    return layers.Dense(output_dim, **options)


@named()
class TimeDistributedMerge(Layer):
    """The steps of a sequence as one, (n, t, c) → (n, c): their sum, product ('mul') or mean
    ('ave').

    >>> TimeDistributedMerge("ave")([[[1.0], [3.0]]]).tolist()
    [[2.0]]
    """

    _ndim = 3
    _samplewise = _stateless = True

    def __init__(self, mode: str = "sum", **options: Any) -> None:
        super().__init__(**options)
        if mode not in _ALONG:
            raise ValueError(
                f"TimeDistributedMerge received mode={mode!r}; expected 'sum', 'mul' or 'ave'."
            )
        self.mode = mode

    def call(self, inputs: Tensor) -> Tensor:
        return _ALONG[self.mode](inputs, axis=1)


_ALONG: dict[str, Any] = {"sum": ops.sum, "mul": ops.prod, "ave": ops.mean}


@named()
class ThresholdedReLU(Layer):
    """y = x where x > θ, else 0.

    >>> ThresholdedReLU(1.0)([[0.5, 2.0]]).tolist()
    [[0.0, 2.0]]
    """

    supports_masking = _samplewise = _stateless = True

    def __init__(self, theta: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.theta = number(theta, "theta", "ThresholdedReLU", least=0)

    def call(self, inputs: Tensor) -> Tensor:
        return ops.where(inputs > self.theta, inputs, ops.zeros_like(inputs))


class _Affine(Layer):
    """What has a kernel and a bias."""

    _min_ndim = 2

    def __init__(
        self,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        settle(
            self, kernel_initializer=kernel_initializer, bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer, bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint, bias_constraint=bias_constraint,
        )  # fmt: skip


@named()
class MaxoutDense(_Affine):
    """The largest of several affine functions, y = maxᵢ (x Wᵢ + bᵢ). Source: Goodfellow (2013).

    Shapes (n, d) → (n, units).

    >>> MaxoutDense(3)([[1.0, 2.0]]).shape
    (1, 3)
    """

    def __init__(self, units: int, nb_feature: int = 4, **options: Any) -> None:
        super().__init__(**options)
        self.units, self.nb_feature = units, nb_feature

    def build(self, input_shape: Any) -> None:
        width = known(self, input_shape, -1)
        self.kernel = weight(self, "kernel", (self.nb_feature, width, self.units))
        self.bias = weight(self, "bias", (self.nb_feature, self.units))

    def call(self, inputs: Tensor) -> Tensor:
        return ops.max(ops.einsum("nd,fdu->nfu", inputs, self.kernel) + self.bias, axis=1)


@named()
class Highway(_Affine):
    """y = t·f(xW + b) + (1 - t)·x with t = σ(xW' + b'). Source: Srivastava et al. (2015).

    Shapes (n, d) → (n, d).

    >>> Highway()([[1.0, 2.0]]).shape
    (1, 2)
    """

    def __init__(
        self, activation: Any = None, transform_bias: float = -3.0, **options: Any
    ) -> None:
        super().__init__(**options)
        settle(self, activation=activation)
        self.transform_bias = transform_bias

    def build(self, input_shape: Any) -> None:
        width = known(self, input_shape, -1)
        self.kernel = weight(self, "kernel", (width, width))
        self.bias = weight(self, "bias", (width,))
        self.gate = weight(self, "kernel", (width, width), "gate")
        self.gate_bias = self.add_weight((width,), "zeros", name="gate_bias")
        self.gate_bias.assign(ops.full((width,), self.transform_bias, self.gate_bias.dtype))

    def call(self, inputs: Tensor) -> Tensor:
        t = ops.sigmoid(ops.matmul(inputs, self.gate) + self.gate_bias)
        y = ops.matmul(inputs, self.kernel) + self.bias
        y = y if self.activation is None else self.activation(y)
        return t * y + (1 - t) * inputs


class _Merge(layers.Add):
    """What Keras 2 made its merging layers of: a subclass says `_merge_function(inputs)`.

    >>> class Middle(_Merge):
    ...     def _merge_function(self, inputs):
    ...         return (inputs[0] + inputs[1]) / 2
    >>> Middle()([ops.ones((1, 2)), ops.zeros((1, 2))]).tolist()
    [[0.5, 0.5]]
    """

    def call(self, inputs: Any) -> Any:
        return self._merge_function(inputs)

    def _merge_function(self, inputs: Any) -> Any:
        raise NotImplementedError(
            f"{type(self).__name__} has no _merge_function(inputs); expected one."
        )


_MODES: dict[str, Callable[..., Any]] = {
    "sum": layers.Add, "mul": layers.Multiply, "ave": layers.Average, "max": layers.Maximum,
    "min": layers.Minimum, "sub": layers.Subtract,
}  # fmt: skip


def merge(
    inputs: Any, mode: Any = "sum", concat_axis: int = -1, dot_axes: Any = -1,
    output_shape: Any = None, name: str | None = None, **options: Any,
) -> Any:  # fmt: skip
    """Several tensors as one: their sum, product, … , joined ('concat'), or a function of them.

    Raises ValueError for a mode there is none of.

    >>> merge([layers.Input((2,)), layers.Input((3,))], mode="concat").shape
    (None, 5)
    """
    if callable(mode):
        return layers.Lambda(mode, output_shape=output_shape, name=name)(inputs)
    if mode == "concat":
        return layers.Concatenate(axis=concat_axis, name=name)(inputs)
    if mode in ("dot", "cos"):
        if isinstance(dot_axes, list | tuple):  # Keras 0 had lists of axes
            dot_axes = [a[0] if isinstance(a, list | tuple) else a for a in dot_axes]
        return layers.Dot(dot_axes, normalize=mode == "cos", name=name)(inputs)
    if mode not in _MODES:
        known_modes = ", ".join([*_MODES, "concat", "dot", "cos"])
        raise ValueError(f"merge received mode={mode!r}; expected one of {known_modes}.")
    return _MODES[mode](name=name)(inputs)


# A module of Keras 2 by the same name.
vars(merge).update(
    {n: getattr(layers, n) for n in (
        "Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract",
        "add", "average", "concatenate", "dot", "maximum", "minimum", "multiply", "subtract",
    )}
)  # fmt: skip


def Merge(layers: Any = None, mode: Any = "sum", **options: Any) -> Any:  # noqa: N802
    """Branches (models that know their inputs) as one model, their results as in `merge`.

    Without branches it is what merges symbols.
    """
    if layers is None:
        return partial(merge, mode=mode, **options)
    ends = [branch.output for branch in layers]
    starts = list(dict.fromkeys(x for branch in layers for x in branch.inputs))
    return Model(starts, merge(ends, mode, **options))


__all__ = [
    "AtrousConvolution1D", "AtrousConvolution2D", "Convolution1D", "Convolution2D",
    "Convolution3D", "CuDNNGRU", "CuDNNLSTM", "Deconvolution2D", "Deconvolution3D", "Highway",
    "MaxoutDense", "Merge", "SeparableConvolution2D", "ThresholdedReLU", "TimeDistributedDense",
    "TimeDistributedMerge", "merge",
]  # fmt: skip
