"""What Keras 3 writes in its own way: of calls, of ops, of optimizers that made no step."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.saving import ModelFileError, load_model
from autograd_nn.nn.saving.keras import hdf5
from tests.nn.files import formats

h5py = pytest.importorskip("h5py")


@pytest.fixture(scope="module", autouse=True)
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with formats.server(tmp_path_factory.mktemp("apart")):
        yield


X = np.random.default_rng(2).normal(size=(5, 3)).astype("float32")


def changed(path: Path, change: Any, **more: str) -> None:
    """A .keras file whose configuration, and arrays by place, are others; and more assets."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with hdf5.Tree(members["model.weights.h5"], str(path)) as tree:
        arrays = {name: tree.read(name) for name in tree.arrays}
    config = json.loads(members["config.json"])
    change(config, arrays)
    members["config.json"] = json.dumps(config).encode()
    members["model.weights.h5"] = hdf5.written(arrays, [], {})
    for name, text in more.items():
        members[f"assets/layers/{name}/vocabulary.txt"] = text.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)


def test_a_default_that_keras_says_of_a_call_is_not_settled(tmp_path: Path) -> None:
    """Its dropout is called with training=False in every file, and drops nonetheless."""
    path, x = tmp_path / "a.keras", nn.Input((3,))
    nn.Model(x, nn.layers.Dropout(0.5)(x)).save(path)

    def says(config: Any, arrays: Any) -> None:
        config["config"]["layers"][1]["inbound_nodes"][0]["kwargs"] = {"training": False}

    changed(path, says)
    assert (np.asarray(load_model(path)(np.ones((50, 3)), training=True)) == 0).any()


@pytest.mark.parametrize("ending", [".keras", ".h5", ".agn"])
def test_what_a_user_said_of_training_stays(ending: str, tmp_path: Path) -> None:
    path, x = tmp_path / f"a{ending}", nn.Input((3,))
    nn.Model(x, nn.layers.Dropout(0.5)(x, training=True)).save(path)
    assert (load_model(path).predict(np.ones((50, 3)), verbose=0) == 0).any()


def test_an_optimizer_that_made_no_step_has_two_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.keras"
    model = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
    model.compile(nn.Adam(0.25), "mse")
    model.save(path)

    def two(config: Any, arrays: Any) -> None:
        assert not [name for name in arrays if name.startswith("optimizer")]
        arrays["optimizer/vars/0"] = np.array(0, "int64")
        arrays["optimizer/vars/1"] = np.array(0.125, "float32")

    changed(path, two)
    assert float(load_model(path).optimizer.learning_rate) == 0.125

    def lost(config: Any, arrays: Any) -> None:
        arrays["optimizer/vars/2"] = np.zeros((3, 2), "float32")

    changed(path, lost)  # three of six are neither
    with pytest.raises(ModelFileError, match="optimizer/vars/3"):
        load_model(path)


def plain(path: Path) -> None:
    """The .h5 says no modules, as Keras's never does."""
    with h5py.File(path, "r+") as file:
        told = json.loads(file.attrs["model_config"])
        for layer in told["config"]["layers"]:
            del layer["module"], layer["registered_name"]
        file.attrs["model_config"] = json.dumps(told).encode()


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_spatial_dropout_says_what_keras_s_takes(n: int) -> None:
    made = getattr(nn.layers, f"SpatialDropout{n}D")(0.3)
    format_too = {"data_format"} if n > 1 else set()
    assert set(made.get_config()) == {"rate", "seed", "name", "dtype"} | format_too
    made.trainable = False
    assert made.get_config()["trainable"] is False


def test_layers_in_h5_are_told_from_what_else_is_called_alike(tmp_path: Path) -> None:
    path, x = tmp_path / "a.h5", nn.Input((3,))
    y = nn.layers.ELU(0.5)(nn.layers.Identity()(x))
    model = nn.Model(x, nn.layers.Add()([nn.layers.ReLU(0.4)(y), y]))
    model.save(path)
    plain(path)
    twin = load_model(path)
    np.testing.assert_allclose(twin.predict(X, verbose=0), model.predict(X, verbose=0))


def test_ops_in_h5_are_no_layers(tmp_path: Path) -> None:
    path, x = tmp_path / "a.h5", nn.Input((3,))
    nn.Model(x, nn.layers.Add(name="sum")([x, x])).save(path)
    plain(path)
    with h5py.File(path, "r+") as file:
        told = json.loads(file.attrs["model_config"])
        layer = told["config"]["layers"][1]
        layer["config"] = {"name": "sum"}  # whose call has two arguments
        layer["inbound_nodes"][0]["args"] = layer["inbound_nodes"][0]["args"][0]
        file.attrs["model_config"] = json.dumps(told).encode()
    np.testing.assert_allclose(load_model(path).predict(X, verbose=0), 2 * X, rtol=1e-6)


