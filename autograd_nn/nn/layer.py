"""Layer: made with its fields, built when its input's shape is known, then called on tensors."""

from __future__ import annotations

import inspect
import warnings
from typing import Any
from weakref import ref

import numpy as np

from autograd_nn.engine import ops, tree
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.engine.forks import Gate
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.mode import mode, no_grad, reading
from autograd_nn.engine.tensor import Tensor, as_tensor
from autograd_nn.nn import regularizers
from autograd_nn.nn.configurable import derived, fields
from autograd_nn.nn.context import context, placed
from autograd_nn.nn.input_spec import check_specs
from autograd_nn.nn.lookup import snake_case, unexpected, unique_name
from autograd_nn.nn.masks import carried, give_masks, masks_of
from autograd_nn.nn.registry import family
from autograd_nn.nn.shapes import (
    SHAPE_OPTIONS,
    declared_shape,
    fitting,
    frozen_shape,
    is_shape,
    map_shapes,
)
from autograd_nn.nn.shapes import Shape as Shape
from autograd_nn.nn.stateless import Stateless
from autograd_nn.nn.symbols import (
    Call,
    Symbol,
    note,
    outlined,
    outlines,
    shapes_of,
    symbols_in,
)  # fmt: skip
from autograd_nn.nn.typed import holds_tensors
from autograd_nn.nn.updates import Updated
from autograd_nn.nn.weights import Weighted, marking

building = Gate(rank=8)  # one layer is built at a time, whichever threads call it first
_NOTHING: Any = object()


class UnbuiltError(AttributeError, ValueError):
    """Something was asked that a layer knows only once it is built."""


