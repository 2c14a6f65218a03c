"""Image layers: what random ones draw, in programs too, and what functions of images refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.nn import images, layers
from autograd_nn.nn.images.boxes import (
    compute_iou,
    convert_format,
    decode_deltas_to_boxes,
    encode_box_to_deltas,
)

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
    "shear": lambda: layers.RandomShear(0.5, 0.5, seed=4),
    "perspective": lambda: layers.RandomPerspective(scale=0.5, seed=4),
    "elastic": lambda: layers.RandomElasticTransform((1, 1), value_range=(0, 1), seed=4),
    "saturation": lambda: layers.RandomSaturation(0.9, value_range=(0, 1), seed=4),
    "hue": lambda: layers.RandomHue(0.5, value_range=(0, 1), seed=4),
    "degeneration": lambda: layers.RandomColorDegeneration(0.9, value_range=(0, 1), seed=4),
    "grayscale": lambda: layers.RandomGrayscale(0.5, seed=4),
    "invert": lambda: layers.RandomInvert(value_range=(0, 1), seed=4),
    "blur": lambda: layers.RandomGaussianBlur(seed=4),
    "erasing": lambda: layers.RandomErasing(value_range=(0, 1), seed=4),
    "sharpness": lambda: layers.RandomSharpness(1.0, value_range=(0, 1), seed=4),
    "posterization": lambda: layers.RandomPosterization((1, 6), value_range=(0, 1), seed=4),
    "solarization": lambda: layers.Solarization(0.5, 0.5, value_range=(0, 1), seed=4),
    "mix up": lambda: layers.MixUp(0.8, seed=4),
    "cut mix": lambda: layers.CutMix(seed=4),
    "jitter": lambda: layers.RandomColorJitter((0, 1), 0.2, 0.2, 0.6, 0.2, seed=4),
    "rand augment": lambda: layers.RandAugment((0, 1), seed=4),
    "aug mix": lambda: layers.AugMix((0, 1), 1, 1, seed=4),
}
ALIKE = ("mix up", "cut mix", "rand augment", "aug mix")  # images are changed as others are


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


@pytest.mark.parametrize("name", [n for n in RANDOM if n not in ("crop", *ALIKE)])
def test_each_image_has_a_draw_of_its_own(name: str) -> None:
    same = np.repeat(X[:1], 12, axis=0)
    y = RANDOM[name]()(same).numpy()
    assert len({part.tobytes() for part in y}) > 1


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


SAMPLE = {
    "images": X,
    "labels": np.eye(6, dtype="float32"),
    "segmentation_masks": (X[..., :1] > 0.5).astype("int32"),
    "bounding_boxes": {"boxes": np.tile([[1.0, 1.0, 3.0, 4.0]], (6, 1, 1)),
                       "labels": np.full((6, 1), 7)},
    "names": np.arange(6),
}  # fmt: skip


@pytest.mark.parametrize("name", [n for n in RANDOM if n != "cut mix"])
def test_a_sample_is_changed_as_one_and_what_no_layer_knows_stays(name: str) -> None:
    made = RANDOM[name]()
    layer = type(made).from_config(made.get_config() | {"bounding_box_format": "xyxy"})
    y = layer(SAMPLE, training=True)
    np.testing.assert_array_equal(y["images"], RANDOM[name]()(X, training=True))
    np.testing.assert_array_equal(y["names"], SAMPLE["names"])
    assert y["segmentation_masks"].shape[1:3] == y["images"].shape[1:3]
    assert y["bounding_boxes"]["labels"].dtype.kind == "i"
    assert np.allclose(y["labels"].numpy().sum(-1), 1)
    still = layer(SAMPLE, training=False)["bounding_boxes"]["boxes"].numpy()
    if name != "crop":
        np.testing.assert_array_equal(still, SAMPLE["bounding_boxes"]["boxes"])
    one = {k: v[0] for k, v in SAMPLE.items() if k != "bounding_boxes"}
    one["bounding_boxes"] = {k: v[0] for k, v in SAMPLE["bounding_boxes"].items()}
    assert layer(one, training=True)["images"].shape == y["images"].shape[1:]


MOVING = ("flip", "rotation", "translation", "zoom", "shear", "perspective")


@pytest.mark.parametrize("name", MOVING)
def test_boxes_go_where_their_pixels_go(name: str) -> None:
    x = np.zeros((8, 24, 24, 1), "float32")
    x[:, 9:13, 10:15] = 1
    boxes = {"boxes": np.tile([[10.0, 9.0, 15.0, 13.0]], (8, 1, 1)), "labels": np.zeros((8, 1))}
    made = RANDOM[name]()
    config = made.get_config() | {"bounding_box_format": "xyxy"}
    layer = type(made).from_config(config | ({} if name == "flip" else {"fill_mode": "constant"}
                                             if "fill_mode" in config else {}))  # fmt: skip
    y = layer({"images": x, "bounding_boxes": boxes})
    for image, (x0, y0, x1, y1) in zip(y["images"].numpy()[..., 0],
                                       y["bounding_boxes"]["boxes"].numpy()[:, 0], strict=True):
        rows, columns = np.nonzero(image > 0.5)
        if rows.size:
            ends = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
            np.testing.assert_allclose(ends, (x0, y0, x1, y1), atol=2)


def test_levels_are_what_they_are_said_to_be() -> None:
    x = RNG.integers(0, 256, (2, 16, 16, 3)).astype("float32")
    found = layers.Equalization()(x).numpy()
    for own, image in zip(x, found, strict=True):
        for c in range(3):
            order = np.argsort(own[..., c].ravel(), kind="stable")
            assert (np.diff(image[..., c].ravel()[order]) >= 0).all()
            counts = np.bincount(own[..., c].ravel().astype(int), minlength=256)
            upto = np.cumsum(counts)
            first = upto[upto > 0].min()
            table = np.round((upto - first) * 255 / (256 - first))
            np.testing.assert_allclose(image[..., c], table[own[..., c].astype(int)], atol=1)
    whole = layers.ContrastLimitedAdaptiveHistogramEqualization(
        clip_limit=0, tile_grid_size=(1, 1))(x).numpy()  # fmt: skip
    np.testing.assert_allclose(whole, found, atol=4)  # which counts from level 0 on
    y = layers.AutoContrast()(x / 4 + 3).numpy()
    assert y.min((1, 2)).max() == 0 and abs(y.max((1, 2)) - 255).max() < 1e-3
    y = layers.RandomPosterization((3, 3))(x).numpy()
    np.testing.assert_array_equal(y, x // 32 * 32)


def test_mixed_images_and_labels_are_mixed_alike() -> None:
    x = np.arange(6.0, dtype="float32").reshape(6, 1, 1, 1) * np.ones((1, 8, 8, 1), "float32")
    for layer in (layers.MixUp(0.8, seed=1), layers.CutMix(seed=1)):
        y = layer({"images": x, "labels": np.eye(6)})
        means = (y["labels"].numpy() * np.arange(6.0)).sum(-1)
        np.testing.assert_allclose(y["images"].numpy().mean((1, 2, 3)), means, atol=1)


def test_boxes_in_one_form_are_boxes_in_any_other() -> None:
    boxes = np.array([[[1.0, 2.0, 5.0, 8.0], [0.0, 0.0, 3.0, 1.0]]])
    for form in ("yxyx", "xywh", "center_xywh", "center_yxhw", "rel_xyxy", "REL_xywh"):
        there = convert_format(boxes, "xyxy", form, 10, 20)
        np.testing.assert_allclose(convert_format(there, form, "xyxy", 10, 20), boxes, rtol=1e-6)
    own = compute_iou(boxes, boxes, "xyxy").numpy()[0]
    np.testing.assert_allclose(np.diag(own), 1, rtol=1e-5)
    assert 0 < own[0, 1] == own[1, 0] < 1 or own[0, 1] == 0
    deltas = encode_box_to_deltas(boxes[0], boxes[0, ::-1], "xyxy", "xyxy", variance=[0.1] * 4)
    back = decode_deltas_to_boxes(boxes[0], deltas, "xyxy", "xyxy", variance=[0.1] * 4)
    np.testing.assert_allclose(back, boxes[0, ::-1], rtol=1e-5, atol=1e-6)


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
    "list": (lambda: layers.RandomFlip()([X, X]), ShapeError, "Expected the input image"),
    "height": (lambda: layers.Resizing(0, 2), ValueError, "height=0"),
    "width": (lambda: layers.CenterCrop(2, 2.5), TypeError, "width=2.5"),
    "crop size": (lambda: layers.RandomCrop(-1, 2), ValueError, "height=-1"),
    "interpolation": (lambda: layers.Resizing(2, 2, "cubic"), ValueError, "'bicubic'"),
    "both ratios": (lambda: layers.Resizing(2, 2, crop_to_aspect_ratio=True,
                                            pad_to_aspect_ratio=True), ValueError, "one of them"),
    "fill": (lambda: layers.Resizing(2, 2, fill_mode="wrap"), ValueError, "'constant'"),
    "format": (lambda: layers.CenterCrop(2, 2, data_format="last"), ValueError, "'last'"),
    "mode": (lambda: layers.RandomFlip("sideways"), ValueError, "'horizontal'"),
    "factor": (lambda: layers.RandomRotation(1.5), ValueError, r"\[-1, 1\]"),
    "factors": (lambda: layers.RandomRotation((0.1, 0.2, 0.3)), ValueError, "two numbers"),
    "nan": (lambda: layers.RandomTranslation(float("nan"), 0), ValueError, "height_factor=nan"),
    "zoom": (lambda: layers.RandomZoom(0.1, (-1, 0)), ValueError, "width_factor"),
    "contrast": (lambda: layers.RandomContrast(-0.1), ValueError, r"\[0, 1\]"),
    "range": (lambda: layers.RandomBrightness(0.1, 255), ValueError, "value_range=255"),
    "fill mode": (lambda: layers.RandomZoom(0.1, fill_mode="black"), ValueError, "'reflect'"),
    "cubic": (lambda: layers.RandomZoom(0.1, interpolation="bicubic"), ValueError, "'bilinear'"),
    "seed": (lambda: layers.RandomFlip(seed=-1), ValueError, "seed=-1"),
    "boxes": (lambda: layers.RandomFlip()(SAMPLE), ValueError, "bounding_box_format='xyxy'"),
    "form": (lambda: layers.RandomFlip(bounding_box_format="xyzz"), ValueError, "'xyzz'"),
    "size": (lambda: convert_format(np.ones((1, 4)), "xyxy", "rel_xyxy"), ValueError, "height"),
    "hue": (lambda: layers.RandomHue(0.1)(X[..., :2]), ShapeError, "2 channels"),
    "fill value": (lambda: layers.RandomErasing(fill_value=(1, 2)), ValueError, "fill_value"),
    "alpha": (lambda: layers.MixUp(0), ValueError, "alpha=0"),
    "cut": (lambda: layers.CutMix(bounding_box_format="xyxy")(SAMPLE), NotImplementedError,
            "MixUp"),
    "points": (lambda: images.perspective_transform(X, X[0, 0], X[0, 0]), ShapeError, "(4,2)"),
    "scale": (lambda: layers.Rescaling("large"), DTypeError, "scale='large'"),
    "transform": (lambda: images.affine_transform(X, np.ones(6)), ShapeError, r"\(6,\)"),
    "transforms": (lambda: images.affine_transform(X, np.ones((5, 8))), ShapeError, r"\(6, 8\)"),
    "order": (lambda: images.map_coordinates(X[0, 0], [[0.0], [0.0]], 3), ValueError, "order=3"),
    "axes": (lambda: images.map_coordinates(X[0, 0], [[0.0]], 1), ShapeError, r"\(2, …\)"),
    "three": (lambda: images.pad_images(X, 1, 1, 1, 1, 7), ValueError, "exactly two of"),
    "negative": (lambda: images.pad_images(X, 1, 1, target_height=2, target_width=9), ShapeError,
                 ">= 0 and something left"),
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
