"""Plain data of any depth as what JSON can say, its arrays set aside by name, and back again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from autograd_nn.engine.halves import kind_of
from autograd_nn.engine.random import Generator
from autograd_nn.engine.tensor import Tensor

LONG = 16  # numbers in a list from which on they are an array in the file


class NotPlain(TypeError):
    """Something that is no data: a file, a function, an object of any other class."""


def packed(value: Any, aside: dict[str, np.ndarray], name: str) -> Any:
    """A value as JSON has it; arrays, and long lists of numbers, go ``aside`` under numbered names.

    Raises NotPlain for anything but None, numbers, text, arrays, tensors, generators, and lists,
    tuples, sets and dicts of them.

    >>> aside = {}
    >>> told = packed({"best": 0.5, "weights": [np.ones(2)], 3: (1, 2)}, aside, "@a/")
    >>> unpacked(told, aside)
    {'best': 0.5, 'weights': [array([1., 1.])], 3: (1, 2)}
    """
    if value is None or type(value) in (bool, int, float, str):
        return value

    def put(array: np.ndarray, kind: str) -> dict[str, Any]:
        if kind_of(array.dtype) not in "biuf":
            raise NotPlain(f"an array of {array.dtype}")
        key = f"{name}{len(aside)}"
        aside[key] = np.array(array)
        return {"__array__": key, "kind": kind}

    if isinstance(value, Generator):
        return put(value.state.array, "array") | {"spawned": value.spawned}
    if isinstance(value, Tensor):
        return put(value.array, "array")
    if isinstance(value, np.ndarray | np.generic):
        return put(np.asarray(value), "array" if isinstance(value, np.ndarray) else "scalar")
    if isinstance(value, list):
        if len(value) >= LONG and {type(v) for v in value} == {float}:
            return put(np.array(value), "list")
        return [packed(v, aside, name) for v in value]
    if isinstance(value, tuple | set | frozenset):
        kind = "tuple" if isinstance(value, tuple) else "set"
        return {f"__{kind}__": [packed(v, aside, name) for v in value]}
    if isinstance(value, dict):
        if all(type(k) is str and not k.startswith("__") for k in value):
            return {k: packed(v, aside, name) for k, v in value.items()}
        pairs = [[packed(k, aside, name), packed(v, aside, name)] for k, v in value.items()]
        return {"__pairs__": pairs}
    raise NotPlain(type(value).__name__)


def unpacked(told: Any, aside: Mapping[str, np.ndarray]) -> Any:
    """The value that `packed` was given; of a generator, its state and how many it spawned.

    Raises KeyError, TypeError or ValueError for what `packed` never said.
    """
    if isinstance(told, list):
        return [unpacked(v, aside) for v in told]
    if not isinstance(told, dict):
        return told
    if "__array__" in told:
        array = aside[told["__array__"]]
        if "spawned" in told:
            return array, int(told["spawned"])
        kinds = {"array": lambda: array, "scalar": lambda: array[()], "list": array.tolist}
        return kinds[told["kind"]]()
    if "__pairs__" in told:
        return {unpacked(k, aside): unpacked(v, aside) for k, v in told["__pairs__"]}
    for kind in (tuple, set):
        if f"__{kind.__name__}__" in told:
            return kind(unpacked(v, aside) for v in told[f"__{kind.__name__}__"])
    return {k: unpacked(v, aside) for k, v in told.items()}


def state(owner: Any, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """The attributes of an object that are plain data."""
    found = {}
    for name, value in vars(owner).items():
        if name not in without:
            try:
                packed(value, {}, "")
            except (NotPlain, RecursionError):
                continue
            found[name] = value
    return found


def put_back(owner: Any, told: Mapping[str, Any]) -> None:
    """Gives an object the attributes that `state` found; tensors and generators stay the same."""
    for name, value in told.items():
        now = vars(owner).get(name)
        if isinstance(now, Generator):
            array, now.spawned = value
            now.state.assign(array)
        elif isinstance(now, Tensor):
            now.assign(value)
        else:
            setattr(owner, name, value)
