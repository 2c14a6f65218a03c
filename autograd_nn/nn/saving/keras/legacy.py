"""Keras's .h5 of all versions: the configuration as text, the weights layer by layer in order."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_nn.nn.saving import state
from autograd_nn.nn.saving.durable import replacing
from autograd_nn.nn.saving.errors import ModelFileError
from autograd_nn.nn.saving.keras import hdf5, older
from autograd_nn.nn.saving.keras.elder_weights import as_today
from autograd_nn.nn.saving.keras.hdf5 import VERSION, Tree
from autograd_nn.nn.saving.keras.operators import by_keras_names
from autograd_nn.nn.saving.models import described, made, plan, said
from autograd_nn.nn.saving.strict import parsed
from autograd_nn.nn.variable import Variable

MOST = 64_512  # bytes of a list of names that HDF5 keeps in one piece


# ---- writing -------------------------------------------------------------------------------------


def save(model: Any, path: Any, include_optimizer: bool = True) -> None:
    """Writes a model as `keras.models.load_model` reads it from .h5."""
    config, told = said(model)
    told_by_layers = config["class_name"] in ("Functional", "Sequential")
    kept = ("class_name", "config") if told_by_layers else config  # else what it was built for, too
    about = {k: by_keras_names(config[k]) for k in kept}
    root = {"keras_version": VERSION, "backend": "numpy", "model_config": json.dumps(about)}
    arrays, names = _layers(model, "model_weights/")
    if told is not None and include_optimizer:
        root["compile_config"] = json.dumps(told)  # which Keras does not read
        told |= {k: older.spelled_out(told[k]) for k in ("loss", "metrics", "weighted_metrics")}
        optimizer = told.pop("optimizer")
        told["optimizer_config"] = {k: optimizer[k] for k in ("class_name", "config")}
        root["training_config"] = json.dumps(told)
        if model.optimizer.built:
            held = {f"{i}_{v._name}": v.array for i, v in enumerate(model.optimizer.variables)}
            arrays |= {f"optimizer_weights/{name}": array for name, array in held.items()}
            names["optimizer_weights"] = _pieces("weight_names", list(held))
    _write(path, arrays, {"/": {k: v.encode() for k, v in root.items()}, **names})


def save_weights(model: Any, path: Any) -> None:
    """Writes a model's weights as `load_weights` of Keras reads them from .h5."""
    _write(path, *_layers(model, ""))


def _layers(model: Any, under: str) -> tuple[dict[str, np.ndarray], dict[str, dict[str, Any]]]:
    arrays: dict[str, np.ndarray] = {}
    names: dict[str, dict[str, Any]] = {}
    for layer in model.layers:
        held = {f"{layer.name}/{i}_{v._name}": v.array for i, v in enumerate(_weights(layer))}
        arrays |= {f"{under}{layer.name}/{name}": array for name, array in held.items()}
        names[f"{under}{layer.name}"] = _pieces("weight_names", list(held))
    top = {f"{i}_{v._name}": v.array for i, v in enumerate(model._own_weights)}
    arrays |= {f"{under}top_level_model_weights/{name}": array for name, array in top.items()}
    names[f"{under}top_level_model_weights"] = _pieces("weight_names", list(top))
    about = {"keras_version": VERSION.encode(), "backend": b"numpy"}
    layers = _pieces("layer_names", [layer.name for layer in model.layers])
    return arrays, names | {under.rstrip("/") or "/": about | layers}


def _encoded(names: list[str]) -> np.ndarray:
    return np.array([name.encode() for name in names], "S") if names else np.zeros(0, "S1")


