"""Models made again: from another, with new layers; from JSON text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograd_nn.engine import tree
from autograd_nn.nn.alike import alike
from autograd_nn.nn.configurable import fields
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.layers import Input, InputLayer
from autograd_nn.nn.model import Model
from autograd_nn.nn.network import Network, repeat
from autograd_nn.nn.saving import deserialize_keras_object
from autograd_nn.nn.sequential import Sequential
from autograd_nn.nn.symbols import Call, Symbol, note, shapes_of


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Callable[[Any], Any] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
) -> Any:
    """A model of the same layers, each made anew, with weights drawn afresh; compiled as it was.

    input_tensors    symbols that it starts from, in place of new ones.
    clone_function   what stands for a layer; left out, one of the same configuration.
    call_function    (layer, *args, **kwargs) -> result, in place of calling the new layer.
    recursive        whether models inside are cloned layer by layer too.
    Raises TypeError for anything but a model, ValueError for options a subclass has no use for.

    >>> from autograd_nn import nn
    >>> model = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
    >>> clone_model(model).weights[0] is model.weights[0]
    False
    """
    if not isinstance(model, Model):
        raise TypeError(f"clone_model received {model!r}; expected a model.")

    def cloned(layer: Layer) -> Any:
        if recursive and isinstance(layer, Model):
            return clone_model(layer, None, clone_function, call_function, True)
        if clone_function is not None:
            return clone_function(layer)
        return alike(layer)

    twin = _cloned(model, input_tensors, cloned, clone_function, call_function)
    model._compile_alike(twin)
    return twin


def _cloned(
    model: Model, input_tensors: Any, cloned: Callable[[Layer], Any],
    clone_function: Callable[[Any], Any] | None, call_function: Callable[..., Any] | None,
) -> Any:  # fmt: skip
    if isinstance(model, Sequential):
        stack = [s for s in model._chain if isinstance(s, InputLayer) and input_tensors is None]
        start = [] if input_tensors is None else tree.flatten(input_tensors)[0]
        rest = [cloned(s) for s in model._chain if not isinstance(s, InputLayer)]
        heads = start or [type(s).from_config(s.get_config()) for s in stack]
        twin = type(model)([*heads, *rest], trainable=model.trainable, name=model.name)
        if not twin.built and model.input_shape is not None:
            twin.build(model.input_shape)
        return twin
    network = model._own_layer_graph
    if network is None or "inputs" not in fields(type(model)):
        if input_tensors is not None or clone_function is not None or call_function is not None:
            raise ValueError(
                f"clone_model received a {type(model).__name__} with a call of its own; expected a "
                "functional model or a Sequential for these options. Leave them out."
            )
        return alike(model)
    new = _starts(network, input_tensors)
    layers: dict[int, Any] = {}

    def apply(call: Call, args: tuple, kwargs: dict) -> Any:
        if not isinstance(call.function, Layer):
            return note(call.function, args, kwargs, call.outputs, call.name)
        if id(call.function) not in layers:
            layers[id(call.function)] = cloned(call.function)
        layer = layers[id(call.function)]
        return layer(*args, **kwargs) if call_function is None else call_function(
            layer, *args, **kwargs
        )  # fmt: skip

    repeat(network.calls, new, apply)
    inputs, outputs = tree.map(lambda x: new[x], (network.inputs, network.outputs))
    others = {k: v for k, v in model.get_config().items() if k in fields(type(model))}
    return type(model)(inputs=inputs, outputs=outputs, **others)


def _starts(network: Network, given: Any) -> dict[Symbol, Any]:
    symbols = [None] * len(network.entries) if given is None else tree.flatten(given)[0]
    named = isinstance(network.inputs, dict)  # else a list or a tuple, or one alone, will do
    if given is not None and named is not isinstance(given, dict):
        raise ValueError(
            f"clone_model received input_tensors={given!r}; expected them in the structure of the "
            f"model's inputs, {shapes_of(network.inputs)}."
        )
    if len(symbols) != len(network.entries):
        raise ValueError(
            f"clone_model received {len(symbols)} input_tensors; expected "
            f"{len(network.entries)}, one for each of {', '.join(network.names)}."
        )
    return {
        x: Input(batch_shape=x.shape, dtype=x.dtype, name=x.name) if s is None else s
        for x, s in zip(network.entries, symbols, strict=True)
    }


def model_from_json(text: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The model that `Model.to_json`, or Keras, wrote down; its weights are drawn afresh.

    custom_objects   a user's own classes and functions, by name.
    """
    from autograd_nn.nn.jsons import loads

    try:
        config = loads(text)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"model_from_json received what is no JSON ({error}); expected the text that "
            "Model.to_json gives."
        ) from None
    return of_parts(config, custom_objects, "model_from_json")


def of_parts(config: Any, custom_objects: Mapping[str, Any] | None, caller: str) -> Any:
    """The model of a ``class_name`` and a ``config``, as `Model.to_json`, or Keras, tells them."""
    if not isinstance(config, dict) or "class_name" not in config:
        raise ValueError(
            f"{caller} received nothing with a 'class_name'; expected what Model.to_json tells."
        )
    try:
        if "module" not in config:  # as versions before 3 wrote it
            from autograd_nn.nn.saving.keras import older

            version = config.get("keras_version")
            version = version if isinstance(version, str) else None
            config = older.modern(older.meant(config, version), "the JSON")
        return deserialize_keras_object(config, custom_objects)
    except RecursionError:
        raise ValueError(
            f"{caller} received models within one another, too deep to be made; expected fewer."
        ) from None
