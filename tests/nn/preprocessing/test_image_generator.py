"""Pictures changed at random: what each option does, and batches of arrays without end."""

from __future__ import annotations

import numpy as np
import pytest

from autograd_nn import nn
from autograd_nn.engine.errors import ShapeError
from autograd_nn.nn.preprocessing import image
from autograd_nn.nn.preprocessing.image import ImageDataGenerator

RNG = np.random.default_rng(0)
X = RNG.random((10, 4, 6, 3)).astype(np.float32)
Y = np.arange(10)


def shown(options, **parameters):
    return ImageDataGenerator(**options).apply_transform(X[0], parameters)


def test_pictures_are_moved_up_and_to_the_left_by_whole_pixels():
    np.testing.assert_allclose(shown({}, tx=1)[:-1], X[0][1:], atol=1e-6)
    np.testing.assert_allclose(shown({}, ty=2)[:, :-2], X[0][:, 2:], atol=1e-6)
    np.testing.assert_allclose(shown({}, ty=2)[:, -1], X[0][:, -1], atol=1e-6)
    assert (shown({"fill_mode": "constant", "cval": 7.0}, tx=-1)[0] == 7).all()


def test_pictures_are_turned_about_their_middle():
    np.testing.assert_allclose(shown({}, theta=180), X[0][::-1, ::-1], atol=1e-5)
    square = X[0][:, 1:5]
    turned = ImageDataGenerator().apply_transform(square, {"theta": 90})
    np.testing.assert_allclose(turned, np.rot90(square), atol=1e-5)


def test_pictures_are_scaled_and_sheared_about_their_middle():
    x = np.repeat(np.repeat(X[:1, :2, :3], 2, 1), 2, 2)[0]
    half = image.apply_affine_transform(
        x, zx=2, zy=2, row_axis=0, col_axis=1, channel_axis=2, order=0, fill_mode="constant"
    )
    assert half[1:3, 2:4].shape == (2, 2, 3) and not half[0].any() and not half[:, 0].any()
    sheared = image.apply_affine_transform(
        np.ones((5, 5, 1)), shear=45, row_axis=0, col_axis=1, channel_axis=2, fill_mode="constant"
    )
    middle = sheared[2, :, 0]
    assert middle[2] == 1 and np.allclose(sheared[..., 0], sheared[::-1, ::-1, 0])
    assert not np.allclose(sheared[..., 0], sheared[::-1, :, 0])


def test_pictures_are_flipped_and_colors_moved():
    np.testing.assert_array_equal(shown({}, flip_horizontal=True), X[0][:, ::-1])
    np.testing.assert_array_equal(shown({}, flip_vertical=True), X[0][::-1])
    moved = shown({}, channel_shift_intensity=0.5)
    np.testing.assert_allclose(moved, np.minimum(X[0] + 0.5, X[0].max()))


def test_brightness():
    pytest.importorskip("PIL")
    picture = np.full((2, 2, 3), 100, np.float32)
    made = ImageDataGenerator(brightness_range=(0.5, 0.5), horizontal_flip=True)
    np.testing.assert_array_equal(made.random_transform(picture), picture / 2)


@pytest.mark.parametrize("leads", [False, True])
def test_channels_may_come_first(leads):
    options = {"data_format": "channels_first"} if leads else {}
    x = X.transpose(0, 3, 1, 2) if leads else X
    made = ImageDataGenerator(rotation_range=30, zoom_range=0.2, horizontal_flip=True,
                              featurewise_center=True, **options)  # fmt: skip
    made.fit(x)
    found = next(made.flow(x, batch_size=10, seed=3))
    plain = ImageDataGenerator(rotation_range=30, zoom_range=0.2, horizontal_flip=True,
                               featurewise_center=True)  # fmt: skip
    plain.fit(X)
    expected = next(plain.flow(X, batch_size=10, seed=3))
    back = found.transpose(0, 2, 3, 1) if leads else found
    np.testing.assert_allclose(back, expected, atol=1e-6)