def _pieces(name: str, texts: list[str]) -> dict[str, Any]:
    """A list of texts, in pieces where it is too long for one."""
    whole = _encoded(texts)
    if whole.nbytes <= MOST:
        return {name: whole}
    each = max(MOST // whole.itemsize, 1)  # texts of one array take as much as the longest
    return {f"{name}{i}": whole[k : k + each] for i, k in enumerate(range(0, len(whole), each))}


def _write(path: Any, arrays: dict[str, np.ndarray], names: dict[str, dict[str, Any]]) -> None:
    raw = hdf5.written(arrays, list(names), names)
    with replacing(path) as file:
        file.write(raw)


def _weights(layer: Any) -> list[Variable]:
    """A layer's weights in the order of these files: all that are trained, then the others."""
    return sorted(layer.weights, key=lambda v: not v.trainable)


# ---- reading -------------------------------------------------------------------------------------


def load(path: Any, custom_objects: Mapping[str, Any] | None, compile: bool) -> Any:
    """The model that Keras wrote, of whatever version."""
    name = os.fspath(path)
    with Tree(path, name) as tree:
        text = tree.text("model_config")
        if text is None:
            raise ModelFileError(
                f"{name} holds weights, and no model; expected a file that model.save wrote. Make "
                "the model, and call model.load_weights(path)."
            )
        config = parsed(text, name, "its configuration", infinite=True)
        with described(name):
            config = older.modern(older.meant(config, tree.text("keras_version")), name)
        told = tree.text("training_config") if compile else None
        total = tree.arrays.nbytes
        with made(config, custom_objects, name, total) as model:
            found = _in_order(model, tree, "model_weights")
            state.assign(state.expected(model, found), found, name)
            if told is not None:
                own = tree.text("compile_config")
                plans = parsed(own or told, name, "what compile was told", infinite=True)
                with described(name):
                    plans = plans if own else older.compiled(plans)
                plan(model, plans, custom_objects, name, lambda o: _remember(o, tree))
    return model


def load_weights(model: Any, path: Any, by_name: bool = False) -> dict[str, np.ndarray]:
    """The weights of a file, by the names this library has for them: in order, or layer by name."""
    name = os.fspath(path)
    with Tree(path, name) as tree:
        under = "model_weights" if tree.texts("layer_names", "model_weights") else "/"
        version = tree.text("keras_version") or tree.text("keras_version", under)
        older.warn_of_gates(model, version, name)
        return _by_name(model, tree, under) if by_name else _in_order(model, tree, under)


def _in_order(model: Any, tree: Tree, under: str) -> dict[str, np.ndarray]:
    """The layers that have weights, one after the other."""
    own = [layer for layer in model.layers if layer.weights]
    theirs = [(n, w) for n in tree.texts("layer_names", under) if (w := _names(tree, under, n))]
    if len(own) != len(theirs):
        raise ModelFileError(
            f"{tree.path} has weights of {len(theirs)} layers; expected {len(own)}, as many as the "
            "model has. Make the model as the one that was saved, or pass by_name=True."
        )
    found: dict[str, np.ndarray] = {}
    called = {id(v): name for name, v in state.weights(model).items()}
    for layer, (name, names) in zip(own, theirs, strict=True):
        found |= _taken(layer, name, names, tree, under, called)
    top = _names(tree, under, "top_level_model_weights")
    if top:
        held = [tree.read(_joined(under, "top_level_model_weights", n)) for n in top]
        found |= {called[id(v)]: a for v, a in zip(model._own_weights, held, strict=False)}
    return found


def _by_name(model: Any, tree: Tree, under: str) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    layers = {layer.name: layer for layer in model.layers}
    called = {id(v): name for name, v in state.weights(model).items()}
    for name in tree.texts("layer_names", under):
        names = _names(tree, under, name)
        if names and name in layers:
            found |= _taken(layers[name], name, names, tree, under, called)
    return found


def _taken(
    layer: Any, name: str, names: list[str], tree: Tree, under: str, called: dict[int, str]
) -> dict[str, np.ndarray]:
    own = _weights(layer)
    version, backend = (
        tree.text(k) or tree.text(k, under) for k in ("keras_version", "backend")
    )
    held = [tree.read(_joined(under, name, n)) for n in names]
    try:
        arrays = as_today(layer, held, version, backend)
    except (IndexError, ValueError):  # arrays that no layer of then can have had
        arrays = held
    if len(own) != len(arrays):
        raise ModelFileError(
            f"{tree.path} has {len(names)} weights of its layer {name!r}; expected {len(own)}, as "
            f"many as the layer {layer.name!r} has."
        )
    for v, a in zip(own, arrays, strict=True):
        if getattr(layer, "reset_after", False) and a.ndim == 1 and v.shape == (2, len(a)):
            raise ModelFileError(
                f"{tree.path} holds one bias of its layer {name!r}; expected two, which a GRU has "
                "that resets after the product. That of Keras up to 2.3 had one: pass "
                "reset_after=False."
            )
    return {called[id(v)]: a for v, a in zip(own, arrays, strict=True)}


def _names(tree: Tree, under: str, layer: str) -> list[str]:
    return tree.texts("weight_names", _joined(under, layer))


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part != "/")


def _remember(optimizer: Any, tree: Tree) -> None:
    """Gives the optimizer its state, where it is one that is known; else it begins anew."""
    names = tree.texts("weight_names", "optimizer_weights")
    if not names:
        return
    found = [tree.read(_joined("optimizer_weights", name)) for name in names]
    held = optimizer.variables
    if len(found) == len(held) - 1 and found:  # before Keras 3 the rate was no variable
        found = [found[0], held[1].array, *_weight_by_weight(found[1:], len(optimizer.slots))]
    if len(found) == 2 and not found[0].any():  # of no step, Keras has the count and the rate alone
        held = held[:2]
    if [a.shape for a in found] != [v.shape for v in held]:
        warnings.warn(
            f"{tree.path} has a state of {optimizer.name} that is of another kind; the optimizer "
            "begins anew.",
            UserWarning,
            stacklevel=6,
        )
        return
    state.assign(dict(enumerate(held)), dict(enumerate(found)), tree.path)  # type: ignore[arg-type]


def _weight_by_weight(arrays: list[np.ndarray], weights: int) -> list[np.ndarray]:
    """Slots weight by weight, which older versions listed slot by slot."""
    if not weights or len(arrays) % weights:
        return arrays
    slots = [arrays[i : i + weights] for i in range(0, len(arrays), weights)]
    return [array for row in zip(*slots, strict=True) for array in row]
