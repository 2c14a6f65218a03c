"""The library's own format: arrays as safetensors hold them, what they mean beside them as text.

Any reader of safetensors finds the weights in it, by the names of their layers. Nothing in it is
run or imported: classes are found by name among those that are known.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_nn.nn.saving import state, tensors
from autograd_nn.nn.saving.errors import ModelFileError
from autograd_nn.nn.saving.objects import deserialize_keras_object, serialize_keras_object
from autograd_nn.nn.saving.room import room
from autograd_nn.nn.saving.strict import parsed
from autograd_nn.nn.saving.tensors import Tensors
from autograd_nn.nn.weights import Weighted

Path = str | os.PathLike[str]


def save(model: Any, path: Path, include_optimizer: bool = True) -> None:
    """Writes a model: what it is made of again, how it is trained, its weights and the rest."""
    _built(model)
    config = serialize_keras_object(model)
    _warn_of_lambdas(model, config)
    said = {"model": json.dumps(config)}
    held = {**state.weights(model), **state.generators(model)}
    if model.compiled:
        said["compile"] = _compiled(model)
        if said["compile"] and include_optimizer:
            held |= state.optimizer(model)
    tensors.write(path, {name: t.array for name, t in held.items()}, said)


def _built(model: Any) -> None:
    if not model.built:
        raise ValueError(
            f"model {model.name!r} was to be saved before it has weights; expected one that is "
            "built. Give its first layer an input shape, or call it on data first."
        )


def _warn_of_lambdas(model: Any, config: Any) -> None:
    """Code is in no file: whoever loads a lambda has to bring it."""
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if value == "<lambda>":
            warnings.warn(
                f"model {model.name!r} has a lambda, which no file keeps; expected a function that "
                "has a name. Write def, or load it with custom_objects={'<lambda>': function}.",
                UserWarning,
                stacklevel=5,
            )
            return
        waiting += value.values() if isinstance(value, dict) else ()
        waiting += value if isinstance(value, list | tuple) else ()


def _compiled(model: Any) -> str:
    """What compile was told; nothing, with a warning, where that has no name to be found by."""
    try:
        return json.dumps(model.get_compile_config())
    except TypeError as error:
        warnings.warn(
            f"model {model.name!r} is saved without what compile was told: {error} The loaded "
            "model has to be compiled again.",
            UserWarning,
            stacklevel=5,
        )
        return ""


def save_weights(model: Any, path: Path) -> None:
    """Writes the weights alone, by the names of their layers."""
    _built(model)
    arrays = {name: t.array for name, t in state.weights(model).items()}
    tensors.write(path, arrays, {})


def load(path: Path, custom_objects: Mapping[str, Any] | None, compile: bool) -> Any:
    """The model a file holds; raises ModelFileError where it holds none, or a damaged one."""
    with Tensors(path) as found:
        if "model" not in found.said:
            raise ModelFileError(
                f"{found.path} holds arrays, and no model; expected a file that model.save wrote. "
                "Make the model, and call model.load_weights(path)."
            )
        config = parsed(found.said["model"], found.path, "its configuration", infinite=True)
        told = found.said.get("compile") or None if compile else None
        with room(found.path, found.nbytes):
            model = deserialize_keras_object(config, custom_objects)
            if not isinstance(model, Weighted):
                raise ModelFileError(f"{found.path} describes {model!r}; expected a model.")
            state.assign(state.weights(model) | state.generators(model), found, found.path)
            if told:
                plan = parsed(told, found.path, "what compile was told", infinite=True)
                model.compile_from_config(plan, custom_objects)
                _remember(model, found)
    return model


def _remember(model: Any, found: Tensors) -> None:
    """Gives the optimizer what it remembered, where that was saved."""
    names = [name for name in found if name.startswith(state.OPTIMIZER)]
    if names:
        model.optimizer.build(model.trainable_weights)
        state.assign(state.optimizer(model), found, found.path)


def load_weights(model: Any, path: Path) -> dict[str, np.ndarray]:
    """The weights a file holds, by name."""
    with Tensors(path) as found:
        return {name: found[name] for name in state.weights(model) if name in found}
