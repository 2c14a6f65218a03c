"""Configurations of Keras 1 and 2, and of tf.keras, in the layout of Keras 3."""

from __future__ import annotations

import warnings
from typing import Any

from autograd_nn.nn import registry
from autograd_nn.nn.activations import sigmoid
from autograd_nn.nn.lookup import snake_case
from autograd_nn.nn.saving.errors import ModelFileError

# what older versions say of how a layer is computed, and nothing here depends on
_GONE = {
    "implementation", "consume_less", "time_major", "virtual_batch_size", "renorm", "fused",
    "adjustment", "experimental_autocast", "synchronized", "is_legacy_optimizer", "input_dtype",
    "ragged", "sparse", "batch_input_shape", "cpu_merge", "jit_compile", "unroll", "type_spec",
}  # fmt: skip
_MEANT = {"renorm", "virtual_batch_size", "time_major", "ragged", "sparse"}  # unless it is off
_CLASSES = {
    "Model": "Functional", "Convolution1D": "Conv1D", "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D", "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization", "LSTMV2": "LSTM", "GRUV2": "GRU",
    "LSTMV1": "LSTM", "GRUV1": "GRU", "CuDNNLSTM": "LSTM", "CuDNNGRU": "GRU",
    "GroupedQueryAttention": "GroupQueryAttention",
}  # fmt: skip


def meant(config: Any, version: str | None) -> Any:
    """A configuration in which functions are named that mean what they meant in that version.

    >>> meant({"activation": "hard_sigmoid"}, "2.1.6")
    {'activation': 'hard_sigmoid_of_keras_2'}
    """
    if version is None or not version.startswith(("0.", "1.", "2.")):
        return config
    if isinstance(config, list):
        return [meant(v, version) for v in config]
    if not isinstance(config, dict):
        return config
    found = {k: meant(v, version) for k, v in config.items()}
    for name, value in found.items():
        if name.endswith("activation") and value == "hard_sigmoid":
            found[name] = "hard_sigmoid_of_keras_2"
    return found


def warn_of_gates(model: Any, version: str | None, path: str) -> None:
    """Says where recurrent layers may compute otherwise than those whose weights a file has.

    Up to Keras 2.2 their gates had a hard sigmoid where no recurrent_activation was told. Weights
    alone do not say which it was, and fit both.
    """
    parts = (version or "").split(".")
    if not (parts[0] in ("0", "1") or parts[0] == "2" and parts[1:2] and parts[1] in "012"):
        return
    if "-tf" in (version or ""):  # in which TensorFlow had both
        return
    gated = [
        layer.name for layer in model._flattened()
        if hasattr(layer, "cell") and getattr(layer, "recurrent_activation", None) is sigmoid
    ]  # fmt: skip
    if gated:
        warnings.warn(
            f"{path} was written by Keras {version}, whose LSTM and GRU had a hard sigmoid where "
            f"no recurrent_activation was told; {', '.join(map(repr, gated))} here "
            f"{'has' if len(gated) == 1 else 'have'} 'sigmoid'. If none was told then, pass "
            "recurrent_activation='hard_sigmoid_of_keras_2'.",
            UserWarning,
            stacklevel=5,
        )


def modern(node: Any, path: str) -> Any:
    """A layer or model, {"class_name", "config"}, as Keras 3 would have written it.

    >>> modern({"class_name": "Sequential", "config": []}, "a.h5")["config"]
    {'layers': []}
    """
    if not isinstance(node, dict) or not isinstance(node.get("class_name"), str):
        raise ModelFileError(f"{path} describes {str(node)[:60]!r}; expected a layer or a model.")
    if "module" in node:
        return node  # Keras 3 wrote it
    found = dict(node)
    found["class_name"] = _CLASSES.get(node["class_name"], node["class_name"])
    config = node.get("config")
    from autograd_nn.nn import ops

    if isinstance(config, list):  # a Sequential before 2.3
        config = {"layers": config}
    if not isinstance(config, dict):
        raise ModelFileError(f"{path} has no configuration of {node['class_name']!r}.")
    if "layers" in config:
        found["config"] = _model(config, path)
    else:
        found["config"] = _layer(found["class_name"], config, path)
    # else an Identity may be an initializer, an ELU a function, an Add the op
    op = "trainable" not in config and (
        found["class_name"] == "GetItem" or hasattr(ops, snake_case(found["class_name"]))
    )
    found["module"] = "keras.src.ops.numpy" if op else "keras.layers"
    return found


