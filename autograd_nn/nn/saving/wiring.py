"""A functional model's configuration: its layers, and for each what it was called on."""

from __future__ import annotations

import sys
from collections import deque
from typing import Any

from autograd_nn.engine import tree
from autograd_nn.engine.errors import did_you_mean
from autograd_nn.engine.tensor import Tensor
from autograd_nn.nn import registry
from autograd_nn.nn.layer import Layer
from autograd_nn.nn.network import Network
from autograd_nn.nn.saving.objects import deserialize_keras_object, serialize_keras_object
from autograd_nn.nn.shapes import is_shape
from autograd_nn.nn.symbols import Call, Method, Symbol, note

Places = dict[int, tuple[str, int]]  # a call by its id: its layer's name, and which of its calls


def wiring(network: Network) -> dict[str, Any]:
    """Layers with their inbound calls, then which symbols are inputs and outputs."""
    places: Places = {
        id(call): (call.name, i) for calls in network.groups for i, call in enumerate(calls)
    }
    layers = []
    for calls in network.groups:
        function = calls[0].function
        layer = isinstance(function, Layer)
        found = serialize_keras_object(function) if layer else _operation(calls[0])
        found["name"] = calls[0].name
        found["inbound_nodes"] = [_node(c, places) for c in calls if c.inputs]
        layers.append(found)
    return {
        "layers": layers,
        "input_layers": tree.map(lambda x: _history(x, places), network.inputs),
        "output_layers": tree.map(lambda x: _history(x, places), network.outputs),
    }


def _history(x: Symbol, places: Places) -> list[Any]:
    return [*places[id(x.call)], x.place]


def _node(call: Call, places: Places) -> dict[str, Any]:
    def data(x: Any) -> Any:
        found = serialize_keras_object(x)
        if isinstance(x, Symbol):
            found["config"]["keras_history"] = _history(x, places)
        return found

    args, kwargs = tree.map(data, (list(call.args), call.kwargs))
    if not isinstance(call.function, Layer):  # to an index, a tuple is another thing than a list
        args, kwargs = _tuples(args), _tuples(kwargs)
    told = {"told": ["training"]} if "training" in kwargs else {}  # Keras 3 says it of every call
    return {"args": args, "kwargs": kwargs, **told}


def _tuples(data: Any) -> Any:
    """Tuples marked as such, for JSON has none."""
    if isinstance(data, tuple):
        return {"class_name": "__tuple__", "config": {"value": [_tuples(v) for v in data]}}
    if isinstance(data, list):
        return [_tuples(v) for v in data]
    if isinstance(data, dict) and "class_name" not in data:
        return {k: _tuples(v) for k, v in data.items()}
    return data


def _operation(call: Call) -> dict[str, Any]:
    """An op's entry: where the function is found again."""
    function = call.function
    method = isinstance(function, Method)
    name = function.name if method else function.__name__
    module = Tensor.__module__ if method else function.__module__
    return {
        "module": module, "class_name": "Operation", "registered_name": None,
        "config": {"name": call.name, "function": name, "method": method},
    }  # fmt: skip


def rewired(config: dict[str, Any]) -> tuple[Any, Any]:
    """Inputs and outputs, as symbols, of a model with this configuration.

    Raises ValueError where an entry asks for what no other gives.
    """
    functions: dict[str, Any] = {}
    calls: dict[str, deque[dict[str, Any]]] = {}  # of each layer, those that are still to be made
    made: dict[str, list[Any]] = {}  # results of each layer's calls
    for entry in config["layers"]:
        name = entry["name"]
        functions[name] = function = _function(entry)
        made[name] = [function.symbol()] if hasattr(function, "symbol") else []
        keyed = entry["class_name"] == "GetItem"
        nodes = calls.setdefault(name, deque())
        nodes.extend(_keyed(n) if keyed else n for n in entry["inbound_nodes"])
    ready = deque(calls)  # layers whose first call may have all that it was given
    waiting: dict[tuple[str, int], list[str]] = {}  # for each result, the layers that lack it
    lacking: dict[str, int] = {}  # how many results these lack
    while ready:
        name = ready.popleft()
        while calls[name]:
            given, missing = _arguments(calls[name][0], made)
            if missing:
                lacking[name] = len(missing)
                for place in missing:
                    waiting.setdefault(place, []).append(name)
                break
            args, kwargs = given
            function = functions[name]
            calls[name].popleft()
            made[name].append(
                function(*args, **kwargs)
                if isinstance(function, Layer)
                else note(function, tuple(args), kwargs, name=name)
            )
            for later in waiting.pop((name, len(made[name]) - 1), ()):
                lacking[later] -= 1
                if not lacking[later]:
                    ready.append(later)
    if left := [name for name, nodes in calls.items() if nodes]:
        raise ValueError(
            f"received a configuration in which {left[0]!r} is called on what no layer gives; "
            "expected every symbol to come of a layer in it. "
            + did_you_mean(left[0], list(functions))
        )
    nested = {k for k, f in functions.items() if getattr(f, "_own_layer_graph", None) is not None}
    return tuple(_ends(config[key], made, nested) for key in ("input_layers", "output_layers"))  # type: ignore[return-value]


