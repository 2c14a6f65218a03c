"""Keras 3's .keras: a zip of the configuration as JSON and the weights as HDF5; and .weights.h5."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_nn.nn.saving import state
from autograd_nn.nn.saving.durable import replacing
from autograd_nn.nn.saving.errors import damaged
from autograd_nn.nn.saving.keras import hdf5, paths
from autograd_nn.nn.saving.keras.hdf5 import VERSION, Tree
from autograd_nn.nn.saving.models import made, plan, said
from autograd_nn.nn.saving.room import SPARE
from autograd_nn.nn.saving.strict import parsed

TEXT = 16 << 20  # bytes a configuration has at most
STORES = ("model.weights.h5", "model.weights.npz")


# ---- writing -------------------------------------------------------------------------------------


def save(model: Any, path: Any, include_optimizer: bool = True) -> None:
    """Writes a model as Keras 3 reads it."""
    from datetime import UTC, datetime

    config, told = said(model)
    if told is not None:
        config["compile_config"] = told
    date = datetime.now(UTC).strftime("%Y-%m-%d@%H:%M:%S")
    members = {
        "metadata.json": json.dumps({"keras_version": VERSION, "date_saved": date}).encode(),
        "config.json": json.dumps(config).encode(),
        STORES[0]: _weights(model, include_optimizer and told is not None),
    }
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)


def save_weights(model: Any, path: Any) -> None:
    """Writes a model's weights as Keras 3 reads them."""
    raw = _weights(model, False)
    with replacing(path) as file:
        file.write(raw)


def _weights(model: Any, remembered: bool) -> bytes:
    arrays: dict[str, np.ndarray] = {}
    groups = []
    for place, held in paths.variables(model).items():
        inside = f"{place}/vars" if place else "vars"
        groups.append(inside)
        arrays |= {f"{inside}/{i}": v.array for i, v in enumerate(held)}
    if remembered and model.optimizer.built:
        held = model.optimizer.variables
        arrays |= {f"optimizer/vars/{i}": v.array for i, v in enumerate(held)}
    return hdf5.written(arrays, groups, {})


# ---- reading -------------------------------------------------------------------------------------


def load(path: Any, custom_objects: Mapping[str, Any] | None, compile: bool) -> Any:
    """The model that Keras 3 wrote."""
    name = os.fspath(path)
    size = os.path.getsize(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, name, size)
            raw = _member(archive, members, "config.json", name, TEXT)
            store = next((s for s in STORES if s in members), None)
            if store is None:
                raise damaged(name, "it holds no weights", " or ".join(STORES))
            held = _member(archive, members, store, name, size)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise damaged(name, f"it is no zip file ({str(error)[:100]})") from None
    config = parsed(raw, name, "its configuration", infinite=True)
    found = _arrays(held, store, name)
    told = config.pop("compile_config", None) if isinstance(config, dict) else None
    total = sum(a.nbytes for a in found.values())
    with made(config, custom_objects, name, total) as model:
        _assign(model, found, name)
        plan(
            model,
            told if compile else None,
            custom_objects,
            name,
            lambda o: _remember(o, found, name),
        )
    return model


def _members(archive: zipfile.ZipFile, path: str, size: int) -> dict[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    for info in archive.infolist():
        if info.filename in found:
            raise damaged(path, f"it has {info.filename!r} twice")
        found[info.filename] = info
    if sum(info.file_size for info in found.values()) > size + SPARE:
        raise damaged(path, "its members are said to be larger than the file")
    return found


def _member(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str, path: str, most: int
) -> bytes:
    """A member's bytes, of which there are no more than it was said to have."""
    if name not in members:
        raise damaged(path, f"it holds no {name}")
    info = members[name]
    if info.file_size > most + SPARE:
        raise damaged(path, f"{name} is said to have {info.file_size} bytes")
    with archive.open(info) as file:
        raw = file.read(info.file_size + 1)
    if len(raw) != info.file_size:
        raise damaged(path, f"{name} has {len(raw)} bytes", f"{info.file_size}")
    return raw


def _arrays(raw: bytes, store: str, path: str) -> dict[str, np.ndarray]:
    if store.endswith(".npz"):
        from autograd_nn.nn.saving import arrays

        return arrays.unpacked(raw, path)
    with Tree(raw, path) as tree:
        return {name: tree.read(name) for name in tree.arrays}


def load_weights(model: Any, path: Any, by_name: bool = False) -> dict[str, np.ndarray]:
    """The weights of a .weights.h5, by the names this library has for them."""
    with Tree(path, os.fspath(path)) as tree:
        if not tree.arrays or not any("/vars/" in f"/{name}" for name in tree.arrays):
            raise damaged(os.fspath(path), "it has no weights where Keras 3 has them")
        return named(model, {name: tree.read(name) for name in tree.arrays})


def named(model: Any, found: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays by the names this library has for a model's weights, from those by Keras's places."""
    own = {id(v): name for name, v in state.weights(model).items()}
    places = {
        own[id(v)]: f"{place}/vars/{i}" if place else f"vars/{i}"
        for place, held in paths.variables(model).items() for i, v in enumerate(held)
    }  # fmt: skip
    return {name: found[at] for name, at in places.items() if at in found}


def _assign(model: Any, found: Mapping[str, np.ndarray], path: str) -> None:
    state.assign(state.weights(model), named(model, found), path)


def _remember(optimizer: Any, found: Mapping[str, np.ndarray], path: str) -> None:
    held = {f"optimizer/vars/{i}": v for i, v in enumerate(optimizer.variables)}
    if any(name in found for name in held):
        state.assign(held, found, path)
