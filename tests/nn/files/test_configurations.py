"""Configurations: what objects are told by is plain data, and names nothing that is not meant."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.saving import deserialize_keras_object, serialize_keras_object
from autograd_nn.nn.saving.keras import paths


def again(thing: Any, custom: Any = None) -> Any:
    told = json.loads(json.dumps(serialize_keras_object(thing)))
    return deserialize_keras_object(told, custom)


class Holding(nn.Layer):
    """A layer that tells of another one by the object itself."""

    def __init__(self, inner: Any, **options: Any) -> None:
        super().__init__(**options)
        self.inner = deserialize_keras_object(inner) if isinstance(inner, dict) else inner

    def call(self, x: Any) -> Any:
        return self.inner(x)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "inner": self.inner}


def test_objects_in_a_configuration_are_told_too() -> None:
    found = again(Holding(nn.Dense(3, activation="tanh")), {"Holding": Holding})
    assert (found.inner.units, found.inner.activation) == (3, nn.activations.tanh)


def test_slices_of_arrays() -> None:
    found = again(slice(None, np.array([0, 1]), 1))
    assert found.start is None and found.stop.tolist() == [0, 1] and found.step == 1


@pytest.mark.parametrize("layer", [nn.layers.ReLU(2.0), nn.layers.LeakyReLU(negative_slope=0.15)])
def test_a_layer_may_be_an_activation(layer: Any) -> None:
    found = again(nn.Dense(2, activation=layer)).activation
    assert type(found) is type(layer) and found.get_config() == layer.get_config()


@pytest.mark.parametrize("name", ["builtins.eval", "not.a.name", "mine>Dense", "Conv2D"])
def test_one_thing_has_one_identity(name: str) -> None:
    told = serialize_keras_object(nn.Dense(2)) | {"registered_name": name}
    with pytest.raises(ValueError, match="registered as"):
        deserialize_keras_object(told)


def test_what_is_no_configuration() -> None:
    with pytest.raises(TypeError, match="Expected 'config' to be a dict"):
        deserialize_keras_object({"class_name": "Dense", "config": [1, 2]})
    told = {"name": "a", "layers": [serialize_keras_object(nn.Dense(2)), {}]}
    with pytest.raises(ValueError, match="containing a 'config' key"):
        nn.Sequential.from_config(told)


@pytest.mark.parametrize("ending", [".agn", ".keras", ".h5"])
def test_a_model_without_weights_is_kept_without(ending: str, tmp_path: Path) -> None:
    if ending != ".agn":
        pytest.importorskip("h5py")
    model = nn.Sequential([nn.Dense(2)])
    model.compile("adam", "mse")
    with pytest.warns(UserWarning, match="it has no weights yet"):
        model.save(tmp_path / f"a{ending}")
    found = nn.models.load_model(tmp_path / f"a{ending}")
    assert found.compiled and not found.built
    found.fit(np.ones((4, 3)), np.ones((4, 2)), verbose=0)


def test_keras_is_told_what_its_classes_take(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    a = nn.Input((4,))
    inner = [nn.layers.Discretization(bin_boundaries=[0.0]), nn.Dense(2), nn.layers.Identity()]
    x = nn.layers.Pipeline(inner)(a)
    nn.Model(a, x).save(tmp_path / "a.keras")
    with zipfile.ZipFile(tmp_path / "a.keras") as archive:
        config = json.loads(archive.read("config.json"))["config"]["layers"][1]["config"]
    assert not {"trainable", "dtype"} & config.keys()
    assert "trainable" not in config["layers"][0]["config"]
    assert config["layers"][1]["config"]["trainable"]
    assert config["layers"][2]["module"] == "keras.layers"  # there are other things of this name


def test_places_of_a_subclass_are_keras_s() -> None:
    class Several(nn.Model):
        def __init__(self) -> None:
            super().__init__()
            self.zero, self.first, self.head = nn.Dense(2), [nn.Dense(3)], nn.Dense(1)

        def call(self, x: Any) -> Any:
            return self.head(self.first[0](self.zero(x)))

    found = list(paths.variables(Several()))
    assert found == ["", "first/dense", "head", "layers/dense"]  # 'layers' comes before 'zero'


def test_layers_are_in_the_order_of_outputs_names() -> None:
    a = nn.Input((3,))
    outputs = {"b": nn.Dense(1, name="of_b")(a), "a": nn.Dense(2, name="of_a")(a)}
    assert [layer.name for layer in nn.Model(a, outputs).layers[1:]] == ["of_a", "of_b"]


@pytest.mark.parametrize("layer", [nn.layers.RandomShear(0.1, 0.2),
                                   nn.layers.RandomColorDegeneration(0.3),
                                   nn.layers.RandomSaturation(0.2)])  # fmt: skip
def test_what_is_drawn_to_either_side(layer: Any) -> None:
    low, high = getattr(layer, "x_factor", None) or layer.factor
    assert low == -high
    told = layer.get_config()
    assert type(layer).from_config(told).get_config() == told
