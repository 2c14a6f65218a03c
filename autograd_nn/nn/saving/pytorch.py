"""State dicts of PyTorch: weights under its names and in its layouts, read and written.

A layer's weights are a group: those of one prefix, as 'fc.weight' and 'fc.bias'. pytorch_forms.py
says for each kind of layer what is called what, and lies how.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import numpy as np

from autograd_nn.engine.errors import did_you_mean
from autograd_nn.nn.saving import state, tensors
from autograd_nn.nn.saving.errors import ModelFileError
from autograd_nn.nn.saving.models import built
from autograd_nn.nn.saving.pytorch_forms import Group, form, known
from autograd_nn.nn.saving.tensors import Tensors

_RECURRENT = re.compile(r"(?:(.*)\.)?((?:weight|bias)_[ih]h)_l(\d+)(_reverse)?")
_HEADS = re.compile(r"(?:(.*)\.)?(in_proj_weight|in_proj_bias|[qkv]_proj_weight)")


def load_state_dict(model: Any, source: Any, names: Mapping[str, str] | None = None) -> None:
    """Gives a model the weights of a PyTorch state dict, all or none.

    source   a .safetensors file of one, or the dict itself, of tensors or arrays by name.
    names    which group is which layer's, as {'features.0': 'conv'}; 'lstm.l1' is the second layer
             of 'lstm'. None: the groups one after the other, as the layers are.
    Matrices are turned, gates put in order, two biases added where one is meant. What a network
    does between its weights is the model's: ε and momenta have other defaults here, and what comes
    flattened out of a convolution is in another order unless data_format="channels_first". A file
    keeps no order but that of names; where these differ by more than their numbers, and several
    groups would fit, names are asked for. Raises ModelFileError where a group is missing, or none
    fits.

    >>> from autograd_nn import nn
    >>> model = nn.Sequential([nn.Input((2,)), nn.Dense(1)])
    >>> nn.saving.load_state_dict(model, {"fc.weight": np.array([[1.0, 2.0]]), "fc.bias": [3.0]})
    >>> model([[1.0, 1.0]]).tolist()
    [[6.0]]
    """
    built(model)
    with ExitStack() as stack:
        file = isinstance(source, str | os.PathLike)
        held = stack.enter_context(Tensors(source)) if file else source
        path = os.fspath(source) if file else "the state dict"
        groups = _groups({name: _array(held[name]) for name in held}, path)
    layers = dict(_layers(model))
    order = list(groups) if not file else sorted(groups, key=_natural)
    given = _named(layers, groups, names, path) if names else _ordered(layers, groups, order, path,
                                                                      file)  # fmt: skip
    held_by: dict[str, Any] = {}
    arrays: dict[str, np.ndarray] = {}
    for layer, group in given.items():
        for i, (variable, array) in enumerate(
            form(layers[layer]).read(layers[layer], groups[group])
        ):
            held_by[f"{layer}/{i}"], arrays[f"{layer}/{i}"] = variable, array
    state.assign(held_by, arrays, path)


def state_dict(model: Any) -> dict[str, np.ndarray]:
    """A model's weights under the names, and in the layouts, that PyTorch has for them.

    Groups are called as the layers are. Raises ValueError for a layer that PyTorch has no form of.

    >>> from autograd_nn import nn
    >>> model = nn.Sequential([nn.Input((2,)), nn.Dense(1, name="fc")])
    >>> {name: array.shape for name, array in nn.saving.state_dict(model).items()}
    {'fc.weight': (1, 2), 'fc.bias': (1,)}
    """
    built(model)
    return {
        f"{name}.{key}": np.ascontiguousarray(array)
        for name, layer in _layers(model) for key, array in form(layer).write(layer).items()
    }  # fmt: skip


def save_state_dict(model: Any, path: str | os.PathLike[str]) -> None:
    """Writes `state_dict` as .safetensors, for PyTorch to load."""
    tensors.write(path, state_dict(model), {})


def _array(value: Any) -> np.ndarray:
    return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)


def _layers(model: Any) -> Iterator[tuple[str, Any]]:
    """The layers that hold weights and that there are forms of, by names."""
    taken: dict[str, Any] = {}
    waiting = [model]
    seen: set[int] = set()
    while waiting:
        layer = waiting.pop()
        if id(layer) in seen:
            continue
        seen.add(id(layer))
        if known(layer) and layer.weights:
            name = state.free(layer.name, taken)
            taken[name] = layer
            yield name, layer
            continue
        if layer._own_weights:
            raise ValueError(
                f"received a model with the layer {layer.name!r}, a {type(layer).__name__}, whose "
                "weights PyTorch has no form of; expected others. Set them by set_weights."
            )
        waiting += reversed(layer._sublayers())


def _groups(arrays: dict[str, np.ndarray], path: str) -> dict[str, Group]:
    """Weights that belong together, by their prefix."""
    heads = {m[1] or "" for name in arrays if (m := _HEADS.fullmatch(name))}
    found: dict[str, Group] = {}
    for name, array in arrays.items():
        if m := _RECURRENT.fullmatch(name):
            group, key = f"{m[1]}.l{m[3]}" if m[1] else f"l{m[3]}", m[2] + (m[4] or "")
        else:
            group, _, key = name.rpartition(".")
            if group.rpartition(".")[2] == "out_proj" and group.rpartition(".")[0] in heads:
                group, key = group.rpartition(".")[0], f"out_proj.{key}"
        if key != "num_batches_tracked":
            found.setdefault(group, {})[key] = array
    if not found:
        raise ModelFileError(f"{path} holds no weights; expected a state dict of PyTorch.")
    return found


def _named(
    layers: dict[str, Any], groups: dict[str, Group], names: Mapping[str, str], path: str
) -> dict[str, str]:
    given = {}
    for group, layer in names.items():
        group = group if group in groups else f"{group}.l0"
        for what, name, there in (("group", group, groups), ("layer", layer, layers)):
            if name not in there:
                raise ValueError(
                    f"received names with the {what} {name!r}; expected one of "
                    f"{', '.join(list(there)[:20])}. {did_you_mean(name, list(there))}"
                )
        given[layer] = group
        if not _fits(layers[layer], groups[group]):
            raise _unfit(path, layer, layers[layer], group, groups[group])
    lost = [name for name in layers if name not in given]
    if lost:
        raise ValueError(
            f"received names without the layer {lost[0]!r}; expected a group for each of "
            f"{', '.join(layers)}."
        )
    return given


def _ordered(
    layers: dict[str, Any], groups: dict[str, Group], order: list[str], path: str, file: bool
) -> dict[str, str]:
    """Each layer's group: the next, where all fit."""
    if len(order) != len(layers):
        raise ModelFileError(
            f"{path} has the groups {', '.join(order)[:300]}; expected one for each of the layers "
            f"{', '.join(layers)[:300]}. Make the model alike, or pass names."
        )
    if file and len({re.sub(r"\d+", "0", g) for g in order}) > 1:
        return _alone(layers, groups, order, path)
    for (name, layer), group in zip(layers.items(), order, strict=True):
        if not _fits(layer, groups[group]):
            raise _unfit(path, name, layer, group, groups[group])
    return dict(zip(layers, order, strict=True))