def _model(config: dict[str, Any], path: str) -> dict[str, Any]:
    found = {k: v for k, v in config.items() if k in ("name", "trainable")}
    layers = []
    for entry in config["layers"]:
        layer = modern(entry, path)
        if "inbound_nodes" in layer:
            layer["inbound_nodes"] = [_call(node, path) for node in layer["inbound_nodes"]]
        layers.append(layer)
    found["layers"] = layers
    for ends in ("input_layers", "output_layers"):
        if ends in config:
            found[ends] = config[ends]
    shape = config.get("build_input_shape")
    if shape is not None and "input_layers" not in config:
        found["build_input_shape"] = shape
    return found


def _call(node: Any, path: str) -> Any:
    """A call's arguments: before Keras 3 a list of [layer, call, place, arguments]."""
    if isinstance(node, dict):
        return node
    if isinstance(node, list) and node and isinstance(node[0], str):
        node = [node]
    try:
        tensors = [_tensor(*entry[:3]) for entry in node]
        kwargs = dict(node[0][3]) if tensors and len(node[0]) > 3 and node[0][3] else {}
    except (TypeError, IndexError, ValueError):
        raise ModelFileError(f"{path} says of a call {str(node)[:60]!r}; expected lists.") from None
    for name, value in kwargs.items():
        if isinstance(value, list) and len(value) >= 3 and isinstance(value[0], str):
            kwargs[name] = _tensor(*value[:3])
    if not tensors:
        return {"args": [], "kwargs": {}}
    given = [tensors[0] if len(tensors) == 1 else tensors]
    return {"args": given, "kwargs": kwargs, "told": list(kwargs)}


def _tensor(layer: str, call: int, place: int) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [layer, call, place]}}


def _layer(kind: str, config: dict[str, Any], path: str) -> dict[str, Any]:
    found = {k: v for k, v in config.items() if k not in _GONE or k in _MEANT and v}
    shape = config.get("batch_input_shape")
    if shape is not None:
        found["batch_shape" if kind == "InputLayer" else "batch_input_shape"] = shape
    if kind == "InputLayer" and config.get("input_dtype"):
        found["dtype"] = config["input_dtype"]
    dtype = found.get("dtype")
    if isinstance(dtype, dict):  # a policy
        found["dtype"] = dtype.get("config", {}).get("name", "float32")
    if isinstance(found.get("axis"), list) and len(found["axis"]) == 1:
        found["axis"] = found["axis"][0]
    for inner in ("layer", "cell", "backward_layer", "forward_layer"):
        if isinstance(found.get(inner), dict):
            found[inner] = modern(found[inner], path)
    return found


def compiled(told: Any) -> dict[str, Any]:
    """What compile was told, of a file before Keras 3's zip."""
    if not isinstance(told, dict):
        raise ModelFileError(f"received {str(told)[:60]!r} as what compile was told.")
    found = {
        name: _metrics(told.get(name)) for name in ("loss", "metrics", "weighted_metrics")
    } | {"loss_weights": told.get("loss_weights")}  # fmt: skip
    optimizer = told.get("optimizer_config")
    if isinstance(optimizer, dict):
        config = {k: v for k, v in optimizer.get("config", {}).items() if k not in _GONE}
        if "lr" in config:
            config["learning_rate"] = config.pop("lr")
        name = str(optimizer.get("class_name")).rpartition(">")[2]
        found["optimizer"] = {"class_name": name, "config": config}
    return found


def _metrics(value: Any) -> Any:
    """Losses and metrics: a function in its wrapper is named by the function."""
    if isinstance(value, list):
        inner = [_metrics(v) for v in value]
        return inner[0] if len(inner) == 1 and isinstance(inner[0], list) else inner
    if isinstance(value, dict) and "class_name" in value and isinstance(value.get("config"), dict):
        config = {k: v for k, v in value["config"].items() if k not in _GONE}
        named = config.get("fn")
        if value["class_name"] in ("MeanMetricWrapper", "LossFunctionWrapper") and named:
            return named
        return {**value, "config": config}
    if isinstance(value, dict):
        return {k: _metrics(v) for k, v in value.items()}
    return value


def spelled_out(value: Any) -> Any:
    """Losses and metrics by their whole names, for Keras 3 finds no other in these files.

    >>> spelled_out(["mse", "accuracy"])
    ['mean_squared_error', 'accuracy']
    """
    if isinstance(value, list | tuple):
        return [spelled_out(v) for v in value]
    if isinstance(value, dict):
        return value if "class_name" in value else {k: spelled_out(v) for k, v in value.items()}
    cls = registry.look_up(value, "loss") if isinstance(value, str) else None
    return value if cls is None else snake_case(cls.__name__)
