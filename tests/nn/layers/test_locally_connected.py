"""Locally connected layers: with one kernel at all places they are convolutions."""

from __future__ import annotations

import numpy as np
import pytest

from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn import layers

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 5, 6, 3)).astype("float32")


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("options", [{"strides": (2, 1)}, {"padding": "same", "strides": 2}])
def test_one_kernel_at_all_places_is_a_convolution(data_format: str, options: dict) -> None:
    first = data_format == "channels_first"
    x = np.moveaxis(X, -1, 1) if first else X
    conv = layers.Conv2D(4, (2, 3), data_format=data_format, **options)
    local = layers.LocallyConnected2D(4, (2, 3), data_format=data_format, implementation=2,
                                      **options)  # fmt: skip
    wanted, _ = conv(x), local(x)
    kernel = conv.get_weights()[0]
    rows = (np.moveaxis(kernel, 2, 0) if first else kernel).reshape(1, -1, 4)
    places = local.get_weights()[0].shape[0]
    bias = RNG.normal(size=local.get_weights()[1].shape).astype("float32")
    local.set_weights([np.repeat(rows, places, axis=0), bias])
    added = np.moveaxis(bias, -1, 0) if first else bias
    np.testing.assert_allclose(local(x), wanted.numpy() + added, rtol=1e-4, atol=1e-5)


def test_a_kernel_is_its_place_s_own() -> None:
    layer = layers.LocallyConnected1D(1, 2, use_bias=False)
    layer.build((None, 4, 1))
    layer.set_weights([np.arange(6.0, dtype="float32").reshape(3, 2, 1)])
    y = layer([[[1.0], [10.0], [100.0], [1000.0]]])
    assert y.numpy().ravel().tolist() == [10, 320, 5400]


@pytest.mark.parametrize("make, error, text", [
    (lambda: layers.LocallyConnected1D(2, 3, padding="same"), ValueError, "implementation=2"),
    (lambda: layers.LocallyConnected1D(2, 3, implementation=4), ValueError, "implementation=4"),
    (lambda: layers.LocallyConnected2D(0, 3), ValueError, "filters=0"),
    (lambda: layers.LocallyConnected2D(2, 3).build((None, None, 4, 1)), ShapeError, "axis 1"),
    (lambda: layers.LocallyConnected2D(2, 7)(X), ShapeError, "a window's"),
])  # fmt: skip
def test_bad_arguments_and_inputs(make, error, text) -> None:
    with pytest.raises(error, match=text):
        make()
