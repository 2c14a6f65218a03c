"""Arrays made in pieces are the same arrays, and what reads them so never has them whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd_nn as ag
from autograd_nn import nn
from autograd_nn.engine import pieces
from autograd_nn.engine.pieces import Pieces
from tests.nn.peaks import peak
from tests.test_made_again import CONVOLUTIONS

rng = np.random.default_rng(0)
ALL: dict[str, Any] = CONVOLUTIONS | {
    "transposed": lambda x, w: ag.conv_transpose(x, w, strides=2, padding="same"),
    "transposed, dilated": lambda x, w: ag.conv_transpose(x, w, dilation_rate=2),
}


@pytest.fixture
def single(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sample a piece."""
    monkeypatch.setattr(pieces, "PIECE", 1)


def inputs(dtype: Any) -> tuple[np.ndarray, np.ndarray]:
    x, w = rng.normal(size=(3, 9, 9, 8)), rng.normal(size=(5, 5, 8, 8)) / 10
    return x.astype(dtype), w.astype(dtype)


def found(f: Any, x: np.ndarray, w: np.ndarray) -> list[np.ndarray]:
    """A convolution on and off the tape, its gradients, and theirs; recorded, too."""
    def loss(x: Any, w: Any) -> Any:
        return (f(x, w) ** 2).mean()

    def slope(x: Any, w: Any) -> Any:
        dx, dw = ag.grad(loss, (0, 1))(x, w)
        return (dx**2).sum() + (dw**2).sum()

    both = ag.jit(ag.value_and_grad(loss, (0, 1)))
    (y, by_x), (_, recorded) = ag.value_and_grad(loss, (0, 1))(x, w), both(x, w)
    twice, alone = ag.grad(slope, (0, 1))(x, w), ag.grad(loss, 1)(x, w)
    return [t.numpy() for t in (f(ag.Tensor(x), ag.Tensor(w)), y, *by_x, *recorded, *twice, alone)]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_one_sample_at_a_time_is_the_same(
    name: str, dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    x, w = inputs(dtype)
    at_once = found(ALL[name], x, w)
    monkeypatch.setattr(pieces, "PIECE", 1)
    near = {2: 2e-3, 4: 1e-5, 8: 1e-12}[np.dtype(dtype).itemsize]
    for a, b in zip(at_once, found(ALL[name], x, w), strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=near, atol=near * np.abs(a).max())


@pytest.mark.parametrize("name", [n for n in ALL if n != "groups"])
def test_patches_are_never_whole(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 1)
    x, w = rng.normal(size=(64, 20, 20, 8)), rng.normal(size=(5, 5, 8, 8))
    leaves = ag.Tensor(x, requires_grad=True), ag.Tensor(w, requires_grad=True)

    def step() -> None:
        ALL[name](*leaves).sum().backward()

    step()
    assert peak(step) < 15 * x.nbytes < 25 * x.nbytes  # of 5 x 5 windows


def whole(shape: tuple[int, ...]) -> tuple[Pieces, np.ndarray]:
    array = rng.normal(size=shape)
    return pieces.samples(array), array


@given(st.data())
def test_what_numpy_makes_of_them(data: st.DataObject) -> None:
    shape = tuple(data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    made, array = whole(shape)
    order = tuple(data.draw(st.permutations(range(len(shape)))))
    axes = data.draw(st.sets(st.sampled_from(range(len(shape)))).map(tuple))
    other = rng.normal(size=data.draw(st.sampled_from([shape, shape[1:], (1,) * len(shape)])))
    flat = data.draw(st.sampled_from([(-1,), (shape[0], -1), (*shape, 1), (1, *shape)]))
    results = [
        (lambda a: np.transpose(a, order)), (lambda a: np.reshape(a, flat)),
        (lambda a: np.multiply(a, other)), (lambda a: np.multiply(other, a)),
        (lambda a: np.add(a, a)), (lambda a: np.multiply(a, 2.0)), (lambda a: np.isnan(a)),
        (lambda a: np.add.reduce(a, axis=axes)), (lambda a: np.maximum.reduce(a, axis=axes)),
        (lambda a: np.add.reduce(a, axis=axes, keepdims=True)), (lambda a: np.add.reduce(a)),
        (lambda a: np.sum(a)), (lambda a: a.ravel()), (lambda a: a.astype(np.float32)),
        (lambda a: np.add.accumulate(a)), (lambda a: 1 - a * a), (lambda a: a[0]),
        (lambda a: np.where(array > 0, a, 0)),
    ]  # fmt: skip
    for result in results:
        with_pieces, with_array = result(made), result(array)
        assert with_pieces.shape == with_array.shape
        assert with_pieces.dtype == with_array.dtype
        np.testing.assert_allclose(np.asarray(with_pieces), with_array, rtol=1e-12, atol=1e-12)


@pytest.mark.usefixtures("single")
def test_products() -> None:
    made, array = whole((6, 4))
    b = rng.normal(size=(4, 3))
    np.testing.assert_allclose(np.matmul(made, b), array @ b)
    np.testing.assert_allclose(made.times(b), array @ b)
    np.testing.assert_allclose(made.swapaxes(-1, -2).times(array), array.T @ array)
    np.testing.assert_allclose(made.under(b.T[:, :1] @ np.ones((1, 6))),
                               b.T[:, :1] @ np.ones((1, 6)) @ array)  # fmt: skip
    lazy = pieces.products(array, b, 3)
    assert lazy.shape == (6, 3)
    np.testing.assert_allclose(np.asarray(lazy), array @ b)
    assert [rows for rows, _ in lazy.each()] == [slice(0, 2), slice(2, 4), slice(4, 6)]


def test_an_input_that_its_owner_changes_is_told_or_does_not_matter() -> None:
    x, w = inputs(np.float64)
    kernel = ag.Tensor(w, requires_grad=True)
    for padding in ("valid", "same"):
        own, kernel.grad = x.copy(), None
        y = ag.conv(own, kernel, padding=padding).sum()
        own[:] = 0
        y.backward()
        wanted = ag.grad(lambda w, p=padding: ag.conv(x, w, padding=p).sum())(w)
        np.testing.assert_allclose(kernel.grad.numpy(), wanted.numpy())


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "bfloat16"])
def test_a_weight_that_is_read_in_bfloat16(dtype: str) -> None:
    class Image(nn.layers.Layer):
        """A picture that is learned, seen through kernels."""

        def build(self, input_shape: Any) -> None:
            self.image = self.add_weight((2, 6, 6, 3), "random_normal", name="image")

        def call(self, kernel: Any) -> Any:
            seen = ag.conv_transpose(self.image, kernel, strides=2)
            return seen, ag.conv(self.image, kernel), ag.depthwise_conv(self.image, kernel)

    layer = Image(dtype=dtype)
    kernel = rng.normal(size=(3, 3, 3, 3)).astype(np.float32)
    seen = layer(kernel)
    x = np.asarray(layer.image.numpy(), np.float64)
    for y, f in zip(seen, (lambda x, w: ag.conv_transpose(x, w, strides=2), ag.conv,
                           ag.depthwise_conv), strict=True):  # fmt: skip
        assert y.dtype == "bfloat16"
        wanted = f(x, kernel.astype(np.float64)).numpy()
        near = 2e-2 * np.abs(wanted).max()
        np.testing.assert_allclose(np.asarray(y.numpy(), np.float64), wanted, atol=near)
