"""save and load as they are called: names, folders, formats, and what is no file."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.saving import ModelFileError, load_model

X = np.ones((2, 3), "float32")


def model(units: int = 2) -> Any:
    return nn.Sequential([nn.Input((3,)), nn.Dense(units)])


@pytest.mark.parametrize("path", [io.BytesIO(), None, 3, ["a"]])
def test_what_is_no_path_is_refused(path: Any) -> None:
    made = model()
    whole = () if hasattr(path, "write") else (made.save, load_model)
    for call in (made.save_weights, made.load_weights, *whole):
        with pytest.raises(TypeError, match="expected its path"):
            call(path)


@pytest.mark.parametrize("path", ["", "a\0b", b"a\0.keras"])
def test_what_is_no_name_is_refused(path: Any) -> None:
    made = model()
    for call in (made.save, made.save_weights, made.load_weights, load_model):
        with pytest.raises(ValueError, match="expected a file's name"):
            call(path)


@pytest.mark.parametrize("kind", [str, Path, os.fsencode])
def test_a_path_may_be_of_any_kind(kind: Any, tmp_path: Path) -> None:
    made = model()
    made.save(kind(tmp_path / "a.agn"))
    assert (load_model(kind(tmp_path / "a.agn"))(X) == made(X)).all()
    made.save_weights(kind(tmp_path / "a.npz"))
    twin = model()
    twin.load_weights(kind(tmp_path / "a.npz"))
    assert (twin(X) == made(X)).all()


@pytest.mark.parametrize("ending", ["agn", "npz", "h5", "weights.h5"])
def test_a_folder_that_is_not_there_is_named(ending: str, tmp_path: Path) -> None:
    if "h5" in ending:
        pytest.importorskip("h5py")
    with pytest.raises(FileNotFoundError, match="no folder '.*none'; make it first"):
        model().save_weights(tmp_path / "none" / f"a.{ending}")
    assert not list(tmp_path.iterdir())


def test_what_is_there_is_kept_if_so_told(tmp_path: Path) -> None:
    made, path = model(), tmp_path / "a.agn"
    path.write_bytes(b"mine")
    for call in (made.save, made.save_weights):
        with pytest.raises(FileExistsError, match="overwrite=False"):
            call(path, overwrite=False)
    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize("ending", [".agn", ".npz", ".weights.h5"])
def test_a_model_without_weights_is_neither_written_nor_read(ending: str, tmp_path: Path) -> None:
    if "h5" in ending:
        pytest.importorskip("h5py")
    path, bare = tmp_path / f"a{ending}", nn.Sequential([nn.Dense(2)])
    with pytest.raises(ValueError, match="has no weights yet"):
        bare.save_weights(path)
    assert not path.exists()
    model().save_weights(path)
    with pytest.raises(ValueError, match="has no weights yet"):
        bare.load_weights(path)


def test_an_ending_says_what_a_file_holds(tmp_path: Path) -> None:
    made = model()
    for name, call in (("a.weights.h5", made.save), ("a.npz", made.save),
                       ("a.keras", made.save_weights)):  # fmt: skip
        with pytest.raises(ValueError, match="expected another ending"):
            call(tmp_path / name)
    for name, alone in (("{epoch}.weights.h5", False), ("{epoch}.keras", True)):
        with pytest.raises(ValueError, match="expected another ending"):
            nn.callbacks.ModelCheckpoint(name, save_weights_only=alone)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ending", [".keras", ".h5", ".agn"])
def test_weights_are_taken_of_a_whole_model(ending: str, tmp_path: Path) -> None:
    if ending != ".agn":
        pytest.importorskip("h5py")
    made, twin = model(), model()
    made.save(tmp_path / f"a{ending}")
    twin.load_weights(tmp_path / f"a{ending}")
    assert (twin(X) == made(X)).all()


@pytest.mark.parametrize("told", ["h5", "keras"])
def test_older_scripts_say_the_format(told: str, tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    made, path = model(), tmp_path / "a.model"
    made.save(path, save_format=told)
    assert path.read_bytes()[:2] == (b"PK" if told == "keras" else b"\x89H")
    assert (load_model(path)(X) == made(X)).all()
    with pytest.raises(ValueError, match="save_format='tf'; expected 'h5' or 'keras'"):
        made.save(path, save_format="tf")


@pytest.mark.parametrize("raw", [b"", b"hello", b"a text that somebody wrote", b"\x93NUMPY\1\0v"])
def test_what_is_no_file_of_a_model_is_told_by_its_beginning(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.keras"
    path.write_bytes(raw)
    for call in (load_model, model().load_weights):
        with pytest.raises(ModelFileError, match=r"a\.keras begins with b"):
            call(path)


@pytest.mark.parametrize("ending", [".npz", ".weights.h5", ".h5", ".agn"])
def test_weights_alone_are_no_model(ending: str, tmp_path: Path) -> None:
    if "h5" in ending:
        pytest.importorskip("h5py")
    model().save_weights(tmp_path / f"a{ending}")
    with pytest.raises(ModelFileError, match=r"a\.[a-z5.]+ holds (weights|arrays), and no model"):
        load_model(tmp_path / f"a{ending}")


class Subclassed(nn.Model):
    def __init__(self, units: int = 3, **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        self.first, self.others = nn.Dense(units), [nn.Dense(units) for _ in range(2)]

    def call(self, x: Any) -> Any:
        for layer in (self.first, *self.others):
            x = layer(x)
        return x


@pytest.mark.parametrize("ending", [".keras", ".h5", ".agn"])
def test_a_class_of_ones_own_is_whole_in_each_format(ending: str, tmp_path: Path) -> None:
    if ending != ".agn":
        pytest.importorskip("h5py")
    made = Subclassed(2)
    made(X)
    made.save(tmp_path / f"a{ending}")
    with pytest.raises(ModelFileError, match="'Subclassed', which is not known"):
        load_model(tmp_path / f"a{ending}")
    twin = load_model(tmp_path / f"a{ending}", {"Subclassed": Subclassed})
    assert (twin(X) == made(X)).all()


def test_bytes_of_no_known_number_are_told(tmp_path: Path) -> None:
    made = model()
    weights = {f"{v.path}": np.zeros(v.shape, "V4") for v in made.weights}
    np.savez(tmp_path / "a.npz", **weights)
    with pytest.raises(ModelFileError, match="holds '|V4'; expected numbers"):
        made.load_weights(tmp_path / "a.npz")
