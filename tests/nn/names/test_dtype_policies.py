"""Dtype policies: what layers compute in, what weights are kept in, and doors for the rest."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine import tree
from autograd_nn.engine.errors import DTypeError
from autograd_nn.nn.backend import AutocastScope
from autograd_nn.nn.dtype_policies import DTypePolicy, DTypePolicyMap, deserialize, get, serialize
from tests.nn.layers.layer_cases import CASES

RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")


@pytest.fixture(autouse=True)
def settings_as_they_were() -> Iterator[None]:
    yield
    nn.config.set_dtype_policy(None)
    nn.config.set_floatx("float32")
    nn.config.set_epsilon(1e-7)
    nn.config.set_image_data_format("channels_last")


# ---- every layer --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in CASES if "InputLayer" not in name])
@pytest.mark.parametrize(("policy", "kept"), [("mixed_float16", "float32"), ("float16", "float16")])
def test_layers_compute_in_half_precision(name: str, policy: str, kept: str) -> None:
    case = CASES[name]
    layer, wide = case.make(dtype=policy), case.make(dtype="float32")
    x = case.inputs(dtype="float32")
    y, exact = layer(x), wide(x)
    assert {v.dtype.name for v in tree.flatten(y)[0]} == {"float16"}
    assert {w.dtype.name for w in layer.weights if w.array.dtype.kind == "f"} <= {kept}
    assert layer.compute_dtype == "float16" and layer.variable_dtype == layer.dtype == kept
    if not layer.trainable_weights or kept == "float32":
        wide.set_weights(layer.get_weights())
        for a, b in zip(tree.flatten(layer(x))[0], tree.flatten(wide(x))[0], strict=True):
            np.testing.assert_allclose(a, b, rtol=0.02, atol=0.02 * (1 + np.abs(b.numpy()).max()))
    assert {v.dtype.name for v in tree.flatten(exact)[0]} == {"float32"}
    again = type(layer).from_config(layer.get_config())
    assert again.dtype_policy == layer.dtype_policy and again.get_config() == layer.get_config()


def test_symbols_have_the_dtype_that_the_layer_computes_in() -> None:
    x = nn.Input((4,))
    y = nn.Dense(2, dtype="mixed_float16")(x)
    assert (x.dtype, y.dtype) == (np.float32, np.float16)
    assert nn.Dense(2, dtype="float16").compute_output_spec(x).dtype == np.float16


# ---- policies -----------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [
    "mixed_float16", DTypePolicy("mixed_float16"), serialize(DTypePolicy("mixed_float16")),
    {"class_name": "FloatDTypePolicy", "config": {"name": "mixed_float16"}},
])  # fmt: skip
def test_a_policy_by_any_of_its_forms(given: Any) -> None:
    policy = get(given)
    assert (policy.compute_dtype, policy.variable_dtype) == ("float16", "float32")
    assert policy == nn.Dense(1, dtype=given).dtype_policy == DTypePolicy("mixed_float16")
    assert hash(policy) == hash(DTypePolicy("mixed_float16"))


def test_policies_are_copied_and_serialized() -> None:
    found = DTypePolicyMap("float32", {"a/.*": DTypePolicy("float16"), "b": "float64"})
    for policy in (DTypePolicy("mixed_bfloat16"), found):
        for twin in (copy.deepcopy(policy), pickle.loads(pickle.dumps(policy)),
                     deserialize(json.loads(json.dumps(serialize(policy))))):  # fmt: skip
            assert twin == policy and repr(twin) == repr(policy)
    assert serialize(DTypePolicy("float32")) == {
        "module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"},
        "registered_name": None,
    }  # fmt: skip
    assert DTypePolicy("float16") != DTypePolicy("float32") != "float32"


def test_a_map_gives_each_layer_its_own() -> None:
    found = DTypePolicyMap("float32", {"half.*": "mixed_float16"})
    half, whole = nn.Dense(2, name="half_1", dtype=found), nn.Dense(2, name="whole", dtype=found)
    assert (half(X).dtype, whole(X).dtype) == (np.float16, np.float32)
    assert list(found) == ["half.*"] and len(found) == 1 and "whole" not in found
    assert nn.Dense.from_config(half.get_config()).dtype_policy == found
    del found["half.*"]
    assert found["half_1"] == DTypePolicy("float32")


def test_the_global_policy_is_that_of_what_is_made_next() -> None:
    before = nn.Dense(2)
    nn.mixed_precision.set_global_policy("mixed_float16")
    assert nn.mixed_precision.global_policy() == nn.config.dtype_policy() == DTypePolicy()
    assert nn.Dense(2)(X).dtype == np.float16 and before(X).dtype == np.float32
    assert nn.Dense(2, dtype="float64")(X).dtype == np.float64
    nn.config.set_dtype_policy(None)
    nn.config.set_floatx("float64")
    assert nn.Dense(2)(X).dtype == np.float64 and nn.Input((2,)).dtype == np.float64


def test_a_layers_policy_can_be_changed() -> None:
    layer = nn.Dense(2)
    layer(X)
    layer.dtype_policy = "mixed_float16"
    assert layer(X).dtype == np.float16 and layer.kernel.dtype == np.float32


BAD: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: DTypePolicy("flot16"), ValueError, "'mixed_float16' or a dtype's name"),
    (lambda: DTypePolicy("int8_from_float32"), ValueError, "not quantized here"),
    (lambda: DTypePolicy(16), TypeError, "must be a string"),  # type: ignore[arg-type]
    (lambda: get(object()), ValueError, "Cannot interpret"),
    (lambda: get({"name": "float32"}), ValueError, "class_name"),
    (lambda: deserialize({"class_name": "Dense", "config": {}}), ValueError, "'Dense'"),
    (lambda: nn.config.set_dtype_policy("half"), ValueError, "Cannot convert 'half'"),
    (lambda: nn.Dense(2, dtype="int32"), DTypeError, "add_weight"),
    (lambda: nn.Dense(2, dtype="complex64"), DTypeError, "expected 'float32'"),
    (lambda: nn.Dense(2, autocast="no"), ValueError, "expected True or False"),
    (lambda: DTypePolicyMap(DTypePolicyMap()), ValueError, "default_policy"),
    (lambda: DTypePolicyMap("float32", [1]), TypeError, "must be a dict"),  # type: ignore[arg-type]
    (lambda: DTypePolicyMap("float32", {"a": 3}), ValueError, "assigned value for 'a'"),
    (lambda: DTypePolicyMap("float32", {"a.*": "float16", "ab": "float32", "a.+": "float64"})["ac"],
     ValueError, "matches multiple"),
    (lambda: DTypePolicyMap("float32", {"a": "float16"}).__setitem__("a", "float32"),
     ValueError, "already exist"),
    (lambda: AutocastScope("int32"), ValueError, "floating-point"),
    (lambda: nn.config.set_floatx("int32"), ValueError, "float16, bfloat16, float32, float64"),
    (lambda: nn.config.set_floatx(None), ValueError, "None"),
    (lambda: nn.config.set_epsilon(0), ValueError, "above 0"),
    (lambda: nn.config.set_epsilon("1e-7"), ValueError, "above 0"),  # type: ignore[arg-type]
    (lambda: nn.config.set_image_data_format("nchw"), ValueError, "'channels_last'"),
    (lambda: nn.Sequential([nn.Dense(1)]).compile(auto_scale_loss=3), ValueError, "True or False"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "text"), BAD)
def test_what_is_no_policy_is_refused(call: Callable[[], Any], error: Any, text: str) -> None:
    with pytest.raises(error, match=text.replace("(", r"\(")):
        call()
    assert nn.config.dtype_policy() == DTypePolicy("float32") and nn.config.epsilon() == 1e-7
    assert nn.config.floatx() == "float32" and nn.config.image_data_format() == "channels_last"


# ---- weights are read in the dtype of computing -------------------------------------------------


class Reading(nn.Layer):
    """Sees its weights' dtypes, and moves one of them."""

    def build(self, input_shape: Any) -> None:
        self.cast = self.add_weight((4,), "ones", name="cast")
        self.kept = self.add_weight((4,), "ones", name="kept", autocast=False)
        self.count = self.add_weight((), "zeros", dtype="int32", name="count")
        self.inner = nn.Dense(2, dtype="float32")

    def call(self, inputs: Any) -> Any:
        self.seen = [v.dtype.name for v in (inputs, self.cast, self.kept, self.count)]
        self.seen += [(self.cast * 1).dtype.name, self.inner(inputs).dtype.name]
        self.cast.assign_add(np.full(4, 2.0**-12, "float32"))
        return inputs * self.cast