RANGES = [
    ({"rotation_range": 9}, "theta", -9, 9), ({"shear_range": 5}, "shear", -5, 5),
    ({"height_shift_range": 0.5}, "tx", -2, 2), ({"width_shift_range": 0.5}, "ty", -3, 3),
    ({"height_shift_range": 3.0}, "tx", -3, 3), ({"zoom_range": 0.2}, "zx", 0.8, 1.2),
    ({"zoom_range": (0.5, 0.7)}, "zy", 0.5, 0.7),
    ({"channel_shift_range": 4}, "channel_shift_intensity", -4, 4),
    ({"brightness_range": (1, 2)}, "brightness", 1, 2),
]  # fmt: skip


@pytest.mark.parametrize(("options", "name", "low", "high"), RANGES)
def test_draws_fill_their_range(options, name, low, high):
    made = ImageDataGenerator(**options)
    drawn = [made.get_random_transform((4, 6, 3), seed=i)[name] for i in range(200)]
    assert low <= min(drawn) < low + 0.1 * (high - low)
    assert high - 0.1 * (high - low) < max(drawn) <= high


@pytest.mark.parametrize(("given", "drawn"), [([1, 4], {-4, -1, 1, 4}), (3, {-2, -1, 0, 1, 2})])
def test_shifts_out_of_a_list_and_below_a_whole_number(given, drawn):
    made = ImageDataGenerator(width_shift_range=given)
    assert {made.get_random_transform((4, 6, 3), seed=i)["ty"] for i in range(99)} == drawn


def test_statistics_of_the_data():
    made = ImageDataGenerator(featurewise_std_normalization=True)
    made.fit(X)
    found = made.standardize(X[3])
    expected = (X[3] - X.mean((0, 1, 2))) / X.std((0, 1, 2))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    made = ImageDataGenerator(samplewise_std_normalization=True, rescale=3.0)
    np.testing.assert_allclose(
        made.standardize(X[3]), (X[3] - X[3].mean()) / X[3].std(), rtol=1e-4, atol=1e-4
    )


def test_whitened_pixels_are_uncorrelated():
    x = RNG.random((200, 2, 2, 1)) @ np.ones((1, 1))
    x[:, 0] += x[:, 1]
    made = ImageDataGenerator(zca_whitening=True, dtype="float64")
    made.fit(x)
    flat = next(made.flow(x, batch_size=200, shuffle=False)).reshape(200, 4)
    np.testing.assert_allclose(flat.T @ flat / 200, np.eye(4), atol=1e-4)


def test_without_statistics_pictures_stay_and_it_is_said():
    with pytest.warns(UserWarning, match=r"fit\(x\)"):
        found = ImageDataGenerator(featurewise_center=True).standardize(X[0])
    np.testing.assert_array_equal(found, X[0])


def test_batches_without_end():
    flow = ImageDataGenerator().flow(X, Y, batch_size=4, shuffle=False)
    assert len(flow) == 3 and flow.n == 10
    seen = [next(flow)[1].tolist() for _ in range(4)]
    assert seen == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9], [0, 1, 2, 3]]
    flow.reset()
    x, y = flow.next()
    assert y.tolist() == [0, 1, 2, 3] and flow[2][1].tolist() == [8, 9]
    np.testing.assert_array_equal(x, X[:4])
    assert X is not flow.x or x.base is not X
    with pytest.raises(IndexError):
        flow[3]


def test_a_seed_makes_batches_the_same_and_shuffling_keeps_pairs():
    made = ImageDataGenerator(rotation_range=90)
    first, second = (made.flow(X, Y, batch_size=4, seed=1) for _ in range(2))
    order = []
    for _ in range(3):
        (x, y), (u, v) = next(first), next(second)
        np.testing.assert_array_equal(x, u)
        order += y.tolist()
        assert y.tolist() == v.tolist()
    assert sorted(order) == list(range(10)) and order != list(range(10))
    plain = ImageDataGenerator().flow(X, Y, batch_size=10)
    x, y = next(plain)
    np.testing.assert_array_equal(x, X[y])


