"""Models, layers and functions as plain data, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine import ops
from autograd_nn.nn import saving

A = np.ones((2, 3), "float32")
B = np.arange(6.0, dtype="float32").reshape(2, 3)


def wired() -> nn.Model:
    """Shared layers, nested models, ops, arguments, several inputs and outputs."""
    a, b = nn.Input((3,), name="a"), nn.Input((3,), name="b")
    inner = nn.Sequential([nn.Input((3,)), nn.Dense(2)], name="inner")
    f = nn.Input((3,))
    nested = nn.Model(f, nn.Dense(2)(f), name="nested")
    y = nn.layers.Concatenate(name="cat")([inner(a), nested(b)])
    rest = 1 - nested(a).sum(axis=-1, keepdims=True)
    z = ops.mean(y[:, :4], axis=-1, keepdims=True) * 2.0 + rest
    u = nn.Dropout(0.5)(z, training=False)
    return nn.Model([a, b], {"u": u, "v": [y, nested(b)]}, name="wired")


MADE: dict[str, Callable[[nn.Model], Any]] = {
    "from_config": lambda m: type(m).from_config(m.get_config()),
    "json": lambda m: nn.models.model_from_json(m.to_json()),
    "clone": nn.models.clone_model,
    "clone of all": lambda m: nn.models.clone_model(m, recursive=True),
}


@pytest.mark.parametrize("way", MADE)
def test_a_functional_model_is_made_again(way: str) -> None:
    model = wired()
    twin = MADE[way](model)
    assert not any(v is w for v in model.weights for w in twin.weights)
    assert [s.name for s in twin.layers] == [s.name for s in model.layers]
    assert twin.to_json() == model.to_json()
    twin.set_weights(model.get_weights())
    ours, theirs = model([A, B]), twin({"b": B, "a": A})
    assert np.array_equal(ours["u"].numpy(), theirs["u"].numpy())
    assert all(np.array_equal(v, w) for v, w in zip(ours["v"], theirs["v"], strict=True))


@pytest.mark.parametrize("way", MADE)
def test_a_sequential_is_made_again(way: str) -> None:
    model = nn.Sequential([nn.Input((3,)), nn.Dense(2, kernel_regularizer="l2"), nn.Dropout(0.5)])
    twin = MADE[way](model)
    assert twin.to_json() == model.to_json()
    assert not any(v is w for v in model.weights for w in twin.weights)


class Wide(nn.Model):
    def __init__(self, units: int, name: str | None = None) -> None:
        super().__init__(name=name)
        self.units = units
        self.dense = nn.Dense(units)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)


def test_a_subclass_is_its_own_arguments() -> None:
    model = Wide(4, name="w")
    assert model.get_config() == {"units": 4, "name": "w"}
    twin = nn.models.clone_model(model)
    assert twin(A).shape == (2, 4)
    with nn.saving.custom_object_scope({"Wide": Wide}):
        assert nn.models.model_from_json(model.to_json()).units == 4

    class Forgets(nn.Model):
        def __init__(self, units: Any) -> None:
            super().__init__()

    assert Forgets(3).get_config()["units"] == 3
    with pytest.raises(NotImplementedError, match=r"self\.units = units"):
        Forgets(object()).get_config()


def test_what_keras_writes_is_read() -> None:
    dtype = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"},
             "registered_name": None}  # fmt: skip
    first = {"batch_shape": [None, 3], "dtype": "float32", "sparse": False, "ragged": False,
             "name": "a", "optional": False}  # fmt: skip

    def symbol(name: str) -> dict[str, Any]:
        return {"class_name": "__keras_tensor__",
                "config": {"shape": [None, 3], "dtype": "float32",
                           "keras_history": [name, 0, 0]}}  # fmt: skip

    def entry(module: str, kind: str, name: str, config: Any, *args: Any) -> dict[str, Any]:
        nodes = [{"args": list(args), "kwargs": {"mask": None}}] if args else []
        return {"module": module, "class_name": kind, "config": {"name": name, **config},
                "registered_name": None, "name": name, "inbound_nodes": nodes}  # fmt: skip

    dense = {"trainable": True, "dtype": dtype, "units": 2, "quantization_config": None,
             "kernel_initializer": {"module": "keras.initializers", "class_name": "GlorotUniform",
                                    "config": {"seed": None}, "registered_name": None}}  # fmt: skip
    config = {"name": "theirs", "trainable": True, "layers": [
        entry("keras.layers", "InputLayer", "a", first),
        entry("keras.layers", "Dense", "d", dense, symbol("a")),
        entry("keras.src.ops.numpy", "Multiply", "times", {}, symbol("d"), 2.0),
    ], "input_layers": ["a", 0, 0], "output_layers": ["times", 0, 0]}  # fmt: skip
    text = json.dumps({"module": "keras.src.models.functional", "class_name": "Functional",
                       "config": config, "registered_name": "Functional"})  # fmt: skip
    model = nn.models.model_from_json(text)
    assert model.name == "theirs"
    assert np.array_equal(model(A).numpy(), 2 * model.get_layer("d")(A).numpy())


OBJECTS: list[Any] = [
    nn.losses.Huber(2.0), nn.Adam(0.1), nn.metrics.BinaryAccuracy(threshold=0.25),
    nn.initializers.Zeros(), nn.Dense(3, activation="relu"), nn.regularizers.L2(0.5),
    nn.activations.relu, slice(1, None), ..., b"x", {"a": (1, [2.5, None])}, np.float32(2).item(),
]  # fmt: skip


@pytest.mark.parametrize("thing", OBJECTS, ids=lambda thing: type(thing).__name__)
def test_there_and_back(thing: Any) -> None:
    data = saving.serialize_keras_object(thing)
    json.dumps(data)
    again = saving.deserialize_keras_object(data)
    assert type(again) is type(thing)
    assert saving.serialize_keras_object(again) == data


def test_arrays_there_and_back() -> None:
    for thing in (np.ones((2, 1)), ops.ones((2,), "float32")):
        data = json.loads(json.dumps(saving.serialize_keras_object(thing)))
        again = saving.deserialize_keras_object(data)
        assert type(again) is type(thing)
        assert again.dtype == thing.dtype
        assert np.array_equal(np.asarray(again), np.asarray(thing))


def test_clones_take_a_layer_for_another_and_symbols_to_start_from() -> None:
    model = wired()

    def wider(layer: Any) -> Any:
        same = type(layer).from_config(layer.get_config())
        if isinstance(layer, nn.Dense):
            same.use_bias = False
        return same

    twin = nn.models.clone_model(model, clone_function=wider, recursive=True)
    assert len(twin.weights) == 2
    start = [nn.Input((3,), name="p"), nn.Input((3,), name="q")]
    assert nn.models.clone_model(model, start).input_names == ["p", "q"]


def lonely() -> dict[str, Any]:
    config = wired().get_config()
    config["layers"] = [c for c in config["layers"] if c["name"] != "inner"]
    return config


WRONG: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "unknown": (lambda: saving.deserialize_keras_object({"class_name": "Dens", "config": {},
                "module": "keras.layers"}), ValueError, "Dense"),
    "code": (lambda: saving.deserialize_keras_object({"class_name": "__lambda__", "config": {}}),
             ValueError, "never"),
    "lambda": (lambda: saving.serialize_keras_object(lambda x: x), TypeError, "Write def"),
    "an object": (lambda: saving.serialize_keras_object(object()), TypeError, "get_config"),
    "no model": (lambda: nn.models.clone_model(3), TypeError, "expected a model"),  # type: ignore[arg-type]
    "a hole": (lambda: nn.Model.from_config(lonely()), ValueError, "no layer gives"),
    "another's op": (lambda: saving.deserialize_keras_object({"class_name": "Functional",
                     "config": {**lonely(), "layers": [{"class_name": "Operation", "name": "o",
                     "module": "os", "config": {"function": "getcwd", "method": False},
                     "inbound_nodes": []}]}}), ValueError, "one of autograd_nn's"),
    "inputs": (lambda: nn.models.clone_model(wired(), nn.Input((3,))), ValueError, "a, b"),
    "no class": (lambda: saving.register_keras_serializable()(int), TypeError, "get_config"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_use_is_refused(name: str) -> None:
    call, kind, words = WRONG[name]
    with pytest.raises(kind) as error:
        call()
    assert words in str(error.value)


def test_what_is_registered_is_found() -> None:
    @saving.register_keras_serializable("tests", "Tw")
    class Twice(nn.Layer):
        def call(self, inputs: Any) -> Any:
            return 2 * inputs

    try:
        data = json.loads(json.dumps(saving.serialize_keras_object(Twice(name="t"))))
        assert data["registered_name"] == "tests>Tw" == saving.get_registered_name(Twice)
        assert isinstance(saving.deserialize_keras_object(data), Twice)
        assert saving.get_registered_object("tests>Tw") is Twice
        with pytest.raises(ValueError, match="expected one that is free"):
            saving.register_keras_serializable("tests", "Tw")(nn.Dense)
    finally:
        del saving.get_custom_objects()["tests>Tw"]


def test_a_recurrent_layer_is_built_from_what_keras_says_of_all_its_arguments() -> None:
    layer = nn.layers.LSTM(2)
    layer.build_from_config({
        "shapes_dict": {"sequences_shape": [None, 3, 4], "initial_state_shape": [[None, 2]] * 2}
    })  # fmt: skip
    assert [w.shape for w in layer.weights] == [(4, 8), (2, 8), (8,)]


def test_clones_start_from_symbols_in_the_structure_of_the_inputs() -> None:
    x, y = nn.Input((3,), name="x"), nn.Input((3,), name="y")
    model = nn.Model({"x": x, "y": y}, nn.Dense(2)(x + y))
    given = {"x": nn.Input((3,)), "y": nn.Input((3,))}
    assert nn.models.clone_model(model, given).input == given
    with pytest.raises(ValueError, match="in the structure of the model's inputs"):
        nn.models.clone_model(model, (x, y))
    for kind in (TypeError, ValueError):
        with pytest.raises(kind, match="expected a layer"):
            nn.Sequential().add({})


def test_a_sequential_of_keras_2_0_is_a_list_of_layers() -> None:
    layers = [
        {"class_name": "Dense", "config": {"units": 3, "batch_input_shape": [None, 2]}},
        {"class_name": "Activation", "config": {"activation": "relu", "name": "activation_1"}},
    ]
    text = json.dumps({"class_name": "Sequential", "keras_version": "2.0.2", "config": layers})
    model = nn.models.model_from_json(text)
    assert [type(s).__name__ for s in model.layers] == ["Dense", "Activation"]
    assert model.output_shape == (None, 3) and model.layers[1].name == "activation_1"