def test_weights_are_read_in_the_dtype_of_computing() -> None:
    layer = Reading(dtype="mixed_float16")
    layer(X)
    assert layer.seen == ["float16", "float16", "float32", "int32", "float16", "float32"]
    assert layer.cast.numpy()[0] == 1 + 2.0**-12  # which float16 cannot hold
    assert (layer.cast * 1).dtype == np.float32  # outside of the call
    loose = Reading(dtype="mixed_float16", autocast=False)
    loose(X)
    assert loose.seen == ["float32", "float32", "float32", "int32", "float32", "float32"]
    assert Reading.from_config(loose.get_config()).autocast is False


def test_a_scope_ends_with_an_error_too() -> None:
    w = nn.Variable([1.0], dtype="float32")
    with pytest.raises(KeyError), AutocastScope("float16"):
        assert w.dtype == (w + 1).dtype == np.float16 and w.array.dtype == np.float32
        with AutocastScope(None):
            assert (w + 1).dtype == np.float32
        raise KeyError
    assert w.dtype == (w + w).dtype == ag.exp(w).dtype == w.sum().dtype == np.float32


def test_gradients_arrive_in_the_dtype_of_the_weights() -> None:
    layer = nn.Dense(3, activation="tanh", dtype="mixed_float16")
    twin = nn.Dense(3, activation="tanh")
    layer(X), twin(X)
    twin.set_weights(layer.get_weights())
    for each in (layer, twin):
        (each(X) ** 2).mean().backward()
    for a, b in zip(layer.weights, twin.weights, strict=True):
        assert a.grad.dtype == np.float32
        np.testing.assert_allclose(a.grad, b.grad, atol=2e-3)


