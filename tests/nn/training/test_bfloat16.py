"""bfloat16 in layers and models: trained as float32 is, kept in files as Keras keeps it."""

from __future__ import annotations

import pickle
import warnings
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine.halves import bfloat16
from autograd_nn.nn import models
from autograd_nn.nn.optimizers import LossScaleOptimizer
from autograd_nn.nn.saving.errors import ModelFileError
from autograd_nn.nn.saving.tensors import Tensors

BRIEF = bfloat16()
RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 4)).astype("float32")
Y = (X.sum(axis=1) > 0).astype("float32")


def net(dtype: str) -> Any:
    model = nn.Sequential([nn.Input((4,)), nn.Dense(8, activation="relu", dtype=dtype),
                           nn.BatchNormalization(dtype=dtype), nn.LayerNormalization(dtype=dtype),
                           nn.Dense(1, activation="sigmoid", dtype=dtype)])  # fmt: skip
    rng = np.random.default_rng(1)
    for w in model.trainable_weights:
        w.assign(rng.normal(size=w.shape).astype(w.dtype))
    return model


def trained(model: Any, **options: Any) -> list[float]:
    model.compile(nn.Adam(0.01), "binary_crossentropy", metrics=["accuracy"], **options)
    return model.fit(X, Y, epochs=8, batch_size=16, verbose=0, shuffle=False).history["loss"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "bfloat16"])
def test_it_learns_as_float32_does_and_needs_no_scale(policy: str) -> None:
    brief, whole = net(policy), net("float32")
    np.testing.assert_allclose(trained(brief), trained(whole), rtol=0.05)
    assert not isinstance(brief.optimizer, LossScaleOptimizer)
    assert brief.predict(X, verbose=0).dtype == BRIEF
    kept = np.dtype("float32") if policy == "mixed_bfloat16" else BRIEF
    assert {w.dtype for w in brief.weights} == {kept}
    twin = net(policy)
    assert trained(twin, run_eagerly=True) == trained(net(policy))


def test_compiled_kernels_are_refused_by_name() -> None:
    with pytest.warns(UserWarning, match="compiled kernels have no bfloat16"):
        net("mixed_bfloat16").compile("sgd", "mse", jit_compile=True)


LAYERS: list[tuple[Any, tuple[int, ...]]] = [
    (lambda: nn.Conv2D(3, 3, padding="same"), (2, 6, 6, 2)), (lambda: nn.LSTM(3), (2, 5, 4)),
    (lambda: nn.GRU(3, return_sequences=True), (2, 5, 4)), (lambda: nn.MaxPooling1D(), (2, 6, 3)),
    (lambda: nn.AveragePooling2D(), (2, 4, 4, 3)), (lambda: nn.Dropout(0.5), (4, 8)),
    (lambda: nn.GroupNormalization(2), (2, 5, 4)), (lambda: nn.Softmax(), (3, 4)),
    (lambda: nn.DepthwiseConv2D(3), (2, 6, 6, 2)), (lambda: nn.Conv1DTranspose(3, 3), (2, 6, 2)),
    (lambda: nn.UnitNormalization(), (3, 4)), (lambda: nn.PReLU(), (3, 4)),
    (lambda: nn.EinsumDense("abc,cd->abd", (None, 3)), (2, 5, 4)),
    (lambda: nn.UpSampling2D(interpolation="bilinear"), (1, 3, 3, 2)),
]  # fmt: skip


@pytest.mark.parametrize(("make", "shape"), LAYERS)
def test_layers_compute_near_float32_and_their_weights_learn(make: Any, shape: Any) -> None:
    x = RNG.normal(size=shape).astype("float32")
    nn.set_random_seed(0)
    nn.config.set_dtype_policy("mixed_bfloat16")
    brief = make()
    y = brief(x)
    nn.config.set_dtype_policy(None)
    nn.set_random_seed(0)
    whole = make()
    z = whole(x)
    assert y.dtype == BRIEF and z.dtype == np.float32
    for a, b in zip(whole.weights, brief.weights, strict=True):
        a.assign(b)
    np.testing.assert_allclose(y.numpy().astype("float32"), whole(x).numpy(), rtol=0.05, atol=0.05)
    model = nn.Sequential([nn.Input(shape[1:]), make(), nn.Flatten(), nn.Dense(1)])
    model.compile("sgd", "mse")
    assert np.isfinite(model.train_on_batch(x, np.zeros(len(x), "float32")))


def test_attention_and_embedding() -> None:
    tokens = np.array([[1, 2, 0], [3, 1, 1]])
    inputs = nn.Input((3,), dtype="int32")
    x = nn.Embedding(5, 8, dtype="mixed_bfloat16", mask_zero=True)(inputs)
    x = nn.MultiHeadAttention(2, 4, dtype="mixed_bfloat16")(x, x)
    y = nn.Dense(1, dtype="float32")(nn.GlobalAveragePooling1D(dtype="mixed_bfloat16")(x))
    model = nn.Model(inputs, y)
    assert x.dtype == BRIEF and y.dtype == np.float32
    model.compile(nn.Adam(0.05), "mse")
    losses = model.fit(tokens, np.array([0.0, 1.0]), epochs=30, verbose=0).history["loss"]
    assert losses[-1] < 0.1 * losses[0]


