"""Keras's formats without Keras: there and back, and files as its older versions laid them out."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.saving import ModelFileError, load_model
from autograd_nn.nn.saving.keras import hdf5

h5py = pytest.importorskip("h5py")
RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(8, 3)).astype("float32"), RNG.normal(size=(8, 2)).astype("float32")


def _model() -> Any:
    a = nn.Input((3,))
    x = nn.layers.BatchNormalization()(nn.Dense(4, activation="relu")(a))
    inner = nn.Sequential([nn.Input((4,)), nn.Dense(2)], name="inner")
    return nn.Model(a, inner(x + 1.0))


def test_an_optimizer_that_made_no_step(tmp_path: Path) -> None:
    """Keras writes how many steps there were, and the rate, and loads them without a word."""
    model = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
    model.compile(nn.Adam(0.01), "mse")
    model.save(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        group = file.create_group("optimizer_weights")
        group.attrs["weight_names"] = [b"adam/iteration", b"adam/learning_rate"]
        group["adam/iteration"], group["adam/learning_rate"] = np.int64(0), np.float32(0.25)
    twin = load_model(tmp_path / "a.h5")
    assert float(twin.optimizer.learning_rate) == 0.25
    assert not any(v.numpy().any() for v in twin.optimizer.variables[2:])
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file["optimizer_weights/adam/iteration"][()] = 2  # as if it had forgotten what it learned
    with pytest.warns(UserWarning, match="begins anew"):
        twin = load_model(tmp_path / "a.h5")
    assert int(twin.optimizer.iterations) == 0


@pytest.mark.parametrize("ending", [".keras", ".h5", ".hdf5"])
def test_a_model_goes_on_where_it_was(ending: str, tmp_path: Path) -> None:
    model = nn.Sequential(
        [nn.Input((3,)), nn.Dense(4), nn.layers.BatchNormalization(), nn.Dense(2)]
    )
    model.compile(nn.Adam(0.01), "mse", metrics=["mae"], run_eagerly=True)
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / f"a{ending}")
    twin = load_model(tmp_path / f"a{ending}")
    histories = [m.fit(X, Y, verbose=0, shuffle=False).history for m in (model, twin)]
    assert histories[0] == histories[1]


@pytest.mark.parametrize("ending", [".weights.h5", ".h5", ".npz", ".agn"])
def test_weights_alone(ending: str, tmp_path: Path) -> None:
    model, twin = _model(), _model()
    model.save_weights(tmp_path / f"a{ending}")
    twin.load_weights(tmp_path / f"a{ending}")
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_layers_are_found_by_name(tmp_path: Path) -> None:
    def made(units: int) -> Any:
        return nn.Sequential([nn.Input((3,)), nn.Dense(4, name="a"), nn.Dense(units, name="b")])

    model, other = made(2), made(5)
    other.layers[1].name = "c"
    before = other.get_weights()
    model.save_weights(tmp_path / "a.h5")
    other.load_weights(tmp_path / "a.h5", by_name=True)
    np.testing.assert_array_equal(other.get_weights()[0], model.get_weights()[0])
    np.testing.assert_array_equal(other.get_weights()[2], before[2])


# ---- files of Keras 2 ----------------------------------------------------------------------------


def _dense(name: str, units: int, **more: Any) -> dict[str, Any]:
    """A layer as Keras 2.1 describes it."""
    uniform = {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}
    return {
        "class_name": "Dense",
        "config": {
            "name": name, "trainable": True, "units": units, "activation": "relu", "use_bias": True,
            "kernel_initializer": {"class_name": "VarianceScaling", "config": uniform},
            "bias_initializer": {"class_name": "Zeros", "config": {}},
            "kernel_regularizer": None, "bias_regularizer": None, "activity_regularizer": None,
            "kernel_constraint": None, "bias_constraint": None, **more,
        },
    }  # fmt: skip


def _old_file(path: Path, config: dict[str, Any], layers: dict[str, dict[str, np.ndarray]]) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = b"2.1.6"
        file.attrs["backend"] = b"tensorflow"
        file.attrs["model_config"] = json.dumps(config).encode()
        told = {
            "optimizer_config": {
                "class_name": "Adam",
                "config": {"lr": 0.01, "beta_1": 0.9, "beta_2": 0.999, "decay": 0.0,
                           "epsilon": 1e-7, "amsgrad": False},
            },
            "loss": "binary_crossentropy", "metrics": ["accuracy"], "sample_weight_mode": None,
            "loss_weights": None,
        }  # fmt: skip
        file.attrs["training_config"] = json.dumps(told).encode()
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [n.encode() for n in layers]
        for name, arrays in layers.items():
            inner = group.create_group(name)
            inner.attrs["weight_names"] = [f"{name}/{n}:0".encode() for n in arrays]
            for n, array in arrays.items():
                inner.create_dataset(f"{name}/{n}:0", data=array)
        flat = [a for arrays in layers.values() for a in arrays.values()]
        slots = [np.array(7, "int64"), *(0 * a + 1 for a in flat), *(0 * a + 2 for a in flat)]
        names = [f"training/Adam/{i}:0" for i in range(len(slots))]
        kept = file.create_group("optimizer_weights")
        kept.attrs["weight_names"] = [n.encode() for n in names]
        for n, array in zip(names, slots, strict=True):
            kept.create_dataset(n, data=array)


KERNELS = {
    "dense_1": {"kernel": RNG.normal(size=(3, 4)).astype("f4"), "bias": np.ones(4, "f4")},
    "dense_2": {"kernel": RNG.normal(size=(4, 1)).astype("f4"), "bias": np.ones(1, "f4")},
}
FIRST = _dense("dense_1", 4, batch_input_shape=[None, 3], dtype="float32")
CHAINS = {
    "2.1": [FIRST, _dense("dense_2", 1)],
    "2.3": {"name": "sequential_1", "layers": [FIRST, _dense("dense_2", 1)]},
    "tf 2.15": {
        "name": "sequential",
        "layers": [
            {"class_name": "InputLayer", "config": {"batch_input_shape": [None, 3],
             "dtype": "float32", "sparse": False, "ragged": False, "name": "dense_1_input"}},
            {"class_name": "Dense", "config": {**FIRST["config"], "dtype": {
                "class_name": "Policy", "config": {"name": "float32"}}}},
            _dense("dense_2", 1),
        ],
    },
}  # fmt: skip


def _expected() -> np.ndarray:
    one, two = KERNELS["dense_1"], KERNELS["dense_2"]
    hidden = np.maximum(X @ one["kernel"] + one["bias"], 0)
    return np.maximum(hidden @ two["kernel"] + two["bias"], 0)


@pytest.mark.parametrize("version", CHAINS)
def test_a_chain_of_keras_2(version: str, tmp_path: Path) -> None:
    path = tmp_path / "old.h5"
    _old_file(path, {"class_name": "Sequential", "config": CHAINS[version]}, KERNELS)
    model = load_model(path)
    np.testing.assert_allclose(model.predict(X, verbose=0), _expected(), rtol=1e-6)
    assert model.metrics_names == ["loss", "accuracy"]
    assert int(model.optimizer.iterations) == 7
    # slot by slot there, weight by weight here
    assert [float(v.mean()) for v in model.optimizer.variables[2:]] == [1.0, 2.0] * 4


def test_a_hard_sigmoid_of_keras_2_has_its_slope(tmp_path: Path) -> None:
    """By file and by JSON; a file of Keras 3 means Keras 3's."""
    layers = [FIRST, _dense("dense_2", 1, activation="hard_sigmoid")]
    config = {"class_name": "Sequential", "config": layers}
    _old_file(tmp_path / "old.h5", config, KERNELS)
    one, two = KERNELS["dense_1"], KERNELS["dense_2"]
    hidden = np.maximum(X @ one["kernel"] + one["bias"], 0)
    expected = np.clip(0.2 * (hidden @ two["kernel"] + two["bias"]) + 0.5, 0, 1)
    model = load_model(tmp_path / "old.h5")
    np.testing.assert_allclose(model.predict(X, verbose=0), expected, rtol=1e-6)
    model.save(tmp_path / "new.h5")
    described = nn.models.model_from_json(json.dumps(config | {"keras_version": "2.1.6"}))
    for other in load_model(tmp_path / "new.h5"), described:
        other.set_weights(model.get_weights())
        np.testing.assert_allclose(other.predict(X, verbose=0), expected, rtol=1e-6)
    today = nn.Sequential([nn.Input((3,)), nn.Dense(1, "hard_sigmoid")])
    again = nn.models.model_from_json(today.to_json())
    assert again.layers[0].activation is nn.activations.hard_sigmoid


