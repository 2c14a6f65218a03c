"""What files have been made to do elsewhere, said in each format: here they do nothing."""

from __future__ import annotations

import base64
import json
import marshal
import os
import pickle
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.saving import ModelFileError, tensors
from tests.nn.files import formats, fuzz

h5py = pytest.importorskip("h5py")
ENDINGS = (".agn", ".keras", ".h5")


@pytest.fixture(scope="module", autouse=True)
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("apart")
    with formats.server(folder):
        for ending in ENDINGS:  # what is imported late is there, then
            nn.Sequential([nn.Input((3,)), nn.Dense(2)]).save(folder / f"a{ending}")
            nn.models.load_model(folder / f"a{ending}")
        yield


def written(path: Path, config: dict[str, Any], **arrays: np.ndarray) -> Path:
    """A model's file of the format that its name says, with any configuration."""
    if path.suffix == ".agn":
        tensors.write(path, arrays, {"model": json.dumps(config)})
    elif path.suffix == ".keras":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("config.json", json.dumps(config))
            with archive.open("model.weights.npz", "w") as file:
                np.savez(file, **arrays)  # type: ignore[arg-type]
    else:
        with h5py.File(path, "w") as file:
            file.attrs["model_config"] = json.dumps(config).encode()
            file.create_group("model_weights").attrs["layer_names"] = np.zeros(0, "S1")
    return path


def chain(*layers: Any) -> dict[str, Any]:
    start = {"class_name": "InputLayer", "config": {"batch_shape": [None, 3], "name": "a"}}
    return {"class_name": "Sequential", "config": {"name": "s", "layers": [start, *layers]}}


def layer(kind: str, registered_name: str | None = None, module: str = "keras.layers",
          **config: Any) -> dict[str, Any]:  # fmt: skip
    return {"module": module, "class_name": kind, "config": config,
            "registered_name": registered_name}  # fmt: skip


def dense(**more: Any) -> dict[str, Any]:
    return layer("Dense", units=2, **more)


def function(name: str, module: str = "builtins") -> dict[str, Any]:
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


CODE = base64.b64encode(marshal.dumps(compile("print(1)", "a", "eval"))).decode()
LAMBDA = {"class_name": "__lambda__", "config": {"code": CODE, "defaults": None, "closure": None}}
HARM: dict[str, Any] = {
    "bytecode": layer("Lambda", function=LAMBDA),
    "bytecode of old": layer("Lambda", function=[CODE, None, None], function_type="lambda"),
    "bytecode as an activation": dense(activation=LAMBDA),
    "a callable as a class": layer("system", module="os", command="touch HERE"),
    "a callable as an initializer": dense(
        kernel_initializer={"module": "os", "class_name": "system", "config": {"cmd": "touch HERE"}}
    ),
    "a callable as an activation": dense(activation=function("system", "os")),
    "a callable as a function": layer("Lambda", function=function("eval")),
    "a function of ours that reads": dense(activation=function("load_model", "keras.models")),
    "one that writes": dense(kernel_regularizer=function("save_model", "keras.models")),
    "one that fetches": layer("get_file", module="keras.utils", fname="HERE", origin="file:///a"),
    "one that sets": layer("set_floatx", module="keras.config", value="float64"),
    "one that trusts": layer("enable_unsafe_deserialization", module="keras.config"),
    "a pickle within": layer("TorchModuleWrapper", module="keras.layers", module_=CODE),
    "a model elsewhere": layer("TFSMLayer", filepath="HERE"),
    "tokens elsewhere": layer("StringLookup", vocabulary="SECRET"),
    "tokens elsewhere, of numbers": layer("IntegerLookup", vocabulary="SECRET"),
    "tokens elsewhere, of texts": layer("TextVectorization", vocabulary="SECRET"),
    "tokens at an address": layer("StringLookup", vocabulary="http://localhost:9/a"),
    "two identities": layer("Dense", registered_name="theirs>Dense", units=2),
    "more than the file holds": layer("Dense", units=2**33),
    "more than can be": layer("Dense", units=2**62),
    "more than there is, drawn": layer("Embedding", input_dim=2**40, output_dim=2**20),
    "deep": layer("Activation", activation=[[[[{"class_name": "a"}]]]]),
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", HARM)
def test_nothing_comes_of_it(name: str, ending: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("1\n2\n")
    said = json.dumps(chain(HARM[name]))
    said = said.replace("HERE", str(tmp_path / "here")).replace("SECRET", str(secret))
    path = written(tmp_path / f"a{ending}", json.loads(said))
    fuzz.watching().seen.clear()
    fuzz.watching().on = True
    try:
        with pytest.raises(ModelFileError, match=f"a{ending}"):
            nn.models.load_model(path)
    finally:
        fuzz.watching().on = False
    assert [s for s in fuzz.watching().seen if s.startswith("open") and "secret" in s] == []
    assert [s for s in fuzz.watching().seen if not s.startswith(("open", "tempfile"))] == []
    assert sorted(os.listdir(tmp_path)) == [f"a{ending}", "secret"]
    assert nn.config.floatx() == "float32"


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("name", ["../../a", "/tmp/a", "a\\..\\b", "C:\\a", "x" * 3_000, "a b.ü"])
def test_names_are_no_paths(name: str, ending: str, tmp_path: Path) -> None:
    made = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
    made.layers[0].name = name
    folder = tmp_path / "a" / "b" / "c"
    folder.mkdir(parents=True)
    made.save(folder / f"a{ending}")
    twin = nn.models.load_model(folder / f"a{ending}")
    assert twin.layers[0].name == name
    assert (twin.get_weights()[0] == made.get_weights()[0]).all()
    assert [p.name for p in tmp_path.rglob("*")] == ["a", "b", "c", f"a{ending}"]


class Touches:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("ending", [".agn", ".keras", ".h5", ".weights.h5", ".npz", ".pt", ".pkl"])
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_pickles_are_not_read_whatever_they_are_called(
    protocol: int, ending: str, tmp_path: Path
) -> None:
    path, made = tmp_path / f"a{ending}", nn.Sequential([nn.Input((3,)), nn.Dense(2)])
    path.write_bytes(pickle.dumps({"w": Touches(tmp_path / "here")}, protocol))
    for read in (nn.models.load_model, made.load_weights):
        with pytest.raises(ModelFileError, match=f"a{ending}"):
            read(path)
    with zipfile.ZipFile(path, "w") as archive:  # as PyTorch keeps them
        archive.writestr("a/data.pkl", pickle.dumps(Touches(tmp_path / "here")))
    for read in (nn.models.load_model, made.load_weights):
        with pytest.raises(ModelFileError, match=f"a{ending}"):
            read(path)
    assert os.listdir(tmp_path) == [path.name]
