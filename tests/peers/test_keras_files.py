"""Files of Keras 3: what either writes the other reads, for every layer that both have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from autograd_nn import nn  # noqa: E402  (after the skip)
from tests.nn.layers.layer_cases import CASES, Case  # noqa: E402
from tests.peers import layered_models  # noqa: E402
from tests.peers.whole_models import MODELS, data, kinds  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]

# ours alone, or another rule
BEYOND = (
    "InputLayer", "causal", "Lambda", "RMSNormalization-axis", "LocallyConnected", "RandomCrop",
    "value_dim=1", "attention_axes=2", "Equalization",  # which Keras on JAX does not compute itself
)  # fmt: skip


def _model(case: Case) -> Any:
    inputs = [nn.Input(s, dtype="int32" if case.whole else "float32") for s in case.shapes]
    return nn.Model(inputs, case.make()(inputs if isinstance(case.shape, list) else inputs[0]))


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.parametrize("name", [n for n in CASES if not any(b in n for b in BEYOND)])
def test_a_file_goes_there_and_back(name: str, ending: str, tmp_path: Path) -> None:
    if keras.backend.backend() == "torch" and "LayerNormalization-axis=1" in name:
        pytest.skip("Keras on PyTorch cannot compute it itself")
    case = CASES[name]
    model, x = _model(case), case.inputs(n=3, dtype="float32")
    trains = len(nn.tree.flatten(model.outputs)) == 1 and bool(model.trainable_weights)
    model.compile("adam", "mse", run_eagerly=True)
    y = np.ones_like(model.predict(x, verbose=0)) if trains else None
    if trains:
        model.fit(x, y, verbose=0, epochs=2)
    path, back = str(tmp_path / f"a{ending}"), str(tmp_path / f"b{ending}")
    model.save(path)
    theirs = keras.models.load_model(path)
    expected = nn.tree.flatten(model.predict(x, verbose=0))
    for a, b in zip(expected, keras.tree.flatten(theirs.predict(x, verbose=0)), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6 * max(1.0, float(np.abs(b).max())))
    try:
        theirs.save(back)
    except TypeError as error:  # of some lists in configurations it makes no .h5
        assert ending == ".h5" and "cannot pickle" in str(error)
        return
    again = nn.models.load_model(back)
    for a, b in zip(expected, nn.tree.flatten(again.predict(x, verbose=0)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7)  # native the one, op by op the other
    if trains and "rop" not in name:
        if ending == ".h5":  # from which Keras takes no optimizer's state: both begin anew
            model.compile("adam", "mse", run_eagerly=True)
        losses = [
            m.fit(x, y, verbose=0, epochs=2, shuffle=False).history["loss"] for m in (model, again)
        ]
        np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


# what no whole model has, and why
ALONE = {
    "MaxNumBoundingBoxes": "it takes dicts of boxes, and no symbols",
    "RandomCrop": "outside of training Keras leaves whole what it says to be cropped",
    **dict.fromkeys(
        ("StringLookup", "IntegerLookup", "TextVectorization", "Hashing", "HashedCrossing"),
        "Keras makes it with TensorFlow alone; stored files of it are read in other tests",
    ),
}  # fmt: skip


def test_every_layer_that_both_have_is_in_a_whole_model() -> None:
    shared = {
        cls.__name__ for name in dir(nn.layers)
        if isinstance(cls := getattr(nn.layers, name), type) and hasattr(keras.layers, name)
        and issubclass(cls, nn.Layer) and cls not in (nn.Layer, nn.layers.Wrapper)
    }  # fmt: skip
    layered_models.register(nn)
    found = set().union(*[kinds(make(nn, nn.layers)) for make, *_ in MODELS.values()])
    assert sorted(shared - found) == sorted(ALONE)
    assert len(MODELS) >= 40


@pytest.mark.parametrize("ending", [".keras", ".h5"])
@pytest.mark.parametrize("name", MODELS)
def test_whole_models_are_read_there_and_here(name: str, ending: str, tmp_path: Path) -> None:
    if name == "subclassed" and ending == ".h5":
        pytest.skip("Keras reads no .h5 of a class of one's own")
    make, x = MODELS[name][0], data(name)
    path = str(tmp_path / f"a{ending}")
    for library in (keras, nn):
        layered_models.register(library)
    for one, other in ((keras, nn), (nn, keras)):
        model = make(one, one.layers)
        model.compile("adam", "mse")
        try:
            model.save(path)
        except TypeError as error:  # of some layers within layers it makes no .h5
            assert one is keras and ending == ".h5" and "cannot pickle" in str(error)
            continue
        twin = other.models.load_model(path)
        _alike(model.predict(x, verbose=0), twin.predict(x, verbose=0))
        weights = str(tmp_path / "b.weights.h5")
        model.save_weights(weights)
        third = make(other, other.layers)
        third.load_weights(weights)
        _alike(model.predict(x, verbose=0), third.predict(x, verbose=0))


def _alike(one: Any, other: Any) -> None:
    """Predictions equal to 1e-6 of their size."""
    for a, b in zip(nn.tree.flatten(one), keras.tree.flatten(other), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6 * max(1.0, float(np.abs(b).max())))


def test_weights_alone(tmp_path: Path) -> None:
    path = str(tmp_path / "a.weights.h5")
    theirs = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4), keras.layers.Dense(2)])
    theirs.save_weights(path)
    model = nn.Sequential([nn.Input((3,)), nn.Dense(4), nn.Dense(2)])
    model.load_weights(path)
    for a, b in zip(model.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    model.save_weights(path)
    theirs.load_weights(path)


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_stateful_layers_begin_anew(ending: str, tmp_path: Path) -> None:
    path, back = str(tmp_path / f"a{ending}"), str(tmp_path / f"b{ending}")
    x = np.random.default_rng(0).normal(size=(4, 5, 3)).astype("float32")
    start = keras.Input(batch_shape=(4, 5, 3))
    theirs = keras.Sequential([start, keras.layers.LSTM(3, stateful=True)])
    theirs.save(path)
    model = nn.models.load_model(path)
    first = model.predict(x, batch_size=4, verbose=0)
    np.testing.assert_allclose(first, theirs.predict(x, batch_size=4, verbose=0), atol=1e-6)
    model.save(back)
    again = keras.models.load_model(back)
    np.testing.assert_allclose(again.predict(x, batch_size=4, verbose=0), first, atol=1e-6)
