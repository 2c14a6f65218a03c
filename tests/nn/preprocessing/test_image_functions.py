"""Functions of images against plain loops, against one another, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine.errors import DTypeError, ShapeError
from autograd_nn.nn import ops
from autograd_nn.nn.ops import image

RNG = np.random.default_rng(7)
X = RNG.random((2, 12, 12, 3)).astype("float32")


def test_blocks_go_out_and_back() -> None:
    for order in ("channels_last", "channels_first"):
        x = X if order == "channels_last" else np.moveaxis(X, -1, 1)
        deep = ops.space_to_depth(x, 2, order)
        np.testing.assert_array_equal(ops.depth_to_space(deep, 2, order), x)
    deep = ops.space_to_depth(X, 3).numpy()
    np.testing.assert_array_equal(deep[1, 2, 1], X[1, 6:9, 3:6].ravel())


@pytest.mark.parametrize("options", [{}, {"padding": 1, "stride": 2}, {"dilation": (2, 1)}])
def test_windows_are_columns_and_are_added_back(options: dict[str, Any]) -> None:
    x = np.moveaxis(X, -1, 1)
    columns = ops.unfold(x, 3, **options).numpy()
    back = ops.fold(columns, (12, 12), 3, **options).numpy()
    times = ops.fold(ops.unfold(np.ones_like(x), 3, **options), (12, 12), 3, **options).numpy()
    np.testing.assert_allclose(back, times * x, rtol=1e-5)
    if not options:
        np.testing.assert_array_equal(columns[1, :, 13], x[1, :, 1:4, 3:6].ravel())


def test_patches_of_volumes_are_windows() -> None:
    x = RNG.random((2, 4, 5, 6, 2)).astype("float32")
    y = image.extract_patches_3d(x, (2, 3, 2)).numpy()
    assert y.shape == (2, 2, 1, 3, 24)
    np.testing.assert_array_equal(y[1, 1, 0, 2], x[1, 2:4, 0:3, 4:6].ravel())
    np.testing.assert_array_equal(image.extract_patches(x, (2, 3, 2)), y)


def test_slopes_are_those_of_planes() -> None:
    rows, columns = np.indices((6, 7)).astype("float32")
    y = image.sobel_edges((3 * rows + 5 * columns)[:, :, None]).numpy()
    np.testing.assert_allclose(y[1:-1, 1:-1, 0], np.broadcast_to([24.0, 40.0], (4, 5, 2)))


def test_likeness_is_one_of_equals_and_falls_with_noise() -> None:
    assert np.allclose(image.ssim(X, X), 1, atol=1e-5)
    noise = [image.ssim(X, X + s * RNG.normal(size=X.shape)).numpy() for s in (0.05, 0.5)]
    assert (noise[0] > noise[1]).all() and (noise[0] < 1).all()
    a, b = X[0, :11, :11, :1], X[1, :11, :11, :1]
    d = np.arange(11) - 5.0
    w = np.exp(-0.5 * (d / 1.5) ** 2)
    w = np.outer(w, w)[:, :, None] / np.outer(w, w).sum()
    m, n = (a * w).sum(), (b * w).sum()
    s, t, both = ((w * u).sum() for u in ((a - m) ** 2, (b - n) ** 2, (a - m) * (b - n)))
    expected = (2 * m * n + 1e-4) * (2 * both + 9e-4)
    expected /= (m * m + n * n + 1e-4) * (s + t + 9e-4)
    assert abs(float(image.ssim(a, b)) - expected) < 1e-4
    assert abs(float(ops.psnr(X, X + 0.1, 1.0)) - 20) < 1e-3


@pytest.mark.parametrize("name", ["ssim", "psnr", "sobel_edges", "unfold", "depth_to_space"])
def test_they_are_differentiable_and_take_symbols(name: str) -> None:
    calls = {
        "ssim": lambda x: image.ssim(x, 0.5 * x + 0.2, filter_size=3),
        "psnr": lambda x: ops.psnr(x, 0.5 * x, 1.0),
        "sobel_edges": image.sobel_edges,
        "unfold": lambda x: ops.unfold(x, 2),
        "depth_to_space": lambda x: ops.depth_to_space(x, 2),
    }
    x = RNG.random((1, 4, 4, 4))
    assert ag.check_gradients(calls[name], x)
    y = calls[name](nn.Input((4, 4, 4)))
    expected = calls[name](x).shape
    assert len(y.shape) == len(expected) and y.shape[1:] == expected[1:]


REFUSED: dict[str, tuple[Any, type[Exception], str]] = {
    "block": (lambda: ops.depth_to_space(X, 1), ValueError, "at least 2"),
    "channels": (lambda: ops.depth_to_space(X, 2), ShapeError, "multiple of 4"),
    "pixels": (lambda: ops.space_to_depth(X, 5), ShapeError, "multiples of 5"),
    "unfold": (lambda: ops.unfold(X[0], 2), ShapeError, "4D tensor"),
    "fold": (lambda: ops.fold(X, 2, 2), ShapeError, "3D tensor"),
    "size": (lambda: image.extract_patches(X, "2"), TypeError, "an int or a tuple"),
    "sizes": (lambda: image.extract_patches(X, (2,)), ValueError, "length 2 or 3"),
    "small": (lambda: image.ssim(X[:, :4], X[:, :4]), ShapeError, "smaller filter_size"),
    "apart": (lambda: ops.psnr(X, X[:1], 1), ShapeError, "must match"),
    "rank": (lambda: image.sobel_edges(X[0, 0]), ShapeError, "expected rank 3"),
    "whole": (lambda: image.rgb_to_hsv(np.ones((2, 2, 3), int)), DTypeError, "float dtype"),
    "no pixels": (lambda: image.resize(X, (0, 2)), ValueError, "positive height"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_is_refused_and_says_why(name: str) -> None:
    call, error, text = REFUSED[name]
    with pytest.raises(error, match=text):
        call()