def _function(entry: dict[str, Any]) -> Any:
    config = entry["config"]
    if entry["class_name"] != "Operation":
        if ".ops." in str(entry.get("module")):  # Keras's: an op by its class's name
            return _keras_op(entry["class_name"], config)
        return deserialize_keras_object(entry)
    name, module = str(config["function"]), str(entry["module"])
    if config["method"]:
        found = getattr(Tensor, name, None)
    elif module.startswith(_OPS):
        found = getattr(sys.modules.get(module), name, None)
    else:
        found = registry.own(name)
    ours = getattr(found, "__module__", "").startswith(_OPS) and hasattr(Symbol, name)
    if not callable(found) or not (ours if config["method"] else _is_op(found, name)):
        raise ValueError(
            f"received a configuration with the op {name!r} of {module}; expected one of "
            "autograd_nn's ops, or a function that was registered. Pass it in custom_objects."
        )
    return Method(name) if config["method"] else found


# What data may name: ops, which do nothing but compute. No other function is theirs to call.
_OPS = ("autograd_nn.engine.ops", "autograd_nn.nn.ops", "autograd_nn.nn.activations")


def _is_op(found: Any, name: str) -> bool:
    module = getattr(found, "__module__", "")
    return registry.own(name) is found or module.startswith(_OPS) and not name.startswith("_")


def _keras_op(name: str, config: dict[str, Any]) -> Any:
    from functools import partial

    from autograd_nn.nn import ops
    from autograd_nn.nn.lookup import snake_case

    found = Method("__getitem__") if name == "GetItem" else getattr(ops, snake_case(name), None)
    if found is None:
        raise ValueError(f"received a configuration with Keras's op {name!r}, which has no twin.")
    given = {k: v for k, v in config.items() if k not in ("name", "dtype") and v is not None}
    return partial(found, **given) if given else found


def _keyed(node: dict[str, Any]) -> dict[str, Any]:
    """Keras's key of an item: a tuple, written as a list."""
    x, key = node["args"]
    key = {"class_name": "__tuple__", "config": {"value": key}} if isinstance(key, list) else key
    return {**node, "args": [x, key]}


def _arguments(
    node: dict[str, Any], made: dict[str, list[Any]]
) -> tuple[tuple[list[Any], dict[str, Any]], set[tuple[str, int]]]:
    """What a call was given; and of it what is not made yet, as layers and which of their calls."""
    missing = set[tuple[str, int]]()

    def value(data: Any) -> Any:
        if isinstance(data, dict) and data.get("class_name") == "__keras_tensor__":
            name, call, place = data["config"]["keras_history"]
            if len(made.get(name, ())) <= call:
                missing.add((name, call))
                return None
            return tree.flatten(made[name][call])[0][place]
        if isinstance(data, dict) and data.get("class_name") == "__tuple__":
            return tuple(value(v) for v in data["config"]["value"])
        if isinstance(data, dict) and "class_name" in data:
            return deserialize_keras_object(data)
        if isinstance(data, dict):
            return {k: value(v) for k, v in data.items()}
        return [value(v) for v in data] if isinstance(data, list) else data

    args, kwargs = value(node["args"]), value(node["kwargs"])
    if "training" not in node.get("told", ()):  # a default, which the model's own goes before
        kwargs.pop("training", None)
    kwargs = {k: v for k, v in kwargs.items() if v is not None}
    return (args, kwargs), missing


def _ends(data: Any, made: dict[str, list[Any]], nested: set[str]) -> Any:
    if isinstance(data, dict):
        return {k: _ends(v, made, nested) for k, v in data.items()}
    if len(data) == 3 and isinstance(data[0], str) and is_shape(data[1:]):
        name, call, place = data
        if name in nested and call == len(made[name]):  # Keras counts a model's own call first
            call -= 1
        return tree.flatten(made[name][call])[0][place]
    found = [_ends(v, made, nested) for v in data]
    return tuple(found) if isinstance(data, tuple) else found
