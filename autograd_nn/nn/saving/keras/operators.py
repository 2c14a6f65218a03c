"""Configurations as Keras writes them: operators on symbols are ops called like layers."""

from __future__ import annotations

from typing import Any

_TWINS = {
    "add": "Add", "sub": "Subtract", "mul": "Multiply", "truediv": "TrueDivide", "pow": "Power",
    "floordiv": "FloorDivide", "mod": "Mod", "matmul": "Matmul", "neg": "Negative",
    "abs": "Absolute", "lt": "Less", "le": "LessEqual", "gt": "Greater", "ge": "GreaterEqual",
    "eq": "Equal", "ne": "NotEqual", "getitem": "GetItem",
}  # fmt: skip

# what Keras's classes of these names do not take
_LEFT_OUT = {
    "Pipeline": ("trainable", "activity_regularizer", "dtype"),
    "Discretization": ("trainable", "activity_regularizer"),
}


def by_keras_names(value: Any) -> Any:
    """A configuration as Keras takes it, models within it too: operators are ops of Keras's.

    >>> entry = {"class_name": "Operation", "config": {"name": "a", "function": "__mul__"}}
    >>> by_keras_names([entry])[0]["class_name"]
    'Multiply'
    """
    if isinstance(value, list | tuple):
        return [by_keras_names(v) for v in value]
    if not isinstance(value, dict):
        return value
    config = value.get("config")
    gone = _LEFT_OUT.get(value.get("class_name", ""), ())
    if gone and isinstance(config, dict):
        value = {**value, "config": {k: v for k, v in config.items() if k not in gone}}
    if value.get("class_name") != "Operation" or not isinstance(config, dict):
        return {k: by_keras_names(v) for k, v in value.items()}
    word = str(config.get("function")).strip("_")
    turned = word not in _TWINS and word.startswith("r") and word[1:] in _TWINS
    twin = _TWINS.get(word[1:] if turned else word)
    if twin is None:
        return value
    nodes = value.get("inbound_nodes", ())
    nodes = [{**n, "args": [_listed(a) for a in n["args"]][:: -1 if turned else 1]} for n in nodes]
    return {**value, "module": "keras.src.ops.numpy", "class_name": twin,
            "config": {"name": config["name"]}, "inbound_nodes": nodes}  # fmt: skip


def _listed(argument: Any) -> Any:
    """A tuple as Keras writes it."""
    marked = isinstance(argument, dict) and argument.get("class_name") == "__tuple__"
    return argument["config"]["value"] if marked else argument