def test_a_graph_of_keras_2(tmp_path: Path) -> None:
    def entry(layer: dict[str, Any], *sources: str) -> dict[str, Any]:
        nodes = [[[s, 0, 0, {}] for s in sources]] if sources else []
        return {**layer, "name": layer["config"]["name"], "inbound_nodes": nodes}

    start = {
        "class_name": "InputLayer",
        "config": {"batch_input_shape": [None, 3], "dtype": "float32", "sparse": False,
                   "name": "input_1"},
    }  # fmt: skip
    add = {"class_name": "Add", "config": {"name": "add_1", "trainable": True}}
    config = {
        "name": "model_1",
        "layers": [
            entry(start), entry(_dense("dense_1", 4), "input_1"),
            entry(_dense("dense_2", 1), "dense_1"), entry(add, "dense_2", "dense_2"),
        ],
        "input_layers": [["input_1", 0, 0]],
        "output_layers": [["add_1", 0, 0]],
    }  # fmt: skip
    path = tmp_path / "old.h5"
    _old_file(path, {"class_name": "Model", "config": config}, KERNELS)
    model = load_model(path, compile=False)
    np.testing.assert_allclose(model.predict(X, verbose=0), 2 * _expected(), rtol=1e-6)


# ---- files that mean harm ------------------------------------------------------------------------


