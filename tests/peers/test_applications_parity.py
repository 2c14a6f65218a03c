"""Published architectures beside Keras 3's: layers, weights in order, and outputs."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras")

from autograd_nn import nn  # noqa: E402

pytestmark = [pytest.mark.peers, pytest.mark.filterwarnings("default")]

SMALL: dict[str, dict[str, Any]] = {
    "VGG16": {"input_shape": (32, 32, 3), "include_top": False, "pooling": "max"},
    "ResNet50": {"input_shape": (32, 32, 3), "classes": 10},
    "ResNet50V2": {"input_shape": (33, 40, 3), "classes": 10, "classifier_activation": None},
    "MobileNet": {"input_shape": (40, 32, 3), "alpha": 0.25, "classes": 7},
    "MobileNetV2": {"input_shape": (37, 32, 3), "alpha": 0.35, "classes": 7},
    "MobileNetV3Small": {"input_shape": (37, 32, 3), "classes": 7},
    "MobileNetV3Large": {
        "input_shape": (32, 40, 3),
        "alpha": 0.5,
        "minimalistic": True,
        "include_top": False,
        "pooling": "avg",
    },  # fmt: skip
    "EfficientNetB0": {"input_shape": (40, 33, 3), "classes": 5},
    "EfficientNetB2": {"input_shape": (32, 32, 3), "include_top": False, "pooling": "max"},
    "InceptionV3": {"input_shape": (75, 75, 3), "include_top": False, "pooling": "avg"},
    "InceptionResNetV2": {"input_shape": (75, 75, 3), "include_top": False, "pooling": "avg"},
    "NASNetMobile": {"input_shape": (40, 33, 3), "classes": 5},
    "Xception": {"input_shape": (71, 71, 3), "classes": 5},
    "DenseNet121": {"input_shape": (32, 32, 3), "classes": 5},
}


@pytest.mark.parametrize("name", SMALL)
def test_outputs_are_keras_s(name: str) -> None:
    keras.utils.clear_session()
    theirs = getattr(keras.applications, name)(weights=None, **SMALL[name])
    ours = getattr(nn.applications, name)(weights=None, **SMALL[name])
    rng = np.random.default_rng(0)

    def drawn(w: Any) -> np.ndarray:
        """Kernels that keep the scale; scales and variances near 1; shifts near 0."""
        if w.ndim > 1:
            return rng.normal(size=w.shape) / np.sqrt(np.prod(w.shape[:-1]))
        return w + 0.2 * rng.random(w.shape)

    weights = [drawn(w) for w in theirs.get_weights()]
    theirs.set_weights(weights)
    ours.set_weights(weights)
    assert [type(x).__name__ for x in ours.layers] == [type(x).__name__ for x in theirs.layers]
    assert ours.name == theirs.name
    x = rng.normal(size=(2, *SMALL[name]["input_shape"])).astype("float32")
    expected = np.asarray(theirs(x, training=False))  # to compile one takes minutes
    found = ours(x, training=False).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
    assert np.ptp(expected) > 0


@pytest.mark.parametrize("module", ["vgg16", "mobilenet", "densenet"])
def test_pixels_are_keras_s(module: str) -> None:
    x = np.random.default_rng(0).integers(0, 256, (2, 4, 5, 3), "uint8")
    expected = getattr(keras.applications, module).preprocess_input(x.copy())
    found = getattr(nn.applications, module).preprocess_input(x)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