def _alone(
    layers: dict[str, Any], groups: dict[str, Group], order: list[str], path: str
) -> dict[str, str]:
    """Each layer's group: the only one that fits, for the names tell no order."""
    given = {}
    for name, layer in layers.items():
        fit = [g for g in order if _fits(layer, groups[g])]
        if not fit:
            raise ModelFileError(
                f"{path} has no group that fits the layer {name!r} ({_shapes(layer)}); expected "
                f"one of {', '.join(order)[:300]} to. Make the model alike."
            )
        if len(fit) > 1:
            raise ModelFileError(
                f"{path} has {len(fit)} groups that fit the layer {name!r}: {', '.join(fit)}; "
                f"expected to be told which is meant. Pass names={{{fit[0]!r}: {name!r}, …}}."
            )
        given[name] = fit[0]
    return given


def _natural(name: str) -> list[Any]:
    """What sorts names by the numbers in them."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def _fits(layer: Any, group: Group) -> bool:
    try:
        return all(v.shape == a.shape for v, a in form(layer).read(layer, group))
    except (KeyError, ValueError, IndexError):
        return False


def _shapes(layer: Any) -> str:
    return ", ".join(f"{k} {a.shape}" for k, a in form(layer).write(layer).items())


def _unfit(path: str, name: str, layer: Any, group: str, held: Group) -> ModelFileError:
    shapes = ", ".join(f"{k} {a.shape}" for k, a in held.items())
    return ModelFileError(
        f"{path} has the group {group!r} ({shapes}) for the layer {name!r}, a "
        f"{type(layer).__name__}; expected {_shapes(layer)}. Make the model alike, or pass names."
    )
