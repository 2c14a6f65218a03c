"""Keras 3's .keras: a zip of the configuration as JSON and the weights as HDF5; and .weights.h5."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_nn.nn import npz
from autograd_nn.nn.regular import regular
from autograd_nn.nn.saving import state
from autograd_nn.nn.saving.durable import replacing
from autograd_nn.nn.saving.errors import ModelFileError, damaged
from autograd_nn.nn.saving.keras import hdf5, paths, vocabularies
from autograd_nn.nn.saving.keras.hdf5 import VERSION, Tree
from autograd_nn.nn.saving.keras.operators import by_keras_names
from autograd_nn.nn.saving.keras.vocabularies import END, START
from autograd_nn.nn.saving.models import BEYOND, described, made, names, plan, rename, said
from autograd_nn.nn.saving.room import SPARE
from autograd_nn.nn.saving.strict import parsed
from autograd_nn.nn.zips import Members, Spoilt

STORES = ("model.weights.h5", "model.weights.npz")


# ---- writing -------------------------------------------------------------------------------------


def save(model: Any, path: Any, include_optimizer: bool = True) -> None:
    """Writes a model as Keras 3 reads it."""
    from datetime import UTC, datetime

    config, told = said(model)
    metadata: dict[str, Any] = {"keras_version": VERSION}
    own: dict[str, Any] = {"data": known} if (known := names(model)) else {}
    if told is not None:
        beyond = {k: v for k, v in told.items() if k in BEYOND}  # of which Keras must not hear
        config["compile_config"] = {k: v for k, v in told.items() if k not in beyond}
        own |= {"compile": beyond} if beyond else {}
    metadata |= {"autograd_nn": own} if own else {}
    date = datetime.now(UTC).strftime("%Y-%m-%d@%H:%M:%S")
    members = {
        "metadata.json": json.dumps(metadata | {"date_saved": date}).encode(),
        "config.json": json.dumps(by_keras_names(config)).encode(),
        STORES[0]: _weights(model, include_optimizer and told is not None),
    }
    with replacing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)


def save_weights(model: Any, path: Any, without: Any = ()) -> None:
    """Writes a model's weights as Keras 3 reads them, those of some layers left out."""
    raw = _weights(model, False, without)
    with replacing(path) as file:
        file.write(raw)


def _weights(model: Any, remembered: bool, without: Any = ()) -> bytes:
    arrays: dict[str, np.ndarray] = {}
    groups = []
    left = {id(inside) for layer in without for inside in layer._flattened()}
    for place, layer in paths.layers(model).items():
        if id(layer) in left:
            continue
        inside = f"{place}/vars" if place else "vars"
        groups.append(inside)
        store: dict[str, Any] = {}
        layer.save_own_variables(store)
        arrays |= {f"{inside}/{name}": np.asarray(array) for name, array in store.items()}
    if remembered and model.optimizer.built:
        held = model.optimizer.variables
        arrays |= {f"optimizer/vars/{i}": v.array for i, v in enumerate(held)}
    return hdf5.written(arrays, groups, {})


# ---- reading -------------------------------------------------------------------------------------


def load(path: Any, custom_objects: Mapping[str, Any] | None, compile: bool) -> Any:
    """The model that Keras 3 wrote."""
    name = os.fspath(path)
    raw, about, texts, store, held = _members(name)
    config = parsed(raw, name, "its configuration", infinite=True)
    found = _arrays(held, store, name)
    with described(name):
        vocabularies.put_in(config, {k: bytes(v).decode() for k, v in texts.items()}, found)
    told = config.pop("compile_config", None) if isinstance(config, dict) else None
    metadata = parsed(about, name, "its metadata")
    if isinstance(told, dict):
        beyond = _own(metadata, "compile")
        told |= {k: v for k, v in beyond.items() if k in BEYOND}
    total = sum(a.nbytes for a in found.values())
    with made(config, custom_objects, name, total) as model:
        rename(model, _own(metadata, "data"), name)
        _assign(model, found, name)
        plan(
            model,
            told if compile else None,
            custom_objects,
            name,
            lambda o: _remember(o, found, name),
        )
    return model


