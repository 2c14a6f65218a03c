"""Sequential: layers one after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from weakref import ref

from autograd_nn.engine.errors import DTypeError
from autograd_nn.engine.halves import as_dtype
from autograd_nn.nn import layers
from autograd_nn.nn.context import placed
from autograd_nn.nn.front import Prepared, is_raw
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.model import Model
from autograd_nn.nn.network import Network
from autograd_nn.nn.registry import named
from autograd_nn.nn.saving import (
    custom_object_scope,
    deserialize_keras_object,
    serialize_keras_object,
)
from autograd_nn.nn.shapes import frozen_shape, is_shape
from autograd_nn.nn.symbols import Symbol
from autograd_nn.nn.text import is_text, texts_of
from autograd_nn.nn.training.outputs import Ends


@named(by_class=True)
class Sequential(Model):
    """Layers one after another, y = fₖ(…f₂(f₁(x))).

    layers   a list; more can be added with `add`. Where no input shape is given, the model is
             built from the first data it sees.
    Raises TypeError for anything that is not a layer, ValueError for two layers of one name,
    ShapeError where a layer does not fit the one before.

    >>> from autograd_nn import nn
    >>> model = nn.Sequential([nn.Input((8,)), nn.Dense(12, activation="relu"), nn.Dense(1)])
    >>> model.count_params()
    121
    """

    _takes_sparse = True  # the first layer says

    def __init__(
        self, layers: Sequence[Layer] | None = None, trainable: bool = True, name: str | None = None
    ) -> None:
        super().__init__(trainable=trainable, name=name)
        self._chained: Network | None = None
        self._chain: list[Layer] = []
        self._output_sizes: Any = None
        if layers is not None and not isinstance(layers, list | tuple):
            raise TypeError(
                f"Sequential received {layers!r}; expected a list of layers. Write [...] around "
                "them."
            )
        names: dict[str, Layer] = {}
        for layer in layers or ():
            self._add(layer, names)

    def add(self, layer: Any) -> None:
        """Puts a layer on top; it is built at once where its input's shape is known."""
        self._add(layer, {s.name: s for s in self._chain})

    def _add(self, layer: Any, names: dict[str, Layer]) -> None:
        """The same, ``names`` being those of the layers below, to which the new one's is added."""
        if isinstance(layer, Symbol) and isinstance(layer.call.function, layers.InputLayer):
            layer = layer.call.function
        if not isinstance(layer, Layer):
            raise DTypeError(
                f"add received {layer!r}; expected a layer, such as Dense(12)"
                + (". Create it with ()." if isinstance(layer, type) else ".")
            )
        if names.setdefault(layer.name, layer) is not layer:
            raise ValueError(
                f"add received a second layer named {layer.name!r}; expected unique names. Pass "
                "another name= to it."
            )
        if isinstance(layer, layers.InputLayer) and self._chain:
            raise ValueError(
                f"add received the input layer {layer.name!r} after {len(self._chain)} layers; "
                "expected it first. Make a new Sequential that starts with it."
            )
        if not self._chain:
            self._np_dtype = as_dtype(layer.variable_dtype)  # the layer casts what it is given
            self.input_shape = layer.input_shape
            self._output_sizes = layer.input_shape
            self._declared = layer.input_shape is not None
        if self._output_sizes is not None:
            self._output_sizes = self._built(layer, self._output_sizes)
            self.built = True
        self._chain.append(layer)
        layer.__dict__["_owner"] = ref(self)
        self._entered = self._chained = None

    def pop(self, rebuild: bool = True) -> Layer | None:
        """Takes the last layer off and returns it."""
        if not self._chain:
            return None
        layer = self._chain.pop()
        self._entered = self._chained = None
        if self.input_shape is not None:
            self._output_sizes = self.compute_output_shape(self.input_shape)
        return layer

    def _built(self, layer: Layer, shape: Any) -> Any:
        layer._check_rank(shape)
        if layer._waits:
            with placed(self):
                layer.build(shape)
        elif layer.weights and is_shape(shape) and None not in shape[1:]:
            layer._check_input(tuple(n or 1 for n in shape))
        return frozen_shape(layer.compute_output_shape(shape))

    def build(self, input_shape: Any = None) -> None:
        """Builds every layer for an input's shape, None for the batch; left out, the one known."""
        input_shape = self.input_shape if input_shape is None else input_shape
        self._output_sizes = frozen_shape(input_shape)
        for layer in self._chain:
            self._output_sizes = self._built(layer, self._output_sizes)

    def _try(self, shape: Any) -> Any:
        for layer in self._chain:
            inside = isinstance(layer, Sequential)
            shape = frozen_shape(layer._try(shape) if inside else self._built(layer, shape))
        return shape

    def _outline(self) -> tuple[Any, list[str] | None]:
        known = self._output_sizes
        return (self.compute_output_shape(self.input_shape) if known is None else known), None

    def _known_ends(self) -> Ends:
        return Ends(None) if self._output_sizes is None else self._output_ends()

    def _symbols(self, what: str) -> Network:
        if self._chained is None:
            if self.input_shape is None:
                return super()._symbols(what)
            first, rest = self._chain[0], self._chain[1:]
            if isinstance(first, layers.InputLayer):
                x = start = first.symbol()
            elif not is_shape(self.input_shape):  # a model of several inputs, which knows its own
                start, x = first.input, first.output
            else:
                dtype = "string" if self._text else self._integer_dtype
                x = start = layers.Input(
                    batch_shape=self.input_shape,
                    dtype={"any": "int32", "string": dtype}.get(dtype, self.input_dtype),
                )
                rest = self._chain
            for layer in rest:
                x = layer(x)
            self._chained = Network(start, x)
        return self._chained

    @property
    def _samplewise(self) -> bool:  # type: ignore[override]
        """Whether each sample's result follows from that sample alone, in every layer."""
        return all(layer._samplewise for layer in self._chain)

    @property
    def layers(self) -> list[Layer]:
        """The layers in order, without the input's; one that is used twice comes twice."""
        return [s for s in self._chain if not isinstance(s, layers.InputLayer)]

    @property
    def _integer_dtype(self) -> Any:
        first = self._chain[0] if self._chain else None
        if isinstance(first, layers.InputLayer):
            return first.integers
        if first is None or first._casts_integers or first.input_shape is not None:
            return None
        return "any"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args and type(args[0]) is list and len(args[0]) == 1 and is_shape(self.input_shape):
            # Keras's models take their inputs as a list, also where there is one
            if len(getattr(args[0][0], "shape", ())) == len(self.input_shape):
                args = (args[0][0], *args[1:])
        return super().__call__(*args, **kwargs)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        if isinstance(inputs, Prepared):
            return self._symbols("front")(inputs)
        for layer in self._chain:
            inputs = layer(inputs, training=training)
        return inputs

    @property
    def _running(self) -> Network | None:
        if self.input_shape is None or not any([is_raw(layer) for layer in self._chain]):
            return None
        return self._symbols("front")

    @property
    def _text(self) -> bool:
        """Whether what enters is text."""
        first = self._chain[0] if self._chain else None
        if isinstance(first, layers.InputLayer):
            return is_text(first.reads)
        return bool(getattr(first, "text", False))

    def _meet_data(self, inputs: Any) -> None:
        if self.input_shape is None and self._text:
            self.build((None, *texts_of(inputs, "x").shape[1:]))

    def _check_input(self, shape: tuple[int, ...]) -> None:
        """Left to the layers, which name themselves in their errors."""

    def compute_output_shape(self, input_shape: Any) -> Any:
        shape = frozen_shape(input_shape)
        for layer in self._chain:
            shape = frozen_shape(layer.compute_output_shape(shape))
        return shape

    def get_config(self) -> dict[str, Any]:
        """The layers' configurations, and the input's shape."""
        return {
            "name": self.name,
            "trainable": self.trainable,
            "layers": [serialize_keras_object(layer) for layer in self._chain],
            "build_input_shape": self.input_shape,
        }

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Sequential:
        """A new model from `get_config`'s result, its weights drawn afresh."""
        for layer in config["layers"]:
            if isinstance(layer, Mapping) and not {"class_name", "config"} <= layer.keys():
                raise ValueError(
                    f"Sequential.from_config received {layer!r} as a layer. Expected a dictionary "
                    "containing a 'config' key, and a 'class_name'."
                )
        with custom_object_scope(custom_objects or {}):
            found = [deserialize_keras_object(c) for c in config["layers"]]
        model = cls(found, trainable=config.get("trainable", True), name=config.get("name"))
        shape = config.get("build_input_shape")
        if shape is not None and not model.built:
            model.build(frozen_shape(shape))
        return model

    def __repr__(self) -> str:
        return f"<Sequential {self.name!r}, {len(self.layers)} layers, input {self.input_shape}>"