def test_more_arrays_and_weights_come_along():
    flow = ImageDataGenerator().flow((X, Y * 2), Y, batch_size=3, sample_weight=Y * 1.0, seed=0)
    (x, twice), y, weights = next(flow)
    assert twice.tolist() == [2 * i for i in y] and weights.tolist() == y.tolist()
    np.testing.assert_array_equal(x, X[y])
    assert next(ImageDataGenerator().flow(X)).shape == (10, 4, 6, 3)


def test_parts_for_training_and_validation():
    made = ImageDataGenerator(validation_split=0.3)
    y = np.arange(10) % 3
    parts = [made.flow(X, y, subset=s, shuffle=False) for s in ("training", "validation")]
    assert [f.n for f in parts] == [7, 3]
    np.testing.assert_array_equal(next(parts[1])[0], X[:3])
    with pytest.raises(ValueError, match="ignore_class_split"):
        made.flow(X, Y, subset="training")


def test_a_model_trains_on_it():
    model = nn.Sequential([nn.Input((4, 6, 3)), nn.layers.Flatten(), nn.layers.Dense(1)])
    model.compile("sgd", "mse")
    flow = ImageDataGenerator(horizontal_flip=True).flow(X, Y * 1.0, batch_size=4, seed=0)
    losses = model.fit(flow, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert model.fit(flow, steps_per_epoch=5, verbose=0).history["loss"]
    assert model.predict(ImageDataGenerator().flow(X, batch_size=4), verbose=0).shape == (10, 1)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"fill_mode": "none"}, "fill_mode"), ({"zoom_range": (1, 2, 3)}, "zoom_range"),
        ({"brightness_range": 3}, "brightness_range"), ({"validation_split": 1.5}, "split"),
        ({"data_format": "hwc"}, "data_format"), ({"zoom_range": 1.5}, "zoom_range"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_meant(options, match):
    with pytest.raises(ValueError, match=match):
        ImageDataGenerator(**options)


def test_arrays_that_do_not_fit():
    made = ImageDataGenerator()
    with pytest.raises(ShapeError, match=r"\(n, h, w, c\)"):
        made.flow(X[0])
    with pytest.raises(ShapeError, match="one length"):
        made.flow(X, Y[:3])
    with pytest.raises(ShapeError, match=r"\(n, h, w, c\)"):
        made.fit(X[:0])
    with pytest.raises(ValueError, match="'training' or 'validation'"):
        made.flow(X, subset="test")
    with pytest.raises(ShapeError, match="three dimensions"):
        image.apply_affine_transform(X, theta=1)


@pytest.mark.parametrize(
    ("change", "options"),
    [
        (image.random_rotation, (40,)), (image.random_shift, (0.3, 0.3)),
        (image.random_shear, (30,)), (image.random_zoom, ((0.5, 0.8),)),
        (image.random_channel_shift, (0.3,)),
    ],
)  # fmt: skip
def test_single_changes_follow_numpys_seed(change, options):
    x = X[0].transpose(2, 0, 1)
    np.random.seed(3)
    first = change(x, *options)
    np.random.seed(3)
    np.testing.assert_array_equal(change(x, *options), first)
    assert first.shape == x.shape and first.dtype == x.dtype and not np.allclose(first, x)


def test_a_batch_is_standardized_picture_by_picture() -> None:
    x = np.random.default_rng(0).uniform(0, 255, (4, 5, 6, 3)).astype("float32")
    maker = ImageDataGenerator(featurewise_center=True, samplewise_center=True, zca_whitening=True)
    maker.fit(x)
    each = np.stack([maker.standardize(one) for one in x])
    assert np.allclose(maker.standardize(x), each, atol=1e-4)


def test_a_gray_picture_that_is_scaled_has_eight_bits() -> None:
    """255 / max · max is above 255 for some floats, and such a picture was one of 32 bits."""
    pytest.importorskip("PIL")
    for most in np.random.default_rng(0).uniform(1, 255, 200).astype("float32"):
        picture = nn.utils.array_to_img(np.array([[[0.0], [most]]], "float32"))
        assert picture.mode == "L"
