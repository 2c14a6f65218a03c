"""Models in files of our own: what was saved is what is loaded, and goes on as it would have."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.saving import ModelFileError, load_model
from tests.nn.layers.layer_cases import CASES, Case

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(24, 3)).astype("float32"), RNG.normal(size=(24, 2)).astype("float32")


@nn.saving.register_keras_serializable("files")
class Scaled(nn.Layer):
    def __init__(self, factor: float = 2.0, **options: Any) -> None:
        super().__init__(**options)
        self.factor = factor

    def build(self, input_shape: Any) -> None:
        self.shift = self.add_weight((input_shape[-1],), "uniform", name="shift")
        super().build(input_shape)

    def call(self, inputs: Any) -> Any:
        return self.factor * inputs + self.shift


@nn.saving.register_keras_serializable("files")
class Own(nn.Model):
    def __init__(self, units: int = 3, **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        self.first = nn.Dense(units)
        self.rest = [Scaled(3.0), nn.Dense(2)]

    def call(self, inputs: Any) -> Any:
        x = self.first(inputs)
        for layer in self.rest:
            x = layer(x)
        return x


def _functional() -> Any:
    a, b = nn.Input((3,), name="a"), nn.Input((3,), name="b")
    shared = nn.Dense(4, activation="tanh")
    x = nn.layers.Concatenate()([shared(a), shared(b) * 2.0])
    x = nn.layers.BatchNormalization()(nn.layers.Dropout(0.5, seed=1)(x))
    inner = nn.Sequential([nn.Input((8,)), nn.Dense(2)], name="inner")
    return nn.Model([a, b], inner(x))


MODELS = {
    "sequential": lambda: nn.Sequential(
        [nn.Input((3,)), nn.Dense(4), nn.Dropout(0.2), nn.Dense(2)]
    ),
    "functional": _functional,
    "own": Own,
    "custom layer": lambda: nn.Sequential([nn.Input((3,)), Scaled(3.0), nn.Dense(2)]),
}
OPTIMIZERS = {
    "adam": lambda: nn.Adam(0.01),
    "momentum": lambda: nn.SGD(0.1, momentum=0.9),
    "rmsprop": lambda: nn.RMSprop(nn.optimizers.schedules.ExponentialDecay(0.01, 10, 0.5)),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("name", MODELS)
def test_a_loaded_model_goes_on_as_the_saved_one(name: str, optimizer: str, tmp_path: Path) -> None:
    model = MODELS[name]()
    x = [X, X] if name == "functional" else X
    model.compile(OPTIMIZERS[optimizer](), "mse", metrics=["mae"], run_eagerly=True)
    model.fit(x, Y, verbose=0)
    nn.models.save_model(model, tmp_path / "a.agn")
    twin = load_model(tmp_path / "a.agn")
    assert type(twin) is type(model)
    np.testing.assert_array_equal(twin.predict(x, verbose=0), model.predict(x, verbose=0))
    histories = [m.fit(x, Y, verbose=0, shuffle=False, epochs=2).history for m in (model, twin)]
    assert histories[0] == histories[1]
    for a, b in zip(model.get_weights(), twin.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


LAYERS = {k: c for k, c in CASES.items() if not isinstance(c.make(), nn.layers.InputLayer)}


@pytest.mark.parametrize("case", LAYERS.values(), ids=list(LAYERS))
def test_every_layer_is_loaded_as_it_was(case: Case, tmp_path: Path) -> None:
    layer = case.make()
    inputs = [nn.Input(s, dtype="int32" if case.whole else "float32") for s in case.shapes]
    model = nn.Model(inputs, layer(inputs if isinstance(case.shape, list) else inputs[0]))
    x = case.inputs(dtype="float32")
    model.save(tmp_path / "a.agn")
    twin = load_model(tmp_path / "a.agn")
    for a, b in zip(nn.tree.flatten(model(x)), nn.tree.flatten(twin(x)), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_alone(tmp_path: Path) -> None:
    model, twin = MODELS["sequential"](), MODELS["sequential"]()
    model.save_weights(tmp_path / "w.safetensors")
    before = twin.get_weights()
    twin.load_weights(tmp_path / "w.safetensors")
    assert all((a == b).all() for a, b in zip(twin.get_weights(), model.get_weights(), strict=True))
    assert not all((a == b).all() for a, b in zip(twin.get_weights(), before, strict=True))
    with pytest.raises(ModelFileError, match="no model"):
        load_model(tmp_path / "w.safetensors")


def test_weights_that_do_not_fit_change_nothing(tmp_path: Path) -> None:
    def made(units: int) -> Any:
        return nn.Sequential([nn.Input((3,)), nn.Dense(2, name="a"), nn.Dense(units, name="b")])

    made(4).save_weights(tmp_path / "w")
    model = made(5)
    before = model.get_weights()
    with pytest.raises(ModelFileError, match=r"'b/kernel' of shape \(2, 4\); expected \(2, 5\)"):
        model.load_weights(tmp_path / "w")
    assert all((a == b).all() for a, b in zip(model.get_weights(), before, strict=True))
    with pytest.warns(UserWarning, match="stay as they are"):
        model.load_weights(tmp_path / "w", skip_mismatch=True)
    assert not (model.get_weights()[0] == before[0]).all()
    assert (model.get_weights()[2] == before[2]).all()


def test_a_lambda_is_for_the_loader_to_bring(tmp_path: Path) -> None:
    def twice(x: Any) -> Any:
        return 2 * x

    model = nn.Sequential([nn.Input((3,)), nn.layers.Lambda(lambda x: 2 * x)])
    with pytest.warns(UserWarning, match="no file keeps"):
        model.save(tmp_path / "a")
    with pytest.raises(ValueError, match="lambda"):
        load_model(tmp_path / "a")
    twin = load_model(tmp_path / "a", {"<lambda>": twice})
    assert twin(X[:1]).tolist() == (2 * X[:1]).tolist()


@pytest.mark.parametrize("ending", [".agn", ".keras", ".h5", ".weights.h5", ".npz"])
def test_states_that_go_from_batch_to_batch_are_kept(ending: str, tmp_path: Path) -> None:
    if "h5" in ending or "keras" in ending:
        pytest.importorskip("h5py")
    x = RNG.normal(size=(4, 5, 3)).astype("float32")

    def made() -> Any:
        carries = nn.layers.LSTM(3, stateful=True)
        return nn.Sequential([nn.Input(batch_shape=(4, 5, 3)), nn.Dense(2), carries])

    model, path = made(), tmp_path / f"a{ending}"
    first = model.predict(x, batch_size=4, verbose=0)
    if ending in (".weights.h5", ".npz"):
        twin = made()
        model.save_weights(path)
        twin.load_weights(path)
    else:
        model.save(path)
        twin = load_model(path)
        assert twin.to_json() == model.to_json()  # the batch's size is in it
    second = twin.predict(x, batch_size=4, verbose=0)
    kept = ending in (".agn", ".npz")  # Keras's files have no such states
    expected = model.predict(x, batch_size=4, verbose=0) if kept else first
    np.testing.assert_array_equal(second, expected)
    assert not kept or abs(second - first).max() > 1e-3
    model.load_weights(path)  # whatever has states already


def test_states_of_batches_of_another_size_are_left(tmp_path: Path) -> None:
    """As where a model is trained on batches of 8 and its weights make text, one at a time."""

    def made(n: int) -> Any:
        return nn.Sequential([nn.Input(batch_shape=(n, None, 3)), nn.GRU(4, stateful=True)])

    many, one = made(8), made(1)
    many.predict(np.ones((8, 5, 3)), batch_size=8, verbose=0)
    many.save_weights(tmp_path / "a.agn")
    one.load_weights(tmp_path / "a.agn")
    many.reset_states()
    expected = many.predict(np.ones((8, 2, 3)), batch_size=8, verbose=0)[:1]
    np.testing.assert_allclose(one.predict(np.ones((1, 2, 3)), verbose=0), expected, rtol=1e-5)


CODE = ["4wEAAAA==", None, None]


@pytest.mark.parametrize("kept", [CODE, {"class_name": "__lambda__", "config": {"code": CODE[0]}}])
def test_a_lambda_that_was_saved_as_code_is_brought_by_its_layers_name(kept: Any) -> None:
    model = nn.Sequential([nn.Input((3,)), nn.layers.Lambda(abs, name="size")])
    config = json.loads(model.to_json())
    layer = config["config"]["layers"][1]["config"]
    layer |= {"function": kept, "function_type": "lambda", "output_shape_type": "raw"}
    with pytest.raises(ValueError, match="Pass 'size': it in custom_objects"):
        nn.models.model_from_json(json.dumps(config))
    twin = nn.models.model_from_json(json.dumps(config), {"size": lambda x: 3 * x})
    np.testing.assert_array_equal(twin(X), 3 * X)


@pytest.mark.parametrize("ending", [".agn", ".keras", ".h5"])
def test_what_keras_does_not_take_is_kept(ending: str, tmp_path: Path) -> None:
    if ending != ".agn":
        pytest.importorskip("h5py")
    model = MODELS["sequential"]()
    model.compile("sgd", "mse", deterministic=True, check_finite=False)
    model.save(tmp_path / f"a{ending}")
    told = load_model(tmp_path / f"a{ending}").get_compile_config()
    assert (told["deterministic"], told["check_finite"], "check" in told) == (True, False, False)


def test_a_loss_without_a_name_is_left_out(tmp_path: Path) -> None:
    model = MODELS["sequential"]()
    model.compile("sgd", lambda y, p: ((y - p) ** 2).mean())
    with pytest.warns(UserWarning, match="compiled again"):
        model.save(tmp_path / "a")
    assert not load_model(tmp_path / "a").compiled


def test_a_model_larger_than_its_file_is_refused_before_it_is_made(tmp_path: Path) -> None:
    from autograd_nn.nn.saving import tensors

    model = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
    config = nn.saving.serialize_keras_object(model)
    config["config"]["layers"][1]["config"]["units"] = 2**40
    arrays = {"dense/kernel": np.zeros((3, 2))}
    tensors.write(tmp_path / "a", arrays, {"model": json.dumps(config)})
    with pytest.raises(ModelFileError, match="more weights than the file holds"):
        load_model(tmp_path / "a")


NAMED = {
    "a function that does something": ("autograd_nn.nn.saving.doors", "load_model"),
    "a module's import": ("autograd_nn.engine.ops.shaping", "cache"),
    "the system": ("os", "system"),
    "what is hidden": ("autograd_nn.engine.ops.shaping", "_axes"),
}


@pytest.mark.parametrize("named", NAMED.values(), ids=list(NAMED))
def test_data_name_ops_alone(named: tuple[str, str]) -> None:
    x = nn.Input((3,))
    config = json.loads(nn.Model(x, x + 1.0).to_json())
    entry = next(e for e in config["config"]["layers"] if e["class_name"] == "Operation")
    entry["module"], entry["config"]["function"] = named
    for method in (False, True):
        entry["config"]["method"] = method
        with pytest.raises(ValueError, match="expected one of autograd_nn's ops"):
            nn.models.model_from_json(json.dumps(config))


def test_loading_opens_the_file_and_imports_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.agn"
    model = _functional()
    model.compile("adam", "mse", metrics=["mae"])
    model.save(path)
    code = f"from tests.nn.files.test_native import heard_of; heard_of({str(path)!r})"
    # in a process of its own, for a hook stays
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])


def heard_of(path: str) -> None:
    load_model(path)
    seen: list[tuple[str, Any]] = []

    def hook(event: str, args: Any) -> None:
        if event in ("open", "import", "compile", "os.system", "subprocess.Popen"):
            seen.append((event, args[0]))

    sys.addaudithook(hook)
    load_model(path)
    assert set(seen) == {("open", path)}, seen


@pytest.mark.parametrize("ending", [".npz", ".weights.h5"])
def test_a_name_of_weights_is_none_of_a_model(ending: str, tmp_path: Path) -> None:
    model = MODELS["sequential"]()
    with pytest.raises(ValueError, match="weights alone"):
        model.save(tmp_path / f"a{ending}")
    assert not list(tmp_path.iterdir())
    model.save_weights(tmp_path / f"a{ending}")
    with pytest.raises(ModelFileError, match=f"a{ending}"):
        load_model(tmp_path / f"a{ending}")
