"""Files of models of very many layers: read in time by their number, or refused before they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from autograd_nn import nn
from autograd_nn.nn.front import Front
from autograd_nn.nn.saving import ModelFileError, state, wiring
from tests.nn.files.mutations import sealed
from tests.nn.peaks import peak

SHAPE = [None, 3]
ENTRY = {"class_name": "InputLayer", "config": {"batch_shape": SHAPE, "name": "in"}}


def relu(name: str) -> dict[str, Any]:
    return {"class_name": "Activation", "config": {"activation": "relu", "name": name}}


def sequence(n: int) -> dict[str, Any]:
    layers = [ENTRY, *(relu(f"a{i}") for i in range(n))]
    return {"class_name": "Sequential", "config": {"layers": layers}}


def node(source: str, call: int = 0) -> dict[str, Any]:
    told = {"shape": SHAPE, "dtype": "float32", "keras_history": [source, call, 0]}
    return {"args": [{"class_name": "__keras_tensor__", "config": told}], "kwargs": {}}


def chain(n: int) -> dict[str, Any]:
    """Layers that are each called on the one before."""
    sources = ["in", *(f"a{i}" for i in range(n - 1))]
    layers = [
        relu(f"a{i}") | {"name": f"a{i}", "inbound_nodes": [node(source)]}
        for i, source in enumerate(sources)
    ]
    return graph(layers, [f"a{n - 1}", 0, 0])


def again(n: int) -> dict[str, Any]:
    """One layer, called on what it gave before, over and over."""
    nodes = [node("in"), *(node("a", i) for i in range(n - 1))]
    return graph([relu("a") | {"name": "a", "inbound_nodes": nodes}], ["a", n - 1, 0])


def graph(layers: list[Any], end: list[Any]) -> dict[str, Any]:
    layers = [ENTRY | {"name": "in", "inbound_nodes": []}, *layers]
    told = {"layers": layers, "input_layers": ["in", 0, 0], "output_layers": end}
    return {"class_name": "Functional", "module": "keras", "config": told}


def written(path: Path, config: Any) -> Path:
    told = {"format": "autograd_nn", "version": "1", "checksum": "0" * 8, "sums": ""}
    path.write_bytes(sealed({"__metadata__": told | {"model": json.dumps(config)}}, b""))
    return path


@pytest.mark.parametrize("make", [sequence, chain, again])
def test_a_file_of_more_layers_than_its_weights_need_is_refused(make: Any, tmp_path: Path) -> None:
    path = written(tmp_path / "a.agn", make(9000))

    def refused() -> None:
        with pytest.raises(ModelFileError, match=r"a\.agn describes a model of more layers"):
            nn.models.load_model(path)

    assert peak(refused) < (64 << 20) + path.stat().st_size
    path = written(tmp_path / "b.agn", make(1000))
    assert len(nn.models.load_model(path).layers) >= (2 if make is again else 1000)


@pytest.mark.parametrize("make", [chain, again])
def test_what_a_call_depends_on_is_not_kept_of_each(make: Any, tmp_path: Path) -> None:
    path = written(tmp_path / "a.agn", make(1500))
    assert peak(lambda: nn.models.load_model(path)) < 20 << 20  # of all pairs it would be 40 more


def test_a_layer_is_asked_once_whether_it_looks_at_values(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    x = y = nn.Input((), dtype="string")
    look = nn.layers.StringLookup(vocabulary=["a"])
    layer = nn.layers.Activation("relu")
    y = look(x)
    for _ in range(50):
        y = layer(y)
    monkeypatch.setattr("autograd_nn.nn.front._fixed", lambda f: asked.append(f) or True)
    made = nn.Model(x, y)
    front = made._layer_graph.front
    assert isinstance(front, Front) and front.last[0].function is look
    assert len(asked) == 3


@pytest.mark.parametrize("turned", [False, True])
def test_a_call_waits_until_what_it_is_given_is_there(
    turned: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In whatever order layers stand in a file, no call is looked at more than twice."""
    looked, own = [], wiring._arguments

    def counted(*given: Any) -> Any:
        looked.append(given)
        return own(*given)

    monkeypatch.setattr(wiring, "_arguments", counted)
    config = chain(200)
    layers = config["config"]["layers"]
    many = [node(f"a{i}")["args"][0] for i in range(200)]
    joined = {"name": "join", "inbound_nodes": [{"args": [many], "kwargs": {}}]}
    layers.append({"class_name": "Concatenate", "config": {"name": "join"}} | joined)
    config["config"]["output_layers"] = ["join", 0, 0]
    if turned:
        layers.reverse()
    model = nn.models.load_model(written(tmp_path / "a.agn", config))
    assert model.output_shape == (None, 600)
    assert len(looked) <= 2 * 201
    layers[:] = [each for each in layers if each["name"] != "a7"]
    with pytest.raises(ModelFileError, match="'(join|a8)' is called on what no layer gives"):
        nn.models.load_model(written(tmp_path / "a.agn", config))


def test_names_are_compared_with_all_others_at_once() -> None:
    layers = [nn.layers.ReLU(name=f"a{i}") for i in range(300)]
    asked = []

    class Named(type(layers[0])):  # type: ignore[misc]
        def __getattribute__(self, name: str) -> Any:
            if name == "name":
                asked.append(name)
            return super().__getattribute__(name)

    for layer in layers:
        layer.__class__ = Named
    nn.Sequential(layers)
    assert len(asked) < 10 * len(layers)
    with pytest.raises(ValueError, match="second layer named 'a1'"):
        nn.Sequential([*layers, nn.layers.ReLU(name="a1")])
    assert len(nn.Sequential([layers[0], layers[0]]).layers) == 2


def test_no_number_of_a_name_is_tried_again() -> None:
    asked = []

    class Taken(dict[str, None]):
        def __contains__(self, name: object) -> bool:
            asked.append(name)
            return super().__contains__(name)

    taken: Mapping[str, None] = Taken({"a_2": None})
    last: dict[str, int] = {}
    for _ in range(300):
        taken[state.free("a", taken, last)] = None  # type: ignore[index]
    assert [*taken][:4] == ["a_2", "a", "a_1", "a_3"] and "a_300" in taken
    assert len(asked) < 700
    made = [nn.layers.ReLU() for _ in range(3)]
    assert state._called(made) == ["re_lu", "re_lu_1", "re_lu_2"]


@pytest.mark.parametrize("deep", [450, 3000])  # for models, or for JSON, by Python's version
def test_models_within_models_are_refused_where_they_are_too_deep(deep: int) -> None:
    for module in ("", '"module": "keras", '):
        one = f'{{{module}"class_name": "Sequential", "config": {{"layers": ['
        text = deep * one + json.dumps(relu("a")) + deep * "]}}"
        with pytest.raises(ValueError, match=r"model_from_json received .*too deep"):
            nn.models.model_from_json(text)
