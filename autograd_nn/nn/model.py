"""Model: layers that are trained together; between symbols, or in a function of its own."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd_nn.engine import tree
from autograd_nn.engine.errors import ShapeError, did_you_mean
from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import layers, saving
from autograd_nn.nn.checks import by_order, whole
from autograd_nn.nn.configurable import Changes, derived, encode, fields
from autograd_nn.nn.context import context, phase
from autograd_nn.nn.layer import Layer, UnbuiltError, building
from autograd_nn.nn.looking import Looking
from autograd_nn.nn.lookup import unique_name
from autograd_nn.nn.network import Network, optional
from autograd_nn.nn.registry import named
from autograd_nn.nn.saving import custom_object_scope, serialize_keras_object, trees
from autograd_nn.nn.saving.wiring import rewired, wiring
from autograd_nn.nn.settings import floatx
from autograd_nn.nn.shapes import Shape, frozen_shape, is_shape
from autograd_nn.nn.stateless import StatelessModel
from autograd_nn.nn.summary import table
from autograd_nn.nn.symbols import Outline, Symbol, outlined, shapes_of, symbols_in
from autograd_nn.nn.training.earlier import Earlier
from autograd_nn.nn.training.outputs import Ends
from autograd_nn.nn.training.reading import let_read
from autograd_nn.nn.training.trainer import Trainer
from autograd_nn.nn.training.watched import numbered


@named("Functional", by_class=True)
class Model(Looking, Earlier, Trainer, StatelessModel, Layer):
    """A layer that can be trained: what lies between symbols, or a subclass with a ``call``.

    inputs, outputs   a symbol, or a list, tuple or dict of them (see `Input`).
    A functional model takes what its inputs are, a list in their order, or a dict by their names;
    it gives what its outputs are. Layers and models may be used in it any number of times.
    Raises TypeError for anything but symbols, ValueError where an output depends on what is not
    among the inputs.

    >>> from autograd_nn import nn
    >>> a, b = nn.Input((3,)), nn.Input((3,))
    >>> shared = nn.Dense(2)
    >>> nn.Model([a, b], shared(a) - shared(b)).output_shape
    (None, 2)

    >>> from autograd_nn import nn
    >>> class Twice(nn.Model):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.dense = nn.Dense(3)
    ...     def call(self, inputs):
    ...         return self.dense(self.dense(inputs))
    >>> Twice()([[1.0, 2.0, 3.0]]).shape
    (1, 3)
    """

    _declared = False  # whether the input's sizes were said, and not read off the first data
    _input_ends: Ends | None = None  # the inputs, where their number is known

    def __init__(
        self, inputs: Any = None, outputs: Any = None, *, name: str | None = None,
        trainable: bool = True, dtype: Any = None,
    ) -> None:  # fmt: skip
        if (inputs is None) != (outputs is None):
            raise TypeError(
                f"{type(self).__name__} received inputs={inputs!r} and outputs={outputs!r}; "
                "expected both, as symbols, or neither, in a subclass with a call."
            )
        network = None if inputs is None else Network(inputs, _single(outputs))
        if network is not None:
            if type(self) is Model:
                name = name or unique_name("functional")
        super().__init__(name=name, trainable=trainable, dtype=dtype)
        if network is not None:
            self._between_symbols(network)

    def _between_symbols(self, network: Network) -> None:
        """Makes the model what lies between a network's inputs and its outputs."""
        floats = [x.dtype for x in network.entries if kind_of(x.dtype) == "f"]
        self._np_dtype = np.result_type(*floats or [self.variable_dtype])  # layers cast theirs
        self._own_layer_graph = network
        self._layers = [f for f in network.functions if isinstance(f, Layer)]
        self._constants = network.constants
        self.input_shape, self.built = shapes_of(_single(network.inputs)), True
        self._input_ends = Ends(shapes_of(network.inputs), network.names, "input")
        self._input_ends.dtypes = [
            None if kind_of(x.dtype) == "f" else x.dtype for x in network.entries
        ]
        ends, places = self._input_ends, network.entries
        ends.optional = {n for n, x in zip(ends.names, places, strict=True) if optional(x)}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = self._first_looked(args)
        if context.added is not None:  # part of a larger model
            return super().__call__(*args, **kwargs)
        known = self._own_layer_graph
        if known is not None and isinstance(known.inputs, dict) and args:
            if isinstance(args[0], list | tuple) and not symbols_in(args[0]):
                by_order(list(known.inputs))
        added: list[Tensor] = []
        context.added = added
        try:
            return super().__call__(*args, **kwargs)
        finally:
            context.added = None
            self.__dict__["_added"] = added  # which is no change of the model

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Runs the calls from inputs to outputs; a subclass's own function in its place.

        training   for the layers inside; None: as around it.
        """
        if training is not None and training is not context.training:
            with phase(training):
                return Model.call(self, inputs)
        if self._own_layer_graph is None:
            return super().call(inputs)
        if self._wider is None:
            return self._own_layer_graph(inputs)
        y, added, read = self._wider(inputs)
        super().add_loss(added)
        context.read = dict(zip(self._wider.outputs[2], read, strict=True))
        return y

    def add_loss(self, loss: Any, inputs: Any = None) -> None:
        """Adds to what a step minimizes: symbols that follow from the inputs; else as in a layer.

        Symbols are added up at every call, those given before with them. Raises ValueError for a
        symbol that depends on what is not among the inputs.

        >>> from autograd_nn import nn
        >>> x = nn.Input((2,))
        >>> model = nn.Model(x, nn.Dense(1)(x))
        >>> model.add_loss((model.output**2).mean())
        >>> model.compile("sgd")
        """
        if not symbols_in(loss):
            super().add_loss(loss)
            return
        self._symbols("add_loss of symbols")
        self._widen(loss if isinstance(loss, list | tuple) else [loss], None)

    def _widen(self, added: Sequence[Symbol], read: Sequence[Symbol] | None) -> None:
        """Gives symbols at every call: losses, besides those before, and what losses read."""
        network: Any = self._own_layer_graph
        _, losses, others = (None, [], []) if self._wider is None else self._wider.outputs
        ends = [*losses, *added], others if read is None else list(read)
        self._wider = Network(network.inputs, (network.outputs, *ends)) if any(ends) else None
        known = set(map(id, self._layers))
        self._layers += [
            f
            for f in (self._wider.functions if self._wider else ())
            if isinstance(f, Layer) and id(f) not in known
        ]

    def _settle(self, objective: Any, watched: Any) -> None:
        super()._settle(objective, watched)
        if self._own_layer_graph is not None:
            seen = [m for of_one in (*watched.plain, *watched.weighted) for m in of_one]
            parts = [*(t.loss for t in objective.terms), *seen]
            self._widen((), let_read(parts, self._own_layer_graph))

    def build(self, input_shape: Any = None) -> None:
        """Builds the layers inside by a call on zeros, unless only a step of its own calls them."""
        if self._own_layer_graph is None:
            self.input_shape, self.built = frozen_shape(input_shape), True
            if self._calls_itself() and not self._asks_more():
                try:
                    self.compute_output_shape(self.input_shape)
                except Exception:
                    # A call that is made says itself what is wrong, and may be right for its own
                    # batch alone; a step of its own may call it on what is no input of fit's.
                    if not (self._is_called or self._overridden("train_step")):
                        raise

    _is_called = False  # whether it is built by a call on values

    def _enter(self, shape: Any) -> None:
        before, self.__dict__["_is_called"] = self._is_called, True
        try:
            super()._enter(shape)
        finally:
            self.__dict__["_is_called"] = before

    def _asks_more(self) -> bool:
        """Whether its call cannot be made on one input: what is beside it has no default."""
        beside = list(inspect.signature(self.call).parameters.values())[1:]
        return any(
            p.default is p.empty and p.name != "training"
            and p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) for p in beside
        )  # fmt: skip

    def _calls_itself(self) -> bool:
        """Whether steps ask for its outputs: not where a step of its own calls what it holds."""
        return self._defines_call() or not self._overridden("train_step")

    def _defines_call(self) -> bool:
        """Whether the model says what its outputs are."""
        return self._own_layer_graph is not None or type(self).call is not Model.call

    def _check_input(self, shape: Any) -> None:
        """Left to the layers, which name themselves in their errors."""
        if self._own_layer_graph is None:
            super()._check_input(shape)

    @property
    def _takes_sparse(self) -> bool:  # type: ignore[override]
        """Whether a sparse batch is left to its layers; a subclass with a call of its own says."""
        return self._own_layer_graph is not None

    def _admits(self, shape: Shape) -> bool:
        """Whether samples of other sizes than those it was built by pass its layers.

        Then the sizes that differ are any from now on. Those that an `Input` says are settled.
        """
        known: Any = self.input_shape
        if self._declared or self._own_layer_graph is not None or not is_shape(known):
            return False
        sizes = tuple([n if n == m else None for n, m in zip(known, shape, strict=True)])
        try:
            self._try((None, *shape[1:]))
            ends = frozen_shape(self.compute_output_shape(sizes))
        except (ShapeError, TypeError, ValueError):
            return False
        with building.lock:
            self.input_shape, self._output_sizes = sizes, ends
        return True

    def _try(self, shape: Shape) -> Any:
        """The result's shape for an input's; raises ShapeError where the weights do not fit it."""
        return self.compute_output_shape(shape)

    def compute_output_shape(self, input_shape: Any) -> Any:
        network = self._own_layer_graph
        if network is None:
            return super().compute_output_shape(input_shape)
        if frozen_shape(input_shape) == frozen_shape(self.input_shape):
            return shapes_of(network.outputs)
        shapes = network.arranged(input_shape, of_shapes=True)
        given = [Outline(n, x.dtype) for n, x in zip(shapes, network.entries, strict=True)]
        found = outlined(self, (tree.unflatten(network.structure, given),), {})
        return tree.map(lambda y: y.shape, found)

    def _output_ends(self) -> Ends:
        """The outputs, once the inputs' shapes are known."""
        seen, ends = self.__dict__.get("_ends", (None, None))
        if seen != Changes.count or ends is None:
            ends = Ends(*self._outline())
            self.__dict__["_ends"] = Changes.count, ends  # which is no change itself
        return ends

    def _outline(self) -> tuple[Any, list[str] | None]:
        """The outputs' shapes and names."""
        if self._own_layer_graph is None:
            return self.compute_output_shape(self.input_shape), None
        return shapes_of(self._own_layer_graph.outputs), numbered(self.output_names)

    def _known_ends(self) -> Ends | None:
        return None if self._own_layer_graph is None else self._output_ends()

    @property
    def _layer_graph(self) -> Network | None:
        """The note of its calls, where it is a functional model."""
        return self._own_layer_graph

    # ---- what it is made of ---------------------------------------------------------------------

    def _symbols(self, what: str) -> Network:
        """The note of its calls; raises UnbuiltError where it has none."""
        if self._own_layer_graph is None:
            raise UnbuiltError(
                f"model {self.name!r} was asked for its {what}, and is a function of its own; "
                "expected a Model(inputs, outputs), or a Sequential whose input's shape is known."
            )
        return self._own_layer_graph

    @property
    def input(self) -> Any:
        """The symbols it starts from."""
        return _single(self._symbols("input").inputs)

    @property
    def output(self) -> Any:
        """The symbols of its result."""
        return _single(self._symbols("output").outputs)

    @derived
    def inputs(self) -> list[Symbol]:
        """The symbols it starts from, in a list."""
        return list(self._symbols("inputs").entries)

    @derived
    def outputs(self) -> list[Symbol]:
        """The symbols of its result, in a list."""
        return list(self._symbols("outputs").results)

    @derived
    def input_names(self) -> list[str]:
        """What a dict of inputs calls them."""
        return list(self._symbols("input_names").names)

    @derived
    def output_names(self) -> list[str]:
        """What dicts of targets, losses and metrics call its outputs: the last layers' names."""
        return [x.name for x in self._symbols("output_names").results]

    @property
    def layers(self) -> list[Layer]:
        """The layers inside; of a functional model with its inputs, those nearest to them first."""
        if self._own_layer_graph is not None:
            return list(self._layers)
        return [s for s in self._sublayers() if not isinstance(s, layers.InputLayer)]

    @property
    def _target_dtype(self) -> str:
        """The dtype of targets and of samples' weights: the widest in the model."""
        key = Changes.count, floatx()
        known, found = self.__dict__.get("_widest", (None, ""))
        if known != key:
            inside = {layer.variable_dtype for layer in self._flattened()}
            found = str(np.result_type(floatx(), *inside).name)
            self.__dict__["_widest"] = key, found  # which is no change itself
        return found

    @property
    def _integer_dtype(self) -> Any:
        """The dtype of integers that the model reads, 'any' for as they come, None for floats."""
        return "any"

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by its name or its place; raises ValueError where there is none."""
        found = self.layers
        if (name is None) == (index is None):
            raise ValueError(
                f"get_layer received name={name!r} and index={index!r}; expected one of the two."
            )
        if index is not None:
            whole(index, "index", -len(found))
            if not -len(found) <= index < len(found):
                raise ValueError(
                    f"get_layer received index={index}; expected less than {len(found)}, the "
                    "number of layers."
                )
            return found[index]
        for layer in found:
            if layer.name == name:
                return layer
        raise ValueError(
            f"received the unknown layer name {name!r}; expected one of this model's. "
            + did_you_mean(name, [s.name for s in found])
        )

    # ---- configuration --------------------------------------------------------------------------

    @property
    def _class_name(self) -> str:
        return "Functional" if type(self) is Model else type(self).__name__

    def get_config(self) -> dict[str, Any]:
        """What it is made of again: the layers and their calls, or a subclass's own arguments.

        Raises NotImplementedError for a subclass that does not keep its constructor's arguments.
        """
        graph = self._own_layer_graph
        if graph is not None and "inputs" in fields(type(self)):
            config = {"name": self.name, "trainable": self.trainable, **wiring(graph)}
            own = {k: v for k, v in fields(type(self)).items() if k not in fields(Model)}
            return config | {k: encode(self._field(k)) for k in own}
        kept = {k: d for k, d in fields(type(self)).items() if k not in ("inputs", "outputs")}
        lost = [k for k in kept if not hasattr(self, k) and k not in (self._told or ())]
        if lost:
            raise NotImplementedError(
                f"{type(self).__name__} keeps no attribute {lost[0]!r}, which its constructor "
                f"takes; expected one, or a get_config of its own. Write self.{lost[0]} = "
                f"{lost[0]} in __init__."
            )
        return {k: encode(self._field(k)) for k in kept}

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """A new model from `get_config`'s result, its weights drawn afresh."""
        with custom_object_scope(custom_objects or {}):
            if "input_layers" not in config:
                return cls(**config)
            inputs, outputs = rewired(config)
            rest = {k: v for k, v in config.items() if k in fields(cls)}
            return cls(inputs=inputs, outputs=outputs, **rest)

    def to_json(self, **options: Any) -> str:
        """The configuration as JSON text, which `model_from_json` reads; options as in json.dumps.

        >>> from autograd_nn import nn
        >>> model = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
        >>> nn.models.model_from_json(model.to_json()).output_shape
        (None, 2)
        """
        import json

        return json.dumps(serialize_keras_object(self), **options)

    def save(
        self, filepath: Any, overwrite: bool = True, include_optimizer: bool = True,
        save_format: str | None = None, zipped: bool | None = None,
    ) -> None:  # fmt: skip
        """Writes the whole model to a file, as `nn.saving.save_model` does, for `load_model`."""
        saving.save_model(self, filepath, overwrite, include_optimizer, save_format, zipped)

    def save_weights(
        self, filepath: Any, overwrite: bool = True, save_format: str | None = None, **options: Any
    ) -> None:
        """Writes the weights alone, which `load_weights` reads; see `nn.saving.save_weights`."""
        saving.save_weights(self, filepath, overwrite, save_format, **options)

    def load_weights(
        self, filepath: Any, by_name: bool = False, skip_mismatch: bool = False, **options: Any
    ) -> None:
        """Takes the weights a file holds, all or none; see `nn.saving.load_weights`."""
        saving.load_weights(self, filepath, by_name, skip_mismatch, **options)

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, Any]:
        """Copies of all variables: dicts by 'trainable_variables' and so on, then by their paths.

        value_format   'backend_tensor' for tensors, 'numpy_array' for arrays.
        Beside those 'non_trainable_variables', 'optimizer_variables' and 'metrics_variables'.

        >>> from autograd_nn import nn
        >>> model = nn.Sequential([nn.Input((2,)), nn.Dense(1, name="d")], name="s")
        >>> model.get_state_tree("numpy_array")["trainable_variables"]["s"]["d"]["bias"]
        array([0.], dtype=float32)
        """
        return trees.tree(self, value_format)

    def set_state_tree(self, state_tree: Mapping[str, Any]) -> None:
        """Assigns what `get_state_tree` gave, or a part of it; all of it, or nothing.

        Raises ValueError for paths that this model has not, ShapeError where shapes differ.
        """
        trees.assign(self, state_tree)

    def export(self, filepath: Any, format: str | None = None, verbose: Any = None) -> None:
        """Writes what the model computes when it is not trained, for batches of any size.

        format    'onnx'; or 'stablehlo', a zip that JAX runs without this library: see
                  docs/devices.md. None: as the name ends, '.stablehlo' or else ONNX.
        verbose   taken for Keras's sake.
        Weights are part of the file, which takes its place when it is whole. Raises ValueError for
        another format, an op that has no form there, inputs of unknown size or a model that does
        other things for other batches; ImportError without the extra 'onnx' or 'device'.
        """
        if format is None:
            format = "stablehlo" if os.fspath(filepath).endswith(".stablehlo") else "onnx"
        if format not in ("onnx", "stablehlo"):
            raise ValueError(
                f"export received format={format!r}; expected 'onnx' or 'stablehlo'. Use save for "
                "files of Keras's or of the library's own."
            )
        if format == "onnx":
            from autograd_nn.nn.saving.onnx import export
        else:
            from autograd_nn.nn.saving.stablehlo import export

        export(self, filepath)

    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Prints the layers with their outputs' shapes and numbers of weights.

        line_length      how many characters a line has.
        positions        where columns end, as parts of the line.
        print_fn         is called with the text in place of print.
        expand_nested    whether the layers of models inside are shown.
        show_trainable   whether a column says what is trained.
        layer_range      the names, or patterns, of the first layer to show and the last.
        Raises ValueError for a layer_range that names nothing.
        """
        text = table(self, line_length, positions, expand_nested, show_trainable, layer_range)
        (print_fn or print)(text)


def _single(values: Any) -> Any:
    """What a list of one holds."""
    return values[0] if isinstance(values, list | tuple) and len(values) == 1 else values