def test_normalization_keeps_what_float16_cannot_hold() -> None:
    large = np.full((4, 8), 7e4, "float32") * np.linspace(1, 2, 8, dtype="float32")
    for kind in (nn.BatchNormalization, nn.LayerNormalization, nn.RMSNormalization):
        layer, twin = kind(dtype="mixed_float16"), kind()
        y = layer(large, training=True)
        assert y.dtype == np.float16
        np.testing.assert_allclose(y, twin(large, training=True), atol=2e-3)
        for a, b in zip(layer.weights, twin.weights, strict=True):
            np.testing.assert_array_equal(a, b)


# ---- settings -----------------------------------------------------------------------------------

FORMATTED = {
    "Conv2D": lambda: nn.Conv2D(2, 3), "MaxPooling2D": lambda: nn.MaxPooling2D(),
    "Conv2DTranspose": lambda: nn.Conv2DTranspose(2, 3),
    "DepthwiseConv2D": lambda: nn.DepthwiseConv2D(3), "UpSampling2D": lambda: nn.UpSampling2D(),
    "SeparableConv2D": lambda: nn.SeparableConv2D(2, 3),
    "ZeroPadding2D": lambda: nn.ZeroPadding2D(),
    "GlobalAveragePooling2D": lambda: nn.GlobalAveragePooling2D(),
    "Cropping2D": lambda: nn.Cropping2D(1), "AveragePooling2D": lambda: nn.AveragePooling2D(),
    "SpatialDropout2D": lambda: nn.SpatialDropout2D(0.5), "Flatten": lambda: nn.Flatten(),
}  # fmt: skip


@pytest.mark.parametrize("kind", [nn.layers.Cropping1D, nn.layers.UpSampling1D])
def test_steps_stand_first_whatever_format_is_set(kind: Any) -> None:
    x = RNG.normal(size=(2, 5, 3)).astype("float32")
    expected = kind()(x).numpy()
    nn.config.set_image_data_format("channels_first")
    np.testing.assert_array_equal(kind()(x), expected)


@pytest.mark.parametrize("name", FORMATTED)
def test_layers_take_the_format_that_is_set(name: str) -> None:
    nn.config.set_image_data_format("channels_first")
    first = FORMATTED[name]()
    nn.config.set_image_data_format("channels_last")
    last = FORMATTED[name]()
    assert (first.data_format, last.data_format) == ("channels_first", "channels_last")
    x = RNG.normal(size=(2, 3, 6, 5)).astype("float32")
    y, z = first(x), last(x.transpose(0, 2, 3, 1))
    if y.ndim == 4 and not first.weights:
        np.testing.assert_array_equal(y.numpy().transpose(0, 2, 3, 1), z)
    else:
        assert y.size == z.size


def test_epsilon_and_floatx_are_those_that_are_set() -> None:
    loss = nn.losses.MeanAbsolutePercentageError()
    assert float(loss([[0.0]], [[1.0]])) == pytest.approx(1e9)
    nn.config.set_epsilon(1e-2)
    assert float(loss([[0.0]], [[1.0]])) == pytest.approx(1e4)
    nn.config.set_floatx("float64")
    assert nn.ops.zeros((2,)).dtype == nn.random.normal((2,)).dtype == np.float64
    assert nn.backend.standardize_dtype(None) == "float64"
