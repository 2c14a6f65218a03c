"""The one enumeration of what a model holds, each tensor under a name that says where it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autograd_nn.engine.mode import no_grad
from autograd_nn.engine.random import Generator
from autograd_nn.engine.tensor import Tensor, as_tensor, wrap
from autograd_nn.nn.lookup import snake_case
from autograd_nn.nn.module import Module
from autograd_nn.nn.saving.errors import ModelFileError
from autograd_nn.nn.variable import Carried
from autograd_nn.nn.weights import Weighted

OPTIMIZER, RANDOM, OWN = "@optimizer/", "@random/", "@own/"


def weights(model: Weighted) -> dict[str, Tensor]:
    """A model's weights by the names of the layers they are in, each once.

    The names are the same in every model that is made alike, whatever else was made before.

    >>> from autograd_nn import nn
    >>> list(weights(nn.Sequential([nn.Input((2,)), nn.Dense(3), nn.Dense(1)])))
    ['dense/kernel', 'dense/bias', 'dense_1/kernel', 'dense_1/bias']
    """
    found: dict[str, Tensor] = {}
    names: dict[int, str] = {}
    for where, layer in _layers(model):
        for v in layer._own_weights:
            if id(v) not in names:
                names[id(v)] = free(f"{where}{v._name}", found)
                found[names[id(v)]] = v
    return found


def carry(model: Weighted, found: Mapping[str, np.ndarray]) -> None:
    """Layers that keep states from batch to batch have them where a file has."""
    held = weights(model)
    more = [name for name in found if not name.startswith("@") and name not in held]
    n = np.shape(found[more[0]])[:1] if more else ()
    for _, layer in _layers(model) if n else ():
        if hasattr(layer, "carry"):
            layer.carry(*n)


def generators(model: Weighted) -> dict[str, Tensor]:
    """The states of the streams of random numbers that layers draw from."""
    found: dict[str, Tensor] = {}
    for where, layer in _layers(model):
        for generator in layer._holds(Generator) if isinstance(layer, Module) else ():
            name = getattr(generator, "name", "generator")
            found[free(f"{RANDOM}{where}{name}", found)] = generator.state
    return found


def stores(model: Weighted) -> dict[str, np.ndarray]:
    """What layers whose classes say so themselves put into files."""
    found: dict[str, np.ndarray] = {}
    for where, layer in _layers(model):
        if layer._stores_by_itself:
            store: dict[str, Any] = {}
            layer.save_own_variables(store)
            found |= {f"{OWN}{where}@{name}": np.asarray(a) for name, a in store.items()}
    return found


def told(model: Weighted, found: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights of layers that take what `stores` gave, by name; they take the rest of it."""
    arrays: dict[str, np.ndarray] = {}
    own = {id(v): name for name, v in weights(model).items()}
    for where, layer in _layers(model):
        start = f"{OWN}{where}@"
        store = {n.removeprefix(start): found[n] for n in found if n.startswith(start)}
        if store and layer._stores_by_itself:
            arrays |= taken(layer, store, own)
    return arrays


def taken(
    layer: Weighted, store: Mapping[str, np.ndarray], own: Mapping[int, str]
) -> dict[str, np.ndarray]:
    """The weights that a layer takes out of a store, by name; it has those of before still.

    own   weights' names, by their id.
    """
    before = [(v, v.array.copy()) for v in layer._own_weights]
    with no_grad():
        try:
            layer.load_own_variables(store)
            return {own[id(v)]: v.array.copy() for v, _ in before}
        finally:
            for v, array in before:
                v.assign(wrap(array))


def optimizer(model: Any) -> dict[str, Tensor]:
    """What the optimizer remembers; nothing before the first step."""
    own = getattr(model, "optimizer", None) if getattr(model, "compiled", False) else None
    held = [] if own is None or not own.built else own.variables
    return {f"{OPTIMIZER}{i}": v for i, v in enumerate(held)}


def _layers(model: Weighted) -> Iterator[tuple[str, Weighted]]:
    """Each layer once, as `_flattened` lists them, and the names above it."""
    seen: set[int] = set()
    waiting: list[tuple[str, Weighted]] = [("", model)]
    while waiting:
        where, layer = waiting.pop()
        if id(layer) not in seen:
            seen.add(id(layer))
            yield where, layer
            inside = layer._sublayers()
            places = zip(_called(inside), inside, strict=True)
            waiting += reversed([(f"{where}{name}/", s) for name, s in places])


def _called(layers: list[Weighted]) -> list[str]:
    """The layers' names; those that were given none are called by class, counted among these.

    >>> from autograd_nn import nn
    >>> _called([nn.Dense(2), nn.Dense(3, name="last"), nn.Dense(2, name="dense_7")])
    ['dense', 'last', 'dense_1']
    """
    found: dict[str, None] = {}
    last: dict[str, int] = {}
    for layer in layers:
        own, kind = layer.name, snake_case(type(layer).__name__)
        made = own == kind or own.removeprefix(f"{kind}_").isdecimal()
        found[free(kind if made else own, found, last)] = None
    return list(found)


def free(name: str, taken: Mapping[str, Any], last: dict[str, int] | None = None) -> str:
    """The name, with a number behind it where another tensor has it already.

    last   the numbers given last, by name, so that none is tried again where many share a name.
    """
    i = last.get(name, 0) if last else 0
    found = f"{name}_{i}" if i else name
    while found in taken:
        i += 1
        found = f"{name}_{i}"
    if last is not None:
        last[name] = i
    return found


def expected(model: Any, found: Mapping[str, Any]) -> dict[str, Tensor]:
    """The weights that others' files are to have; what batches carry on, only where one has it.

    Of batches of another size it has none that these could go on with.
    """
    return {
        k: v for k, v in weights(model).items()
        if not isinstance(v, Carried) or (k in found and np.shape(found[k]) == v.shape)
    }  # fmt: skip


def fitting(
    held: Mapping[str, Tensor], arrays: Mapping[str, Any], path: str
) -> dict[str, np.ndarray]:
    """The contents that a file has of tensors.

    Raises ModelFileError where one is missing or does not fit.
    """
    lost = [name for name in held if name not in arrays]
    if lost:
        raise ModelFileError(
            f"{path} holds no {lost[0]!r}, which the model has; expected one array for each of its "
            f"{len(held)} tensors. Make the model as the one that was saved."
        )
    new = {name: np.asarray(arrays[name]) for name in held}
    for name, array in new.items():
        if array.shape != held[name].shape:
            raise ModelFileError(
                f"{path} holds {name!r} of shape {array.shape}; expected {held[name].shape}. Make "
                "the model as the one that was saved."
            )
    return new


def assign(held: Mapping[str, Tensor], arrays: Mapping[str, Any], path: str) -> None:
    """Gives tensors the contents that a file has of them, all or none; arrays become theirs.

    Raises ModelFileError where one is missing or does not fit; then nothing is changed.
    """
    put(held, fitting(held, arrays, path))


def put(held: Mapping[str, Tensor], new: Mapping[str, np.ndarray]) -> None:
    """Gives tensors their contents, cast to what they hold; arrays of nobody else's are not copied.
    """
    with no_grad():
        for name, array in new.items():
            array = array.astype(held[name].dtype, copy=False)
            alone = array.flags.owndata and array.flags.writeable
            held[name].assign(wrap(array) if alone else as_tensor(array))
