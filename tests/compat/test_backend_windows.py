"""``K`` over windows, in its own orders of axes: values found by other ways."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from autograd_nn import compat, nn
from autograd_nn.compat.functions import backend as K  # noqa: N812
from autograd_nn.engine.errors import ShapeError

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_transposed_convolution_is_the_transpose(steps: int, padding: str) -> None:
    kernel = RNG.standard_normal((3, 3, 2, 4))
    x = RNG.standard_normal((2, 5, 6, 2))
    y = K.conv2d(x, kernel, steps, padding)
    v = RNG.standard_normal(y.shape)
    back = K.conv2d_transpose(v, kernel, x.shape, (steps, steps), padding)
    assert back.shape == x.shape
    np.testing.assert_allclose(np.sum(np.asarray(y) * v), np.sum(np.asarray(back) * x), rtol=1e-10)


def test_a_size_that_no_windows_give_is_told() -> None:
    with pytest.raises(ShapeError, match=r"output_shape=\(1, 9, 9, 1\)"):
        K.conv2d_transpose(np.ones((1, 2, 2, 1)), np.ones((2, 2, 1, 1)), (1, 9, 9, 1))


@pytest.mark.parametrize("form", ["channels_last", "channels_first"])
def test_local_windows_with_one_kernel_are_a_convolution(form: str) -> None:
    kernel = RNG.standard_normal((2, 3, 4, 5))
    x = RNG.standard_normal((2, 5, 6, 4) if form == "channels_last" else (2, 4, 5, 6))
    expected = np.asarray(K.conv2d(x, kernel, (1, 2), "valid", form))
    rows, columns = expected.shape[1:3] if form == "channels_last" else expected.shape[2:]
    flat = kernel if form == "channels_last" else kernel.transpose(2, 0, 1, 3)
    own = np.repeat(flat.reshape(1, 24, 5), rows * columns, axis=0)
    found = K.local_conv2d(x, own, (2, 3), (1, 2), (rows, columns), form)
    np.testing.assert_allclose(np.asarray(found), expected, atol=1e-12)


def test_local_windows_of_series_each_have_their_kernel() -> None:
    x, kernel = RNG.standard_normal((2, 5, 3)), RNG.standard_normal((2, 6, 4))
    found = np.asarray(K.local_conv1d(x, kernel, (2,), (3,)))
    for i, at in enumerate((0, 3)):
        by_hand = x[:, at : at + 2].reshape(2, 6) @ kernel[i]
        np.testing.assert_allclose(found[:, i], by_hand, atol=1e-12)


def test_volumes_are_repeated_and_framed() -> None:
    x = np.arange(2.0).reshape(1, 1, 1, 2, 1)
    assert np.asarray(K.resize_volumes(x, 1, 2, 2, "channels_last")).ravel().tolist() == [
        0, 0, 1, 1, 0, 0, 1, 1]  # fmt: skip
    assert K.spatial_3d_padding(x, ((0, 1), (1, 1), (0, 0))).shape == (1, 2, 3, 2, 1)
    first = K.spatial_3d_padding(x, ((0, 0), (0, 0), (1, 0)), "channels_first")
    assert first.shape == (1, 1, 1, 2, 2)


def test_labels_read_of_chances() -> None:
    chances = np.full((1, 4, 3), 0.05)
    chances[0, [0, 1, 2, 3], [1, 1, 2, 0]] = 0.9
    labels, scores = K.ctc_decode(chances, np.array([4]))
    assert np.asarray(labels[0]).tolist() == [[1, 0, -1, -1]] and scores.shape == (1, 1)
    several, scores = K.ctc_decode(chances, np.array([4]), greedy=False, top_paths=2)
    assert len(several) == 2 and scores.shape == (1, 2)
    assert np.asarray(several[0])[0, :2].tolist() == [1, 0]


def test_a_phase_holds_within_its_scope() -> None:
    x = nn.Input((2,))
    f = K.function([x], [K.in_train_phase(x + 1, x)])
    with K.learning_phase_scope(1):
        assert bool(K.learning_phase())
    assert not bool(K.learning_phase())
    assert f([np.zeros((1, 2))])[0].shape == (1, 2)


def test_tensorflow_is_found_where_scripts_took_it_from() -> None:
    assert K.tf.nn.relu(np.array([-1.0, 1.0]), name="on").tolist() == [0.0, 1.0]
    assert K.tf.image.resize_images(np.ones((2, 2, 1)), (4, 4)).shape == (4, 4, 1)
    with pytest.raises(AttributeError, match="K.nothing"):
        K.nothing  # noqa: B018


def test_a_name_that_is_not_part_of_this_version_is_no_attribute() -> None:
    with compat.install_as("keras"):
        applications = importlib.import_module("keras.applications")
        assert not hasattr(applications, "NoSuchNet")


def test_arguments_by_the_names_of_then() -> None:
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(K.clip(x, min_value=1, max_value=4), x.clip(1, 4))
    np.testing.assert_array_equal(K.tile(x, n=(2, 1)), np.tile(x, (2, 1)))
    a, b = np.arange(6.0).reshape(2, 3), np.arange(6.0, 12.0).reshape(2, 3)
    np.testing.assert_array_equal(K.batch_dot(a, b, axes=0), (a * b).sum(0)[:, None])
    np.testing.assert_array_equal(K.batch_dot(a, b.T, axes=(0, 1)), (a.T * b.T).sum(1)[:, None])
    np.testing.assert_array_equal(K.batch_dot(a, b.T, axes=(1, 0)), (a.T * b.T).sum(0)[:, None])


def test_a_bias_for_each_place_is_told_channels_last() -> None:
    x, bias = np.zeros((2, 3, 5)), np.arange(15.0).reshape(5, 3)
    found = K.bias_add(x, bias, data_format="channels_first")
    np.testing.assert_array_equal(found[0], bias.reshape(3, 5))
    np.testing.assert_array_equal(K.bias_add(np.zeros((2, 5, 3)), bias)[1], bias)


@pytest.mark.parametrize("call", [
    lambda x: K.bias_add(x, np.ones(3), data_format="channels_middle"),
    lambda x: K.resize_images(x, 2, 2, "channels_middle"),
    lambda x: K.spatial_2d_padding(x, data_format="channels_middle"),
    lambda x: K.pool2d(x, (2, 2), pool_mode="median"),
])  # fmt: skip
def test_words_that_mean_nothing_are_refused(call: Any) -> None:
    with pytest.raises(ValueError, match="channels_middle|median"):
        call(np.ones((1, 4, 4, 3)))