def test_losses_and_metrics_read_predictions_in_float32() -> None:
    p, t = np.full(4096, 0.5, BRIEF), np.zeros(4096, "float32")
    assert nn.MeanSquaredError()(t, p).item() == 0.25
    metric = nn.metrics.MeanSquaredError()
    metric.update_state(t, p)
    assert float(metric.result()) == 0.25


@pytest.mark.parametrize("ending", [".keras", ".h5", ".autograd", ".safetensors"])
def test_models_travel_through_files(ending: str, tmp_path: Path) -> None:
    made = net("bfloat16")
    trained(made)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        made.save(tmp_path / f"a{ending}")
        twin = models.load_model(tmp_path / f"a{ending}")
    assert {w.dtype for w in twin.weights} == {BRIEF}
    np.testing.assert_array_equal(twin.predict(X, verbose=0), made.predict(X, verbose=0))
    kept, known = twin.optimizer.variables, made.optimizer.variables
    assert [v.dtype for v in kept] == [v.dtype for v in known]
    again = pickle.loads(pickle.dumps(made))
    np.testing.assert_array_equal(again.predict(X, verbose=0), made.predict(X, verbose=0))


@pytest.mark.parametrize("ending", [".weights.h5", ".npz", ".safetensors"])
def test_weights_go_to_and_from_every_dtype(ending: str, tmp_path: Path) -> None:
    made = net("bfloat16")
    made.save_weights(tmp_path / f"a{ending}")
    for dtype in ("bfloat16", "float16", "float32", "float64", "mixed_bfloat16"):
        other = net(dtype)
        for w in other.weights:
            w.assign(np.zeros(w.shape, w.dtype))
        other.load_weights(tmp_path / f"a{ending}")
        for a, b in zip(made.weights, other.weights, strict=True):
            np.testing.assert_array_equal(a.numpy().astype("float64"), b.numpy().astype("float64"))
        other.save_weights(tmp_path / f"b{ending}")
        twin = net("bfloat16")
        twin.load_weights(tmp_path / f"b{ending}")
        for a, b in zip(made.weights, twin.weights, strict=True):
            np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_files_are_as_keras_and_safetensors_have_them(tmp_path: Path) -> None:
    """Two bytes a number, named 'bfloat16' beside the data set, and 'BF16' in the header."""
    made = net("bfloat16")
    made.save_weights(tmp_path / "a.weights.h5")
    found: list[Any] = []
    with h5py.File(tmp_path / "a.weights.h5") as file:
        file.visititems(lambda name, x: found.append(x) if isinstance(x, h5py.Dataset) else None)
        assert {(x.dtype.str, x.attrs["dtype"]) for x in found} == {("|V2", "bfloat16")}
        kernel = file["layers/dense/vars/0"]
        bits = made.weights[0].numpy().view("uint16")
        assert kernel[()].tobytes() == bits.tobytes()
    made.save_weights(tmp_path / "a.safetensors")
    with Tensors(tmp_path / "a.safetensors") as file:
        assert {code for code, *_ in file._entries.values()} == {"BF16"}


def test_two_bytes_that_nobody_names_are_no_numbers(tmp_path: Path) -> None:
    made = net("bfloat16")
    made.save_weights(tmp_path / "a.weights.h5")
    for said in (None, "float8", 3):
        with h5py.File(tmp_path / "a.weights.h5", "a") as file:
            attributes = file["layers/dense/vars/0"].attrs
            if "dtype" in attributes:
                del attributes["dtype"]
            if said is not None:
                attributes["dtype"] = said
        with pytest.raises(ModelFileError, match="expected numbers"):
            made.load_weights(tmp_path / "a.weights.h5")


def test_floatx_and_global_policies() -> None:
    nn.config.set_floatx("bfloat16")
    assert nn.Dense(2)(X).dtype == BRIEF and nn.Input((2,)).dtype == BRIEF
    assert nn.ops.zeros(2).dtype == BRIEF and nn.random.normal((2,)).dtype == BRIEF
    assert nn.ops.convert_to_tensor([1.5]).dtype == BRIEF
    nn.config.set_floatx("float32")
    assert nn.ops.cast(X, "bfloat16").dtype == BRIEF
    assert nn.backend.is_float_dtype("bfloat16")
    assert nn.backend.standardize_dtype(BRIEF) == "bfloat16"
    assert nn.ops.saturate_cast([1e39], "bfloat16").tolist() == [3.3895313892515355e38]
