"""Models in folders and in files that are open; weights of which some are left out."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.saving import ModelFileError, load_model

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")


def trained() -> Any:
    words = nn.layers.StringLookup(vocabulary=["a", "b"])
    model = nn.Sequential([nn.Input((3,)), nn.Dense(4, activation="tanh"), nn.Dense(1)])
    model.words = words
    model.compile("adam", "mse")
    model.fit(X, X[:, :1], epochs=2, verbose=0)
    return model


def goes_on(model: Any, twin: Any) -> None:
    np.testing.assert_array_equal(model.predict(X, verbose=0), twin.predict(X, verbose=0))
    for made in (model, twin):
        made.fit(X, X[:, :1], verbose=0, shuffle=False)
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_a_model_in_a_folder(tmp_path: Path) -> None:
    model, place = trained(), tmp_path / "kept" / "model"
    model.save(place, zipped=False)
    assert {"config.json", "metadata.json", "model.weights.h5"} <= {f.name for f in place.iterdir()}
    (place / "unrelated.bin").write_bytes(b"x" * 100)
    goes_on(model, load_model(place))
    model.save(place, zipped=False)  # again, over what is there
    goes_on(model, load_model(str(place)))
    with pytest.raises(FileExistsError, match="overwrite"):
        model.save(place, overwrite=False, zipped=False)
    with pytest.raises(ValueError, match="should not end in"):
        model.save(tmp_path / "model.keras", zipped=False)
    (place / "model.weights.h5").unlink()
    with pytest.raises(ModelFileError, match="lacks"):
        load_model(place)


def test_a_model_in_an_open_file(tmp_path: Path) -> None:
    model, held = trained(), io.BytesIO()
    model.save(held)
    held.seek(0)
    goes_on(model, load_model(held))
    with open(tmp_path / "model.keras", "wb") as file:
        model.save(file)
    with open(tmp_path / "model.keras", "rb") as file:
        goes_on(model, load_model(file))
    with pytest.raises(ModelFileError):
        load_model(io.BytesIO(b"nothing of the kind"))


@pytest.mark.parametrize("left_out", [True, False])
def test_weights_of_some_layers_are_left_out(left_out: bool, tmp_path: Path) -> None:
    model, twin = trained(), trained()
    before = [w.copy() for w in twin.get_weights()]
    for v in model.weights:
        v.assign(v.numpy() + 1)
    path = tmp_path / "w.weights.h5"
    model.save_weights(path, objects_to_skip=[model.layers[0]] if left_out else None)
    if left_out:
        with pytest.raises(ModelFileError, match="holds no"):
            twin.load_weights(path)
    twin.load_weights(path, objects_to_skip=[twin.layers[0]])
    for i, (found, old, new) in enumerate(
        zip(twin.get_weights(), before, model.get_weights(), strict=True)
    ):
        np.testing.assert_array_equal(found, old if i < 2 else new)
    with pytest.raises(ValueError, match="ends in .weights.h5"):
        model.save_weights(tmp_path / "w.npz", objects_to_skip=[model.layers[0]])