def _spoilt(path: Path, change: Any) -> None:
    nn.Sequential([nn.Input((3,)), nn.Dense(2, name="d")]).save(path)
    with h5py.File(path, "r+") as file:
        group = file["model_weights/d"]
        name = group.attrs["weight_names"][0].decode()
        change(file, group, name)


def _external(file: Any, group: Any, name: str) -> None:
    del group[name]
    group[name] = h5py.ExternalLink("/etc/passwd", "/")


def _soft(file: Any, group: Any, name: str) -> None:
    del group[name]
    group[name] = h5py.SoftLink("/model_weights")


def _elsewhere(file: Any, group: Any, name: str) -> None:
    del group[name]
    group.create_dataset(name, (3, 2), "f4", external=[("/etc/passwd", 0, 24)])


def _claimed(file: Any, group: Any, name: str) -> None:
    del group[name]
    group.create_dataset(name, (2**20, 2**20), "f4")


def _packed(file: Any, group: Any, name: str) -> None:
    del group[name]
    group.create_dataset(name, data=np.zeros((3000, 3000), "f4"), compression="gzip")


def _virtual(file: Any, group: Any, name: str) -> None:
    del group[name]
    layout = h5py.VirtualLayout((3, 2), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (3, 2))
    group.create_virtual_dataset(name, layout)


def _circle(file: Any, group: Any, name: str) -> None:
    group["again"] = file["model_weights"]


def _text(file: Any, group: Any, name: str) -> None:
    del group[name]
    group.create_dataset(name, data=np.array([b"code"]))


@pytest.mark.parametrize(
    "change", [_external, _soft, _elsewhere, _claimed, _packed, _virtual, _circle, _text]
)
def test_what_points_elsewhere_or_lies_about_its_size_is_refused(
    change: Any, tmp_path: Path
) -> None:
    path = tmp_path / "a.h5"
    _spoilt(path, change)
    with pytest.raises(ModelFileError, match="a.h5"):
        load_model(path)


