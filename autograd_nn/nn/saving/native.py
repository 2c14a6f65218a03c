"""The library's own format: arrays as safetensors hold them, what they mean beside them as text.

Any reader of safetensors finds the weights in it, by the names of their layers. Nothing in it is
run or imported: classes are found by name among those that are known.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_nn.nn.saving import state, tensors
from autograd_nn.nn.saving.errors import ModelFileError
from autograd_nn.nn.saving.models import made, names, plan, rename, said
from autograd_nn.nn.saving.strict import parsed
from autograd_nn.nn.saving.tensors import Tensors

Path = str | os.PathLike[str]


def save(model: Any, path: Path, include_optimizer: bool = True) -> None:
    """Writes a model: what it is made of again, how it is trained, its weights and the rest."""
    told = texts(model)
    held = {**state.weights(model), **state.generators(model)}
    if include_optimizer and "compile" in told:
        held |= state.optimizer(model)
    arrays = {name: t.array for name, t in held.items()}
    tensors.write(path, arrays | state.stores(model), told)


def texts(model: Any) -> dict[str, str]:
    """What a model is made of again, and how it is trained, where that can be said."""
    config, told = said(model)
    found = {"model": json.dumps(config)}
    if known := names(model):
        found["data"] = json.dumps(known)
    return found if told is None else found | {"compile": json.dumps(told)}


def save_weights(model: Any, path: Path) -> None:
    """Writes the weights alone, by the names of their layers."""
    arrays = {name: t.array for name, t in state.weights(model).items()}
    tensors.write(path, arrays | state.stores(model), {})


def weights(model: Any) -> dict[str, np.ndarray]:
    """Copies of the weights, all of one moment."""
    with model._turns.step.lock:
        return {name: t.array.copy() for name, t in state.weights(model).items()}


def load(path: Path, custom_objects: Mapping[str, Any] | None, compile: bool) -> Any:
    """The model a file holds; raises ModelFileError where it holds none, or a damaged one."""
    with Tensors(path) as found:
        if "model" not in found.said:
            raise ModelFileError(
                f"{found.path} holds arrays, and no model; expected a file that model.save wrote. "
                "Make the model, and call model.load_weights(path)."
            )
        config = parsed(found.said["model"], found.path, "its configuration", infinite=True)
        told = found.said.get("compile") or "null" if compile else "null"
        compiled = parsed(told, found.path, "what compile was told", infinite=True)
        known = parsed(found.said.get("data") or "{}", found.path, "what its data are")
        with made(config, custom_objects, found.path, found.nbytes) as model:
            rename(model, known, found.path)
            state.carry(model, found)
            held, own = state.weights(model) | state.generators(model), state.told(model, found)
            rest = {name: t for name, t in held.items() if name not in own}
            state.put(held, state.fitting(rest, found, found.path) | own)
            plan(model, compiled, custom_objects, found.path, lambda _: _remember(model, found))
    return model


def _remember(model: Any, found: Tensors) -> None:
    """Gives the optimizer what it remembered, where that was saved."""
    if any(name.startswith(state.OPTIMIZER) for name in found):
        state.assign(state.optimizer(model), found, found.path)


def load_weights(model: Any, path: Path, by_name: bool = False) -> dict[str, np.ndarray]:
    """The weights a file holds, by name."""
    with Tensors(path) as found:
        state.carry(model, found)
        own = state.told(model, found)
        return {name: found[name] for name in state.weights(model) if name in found} | own