@family("layer", by_class=True)
class Layer(Stateless, Updated, Weighted):
    """A function of tensors that may hold weights; subclass it with ``build`` and ``call``.

    name        a unique one is made from the class's name where none is given.
    trainable   whether training changes its weights.
    dtype       of its weights and of what it computes in: floating inputs are cast to it; or a
                dtype policy, by its name too: 'mixed_float16'. None: the global policy.
    autocast    whether inputs are cast, and weights read, in the dtype that it computes in.
    activity_regularizer   a penalty on its result, a mean over the batch; or None.
    weights     the arrays that its weights begin as, in their order; or None.
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

    _min_ndim = 0  # the least number of dimensions an input has, the batch's included
    _ndim: int | None = None  # how many it has, where that is settled
    input_spec: Any = None  # an InputSpec, or a list of them: what a user's layer takes
    supports_masking = False  # whether it knows what to do with a mask, or passes it on
    _stateless = False  # whether it is built as soon as it is made: it has no weights, nor layers
    _samplewise = False  # whether each sample's result follows from that sample alone
    activity_regularizer: Any = None
    _starting_weights: Any = None  # the arrays that its weights begin as
    # no result depends on these
    _unguarded: tuple[str, ...] = ("_calls", "_owner", "_added", "_walks", "_entered")
    _takes: tuple[str, ...] = ("inputs",)  # what its call takes, by name
    _takes_training = _takes_mask = _spares = False  # _spares: its first argument may be None
    _reads_around = False  # whether its call may read symbols that are none of its arguments
    _makes_masks = False  # whether it has a compute_mask of its own
    _beside: tuple[str, ...] = ()  # what else its call takes whose shape its build asks for
    _opens = False  # whether its next call may build layers inside
    _added: Any = ()  # losses of its last call outside of a model
    _entered: Any = None  # the sizes, without the batch's, that were checked last
    _remat: Any = None  # the RematScope that it was made in
    built = False
    _shapes: dict[str, Any] = {}  # what a build of several shapes was told

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "call" in cls.__dict__:
            taken = inspect.signature(cls.call).parameters
            cls._takes = tuple(taken)[1:]
            cls._spares = any(taken[name].default is None for name in cls._takes[:1])
            cls._takes_training = "training" in cls._takes
            cls._takes_mask = any(name.endswith("mask") for name in cls._takes[1:])
            if "_reads_around" not in cls.__dict__:
                cls._reads_around = not cls.__module__.startswith("autograd_nn.")
        cls._makes_masks = cls.compute_mask is not Layer.compute_mask
        if "build" in cls.__dict__:
            asked = [n.removesuffix("_shape") for n in inspect.signature(cls.build).parameters]
            cls._beside = tuple([name for name in asked[2:] if name in cls._takes])
            cls.build = marking(cls.build)  # type: ignore[method-assign]

    def __init__(
        self, *, name: str | None = None, trainable: bool = True, dtype: Any = None,
        autocast: bool = True, activity_regularizer: Any = None, **shape_options: Any,
    ) -> None:  # fmt: skip
        if name is not None and not isinstance(name, str):
            raise TypeError(f"received name={name!r}; expected text. Write name=str(...).")
        if trainable not in (True, False):
            raise ValueError(f"received trainable={trainable!r}; expected True or False.")
        if autocast not in (True, False):
            raise ValueError(f"received autocast={autocast!r}; expected True or False.")
        if context.room is not None:
            context.room.part()
        self.name = name or unique_name(snake_case(type(self).__name__))
        self.autocast, self.dtype_policy = bool(autocast), dtype
        self.built = self._stateless and type(self).build is Layer.build
        self._trainable = bool(trainable)
        self._made_weights = []
        if context.remat is not None:
            self._remat = context.remat
        if activity_regularizer is not None:
            self.activity_regularizer = regularizers.get(activity_regularizer)
        if "weights" in shape_options:
            self._starting_weights = shape_options.pop("weights")
        self.input_shape = declared_shape(shape_options, self._ndim or self._min_ndim)
        if shape_options:
            unexpected(shape_options, self._known_options(), type(self).__name__)

    # ---- the life cycle -------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Makes the weights, once the input's shape (None for the batch) is known."""
        self.input_shape = frozen_shape(input_shape)
        self.built = True

    def get_build_config(self) -> dict[str, Any] | None:
        """What `build` was told, as plain data; None where that has not come yet."""
        if self.built and len(self._shapes) > 1:
            return {"shapes_dict": self._shapes}
        return {"input_shape": self.input_shape} if self.built and self.input_shape else None

    def build_from_config(self, config: dict[str, Any]) -> None:
        """Builds as `get_build_config`, or Keras's, says, unless it is built."""
        shapes = config.get("shapes_dict")
        shape = next(iter(shapes.values())) if shapes else config.get("input_shape")
        if not self.built and self._beside and shapes:
            self._build(shapes)
        elif not self.built and shape is not None:
            self._enter(frozen_shape(shape))
            self.input_shape = frozen_shape(shape)  # the batch's size, too, which files keep

    @property
    def _waits(self) -> bool:
        """Whether it is to be built still, or to be told its input's shape, as `build` does."""
        stateless = self._stateless and type(self).build is Layer.build
        return self.input_shape is None if stateless else not self.built

    def call(self, inputs: Any) -> Any:
        """The layer's function; it may also take ``training``, True while weights are fitted."""
        raise NotImplementedError(
            f"{type(self).__name__} defines no call(self, inputs); expected one that returns a "
            "tensor."
        )

    def __call__(
        self, inputs: Any = _NOTHING, *args: Any, training: bool | None = None, **kwargs: Any
    ) -> Any:
        if self._beside and self._waits:
            self._meet(inputs, args, kwargs)
        if isinstance(inputs, Tensor) and inputs.array.dtype is self._np_dtype:
            shape = inputs.array.shape
            if shape[1:] != self._entered or not shape:
                self._enter(shape)
        else:
            if inputs is _NOTHING:
                inputs = self._first_by_name(kwargs)
            if symbols_in(inputs):
                return self._later(inputs, args, kwargs, training)
            if inputs is not None or not self._spares:
                inputs = self._admit(inputs)
                self._enter(tree.map(lambda x: x.shape, inputs))
        if args or kwargs:
            if symbols_in(args, kwargs):
                return self._later(inputs, args, kwargs, training)
            training = self._others(args, kwargs, training)
        if self._added:
            self.__dict__["_added"] = []
        before = context.training
        if training is None:
            training = before
        if self._takes_training:
            kwargs["training"] = training
        mask = self._masks_for(inputs, kwargs) if carried or "mask" in kwargs else None
        apart = self._opens or self._remat is not None
        if training is before and mode.reads is self._reads and not apart:
            y = self.call(inputs, **kwargs) if kwargs else self.call(inputs)
        else:
            y = self._called(training, inputs, kwargs)
        if y is None:
            raise TypeError(
                f"the call of layer {self.name!r} returned None; expected a tensor, or a list, "
                "tuple or dict of tensors. Does it end with return?"
            )
        if mask is not None or self._makes_masks:
            self._pass_mask(inputs, mask, y)
        if self.activity_regularizer is not None:
            self._penalize(y)
        return y

    def _called(self, training: Any, inputs: Any, kwargs: dict[str, Any]) -> Any:
        """`call` in a context of its own: training or not, weights read in a dtype."""
        before, read = context.training, mode.reads
        own = self._reads
        if own is not None:
            reading.append(own)
        try:
            context.training, mode.reads = training, own
            call = self.call if self._remat is None else self._remat.call(self, inputs)
            if not self._opens:
                return call(inputs, **kwargs)
            with placed(self):  # layers inside that its call builds have their place below it
                y = call(inputs, **kwargs)
            self.__dict__["_opens"] = False
            return y
        finally:
            context.training, mode.reads = before, read
            if own is not None:
                reading.remove(own)

    def _first_by_name(self, kwargs: dict[str, Any]) -> Any:
        """The first argument, which was given by its name."""
        if self._takes and self._takes[0] in kwargs:
            return kwargs.pop(self._takes[0])
        raise TypeError(
            f"layer {self.name!r} was called without inputs; expected a tensor, or a list, tuple "
            "or dict of tensors."
        )

    def _meet(self, inputs: Any, args: tuple, kwargs: dict[str, Any]) -> None:
        """Builds a layer whose build takes the shapes of several arguments."""
        given = {**dict(zip(self._takes, (inputs, *args), strict=False)), **kwargs}
        shapes: dict[str, Any] = {}
        for name in (self._takes[0], *self._beside):
            value = given.get(name, _NOTHING)
            if value is not None and value is not _NOTHING:
                value = value if symbols_in(value) else self._admit(value)
                whole = tree.map(lambda x: x.shape, value)
                shapes[f"{name}_shape"] = map_shapes(lambda s: (None, *s[1:]) if s else (), whole)
        if f"{self._takes[0]}_shape" in shapes:
            self._build(shapes)

    def _build(self, shapes: dict[str, Any]) -> None:
        """Builds a layer of its arguments' shapes, as far as its build takes them."""
        told = [f"{name}_shape" for name in (self._takes[0], *self._beside)]
        with building.lock, no_grad():
            if self._waits:
                self._shapes = {k: frozen_shape(shapes[k]) for k in told if k in shapes}
                self.build(**self._shapes)
        self._is_built()

    def _is_built(self) -> None:
        self._locked = True
        if self._starting_weights is not None and self._made_weights:
            given, self._starting_weights = self._starting_weights, None
            self.set_weights(given)

    # ---- symbols --------------------------------------------------------------------------------

    def _later(self, inputs: Any, args: tuple, kwargs: dict[str, Any], training: Any) -> Any:
        """Notes a call on symbols, building the layer where it is not built yet."""
        if training is not None:
            kwargs["training"] = training
        with placed(self):
            return self._note(inputs, args, kwargs)

    def _note(self, inputs: Any, args: tuple, kwargs: dict[str, Any]) -> Any:
        shapes = shapes_of(inputs)
        self._enter(shapes)
        outline = self._outline_of(shapes)
        told = type(self).compute_output_shape is not Layer.compute_output_shape
        symbols = [x for x in tree.flatten(inputs)[0] if isinstance(x, Symbol)]
        floats = all(kind_of(x.dtype) == "f" for x in symbols) and self._of_one_dtype()
        plain = not args and not kwargs.keys() - {"training"}  # else a shape may not be all
        if outline is None and told and floats and plain and self.autocast:
            outline = self._told_outline(shapes)
        return note(self, (inputs, *args), kwargs, outline)

    def _told_outline(self, shapes: Any) -> Any:
        """The result's outline, as `compute_output_shape` says."""
        return outlines(self.compute_output_shape(shapes), self.compute_dtype)

    def _noted(self, call: Call) -> None:
        """Told of each call on symbols."""
        self.__dict__.setdefault("_calls", []).append(ref(call))

    @property
    def _calls_on_symbols(self) -> list[Call]:
        """The calls on symbols that are still part of something."""
        return [c for r in self.__dict__.get("_calls", ()) if (c := r()) is not None]

    @property
    def input(self) -> Any:
        """The symbols this layer was first called on, of an InputLayer its own.

        Raises UnbuiltError where there are none.
        """
        call = self._call_on_symbols("input")
        return call.args[0] if call.args else call.outputs

    @property
    def output(self) -> Any:
        """The symbols of its first result; raises UnbuiltError where there are none."""
        return self._call_on_symbols("output").outputs

    _inbound_nodes = inbound_nodes = _calls_on_symbols  # as Keras calls them

    def _call_on_symbols(self, what: str) -> Call:
        owner = self.__dict__.get("_owner")
        if not self._calls_on_symbols and owner is not None and owner() is not None:
            owner()._symbols(what)  # a Sequential notes its chain when it is asked for
        for call in self._calls_on_symbols:
            return call
        raise UnbuiltError(
            f"layer {self.name!r} was asked for its {what}, and was called on no symbols; expected "
            "a call such as layer(nn.Input((8,))), whose result is kept."
        )

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in self.__dict__.items() if k not in Layer._unguarded}

    # ---- masks and penalties --------------------------------------------------------------------

    def _masks_for(self, inputs: Any, kwargs: dict[str, Any]) -> Any:
        """The inputs' masks, also put in ``kwargs`` where ``call`` asks for them by name."""
        mask = kwargs.get("mask")
        if mask is None:
            mask = masks_of(inputs)
        if self._takes_mask:
            if "mask" in self._takes and mask is not None:
                kwargs["mask"] = mask
            for name, value in [(self._takes[0], inputs), *kwargs.items()]:
                key = f"{name}_mask"
                if key in self._takes and kwargs.get(key) is None:
                    found = masks_of(value)
                    if found is not None:
                        kwargs[key] = found
        return mask

    def _pass_mask(self, inputs: Any, mask: Any, y: Any) -> None:
        if self.supports_masking or self._makes_masks:
            with no_grad():
                give_masks(y, self.compute_mask(inputs, mask))
        elif y is not inputs:
            warnings.warn(
                f"layer {self.name!r} received an input with a mask, which ends here, for "
                f"{type(self).__name__} does not support masks; expected supports_masking = True "
                "or a compute_mask where it goes on.",
                UserWarning,
                stacklevel=3,
            )

    def add_loss(self, loss: Any, inputs: Any = None) -> None:
        """Adds to what a step minimizes: a number, or tensors that are summed; for ``call``."""
        for value in loss if isinstance(loss, list | tuple) else [loss]:
            value = ops.sum(as_tensor(value))
            if context.added is not None:
                context.added.append(value)
            elif mode.recorder is None:
                self.__dict__["_added"] = [*self._added, value]  # which is no change of the layer

    @property
    def losses(self) -> list[Tensor]:
        """The losses that the last call added, then the weights' penalties."""
        added = [v for layer in self._flattened() for v in layer._added]
        moving = self.trainable_weights
        return added + [v.regularizer(v) for v in moving if v.regularizer is not None]

    def _penalize(self, y: Any) -> None:
        for value in tree.flatten(y)[0]:
            penalty = self.activity_regularizer(value)
            self.add_loss(penalty / max(value.shape[0], 1) if value.ndim else penalty)

    # ---- what comes in --------------------------------------------------------------------------

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
            if isinstance(value, Tensor | np.ndarray) or holds_tensors(value):
                kwargs[key] = self._admit(value)
        given = kwargs.pop("training", None)
        return given if training is None else training

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The result's shape; found by a call on zeros where a subclass does not say it."""
        self._enter(input_shape)
        try:
            found = outlined(self, (outlines(input_shape, self.dtype),), {})
        except DTypeError:  # a layer that looks entries up by their numbers
            found = outlined(self, (outlines(input_shape, "int64"),), {})
        return tree.map(lambda y: y.shape, found)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """The result of a call on symbols: its shape and dtype, as symbols."""
        return self(*args, **kwargs)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The result's mask, where one is known: the input's, unless a subclass says otherwise."""
        return mask if self.supports_masking else None

    def _enter(self, shape: Any) -> None:
        self._check_rank(shape)
        if self._waits:
            with building.lock, no_grad():
                if self._waits:
                    sizes = map_shapes(lambda sizes: (None, *sizes[1:]) if sizes else (), shape)
                    self.build(sizes)
            self._locked = True
            self.__dict__["_opens"] = bool(self._sublayers())
        self._check_input(shape)
        if is_shape(shape) and shape:
            self._entered = shape[1:]

    def _check_rank(self, shape: Any) -> None:
        """Raises ShapeError for a number of dimensions that the layer has no use for."""
        if self.input_spec is not None:
            check_specs(self.input_spec, shape, self.name)
        if not is_shape(shape):
            return
        few = len(shape) < self._min_ndim
        if few or (self._ndim is not None and len(shape) != self._ndim):
            wanted = f"at least {self._min_ndim}" if few else str(self._ndim)
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {shape}; expected {wanted} "
                "dimensions, the first for the batch. For one sample write x[None]; put a Reshape "
                "before it for others."
            )

    def _check_input(self, shape: Any) -> None:
        """Raises ShapeError where an input's shape does not fit what the layer was built for."""
        known = self.input_shape
        if known is None or not self._made_weights:
            return
        if not type(self).__module__.startswith("autograd_nn."):
            # only its author knows what else it takes; the last size is what a kernel is made for
            ends = [map_shapes(lambda s: (None, *s[1:][-1:]), x) for x in (shape, known)]
            if fitting(*ends):
                return
        if not fitting(shape, known):
            raise ShapeError(
                f"layer {self.name!r} received an input of shape {shape}; it was built for "
                f"{known}. Reshape the input, or make a new layer for this shape."
            )

    # ---- configuration --------------------------------------------------------------------------

    @derived
    def output_shape(self) -> Any:
        """The result's shape, None for the batch; raises UnbuiltError before the layer is built."""
        for call in self._calls_on_symbols:
            return tree.map(lambda x: x.shape, call.outputs)
        if self.input_shape is None:
            raise UnbuiltError(
                f"layer {self.name!r} was asked for its output_shape before it was built; expected "
                "a known input shape. Call it on data, or build(input_shape)."
            )
        return self.compute_output_shape(self.input_shape)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain data."""
        idle = {"autocast": True, "activity_regularizer": None}  # which Keras leaves out
        config = super().get_config()
        return {k: v for k, v in config.items() if k not in idle or v is not idle[k]}

    @classmethod
    def _known_options(cls) -> list[str]:
        return [*fields(cls), *SHAPE_OPTIONS]
