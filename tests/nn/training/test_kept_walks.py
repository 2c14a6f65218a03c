"""Walks over a model are made once a change: what is set, put into lists or taken away is seen."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from tests.nn.peaks import peak

X, Y = np.linspace(-1, 1, 64 * 3, dtype="float32").reshape(64, 3), np.tile([0.0, 1.0], 32)


class Parts(nn.Model):
    """A model that holds its layers in every way there is."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Dense(2)
        self.listed: list[Any] = [nn.Dense(2), [nn.Dense(2)]]
        self.named: dict[str, Any] = {"a": nn.Dense(2)}
        self.extra: list[Any] = []
        self.depth: Any = 3
        self.weight = nn.Variable([1.0])
        for layer in (self.one, self.listed[0], self.listed[1][0], self.named["a"]):
            layer.build((None, 2))


def walked(model: Any) -> list[Any]:
    """The trainable weights, by a walk of a copy's: no copy has found anything yet."""
    names = {id(v): v for layer in model._flattened() for v in layer._own_weights}
    frozen = {id(v) for s in model._flattened() if not s.trainable for v in s.weights}
    return [v for k, v in names.items() if v.trainable and k not in frozen]


def built(units: int = 2) -> Any:
    layer = nn.Dense(units)
    layer.build((None, 2))
    return layer


SPARE = built()  # made before any model, so that making it is no change that tells
CHANGES: dict[str, Callable[[Any], Any]] = {
    "an attribute is set": lambda m: setattr(m, "one", SPARE),
    "an attribute is deleted": lambda m: delattr(m, "one"),
    "a number becomes a layer": lambda m: setattr(m, "depth", SPARE),
    "a layer becomes a number": lambda m: setattr(m, "one", 3),
    "an entry is replaced": lambda m: m.listed.__setitem__(0, SPARE),
    "an entry is appended": lambda m: m.listed.append(SPARE),
    "an inner list grows": lambda m: m.listed[1].append(SPARE),
    "an empty list grows": lambda m: m.extra.append(SPARE),
    "an entry goes": lambda m: m.listed.pop(0),
    "a dict's entry is set": lambda m: m.named.__setitem__("a", SPARE),
    "a dict grows": lambda m: m.named.update(b=SPARE),
    "a layer is frozen": lambda m: setattr(m.listed[1][0], "trainable", False),
    "a weight is frozen": lambda m: setattr(m.weight, "trainable", False),
    "a layer gets a weight": lambda m: m._made_weights.append(nn.Variable([2.0])),
}


def test_numbers_and_texts_change_nothing_of_what_holds_what() -> None:
    model = Parts()
    before = model._holds(nn.Layer)
    model.one.trainable, model.depth, model.one.name = False, 4, "first"
    assert model._holds(nn.Layer) is before
    assert id(model.one.kernel) not in map(id, model.trainable_weights)
    model.depth = SPARE
    assert model._holds(nn.Layer) == [*before, SPARE]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(change: Callable[[Any], Any]) -> None:
    model = Parts()
    before = model.trainable_weights
    assert [*map(id, before)] == [*map(id, model.trainable_weights)]
    change(model)
    now = model.trainable_weights
    assert {*map(id, now)} == {*map(id, walked(model))} != {*map(id, before)}


def test_what_is_found_is_the_callers_and_a_copys_is_its_own() -> None:
    model = Parts()
    model.weights.clear()
    assert len(model.weights) == 9
    twin = copy.deepcopy(model)
    assert not {*map(id, twin.weights)} & {*map(id, model.weights)}


def test_a_metric_put_into_a_list_later_counts() -> None:
    model = nn.Sequential([nn.Input((3,)), nn.Dense(1)])
    model.extra = []
    late = nn.metrics.Mean("late")
    model.compile(loss="mse", optimizer="sgd", jit_compile=False)
    model.fit(X, Y, verbose=0)
    model.extra.append(late)
    late.update_state([5.0])
    assert "late" in model.fit(X, Y, verbose=0).history
    assert late.result() == 0  # the fit has begun by resetting it


def test_what_is_many_takes_little_and_is_seen() -> None:
    """Of a list of very many words eight bytes each are kept, not forty."""
    layer = nn.Dense(2)
    layer.words = [f"w{i}" for i in range(100_000)]

    def walked() -> list[Any]:
        return layer._holds(nn.Layer)

    assert peak(walked) < 3 << 20  # a list of their ids took 4 MB, and stayed
    assert walked() == []
    layer.words[70_000] = nn.Dense(3, name="within")
    assert [s.name for s in walked()] == ["within"]
    layer.words.append("more")
    del layer.words[70_000]
    assert walked() == []
