"""Sizes of windows and margins as Keras 1 wrote them."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from autograd_nn import compat, nn
from autograd_nn.compat.once.sizes import gathered


@pytest.mark.parametrize(("rank", "args", "options", "sure", "found"), [
    (2, (8, 3, 2), {}, False, None),  # strides of today
    (2, (8, 5, 1), {}, True, (8, (5, 1))),
    (2, (8, 3, 3, "relu"), {}, True, (8, (3, 3), "relu")),
    (2, (8, 3), {"nb_col": 5}, False, (8, (3, 5))),
    (2, (8,), {"nb_row": 3, "nb_col": 5}, False, (8, (3, 5))),
    (2, (8,), {"nb_col": 5}, False, None),
    (2, (8, (3, 3), 2), {}, True, None),
    (1, (8, 3, 3), {}, True, None),
    (3, (8, 3, 3, 4), {}, True, (8, (3, 3, 4))),
    (3, (8, 3), {"kernel_dim2": 4, "kernel_dim3": 5}, False, (8, (3, 4, 5))),
    (3, (8, 3, 3), {}, False, None),
])  # fmt: skip
def test_what_is_taken_for_sizes(
    rank: int, args: Any, options: Any, sure: bool, found: Any
) -> None:
    left = dict(options)
    assert gathered(rank, args, left, sure) == found
    assert left == ({} if found else options)


def test_scripts_of_keras_write_sizes_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with compat.install_as("keras"):
        from keras import layers

        made = {
            "Conv2D(8, (3, 3))": lambda: layers.Conv2D(8, 3, 3),
            "SeparableConv2D(8, (5, 1))": lambda: layers.SeparableConv2D(8, 5, nb_col=1),
            "ConvLSTM2D(8, (3, 3))": lambda: layers.ConvLSTM2D(8, 3, nb_col=3),
            "Conv2DTranspose(8, (2, 2))": lambda: layers.Conv2DTranspose(8, 2, 2),
            "Conv3D(8, (3, 3, 4))": lambda: layers.Conv3D(8, 3, 3, kernel_dim3=4),
        }
        for told, make in made.items():
            with pytest.warns(DeprecationWarning, match="a kernel of|one by one") as warned:
                layer = make()
            assert any(told in str(w.message) for w in warned)
            assert f"{told[:-1]}" in f"{type(layer).__name__}(8, {layer.kernel_size}"
            assert set(layer.strides) == {1}
        with pytest.warns(DeprecationWarning, match="strides=2"):
            assert layers.Conv2D(8, 3, 2).strides == (2, 2)
        with pytest.warns(DeprecationWarning, match="depthwise_initializer="):
            layer = layers.SeparableConv2D(8, (3, 3), init="ones")
        both = layer.depthwise_initializer, layer.pointwise_initializer
        assert all(isinstance(v, nn.initializers.Ones) for v in both)
        with pytest.warns(DeprecationWarning, match="one by one"):
            back = layers.Deconvolution2D(2, 3, 3, (6, 7, 2), strides=(2, 2))
        assert back(np.ones((1, 2, 3, 1))).shape == (1, 6, 7, 2)
        sides = {"top_pad": 1, "bottom_pad": 2, "right_pad": 4}
        with pytest.warns(DeprecationWarning, match="by sides"):
            assert layers.ZeroPadding2D(sides)(np.ones((1, 1, 1, 1))).shape == (1, 4, 5, 1)
        with pytest.raises(ValueError, match="received padding by left; expected"):
            layers.ZeroPadding2D({"left": 1})
        with monkeypatch.context() as others:
            others.delitem(sys.modules, "keras")  # as in a script that imports tf.keras
            assert layers.Conv2D(8, 3, 3).strides == (3, 3)
    assert nn.layers.Conv2D(8, 3, 3).strides == (3, 3)


@pytest.mark.parametrize("kind", ["DepthwiseConv2D", "SeparableConv2D"])
def test_what_depthwise_kernels_begin_as_was_left_aside(kind: str) -> None:
    with compat.install_as():
        from tensorflow.keras import layers

        sizes = (3,) if kind == "DepthwiseConv2D" else (4, 3)
        with pytest.warns(DeprecationWarning, match="kernel_initializer has no effect"):
            layer = getattr(layers, kind)(*sizes, kernel_initializer="ones", use_bias=False)
    assert layer(np.ones((1, 4, 4, 2), "float32")).shape == (1, 2, 2, len(sizes) * 2)
    assert not np.allclose(layer.get_weights()[0], 1)