def _zip(path: Path, members: list[tuple[str, bytes]], packed: bool = False) -> None:
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, raw in members:
            archive.writestr(name, raw)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "members",
    [
        [],
        [("config.json", b"{}")],
        [("config.json", b"{}"), ("config.json", b"{}"), ("model.weights.h5", b"")],
        [("config.json", b"[" * 100_000), ("model.weights.h5", b"x")],
        [("config.json", b'{"a": 1}'), ("model.weights.h5", b"\x89HDF\r\n\x1a\n")],
        [("../../config.json", b"{}"), ("model.weights.h5", b"")],
        [("config.json", b'{"a": 1}'), ("model.weights.npz", b"PK\x03\x04")],
    ],
    ids=["empty", "no weights", "twice", "deep", "no HDF5", "traversal", "no npz"],
)
def test_zips_that_are_none_of_keras(members: list[tuple[str, bytes]], tmp_path: Path) -> None:
    path = tmp_path / "a.keras"
    _zip(path, members)
    with pytest.raises(ModelFileError, match="a.keras"):
        load_model(path)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.keras"
    _zip(path, [("config.json", b" " * 50_000_000), ("model.weights.h5", b"")], packed=True)
    assert path.stat().st_size < 100_000
    with pytest.raises(ModelFileError, match="50000000 bytes; expected at most"):
        load_model(path)


def test_numpy_objects_are_not_unpickled(tmp_path: Path) -> None:
    class Touch:
        def __reduce__(self) -> Any:
            return (open, (str(tmp_path / "touched"), "w"))

    model = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
    buffer = io.BytesIO()
    np.savez(buffer, **{"dense/kernel": np.array([Touch()], object)})
    (tmp_path / "a.npz").write_bytes(buffer.getvalue())
    with pytest.raises(ModelFileError, match="holds object"):
        model.load_weights(tmp_path / "a.npz")
    assert not (tmp_path / "touched").exists()


def test_without_h5py_the_error_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r"pip install 'autograd-nn\[hdf5\]'"):
        nn.Sequential([nn.Input((3,)), nn.Dense(2)]).save(tmp_path / "a.keras")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("version", "warns"), [("2.1.6", True), ("1.2.2", True), ("2.3.1", False), ("2.2.4-tf", False)]
)
def test_weights_of_recurrent_layers_do_not_say_their_gates(
    tmp_path: Path, version: str, warns: bool
) -> None:
    def made(gate: str) -> nn.Sequential:
        recurrent = nn.layers.LSTM(2, recurrent_activation=gate, name="memory")
        return nn.Sequential([nn.Input((3, 2)), recurrent, nn.Dense(1)])

    path = tmp_path / "weights.h5"
    model = made("sigmoid")
    model.save_weights(path)
    with h5py.File(path, "r+") as file:
        file.attrs["keras_version"] = version.encode()
    made("hard_sigmoid_of_keras_2").load_weights(path)
    if warns:
        with pytest.warns(UserWarning, match=f"Keras {version}.*'memory' here has 'sigmoid'"):
            model.load_weights(path)
    else:
        model.load_weights(path)


def test_a_file_of_very_many_arrays_is_read(tmp_path: Path) -> None:
    """None stays open while the others are read: the library takes 10 KB for each that is."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        for i in range(4000):
            group = file.create_group(f"layers/{i}/vars")
            group.create_dataset("0", data=np.full((2, i % 3), i, np.float32))
            group.attrs["name"] = f"v{i}"
    with hdf5.Tree(path, "a.h5") as tree:
        assert len(tree.arrays) == 4000
        for i in (0, 1, 3998, 3999):
            assert (tree.read(f"layers/{i}/vars/0") == np.full((2, i % 3), i)).all()
            assert tree.text("name", f"layers/{i}/vars") == f"v{i}"
