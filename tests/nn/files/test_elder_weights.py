"""Weights in .h5 as Keras 1, Theano and layers for CuDNN kept them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.nn.saving.keras.elder_weights import as_today

h5py = pytest.importorskip("h5py")
RNG = np.random.default_rng(5)
Arrays = list[np.ndarray]


def _gate_by_gate(order: list[int]) -> Callable[[Arrays], Arrays]:
    """Every gate's kernel, recurrent kernel and bias, the gates in Keras 1's order."""

    def then(arrays: Arrays) -> Arrays:
        parts = [np.split(a, len(order), axis=-1) for a in arrays]
        return [kind[gate] for gate in order for kind in parts]

    return then


def _filters_first(arrays: Arrays) -> Arrays:
    return [arrays[0].transpose(3, 2, 0, 1), arrays[1]]


def _turned(arrays: Arrays) -> Arrays:
    return [np.flip(arrays[0], (0, 1)), *arrays[1:]]


def _for_cudnn(arrays: Arrays) -> Arrays:
    kernel, recurrent, bias = arrays
    n = kernel.shape[1] // recurrent.shape[0]
    kernels = [k.T.reshape(k.shape) for k in np.split(kernel, n, 1)]
    own = [k.T for k in np.split(recurrent, n, 1)]
    both = np.concatenate([bias * 0.25, bias * 0.75]) if bias.ndim == 1 else bias.reshape(-1)
    return [np.concatenate(kernels, 1), np.concatenate(own, 1), both]


L = nn.layers
FORMS: dict[str, tuple[Any, tuple[int, ...], Callable[[Arrays], Arrays], dict[str, str]]] = {
    "lstm": (lambda: L.LSTM(3), (4, 2), _gate_by_gate([0, 2, 1, 3]), {"keras_version": "1.2.2"}),
    "gru": (
        lambda: L.GRU(3, reset_after=False), (4, 2), _gate_by_gate([0, 1, 2]),
        {"keras_version": "1.2.2"},
    ),
    "first": (
        lambda: L.Conv2D(2, (3, 2), data_format="channels_first"), (3, 5, 5), _filters_first,
        {"keras_version": "1.1.0"},
    ),
    "theano": (
        lambda: L.Conv2D(2, (3, 2)), (5, 5, 3), _turned,
        {"keras_version": "2.0.8", "backend": "theano"},
    ),
    "two ways": (
        lambda: L.Bidirectional(L.LSTM(3)), (4, 2),
        lambda a: [w for way in (a[:3], a[3:]) for w in _gate_by_gate([0, 2, 1, 3])(way)],
        {"keras_version": "1.2.2"},
    ),
    "cudnn lstm": (lambda: L.LSTM(3), (4, 2), _for_cudnn, {"keras_version": "2.1.6"}),
    "cudnn gru": (lambda: L.GRU(3), (4, 2), _for_cudnn, {"keras_version": "2.1.6"}),
}  # fmt: skip


def _drawn(layer: Any, shape: tuple[int, ...]) -> Any:
    model = nn.Sequential([nn.Input(shape), layer])
    model.set_weights([RNG.normal(size=w.shape).astype("float32") for w in model.weights])
    return model


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.filterwarnings("ignore:.*hard sigmoid")
def test_the_weights_of_then_compute_what_they_did(form: str, tmp_path: Path) -> None:
    make, shape, then, said = FORMS[form]
    model, path = _drawn(make(), shape), tmp_path / "a.h5"
    layer = model.layers[-1]
    arrays = then([np.asarray(w) for w in layer.weights])
    with h5py.File(path, "w") as file:
        file.attrs.update(said)
        file.attrs["layer_names"] = [layer.name.encode()]
        group = file.create_group(layer.name)
        group.attrs["weight_names"] = [f"w{i}".encode() for i in range(len(arrays))]
        for i, array in enumerate(arrays):
            group[f"w{i}"] = array
    twin = _drawn(make(), shape)
    twin.load_weights(path)
    x = RNG.normal(size=(2, *shape)).astype("float32")
    assert np.allclose(model.predict(x, verbose=0), twin.predict(x, verbose=0), atol=1e-6)


def test_windows_of_other_kinds() -> None:
    kernel = RNG.normal(size=(3, 2, 4, 5)).astype("float32")
    long, bias = kernel[:, 0], np.zeros(5, "float32")
    layers = {
        L.Conv1D(5, 3): (long, long.transpose(2, 1, 0)[..., None], (None, 9, 4)),
        L.Conv2DTranspose(4, (3, 2)): (kernel, kernel.swapaxes(2, 3), (None, 9, 9, 5)),
        L.Conv2DTranspose(4, (3, 2), data_format="channels_first"): (
            kernel, kernel.transpose(2, 3, 0, 1), (None, 5, 9, 9),
        ),
        L.TimeDistributed(L.Conv2D(5, (3, 2), data_format="channels_first")): (
            kernel, kernel.transpose(3, 2, 0, 1), (None, 2, 4, 9, 9),
        ),
    }  # fmt: skip
    for layer, (today, then, shape) in layers.items():
        layer.build(shape)
        assert np.array_equal(as_today(layer, [then, bias], "1.2.0")[0], today)
        assert as_today(layer, [today, bias], "2.2.4")[0] is today


def test_films_and_models_within() -> None:
    layer = L.ConvLSTM2D(2, (3, 2), data_format="channels_first")
    layer.build((None, 4, 3, 9, 9))
    today = [RNG.normal(size=w.shape) for w in layer.weights]
    gates = _gate_by_gate([0, 2, 1, 3])(today)
    then = [a.transpose(3, 2, 0, 1) if a.ndim == 4 else a for a in gates]
    for arrays in (gates, then):  # what fits as it is stays so
        found = as_today(layer, arrays, "1")
        assert all(np.array_equal(a, b) for a, b in zip(found, today, strict=True))
    model = nn.Sequential([nn.Input((5, 5, 3)), L.Conv2D(2, 3), L.BatchNormalization()])
    held = [np.asarray(w) for w in sorted(model.weights, key=lambda w: not w.trainable)]
    found = as_today(model, _turned(held), "2.0.0", "theano")
    assert all(np.array_equal(a, b) for a, b in zip(found, held, strict=True))


@pytest.mark.filterwarnings("ignore:.*hard sigmoid")
def test_weights_of_a_gru_of_then_say_what_they_need(tmp_path: Path) -> None:
    then, today = (
        nn.Sequential([nn.Input((4, 2)), nn.layers.GRU(3, reset_after=after, name="g")])
        for after in (False, True)
    )
    then.save_weights(tmp_path / "a.weights.h5")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        group = file.create_group("g")
        file.attrs["layer_names"], file.attrs["keras_version"] = [b"g"], b"2.2.4"
        names = [f"g/{n}:0" for n in ("kernel", "recurrent_kernel", "bias")]
        group.attrs["weight_names"] = [n.encode() for n in names]
        for name, array in zip(names, then.get_weights(), strict=True):
            group[name] = array
    with pytest.raises(nn.saving.ModelFileError, match="reset_after=False"):
        today.load_weights(tmp_path / "a.h5")
    then.load_weights(tmp_path / "a.h5")