@pytest.mark.parametrize("ending", [".keras", ".agn"])
def test_a_layer_of_several_arguments_is_built_of_each(ending: str, tmp_path: Path) -> None:
    a, b = nn.Input((4, 6)), nn.Input((5, 7))
    model = nn.Model([a, b], nn.layers.MultiHeadAttention(2, 3)(a, b))
    told = model.layers[-1].get_build_config()
    assert told == {"shapes_dict": {"query_shape": (None, 4, 6), "value_shape": (None, 5, 7)}}
    model.save(tmp_path / f"a{ending}")
    twin = load_model(tmp_path / f"a{ending}")
    xs = [np.ones((2, 4, 6), "float32"), np.ones((2, 5, 7), "float32")]
    np.testing.assert_array_equal(twin.predict(xs, verbose=0), model.predict(xs, verbose=0))


def test_places_are_keras_s(tmp_path: Path) -> None:
    x = nn.Input((4, 6))
    y = nn.layers.MultiHeadAttention(2, 3)(x, x)
    inner = nn.Model(b := nn.Input((4, 6)), nn.layers.GroupQueryAttention(2, 4, 2)(b, b))
    nn.Model(x, inner(y)).save_weights(tmp_path / "a.weights.h5")
    with hdf5.Tree(tmp_path / "a.weights.h5", "a") as tree:
        found = {name.rpartition("/vars")[0] for name in tree.arrays}
    parts = ("query", "key", "value", "output")
    grouped = "layers/functional/layers/grouped_query_attention"
    assert found == {f"layers/multi_head_attention/{p}_dense" for p in parts} | {
        f"{grouped}/_{p}_dense" for p in parts
    }


@pytest.mark.parametrize(
    ("kind", "options", "text", "tokens", "x"),
    [
        ("StringLookup", {}, "[UNK]\na\nb b\n", ["[UNK]", "a", "b b"], ["b b", "z", "a"]),
        ("StringLookup", {"output_mode": "multi_hot"}, "[UNK]\na\nb", ["[UNK]", "a", "b"],
         ["a", "z", "b"]),
        ("IntegerLookup", {"output_mode": "one_hot"}, "-1\n12\n5", [-1, 12, 5], [5, 7, 12]),
        ("TextVectorization", {"output_mode": "tf_idf"}, "[UNK]\nc\nd", ["[UNK]", "c", "d"],
         ["d c", "c", "e"]),
        ("TextVectorization", {"output_sequence_length": 2}, "\n[UNK]\nc\nd", ["c", "d"],
         ["d c", "c", "e"]),
    ],
    ids=str,
)  # fmt: skip
def test_vocabularies_stand_beside(
    kind: str, options: Any, text: str, tokens: list[Any], x: list[Any], tmp_path: Path
) -> None:
    path, weights = tmp_path / "a.keras", {}
    if options.get("output_mode") == "tf_idf":
        weights = {"idf_weights": [0.5, 1.0, 2.0]}
    layer = getattr(nn.layers, kind)(vocabulary=tokens, **options, **weights)
    start = nn.Input((1,), dtype="int64" if kind == "IntegerLookup" else "string")
    model = nn.Sequential([start, layer, nn.layers.Rescaling(2.0)])
    model.save(path)

    def learned(config: Any, arrays: Any) -> None:
        inner = config["config"]["layers"][1]["config"]
        assert inner["vocabulary"] == tokens
        inner["vocabulary"] = inner["idf_weights"] = None
        for name, values in weights.items():
            arrays[f"layers/text_vectorization/vars/{name}"] = np.array(values, "float32")

    place = {"StringLookup": "string_lookup", "IntegerLookup": "integer_lookup"}
    changed(path, learned, **{place.get(kind, "text_vectorization"): text})
    data = np.array(x)[:, None]
    expected = model.predict(data, verbose=0)
    np.testing.assert_array_equal(load_model(path).predict(data, verbose=0), expected)
    changed(path, lambda config, arrays: None, integer_lookup="a", string_lookup="b\nb")
    if kind != "TextVectorization":  # of no vocabulary, and one that repeats a token
        with pytest.raises(ModelFileError, match=r"a\.keras"):
            load_model(path)


def test_names_too_long_for_one_piece_are_kept_in_several(tmp_path: Path) -> None:
    x = y = nn.Input((3,), name="x" * 2**15)
    for i in range(4):
        y = nn.layers.Dense(3, name=f"dense_{i}" + "y" * 2**15 * (i == 3))(y)
    model = nn.Model(x, y)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5") as file:
        pieces = [k for k in file["model_weights"].attrs if k.startswith("layer_names")]
    assert len(pieces) > 1
    again = load_model(tmp_path / "a.h5")
    np.testing.assert_array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))
