"""Image layers: what random ones draw, in programs too, and what functions of images refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.nn import images, layers

RNG = np.random.default_rng(3)
X = RNG.random((6, 5, 4, 3)).astype("float32")
RANDOM = {
    "crop": lambda: layers.RandomCrop(3, 2, seed=4),
    "flip": lambda: layers.RandomFlip(seed=4),
    "rotation": lambda: layers.RandomRotation(0.2, seed=4),
    "translation": lambda: layers.RandomTranslation(0.3, 0.2, seed=4),
    "zoom": lambda: layers.RandomZoom(0.3, 0.2, seed=4),
    "brightness": lambda: layers.RandomBrightness(0.3, value_range=(-9, 9), seed=4),
    "contrast": lambda: layers.RandomContrast(0.6, value_range=(-9, 9), seed=4),
}


@pytest.mark.parametrize("name", RANDOM)
def test_draws_are_new_each_time_repeat_by_seed_and_end_outside_of_training(name: str) -> None:
    layer, twin = RANDOM[name](), RANDOM[name]()
    drawn = [layer(X).numpy() for _ in range(4)]
    again = [twin(X, training=True).numpy() for _ in range(4)]
    np.testing.assert_array_equal(drawn, again)
    assert any((drawn[0] != y).any() for y in drawn[1:])
    still = layer(X, training=False).numpy()
    np.testing.assert_array_equal(still, X[:, 1:4, 1:3] if name == "crop" else X)
    assert layer(X[0]).shape == drawn[0].shape[1:]


@pytest.mark.parametrize("name", RANDOM)
def test_a_program_draws_as_a_call_does(name: str) -> None:
    layer, twin = RANDOM[name](), RANDOM[name]()
    recorded = ag.jit(lambda x: layer(x, training=True))
    for _ in range(3):
        np.testing.assert_allclose(recorded(X), twin(X), rtol=0, atol=2e-5)


@pytest.mark.parametrize("name", [n for n in RANDOM if n != "crop"])
def test_each_image_has_a_draw_of_its_own(name: str) -> None:
    same = np.repeat(X[:1], 12, axis=0)
    y = RANDOM[name]()(same).numpy()
    assert len({part.tobytes() for part in y}) > 2


@pytest.mark.parametrize("name", RANDOM)
def test_either_order_of_axes_is_treated_alike(name: str) -> None:
    layer = RANDOM[name]()
    config = layer.get_config() | {"data_format": "channels_first"}
    other = type(layer).from_config(config)
    y = other(np.moveaxis(X, -1, 1)).numpy()
    np.testing.assert_allclose(np.moveaxis(y, 1, -1), layer(X), rtol=1e-5, atol=1e-6)


def test_a_flip_mirrors_and_a_crop_is_a_window() -> None:
    x = np.arange(12.0, dtype="float32").reshape(1, 3, 4, 1)
    batch = np.repeat(x, 40, axis=0)
    for mode, count in (("horizontal", 2), ("vertical", 2), ("horizontal_and_vertical", 4)):
        seen = {p.tobytes() for p in layers.RandomFlip(mode, seed=0)(batch).numpy()}
        sides = [p for p in (x[0], x[0, :, ::-1], x[0, ::-1], x[0, ::-1, ::-1])]
        assert seen <= {p.tobytes() for p in sides} and len(seen) == count
    crop = layers.RandomCrop(2, 3, seed=0)
    seen = {crop(x).numpy().tobytes() for _ in range(30)}
    assert seen == {x[0, i : i + 2, j : j + 3].tobytes() for i in (0, 1) for j in (0, 1)}


def test_contrast_and_brightness_stay_in_their_range() -> None:
    y = layers.RandomBrightness((-1, 1), value_range=(0, 1), seed=1)(X).numpy()
    assert y.min() == 0 and y.max() == 1
    x = X - X.mean((1, 2), keepdims=True)
    y = layers.RandomContrast((0.5, 0.25), value_range=(-9, 9), seed=1)(x).numpy()
    factor = (y / x).mean((1, 2, 3))
    assert factor.min() > 0.74 and factor.max() < 1.5 and np.ptp(factor) > 0.05


def test_whole_numbers_are_rounded_and_kept_in_their_range() -> None:
    x = np.array([[0, 255, 0, 255]], "uint8").reshape(1, 1, 4, 1)
    y = layers.Resizing(1, 8, interpolation="bicubic")(x)
    assert y.dtype == "uint8" and {0, 255} <= set(y.numpy().ravel().tolist())
    assert layers.Resizing(1, 2)(x).numpy().ravel().tolist() == [128, 128]
    assert layers.RandomFlip()(x).dtype == "float32"


def test_masks_of_sequences_pass_through_a_rescaling() -> None:
    net = nn.Sequential([layers.Masking(), layers.Rescaling(2.0), layers.LSTM(2)])
    x = np.ones((2, 3, 1), "float32")
    cut = np.concatenate([x, np.zeros((2, 2, 1), "float32")], axis=1)
    np.testing.assert_allclose(net(cut), net(x), rtol=1e-6)


FUNCTIONS = {
    "affine": lambda x, t: images.affine_transform(x, t, fill_mode="wrap"),
    "affine-first": lambda x, t: images.affine_transform(x, t[0], data_format="channels_first"),
    "coordinates": lambda x, t: images.map_coordinates(x[0, :, :, 0], t[:2, :3] + 0.3, 1),
    "blur": lambda x, t: images.gaussian_blur(x, (3, 5), (0.7, t[0, 0])),
    "patches": lambda x, t: images.extract_patches(x, (2, 1), padding="same", dilation_rate=2),
    "resize": lambda x, t: images.resize(x, (2, 3), "lanczos3", antialias=True),
    "pad": lambda x, t: images.pad_images(x, 1, 0, target_height=5, target_width=3),
    "crop": lambda x, t: images.crop_images(x, 0, None, 1, 1, None, 1),
    "gray": lambda x, t: images.rgb_to_grayscale(x),
    "hsv": lambda x, t: images.rgb_to_hsv(x),
    "rgb": lambda x, t: images.hsv_to_rgb(x),
    "elastic": lambda x, t: images.elastic_transform(x, 1.0, 0.5, seed=1),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_images_are_differentiable_twice(name: str) -> None:
    x = RNG.uniform(0.1, 0.9, (2, 3, 2, 3))
    t = RNG.uniform(0.1, 0.9, (2, 8)) * [1, 1, 1, 1, 1, 1, 0.1, 0.1]
    assert ag.check_gradients(FUNCTIONS[name], x, t, order=2)


def test_hsv_and_rgb_are_inverse() -> None:
    np.testing.assert_allclose(images.hsv_to_rgb(images.rgb_to_hsv(X)), X, atol=1e-5)
    assert images.rgb_to_hsv([[[0.2, 0.2, 0.2]]]).numpy().ravel()[:2].tolist() == [0, 0]


def test_patches_and_blur_are_what_convolutions_see() -> None:
    kernel = RNG.normal(size=(2, 3, 3, 4)).astype("float32")
    found = images.extract_patches(X, (2, 3), strides=1).numpy() @ kernel.reshape(-1, 4)
    np.testing.assert_allclose(found, ag.ops.conv(X, kernel), rtol=1e-4, atol=1e-5)
    flat = images.gaussian_blur(np.ones((7, 7, 1)), (3, 3), (1.0, 2.0)).numpy()
    np.testing.assert_allclose(flat[1:-1, 1:-1], 1)
    assert flat[0, 3, 0] < flat[3, 0, 0]  # of rows, where the density is wider, more lies outside


REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "rank": (lambda: layers.Resizing(2, 2)(np.ones((4, 4))), ShapeError, r"shape \(4, 4\)"),
    "list": (lambda: layers.RandomFlip()([X, X]), ShapeError, "expected images"),
    "height": (lambda: layers.Resizing(0, 2), ValueError, "height=0"),
    "width": (lambda: layers.CenterCrop(2, 2.5), TypeError, "width=2.5"),
    "crop size": (lambda: layers.RandomCrop(-1, 2), ValueError, "height=-1"),
    "interpolation": (lambda: layers.Resizing(2, 2, "cubic"), ValueError, "'bicubic'"),
    "both ratios": (lambda: layers.Resizing(2, 2, crop_to_aspect_ratio=True,
                                            pad_to_aspect_ratio=True), ValueError, "one of them"),
    "fill": (lambda: layers.Resizing(2, 2, fill_mode="wrap"), ValueError, "'constant'"),
    "format": (lambda: layers.CenterCrop(2, 2, data_format="last"), ValueError, "'last'"),
    "mode": (lambda: layers.RandomFlip("sideways"), ValueError, "'horizontal'"),
    "factor": (lambda: layers.RandomRotation(1.5), ValueError, "from -1 to 1"),
    "factors": (lambda: layers.RandomRotation((0.1, 0.2, 0.3)), ValueError, "two of them"),
    "nan": (lambda: layers.RandomTranslation(float("nan"), 0), ValueError, "height_factor=nan"),
    "zoom": (lambda: layers.RandomZoom(0.1, (-1, 0)), ValueError, "width_factor"),
    "contrast": (lambda: layers.RandomContrast(-0.1), ValueError, "from 0 to 1"),
    "range": (lambda: layers.RandomBrightness(0.1, 255), ValueError, "value_range=255"),
    "fill mode": (lambda: layers.RandomZoom(0.1, fill_mode="black"), ValueError, "'reflect'"),
    "cubic": (lambda: layers.RandomZoom(0.1, interpolation="bicubic"), ValueError, "'bilinear'"),
    "seed": (lambda: layers.RandomFlip(seed=-1), ValueError, "seed=-1"),
    "scale": (lambda: layers.Rescaling("large"), DTypeError, "scale='large'"),
    "transform": (lambda: images.affine_transform(X, np.ones(6)), ShapeError, r"\(6,\)"),
    "transforms": (lambda: images.affine_transform(X, np.ones((5, 8))), ShapeError, r"\(6, 8\)"),
    "order": (lambda: images.map_coordinates(X[0, 0], [[0.0], [0.0]], 3), ValueError, "order=3"),
    "axes": (lambda: images.map_coordinates(X[0, 0], [[0.0]], 1), ShapeError, r"\(2, …\)"),
    "three": (lambda: images.pad_images(X, 1, 1, 1, 1, 7), ValueError, "two of these"),
    "negative": (lambda: images.pad_images(X, 1, 1, target_height=2, target_width=9), ShapeError,
                 "borders from 0"),
    "too much": (lambda: images.crop_images(X, 4, 0, 4, 0), ShapeError, "something left"),
    "gray": (lambda: images.rgb_to_grayscale(X[..., :2]), ShapeError, "2 channels"),
    "whole": (lambda: images.rgb_to_hsv(np.ones((2, 2, 3), int)), DTypeError, "255"),
    "patch": (lambda: images.extract_patches(X, 9), ShapeError, "do not fit"),
    "empty": (lambda: images.resize(np.ones((2, 0, 3, 1)), (2, 2)), ShapeError, "axis 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_and_says_why(name: str) -> None:
    call, error, text = REFUSED[name]
    with pytest.raises(error, match=text):
        call()