def _members(name: str) -> tuple[bytes, bytes, dict[str, bytearray], str, bytearray]:
    """The configuration, what is said besides, vocabularies, and the weights with their name."""
    try:
        with open(name, "rb", opener=regular) as file:
            if file.read(4) == b"\x89HDF":
                raise ModelFileError(
                    f"{name} holds weights, and no model; expected a file that model.save wrote. "
                    "Make the model, and call model.load_weights(path)."
                )
            members = Members(file, os.fstat(file.fileno()).st_size + SPARE)
            store = next((s for s in STORES if s in members), None)
            if store is None or "config.json" not in members:
                raise damaged(name, "it lacks config.json, or weights", " or ".join(STORES))
            about = bytes(members["metadata.json"]) if "metadata.json" in members else b"{}"
            texts = {
                key.removeprefix(START).removesuffix(END): members[key]
                for key in members if key.startswith(START) and key.endswith(END)
            }  # fmt: skip
            return bytes(members["config.json"]), about, texts, store, members[store]
    except Spoilt as error:
        raise damaged(name, str(error)) from None


def _own(about: Any, what: str) -> dict[str, Any]:
    """What this library says of a model besides: what compile was told, the data's names."""
    for name in ("autograd_nn", what):
        about = about.get(name) if isinstance(about, dict) else None
    return about if isinstance(about, dict) else {}


def _arrays(raw: bytearray, store: str, path: str) -> dict[str, np.ndarray]:
    if store.endswith(".npz"):
        try:
            return npz.arrays(io.BytesIO(raw), len(raw) + SPARE)
        except Spoilt as error:
            raise damaged(path, str(error)) from None
    with Tree(raw, path) as tree:
        return {name: tree.read(name) for name in tree.arrays}


def load_weights(model: Any, path: Any, by_name: bool = False) -> dict[str, np.ndarray]:
    """The weights of a .weights.h5 or of a .keras, by the names this library has for them."""
    name = os.fspath(path)
    with open(name, "rb", opener=regular) as file:
        zipped = file.read(2) == b"PK"
    if zipped:
        *_, store, held = _members(name)
        found = _arrays(held, store, name)
    else:
        with Tree(path, name) as tree:
            found = {place: tree.read(place) for place in tree.arrays}
    if not any("/vars/" in f"/{place}" for place in found):
        raise damaged(name, "it has no weights where Keras 3 has them")
    return named(model, found)


def named(model: Any, found: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays by the names this library has for a model's weights, from those by Keras's places."""
    own = {id(v): name for name, v in state.weights(model).items()}
    arrays: dict[str, np.ndarray] = {}
    for place, layer in paths.layers(model).items():
        inside = f"{place}/vars/" if place else "vars/"
        store = {n.removeprefix(inside): found[n] for n in found if n.startswith(inside)}
        if store and layer._stores_by_itself:
            arrays |= state.taken(layer, store, own)
            continue
        held = {own[id(v)]: str(i) for i, (v, _) in enumerate(layer._merged_weights())}
        arrays |= {name: store[i] for name, i in held.items() if i in store}
        arrays |= {own[i]: a for i, a in layer._unmerged().items()}
    return arrays


def _assign(model: Any, found: Mapping[str, np.ndarray], path: str) -> None:
    arrays = named(model, found)
    state.assign(state.expected(model, arrays), arrays, path)


def _remember(optimizer: Any, found: Mapping[str, np.ndarray], path: str) -> None:
    held = {f"optimizer/vars/{i}": v for i, v in enumerate(optimizer.variables)}
    # of one that has made no step yet, Keras has the count of steps and the rate alone
    if not any(name in found for name in [*held][2:]):
        held = {name: v for name, v in held.items() if name in found}
    state.assign(held, found, path)
